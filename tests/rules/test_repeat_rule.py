"""Repeat rules: which are accepted, their one spelling, and the refusal of all others."""

from datetime import date

import pytest

from shared.errors import Invalid
from shared.todos.rules.repeat_rule import MAX_RULE_LENGTH, Frequency, RepeatRule, parse_rule


@pytest.mark.parametrize(
    ("given", "spelled"),
    [
        ("FREQ=DAILY", "FREQ=DAILY"),
        ("RRULE:freq=daily;interval=1", "FREQ=DAILY"),
        ("BYDAY=TU,MO,TU;INTERVAL=2;FREQ=WEEKLY", "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TU"),
        ("FREQ=WEEKLY;WKST=SU;BYDAY=SU", "FREQ=WEEKLY;BYDAY=SU;WKST=SU"),
        ("FREQ=MONTHLY;BYMONTHDAY=31,-1", "FREQ=MONTHLY;BYMONTHDAY=-1,31"),
        ("FREQ=MONTHLY;BYDAY=+2TU,-1FR", "FREQ=MONTHLY;BYDAY=2TU,-1FR"),
        (
            "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
            "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
        ),
        ("FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=24", "FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=24"),
        ("FREQ=DAILY;UNTIL=20271231", "FREQ=DAILY;UNTIL=20271231"),
        ("FREQ=DAILY;COUNT=10", "FREQ=DAILY;COUNT=10"),
    ],
)
def test_a_rule_has_one_spelling(given: str, spelled: str) -> None:
    rule = parse_rule(given)

    assert rule.text == spelled
    assert parse_rule(spelled) == rule


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ("", "form"),
        ("every day", "form"),
        ("FREQ=", "form"),
        ("INTERVAL=2", "frequency"),
        ("FREQ=SECONDLY", "frequency"),
        ("FREQ=HOURLY;INTERVAL=999", "frequency"),
        ("DTSTART=00010101;FREQ=DAILY", "unknown_part"),
        ("FREQ=YEARLY;BYYEARDAY=1", "unknown_part"),
        ("FREQ=DAILY;BYHOUR=9", "unknown_part"),
        ("FREQ=DAILY;SKIP=OMIT", "unknown_part"),
        ("FREQ=DAILY;FREQ=DAILY", "twice"),
        ("FREQ=DAILY;INTERVAL=0", "interval"),
        ("FREQ=DAILY;INTERVAL=1000", "interval"),
        ("FREQ=DAILY;INTERVAL=" + "9" * 100, "interval"),
        ("FREQ=DAILY;INTERVAL=0000000011000", "interval"),
        ("FREQ=DAILY;INTERVAL=0000000019999999", "interval"),
        ("FREQ=DAILY;COUNT=0000000011000", "count"),
        ("FREQ=DAILY;INTERVAL=٣", "interval"),
        ("FREQ=DAILY;COUNT=-1", "count"),
        ("FREQ=DAILY;COUNT=1000", "count"),
        ("FREQ=DAILY;UNTIL=20270230", "until"),
        ("FREQ=DAILY;UNTIL=20270101T000000Z", "until"),
        ("FREQ=DAILY;UNTIL=09990101", "until"),
        ("FREQ=DAILY;UNTIL=30000101", "until"),
        ("FREQ=DAILY;UNTIL=20270101;COUNT=2", "one_of"),
        ("FREQ=MONTHLY;BYMONTHDAY=13;BYDAY=FR", "one_of"),
        ("FREQ=MONTHLY;BYMONTHDAY=32", "by_month_day"),
        ("FREQ=MONTHLY;BYMONTHDAY=-29", "by_month_day"),
        ("FREQ=WEEKLY;BYMONTHDAY=1", "by_month_day"),
        ("FREQ=MONTHLY;BYMONTHDAY=0", "by_month_day"),
        ("FREQ=WEEKLY;BYDAY=2TU", "by_day"),
        ("FREQ=MONTHLY;BYDAY=6TU", "by_day"),
        ("FREQ=WEEKLY;BYDAY=TUE", "by_day"),
        ("FREQ=YEARLY;BYDAY=MO", "by_month"),
        ("FREQ=YEARLY;BYMONTH=13", "by_month"),
        ("FREQ=DAILY;BYSETPOS=1", "by_set_pos"),
        ("FREQ=MONTHLY;BYDAY=MO;BYSETPOS=0", "by_set_pos"),
        ("FREQ=DAILY;WKST=SU", "week_start"),
        ("FREQ=WEEKLY;WKST=XX", "week_start"),
        ("FREQ=DAILY;" + "X" * MAX_RULE_LENGTH, "too_long"),
    ],
)
def test_an_unsupported_rule_is_refused_by_name(given: str, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        parse_rule(given)

    assert [(error.field, error.code) for error in refused.value.errors] == [("repeat.rule", code)]


def test_a_day_long_ago_is_spelled_with_all_its_digits() -> None:
    rule = RepeatRule(Frequency.DAILY, until=date(999, 1, 2))

    assert rule.text == "FREQ=DAILY;UNTIL=09990102"
