"""Time zones: which names we take, and which instant a wall time in one of them is. Pure."""

from datetime import UTC, datetime, tzinfo
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones


def is_zone(name: str) -> bool:
    """Tells whether `name` is an IANA zone, such as Europe/Berlin, spelled as IANA does."""
    return name in _names()


def zone_or_utc(name: str) -> tzinfo:
    """Returns the zone; UTC for a name that this machine does not know.

    A name was known when it was written, on another machine perhaps, or with other zone data.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC


def instant_of(local: datetime, zone: str) -> datetime:
    """Returns the UTC instant at which clocks in `zone` show `local`, which is naive.

    A time that a clock change skips is moved forward by the length of the gap; of one that
    happens twice, the first is meant. (PEP 495: both are what fold=0 says.)
    """
    return local.replace(tzinfo=zone_or_utc(zone), fold=0).astimezone(UTC)


@cache
def _names() -> frozenset[str]:
    # Reads a directory tree, 20 ms; the names do not change while we run. "Factory" and
    # "localtime" are placeholders, not places.
    return frozenset(available_timezones()) - {"Factory", "localtime"}
