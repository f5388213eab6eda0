"""The days of a repeat rule: compared with python-dateutil, at month ends, and far in the future."""

from datetime import date, datetime, timedelta
from itertools import islice, pairwise
from typing import Any

import pytest
from dateutil.rrule import rrule, rrulestr
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.todos.rules import repeat_dates
from shared.todos.rules.due import FIRST_YEAR, LAST_YEAR
from shared.todos.rules.repeat_dates import day_one_interval_after, days_from, first_day_from
from shared.todos.rules.repeat_rule import Frequency, RepeatRule, Weekday, parse_rule

DAYS = st.dates(date(1990, 1, 1), date(2040, 12, 31))
WEEKDAYS = st.builds(Weekday, st.integers(0, 6))
NTH_WEEKDAYS = st.builds(Weekday, st.integers(0, 6), st.sampled_from([-2, -1, 1, 2, 3, 4, 5]))
MONTHS = st.sets(st.integers(1, 12), max_size=4)
# Days that every month has: where one is missing, dateutil skips the month and Livelist does not.
MONTH_DAYS = st.sets(st.integers(-28, 28).filter(bool), min_size=1, max_size=4)
INTERVALS = st.integers(1, 30)


def _sorted(values: set[Any]) -> tuple[Any, ...]:
    return tuple(sorted(values))


@st.composite
def rules(draw: st.DrawFn) -> RepeatRule:
    """Draw a rule that has the same meaning for dateutil and for Livelist."""
    frequency = draw(st.sampled_from(Frequency))
    rule: dict[str, Any] = {"frequency": frequency, "interval": draw(INTERVALS)}
    if frequency in (Frequency.DAILY, Frequency.WEEKLY):
        rule["weekdays"] = _sorted(draw(st.sets(WEEKDAYS, max_size=4)))
        rule["months"] = _sorted(draw(MONTHS))
        if frequency is Frequency.WEEKLY:
            rule["week_start"] = draw(st.integers(0, 6))
        return RepeatRule(**rule)
    if draw(st.booleans()):
        rule["month_days"] = _sorted(draw(MONTH_DAYS))
    else:
        # Not both kinds: dateutil takes the days that match both, the RFC those that match either.
        kind = draw(st.sampled_from([WEEKDAYS, NTH_WEEKDAYS]))
        rule["weekdays"] = _sorted(draw(st.sets(kind, min_size=1, max_size=4)))
    rule["months"] = _sorted(
        draw(MONTHS if frequency is Frequency.MONTHLY else MONTHS.filter(bool))
    )
    rule["positions"] = _sorted(draw(st.sets(st.sampled_from([-2, -1, 1, 2]), max_size=2)))
    return RepeatRule(**rule)


def first_days(rule: RepeatRule, anchor: date, day: date, count: int) -> list[date]:
    return list(islice(days_from(rule, anchor, day), count))


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day)  # noqa: DTZ001  days have no zone


@settings(max_examples=60, deadline=None)
@given(rules(), DAYS, st.integers(0, 2000))
def test_a_rule_yields_the_same_days_as_dateutil(
    rule: RepeatRule, anchor: date, distance: int
) -> None:
    since = anchor + timedelta(days=distance)
    end = since + timedelta(days=2000)
    # Bounded: for a rule without any day dateutil searches up to the year 9999.
    reference = rrulestr(rule.text, dtstart=_midnight(anchor))
    assert isinstance(reference, rrule)
    reference = reference.replace(until=_midnight(end))
    expected = [found.date() for found in reference if found >= _midnight(since)]

    days = first_days(rule, anchor, since, 5)

    assert [day for day in days if day <= end] == expected[:5]
    assert parse_rule(rule.text) == rule


def test_the_31st_is_the_last_day_of_shorter_months_and_comes_back() -> None:
    monthly = first_days(parse_rule("FREQ=MONTHLY"), date(2026, 1, 31), date(2026, 1, 31), 4)
    named = parse_rule("FREQ=MONTHLY;BYMONTHDAY=31")
    yearly = first_days(parse_rule("FREQ=YEARLY"), date(2024, 2, 29), date(2024, 3, 1), 4)

    assert [f"{day:%m-%d}" for day in monthly] == ["01-31", "02-28", "03-31", "04-30"]
    assert first_days(named, date(2026, 1, 31), date(2026, 1, 31), 4) == monthly
    assert [f"{day}" for day in yearly] == ["2025-02-28", "2026-02-28", "2027-02-28", "2028-02-29"]


@settings(max_examples=200, deadline=None)
@given(st.sampled_from([29, 30, 31]), st.integers(1, 40), DAYS, DAYS)
def test_each_month_of_a_series_has_exactly_one_day(
    day: int, interval: int, start: date, since: date
) -> None:
    anchor = start.replace(month=1, day=day)
    rule = RepeatRule(Frequency.MONTHLY, interval)

    days = first_days(rule, anchor, max(since, anchor), 12)

    months = [found.year * 12 + found.month for found in days]
    assert {b - a for a, b in pairwise(months)} == {interval}
    assert all(found.day == day or (found + timedelta(days=1)).day == 1 for found in days)


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=DAILY", "FREQ=DAILY;INTERVAL=999", "FREQ=WEEKLY;INTERVAL=3;BYDAY=MO,FR",
        "FREQ=MONTHLY;BYDAY=-1FR", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", "FREQ=DAILY;BYMONTH=2",
    ],
)  # fmt: skip
def test_a_day_a_thousand_years_away_costs_as_much_as_the_next_one(
    rule: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    periods = 0
    days_in_period = repeat_dates.days_in_period

    def counting(rule: RepeatRule, anchor: date, period: date) -> list[date]:
        nonlocal periods
        periods += 1
        return days_in_period(rule, anchor, period)

    monkeypatch.setattr(repeat_dates, "days_in_period", counting)
    anchor = date(FIRST_YEAR, 1, 1)
    near = first_days(parse_rule(rule), anchor, anchor, 5)
    near_periods, periods = periods, 0
    far = first_days(parse_rule(rule), anchor, date(LAST_YEAR - 20, 1, 1), 5)

    assert len(near) == len(far) == 5
    assert periods <= max(2 * near_periods, 800)


def test_the_search_for_a_rule_without_any_day_ends() -> None:
    # Every twelfth month from January, but only in February: no such month.
    rule = RepeatRule(Frequency.MONTHLY, 12, months=(2,))

    assert first_day_from(rule, date(2026, 1, 1), date(2026, 1, 1)) is None


def test_days_end_with_until_and_with_the_calendar() -> None:
    until = parse_rule("FREQ=DAILY;UNTIL=20261124")
    late = date(LAST_YEAR, 12, 30)

    assert len(first_days(until, date(2026, 11, 21), date(2026, 11, 22), 9)) == 3
    assert first_days(parse_rule("FREQ=DAILY"), late, late, 9) == [late, late + timedelta(days=1)]
    assert first_days(parse_rule("FREQ=YEARLY"), late, late, 9) == [late]


@pytest.mark.parametrize(
    ("rule", "done_on", "next_on"),
    [
        ("FREQ=DAILY;INTERVAL=3", "2026-11-21", "2026-11-24"),
        ("FREQ=WEEKLY;INTERVAL=2", "2026-11-21", "2026-12-05"),
        ("FREQ=MONTHLY", "2027-01-31", "2027-02-28"),
        ("FREQ=YEARLY", "2028-02-29", "2029-02-28"),
        ("FREQ=DAILY;UNTIL=20261123", "2026-11-23", None),
    ],
)
def test_a_rule_after_completion_adds_the_interval(
    rule: str, done_on: str, next_on: str | None
) -> None:
    found = day_one_interval_after(parse_rule(rule), date.fromisoformat(done_on))

    assert (found and found.isoformat()) == next_on


def test_days_are_computed_one_at_a_time() -> None:
    forever = repeat_dates.days_from(parse_rule("FREQ=DAILY"), date(2000, 1, 1), date(2026, 1, 1))

    assert [day.day for day in islice(forever, 3)] == [1, 2, 3]
