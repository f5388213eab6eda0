"""The days of a rule, by arithmetic. Pure: no clock, no zone, and no walk from the beginning.

Days are counted in periods of the rule's frequency from the anchor's own: which period a day lies
in is a division, so what lies a thousand years after its anchor costs what lies a day after it.
"""

from calendar import monthrange
from collections.abc import Iterator
from datetime import date, timedelta

from shared.todos.rules.due import LAST_YEAR
from shared.todos.rules.repeat_rule import Frequency, RepeatRule

# Periods looked at for one that holds a day. The 29th of February falls on a Tuesday every 28
# years, or 40; every second day in January leaves out 167; a rule that needs more means nothing.
MOST_PERIODS = 1_000
_DAY = timedelta(days=1)


def day_from(rule: RepeatRule, anchor: date, day: date) -> date | None:
    """Returns the first of the rule's days at or after `day`; None when there is none.

    COUNT is left to whoever counts: days here end with UNTIL and the calendar.
    """
    start = max(day, anchor)
    first = max(0, _period_of(rule, anchor, start) // rule.interval)
    for number in range(first, first + MOST_PERIODS):
        period = _period(rule, anchor, number * rule.interval)
        if period is None or (rule.until is not None and period > rule.until):
            return None
        for found in _days_in(rule, anchor, period):
            if found >= start:
                return found if rule.until is None or found <= rule.until else None
    return None


def days_from(rule: RepeatRule, anchor: date, day: date) -> Iterator[date]:
    """Yields the rule's days at or after `day`, each found by itself."""
    found = day_from(rule, anchor, day)
    while found is not None:
        yield found
        found = None if found.year > LAST_YEAR else day_from(rule, anchor, found + _DAY)


def day_after(rule: RepeatRule, day: date) -> date | None:
    """Returns the day one interval after `day`: what "3 days after it is done" means."""
    period = _period(rule, day, rule.interval)
    if period is None:
        return None
    found = next((one for one in _days_in(rule, day, period) if one > day), None)
    return None if found is None or (rule.until is not None and found > rule.until) else found


def _period_of(rule: RepeatRule, anchor: date, day: date) -> int:
    """Returns how many days, weeks, months or years lie between the periods of the two."""
    match rule.frequency:
        case Frequency.DAILY:
            return (day - anchor).days
        case Frequency.WEEKLY:
            return (_week_of(rule, day) - _week_of(rule, anchor)).days // 7
        case Frequency.MONTHLY:
            return (day.year - anchor.year) * 12 + day.month - anchor.month
        case Frequency.YEARLY:
            return day.year - anchor.year


def _period(rule: RepeatRule, anchor: date, distance: int) -> date | None:
    """Returns the first day of the period so many after the anchor's; None beyond the calendar."""
    try:
        start = _start(rule, anchor, distance)
    except (ValueError, OverflowError):
        return None
    return start if start.year <= LAST_YEAR else None


def _start(rule: RepeatRule, anchor: date, distance: int) -> date:
    match rule.frequency:
        case Frequency.DAILY:
            return anchor + timedelta(days=distance)
        case Frequency.WEEKLY:
            return _week_of(rule, anchor) + timedelta(weeks=distance)
        case Frequency.MONTHLY:
            years, month = divmod(anchor.month - 1 + distance, 12)
            return date(anchor.year + years, month + 1, 1)
        case Frequency.YEARLY:
            return date(anchor.year + distance, 1, 1)


def _days_in(rule: RepeatRule, anchor: date, period: date) -> list[date]:
    """Returns the rule's days in a period, in order."""
    days = _all_days_in(rule, anchor, period)
    if rule.months:
        days = [one for one in days if one.month in rule.months]
    return _picked(rule, days)


def _all_days_in(rule: RepeatRule, anchor: date, period: date) -> list[date]:
    weekdays = {one.day for one in rule.weekdays}
    match rule.frequency:
        case Frequency.DAILY:
            return [period] if not weekdays or period.weekday() in weekdays else []
        case Frequency.WEEKLY:
            week = (period + _DAY * number for number in range(7))
            return [day for day in week if day.weekday() in (weekdays or {anchor.weekday()})]
        case Frequency.MONTHLY:
            return _days_of_month(rule, anchor, period.year, period.month)
        case Frequency.YEARLY:
            months = rule.months or (anchor.month,)
            return [d for month in months for d in _days_of_month(rule, anchor, period.year, month)]


def _days_of_month(rule: RepeatRule, anchor: date, year: int, month: int) -> list[date]:
    length = monthrange(year, month)[1]
    if rule.weekdays:
        days = {
            day
            for weekday in rule.weekdays
            for day in _so_manieth(weekday.ordinal, _weekdays(year, month, weekday.day, length))
        }
    else:
        wanted = rule.month_days or (anchor.day,)
        # A day that is missing is the last one; the anchor, or the rule, keeps the 31.
        days = {min(day, length) if day > 0 else length + 1 + day for day in wanted}
    return [date(year, month, day) for day in sorted(days)]


def _weekdays(year: int, month: int, weekday: int, length: int) -> list[int]:
    first = 1 + (weekday - date(year, month, 1).weekday()) % 7
    return list(range(first, length + 1, 7))


def _so_manieth(ordinal: int, days: list[int]) -> list[int]:
    """Returns all of them without an ordinal; none when the month has no fifth."""
    if not ordinal:
        return days
    at = ordinal - 1 if ordinal > 0 else len(days) + ordinal
    return [days[at]] if 0 <= at < len(days) else []


def _picked(rule: RepeatRule, days: list[date]) -> list[date]:
    if not rule.positions:
        return days
    places = {place - 1 if place > 0 else len(days) + place for place in rule.positions}
    return [day for place, day in enumerate(days) if place in places]


def _week_of(rule: RepeatRule, day: date) -> date:
    return day - timedelta(days=(day.weekday() - rule.week_start) % 7)
