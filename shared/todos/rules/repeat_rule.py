"""Rules of recurrence: which are accepted, in the words of RFC 5545, and their one spelling. Pure.

    FREQ=DAILY       INTERVAL  BYDAY  BYMONTH                      every day, every weekday
    FREQ=WEEKLY      INTERVAL  BYDAY  BYMONTH  WKST                every second Tuesday
    FREQ=MONTHLY     INTERVAL  BYDAY (1MO, -1FR) or BYMONTHDAY  BYSETPOS  BYMONTH
    FREQ=YEARLY      INTERVAL  BYMONTH with BYDAY or BYMONTHDAY  BYSETPOS
    all of them      COUNT or UNTIL (a day)

What is left out (hours, minutes, week numbers, days of the year) is refused by name: nothing is
accepted and then ignored. A day that a month does not have is its last day instead, as RFC 7529
calls SKIP=BACKWARD; the rule keeps meaning the 31st.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TypeVar

from shared.errors import Invalid
from shared.todos.rules.due import FIRST_YEAR, LAST_YEAR

# The longest rule that makes sense, all weekdays with their ordinals, is half of it.
RULE_LENGTH = 250
# More than anybody means; every one of them is a step in arithmetic.
LARGEST_INTERVAL = 999
LARGEST_COUNT = 999
_NAME = "repeat.rule"
_WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_KNOWN = (
    "FREQ", "INTERVAL", "COUNT", "UNTIL", "BYMONTH", "BYMONTHDAY", "BYDAY", "BYSETPOS", "WKST",
)  # fmt: skip
_WEEKDAY = re.compile(r"([+-]?[1-5])?(MO|TU|WE|TH|FR|SA|SU)")
_DAY = re.compile(r"[0-9]{8}")
_NUMBER = re.compile(r"[+-]?[0-9]{1,3}")


class Frequency(StrEnum):
    DAILY = "DAILY"
    WEEKLY = "WEEKLY"
    MONTHLY = "MONTHLY"
    YEARLY = "YEARLY"


@dataclass(frozen=True, order=True)
class Weekday:
    """A day of the week, 0 is Monday; with an ordinal the so-manieth of its month, -1 the last."""

    day: int
    ordinal: int = 0

    @property
    def text(self) -> str:
        return f"{self.ordinal or ''}{_WEEKDAYS[self.day]}"


Part = TypeVar("Part", int, Weekday)


@dataclass(frozen=True)
class RepeatRule:
    """A rule that was accepted. Tuples are sorted and without doubles; empty: not given."""

    frequency: Frequency
    interval: int = 1
    count: int | None = None
    until: date | None = None
    months: tuple[int, ...] = ()
    month_days: tuple[int, ...] = ()
    weekdays: tuple[Weekday, ...] = ()
    positions: tuple[int, ...] = ()
    week_start: int = 0

    @property
    def is_plain(self) -> bool:
        """Whether it is an interval and nothing else, but perhaps an end."""
        return not (self.months or self.month_days or self.weekdays or self.positions)

    @property
    def text(self) -> str:
        """Its one spelling: parts in a fixed order, what goes without saying left out."""
        parts = [f"FREQ={self.frequency}"]
        if self.interval > 1:
            parts.append(f"INTERVAL={self.interval}")
        if self.count is not None:
            parts.append(f"COUNT={self.count}")
        if self.until is not None:
            parts.append("UNTIL=" + self.until.isoformat().replace("-", ""))
        lists = {
            "BYMONTH": self.months, "BYMONTHDAY": self.month_days,
            "BYDAY": [one.text for one in self.weekdays], "BYSETPOS": self.positions,
        }  # fmt: skip
        parts += [f"{name}={','.join(map(str, some))}" for name, some in lists.items() if some]
        if self.week_start:
            parts.append(f"WKST={_WEEKDAYS[self.week_start]}")
        return ";".join(parts)


def parse_rule(text: str) -> RepeatRule:
    """Returns the rule that `text` spells, with or without "RRULE:". Raises Invalid."""
    given = _split(text)
    if "FREQ" not in given:
        raise _bad("frequency", "A rule begins with FREQ=DAILY, WEEKLY, MONTHLY or YEARLY.")
    if given["FREQ"] not in Frequency.__members__:
        raise _bad("frequency", "FREQ must be DAILY, WEEKLY, MONTHLY or YEARLY.")
    rule = RepeatRule(
        frequency=Frequency(given["FREQ"]),
        interval=_whole("INTERVAL", given.get("INTERVAL", "1"), LARGEST_INTERVAL),
        count=_whole("COUNT", given["COUNT"], LARGEST_COUNT) if "COUNT" in given else None,
        until=_day(given["UNTIL"]) if "UNTIL" in given else None,
        months=_several("BYMONTH", given, _month),
        month_days=_several("BYMONTHDAY", given, _month_day),
        weekdays=_several("BYDAY", given, _weekday),
        positions=_several("BYSETPOS", given, _position),
        week_start=_week_start(given.get("WKST", "MO")),
    )
    _check(rule)
    return rule


def _check(rule: RepeatRule) -> None:
    monthly = rule.frequency in (Frequency.MONTHLY, Frequency.YEARLY)
    if rule.count is not None and rule.until is not None:
        raise _bad("one_of", "Give COUNT or UNTIL, not both.")
    if rule.month_days and rule.weekdays:
        raise _bad("one_of", "Give BYMONTHDAY or BYDAY, not both.")
    if rule.month_days and not monthly:
        raise _bad("by_month_day", "BYMONTHDAY goes with FREQ=MONTHLY or YEARLY.")
    if any(one.ordinal for one in rule.weekdays) and not monthly:
        raise _bad("by_day", "Ordinals such as 2TU go with FREQ=MONTHLY or YEARLY.")
    if rule.frequency is Frequency.YEARLY and not rule.months and not rule.is_plain:
        raise _bad("by_month", "With FREQ=YEARLY say which month: BYMONTH.")
    if rule.positions and not (monthly and (rule.weekdays or rule.month_days)):
        raise _bad("by_set_pos", "BYSETPOS picks from BYDAY or BYMONTHDAY of a month or a year.")
    if rule.week_start and rule.frequency is not Frequency.WEEKLY:
        raise _bad("week_start", "WKST goes with FREQ=WEEKLY.")


def _split(text: str) -> dict[str, str]:
    if len(text) > RULE_LENGTH:
        raise _bad("too_long", f"A rule has at most {RULE_LENGTH} characters.")
    given: dict[str, str] = {}
    for part in text.strip().upper().removeprefix("RRULE:").split(";"):
        name, equals, value = part.partition("=")
        if not equals or not value:
            raise _bad("form", "A rule looks like FREQ=WEEKLY;INTERVAL=2;BYDAY=TU.")
        if name in given:
            raise _bad("twice", "No part of a rule is given twice.")
        if name not in _KNOWN:
            raise _bad("unknown_part", f"These are understood: {', '.join(_KNOWN)}.")
        given[name] = value
    return given


def _several(name: str, given: dict[str, str], read: Callable[[str], Part]) -> tuple[Part, ...]:
    return tuple(sorted({read(one) for one in given[name].split(",")})) if name in given else ()


def _whole(name: str, text: str, largest: int) -> int:
    # Its length first: a long text, of zeros perhaps, is no number to calculate.
    is_number = len(text) <= len(str(largest)) and text.isascii() and text.isdigit()
    if not is_number or not 1 <= int(text) <= largest:
        raise _bad(name.lower(), f"{name} must be a number from 1 to {largest}.")
    return int(text)


def _number(text: str) -> int:
    return int(text) if _NUMBER.fullmatch(text) else 0


def _month(text: str) -> int:
    if not 1 <= _number(text) <= 12:
        raise _bad("by_month", "BYMONTH takes months, 1 to 12.")
    return _number(text)


def _month_day(text: str) -> int:
    day = _number(text)
    # The 29th from the end is missing in some months, and nobody means another day then.
    if not (1 <= day <= 31 or -28 <= day <= -1):
        raise _bad("by_month_day", "BYMONTHDAY takes days, 1 to 31, or -1 (the last) to -28.")
    return day


def _weekday(text: str) -> Weekday:
    found = _WEEKDAY.fullmatch(text)
    if found is None:
        raise _bad("by_day", "BYDAY takes MO to SU, perhaps with an ordinal: 2TU, -1FR.")
    return Weekday(_WEEKDAYS.index(found[2]), int(found[1] or 0))


def _position(text: str) -> int:
    if not 1 <= abs(_number(text)) <= 31:
        raise _bad("by_set_pos", "BYSETPOS takes 1 to 31, or -1 (the last) to -31.")
    return _number(text)


def _week_start(text: str) -> int:
    if text not in _WEEKDAYS:
        raise _bad("week_start", "WKST takes MO to SU.")
    return _WEEKDAYS.index(text)


def _day(text: str) -> date:
    try:
        if _DAY.fullmatch(text) and FIRST_YEAR <= int(text[:4]) <= LAST_YEAR:
            return date.fromisoformat(text)
    except ValueError:
        pass
    years = f"from {FIRST_YEAR} to {LAST_YEAR}"
    raise _bad("until", f"UNTIL takes a day {years}, such as 20271231, itself included.")


def _bad(code: str, message: str) -> Invalid:
    return Invalid.field(_NAME, code, message)
