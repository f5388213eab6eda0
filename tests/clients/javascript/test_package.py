"""The npm package livelist-client: its files, its types, and its example against a real server."""

import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from deno import find_deno_bin

from shared.accounts.api_tokens import revoke_api_token
from shared.actor import Actor
from shared.contract.api_tokens import TokenScope
from shared.ids import ListId
from shared.settings import ROOT
from shared.version import VERSION
from tests.support.api_server import InProcessNode
from tests.support.api_tokens import InsertedToken, insert_api_token
from tests.support.deadlines import http_client
from tests.support.services.processes import Child, running, wait_until
from tests.support.world_builder import World

README = ROOT / "clients/javascript/README.md"
# What a program in TypeScript may rely on. Each comment is a mistake that the types must find.
CONSUMER = """
import { Livelist, Refused, type EventFrame, type TodoShape } from 'livelist-client';

const livelist = new Livelist({ url: 'https://todo.example', token: 'llt_1' });
const off: () => void = livelist.on('event', (event: EventFrame) => console.log(event.seq));
await livelist.start().catch((error: unknown) => {
  if (error instanceof Refused) console.error(error.status, error.code.length);
});
const [list] = livelist.lists();
const titles: string[] = livelist.todos(list.id).map((todo) => todo.title);
const added: TodoShape = await livelist.send('todo.add', { list_id: list.id, fields: { title: 'a' } });
await livelist.send('todo.complete', { todo_id: added.id, list_id: list.id }, 'a-key');
const { body } = await livelist.call<{ items: TodoShape[] }>('GET', '/todos?status=pending');
console.log(titles, body.items[0].due_at, JSON.stringify(livelist.save()));
off();
livelist.close();
// @ts-expect-error a title is a text
await livelist.send('todo.add', { list_id: list.id, fields: { title: 1 } });
// @ts-expect-error there is no such change
await livelist.send('todo.burn', {});
// @ts-expect-error a token is needed
new Livelist({ url: 'https://todo.example' });
// @ts-expect-error there is no such event
livelist.on('todo', () => {});
"""


def example() -> str:
    found = re.search(r"```javascript\n(.*?)```", README.read_text(), re.DOTALL)
    assert found is not None
    return found[1]


@asynccontextmanager
async def running_program(
    folder: Path, cache: Path, server: InProcessNode, token: InsertedToken, source: str
) -> AsyncIterator[Child]:
    """Run a program that imports the package in deno."""
    (folder / "main.mjs").write_text(source)
    permissions = ["--allow-env", "--allow-net=127.0.0.1", "--allow-read=.", "--allow-write=."]
    command = [find_deno_bin(), "run", "--cached-only", *permissions, "main.mjs"]
    environment = {
        "DENO_DIR": str(cache), "DENO_NO_UPDATE_CHECK": "1", "NO_COLOR": "1",
        "LIVELIST_URL": server.url, "LIVELIST_TOKEN": token.text,
    }  # fmt: skip
    async with running("program", command, environment, folder=folder) as child:
        yield child


async def add(server: InProcessNode, token: InsertedToken, list_id: ListId, title: str) -> None:
    async with http_client(f"{server.url}/api/v1") as client:
        body = {"list_id": list_id, "title": title}
        (await client.post("/todos", json=body, headers=token.headers)).raise_for_status()


async def titles(server: InProcessNode, token: InsertedToken) -> list[str]:
    async with http_client(f"{server.url}/api/v1") as client:
        answer = await client.get("/todos", params={"sort": "created_at"}, headers=token.headers)
    return sorted(todo["title"] for todo in answer.raise_for_status().json()["items"])


@pytest.fixture
async def ana(world: World) -> tuple[Actor, ListId]:
    ana = await world.user("Ana")
    return ana, await world.list(ana)


def test_the_package_has_the_version_of_the_server(program_folder: Path) -> None:
    installed = program_folder / "node_modules/livelist-client"
    files = {str(path.relative_to(installed)) for path in installed.rglob("*") if path.is_file()}

    assert json.loads((installed / "package.json").read_text())["version"] == VERSION
    # The modules of the web client themselves, and nothing of its pages.
    assert {"index.js", "index.d.ts", "README.md", "LICENSE", "web/sync/reducer.js"} <= files
    assert not {name for name in files if name.startswith(("web/views", "web/format"))}
    for name in files:
        if name.startswith("web/"):
            assert (installed / name).read_bytes() == (ROOT / name).read_bytes()


def test_the_example_of_the_readme_is_short() -> None:
    assert len([line for line in example().splitlines() if line]) <= 30


async def test_a_typescript_program_gets_the_types(program_folder: Path, deno_cache: Path) -> None:
    (program_folder / "main.ts").write_text(CONSUMER)
    environment = {"DENO_DIR": str(deno_cache), "DENO_NO_UPDATE_CHECK": "1", "NO_COLOR": "1"}
    command = [find_deno_bin(), "check", "--cached-only", "main.ts"]

    async with running("check", command, environment, folder=program_folder) as checking:
        assert await checking.wait() == 0, checking.log


async def test_the_example_goes_on_where_it_stopped(
    world: World,
    server: InProcessNode,
    ana: tuple[Actor, ListId],
    program_folder: Path,
    deno_cache: Path,
) -> None:
    actor, list_id = ana
    token = await insert_api_token(world.resources, actor, TokenScope.WRITE)
    await add(server, token, list_id, "Milk")

    run = (program_folder, deno_cache, server, token, example())
    async with running_program(*run) as program:
        listed = await program.wait_for_line("Groceries:")
        await program.wait_for_line("Added: Check the backup of")
        await add(server, token, list_id, "While it runs")
        await program.wait_for_line("todo.created by Ana: While it runs")
        saved = program_folder / "livelist.json"
        await wait_until(lambda: "While it runs" in saved.read_text(), what="the state being saved")
    await add(server, token, list_id, "While it is stopped")
    async with running_program(*run) as again:
        missed = await again.wait_for_line("While it is stopped")
        await again.wait_for_line("Added: Check the backup of")

    assert "Milk" in listed
    assert [line for line in again.lines if "todo.created" in line] == [missed]
    # The two runs added one.
    assert len(await titles(server, token)) == 4


SOME_LISTS = """
import process from 'node:process';
import { Livelist, Refused } from 'livelist-client';

const { LIVELIST_URL: url, LIVELIST_TOKEN: token } = process.env;
const livelist = new Livelist({ url, token });
livelist.on('event', ({ event, data }) => console.log(event, data.todo?.title));
livelist.on('closed', (reason) => console.log('closed:', reason));
await livelist.start();
const names = livelist.lists().map((list) => list.name);
const [{ id }] = livelist.lists();
const adding = livelist.send('todo.add', { list_id: id, fields: { title: 'Mine' } });
console.log(names.join(), livelist.todos(id).map((todo) => todo.title).join());
const refused = await adding.catch((error) => error);
console.log(refused instanceof Refused, refused.code, livelist.todos(id).length);
"""


async def test_a_token_of_some_lists_reads_and_follows_them_until_it_is_revoked(
    world: World,
    server: InProcessNode,
    ana: tuple[Actor, ListId],
    program_folder: Path,
    deno_cache: Path,
) -> None:
    actor, list_id = ana
    await world.list(actor, name="Secret")
    writing = await insert_api_token(world.resources, actor, TokenScope.WRITE)
    token = await insert_api_token(world.resources, actor, TokenScope.READ, lists=(list_id,))

    async with running_program(program_folder, deno_cache, server, token, SOME_LISTS) as program:
        # The change shows at once, and is taken back when the server refuses it.
        await program.wait_for_line("Groceries Mine")
        await program.wait_for_line("true insufficient_scope 0")
        await add(server, writing, list_id, "Milk")
        await program.wait_for_line("todo.created Milk")
        await world.run(revoke_api_token, actor, token.id)
        await program.wait_for_line("closed:")
