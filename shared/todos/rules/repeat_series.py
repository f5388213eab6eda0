"""A repeating todo's series: its first occurrence, its next one, and previews of dates. Pure.

    schedule     days of the rule counted from the anchor; days that are over are skipped
    completion   a number of days, weeks, months or years after the day of completion

Times of day and the zone are the anchor's, so moving one occurrence does not move the others. A due
date without a zone is over when it is over in the zone of the user who completes it.
"""

from collections.abc import Container, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import islice

from shared.contract.shapes import CountsFrom, DueDate, DueTime, MomentShape, RepeatShape
from shared.errors import Invalid
from shared.todos.rules.due import due_at
from shared.todos.rules.repeat_dates import day_one_interval_after, days_from, first_day_from
from shared.todos.rules.repeat_rule import RepeatRule, parse_rule
from shared.zones import instant_of, zone_or_utc

# Enough to see whether a rule is the intended one: a month of weeks, or past one leap day.
PREVIEWED_DATES = 5

Due = DueDate | DueTime


@dataclass(frozen=True)
class RepeatSpec:
    """A request that a todo repeats. Without an anchor the rule counts from the due date."""

    rule: RepeatRule
    counts_from: CountsFrom = CountsFrom.SCHEDULE
    anchor: Due | None = None

    def matches(self, repeat: RepeatShape) -> bool:
        """Return True if a todo with this `repeat` already does what is requested."""
        return (
            self.rule.text == repeat.rule
            and self.counts_from is repeat.counts_from
            and self.anchor in (None, repeat.anchor)
        )


def begin_series(
    spec: RepeatSpec, due: Due | None, current: RepeatShape | None = None
) -> tuple[RepeatShape, Due]:
    """Return the series and its first due date: the rule's first day at or after `due`.

    With an anchor in `spec`, `due` stays as it is. Occurrence numbers go on from `current`, the
    series that the new one replaces. Raise Invalid.
    """
    if due is None:
        raise Invalid.field(
            "repeat", "needs_due", "Say when it is due first; it counts from there."
        )
    by_completion = spec.counts_from is CountsFrom.COMPLETION
    if by_completion and not spec.rule.is_plain:
        raise Invalid.field(
            "repeat.rule", "plain", "After completion a rule takes FREQ and INTERVAL, and an end."
        )
    day = day_of(due)
    if not by_completion or spec.anchor is None:
        # The interval counts from the first day: "every second Tuesday" begins on the next Tuesday.
        rule = spec.rule if spec.anchor else replace(spec.rule, interval=1)
        first = first_day_from(rule, day_of(spec.anchor or due), day)
        if first is None:
            raise Invalid.field("repeat.rule", "never", "No day of this rule is to come.")
        day = first
    if spec.anchor is None:
        due = with_day(due, day)
    series = RepeatShape(
        rule=spec.rule.text,
        counts_from=spec.counts_from,
        anchor=spec.anchor or due,
        occurrence=current.occurrence if current else 1,
        day=day,
        left=spec.rule.count,
    )
    return series, due


def advance(repeat: RepeatShape, now: datetime, reader_zone: str) -> tuple[RepeatShape, Due] | None:
    """Return the series at its next occurrence, and the due date; None after the last occurrence."""
    if repeat.left == 1:
        return None
    day = _next_day(repeat, now, reader_zone)
    if day is None:
        return None
    left = None if repeat.left is None else repeat.left - 1
    update = {"occurrence": repeat.occurrence + 1, "day": day, "left": left}
    return repeat.model_copy(update=update), with_day(repeat.anchor, day)


def advance_past(
    repeat: RepeatShape, now: datetime, reader_zone: str, ended: Container[date]
) -> tuple[list[tuple[RepeatShape, Due]], tuple[RepeatShape, Due] | None]:
    """Return the next occurrences that ended in advance, and the one after them, as `advance` does.

    `ended` are days of the series. A series by completion has no days to come, so none of them ended.
    """
    passed = []
    step = advance(repeat, now, reader_zone)
    if repeat.counts_from is CountsFrom.SCHEDULE:
        while step is not None and step[0].day in ended:
            passed.append(step)
            step = advance(step[0], now, reader_zone)
    return passed, step


def upcoming_dates(
    repeat: RepeatShape, now: datetime, reader_zone: str, ended: Container[date] = ()
) -> list[MomentShape]:
    """Return the dates after the present occurrence, if each is completed on its day.

    `ended` are the days of those that ended in advance.
    """
    dates: list[MomentShape] = []
    step = advance_past(repeat, now, reader_zone, ended)[1]
    while step is not None and len(dates) < PREVIEWED_DATES:
        repeat, due = step
        dates.append(_date_shape(due))
        # Each is taken to be completed when it is due, or now if that is past.
        step = advance_past(repeat, max(now, _end_of(due, reader_zone)), reader_zone, ended)[1]
    return dates


def preview_dates(spec: RepeatSpec, due: Due | None) -> list[MomentShape]:
    """Return the first dates of a series that is not saved yet. Raise Invalid."""
    series, due = begin_series(spec, due)
    rule, count = spec.rule, min(PREVIEWED_DATES, series.left or PREVIEWED_DATES)
    following = days_from(rule, day_of(series.anchor), series.day + timedelta(days=1))
    if series.counts_from is CountsFrom.COMPLETION:
        following = _days_by_interval(rule, series.day)
    days = islice(following, count - 1)
    return [_date_shape(due), *(_date_shape(with_day(series.anchor, day)) for day in days)]


def day_of(due: Due) -> date:
    """Return the calendar day of a due date, in its own zone."""
    return due.date if isinstance(due, DueDate) else date.fromisoformat(due.at[:10])


def with_day(due: Due, day: date) -> Due:
    """Return the due date moved to another day, at the same time of day."""
    if isinstance(due, DueDate):
        return DueDate(date=day)
    return DueTime(at=f"{day.isoformat()}{due.at[10:]}", zone=due.zone)


def _date_shape(due: Due) -> MomentShape:
    return MomentShape(due=due, due_at=due_at(due))


def _next_day(repeat: RepeatShape, now: datetime, reader_zone: str) -> date | None:
    rule = parse_rule(repeat.rule)
    today = now.astimezone(zone_or_utc(_zone_of(repeat.anchor, reader_zone))).date()
    if repeat.counts_from is CountsFrom.COMPLETION:
        return day_one_interval_after(rule, today)
    start = max(repeat.day + timedelta(days=1), today)
    # Two candidates suffice: today's may be over already, the one after it cannot be.
    for day in islice(days_from(rule, day_of(repeat.anchor), start), 2):
        due = with_day(repeat.anchor, day)
        if day > today or isinstance(due, DueDate) or _instant_of(due, reader_zone) > now:
            return day
    return None


def _days_by_interval(rule: RepeatRule, day: date) -> Iterator[date]:
    found = day_one_interval_after(rule, day)
    while found is not None:
        yield found
        found = day_one_interval_after(rule, found)


def _zone_of(due: Due, reader_zone: str) -> str:
    return (due.zone if isinstance(due, DueTime) else None) or reader_zone


def _instant_of(due: DueTime, reader_zone: str) -> datetime:
    return instant_of(datetime.fromisoformat(due.at), due.zone or reader_zone)


def _end_of(due: Due, reader_zone: str) -> datetime:
    if isinstance(due, DueTime):
        return _instant_of(due, reader_zone)
    return instant_of(datetime.combine(due.date, datetime.max.time()), reader_zone)
