"""The servers of the test library: they start, fail on demand, and leave nothing behind."""

import asyncio
import sys
from collections.abc import Iterator
from email.message import EmailMessage

import aiosmtplib
import asyncpg
import pytest
import redis.asyncio as redis
from redis.exceptions import RedisError

from tests.support.deadlines import DEADLINE_SECONDS
from tests.support.services import postgres
from tests.support.services.chromium import find_chromium
from tests.support.services.postgres import Postgres
from tests.support.services.processes import is_alive, running, wait_until
from tests.support.services.smtp import Moment, SmtpServer
from tests.support.services.valkey import Valkey

START_AND_WAIT = """
import signal
from tests.support.services import postgres
server = postgres.start()
print("pid", server.pid, flush=True)
signal.pause()
"""


def make_message(subject: str = "hello") -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "ana@test.org", "ben@test.org", subject
    message.set_content("Grüße")
    return message


async def send(smtp: SmtpServer, message: EmailMessage, timeout_seconds: float = 10) -> None:
    await aiosmtplib.send(
        message,
        hostname=smtp.host,
        port=smtp.port,
        start_tls=False,
        timeout=timeout_seconds,
        username=smtp.username or None,
        password=smtp.password or None,
    )


@pytest.mark.parametrize("find", [postgres.wheel_binaries, postgres.system_binaries])
async def test_every_postgres_of_this_machine_can_be_started(find: object) -> None:
    assert callable(find)
    binaries = find()
    if binaries is None:
        pytest.skip("not on this machine; the other one is used")
    server = Postgres(binaries)

    try:
        server.start()
        connection = await asyncpg.connect(server.url.replace("+asyncpg", ""))
        lower = await connection.fetchval("SELECT lower('ÄÉ')")
        await connection.execute("CREATE EXTENSION pg_trgm")
        await connection.close()
    finally:
        server.stop()

    assert lower == "äé"
    with pytest.raises(OSError, match=r"\d"):
        await asyncpg.connect(server.url.replace("+asyncpg", ""))


async def test_the_servers_of_the_run_answer(postgres_admin_url: str, redis_url: str) -> None:
    connection = await asyncpg.connect(postgres_admin_url.replace("+asyncpg", ""))
    async with redis.from_url(redis_url) as client:
        pong = await client.ping()

    assert await connection.fetchval("SELECT 1") == 1
    await connection.close()
    assert pong


@pytest.mark.slow
async def test_postgres_ends_when_the_tests_are_killed() -> None:
    async with running("tests", [sys.executable, "-c", START_AND_WAIT]) as child:
        server = int((await child.wait_for_line("pid ")).split()[1])

        child.kill()

        await wait_until(lambda: not is_alive(server), what="the end of Postgres")


@pytest.fixture
def valkey() -> Iterator[Valkey]:
    server = Valkey()
    server.start()
    yield server
    server.close()


async def test_a_killed_broker_comes_back_with_its_data(valkey: Valkey) -> None:
    async with redis.from_url(valkey.url + "/5") as client:
        await client.set("kept", "yes")
    valkey.kill()

    with pytest.raises(RedisError):
        async with redis.from_url(valkey.url + "/5") as client:
            await client.get("kept")
    valkey.start()

    async with redis.from_url(valkey.url + "/5") as client:
        assert await client.get("kept") == b"yes"


async def test_a_paused_broker_answers_nothing_until_it_goes_on(valkey: Valkey) -> None:
    async with redis.from_url(valkey.url) as client:
        await client.ping()
        valkey.pause()

        answer = asyncio.create_task(client.ping())
        # This wait must time out: there is no event for silence.
        silent, _ = await asyncio.wait([answer], timeout=0.2)
        valkey.resume()

        assert not silent
        assert await asyncio.wait_for(answer, DEADLINE_SECONDS)


async def test_smtp_keeps_received_messages() -> None:
    async with SmtpServer() as smtp:
        await send(smtp, make_message("first"))

        (received,) = await smtp.wait_for(1)

    assert received.subject == "first"
    assert received.recipients == ("ben@test.org",)
    assert received.body().strip() == "Grüße"


@pytest.mark.parametrize("reply", ["451 4.3.0 later", "550 5.1.1 nobody here"])
async def test_smtp_rejects_the_next_message_only(reply: str) -> None:
    async with SmtpServer() as smtp:
        smtp.reject(reply)

        with pytest.raises(aiosmtplib.SMTPDataError) as refused:
            await send(smtp, make_message())
        await send(smtp, make_message("second"))

        assert refused.value.code == int(reply[:3])
        assert [email.subject for email in smtp.received] == ["second"]


async def test_smtp_can_require_and_reject_a_password() -> None:
    async with SmtpServer(username="app", password="right") as smtp:
        await send(smtp, make_message())
        smtp.reject_auth()

        with pytest.raises(aiosmtplib.SMTPAuthenticationError) as refused:
            await send(smtp, make_message())

        assert refused.value.code == 535
        assert len(smtp.received) == 1


@pytest.mark.parametrize(("moment", "kept"), [(Moment.BEFORE_DOT, 0), (Moment.AFTER_DOT, 1)])
async def test_smtp_hangs_before_or_after_the_dot(moment: Moment, kept: int) -> None:
    async with SmtpServer() as smtp:
        smtp.hang(moment)

        with pytest.raises(aiosmtplib.SMTPException):
            await send(smtp, make_message(), timeout_seconds=0.3)

        assert smtp.attempts == 1
        assert len(smtp.received) == kept


def test_chromium_is_found_where_the_environment_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHROMIUM", sys.executable)

    assert find_chromium() == sys.executable
