"""The command `livelist` as a process, against the real server."""

import asyncio
import fcntl
import os
import re
import stat
import sys
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import pytest_asyncio

from shared.accounts.api_tokens import revoke_api_token
from shared.contract.api_tokens import TokenScope
from shared.ids import user_stream
from shared.lists.commands import create_inbox
from tests.clients.python.conftest import Account
from tests.support.api_tokens import insert_api_token
from tests.support.clients.command_line import Terminal, command
from tests.support.deadlines import DEADLINE_SECONDS
from tests.support.faults.client_proxy import open_client_proxy
from tests.support.realtime.websocket_client import head_of, socket_of

# The command knows no database; the library is tested on both.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
ZONE = ZoneInfo("Europe/Berlin")  # of the users of the tests


@pytest_asyncio.fixture
async def terminal(account: Account, tmp_path: Path) -> Terminal:
    """A shell whose user has signed in."""
    async with account.resources.begin() as work:
        await work.lock_streams([user_stream(account.actor.user_id)])
        await create_inbox(work, account.actor.user_id)
    terminal = Terminal(tmp_path / "home")
    ended = await terminal.run(
        "login", account.server.url, "--token", "-", stdin=account.token.text
    )
    assert ended.code == 0, ended.errors
    assert ended.output == f"Signed in at {account.server.url} as Ana.\n"
    return terminal


async def test_the_sign_in_is_kept_for_its_user_alone_until_logout(terminal: Terminal) -> None:
    config = terminal.home / "config/livelist/config.json"
    names = terminal.home / "cache/livelist/names.json"
    modes = [stat.S_IMODE(path.stat().st_mode) for path in (config, config.parent, names)]
    assert modes == [0o600, 0o700, 0o600]

    await terminal.run("logout")

    assert not config.exists()
    assert not names.exists()
    assert (await terminal.run("lists")).code == 3


async def test_an_added_todo_reaches_a_subscriber_once(
    account: Account, terminal: Terminal
) -> None:
    epoch, head = await head_of(account.resources, account.list_id)
    async with socket_of(account.server.socket_url, account.resources, account.actor) as socket:
        await socket.follow((account.list_id, epoch), since=head)

        ended = await terminal.run("add", "call Ben tomorrow 9 #home +trip !4", "--json")

        await socket.receive_until(lambda frame: frame.get("event") == "todo.created")
        await socket.receive_answer(await socket.send("unsubscribe", lists=["nothing"]))
        created = [it for it in socket.frames if it.get("event") == "todo.created"]
    todo = ended.json
    tomorrow = (datetime.now(ZONE) + timedelta(days=1)).date()
    assert [frame["data"]["todo"]["id"] for frame in created] == [todo["id"]]
    assert (todo["title"], todo["priority"], len(todo["labels"])) == ("call Ben", 4, 1)
    assert todo["due"] == {"at": f"{tomorrow}T09:00:00", "zone": "Europe/Berlin"}


async def test_a_day_with_todos(terminal: Terminal) -> None:
    """Every command once, as a person uses them."""
    for text in ("Buy milk today", "Call Ben +Trip", "Call Eva +Trip"):
        assert (await terminal.run("add", text)).code == 0
    assert "Buy milk" in (await terminal.run("today")).output
    assert (await terminal.run("lists")).output.split() == ["1", "Inbox", "2", "Trip"]

    assert (await terminal.run("done", "milk")).output.startswith("done  ")
    assert "Nothing is due" in (await terminal.run("today")).output
    assert (await terminal.run("reopen", "milk")).output.startswith("reopened  ")
    edited = await terminal.run(
        "edit", "milk", "--title", "Buy oat milk", "--due", "2099-12-24", "--json"
    )
    assert (edited.json["title"], edited.json["due"]) == ("Buy oat milk", {"date": "2099-12-24"})
    moved = await terminal.run("move", "oat milk", "trip", "--before", "ben", "--json")
    assert moved.json["labels"] == []
    listed = (await terminal.run("list", "trip")).output.splitlines()
    assert [line.split("○  ")[-1] for line in listed] == [
        "Trip", "Buy oat milk Thu 24 Dec 2099", "Call Ben", "Call Eva",
    ]  # fmt: skip

    assert (await terminal.run("comment", "ben", "Which number?")).code == 0
    assert (await terminal.run("comment", "ben")).output == "Ana  Which number?\n"
    assert (await terminal.run("rm", "oat", "eva")).output.count("removed  ") == 2
    assert [todo["title"] for todo in (await terminal.run("list", "--json")).json] == ["Call Ben"]


async def test_lists_are_made_renamed_and_put_away(terminal: Terminal) -> None:
    assert (await terminal.run("lists", "create", "Next", "year")).output == "created  Next year\n"
    renamed = await terminal.run("lists", "rename", "next-year", "2027", "--json")
    assert renamed.json["name"] == "2027"
    assert (await terminal.run("lists", "archive", "2027")).output == "archived  2027\n"
    assert "2027" not in (await terminal.run("lists")).output
    assert (await terminal.run("lists", "unarchive", "2027")).output == "unarchived  2027\n"
    assert (await terminal.run("lists", "rename", "nothing", "x")).code == 4


async def test_a_todo_is_shown_with_its_new_label(terminal: Terminal) -> None:
    added = await terminal.run("add", "Book #rail +trip")
    edited = await terminal.run("edit", "book", "--priority", "5")
    assert [each.output.rpartition("○  ")[2] for each in (added, edited)] == [
        "Book #rail\n", "Book !5 #rail\n",
    ]  # fmt: skip


async def test_an_ambiguous_title_lists_the_choices_and_changes_nothing(
    terminal: Terminal,
) -> None:
    for text in ("Call Ben", "Call Eva"):
        await terminal.run("add", text)

    ended = await terminal.run("done", "call")

    ids = re.findall(r"^  (\w{6})  Call (?:Ben|Eva)$", ended.errors, re.MULTILINE)
    assert ended.code == 4
    assert len(ids) == 2
    assert (await terminal.run("done", ids[0])).code == 0
    missing = await terminal.run("done", "Kim")
    assert (missing.code, missing.errors) == (4, "No todo is “Kim”.\n")


async def test_watch_shows_each_change_once_also_after_the_server_was_away(
    account: Account, tmp_path: Path
) -> None:
    async with open_client_proxy(account.server.port) as proxy, account.client() as client:
        terminal = Terminal(
            tmp_path / "home",
            {"LIVELIST_URL": proxy.url, "LIVELIST_TOKEN": account.token.text},
        )
        async with terminal.watching() as child:
            await child.wait_for_line("watching …")
            todo = await client.todos.add(title="Book", list_id=account.list_id)
            await child.wait_for_line("“Book”")
            proxy.cut()
            await child.wait_for_line("connection lost")
            await client.todos.edit(todo["id"], title="Book it", priority=5)
            proxy.mend()
            await child.wait_for_line("connected again")
            await client.todos.complete(todo["id"])
            await child.wait_for_line("completed")
            code = await terminal.interrupt(child)

    shown = [line.split("  ", 1)[-1] for line in child.lines if "Ana" in line]
    short = todo["id"][-6:]
    assert shown == [
        f"Trip  Ana added {short} “Book”",
        f"Trip  Ana edited {short} “Book it”: title (was: Book), urgent",
        f"Trip  Ana edited {short} “Book it”: completed",
    ]
    assert code == 130
    assert "Traceback" not in child.log


async def test_an_add_while_the_server_is_away_happens_once_when_it_is_back(
    account: Account, tmp_path: Path
) -> None:
    async with open_client_proxy(account.server.port) as proxy, account.client() as client:
        terminal = Terminal(
            tmp_path / "home",
            {"LIVELIST_URL": proxy.url, "LIVELIST_TOKEN": account.token.text},
        )
        proxy.cut()
        adding = asyncio.create_task(terminal.run("add", "Book", "+trip"))
        await proxy.wait_for_refusal()
        proxy.mend()
        ended = await adding
        todos = [todo async for todo in client.todos.find(list_id=account.list_id)]

    assert ended.code == 0, ended.errors
    assert [todo["title"] for todo in todos] == ["Book"]


async def test_wrong_and_revoked_tokens_are_exit_code_3(
    account: Account, terminal: Terminal
) -> None:
    wrong = await terminal.run("login", account.server.url, "--token", "llt_wrong")
    kept = await terminal.run("lists")
    async with account.resources.begin() as work:
        await revoke_api_token(work, account.actor, account.token.id)
    async with asyncio.timeout(DEADLINE_SECONDS):
        # The server remembers a token for half a second after another process revoked it.
        while (revoked := await terminal.run("lists")).code == 0:
            pass

    assert wrong.code == 3
    assert kept.code == 0, "a refused sign-in replaced the present one"
    assert revoked.code == 3
    assert revoked.errors.count("\n") == 1


async def test_a_watch_with_a_token_that_is_revoked_ends_in_one_sentence(
    account: Account, terminal: Terminal
) -> None:
    async with terminal.watching() as child:
        await child.wait_for_line("watching …")
        async with account.resources.begin() as work:
            await revoke_api_token(work, account.actor, account.token.id)
        code = await child.wait()

    assert code == 3
    assert child.lines[-1] == "The token was revoked, or the account disabled."


async def test_a_token_of_some_lists_works_without_the_account(
    account: Account, tmp_path: Path
) -> None:
    token = await insert_api_token(
        account.resources, account.actor, TokenScope.WRITE, lists=(account.list_id,)
    )
    terminal = Terminal(
        tmp_path, {"LIVELIST_URL": account.server.url, "LIVELIST_TOKEN": token.text}
    )

    assert (await terminal.run("add", "Book tomorrow at 9 +trip")).code == 0
    assert "Book" in (await terminal.run("list")).output
    async with terminal.watching() as child:
        await child.wait_for_line("watching …")
        await terminal.run("done", "book")
        await child.wait_for_line("completed")


@pytest.mark.parametrize("variables", [{}, {"NO_COLOR": "1"}])
async def test_a_terminal_gets_colours_unless_no_color_is_set(
    terminal: Terminal, variables: dict[str, str]
) -> None:
    await terminal.run("add", "Book")
    shell = Terminal(terminal.home, variables)
    master, slave = os.openpty()
    process = await asyncio.create_subprocess_exec(
        *command("list"), env=shell.environment, stdout=slave, stderr=slave
    )
    os.close(slave)
    assert await process.wait() == 0
    output = os.read(master, 65536)
    os.close(master)

    assert b"Book" in output
    assert (b"\x1b[" in output) is not bool(variables)


@pytest.mark.skipif(sys.platform != "linux", reason="sets the size of a pipe")
async def test_the_command_ends_quietly_when_its_reader_has_gone(
    account: Account, terminal: Terminal
) -> None:
    async with account.client() as client:
        for _ in range(25):
            await client.todos.add(title="x" * 400, list_id=account.list_id)
    reader, writer = os.pipe()
    # Less than the output: the command waits in the middle of it.
    fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, 4096)
    process = await asyncio.create_subprocess_exec(
        *command("list"), env=terminal.environment, stdout=writer, stderr=asyncio.subprocess.PIPE
    )
    os.close(writer)
    await asyncio.to_thread(os.read, reader, 100)
    os.close(reader)
    _, errors = await process.communicate()

    assert (process.returncode, errors) == (141, b"")


async def test_the_shell_completes_commands_lists_and_todos(terminal: Terminal) -> None:
    await terminal.run("add", "Book +trip")
    todo = (await terminal.run("list", "--json")).json[0]

    async def complete(*words: str) -> str:
        line = " ".join(["livelist", *words])
        asking = {"_LIVELIST_COMPLETE": "zsh_complete", "COMP_WORDS": line}
        shell = Terminal(terminal.home, asking | {"COMP_CWORD": str(len(words))})
        return (await shell.run()).output

    assert "watch" in await complete("wat")
    assert "Trip" in await complete("list", "tr")
    assert f"{todo['id'][-6:]}\nBook" in await complete("done", "boo")
    for shell in ("bash", "zsh", "fish"):
        assert "_LIVELIST_COMPLETE" in (await terminal.run("completion", shell)).output


async def test_wrong_usage_is_exit_code_2(account: Account, terminal: Terminal) -> None:
    wrong = [
        ("add",),
        ("add", "Book", "--due", "some day"),
        ("edit", "Book"),
        ("move", "Book"),
        ("frobnicate",),
        ("login", "http://todo.example.org", "--token", "x"),
        ("login", "ftp://x", "--token", "x"),
    ]
    await terminal.run("add", "Book")

    assert {(await terminal.run(*arguments)).code for arguments in wrong} == {2}
    assert "Book" in (await terminal.run("list")).output
