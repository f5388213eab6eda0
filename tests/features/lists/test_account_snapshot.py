"""The snapshot of a user's own data, and the events after it."""

from typing import Any

from shared.contract.shapes import AccountSnapshot, Role
from shared.ids import InvitationId, ListId, user_stream
from shared.lists.commands import delete_list, restore_list
from shared.members.commands import remove_member
from shared.members.invitations import invite_member, withdraw_invitation
from shared.resources import Resources
from tests.support.features.list_builder import ListBuilder, recorded_statements
from tests.support.realtime.snapshots import account_snapshot
from tests.support.realtime.websocket_client import head_of
from tests.support.world_builder import World

EDITOR, VIEWER = Role.EDITOR, Role.VIEWER


async def test_an_account_snapshot_takes_as_many_statements_for_many_lists(
    world: World, resources: Resources
) -> None:
    ana, ben = await world.user("Ana"), await world.user("Ben")
    await world.list(ana)

    async with recorded_statements(resources) as few:
        small = await world.query(account_snapshot, ana)
    for number in range(30):
        list_id = await world.list(ben, *(((ana, VIEWER),) if number % 2 else ()))
        if not number % 2:
            await world.run(invite_member, ben, list_id, await world.email_of(ana), EDITOR)
    async with recorded_statements(resources) as many:
        large = await world.query(account_snapshot, ana)

    assert (len(small.lists), len(small.invitations)) == (1, 0)
    assert (len(large.lists), len(large.invitations)) == (16, 15)
    assert large.stream.seq == (await head_of(resources, user_stream(ana.user_id)))[1]
    assert len(few) == len(many)


async def test_the_events_of_a_user_lead_from_one_account_snapshot_to_the_next(
    world: World,
) -> None:
    ana, ben = await world.user("Ana"), await world.user("Ben")
    kept, left, trashed, back = [await world.list(ben, (ana, VIEWER)) for _ in range(4)]
    before = await world.query(account_snapshot, ana)

    made = await world.list(ana)
    await world.run(remove_member, ana, left, ana.user_id)
    await world.run(delete_list, ben, trashed)
    await world.run(delete_list, ben, back)
    await world.run(restore_list, ben, back)
    email = await world.email_of(ana)
    still_open, withdrawn = [
        await world.run(invite_member, ben, await world.list(ben), email, EDITOR) for _ in range(2)
    ]
    list_id = ListId(withdrawn.list_id)
    await world.run(withdraw_invitation, ben, list_id, InvitationId(withdrawn.id))

    list_ids = {shape.id for shape in before.lists}
    invitations = {invitation.id for invitation in before.invitations}
    for event in await world.events(user_stream(ana.user_id), before.stream.seq):
        match event["event"], event["data"]:
            case "list.added", data:
                list_ids.add(data["list"]["id"])
            case "list.removed", data:
                list_ids.remove(data["list_id"])
            case "invitation.received", data:
                invitations.add(data["invitation"]["id"])
            case "invitation.closed", data:
                invitations.remove(data["invitation_id"])
    after = await world.query(account_snapshot, ana)
    assert list_ids == {shape.id for shape in after.lists} == {kept, back, made}
    assert invitations == {invitation.id for invitation in after.invitations} == {still_open.id}


async def test_an_account_snapshot_has_what_the_routes_return(
    builder: ListBuilder, world: World
) -> None:
    ana, ben = await world.user("Ana"), await world.user('Ödön "🚲"\\')
    inbox = await builder.make_list({ana: Role.OWNER}, inbox_of=ana)
    shared = await world.list(ben, (ana, EDITOR), name='Käse "frisch"\\')
    await world.run(invite_member, ben, await world.list(ben), await world.email_of(ana), EDITOR)
    for list_id in (inbox, shared):
        todo = await builder.add_todo(ana, list_id, due={"at": "2030-01-01T09:00", "zone": "UTC"})
        for body in ({"at": "2030-01-01T09:00:00Z"}, {"minutes_before": 5}):
            await builder.request(ana, "POST", f"/todos/{todo['id']}/reminders", body)
        await builder.request(ben, "POST", f"/todos/{todo['id']}/comments", {"body": "Fresh."})
    wanted = {"channels": {"commented": {"mail": True}}, "digest": True, "digest_hour": 6}
    await builder.request(ana, "PATCH", "/users/me/preferences", wanted)

    answer = (await builder.request(ana, "GET", "/users/me/snapshot")).json()

    async def get(path: str) -> Any:
        return (await builder.request(ana, "GET", path)).json()

    notifications = await get("/users/me/notifications")
    assert len(notifications["items"]) >= 2
    assert answer["notifications"] == {
        name: notifications[name] for name in ("items", "unread_count")
    }
    assert answer["account"] == await get("/users/me")
    assert answer["lists"] == (await get("/lists"))["items"]
    assert answer["preferences"] == await get("/users/me/preferences")
    assert [each["invited_by"]["name"] for each in answer["invitations"]] == ['Ödön "🚲"\\']
    assert sorted(each["minutes_before"] or 0 for each in answer["reminders"]) == [0, 0, 5, 5]
    assert answer == AccountSnapshot.model_validate(answer).model_dump(mode="json")
    assert list(answer) == list(AccountSnapshot.model_fields)
