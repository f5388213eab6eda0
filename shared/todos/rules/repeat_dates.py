"""The days of a repeat rule, by arithmetic. Pure: no clock, no zone, no walk from the beginning.

Days are counted in periods of the rule's frequency (days, weeks, months, years) from the anchor's
own period. The period of a day is a division, so a day a thousand years after the anchor costs as
much as the day after it.
"""

from calendar import monthrange
from collections.abc import Iterator
from datetime import date, timedelta

from shared.todos.rules.due import LAST_YEAR
from shared.todos.rules.repeat_rule import Frequency, RepeatRule

# Periods searched for one that contains a day of the rule. A fifth Tuesday in February comes every 28
# or 40 years; every second day in January skips 167 periods. A rule that needs more is useless.
MAX_EMPTY_PERIODS = 1_000
_DAY = timedelta(days=1)


def first_day_from(rule: RepeatRule, anchor: date, day: date) -> date | None:
    """Return the first of the rule's days at or after `day`; None when there is none.

    Days end with UNTIL and with the calendar. COUNT is left to the caller.
    """
    start = max(day, anchor)
    first = max(0, _distance(rule, anchor, start) // rule.interval)
    for number in range(first, first + MAX_EMPTY_PERIODS):
        period = _period_start(rule, anchor, number * rule.interval)
        if period is None or (rule.until is not None and period > rule.until):
            return None
        for found in days_in_period(rule, anchor, period):
            if found >= start:
                return found if rule.until is None or found <= rule.until else None
    return None


def days_from(rule: RepeatRule, anchor: date, day: date) -> Iterator[date]:
    """Yield the rule's days at or after `day`, in order."""
    found = first_day_from(rule, anchor, day)
    while found is not None:
        yield found
        found = None if found.year > LAST_YEAR else first_day_from(rule, anchor, found + _DAY)


def day_one_interval_after(rule: RepeatRule, day: date) -> date | None:
    """Return the day one interval after `day`, as in "3 days after it is done"; None at the end."""
    period = _period_start(rule, day, rule.interval)
    if period is None:
        return None
    found = next((other for other in days_in_period(rule, day, period) if other > day), None)
    return None if found is None or (rule.until is not None and found > rule.until) else found


def _distance(rule: RepeatRule, anchor: date, day: date) -> int:
    """Return the number of periods from the anchor's to the day's."""
    match rule.frequency:
        case Frequency.DAILY:
            return (day - anchor).days
        case Frequency.WEEKLY:
            return (_week_start(rule, day) - _week_start(rule, anchor)).days // 7
        case Frequency.MONTHLY:
            return (day.year - anchor.year) * 12 + day.month - anchor.month
        case Frequency.YEARLY:
            return day.year - anchor.year


def _period_start(rule: RepeatRule, anchor: date, distance: int) -> date | None:
    """Return the first day of the period `distance` after the anchor's; None past the calendar."""
    try:
        start = _unbounded_period_start(rule, anchor, distance)
    except (ValueError, OverflowError):
        return None
    return start if start.year <= LAST_YEAR else None


def _unbounded_period_start(rule: RepeatRule, anchor: date, distance: int) -> date:
    match rule.frequency:
        case Frequency.DAILY:
            return anchor + timedelta(days=distance)
        case Frequency.WEEKLY:
            return _week_start(rule, anchor) + timedelta(weeks=distance)
        case Frequency.MONTHLY:
            years, month = divmod(anchor.month - 1 + distance, 12)
            return date(anchor.year + years, month + 1, 1)
        case Frequency.YEARLY:
            return date(anchor.year + distance, 1, 1)


def days_in_period(rule: RepeatRule, anchor: date, period: date) -> list[date]:
    """Return the rule's days in the period that begins on `period`, in order."""
    days = _all_days_in_period(rule, anchor, period)
    if rule.months:
        days = [day for day in days if day.month in rule.months]
    return _select_positions(rule, days)


def _all_days_in_period(rule: RepeatRule, anchor: date, period: date) -> list[date]:
    weekdays = {weekday.day for weekday in rule.weekdays}
    match rule.frequency:
        case Frequency.DAILY:
            return [period] if not weekdays or period.weekday() in weekdays else []
        case Frequency.WEEKLY:
            week = (period + _DAY * number for number in range(7))
            return [day for day in week if day.weekday() in (weekdays or {anchor.weekday()})]
        case Frequency.MONTHLY:
            return _days_in_month(rule, anchor, period.year, period.month)
        case Frequency.YEARLY:
            months = rule.months or (anchor.month,)
            return [d for month in months for d in _days_in_month(rule, anchor, period.year, month)]


def _days_in_month(rule: RepeatRule, anchor: date, year: int, month: int) -> list[date]:
    length = monthrange(year, month)[1]
    if rule.weekdays:
        days = {
            day
            for weekday in rule.weekdays
            for day in _select_nth(
                weekday.ordinal, _days_of_weekday(year, month, weekday.day, length)
            )
        }
    else:
        month_days = rule.month_days or (anchor.day,)
        # In a shorter month the last day replaces a day it lacks; the rule or the anchor keeps the 31.
        days = {min(day, length) if day > 0 else length + 1 + day for day in month_days}
    return [date(year, month, day) for day in sorted(days)]


def _days_of_weekday(year: int, month: int, weekday: int, length: int) -> list[int]:
    first = 1 + (weekday - date(year, month, 1).weekday()) % 7
    return list(range(first, length + 1, 7))


def _select_nth(ordinal: int, days: list[int]) -> list[int]:
    """Return the day with that ordinal, none where the month has no fifth; all for ordinal 0."""
    if not ordinal:
        return days
    index = ordinal - 1 if ordinal > 0 else len(days) + ordinal
    return [days[index]] if 0 <= index < len(days) else []


def _select_positions(rule: RepeatRule, days: list[date]) -> list[date]:
    if not rule.positions:
        return days
    indexes = {
        position - 1 if position > 0 else len(days) + position for position in rule.positions
    }
    return [day for index, day in enumerate(days) if index in indexes]


def _week_start(rule: RepeatRule, day: date) -> date:
    return day - timedelta(days=(day.weekday() - rule.week_start) % 7)
