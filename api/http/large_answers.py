"""Answers of todos: read in pages of bounded size, with a bound on the large ones under way.

A process holds the bytes of an answer until its client has taken them: eight snapshots of 96 MB at
once took 1 GB and held the event loop for 3.7 s.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from typing import Annotated, TypeVar

from fastapi import Depends, Request, Response
from starlette.types import Receive, Scope, Send

from api.http.http_protocol import BoundedHttpProtocol
from realtime.transports.sse_response import EXTENSION
from shared.actor import Actor
from shared.errors import RateLimited, Unavailable
from shared.ids import UserId
from shared.languages.texts import message
from shared.resources import Resources
from shared.unit_of_work import ReadTransaction

T = TypeVar("T")
Size = TypeVar("Size")
# Reads a page of at most this size and so many bytes; None if a page of this size has more bytes.
PageRead = Callable[[ReadTransaction, Size, int], Awaitable[T | None]]

# A page of todos of typical size has a tenth of this; a phone parses it without a delay.
MAX_PAGE_BYTES = 1024 * 1024
# The longest page by number: 100 todos of 50,000 characters of four bytes, with 16 kB of metadata.
MAX_NUMBERED_PAGE_BYTES = 24 * MAX_PAGE_BYTES
# uvicorn waits for the client to read only above this. A smaller answer is not counted.
UNCOUNTED_BYTES = 64 * 1024
# Half of what a process without load takes. Reading adds a page for each database connection.
MAX_BYTES_UNDER_WAY = 64 * MAX_PAGE_BYTES
# Half of it, so that one user who reads slowly does not use it up; a page by number fits.
MAX_BYTES_OF_USER = 32 * MAX_PAGE_BYTES
# Two pages in each of four tabs. Beyond it a client reads faster than it takes.
MAX_ANSWERS_OF_USER = 8
# A page of 1 MiB takes so long over a slow mobile connection.
RETRY_SECONDS = 2
# A client that takes nothing for so long is cut off. A slow one may take all the time it needs.
UNREAD_SECONDS = 30


def page_sizes(limit: int) -> list[int]:
    """Return `limit` and smaller numbers of todos, to try in turn. One todo always fits."""
    return [limit, *(size for size in (100, 20, 5, 1) if size < limit)]


class LargeAnswers:
    """The bytes of the large answers that a process is sending."""

    def __init__(self) -> None:
        self._bytes = 0
        self._by_user: Counter[UserId] = Counter()
        self._answers_by_user: Counter[UserId] = Counter()

    def begin(self, user_id: UserId, size: int) -> None:
        """Count an answer that is sent now.

        Raise Unavailable if too much is under way for all, RateLimited if for this user.
        """
        if self._bytes + size > MAX_BYTES_UNDER_WAY:
            raise Unavailable("Too many large answers are under way.", RETRY_SECONDS)
        is_full = self._by_user[user_id] + size > MAX_BYTES_OF_USER
        if is_full or self._answers_by_user[user_id] >= MAX_ANSWERS_OF_USER:
            detail = message("You have too many large answers under way.")
            raise RateLimited(RETRY_SECONDS, detail, code="too_many_reads")
        self._bytes += size
        self._by_user[user_id] += size
        self._answers_by_user[user_id] += 1

    def shrink(self, user_id: UserId, size: int) -> None:
        """Count `size` bytes less of an answer that is still being sent."""
        self._bytes -= size
        self._by_user[user_id] -= size

    def end(self, user_id: UserId, size: int) -> None:
        self.shrink(user_id, size)
        self._answers_by_user[user_id] -= 1
        if not self._answers_by_user[user_id]:
            del self._by_user[user_id], self._answers_by_user[user_id]


class HeldBytes:
    """What the process holds of an answer under way that is sent part by part."""

    def __init__(self, answers: LargeAnswers, user_id: UserId, size: int) -> None:
        """Count the answer. Raise as LargeAnswers.begin."""
        answers.begin(user_id, size)
        self._answers, self._user_id, self._size = answers, user_id, size

    def shrink(self, size: int) -> None:
        """Count less from now on, while the rest is sent."""
        self._answers.shrink(self._user_id, self._size - size)
        self._size = size

    def end(self) -> None:
        self._answers.end(self._user_id, self._size)


class LargeResponse(Response):
    """A response that counts as under way until its client has taken it."""

    def __init__(self, content: bytes, answers: LargeAnswers, user_id: UserId) -> None:
        super().__init__(content, media_type="application/json")
        answers.begin(user_id, len(content))
        self._answers, self._user_id = answers, user_id

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        connection: BoundedHttpProtocol | None = scope.get("extensions", {}).get(EXTENSION)
        try:
            if connection is not None:
                connection.set_acknowledge_timeout(UNREAD_SECONDS)
            await super().__call__(scope, receive, send)
            if connection is not None:
                # uvicorn returns from the last send at once.
                await connection.taken()
        finally:
            self._answers.end(self._user_id, len(self.body))


class PageReader:
    """Read pages that are bounded by bytes, and make responses of them."""

    def __init__(self, resources: Resources, answers: LargeAnswers) -> None:
        self.resources = resources
        self.answers = answers
        self._whole_page = asyncio.Lock()

    async def read(self, sizes: Iterable[Size], page: PageRead[Size, T]) -> T:
        """Return the page of the first of `sizes` that fits; the last one is a single todo.

        `page` executes one statement.
        """
        for size in sizes:
            async with self.resources.single_read() as read:
                found = await page(read, size, MAX_PAGE_BYTES)
            if found is not None:
                return found
        raise RuntimeError("a todo is larger than a page of them")

    async def read_whole(self, page: Callable[[ReadTransaction, int], Awaitable[T | None]]) -> T:
        """Return the page of a read that takes only the largest size, whatever that is."""
        async with self.resources.begin_read() as read:
            found = await page(read, MAX_PAGE_BYTES)
        if found is None:
            # One at a time, since each may take the memory of many pages.
            async with self._whole_page, self.resources.begin_read() as read:
                found = await page(read, MAX_NUMBERED_PAGE_BYTES)
        if found is None:
            raise RuntimeError("a page is larger than its todos may be")
        return found

    def response(self, actor: Actor, content: bytes) -> Response:
        """Return the JSON response. Raise as LargeAnswers.begin if it is large."""
        if len(content) <= UNCOUNTED_BYTES:
            return Response(content, media_type="application/json")
        return LargeResponse(content, self.answers, actor.user_id)


async def get_page_reader(request: Request) -> PageReader:
    reader: PageReader = request.app.state.page_reader
    return reader


OpenPageReader = Annotated[PageReader, Depends(get_page_reader)]
