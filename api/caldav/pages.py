"""Read the objects of a list page by page while an answer is sent.

No database connection is held while the client reads. A page is authorized anew: who loses the list gets
no further objects.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Sequence

from fastapi import Response
from fastapi.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from api.caldav import xml_output
from api.caldav.properties import MEMBER, Member, Wanted, render
from api.caldav.requests import DavRequest
from api.http.http_protocol import BoundedHttpProtocol
from api.http.large_answers import (
    MAX_BYTES_OF_USER,
    UNCOUNTED_BYTES,
    UNREAD_SECONDS,
    LargeAnswers,
)
from realtime.transports.sse_response import EXTENSION
from shared.caldav.collections import Collection
from shared.caldav.objects import MAX_PAGE_BYTES, CalendarObject, read_by_ids, read_page
from shared.ids import UserId

# Half a megabyte of typical objects with their texts. Pages are bounded in bytes as well.
OBJECTS_PER_PAGE = 500
# Objects that a client names are not: 25 of the largest take 6 MB.
OBJECTS_PER_BATCH = 25
# From here on in a thread: to write the texts of 20 objects takes 3 ms.
MAX_OBJECTS_ON_LOOP = 20
MAX_CHARACTERS_ON_LOOP = 32 * 1024


async def all_objects(
    dav: DavRequest, collection: Collection
) -> AsyncIterator[list[CalendarObject]]:
    """Yield the objects of a list, a page at a time."""
    after, is_more = "", True
    while is_more:
        async with dav.resources.begin_read() as read:
            page, is_more = await read_page(
                read, dav.actor, collection.list_id, after, OBJECTS_PER_PAGE
            )
        yield page
        after = page[-1].todo.id if page else ""
        is_more = is_more and bool(page)


async def objects_by_ids(
    dav: DavRequest, collection: Collection, todo_ids: Sequence[str]
) -> AsyncIterator[list[CalendarObject]]:
    """Yield those of the todos that are still in the list, a batch at a time."""
    for some in batches(todo_ids):
        async with dav.resources.begin_read() as read:
            found = await read_by_ids(read, dav.actor, collection.list_id, some)
        yield [each for each in found.values() if each.todo.deleted_at is None]


def batches(items: Sequence[str]) -> Iterator[Sequence[str]]:
    """Yield the items, OBJECTS_PER_BATCH at a time."""
    return (
        items[start : start + OBJECTS_PER_BATCH]
        for start in range(0, len(items), OBJECTS_PER_BATCH)
    )


async def render_members(
    dav: DavRequest,
    collection: Collection,
    objects: Sequence[CalendarObject],
    wanted: Wanted,
    matches: Callable[[CalendarObject], bool] | None = None,
) -> str:
    """Return the `response` elements of the objects that match."""

    def rendered() -> str:
        members = [
            Member(dav.actor, collection, each)
            for each in objects
            if matches is None or matches(each)
        ]
        return "".join(render(member.path, MEMBER, member, wanted) for member in members)

    size = sum(len(each.todo.description) + len(each.kept) for each in objects)
    if len(objects) <= MAX_OBJECTS_ON_LOOP and size <= MAX_CHARACTERS_ON_LOOP:
        return rendered()
    return await asyncio.to_thread(rendered)


async def paged_multistatus(
    dav: DavRequest, pages: AsyncIterator[str], *, sync_token: str | None = None
) -> Response:
    """Return the answer of all pages: at once if there is one, otherwise page by page.

    Raise RateLimited or Unavailable if too many long answers are under way.
    """
    first, second = await anext(pages, ""), await anext(pages, None)
    size = len(first.encode()) + len((second or "").encode())
    if second is None and size <= UNCOUNTED_BYTES:
        return xml_output.multistatus([first], sync_token=sync_token)
    # An answer may be as long as all that its user may wait for.
    size = min(max(size, MAX_PAGE_BYTES), MAX_BYTES_OF_USER)
    answers: LargeAnswers = dav.request.app.state.large_answers
    answers.begin(dav.actor.user_id, size)

    async def all_pages() -> AsyncIterator[str]:
        yield first
        if second is not None:
            yield second
        async for page in pages:
            yield page

    content = xml_output.multistatus_chunks(all_pages(), sync_token=sync_token)
    return _CountedResponse(content, answers, dav.actor.user_id, size)


class _CountedResponse(StreamingResponse):
    """A multistatus that counts as under way until its client has taken it, or went away."""

    def __init__(
        self, content: AsyncIterator[bytes], answers: LargeAnswers, user_id: UserId, size: int
    ) -> None:
        super().__init__(content, 207, media_type=xml_output.MEDIA_TYPE)
        self._answers, self._user_id, self._size = answers, user_id, size

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        connection: BoundedHttpProtocol | None = scope.get("extensions", {}).get(EXTENSION)
        try:
            if connection is not None:
                # Whoever reads nothing would keep its place for a quarter of an hour.
                connection.set_acknowledge_timeout(UNREAD_SECONDS)
            await super().__call__(scope, receive, send)
            if connection is not None:
                # uvicorn returns from the last send at once.
                await connection.taken()
        finally:
            self._answers.end(self._user_id, self._size)
