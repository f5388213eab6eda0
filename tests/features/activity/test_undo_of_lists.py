"""Undo of changes of a list and of its labels."""

from dataclasses import fields
from typing import Any

import pytest

from shared.activity.sentences import FIELDS
from shared.actor import Actor
from shared.lists.commands import ListEdit
from tests.support.features.list_builder import OWNER, ListBuilder
from tests.support.world_builder import World

# A new value of each field of a list, by its name in requests.
NEW_VALUES: dict[str, Any] = {"name": "Work", "colour": "red", "icon": "🏠", "archived": True}


async def undo_newest(builder: ListBuilder, actor: Actor, list_id: str) -> int:
    path = f"/lists/{list_id}/activity"
    newest = (await builder.request(actor, "GET", path)).json()["items"][0]
    answer = await builder.request(actor, "POST", f"{path}/undo", {"seqs": [newest["seq"]]})
    return answer.status_code


@pytest.mark.parametrize("field", [each.name for each in fields(ListEdit)])
async def test_each_field_of_a_list_can_be_taken_back(
    builder: ListBuilder, world: World, field: str
) -> None:
    ana = await world.user("Ana")
    home = await builder.make_list({ana: OWNER})
    shown = {"archived": "archived_at"}.get(field, field)
    before = (await builder.request(ana, "GET", f"/lists/{home}")).json()[shown]
    edited = await builder.request(ana, "PATCH", f"/lists/{home}", {field: NEW_VALUES[field]})

    assert await undo_newest(builder, ana, home) == 200

    after = (await builder.request(ana, "GET", f"/lists/{home}")).json()[shown]
    assert after == before != edited.json()[shown]
    assert shown in FIELDS
