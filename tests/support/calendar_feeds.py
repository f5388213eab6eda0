"""Calendar feeds of tests: made and read by requests, and one for the permission matrix."""

from typing import Any

import httpx
import icalendar

from shared.actor import Actor
from shared.calendar_feeds.commands import FeedRequest, create_feed
from shared.contract.calendar_feeds import FeedContent
from shared.ids import ListId
from tests.support.features.list_builder import ListBuilder
from tests.support.world_builder import World

FEEDS = "/users/me/calendar-feeds"
CALENDAR_FEED_ROUTES: dict[str, Any] = {
    "GET /users/me/calendar-feeds": None,
    "POST /users/me/calendar-feeds": {"name": "New", "list_id": "{list_id}"},
    "POST /users/me/calendar-feeds/{feed_id}/rotate": None,
    "DELETE /users/me/calendar-feeds/{feed_id}": None,
    "GET /calendar-feeds/{file}": None,
}


async def insert_feed(world: World, user: Actor, list_id: ListId) -> dict[str, str]:
    """Add a feed of the list. Return what stands for it in paths."""
    wanted = FeedRequest("Phone", list_id, FeedContent.TODOS, include_completed=False)
    feed, secret = await world.run(create_feed, user, wanted)
    return {"feed_id": feed.id, "file": f"{secret}.ics"}


async def make_feed(builder: ListBuilder, user: Actor, **body: Any) -> dict[str, Any]:
    """Make a feed by a request, and return the answer."""
    answer = await builder.request(user, "POST", FEEDS, {"name": "Phone"} | body)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def read_feed(builder: ListBuilder, feed: dict[str, Any], **headers: str) -> httpx.Response:
    return await builder.client.get(path_of(feed), headers=headers)


def path_of(feed: dict[str, Any]) -> str:
    return f"/api/v1{feed['address'].partition('/api/v1')[2]}"


def calendar_of(answer: httpx.Response) -> Any:
    """Return the calendar as the icalendar library reads it, whose types say nothing of its properties."""
    return icalendar.Calendar.from_ical(answer.content)


async def titles_of(builder: ListBuilder, feed: dict[str, Any]) -> set[str]:
    """Return the titles of the todos that the feed shows as tasks."""
    return {str(todo["SUMMARY"]) for todo in calendar_of(await read_feed(builder, feed)).todos}


async def add_todo(builder: ListBuilder, user: Actor, list_id: ListId, **fields: Any) -> str:
    """Create a todo by a request, and return its id."""
    answer = await builder.request(user, "POST", "/todos", {"list_id": list_id} | fields)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])
