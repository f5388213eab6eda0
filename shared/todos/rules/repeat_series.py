"""How a todo that repeats goes on: its first day, its next one, the five to come. Pure.

    schedule     the rule's days counted from the anchor; those already over are passed by
    completion   so many days, weeks, months or years after the day it was done

Times of day and the zone are the anchor's: moving one occurrence leaves the others where they are.
A due date without a zone is over when it is so for whoever completes it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import islice

from shared.contract.shapes import CountsFrom, DueDate, DueTime, MomentShape, RepeatShape
from shared.errors import Invalid
from shared.todos.rules.due import due_at
from shared.todos.rules.repeat_dates import day_after, day_from, days_from
from shared.todos.rules.repeat_rule import RepeatRule, parse_rule
from shared.zones import instant_of, zone_or_utc

# As many as show whether a rule is meant: a month's weeks, or past one leap day.
UPCOMING = 5

Due = DueDate | DueTime


@dataclass(frozen=True)
class RepeatSpec:
    """How somebody wants a todo to repeat. Without an anchor it counts from its due date."""

    rule: RepeatRule
    counts_from: CountsFrom = CountsFrom.SCHEDULE
    anchor: Due | None = None

    def is_that_of(self, repeat: RepeatShape) -> bool:
        """Tells whether a todo that repeats so already does what is wanted."""
        return (
            self.rule.text == repeat.rule
            and self.counts_from is repeat.counts_from
            and self.anchor in (None, repeat.anchor)
        )


def begin(
    wish: RepeatSpec, due: Due | None, present: RepeatShape | None = None
) -> tuple[RepeatShape, Due]:
    """Returns the series, and when it is due first: at the rule's first day from `due` on.

    With an anchor of its own, `due` stays. Occurrences go on counting from the present series.
    Raises Invalid.
    """
    if due is None:
        raise Invalid.field(
            "repeat", "needs_due", "Say when it is due first; it counts from there."
        )
    by_completion = wish.counts_from is CountsFrom.COMPLETION
    if by_completion and not wish.rule.is_plain:
        raise Invalid.field(
            "repeat.rule", "plain", "After completion a rule takes FREQ and INTERVAL, and an end."
        )
    day = day_of(due)
    if not by_completion or wish.anchor is None:
        # The first day begins the count: "every second Tuesday" is the next Tuesday, then every second.
        rule = wish.rule if wish.anchor else replace(wish.rule, interval=1)
        first = day_from(rule, day_of(wish.anchor or due), day)
        if first is None:
            raise Invalid.field("repeat.rule", "never", "No day of this rule is to come.")
        day = first
    if wish.anchor is None:
        due = on_day(due, day)
    series = RepeatShape(
        rule=wish.rule.text,
        counts_from=wish.counts_from,
        anchor=wish.anchor or due,
        occurrence=present.occurrence if present else 1,
        day=day,
        left=wish.rule.count,
    )
    return series, due


def advance(repeat: RepeatShape, now: datetime, reader_zone: str) -> tuple[RepeatShape, Due] | None:
    """Returns the series at its next occurrence and when that is due; None when it ends."""
    if repeat.left == 1:
        return None
    day = _next_day(repeat, now, reader_zone)
    if day is None:
        return None
    left = None if repeat.left is None else repeat.left - 1
    onward = {"occurrence": repeat.occurrence + 1, "day": day, "left": left}
    return repeat.model_copy(update=onward), on_day(repeat.anchor, day)


def upcoming(repeat: RepeatShape, now: datetime, reader_zone: str) -> list[MomentShape]:
    """Returns the dates after the present one, if each is completed on its day."""
    found: list[MomentShape] = []
    step = advance(repeat, now, reader_zone)
    while step is not None and len(found) < UPCOMING:
        repeat, due = step
        found.append(moment(due))
        # On its day, an instant after it was due: that much later is the next one looked for.
        step = advance(repeat, max(now, _end_of(due, reader_zone)), reader_zone)
    return found


def preview(wish: RepeatSpec, due: Due | None) -> list[MomentShape]:
    """Returns the first dates of a series that would begin so. Raises Invalid."""
    series, due = begin(wish, due)
    rule, count = wish.rule, min(UPCOMING, series.left or UPCOMING)
    following = days_from(rule, day_of(series.anchor), series.day + timedelta(days=1))
    if series.counts_from is CountsFrom.COMPLETION:
        following = _days_after(rule, series.day)
    days = islice(following, count - 1)
    return [moment(due), *(moment(on_day(series.anchor, day)) for day in days)]


def moment(due: Due) -> MomentShape:
    return MomentShape(due=due, due_at=due_at(due))


def day_of(due: Due) -> date:
    return due.date if isinstance(due, DueDate) else date.fromisoformat(due.at[:10])


def on_day(due: Due, day: date) -> Due:
    """Returns the same time of day, or all of it, on another day."""
    if isinstance(due, DueDate):
        return DueDate(date=day)
    return DueTime(at=f"{day.isoformat()}{due.at[10:]}", zone=due.zone)


def _next_day(repeat: RepeatShape, now: datetime, reader_zone: str) -> date | None:
    rule = parse_rule(repeat.rule)
    today = now.astimezone(zone_or_utc(_zone_of(repeat.anchor, reader_zone))).date()
    if repeat.counts_from is CountsFrom.COMPLETION:
        return day_after(rule, today)
    start = max(repeat.day + timedelta(days=1), today)
    # Today's may be over already, tomorrow's is not: two looks at most.
    for day in islice(days_from(rule, day_of(repeat.anchor), start), 2):
        due = on_day(repeat.anchor, day)
        if day > today or isinstance(due, DueDate) or _instant(due, reader_zone) > now:
            return day
    return None


def _days_after(rule: RepeatRule, day: date) -> Iterator[date]:
    found = day_after(rule, day)
    while found is not None:
        yield found
        found = day_after(rule, found)


def _zone_of(due: Due, reader_zone: str) -> str:
    return (due.zone if isinstance(due, DueTime) else None) or reader_zone


def _instant(due: DueTime, reader_zone: str) -> datetime:
    return instant_of(datetime.fromisoformat(due.at), due.zone or reader_zone)


def _end_of(due: Due, reader_zone: str) -> datetime:
    if isinstance(due, DueTime):
        return _instant(due, reader_zone)
    return instant_of(datetime.combine(due.date, datetime.max.time()), reader_zone)
