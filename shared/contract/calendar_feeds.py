"""Shapes of calendar feeds. docs/calendar-feeds.md."""

from enum import StrEnum

from pydantic import Field

from shared.contract.base import Instant, Shape
from shared.contract.own_lists.views import TodoChoices


class FeedContent(StrEnum):
    """As what a feed shows todos. Many calendar programs show events alone."""

    TODOS = "todos"
    EVENTS = "events"


class FeedDue(StrEnum):
    """What is due on which day, the calendar shows by itself."""

    DATED = "dated"
    UNDATED = "undated"


class FeedFilter(TodoChoices):
    """Which todos of its lists a feed shows. Labels may be of any list, and one's own."""

    due: FeedDue | None = Field(description="Only todos with, or only those without, a due date.")


class CalendarFeedShape(Shape):
    """A calendar feed of the account, without its address."""

    id: str
    name: str
    list_id: str | None = Field(description="The list that it shows; null: all your lists.")
    content: FeedContent
    include_completed: bool
    filter: FeedFilter | None = Field(description="Only todos that fit it; null: all.")
    created_at: Instant
    last_used_at: Instant | None = Field(
        default=None, description="When a program last read it, within an hour; null: never."
    )


class NewCalendarFeedShape(CalendarFeedShape):
    address: str = Field(description="The secret address. It is shown this once.")
