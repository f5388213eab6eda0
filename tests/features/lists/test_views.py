"""How a user looks at a list: filter, order and groups, each for the user alone."""

import pytest
from pydantic import ValidationError

from shared.contract.own_lists.views import MAX_CHOICES, PLAIN, ListView, ViewGroup
from shared.contract.shapes import Role
from shared.errors import NotFound
from shared.ids import list_stream, user_stream
from shared.lists.views import set_view
from shared.members.commands import join_list, remove_member
from tests.support.realtime.snapshots import account_snapshot
from tests.support.world_builder import World

GROUPED = PLAIN.model_copy(update={"group": ViewGroup.LABEL})


async def test_a_view_is_of_one_member_until_they_leave(world: World) -> None:
    ana, ben = await world.user("Ana"), await world.user("Ben")
    shared = await world.list(ana, (ben, Role.VIEWER))
    of_list = await world.events(list_stream(shared))
    of_ana = await world.events(user_stream(ana.user_id))

    assert (await world.run(set_view, ben, shared, GROUPED)).view == GROUPED
    again = await world.run(set_view, ben, shared, GROUPED)

    views = {each.id: each.view for each in (await world.query(account_snapshot, ben)).lists}
    assert views[shared] == again.view == GROUPED
    assert [each.view for each in (await world.query(account_snapshot, ana)).lists] == [None]
    assert await world.events(list_stream(shared)) == of_list
    assert await world.events(user_stream(ana.user_id)) == of_ana
    recorded = [event["event"] for event in await world.events(user_stream(ben.user_id))]
    assert recorded.count("list.view_set") == 1

    await world.run(remove_member, ben, shared, ben.user_id)
    with pytest.raises(NotFound):
        await world.run(set_view, ben, shared, GROUPED)

    async with world.resources.begin() as work:
        await work.lock_streams([list_stream(shared), user_stream(ben.user_id)])
        assert (await join_list(work, ben, shared, Role.VIEWER)).view is None


async def test_the_plain_view_is_no_view(world: World) -> None:
    ana = await world.user("Ana")
    own = await world.list(ana)
    await world.run(set_view, ana, own, GROUPED)

    assert (await world.run(set_view, ana, own, PLAIN)).view is None


@pytest.mark.parametrize(
    "field",
    [
        {"labels": ["none"] * (MAX_CHOICES + 1)},
        {"labels": ["mine"]},
        {"assignees": ["' OR 1=1"]},
        {"priorities": [6]},
        {"priorities": [True]},
        {"text": "x" * 201},
        {"due": "someday"},
        {"statuses": ["cancelled"]},
        {"unknown": 1},
    ],
)
def test_what_is_no_view_is_refused(field: dict[str, object]) -> None:
    view = PLAIN.model_dump(mode="json")

    with pytest.raises(ValidationError):
        ListView.model_validate(view | {"filter": view["filter"] | field})
