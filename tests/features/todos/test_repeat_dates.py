"""The dates of a repeating todo: refused rules, missed days, counting from completion, previews."""

from datetime import timedelta
from typing import Any

import pytest

from tests.support.features.list_builder import OWNER, ListBuilder
from tests.support.features.repeat_series import (
    BIWEEKLY,
    TUESDAY,
    due_day,
    make_repeating_todo,
    post,
)
from tests.support.world_builder import World


@pytest.mark.parametrize(
    ("fields", "field", "code"),
    [
        ({"repeat": BIWEEKLY, "due": None}, "repeat", "needs_due"),
        ({"repeat": {"rule": "FREQ=SECONDLY"}}, "repeat.rule", "frequency"),
        ({"repeat": {"rule": "FREQ=DAILY;UNTIL=20200101"}}, "repeat.rule", "never"),
        ({"repeat": BIWEEKLY | {"counts_from": "completion"}}, "repeat.rule", "plain"),
        ({"repeat": BIWEEKLY | {"anchor": {"date": "0001-01-01"}}}, "due.date", "year"),
        ({"repeat": {"rule": "x" * 500}}, "repeat.rule", "string_too_long"),
        ({"repeat": BIWEEKLY | {"occurrence": 3}}, "repeat.occurrence", "extra_forbidden"),
    ],
)
async def test_an_invalid_repeat_is_refused_with_its_field(
    builder: ListBuilder, world: World, fields: dict[str, Any], field: str, code: str
) -> None:
    ana = await world.user("Ana")
    home = await builder.make_list({ana: OWNER})
    body = {"list_id": home, "title": "No", "due": TUESDAY} | fields

    answer = await builder.request(ana, "POST", "/todos", body)

    assert answer.status_code == 422
    assert [(error["field"], error["code"]) for error in answer.json()["errors"]] == [(field, code)]


async def test_missed_occurrences_are_skipped_and_the_one_of_today_is_not(
    builder: ListBuilder, world: World
) -> None:
    # In Ana's zone it is already the next day when it is evening in UTC: her day counts.
    ana = await world.user("Ana", time_zone="Pacific/Kiritimati")
    today = (builder.resources.clock.now() + timedelta(hours=14)).date()
    overdue = {"date": (today - timedelta(days=40)).isoformat()}
    _, todo = await make_repeating_todo(builder, ana, due=overdue, repeat={"rule": "FREQ=DAILY"})

    done = await post(builder, ana, todo, "complete", 1)
    tomorrow = await post(builder, ana, todo, "complete", 2)

    assert (due_day(done), done["repeat"]["occurrence"]) == (today.isoformat(), 2)
    assert due_day(tomorrow) == (today + timedelta(days=1)).isoformat()


async def test_a_rule_after_completion_counts_from_the_day_of_completion(
    builder: ListBuilder, world: World
) -> None:
    ana = await world.user("Ana", time_zone="Pacific/Kiritimati")
    today = (builder.resources.clock.now() + timedelta(hours=14)).date()
    rule = {"rule": "FREQ=DAILY;INTERVAL=3", "counts_from": "completion"}
    _, todo = await make_repeating_todo(
        builder, ana, due={"at": "2020-01-01T07:30:00"}, repeat=rule
    )

    done = await post(builder, ana, todo, "complete", 1)

    in_three_days = (today + timedelta(days=3)).isoformat()
    assert done["due"] == {"at": f"{in_three_days}T07:30:00", "zone": None}
    # Completing again on the same day gives the same date and another occurrence.
    again = await post(builder, ana, todo, "complete", 2)
    assert (again["due"], again["repeat"]["occurrence"]) == (done["due"], 3)


async def test_a_rule_is_previewed_without_being_saved(builder: ListBuilder, world: World) -> None:
    ana = await world.user("Ana")
    body = {"due": {"date": "2030-01-31"}, "repeat": {"rule": "RRULE:FREQ=MONTHLY;INTERVAL=1"}}

    shown = (await builder.request(ana, "POST", "/repeats/preview", body)).json()
    body["repeat"] = {"rule": "FREQ=DAILY;INTERVAL=3;COUNT=2", "counts_from": "completion"}
    twice = (await builder.request(ana, "POST", "/repeats/preview", body)).json()

    assert shown["rule"] == "FREQ=MONTHLY"
    assert [due_day(date)[5:] for date in shown["dates"]] == [
        "01-31",
        "02-28",
        "03-31",
        "04-30",
        "05-31",
    ]
    assert [due_day(date)[5:] for date in twice["dates"]] == ["01-31", "02-03"]
