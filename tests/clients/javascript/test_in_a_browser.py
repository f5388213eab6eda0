"""livelist-client in a page of another site, which the operator allows by CORS_ORIGINS."""

from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from playwright.async_api import Browser

from shared.contract.api_tokens import TokenScope
from shared.settings import Settings
from tests.support.api_server import InProcessNode
from tests.support.api_tokens import insert_api_token
from tests.support.settings import plain_settings
from tests.support.web.browser import chromium, open_context
from tests.support.world_builder import World

__all__ = ["chromium"]

PROGRAM = """async ([url, token]) => {
  const { Livelist } = await import('/index.js');
  const livelist = new Livelist({ url, token });
  const seen = new Promise((resolve) => livelist.on('event', resolve));
  await livelist.start();
  const [list] = livelist.lists();
  const added = await livelist.send('todo.add', { list_id: list.id, fields: { title: 'Milk' } });
  const event = await seen;
  livelist.close();
  return [added.title, event.event, event.data.todo.id === added.id];
}"""


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *arguments: object) -> None:
        """Print nothing."""


@pytest.fixture
def site(program_folder: Path) -> Iterator[str]:
    """The origin of a site that has the files of the package."""
    files = partial(_Quiet, directory=program_folder / "node_modules/livelist-client")
    with ThreadingHTTPServer(("127.0.0.1", 0), files) as http:
        thread = Thread(target=http.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{http.server_port}"
        http.shutdown()
        thread.join()


@pytest.fixture
def settings(tmp_path: Path, database_url: str, redis_url: str, site: str) -> Settings:
    return plain_settings(
        tmp_path, database_url=database_url, redis_url=redis_url, cors_origins=site
    )


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_page_of_another_site_adds_a_todo_and_sees_its_event(
    chromium: Browser, world: World, server: InProcessNode, site: str
) -> None:
    ana = await world.user("Ana")
    await world.list(ana)
    token = await insert_api_token(world.resources, ana, TokenScope.WRITE)
    context = await open_context(chromium)
    try:
        page = await context.new_page()
        await page.goto(f"{site}/package.json")

        result = await page.evaluate(PROGRAM, [server.url, token.text])
    finally:
        await context.close()

    assert result == ["Milk", "todo.created", True]
