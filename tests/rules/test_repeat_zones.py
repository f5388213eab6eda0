"""Series and their reminders across clock changes: a sample of every_zone.py, which has them all."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.contract.shapes import DueTime
from shared.todos.rules.due import due_at
from tests.support import every_zone
from tests.support.every_zone import (
    SERIES,
    Verdict,
    all_zones,
    check_all_zones,
    check_series,
    instant_shown,
)

# Half an hour's change, midnight's, two a year that are not summer's, one west of the date line.
STRANGE = (
    "Australia/Lord_Howe",
    "Asia/Beirut",
    "Africa/Casablanca",
    "Pacific/Chatham",
    "Asia/Gaza",
)
RULES = (
    "FREQ=DAILY",
    "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,SU",
    "FREQ=MONTHLY",
    "FREQ=MONTHLY;BYDAY=-1SU",
)


def test_ten_years_of_each_series_fire_once_each_where_clocks_are_strange() -> None:
    verdict = check_all_zones(zones=("Europe/Berlin", *STRANGE))

    assert verdict.wrong == []
    assert verdict.occurrences > 6 * (4 * 119 + 519 + 9)


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(all_zones()),
    st.sampled_from(RULES),
    st.dates(date(2024, 1, 1), date(2036, 12, 31)),
    st.times().map(lambda at: at.replace(second=0, microsecond=0)),
)
def test_a_year_of_any_series_anywhere_fires_once_each(
    zone: str, rule: str, day: date, at: time
) -> None:
    verdict = Verdict()

    check_series(verdict, zone, rule, f"{day}T{at.isoformat()}", years=1)

    assert verdict.wrong == []
    assert verdict.occurrences >= 11


def test_the_gap_is_gone_through_forwards_and_the_overlap_counts_once() -> None:
    skipped = due_at(DueTime(at="2027-03-28T02:30:00", zone="Europe/Berlin"))
    doubled = due_at(DueTime(at="2027-10-31T02:30:00", zone="Europe/Berlin"))

    assert skipped == datetime(2027, 3, 28, 1, 30, tzinfo=UTC)  # 03:30 there
    assert doubled == datetime(2027, 10, 31, 0, 30, tzinfo=UTC)  # the first 02:30


def test_a_wrong_instant_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    # The checker must be able to object: here the second of a doubled hour is taken for the first.
    late = lambda wall, zone: instant_shown(wall, zone) + timedelta(hours=wall.month == 10)  # noqa: E731
    monkeypatch.setattr(every_zone, "instant_shown", late)

    verdict = check_all_zones(years=1, zones=["Europe/Berlin"], series=SERIES[:1])

    assert len(verdict.wrong) == 1
