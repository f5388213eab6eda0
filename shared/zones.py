"""Time zones: which names are accepted, and which instant a wall time in a zone is. Pure."""

from datetime import UTC, datetime, tzinfo
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones


def is_zone(name: str) -> bool:
    """Return True if `name` is an IANA zone, such as Europe/Berlin, in IANA's spelling."""
    return name in zone_names()


def zone_or_utc(name: str) -> tzinfo:
    """Return the zone; UTC for a name that this machine does not know.

    The name was valid when it was stored, perhaps on another machine, or with other zone data.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC


def instant_of(local: datetime, zone: str) -> datetime:
    """Return the UTC instant at which clocks in `zone` show `local`, which is naive.

    A time that a clock change skips is moved forward by the length of the gap; for a time that
    happens twice, the first is meant. (Both are the meaning of fold=0 in PEP 495.)
    """
    return local.replace(tzinfo=zone_or_utc(zone), fold=0).astimezone(UTC)


@cache
def zone_names() -> frozenset[str]:
    """Return the IANA names of all zones that this machine knows."""
    # Reading the directory tree takes 20 ms, and the names do not change while the process runs.
    # "Factory" and "localtime" are placeholders, not zones.
    return frozenset(available_timezones()) - {"Factory", "localtime"}
