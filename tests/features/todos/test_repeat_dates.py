"""Which dates a todo that repeats gets: what is refused, passed by, counted from, and previewed."""

from datetime import timedelta
from typing import Any

import pytest

from tests.support.features.list_builder import OWNER, ListBuilder
from tests.support.features.repeat_series import BIWEEKLY, TUESDAY, day_in, plants, post
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
async def test_what_cannot_repeat_is_refused_with_its_field(
    builder: ListBuilder, world: World, fields: dict[str, Any], field: str, code: str
) -> None:
    ana = await world.user("Ana")
    home = await builder.make_list({ana: OWNER})
    body = {"list_id": home, "title": "No", "due": TUESDAY} | fields

    answer = await builder.request(ana, "POST", "/todos", body)

    assert answer.status_code == 422
    assert [(one["field"], one["code"]) for one in answer.json()["errors"]] == [(field, code)]


async def test_late_ones_are_passed_by_and_todays_is_not(
    builder: ListBuilder, world: World
) -> None:
    # Ana's clock is a day ahead of UTC's in her evening: her today counts, not the server's.
    ana = await world.user("Ana", time_zone="Pacific/Kiritimati")
    today = (builder.resources.clock.now() + timedelta(hours=14)).date()
    overdue = {"date": (today - timedelta(days=40)).isoformat()}
    _, todo = await plants(builder, ana, due=overdue, repeat={"rule": "FREQ=DAILY"})

    done = await post(builder, ana, todo, "complete", 1)
    tomorrow = await post(builder, ana, todo, "complete", 2)

    assert (day_in(done), done["repeat"]["occurrence"]) == (today.isoformat(), 2)
    assert day_in(tomorrow) == (today + timedelta(days=1)).isoformat()


async def test_after_completion_counts_from_the_day_it_was_done(
    builder: ListBuilder, world: World
) -> None:
    ana = await world.user("Ana", time_zone="Pacific/Kiritimati")
    today = (builder.resources.clock.now() + timedelta(hours=14)).date()
    rule = {"rule": "FREQ=DAILY;INTERVAL=3", "counts_from": "completion"}
    _, todo = await plants(builder, ana, due={"at": "2020-01-01T07:30:00"}, repeat=rule)

    done = await post(builder, ana, todo, "complete", 1)

    in_three_days = (today + timedelta(days=3)).isoformat()
    assert done["due"] == {"at": f"{in_three_days}T07:30:00", "zone": None}
    # Once more on the same day: the same date, another occurrence.
    again = await post(builder, ana, todo, "complete", 2)
    assert (again["due"], again["repeat"]["occurrence"]) == (done["due"], 3)


async def test_a_rule_is_previewed_without_being_saved(builder: ListBuilder, world: World) -> None:
    ana = await world.user("Ana")
    body = {"due": {"date": "2030-01-31"}, "repeat": {"rule": "RRULE:FREQ=MONTHLY;INTERVAL=1"}}

    shown = (await builder.request(ana, "POST", "/repeats/preview", body)).json()
    body["repeat"] = {"rule": "FREQ=DAILY;INTERVAL=3;COUNT=2", "counts_from": "completion"}
    twice = (await builder.request(ana, "POST", "/repeats/preview", body)).json()

    assert shown["rule"] == "FREQ=MONTHLY"
    assert [day_in(one)[5:] for one in shown["dates"]] == [
        "01-31",
        "02-28",
        "03-31",
        "04-30",
        "05-31",
    ]
    assert [day_in(one)[5:] for one in twice["dates"]] == ["01-31", "02-03"]
