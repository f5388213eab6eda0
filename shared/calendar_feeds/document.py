"""Write the iCalendar document of a feed, a page of todos at a time. Pure.

A feed shows todos as VTODOs; or, for programs that show events alone, as VEVENTs at their due times.
Source: RFC 5545, section 3.6.1; RFC 7986 for NAME and REFRESH-INTERVAL.
"""

from collections.abc import Iterable, Iterator

from shared.calendar_feeds.queries import FeedSource, FeedTodo
from shared.calendar_objects.calendar_todo import CalendarTodo
from shared.calendar_objects.content_lines import escape, fold
from shared.calendar_objects.encode import (
    CALENDAR_END,
    calendar_head,
    history_rows,
    stamp_row,
    todo_rows,
    zone_years,
)
from shared.calendar_objects.from_todo import calendar_todo
from shared.calendar_objects.recurrence import rule_text
from shared.calendar_objects.values import due_line
from shared.contract.calendar_feeds import FeedContent
from shared.contract.shapes import CountsFrom, DueDate, TodoStatus
from shared.errors import TooLarge

# A list of 10,000 short todos takes 4 MB. A document is held in memory twice while it is compressed.
MAX_DOCUMENT_BYTES = 5 * 1024 * 1024
# How often programs should ask: most ask less often, whatever is said.
_REFRESH = "PT1H"
# How long an event is: a due time has no length, and programs draw nothing for an event without one.
_EVENT_LENGTH = "PT30M"


class FeedDocument:
    """The document of one feed. Holds its bytes, up to MAX_DOCUMENT_BYTES."""

    def __init__(self, source: FeedSource) -> None:
        self._source = source
        self._parts: list[bytes] = []
        self._size = 0
        self._zones: dict[str, tuple[int, int]] = {}

    def add(self, page: Iterable[FeedTodo]) -> None:
        """Add todos. Raise TooLarge."""
        as_events = self._source.content is FeedContent.EVENTS
        for item in page:
            labels, parent = item.labels, item.todo.parent_id
            todo = calendar_todo(item.todo, labels=labels, parent_uid=parent)
            part = fold(_event_rows(todo) if as_events else todo_rows(todo))
            self._size += len(part)
            if self._size > MAX_DOCUMENT_BYTES:
                raise TooLarge(
                    "This calendar is too large: make feeds of single lists, without completed todos."
                )
            self._parts.append(part)
            for zone, (first, last) in zone_years([todo]).items():
                known = self._zones.get(zone, (first, last))
                self._zones[zone] = (min(known[0], first), max(known[1], last))

    def finish(self) -> bytes:
        """Return the document. Takes up to 10 ms for each time zone that was not used before."""
        name = escape(self._source.name)
        properties = (
            "METHOD:PUBLISH",
            f"NAME:{name}",
            f"X-WR-CALNAME:{name}",
            f"REFRESH-INTERVAL;VALUE=DURATION:{_REFRESH}",
            f"X-PUBLISHED-TTL:{_REFRESH}",
        )
        return b"".join([calendar_head(self._zones, properties), *self._parts, CALENDAR_END])


def _event_rows(todo: CalendarTodo) -> Iterator[str]:
    """Yield the lines of a VEVENT at the due time of a todo, which has one."""
    assert todo.due is not None
    is_done = todo.status is TodoStatus.COMPLETED
    yield "BEGIN:VEVENT"
    yield f"UID:{escape(todo.uid)}"
    yield stamp_row(todo)
    yield from history_rows(todo)
    yield f"SUMMARY:{'✓ ' if is_done else ''}{escape(todo.summary)}"
    if todo.description:
        yield f"DESCRIPTION:{escape(todo.description)}"
    yield due_line("DTSTART", todo.due)
    if not isinstance(todo.due, DueDate):
        yield f"DURATION:{_EVENT_LENGTH}"
    # The dates of a todo that repeats after its completion are not known.
    if todo.repeat is not None and todo.repeat.counts_from is CountsFrom.SCHEDULE:
        yield f"RRULE:{rule_text(todo.repeat.rule, todo.due)}"
    if todo.labels:
        yield f"CATEGORIES:{','.join(escape(label) for label in todo.labels)}"
    if todo.status is TodoStatus.CANCELLED:
        yield "STATUS:CANCELLED"
    # A due time keeps nobody busy.
    yield "TRANSP:TRANSPARENT"
    yield "END:VEVENT"
