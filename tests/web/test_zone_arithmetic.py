"""The client finds the same instants as the server at every change of clocks in two years."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from shared.todos.queries.due_scale import start_of
from shared.zones import instant_of, zone_names
from tests.support.web.deno import evaluate

FIRST, LAST = datetime(2026, 1, 1, tzinfo=UTC), datetime(2028, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)
# Around a change of an hour or half of one, and within what it skips or doubles.
MINUTES = (-61, -30, -15, -1, 0, 1, 15, 30, 59, 61)
# The cases [zone, local time, instant of the server] in which the client has another instant.
COMPARE = """JSON.parse(Deno.readTextFileSync(input)).filter(([zone, wall, right]) =>
  module.instantOf(wall, zone) !== right
)"""
# The zones whose local times around each change are the same for both: a browser and this machine
# may have different versions of the tz database, and a browser lacks some old names.
SAME_DATA = """JSON.parse(Deno.readTextFileSync(input)).flatMap(([zone, instants]) => {
  const isSame = ([instant, wall]) => {
    try { return module.wallTime(instant, zone) === wall; } catch { return false; }
  };
  return instants.every(isSame) ? [zone] : [];
})"""


def changes_of_clocks(zone: str) -> Iterator[datetime]:
    """Yield the first instant of each new offset."""
    tz = ZoneInfo(zone)
    day = FIRST
    while day < LAST:
        low, high = day, day + DAY
        if low.astimezone(tz).utcoffset() != high.astimezone(tz).utcoffset():
            while high - low > timedelta(seconds=1):
                middle = low + (high - low) // 2
                same = middle.astimezone(tz).utcoffset() == low.astimezone(tz).utcoffset()
                low, high = (middle, high) if same else (low, middle)
            yield high.replace(microsecond=0)
        day += DAY


def milliseconds(instant: datetime) -> int:
    return round(instant.timestamp() * 1000)


def wall_time(instant: datetime, zone: str) -> str:
    return instant.astimezone(ZoneInfo(zone)).replace(tzinfo=None).isoformat(timespec="seconds")


async def test_the_client_reads_local_times_as_the_server_does_in_every_zone(
    deno_cache: Path, tmp_path: Path
) -> None:
    changes = {zone: list(changes_of_clocks(zone)) for zone in sorted(zone_names())}
    around = [
        (zone, [(milliseconds(each), wall_time(each, zone)) for change in of_zone or [FIRST]
                for each in (change - DAY, change - timedelta(seconds=1), change, change + DAY)])
        for zone, of_zone in changes.items()
    ]  # fmt: skip
    cases = [
        (zone, local.isoformat(), milliseconds(instant_of(local, zone)))
        for zone, of_zone in changes.items()
        for change in of_zone
        for before in (datetime.fromisoformat(wall_time(change - timedelta(seconds=1), zone)),)
        for minutes in MINUTES
        for local in (before + timedelta(seconds=1, minutes=minutes),)
    ]
    (tmp_path / "around.json").write_text(json.dumps(around))

    path = "web/store/dates.js"
    same = set(await evaluate(deno_cache, path, SAME_DATA, str(tmp_path / "around.json")))
    comparable = [case for case in cases if case[0] in same]
    (tmp_path / "cases.json").write_text(json.dumps(comparable))
    wrong = await evaluate(deno_cache, path, COMPARE, str(tmp_path / "cases.json"))

    assert wrong == []
    assert len(same) > 0.95 * len(changes), sorted(set(changes) - same)
    assert len(comparable) > 4000


# The cases [zone, due, instant of a fixed due, day of the server] with another day of the client.
COMPARE_DAYS = """JSON.parse(Deno.readTextFileSync(input)).filter(([zone, due, dueAt, day]) =>
  module.localDue({ due, due_at: dueAt }, zone).day !== day
)"""
# Their data is the same everywhere; in Cairo and Santiago clocks change at midnight.
ZONES_OF_DAYS = (
    "Europe/Berlin", "America/Los_Angeles", "Pacific/Auckland", "Australia/Lord_Howe",
    "Africa/Cairo", "America/Santiago", "Pacific/Kiritimati", "Asia/Kolkata",
)  # fmt: skip


def day_of_server(instant: datetime, zone: str) -> str:
    """Return the day whose range `due_after`, `due_before` of the API finds the instant."""
    day = instant.date() - 2 * DAY
    while start_of(day + DAY, zone) <= instant:
        day += DAY
    return day.isoformat()


async def test_the_client_puts_a_todo_on_the_day_by_which_the_server_finds_it(
    deno_cache: Path, tmp_path: Path
) -> None:
    cases: list[tuple[str, dict[str, str], str | None, str]] = []
    for zone in ZONES_OF_DAYS:
        for change in [*changes_of_clocks(zone), FIRST]:
            for minutes in (*MINUTES, -1440, 1440):
                instant = change + timedelta(minutes=minutes)
                local = instant.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
                fixed = {"at": instant.replace(tzinfo=None).isoformat(), "zone": "UTC"}
                skipped = (local - timedelta(minutes=45)).isoformat()
                due_at = instant.isoformat().replace("+00:00", "Z")
                floats = instant_of(datetime.fromisoformat(skipped), zone)
                cases += [
                    (zone, fixed, due_at, day_of_server(instant, zone)),
                    (zone, {"at": skipped}, None, day_of_server(floats, zone)),
                    (zone, {"date": local.date().isoformat()}, None,
                     day_of_server(start_of(local.date(), zone), zone)),
                ]  # fmt: skip
    (tmp_path / "days.json").write_text(json.dumps(cases))

    wrong = await evaluate(
        deno_cache, "web/store/dates.js", COMPARE_DAYS, str(tmp_path / "days.json")
    )

    assert wrong == []
    assert len(cases) > 500
