"""Dates in a reader's words and zone, and deeds in words, for mail and pushes. Pure."""

from datetime import date, datetime, timedelta

from shared.contract.notifications import NotificationKind
from shared.reminders.rules import Due
from shared.zones import zone_or_utc

MINUTES_ON_THE_WAY = 2
# Between who did it and the title of what it was done to.
SAID = {
    NotificationKind.ASSIGNED: "assigned you",
    NotificationKind.MENTIONED: "mentioned you on",
    NotificationKind.COMMENTED: "commented on",
    NotificationKind.REMOVED: "removed you from",
}


def name_of(actor_id: str | None, name: str) -> str:
    """Returns who did it; whose account is gone has no name any more."""
    return (actor_id and name) or "Somebody"


def due_in_words(due: Due, reader_zone: str, now: datetime) -> str:
    """Returns such as "tomorrow at 09:00" or "Friday, 27 November"; empty without a due date."""
    here = zone_or_utc(reader_zone)
    today = now.astimezone(here).date()
    if due.kind == "date" and due.date:
        return _day(date.fromisoformat(due.date), today)
    if due.kind == "fixed" and due.at:
        moment = due.at.astimezone(here)
    elif due.kind == "floating" and due.local:
        moment = datetime.fromisoformat(due.local)
    else:
        return ""
    return f"{_day(moment.date(), today)} at {moment:%H:%M}"


def instant_in_words(instant: datetime, reader_zone: str) -> str:
    """Returns such as "Saturday, 21 November 2026 at 10:42 (Europe/Berlin)"."""
    moment = instant.astimezone(zone_or_utc(reader_zone))
    return f"{moment:%A}, {moment.day} {moment:%B %Y} at {moment:%H:%M} ({reader_zone})"


def hours_in_words(span: timedelta) -> str:
    """Returns such as "2 days", "1 hour" or "30 minutes", rounded down."""
    minutes = max(1, int(span.total_seconds() // 60))
    for unit, size in (("day", 24 * 60), ("hour", 60)):
        # Of a mail written a moment after its link was made: 14 days less a second are not 13.
        if count := (minutes + MINUTES_ON_THE_WAY) // size:
            return f"{count} {unit}{'s' if count > 1 else ''}"
    return f"{minutes} minute{'s' if minutes > 1 else ''}"


def _day(day: date, today: date) -> str:
    names = {-1: "yesterday", 0: "today", 1: "tomorrow"}
    apart = (day - today).days
    if apart in names:
        return names[apart]
    year = "" if day.year == today.year else f" {day.year}"
    return f"{day:%A}, {day.day} {day:%B}{year}"
