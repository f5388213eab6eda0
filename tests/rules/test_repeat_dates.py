"""The days of a rule: against python-dateutil, at the ends of months, and at no cost far away."""

from datetime import date, datetime, timedelta
from itertools import islice, pairwise
from typing import Any

import pytest
from dateutil.rrule import rrule, rrulestr
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.todos.rules import repeat_dates
from shared.todos.rules.due import FIRST_YEAR, LAST_YEAR
from shared.todos.rules.repeat_dates import day_after, day_from, days_from
from shared.todos.rules.repeat_rule import Frequency, RepeatRule, Weekday, parse_rule

DAYS = st.dates(date(1990, 1, 1), date(2040, 12, 31))
WEEKDAYS = st.builds(Weekday, st.integers(0, 6))
SO_MANIETH = st.builds(Weekday, st.integers(0, 6), st.sampled_from([-2, -1, 1, 2, 3, 4, 5]))
MONTHS = st.sets(st.integers(1, 12), max_size=4)
# Days that every month has: where one is missing, others leave the month out, and we do not.
MONTH_DAYS = st.sets(st.integers(-28, 28).filter(bool), min_size=1, max_size=4)
INTERVALS = st.integers(1, 30)


def _sorted(values: set[Any]) -> tuple[Any, ...]:
    return tuple(sorted(values))


@st.composite
def rules(draw: st.DrawFn) -> RepeatRule:
    """A rule that means the same to dateutil as to us."""
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
        # Not both kinds: dateutil then takes the days that are both, the RFC those that are either.
        kind = draw(st.sampled_from([WEEKDAYS, SO_MANIETH]))
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
def test_days_are_those_of_dateutil(rule: RepeatRule, anchor: date, distance: int) -> None:
    since = anchor + timedelta(days=distance)
    end = since + timedelta(days=2000)
    # Bounded, or a rule without any day takes it to the year 9999.
    theirs = rrulestr(rule.text, dtstart=_midnight(anchor))
    assert isinstance(theirs, rrule)
    theirs = theirs.replace(until=_midnight(end))
    window = [found.date() for found in theirs if found >= _midnight(since)]

    ours = first_days(rule, anchor, since, 5)

    assert [day for day in ours if day <= end] == window[:5]
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

    months = [one.year * 12 + one.month for one in days]
    assert {b - a for a, b in pairwise(months)} == {interval}
    assert all(one.day == day or (one + timedelta(days=1)).day == 1 for one in days)


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=DAILY", "FREQ=DAILY;INTERVAL=999", "FREQ=WEEKLY;INTERVAL=3;BYDAY=MO,FR",
        "FREQ=MONTHLY;BYDAY=-1FR", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", "FREQ=DAILY;BYMONTH=2",
    ],
)  # fmt: skip
def test_a_thousand_years_cost_what_a_day_costs(rule: str, monkeypatch: pytest.MonkeyPatch) -> None:
    looks = 0
    look = repeat_dates._days_in

    def counted(rule: RepeatRule, anchor: date, period: date) -> list[date]:
        nonlocal looks
        looks += 1
        return look(rule, anchor, period)

    monkeypatch.setattr(repeat_dates, "_days_in", counted)
    anchor = date(FIRST_YEAR, 1, 1)
    near = first_days(parse_rule(rule), anchor, anchor, 5)
    near_looks, looks = looks, 0
    far = first_days(parse_rule(rule), anchor, date(LAST_YEAR - 20, 1, 1), 5)

    assert len(near) == len(far) == 5
    assert looks <= max(2 * near_looks, 800)


def test_a_rule_that_never_comes_is_given_up() -> None:
    # The 1st of each month, every twelfth month, in a month it never reaches.
    never = RepeatRule(Frequency.MONTHLY, 12, months=(2,))

    assert day_from(never, date(2026, 1, 1), date(2026, 1, 1)) is None


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
def test_after_completion_an_interval_is_added(
    rule: str, done_on: str, next_on: str | None
) -> None:
    found = day_after(parse_rule(rule), date.fromisoformat(done_on))

    assert (found and found.isoformat()) == next_on


def test_days_are_found_one_by_one() -> None:
    forever = repeat_dates.days_from(parse_rule("FREQ=DAILY"), date(2000, 1, 1), date(2026, 1, 1))

    assert [day.day for day in islice(forever, 3)] == [1, 2, 3]
