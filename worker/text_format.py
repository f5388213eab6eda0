"""Format dates, durations and actions as text for mails and pushes, in the reader's language. Pure."""

from datetime import date, datetime, timedelta
from typing import Any

from babel.dates import format_date

from shared.contract.notifications import NotificationKind
from shared.languages.catalogues import ENGLISH
from shared.languages.texts import Message, Translator, counted, message, translator
from shared.lists.list_names import shown_name
from shared.reminders.rules import Due
from shared.zones import zone_or_utc

# Added before rounding down. A mail is written a moment after its link was made, and 14 days less a
# second must not become 13 days.
TRANSIT_MINUTES = 2
_IN_ENGLISH = translator(ENGLISH)


def action_text(kind: NotificationKind, actor_id: str | None, name: str, title: str) -> Message:
    """Return what a user did, such as "Ben assigned you “Tent”"; of a deleted account "Somebody"."""
    values = {"name": (actor_id and name) or message("Somebody"), "title": title}
    match kind:
        case NotificationKind.ASSIGNED:
            return message("{name} assigned you “{title}”", **values)
        case NotificationKind.MENTIONED:
            return message("{name} mentioned you on “{title}”", **values)
        case NotificationKind.COMMENTED:
            return message("{name} commented on “{title}”", **values)
        case NotificationKind.REMOVED:
            return message("{name} removed you from “{title}”", **values)
        case NotificationKind.INVITED:
            return message("{name} invited you to a list", **values)
    raise ValueError(f"no user does this: {kind}")


def list_name(t: Translator, row: Any) -> str:
    """Return the name of the row's list; the Inbox has its name in the reader's language."""
    return shown_name(t, row.list_name or "", is_inbox=row.is_inbox)


def format_due(due: Due, reader_zone: str, now: datetime, t: Translator = _IN_ENGLISH) -> str:
    """Return, for example, "tomorrow at 09:00" or "Friday, 27 November". Empty without a due date."""
    zone = zone_or_utc(reader_zone)
    today = now.astimezone(zone).date()
    if due.kind == "date" and due.date:
        return _format_day(date.fromisoformat(due.date), today, t)
    if due.kind == "fixed" and due.at:
        moment = due.at.astimezone(zone)
    elif due.kind == "floating" and due.local:
        moment = datetime.fromisoformat(due.local)
    else:
        return ""
    return t("{day} at {time}", day=_format_day(moment.date(), today, t), time=f"{moment:%H:%M}")


def format_instant(instant: datetime, reader_zone: str, t: Translator = _IN_ENGLISH) -> str:
    """Return, for example, "Saturday, 21 November 2026 at 10:42 (Europe/Berlin)"."""
    moment = instant.astimezone(zone_or_utc(reader_zone))
    day = f"{_long_day(moment.date(), t)} {moment.year}"
    return t("{day} at {time} ({zone})", day=day, time=f"{moment:%H:%M}", zone=reader_zone)


def format_duration(span: timedelta, t: Translator = _IN_ENGLISH) -> str:
    """Return, for example, "2 days", "1 hour" or "30 minutes", rounded down."""
    minutes = max(1, int(span.total_seconds() // 60))
    if count := (minutes + TRANSIT_MINUTES) // (24 * 60):
        return t.of(counted(count, "{count} day", "{count} days"))
    if count := (minutes + TRANSIT_MINUTES) // 60:
        return t.of(counted(count, "{count} hour", "{count} hours"))
    return t.of(counted(minutes, "{count} minute", "{count} minutes"))


def _format_day(day: date, today: date, t: Translator) -> str:
    names = {-1: message("yesterday"), 0: message("today"), 1: message("tomorrow")}
    difference = (day - today).days
    if difference in names:
        return t.of(names[difference])
    year = "" if day.year == today.year else f" {day.year}"
    return f"{_long_day(day, t)}{year}"


def _long_day(day: date, t: Translator) -> str:
    """Return, for example, "Friday, 27 November"."""
    return t(
        "{weekday}, {day} {month}",
        weekday=format_date(day, "EEEE", locale=t.language),
        day=day.day,
        month=format_date(day, "MMMM", locale=t.language),
    )
