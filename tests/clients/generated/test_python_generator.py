"""openapi-python-client makes a working client from our OpenAPI document."""

import asyncio
import json
import sys
from importlib import import_module
from pathlib import Path

import pytest

from shared.contract.api_tokens import TokenScope
from tests.support.api_server import InProcessNode
from tests.support.api_tokens import insert_api_token
from tests.support.openapi_document import DOCUMENT
from tests.support.services.processes import running
from tests.support.world_builder import World

PACKAGE = "generated_livelist_client"


@pytest.fixture(scope="session")
async def generated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the generated package, which takes seconds to make."""
    folder = tmp_path_factory.mktemp("generated")
    await generate(DOCUMENT, folder)
    return folder


async def test_a_generated_python_client_adds_and_reads_todos(
    world: World, server: InProcessNode, generated: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana = await world.user("Ana")
    list_id = await world.list(ana)
    token = await insert_api_token(world.resources, ana, TokenScope.WRITE)

    monkeypatch.syspath_prepend(str(generated))
    created, listed = await asyncio.to_thread(add_and_list, server.url, token.text, list_id)

    assert (created.title, created.list_id) == ("Milk", list_id)
    assert [todo.id for todo in listed.items] == [created.id]


async def generate(document: object, folder: Path) -> None:
    """Generate the package into the folder. Fail if the generator has anything to remark."""
    (folder / "openapi.json").write_text(json.dumps(document))
    # It would format the files, which takes seconds. A picture is bytes: the generator must be told.
    options = {
        "post_hooks": [],
        "content_type_overrides": {"image/webp": "application/octet-stream"},
    }
    (folder / "options.yaml").write_text(json.dumps(options))
    command = [
        sys.executable, "-m", "openapi_python_client", "generate", "--meta", "none", "--fail-on-warning",
        "--path", "openapi.json", "--config", "options.yaml", "--output-path", PACKAGE,
    ]  # fmt: skip
    async with running("generator", command, folder=folder) as generator:
        assert await generator.wait() == 0, generator.log
    assert "Warning" not in generator.log


def add_and_list(url: str, token: str, list_id: str):  # type: ignore[no-untyped-def]
    """Call the generated package, which blocks: no type checker knows it."""
    todos, models = f"{PACKAGE}.api.todos", f"{PACKAGE}.models"
    client = import_module(PACKAGE).AuthenticatedClient(base_url=url, token=token)
    body = import_module(models).NewTodoBody(title="Milk", list_id=list_id)
    with client:
        created = import_module(f"{todos}.create_todo").sync(
            client=client, body=body, idempotency_key="generated-1"
        )
        listed = import_module(f"{todos}.list_todos").sync(client=client, list_id=list_id)
    return created, listed
