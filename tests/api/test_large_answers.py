"""The bound on large answers that their clients have not taken yet, on real connections."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from fastapi import FastAPI, Response

from api.http.large_answers import (
    MAX_ANSWERS_OF_USER,
    MAX_BYTES_OF_USER,
    UNCOUNTED_BYTES,
    LargeAnswers,
    OpenPageReader,
)
from shared.actor import Actor
from shared.contract.shapes import SiteRole
from shared.errors import RateLimited
from shared.ids import SessionId, UserId
from shared.settings import Settings
from tests.support.api_server import InProcessNode, served
from tests.support.deadlines import DEADLINE_SECONDS, http_client

# More than the system buffers between two processes of one machine.
LARGE = MAX_BYTES_OF_USER // 2


def add_route(app: FastAPI) -> None:
    async def page(pages: OpenPageReader, user: str, size: int) -> Response:
        actor = Actor(UserId(user), user, SessionId(user), SiteRole.USER)
        return pages.response(actor, b" " * size)

    app.add_api_route("/api/v1/page", page, methods=["GET"])


@pytest_asyncio.fixture
async def server(settings: Settings) -> AsyncIterator[InProcessNode]:
    async with served(settings, prepare=add_route) as opened:
        yield opened


async def request_without_reading(
    server: InProcessNode, user: str
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Request a large answer, and return once its first byte is here."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port, limit=1024)
    path = f"/api/v1/page?user={user}&size={LARGE}"
    writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
    assert await reader.read(1) == b"H"
    return reader, writer


async def status_of(server: InProcessNode, user: str, size: int) -> int:
    async with http_client(server.url, {"Host": "localhost"}) as client:
        path = f"/api/v1/page?user={user}&size={size}"
        return (await client.get(path, headers={"Accept-Encoding": "identity"})).status_code


async def wait_for_status(server: InProcessNode, user: str, expected: int) -> None:
    async with asyncio.timeout(DEADLINE_SECONDS):
        while await status_of(server, user, LARGE) != expected:
            await asyncio.sleep(0.02)


async def test_a_user_who_does_not_read_gets_no_more_large_answers(server: InProcessNode) -> None:
    unread = [await request_without_reading(server, "ana") for _ in range(2)]

    refused = await status_of(server, "ana", LARGE)
    small = await status_of(server, "ana", 1000)
    of_other = await status_of(server, "ben", LARGE)

    assert (refused, small, of_other) == (429, 200, 200)
    for _, writer in unread:
        writer.close()
    await wait_for_status(server, "ana", 200)


async def test_a_user_has_a_bounded_number_of_large_answers_under_way() -> None:
    answers, ana, ben = LargeAnswers(), UserId("ana"), UserId("ben")
    for _ in range(MAX_ANSWERS_OF_USER):
        answers.begin(ana, UNCOUNTED_BYTES + 1)

    with pytest.raises(RateLimited) as caught:
        answers.begin(ana, UNCOUNTED_BYTES + 1)
    answers.begin(ben, UNCOUNTED_BYTES + 1)
    answers.end(ana, UNCOUNTED_BYTES + 1)
    answers.begin(ana, UNCOUNTED_BYTES + 1)

    assert (caught.value.reason, caught.value.retry_after_seconds) == ("too_many_reads", 2)


async def test_the_answers_of_all_users_together_are_bounded(server: InProcessNode) -> None:
    unread = [await request_without_reading(server, user) for user in ("ana", "ana", "ben", "ben")]

    refused = await status_of(server, "eve", LARGE)
    small = await status_of(server, "eve", 1000)
    reader, _ = unread[0]
    async with asyncio.timeout(DEADLINE_SECONDS):
        taken = 0
        while taken < LARGE:
            taken += len(await reader.read(2**20))

    assert (refused, small) == (503, 200)
    await wait_for_status(server, "eve", 200)
    for _, writer in unread:
        writer.close()
