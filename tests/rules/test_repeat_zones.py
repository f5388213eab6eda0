"""Series and their reminders across clock changes, in a sample of the zones of every_zone.py."""

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
    expected_instant,
)

# A change of half an hour, one at midnight, two a year that are not summer time, and a zone west
# of the date line.
UNUSUAL_ZONES = (
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


def test_ten_years_of_each_series_fire_once_each_in_zones_with_unusual_clock_changes() -> None:
    verdict = check_all_zones(zones=("Europe/Berlin", *UNUSUAL_ZONES))

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


def test_a_time_in_a_gap_moves_forward_and_a_time_in_an_overlap_fires_once() -> None:
    skipped = due_at(DueTime(at="2027-03-28T02:30:00", zone="Europe/Berlin"))
    doubled = due_at(DueTime(at="2027-10-31T02:30:00", zone="Europe/Berlin"))

    assert skipped == datetime(2027, 3, 28, 1, 30, tzinfo=UTC)  # 03:30 in Berlin
    assert doubled == datetime(2027, 10, 31, 0, 30, tzinfo=UTC)  # the first 02:30 in Berlin


def test_the_check_detects_a_wrong_instant(monkeypatch: pytest.MonkeyPatch) -> None:
    # The check must be able to fail: here the second instant of a doubled hour counts as expected.
    late = lambda local, zone: expected_instant(local, zone) + timedelta(hours=local.month == 10)  # noqa: E731
    monkeypatch.setattr(every_zone, "expected_instant", late)

    verdict = check_all_zones(years=1, zones=["Europe/Berlin"], series=SERIES[:1])

    assert len(verdict.wrong) == 1
