"""Limits on invitations and members: per list, per day, per address."""

from datetime import timedelta

import pytest

from shared.contract.shapes import Role
from shared.errors import Conflict, RateLimited
from shared.members import commands, rules
from shared.members.invitations import accept_invitation_by_id, invite_member, withdraw_invitation
from shared.members.queries import read_invitations_of_user
from tests.support.features.invitations import age, id_of, invite
from tests.support.world_builder import World

EDITOR, VIEWER = Role.EDITOR, Role.VIEWER


async def test_open_invitations_of_a_list_are_bounded(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "MAX_OPEN_INVITATIONS", 2)
    ana = await world.user()
    list_id = await world.list(ana)
    for number in range(2):
        await world.run(invite_member, ana, list_id, f"{number}@example.com", VIEWER)

    with pytest.raises(Conflict) as refused:
        await world.run(invite_member, ana, list_id, "third@example.com", VIEWER)

    assert refused.value.reason == "too_many_invitations"
    await world.run(invite_member, ana, list_id, "1@example.com", EDITOR)


async def test_invitations_per_day_are_bounded_across_lists_even_when_withdrawn(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "MAX_INVITATIONS_PER_DAY", 3)
    ana = await world.user()
    lists = [await world.list(ana) for _ in range(3)]
    sent = [
        await world.run(invite_member, ana, list_id, f"{number}@example.com", VIEWER)
        for number, list_id in enumerate(lists)
    ]
    for list_id, invitation in zip(lists, sent, strict=True):
        await world.run(withdraw_invitation, ana, list_id, id_of(invitation))

    with pytest.raises(RateLimited) as refused:
        await world.run(invite_member, ana, lists[0], "more@example.com", VIEWER)
    assert 86_000 < refused.value.retry_after_seconds <= 86_400

    await age(world, sent[0], by=timedelta(days=1))
    await world.run(invite_member, ana, lists[0], "more@example.com", VIEWER)


async def test_invitations_per_day_to_one_address_are_bounded(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "MAX_INVITATIONS_PER_DAY_TO_ADDRESS", 2)
    ana = await world.user()
    list_id = await world.list(ana)
    for _ in range(2):
        await world.run(invite_member, ana, list_id, "dan@example.com", VIEWER)

    with pytest.raises(RateLimited):
        await world.run(invite_member, ana, list_id, "Dan@Example.com", VIEWER)

    await world.run(invite_member, ana, list_id, "eve@example.com", VIEWER)


async def test_the_number_of_members_is_bounded(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commands, "MAX_MEMBERS", 2)
    ana, ben, cem = [await world.user(name) for name in ("Ana", "Ben", "Cem")]
    list_id = await world.list(ana, (ben, VIEWER))
    invitation = await invite(world, ana, list_id, cem)

    with pytest.raises(Conflict) as refused:
        await world.run(accept_invitation_by_id, cem, id_of(invitation))

    assert refused.value.reason == "too_many_members"
    assert await world.query(read_invitations_of_user, cem.user_id) == (invitation,)
