"""Read the objects of a list page by page while an answer is sent.

No database connection is held while the client reads. A page is authorized anew: who loses the list gets
no further objects.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence

from api.caldav.properties import MEMBER, Member, Wanted, render
from api.caldav.requests import DavRequest
from shared.caldav.collections import Collection
from shared.caldav.objects import CalendarObject, read_page

# Half a megabyte of typical objects with their texts; of tags alone a list of 500 is one page.
OBJECTS_PER_PAGE = 500
# From here on in a thread: to write 20 texts takes 3 ms.
MAX_OBJECTS_ON_LOOP = 20


async def all_objects(
    dav: DavRequest, collection: Collection
) -> AsyncIterator[list[CalendarObject]]:
    """Yield the objects of a list, a page at a time."""
    after = ""
    while True:
        async with dav.resources.begin_read() as read:
            # One more than is sent, to learn whether others follow.
            limit = OBJECTS_PER_PAGE + 1
            page = await read_page(read, dav.actor, collection.list_id, after, limit)
        yield page[:OBJECTS_PER_PAGE]
        if len(page) < limit:
            return
        after = page[OBJECTS_PER_PAGE - 1].todo.id


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

    if len(objects) <= MAX_OBJECTS_ON_LOOP:
        return rendered()
    return await asyncio.to_thread(rendered)
