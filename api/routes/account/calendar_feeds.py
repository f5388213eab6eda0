"""Routes of calendar feeds: manage them, and read one at its secret address. docs/calendar-feeds.md.

None takes an Idempotency-Key: a saved response would store an address.
"""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response
from pydantic import AfterValidator, Field, StrictBool

from api.http import rate_limits
from api.http.conditional_requests import NOT_MODIFIED, known_tag
from api.http.content_negotiation import list_header
from api.http.dependencies import CurrentActor, OpenResources, PathId, RecentlyAuthenticated
from api.http.paths import FEEDS
from api.http.problems import problem_responses
from api.http.rate_limits import Limits
from api.http.responses import json_response
from shared.calendar_feeds import commands, queries
from shared.calendar_feeds.commands import FeedRequest
from shared.calendar_feeds.document import FeedDocument
from shared.calendar_feeds.queries import FeedSource
from shared.calendar_feeds.secrets import SUFFIX, hash_of_file
from shared.contract.base import Body, Id
from shared.contract.calendar_feeds import (
    CalendarFeedShape,
    FeedContent,
    FeedFilter,
    NewCalendarFeedShape,
)
from shared.contract.shapes import Items, TodoShape
from shared.ids import CalendarFeedId, ListId
from shared.resources import Resources
from shared.text import name

MEDIA_TYPE = "text/calendar"
# Programs and proxies that keep a copy ask whether it is current; others must not keep it.
_CACHE_CONTROL = "private, no-cache"

_EXAMPLE = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Livelist//Livelist//EN\r\nBEGIN:VTODO\r\n…"

router = APIRouter(tags=["calendar feeds"])
FeedName = Annotated[str, Field(min_length=1, max_length=100), AfterValidator(name)]


class NewCalendarFeedBody(Body):
    name: FeedName = Field(description="What calendar programs call it.")
    list_id: Id | None = Field(
        default=None, description="Absent or null: all your lists but archived ones."
    )
    content: FeedContent = FeedContent.TODOS
    include_completed: StrictBool = False
    filter: FeedFilter | None = Field(
        default=None, description="Only todos that fit it. Absent or null: all."
    )

    def wanted(self) -> FeedRequest:
        list_id = None if self.list_id is None else ListId(self.list_id)
        return FeedRequest(self.name, list_id, self.content, self.include_completed, self.filter)


@router.get("/users/me/calendar-feeds", responses=problem_responses(401, 403))
async def read_calendar_feeds(
    actor: CurrentActor, resources: OpenResources
) -> Items[CalendarFeedShape]:
    """List your calendar feeds, newest first, without their addresses."""
    async with resources.single_read() as read:
        return Items(items=tuple(await queries.read_feeds(read, actor)))


@router.post(
    "/users/me/calendar-feeds",
    status_code=201,
    response_model=NewCalendarFeedShape,
    responses=problem_responses(401, 403, 404, 409, 422, 429),
)
async def create_calendar_feed(
    body: NewCalendarFeedBody,
    actor: RecentlyAuthenticated,
    resources: OpenResources,
    limits: Limits,
) -> Response:
    """Create a calendar feed. Its address is in this answer only; who has it reads the todos."""
    await limits.take(rate_limits.CALENDAR_FEED_EDIT, account=actor.user_id)
    async with resources.begin() as work:
        feed, secret = await commands.create_feed(work, actor, body.wanted())
    return _with_address(resources, feed, secret, 201)


@router.post(
    "/users/me/calendar-feeds/{feed_id}/rotate",
    response_model=NewCalendarFeedShape,
    responses=problem_responses(401, 403, 404, 429),
)
async def rotate_calendar_feed(
    feed_id: PathId, actor: RecentlyAuthenticated, resources: OpenResources, limits: Limits
) -> Response:
    """Give a calendar feed another address. The one before stops working at once."""
    await limits.take(rate_limits.CALENDAR_FEED_EDIT, account=actor.user_id)
    async with resources.begin() as work:
        feed, secret = await commands.rotate_feed(work, actor, CalendarFeedId(feed_id))
    return _with_address(resources, feed, secret, 200)


@router.delete(
    "/users/me/calendar-feeds/{feed_id}",
    status_code=204,
    responses=problem_responses(401, 403, 404),
)
async def revoke_calendar_feed(
    feed_id: PathId, actor: CurrentActor, resources: OpenResources
) -> Response:
    """Revoke a calendar feed. Its address stops working at once."""
    async with resources.begin() as work:
        await commands.revoke_feed(work, actor, CalendarFeedId(feed_id))
    return Response(status_code=204)


@router.get(
    "/calendar-feeds/{file}",
    response_class=Response,
    responses=problem_responses(404, 413, 429)
    | NOT_MODIFIED
    | {200: {"content": {MEDIA_TYPE: {"schema": {"type": "string"}, "example": _EXAMPLE}}}},
)
async def read_calendar_feed(
    file: Annotated[str, Path(description="The last part of the address, such as `llf_….ics`.")],
    request: Request,
    resources: OpenResources,
    limits: Limits,
) -> Response:
    """Read a calendar feed, without signing in. Send the ETag of the last answer as If-None-Match."""
    await limits.take(rate_limits.CALENDAR_FEED_BY_NETWORK)
    hash_ = hash_of_file(file)
    await limits.take(rate_limits.CALENDAR_FEED, account=hash_)
    async with resources.single_read() as read:
        source = await queries.find_source(read, hash_)
        if source.is_use_news(read.now):
            # Saved apart, so that the answer waits for no write.
            resources.used_calendar_feeds.add(CalendarFeedId(source.feed_id))
    headers = {"ETag": source.etag, "Cache-Control": _CACHE_CONTROL}
    given = list_header(request.scope["headers"], b"if-none-match")
    # The dispatcher makes it a 304: the document is not written for that.
    is_known = bool(given) and known_tag(given, source.etag) is not None
    document = b"" if is_known else await _write(resources, source)
    return Response(document, 200, headers, media_type=MEDIA_TYPE)


async def _write(resources: Resources, source: FeedSource) -> bytes:
    document = FeedDocument(source)
    last: TodoShape | None = None
    while True:
        # A connection for each page: none is held while the lines are written.
        async with resources.single_read() as read:
            page = await queries.read_page(read, source, last)
        document.add(page)
        if len(page) < queries.PAGE_TODOS:
            return await asyncio.to_thread(document.finish)
        last = page[-1].todo


def _with_address(
    resources: Resources, feed: CalendarFeedShape, secret: str, status: int
) -> Response:
    address = f"{resources.settings.web.public_url}{FEEDS}{secret}{SUFFIX}"
    shape = NewCalendarFeedShape(**feed.model_dump(), address=address)
    return json_response(shape, status, {"Cache-Control": "no-store"})
