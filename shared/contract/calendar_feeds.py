"""Shapes of calendar feeds. docs/calendar-feeds.md."""

from enum import StrEnum

from pydantic import Field

from shared.contract.base import Instant, Shape


class FeedContent(StrEnum):
    """As what a feed shows todos. Many calendar programs show events alone."""

    TODOS = "todos"
    EVENTS = "events"


class CalendarFeedShape(Shape):
    """A calendar feed of the account, without its address."""

    id: str
    name: str
    list_id: str | None = Field(description="The list that it shows; null: all your lists.")
    content: FeedContent
    include_completed: bool
    created_at: Instant
    last_used_at: Instant | None = Field(
        default=None, description="When a program last read it, within an hour; null: never."
    )


class NewCalendarFeedShape(CalendarFeedShape):
    address: str = Field(description="The secret address. It is shown this once.")
