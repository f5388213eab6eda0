"""Format dates, durations and actions as English text for mails and pushes. Pure."""

from datetime import date, datetime, timedelta

from shared.contract.notifications import NotificationKind
from shared.reminders.rules import Due
from shared.zones import zone_or_utc

# Added before rounding down. A mail is written a moment after its link was made, and 14 days less a
# second must not become 13 days.
TRANSIT_MINUTES = 2
# Between the name of the acting user and the title of the object.
ACTION_PHRASES = {
    NotificationKind.ASSIGNED: "assigned you",
    NotificationKind.MENTIONED: "mentioned you on",
    NotificationKind.COMMENTED: "commented on",
    NotificationKind.REMOVED: "removed you from",
}


def actor_name(actor_id: str | None, name: str) -> str:
    """Return the name of the acting user, or "Somebody" if that account is deleted."""
    return (actor_id and name) or "Somebody"


def format_due(due: Due, reader_zone: str, now: datetime) -> str:
    """Return, for example, "tomorrow at 09:00" or "Friday, 27 November". Empty without a due date."""
    zone = zone_or_utc(reader_zone)
    today = now.astimezone(zone).date()
    if due.kind == "date" and due.date:
        return _format_day(date.fromisoformat(due.date), today)
    if due.kind == "fixed" and due.at:
        moment = due.at.astimezone(zone)
    elif due.kind == "floating" and due.local:
        moment = datetime.fromisoformat(due.local)
    else:
        return ""
    return f"{_format_day(moment.date(), today)} at {moment:%H:%M}"


def format_instant(instant: datetime, reader_zone: str) -> str:
    """Return, for example, "Saturday, 21 November 2026 at 10:42 (Europe/Berlin)"."""
    moment = instant.astimezone(zone_or_utc(reader_zone))
    return f"{moment:%A}, {moment.day} {moment:%B %Y} at {moment:%H:%M} ({reader_zone})"


def format_duration(span: timedelta) -> str:
    """Return, for example, "2 days", "1 hour" or "30 minutes", rounded down."""
    minutes = max(1, int(span.total_seconds() // 60))
    for unit, size in (("day", 24 * 60), ("hour", 60)):
        if count := (minutes + TRANSIT_MINUTES) // size:
            return f"{count} {unit}{'s' if count > 1 else ''}"
    return f"{minutes} minute{'s' if minutes > 1 else ''}"


def _format_day(day: date, today: date) -> str:
    names = {-1: "yesterday", 0: "today", 1: "tomorrow"}
    difference = (day - today).days
    if difference in names:
        return names[difference]
    year = "" if day.year == today.year else f" {day.year}"
    return f"{day:%A}, {day.day} {day:%B}{year}"
