"""A database that cannot be reached: what the log says, how often, and what requests get."""

import asyncio
import contextlib
import sys
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url

from shared.database import outage_log
from shared.database.connections import Database
from shared.database.errors import CannotConnect
from tests.support.api_server import client_of, running_app
from tests.support.services.postgres import USER_WITH_PASSWORD
from tests.support.services.processes import running
from tests.support.services.silent_server import silent_server
from tests.support.settings import plain_settings

LOGIN = {"email": "ana@example.com", "password": "correct horse 7"}


@pytest.fixture
def user_with_password(postgres_url: str) -> None:
    async def execute(statement: str) -> None:
        connection = await asyncpg.connect(postgres_url.replace("+asyncpg", ""))
        # Another test process may have created the user, which is the same for all databases.
        with contextlib.suppress(asyncpg.DuplicateObjectError, asyncpg.UniqueViolationError):
            await connection.execute(statement)
        await connection.close()

    asyncio.run(execute(f"CREATE ROLE {USER_WITH_PASSWORD} LOGIN PASSWORD 'right'"))


def url_of(postgres_url: str, mistake: str) -> tuple[str, str]:
    """Return the URL with the mistake, and what the log must say."""
    url = make_url(postgres_url)
    if mistake == "password":
        url = url.set(username=USER_WITH_PASSWORD, password="wr0ng")
        reason = f'password authentication failed for user "{USER_WITH_PASSWORD}"'
    elif mistake == "name":
        url = url.set(database="no_such_database")
        reason = 'database "no_such_database" does not exist'
    else:
        url = url.set(port=1)
        reason = "ConnectionRefusedError"
    return url.render_as_string(hide_password=False), reason


@pytest.mark.parametrize("mistake", ["password", "name", "port"])
@pytest.mark.usefixtures("user_with_password")
async def test_requests_get_503_and_the_log_names_the_reason_once(
    postgres_url: str, tmp_path: Path, mistake: str, caplog: pytest.LogCaptureFixture
) -> None:
    url, reason = url_of(postgres_url, mistake)
    settings = plain_settings(tmp_path, database_url=url)

    async with running_app(settings) as app, client_of(app) as client:
        answers = [await client.post("/api/v1/auth/login", json=LOGIN) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [503] * 3
    assert answers[0].headers["content-type"] == "application/problem+json"
    assert int(answers[0].headers["retry-after"]) > 0
    (line,) = [line for line in caplog.messages if "cannot connect" in line]
    assert reason in line
    assert settings.database.address in line
    assert "wr0ng" not in caplog.text
    assert [record for record in caplog.records if record.exc_info] == []


@pytest.mark.usefixtures("user_with_password")
async def test_a_worker_without_its_database_names_the_reason_in_its_log(
    postgres_url: str, tmp_path: Path
) -> None:
    url, reason = url_of(postgres_url, "password")
    environment = {"DATABASE_URL": url, "DATA_DIR": str(tmp_path), "LOG_FORMAT": "text"}

    async with running("worker", [sys.executable, "-m", "worker"], environment) as worker:
        line = await worker.wait_for_line("cannot connect")
        await worker.wait_for_line("cannot sweep")

    assert reason in line
    assert worker.log.count("cannot connect") == 1
    assert "Traceback" not in worker.log
    assert "wr0ng" not in worker.log


async def test_the_reason_is_logged_again_after_a_minute_and_then_that_it_is_over(
    postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    now = 1000.0
    monkeypatch.setattr(outage_log, "monotonic", lambda: now)
    log = outage_log.OutageLog("box:5432/livelist")

    for _ in range(5):
        log.record_failure("no answer")
        now += 20
    log.record_success()
    log.record_success()

    assert caplog.messages == [
        "cannot connect to the database box:5432/livelist: no answer",
        "cannot connect to the database box:5432/livelist: no answer",
        "connected to the database box:5432/livelist again",
    ]


async def test_a_database_that_answers_now_and_then_is_logged_once_a_minute(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    now = 1000.0
    monkeypatch.setattr(outage_log, "monotonic", lambda: now)
    log = outage_log.OutageLog("box:5432/livelist")

    for _ in range(50):
        log.record_failure("no answer")
        log.record_success()
        now += 1
    now += 60
    log.record_failure("no answer")

    assert [message.split()[0] for message in caplog.messages] == ["cannot", "connected", "cannot"]


async def test_a_silent_server_is_named_with_the_time_it_was_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.database.postgres.CONNECT_TIMEOUT_SECONDS", 0.2)
    async with silent_server() as port:
        url = f"postgresql+asyncpg://a:b@127.0.0.1:{port}/a"
        database = Database(plain_settings(tmp_path, database_url=url).database)
        with pytest.raises(CannotConnect, match=r"no answer within 0\.2 s"):
            async with database.single_read_connection() as connection:
                await connection.execute(text("SELECT 1"))
        await database.close()


async def test_a_file_that_sqlite_cannot_open_is_named(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "missing" / "livelist.db"
    settings = plain_settings(tmp_path, database_url=f"sqlite+aiosqlite:///{path}")

    async with running_app(settings) as app, client_of(app) as client:
        answer = await client.post("/api/v1/auth/login", json=LOGIN)

    assert answer.status_code == 503
    assert [str(path) in line for line in caplog.messages if "cannot connect" in line] == [True]
