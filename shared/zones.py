"""Time zones: which names are accepted, and which instant a wall time in a zone is. Pure."""

from bisect import bisect_right
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from functools import cache, lru_cache
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


@dataclass(frozen=True)
class ZoneOffsets:
    """How far the clocks of a zone are ahead of UTC at each local time: what a database can compute with.

    `seconds[0]` counts before `starts[0]`, and `seconds[n]` from `starts[n - 1]` on. Each of `starts`
    is a local time with UTC in the place of its zone.
    """

    starts: tuple[datetime, ...]
    seconds: tuple[int, ...]

    @property
    def least(self) -> timedelta:
        """Return the least offset of the zone, or zero if that is less."""
        return timedelta(seconds=min(0, *self.seconds))

    @property
    def most(self) -> timedelta:
        """Return the largest offset of the zone, or zero if that is more."""
        return timedelta(seconds=max(0, *self.seconds))

    def instant_of(self, local: datetime) -> datetime:
        """Return the same as `instant_of`, until OFFSETS_END. `local` has UTC in place of its zone."""
        return local - timedelta(seconds=self.seconds[bisect_right(self.starts, local)])


# Due dates begin in 1980. After the end a zone keeps its last offset: nobody plans an hour that far
# ahead, and finding the offsets takes the longer.
OFFSETS_BEGIN, OFFSETS_END = datetime(1979, 12, 1), datetime(2070, 1, 1)  # noqa: DTZ001  local times
# No zone changed its clocks twice within less than two weeks since then.
_STEP = timedelta(days=7)


# There are 600 zones, with up to 15 kB each. Finding the offsets of one takes some 5 ms.
@lru_cache(maxsize=1000)
def offsets_of(zone: str) -> ZoneOffsets:
    """Return the offsets of a zone; those of UTC for a name that this machine does not know."""
    clock = zone_or_utc(zone)
    starts, seconds = [], [_seconds_at(OFFSETS_BEGIN, clock)]
    earlier = OFFSETS_BEGIN
    while earlier < OFFSETS_END:
        later = earlier + _STEP
        offset = _seconds_at(later, clock)
        if offset != seconds[-1]:
            starts.append(_change_between(earlier, later, clock).replace(tzinfo=UTC))
            seconds.append(offset)
        earlier = later
    return ZoneOffsets(tuple(starts), tuple(seconds))


def _seconds_at(local: datetime, clock: tzinfo) -> int:
    # fold=0, whose meaning is that of instant_of.
    return round((clock.utcoffset(local) or timedelta()).total_seconds())


def _change_between(earlier: datetime, later: datetime, clock: tzinfo) -> datetime:
    """Return the first second, after `earlier`, with the offset that counts at `later`."""
    before = _seconds_at(earlier, clock)
    first, last = 0, round((later - earlier).total_seconds())
    while last - first > 1:
        middle = (first + last) // 2
        if _seconds_at(earlier + timedelta(seconds=middle), clock) == before:
            first = middle
        else:
            last = middle
    return earlier + timedelta(seconds=last)


@cache
def zone_names() -> frozenset[str]:
    """Return the IANA names of all zones that this machine knows."""
    # Reading the directory tree takes 20 ms, and the names do not change while the process runs.
    # "Factory" and "localtime" are placeholders, not zones.
    return frozenset(available_timezones()) - {"Factory", "localtime"}
