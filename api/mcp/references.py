"""What a model names by words: lists, labels, days and times. Each mistake says what there is instead."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

from api.mcp.tool_errors import ToolRefusal
from shared.actor import Actor
from shared.contract.base import parse_instant
from shared.contract.shapes import DueDate, DueTime, LabelShape
from shared.ids import LabelId, ListId
from shared.labels.queries import read_labels
from shared.lists.list_names import NamedList, read_named_lists
from shared.text import NotAcceptableError, name_key
from shared.todos.rules.due import (
    DATE,
    FIRST_YEAR,
    LAST_YEAR,
    LOCAL_TIME,
    parse_due_date,
    parse_due_time,
)
from shared.unit_of_work import ReadTransaction
from shared.zones import instant_of, zone_or_utc

# Enough to find a misspelt name; an account may have a thousand lists.
MAX_SUGGESTIONS = 20


async def resolve_list(read: ReadTransaction, actor: Actor, wanted: str | None) -> NamedList:
    """Return the list of this name or id; the Inbox without one. Raise ToolRefusal."""
    lists = await read_named_lists(read, actor)
    if not wanted:
        found = [each for each in lists if each.is_inbox]
        if not found:
            raise ToolRefusal(f"This token does not reach the Inbox: name a list. {_have(lists)}")
        return found[0]
    found = [each for each in lists if each.id == wanted]
    found = found or [each for each in lists if name_key(each.name) == name_key(wanted)]
    in_use = [each for each in found if not each.is_archived]
    found = in_use or found
    if not found:
        raise ToolRefusal(f"List {wanted!r} not found. {_have(lists)}")
    if len(found) > 1:
        ids = ", ".join(each.id for each in found[:MAX_SUGGESTIONS])
        raise ToolRefusal(f"{len(found)} lists are called {wanted!r}: send an id instead: {ids}.")
    return found[0]


async def resolve_labels(
    read: ReadTransaction, actor: Actor, list_id: ListId, wanted: Sequence[str]
) -> tuple[LabelId, ...]:
    """Return the labels of these names in the list. Raise ToolRefusal, NotFound."""
    labels = {name_key(each.name): each for each in await read_labels(read, actor, list_id)}
    missing = [name for name in wanted if name_key(name) not in labels]
    if missing:
        raise ToolRefusal(f"The list has no label {missing[0]!r}. {_labels(list(labels.values()))}")
    return tuple(LabelId(labels[name_key(name)].id) for name in wanted)


def _have(lists: Sequence[NamedList]) -> str:
    names = [each.name for each in lists if not each.is_archived]
    if not names:
        return "This token reaches no list."
    return f"There are: {_few(names)}."


def _labels(labels: Sequence[LabelShape]) -> str:
    if not labels:
        return "It has none; labels are made in the web client."
    return f"It has: {_few([each.name for each in labels])}."


def _few(names: Sequence[str]) -> str:
    shown = ", ".join(repr(name) for name in names[:MAX_SUGGESTIONS])
    more = len(names) - MAX_SUGGESTIONS
    return f"{shown} and {more} more" if more > 0 else shown


def parse_day(field: str, text: str) -> date:
    try:
        day = date.fromisoformat(text) if DATE.fullmatch(text) else None
    except ValueError:
        day = None
    if day is None or not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise ToolRefusal(f"{field}: a day looks like 2026-12-24.")
    return day


def parse_due(text: str, zone: str) -> DueDate | DueTime:
    """Return the due date that a text means for a user in `zone`. Raise ToolRefusal, Invalid."""
    if DATE.fullmatch(text):
        return parse_due_date(text)
    if LOCAL_TIME.fullmatch(text):
        return parse_due_time(text, zone)
    local = _parse_instant("due", text).astimezone(zone_or_utc(zone)).replace(tzinfo=None)
    return parse_due_time(local.isoformat(timespec="seconds"), zone)


def parse_moment(field: str, text: str, zone: str) -> datetime:
    """Return the instant that a text means for a user in `zone`. Raise ToolRefusal."""
    if LOCAL_TIME.fullmatch(text):
        due = parse_due_time(text, None)
        return instant_of(datetime.fromisoformat(due.at), zone)
    return _parse_instant(field, text).astimezone(UTC)


def _parse_instant(field: str, text: str) -> datetime:
    try:
        # Models leave out the seconds; RFC 3339 does not.
        instant = parse_instant(f"{text[:16]}:00{text[16:]}" if text[16:17] in "+-Zz" else text)
        # Near the ends of datetime's range a conversion to another zone would fail.
        if FIRST_YEAR < instant.year < LAST_YEAR:
            return instant
    except NotAcceptableError:
        pass
    raise ToolRefusal(
        f"{field}: it looks like 2026-12-24T09:00 (in the user's time zone) or 2026-12-24T09:00+01:00"
        f"{'' if field != 'due' else ', or 2026-12-24 for a whole day'}."
    )


def today_in(zone: str, now: datetime) -> date:
    return now.astimezone(zone_or_utc(zone)).date()


def day_after(day: date) -> date:
    return day + timedelta(days=1)
