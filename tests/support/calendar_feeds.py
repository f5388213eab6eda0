"""A calendar feed for the permission matrix, and its routes."""

from typing import Any

from shared.actor import Actor
from shared.calendar_feeds.commands import FeedRequest, create_feed
from shared.contract.calendar_feeds import FeedContent
from shared.ids import ListId
from tests.support.world_builder import World

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
