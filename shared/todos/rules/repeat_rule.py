"""Repeat rules: which parts of RFC 5545 recurrence rules are accepted, and their one spelling. Pure.

    FREQ=DAILY       INTERVAL  BYDAY  BYMONTH                      every day, every weekday
    FREQ=WEEKLY      INTERVAL  BYDAY  BYMONTH  WKST                every second Tuesday
    FREQ=MONTHLY     INTERVAL  BYDAY (1MO, -1FR) or BYMONTHDAY  BYSETPOS  BYMONTH
    FREQ=YEARLY      INTERVAL  BYMONTH with BYDAY or BYMONTHDAY  BYSETPOS
    all of them      COUNT or UNTIL (a day)

All other parts (hours, minutes, week numbers, days of the year) are refused by name: no part is
accepted and then ignored. In a month that lacks a day, the last day stands in (RFC 7529,
SKIP=BACKWARD); the rule still says 31.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TypeVar

from shared.errors import Invalid
from shared.languages.texts import message
from shared.todos.rules.due import FIRST_YEAR, LAST_YEAR

# Twice the longest useful rule: all weekdays with their ordinals.
MAX_RULE_LENGTH = 250
# No useful rule needs more, and the previewed dates take a step of arithmetic for each.
MAX_INTERVAL = 999
MAX_COUNT = 999
_FIELD = "repeat.rule"
_WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_PARTS = (
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
    """A day of the week, 0 is Monday. With an ordinal: the nth of its month, -1 is the last."""

    day: int
    ordinal: int = 0

    @property
    def text(self) -> str:
        return f"{self.ordinal or ''}{_WEEKDAYS[self.day]}"


Part = TypeVar("Part", int, Weekday)


@dataclass(frozen=True)
class RepeatRule:
    """An accepted rule. Tuples are sorted and without duplicates; an empty one was not given."""

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
        """True if the rule has a frequency, an interval and perhaps an end, but nothing else."""
        return not (self.months or self.month_days or self.weekdays or self.positions)

    @property
    def text(self) -> str:
        """The canonical spelling: parts in a fixed order, without those at their default."""
        parts = [f"FREQ={self.frequency}"]
        if self.interval > 1:
            parts.append(f"INTERVAL={self.interval}")
        if self.count is not None:
            parts.append(f"COUNT={self.count}")
        if self.until is not None:
            parts.append("UNTIL=" + self.until.isoformat().replace("-", ""))
        lists = {
            "BYMONTH": self.months, "BYMONTHDAY": self.month_days,
            "BYDAY": [weekday.text for weekday in self.weekdays], "BYSETPOS": self.positions,
        }  # fmt: skip
        parts += [
            f"{name}={','.join(map(str, values))}" for name, values in lists.items() if values
        ]
        if self.week_start:
            parts.append(f"WKST={_WEEKDAYS[self.week_start]}")
        return ";".join(parts)


def parse_rule(text: str) -> RepeatRule:
    """Return the rule that `text` spells, with or without "RRULE:". Raise Invalid."""
    given = _split_parts(text)
    if "FREQ" not in given:
        raise _invalid_rule(
            "frequency", "A rule begins with FREQ=DAILY, WEEKLY, MONTHLY or YEARLY."
        )
    if given["FREQ"] not in Frequency.__members__:
        raise _invalid_rule("frequency", "FREQ must be DAILY, WEEKLY, MONTHLY or YEARLY.")
    rule = RepeatRule(
        frequency=Frequency(given["FREQ"]),
        interval=_parse_integer("INTERVAL", given.get("INTERVAL", "1"), MAX_INTERVAL),
        count=_parse_integer("COUNT", given["COUNT"], MAX_COUNT) if "COUNT" in given else None,
        until=_parse_day(given["UNTIL"]) if "UNTIL" in given else None,
        months=_parse_list("BYMONTH", given, _parse_month),
        month_days=_parse_list("BYMONTHDAY", given, _parse_month_day),
        weekdays=_parse_list("BYDAY", given, _parse_weekday),
        positions=_parse_list("BYSETPOS", given, _parse_position),
        week_start=_parse_week_start(given.get("WKST", "MO")),
    )
    _check(rule)
    return rule


def _check(rule: RepeatRule) -> None:
    monthly = rule.frequency in (Frequency.MONTHLY, Frequency.YEARLY)
    if rule.count is not None and rule.until is not None:
        raise _invalid_rule("one_of", "Give COUNT or UNTIL, not both.")
    if rule.month_days and rule.weekdays:
        raise _invalid_rule("one_of", "Give BYMONTHDAY or BYDAY, not both.")
    if rule.month_days and not monthly:
        raise _invalid_rule("by_month_day", "BYMONTHDAY goes with FREQ=MONTHLY or YEARLY.")
    if any(weekday.ordinal for weekday in rule.weekdays) and not monthly:
        raise _invalid_rule("by_day", "Ordinals such as 2TU go with FREQ=MONTHLY or YEARLY.")
    if rule.frequency is Frequency.YEARLY and not rule.months and not rule.is_plain:
        raise _invalid_rule("by_month", "With FREQ=YEARLY say which month: BYMONTH.")
    if rule.positions and not (monthly and (rule.weekdays or rule.month_days)):
        raise _invalid_rule(
            "by_set_pos", "BYSETPOS picks from BYDAY or BYMONTHDAY of a month or a year."
        )
    if rule.week_start and rule.frequency is not Frequency.WEEKLY:
        raise _invalid_rule("week_start", "WKST goes with FREQ=WEEKLY.")


def _split_parts(text: str) -> dict[str, str]:
    if len(text) > MAX_RULE_LENGTH:
        raise _invalid_rule(
            "too_long", message("A rule has at most {limit} characters.", limit=MAX_RULE_LENGTH)
        )
    given: dict[str, str] = {}
    for part in text.strip().upper().removeprefix("RRULE:").split(";"):
        name, equals, value = part.partition("=")
        if not equals or not value:
            raise _invalid_rule("form", "A rule looks like FREQ=WEEKLY;INTERVAL=2;BYDAY=TU.")
        if name in given:
            raise _invalid_rule("twice", "No part of a rule is given twice.")
        if name not in _PARTS:
            raise _invalid_rule(
                "unknown_part", message("These are understood: {parts}.", parts=", ".join(_PARTS))
            )
        given[name] = value
    return given


def _parse_list(name: str, given: dict[str, str], parse: Callable[[str], Part]) -> tuple[Part, ...]:
    return tuple(sorted({parse(item) for item in given[name].split(",")})) if name in given else ()


def _parse_integer(name: str, text: str, largest: int) -> int:
    # The length first: int() of a very long text, of zeros perhaps, takes long.
    is_number = len(text) <= len(str(largest)) and text.isascii() and text.isdigit()
    if not is_number or not 1 <= int(text) <= largest:
        raise _invalid_rule(
            name.lower(),
            message("{name} must be a number from 1 to {largest}.", name=name, largest=largest),
        )
    return int(text)


def _to_number(text: str) -> int:
    return int(text) if _NUMBER.fullmatch(text) else 0


def _parse_month(text: str) -> int:
    if not 1 <= _to_number(text) <= 12:
        raise _invalid_rule("by_month", "BYMONTH takes months, 1 to 12.")
    return _to_number(text)


def _parse_month_day(text: str) -> int:
    day = _to_number(text)
    # Some months have no 29th day from the end, and no other day could stand in for it.
    if not (1 <= day <= 31 or -28 <= day <= -1):
        raise _invalid_rule(
            "by_month_day", "BYMONTHDAY takes days, 1 to 31, or -1 (the last) to -28."
        )
    return day


def _parse_weekday(text: str) -> Weekday:
    found = _WEEKDAY.fullmatch(text)
    if found is None:
        raise _invalid_rule("by_day", "BYDAY takes MO to SU, perhaps with an ordinal: 2TU, -1FR.")
    return Weekday(_WEEKDAYS.index(found[2]), int(found[1] or 0))


def _parse_position(text: str) -> int:
    if not 1 <= abs(_to_number(text)) <= 31:
        raise _invalid_rule("by_set_pos", "BYSETPOS takes 1 to 31, or -1 (the last) to -31.")
    return _to_number(text)


def _parse_week_start(text: str) -> int:
    if text not in _WEEKDAYS:
        raise _invalid_rule("week_start", "WKST takes MO to SU.")
    return _WEEKDAYS.index(text)


def _parse_day(text: str) -> date:
    try:
        if _DAY.fullmatch(text) and FIRST_YEAR <= int(text[:4]) <= LAST_YEAR:
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise _invalid_rule(
        "until",
        message(
            "UNTIL takes a day from {first} to {last}, such as 20271231, itself included.",
            first=FIRST_YEAR,
            last=LAST_YEAR,
        ),
    )


def _invalid_rule(code: str, sentence: str) -> Invalid:
    return Invalid.field(_FIELD, code, sentence)
