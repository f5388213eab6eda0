"""A connection pooler before Postgres is refused in words, before anything is lost in it."""

import asyncio
import os
import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy.engine import make_url

from console.processes.broker import free_port
from shared.database.errors import CannotConnect
from shared.database.postgres import open_driver
from shared.settings.database import DatabaseSettings
from tests.support.deadlines import DEADLINE_SECONDS
from tests.support.services.folders import temporary_folder
from tests.support.services.postgres import unprivileged_user
from tests.support.services.processes import running

IGNORED = "lock_timeout,statement_timeout,idle_in_transaction_session_timeout"


def settings_of(url: str) -> DatabaseSettings:
    return DatabaseSettings.model_validate({"DATABASE_URL": url})


@asynccontextmanager
async def pgbouncer(url: str, **settings: str) -> AsyncIterator[str]:
    """Yield the address of the same database behind PgBouncer. Skip the test where there is none."""
    binary = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin")
    if binary is None:
        pytest.skip("no pgbouncer on PATH (Debian: apt-get install pgbouncer)")
    server, port = make_url(url), free_port()
    lines = {
        "listen_addr": "127.0.0.1", "listen_port": str(port), "unix_socket_dir": "",
        "auth_type": "any", **settings,
    }  # fmt: skip
    folder = temporary_folder("pgbouncer")
    target = f"* = host={server.host} port={server.port} user={server.username}"
    options = "\n".join(f"{name} = {value}" for name, value in lines.items())
    file = Path(folder) / "pgbouncer.ini"
    file.write_text(f"[databases]\n{target}\n[pgbouncer]\n{options}\n")
    if os.geteuid() == 0:  # it refuses to run as root
        user = unprivileged_user()
        os.chown(folder, user.uid, user.gid)
        command = ["setpriv", f"--reuid={user.uid}", f"--regid={user.gid}", "--clear-groups"]
    else:
        command = []
    try:
        async with running("pgbouncer", [*command, binary, str(file)], {}) as child:
            await child.wait_for_line("process up")
            yield server.set(port=port).render_as_string(hide_password=False)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.skipif(sys.platform == "win32", reason="PgBouncer runs on Unix")
@pytest.mark.parametrize(
    "settings",
    [
        {"pool_mode": "transaction"},
        {"pool_mode": "transaction", "ignore_startup_parameters": IGNORED},
        {"pool_mode": "session", "ignore_startup_parameters": IGNORED},
    ],
    ids=["as installed", "transaction", "session"],
)
async def test_pgbouncer_is_refused_in_words(
    postgres_admin_url: str, settings: dict[str, str]
) -> None:
    async with pgbouncer(postgres_admin_url, **settings) as url:
        with pytest.raises(CannotConnect, match="such as PgBouncer, which is not supported"):
            await open_driver(settings_of(url))


async def test_a_pooler_is_known_by_the_process_that_answers(
    postgres_admin_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A pooler makes up the number of the process that it names when a client connects.
    monkeypatch.setattr(asyncpg.Connection, "get_server_pid", lambda connection: 1)

    with pytest.raises(CannotConnect, match="Connect to Postgres itself"):
        await open_driver(settings_of(postgres_admin_url))


async def test_a_check_for_a_pooler_that_is_cancelled_leaves_no_connection(
    postgres_admin_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[asyncpg.Connection] = []
    is_asked = asyncio.Event()

    async def execute(connection: asyncpg.Connection, *arguments: object) -> str:
        opened.append(connection)
        is_asked.set()
        await asyncio.Event().wait()
        raise AssertionError

    monkeypatch.setattr(asyncpg.Connection, "execute", execute)
    opening = asyncio.create_task(open_driver(settings_of(postgres_admin_url)))
    async with asyncio.timeout(DEADLINE_SECONDS):
        await is_asked.wait()
    opening.cancel()
    with pytest.raises(asyncio.CancelledError):
        await opening

    assert [connection.is_closed() for connection in opened] == [True]


async def test_postgres_itself_is_not_taken_for_a_pooler(postgres_admin_url: str) -> None:
    opened = await open_driver(settings_of(postgres_admin_url))

    assert await opened.is_usable()
    await opened.close()
