"""The notification of an invitation is read once the invitation is closed."""

from typing import Any

import pytest

from shared.actor import Actor
from shared.ids import user_stream
from shared.members.member_removal import leave_all_lists
from tests.support.features.list_builder import OWNER, ListBuilder, recorded_statements
from tests.support.world_builder import World


async def _notifications(builder: ListBuilder, user: Actor) -> Any:
    return (await builder.request(user, "GET", "/users/me/notifications")).json()


@pytest.mark.parametrize("answer", ["accept", "decline", "withdraw"])
async def test_the_notification_of_an_invitation_is_read_once_that_is_closed(
    builder: ListBuilder, world: World, answer: str
) -> None:
    ana, eve = await world.user("Ana"), await world.user("Eve")
    home = await builder.make_list({ana: OWNER})
    body = {"email": await world.email_of(eve), "role": "viewer"}
    path = f"/lists/{home}/invitations"
    invitation = (await builder.request(ana, "POST", path, body)).json()
    assert (await _notifications(builder, eve))["unread_count"] == 1

    if answer == "withdraw":
        closed = await builder.request(ana, "DELETE", f"{path}/{invitation['id']}")
    else:
        of = {"invitation_id": invitation["id"]}
        closed = await builder.request(eve, "POST", f"/invitations/{answer}", of)

    assert closed.status_code < 300, closed.text
    page = await _notifications(builder, eve)
    assert page["unread_count"] == 0
    assert page["items"][0]["read_at"] is not None
    [read] = [
        event["data"]
        for event in await builder.events(user_stream(eve.user_id))
        if event["event"] == "notification.read"
    ]
    assert (read["notification_ids"], read["unread_count"]) == ([page["items"][0]["id"]], 0)


async def test_deleting_a_list_with_many_invitations_takes_no_more_statements(
    builder: ListBuilder, world: World
) -> None:
    ana = await world.user("Ana")
    few, many = await builder.make_list({ana: OWNER}), await builder.make_list({ana: OWNER})
    invitees = [await world.user(f"Eve{number}") for number in range(4)]
    await _invite(builder, world, ana, few, invitees[:1])
    await _invite(builder, world, ana, many, invitees)

    async with recorded_statements(builder.served) as for_few:
        await builder.request(ana, "DELETE", f"/lists/{few}")
    async with recorded_statements(builder.served) as for_many:
        await builder.request(ana, "DELETE", f"/lists/{many}")

    assert len(for_many) == len(for_few)
    for invitee in invitees:
        assert (await _notifications(builder, invitee))["unread_count"] == 0


async def test_invitations_that_end_together_are_read_in_one_event(
    builder: ListBuilder, world: World
) -> None:
    ana, ben = await world.user("Ana"), await world.user("Ben")
    eve = await world.user("Eve")
    for list_id in [await builder.make_list({ana: OWNER}) for _ in range(2)]:
        await _invite(builder, world, ana, list_id, [eve])
    await _invite(builder, world, ben, await builder.make_list({ben: OWNER}), [eve])

    await world.run(leave_all_lists, ana)

    events = await builder.events(user_stream(eve.user_id))
    [read] = [event["data"] for event in events if event["event"] == "notification.read"]
    assert (len(read["notification_ids"]), read["unread_count"]) == (2, 1)


async def _invite(
    builder: ListBuilder, world: World, owner: Actor, list_id: str, invitees: list[Actor]
) -> None:
    for invitee in invitees:
        body = {"email": await world.email_of(invitee), "role": "viewer"}
        answer = await builder.request(owner, "POST", f"/lists/{list_id}/invitations", body)
        assert answer.status_code == 201, answer.text
