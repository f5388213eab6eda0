"""Fields of other programs as ours: dates in their spellings, and values of any type as text. Pure."""

import re
from collections.abc import Iterable, Mapping, Sized
from contextlib import suppress
from datetime import UTC, datetime
from math import isfinite
from typing import Any

from shared.contract.shapes import DueTime
from shared.errors import Invalid
from shared.languages.texts import Amount, message
from shared.reminders.rules import MAX_REMINDERS_PER_TODO, ReminderTrigger
from shared.todos.rules.due import parse_due_date, parse_due_time
from shared.zones import is_zone, zone_or_utc
from worker.html_text import MAX_HTML
from worker.imports import losses
from worker.imports.items import Due, FileRefused

# As many as a user may be in (shared/lists/commands.py).
MAX_LISTS = 1000
# What readers keep in memory of a file: names and ids of lists, and of columns and tags.
MAX_NAME, MAX_NAMES = 500, 50_000
_ISO = re.compile(
    r"(?P<day>\d{4}-\d{2}-\d{2})"
    r"(?:[T ](?P<time>\d{2}:\d{2}(?::\d{2})?)(?P<fraction>\.\d{1,6})?\d*(?P<offset>Z|[+-]\d{2}:?\d{2})?)?"
)
_GERMAN = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})(?: (\d{2}:\d{2}))?")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")


def text(value: Any) -> str:
    """Return a text or a number as text; empty for anything else."""
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""


def number_of(value: Any) -> float:
    """Return a number, also one that is a text; 0 for anything else."""
    with suppress(TypeError, ValueError, OverflowError):
        found = float(value)
        return found if isfinite(found) else 0
    return 0


def objects(value: Any) -> list[dict[str, Any]]:
    """Return the objects of an array; nothing for anything else."""
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def texts(value: Any) -> list[str]:
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []


def parse_instant(value: Any) -> datetime | None:
    """Return an instant of RFC 3339; None for other values and for years of no todo."""
    found = _ISO.fullmatch(text(value).strip())
    if found is None or not found["offset"]:
        return None
    try:
        instant = datetime.fromisoformat(
            f"{found['day']}T{found['time']}{found['fraction'] or ''}{found['offset']}"
        ).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return instant if 1970 <= instant.year <= 9000 else None


def parse_milliseconds(value: Any) -> datetime | None:
    """Return the instant of a number of milliseconds since 1970."""
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 < value < 2e14:
        return None
    return datetime.fromtimestamp(value / 1000, UTC)


def due_of_instant(instant: datetime, zone: str) -> Due:
    """Return the due time at which clocks of the zone show the instant."""
    zone = zone if is_zone(zone) else "UTC"
    local = instant.astimezone(zone_or_utc(zone))
    return parse_due_time(local.strftime("%Y-%m-%dT%H:%M:%S"), zone)


def parse_due(value: Any, zone: str = "", *, account_zone: str = "UTC") -> Due | None:
    """Return a day or a time in one of the usual spellings. Raise ValueError; None for nothing.

    A time without an offset is in `zone`, or floating without one. One with an offset becomes a time
    of `zone`, or of the account's zone.
    """
    spelled = text(value).strip()
    if not spelled:
        return None
    try:
        if found := _ISO.fullmatch(spelled):
            return _due_of(found["day"], found["time"], found["offset"], zone, account_zone)
        if found := _GERMAN.fullmatch(spelled):
            day, month, year, time = found.groups()
            return _due_of(f"{year}-{month:0>2}-{day:0>2}", time, None, zone, account_zone)
        if found := _COMPACT.fullmatch(spelled):
            return parse_due_date("-".join(found.groups()))
    except Invalid as error:
        raise ValueError(error.detail) from None
    raise ValueError("no date")


def _due_of(day: str, time: str | None, offset: str | None, zone: str, account_zone: str) -> Due:
    if time is None:
        return parse_due_date(day)
    if offset:
        instant = datetime.fromisoformat(f"{day}T{time}{offset}")
        return due_of_instant(instant, zone or account_zone)
    return parse_due_time(f"{day}T{time}", zone if is_zone(zone) else None)


def due_or_note(
    value: Any, zone: str = "", *, account_zone: str = "UTC"
) -> tuple[Due | None, tuple[str, ...]]:
    """Return the due date, or a note that it cannot be read."""
    try:
        return parse_due(value, zone, account_zone=account_zone), ()
    except ValueError:
        return None, (losses.DUE.sentence,)


def due_in_zone_or_note(
    value: Any, zone: str, *, account_zone: str
) -> tuple[Due | None, tuple[str, ...]]:
    """Return the due date; or notes that it, or its zone, cannot be read."""
    due, notes = due_or_note(value, zone, account_zone=account_zone)
    return due, (*notes, losses.TIME_ZONE.sentence) if is_zone_lost(due, zone) else notes


def is_zone_lost(due: Due | None, zone: str) -> bool:
    """Return True if the due date is a time whose zone is unknown."""
    return bool(zone) and isinstance(due, DueTime) and not is_zone(zone)


def instant_or_note(value: Any, notes: list[str]) -> datetime | None:
    """Return the instant at which a todo was completed, or add a note that it cannot be read."""
    instant = parse_instant(value)
    if instant is None and value:
        notes.append(losses.COMPLETED_AT.sentence)
    return instant


def reminders_or_notes(
    wanted: Iterable[Mapping[str, Any] | None], notes: list[str]
) -> tuple[ReminderTrigger, ...]:
    """Return reminders of either `at` or `minutes_before`, as many as a todo may have.

    Add one note if any is None, out of range or one too many.
    """
    found: dict[ReminderTrigger, None] = {}
    is_lost = False
    for each in wanted:
        trigger = None
        with suppress(Invalid):
            trigger = ReminderTrigger(**each) if each else None
        if trigger is None or (trigger not in found and len(found) == MAX_REMINDERS_PER_TODO):
            is_lost = True
        else:
            found[trigger] = None
    if is_lost:
        notes.append(losses.REMINDERS.sentence)
    return tuple(found)


def shortened_html(html: str, notes: list[str]) -> str:
    """Return the HTML cut to what is converted, and add a note if it is longer."""
    if len(html) > MAX_HTML:
        notes.append(message("A text was shortened before it was converted: it is too long."))
    return html[:MAX_HTML]


def check_list_count(count: int) -> None:
    """Raise FileRefused for more lists than a user may be in, not counting the one to come."""
    if count > MAX_LISTS + 1:
        raise FileRefused(message("The file holds more than {limit} lists.", limit=MAX_LISTS))


def check_name_count(names: Sized) -> None:
    """Raise FileRefused for more names than any program writes, which would fill the memory."""
    if len(names) > MAX_NAMES:
        raise FileRefused(
            message(
                "The file holds more than {limit} columns, tags or archived cards.",
                limit=Amount(MAX_NAMES),
            )
        )


def slug(name: str) -> str:
    """Return the name as a key, equal for spellings that differ in case and white space."""
    return " ".join(name.split()).casefold()
