"""RRULE and our repeat rules. Pure.

UNTIL is a day in our rules, itself included. In RRULE it has the type of the due date: a day, a local
time, or an instant in UTC (RFC 5545, 3.3.10). Where the month lacks the day, ours takes its last day and
RRULE skips the month: programs that expand the rule themselves differ there.
"""

import re
from datetime import UTC, date, datetime, timedelta

from shared.calendar_objects.content_lines import Line, not_acceptable
from shared.calendar_objects.values import UTC_ZONE, day_in, instant_text
from shared.contract.shapes import CountsFrom, DueDate
from shared.errors import Invalid
from shared.todos.rules.repeat_rule import MAX_RULE_LENGTH, Frequency, RepeatRule, parse_rule
from shared.todos.rules.repeat_series import Due, RepeatSpec
from shared.zones import instant_of

# Properties of our own, which other programs keep: RFC 5545 has none for them.
COUNTS_FROM, ANCHOR = "X-LIVELIST-COUNTS-FROM", "X-LIVELIST-ANCHOR"
_SUB_DAILY = ("SECONDLY", "MINUTELY", "HOURLY")
_TIMES_OF_DAY = ("BYSECOND", "BYMINUTE", "BYHOUR")
_UNTIL = re.compile(r"([0-9]{8})(?:T([0-9]{6})(Z?))?")


def rule_text(rule: RepeatRule, due: Due) -> str:
    """Return the value of RRULE for a series whose present occurrence is due at `due`."""
    if rule.until is None:
        return rule.text
    day = f"UNTIL={rule.until:%Y%m%d}"
    return rule.text.replace(day, f"UNTIL={_until_text(rule.until, due)}")


def _until_text(until: date, due: Due) -> str:
    if isinstance(due, DueDate):
        return f"{until:%Y%m%d}"
    local = datetime.fromisoformat(f"{until.isoformat()}{due.at[10:]}")
    if due.zone is None:
        return f"{local:%Y%m%dT%H%M%S}"
    return instant_text(instant_of(local, due.zone))


def read_rule(line: Line, due: Due | None) -> RepeatRule | None:
    """Return our rule for an RRULE; None if it is valid but ours cannot say it. Raise Invalid.

    A rule that repeats more often than daily is refused: to expand it would cost every program that
    reads the todo. All others that ours cannot say are kept as text, and such a todo does not repeat here.
    """
    text = line.value.strip().upper()
    if len(text) > MAX_RULE_LENGTH:
        raise not_acceptable("RRULE", "too_long", f"has more than {MAX_RULE_LENGTH} characters.")
    parts = dict(part.partition("=")[::2] for part in text.split(";"))
    if len(parts) != text.count(";") + 1:
        raise not_acceptable("RRULE", "twice", "must not give a part twice.")
    if "FREQ" not in parts:
        raise not_acceptable("RRULE", "frequency", "must have FREQ, such as FREQ=WEEKLY.")
    is_sub_daily = parts["FREQ"] in _SUB_DAILY
    if is_sub_daily or any("," in parts.get(name, "") for name in _TIMES_OF_DAY):
        raise not_acceptable("RRULE", "frequency", "must not repeat more often than daily.")
    if parts["FREQ"] not in Frequency.__members__:
        raise not_acceptable("RRULE", "frequency", "FREQ must be DAILY, WEEKLY, MONTHLY or YEARLY.")
    if due is None:
        return None
    if parts["FREQ"] != Frequency.WEEKLY:
        parts.pop("WKST", None)  # many programs always write it; it counts for weeks alone
    if "UNTIL" in parts:
        parts["UNTIL"] = _until_day(parts["UNTIL"], due)
    try:
        return parse_rule(";".join(f"{name}={value}" for name, value in parts.items()))
    except Invalid:
        return None


def _until_day(text: str, due: Due) -> str:
    """Return the last day that may have an occurrence, for an UNTIL of any type. Raise Invalid."""
    found = _UNTIL.fullmatch(text)
    day = time = None
    try:
        day = date.fromisoformat(found[1]) if found else None
        time = datetime.strptime(found[2], "%H%M%S").time() if found and found[2] else None  # noqa: DTZ007
    except ValueError:
        day = None
    if day is None or found is None:
        raise not_acceptable("RRULE", "until", "UNTIL must look like 20271231 or 20271231T080000Z.")
    if time is None or isinstance(due, DueDate):
        return found[1]
    time_of_day = time.isoformat()
    if found[3] and due.zone not in (None, UTC_ZONE):
        try:
            day, time_of_day = day_in(datetime.combine(day, time, UTC), due)
        except OverflowError:  # the year 9999
            return found[1]
    if time_of_day < due.at[11:] and day > date.min:
        day -= timedelta(days=1)
    return f"{day:%Y%m%d}"


def read_spec(rule: RepeatRule, counts_from: Line | None, anchor: Due | None) -> RepeatSpec:
    """Return the series of a rule and of our own properties."""
    by_completion = counts_from is not None and counts_from.value.strip().upper() == "COMPLETION"
    if by_completion and rule.is_plain:
        return RepeatSpec(rule, CountsFrom.COMPLETION, anchor)
    return RepeatSpec(rule, CountsFrom.SCHEDULE, anchor)
