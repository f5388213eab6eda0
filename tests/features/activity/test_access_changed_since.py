"""The undo of a change of who uses a list, after more has changed: in doubt it is refused."""

from collections.abc import Mapping
from typing import Any

import pytest
from sqlalchemy import delete, insert, select, update

import shared.lists.commands
from shared.activity import access_state, undo
from shared.activity.entries import Entry, read_entry
from shared.ids import list_stream
from shared.tables.accounts import UserRow
from shared.tables.streams import EventRow, StreamRow
from shared.tables.todos import AssigneeRow
from tests.support.features.house import House
from tests.support.features.list_builder import COMMENTER, EDITOR, OWNER, VIEWER

CHANGED = (409, "cannot_undo")


async def removal(house: House) -> int:
    """Remove Ben as Ana, and return the position of the event."""
    await house.remove(house.ana, house.ben)
    return int((await house.newest(house.ana, "member.removed"))["seq"])


async def refused(house: House, seq: int) -> tuple[str, int, str]:
    """Return why Ana is not offered to undo the event, and the answer to trying."""
    [entry] = [entry for entry in await house.entries(house.ana) if entry["seq"] == seq]
    answer = await house.undo(house.ana, seq)
    return entry["refusal"], answer.status_code, answer.json().get("code", "")


async def notified(house: House) -> list[Mapping[str, Any]]:
    answer = await house.builder.request(house.ben, "GET", "/users/me/notifications")
    items: list[Mapping[str, Any]] = answer.json()["items"]
    return items


async def test_a_new_list_does_not_offer_its_creator_to_leave_it(house: House) -> None:
    made = (await house.builder.request(house.ana, "POST", "/lists", {"name": "New"})).json()
    path = f"/lists/{made['id']}/activity"
    items = (await house.builder.request(house.ana, "GET", path)).json()["items"]

    answer = await house.builder.request(house.ana, "POST", f"{path}/undo", {"seqs": [2]})

    assert [item["event"] for item in items] == ["list.created"]
    assert (answer.status_code, answer.json()["code"]) == CHANGED


async def test_a_member_is_told_of_being_taken_back_in(house: House) -> None:
    assert (await house.undo(house.ana, await removal(house))).status_code == 200

    [told] = await notified(house)

    assert (told["kind"], told["actor"]["name"], told["list_id"], told["invitation_id"]) == (
        "invited",
        "Ana",
        house.list_id,
        None,
    )
    # However often: one about the last change.
    await house.undo(house.ana, await removal(house))
    assert [each["kind"] for each in await notified(house)] == ["invited"]
    await house.remove(house.ana, house.ben)
    assert [each["kind"] for each in await notified(house)] == ["removed"]


async def test_who_declined_with_a_former_address_is_not_taken_back_in(house: House) -> None:
    seq = await removal(house)
    body = {"email": await house.world.email_of(house.ben), "role": EDITOR}
    invitation = (await house.send(house.ole, "POST", "/invitations", body)).json()
    declined = {"invitation_id": invitation["id"]}
    await house.builder.request(house.ben, "POST", "/invitations/decline", declined)
    new = {"email": "new@example.com", "email_key": "new@example.com"}
    async with house.builder.resources.begin() as work:
        await work.connection.execute(
            update(UserRow).where(UserRow.id == house.ben.user_id).values(new)
        )

    assert await refused(house, seq) == ("invite_again", *CHANGED)


async def test_a_deleted_account_is_not_taken_back_in(house: House) -> None:
    seq = await removal(house)
    async with house.builder.resources.begin() as work:
        await work.connection.execute(delete(UserRow).where(UserRow.id == house.ben.user_id))

    assert await refused(house, seq) == ("invite_again", *CHANGED)


async def test_a_role_given_with_a_later_invitation_stays(house: House) -> None:
    await house.set_role(house.ana, house.ben, VIEWER)
    seq = (await house.newest(house.ana, "member.edited"))["seq"]
    await house.remove(house.ole, house.ben)
    await house.join(house.ben, VIEWER, inviter=house.ole)

    assert await refused(house, seq) == ("changed_since", *CHANGED)
    assert (await house.roles())["Ben"] == "viewer"


@pytest.mark.parametrize(
    ("role", "refusal", "status"), [(VIEWER, "changed_since", 409), (EDITOR, "as_before", 200)]
)
async def test_a_removal_is_as_before_only_with_the_former_role(
    house: House, role: Any, refusal: str, status: int
) -> None:
    seq = await removal(house)
    await house.join(house.ben, role, inviter=house.ole)

    assert (await refused(house, seq))[:2] == (refusal, status)
    assert (await house.roles())["Ben"] == role.value


async def test_who_has_another_role_since_their_return_is_not_removed_by_an_undo(
    house: House,
) -> None:
    await house.undo(house.ana, await removal(house))
    seq = (await house.newest(house.ana, "member.added"))["seq"]
    await house.set_role(house.ole, house.ben, OWNER)

    assert await refused(house, seq) == ("changed_since", *CHANGED)
    assert (await house.roles())["Ben"] == "owner"


async def test_a_removal_before_the_searched_events_is_not_undone(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(access_state, "SEARCHED_EVENTS", 2)
    seq = await removal(house)
    for title in ("Milk", "Bread", "Salt"):
        await house.builder.add_todo(house.ana, house.list_id, title)

    assert await refused(house, seq) == ("invite_again", *CHANGED)


async def test_of_a_long_log_only_the_newest_removals_are_read(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(access_state, "SEARCHED_EVENTS", 20)
    read: list[int] = []

    def noted(row: Any) -> Entry:
        read.append(row.seq)
        return read_entry(row)

    monkeypatch.setattr(access_state, "read_entry", noted)
    seq = await removal(house)
    async with house.builder.resources.begin() as work:
        await work.lock_streams([list_stream(house.list_id)])
        columns = EventRow.__table__.c
        of_list = (columns.stream_id == house.list_id, columns.seq == seq)
        row = (await work.connection.execute(select(*columns).where(*of_list))).one()
        values = dict(zip(columns.keys(), row, strict=True))
        copies = [{**values, "seq": seq + number} for number in range(1, 101)]
        await work.connection.execute(insert(EventRow), copies)
        head = update(StreamRow).where(StreamRow.id == house.list_id).values(head=seq + 100)
        await work.connection.execute(head)

    await house.entries(house.ana)

    assert read == list(range(seq + 81, seq + 101))


async def test_the_newest_open_todos_are_assigned_again(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.members.member_removal.MAX_RESTORED_ASSIGNMENTS", 3)
    ben = [house.ben.user_id]
    ids = [
        (await house.builder.add_todo(house.ana, house.list_id, f"T{number}", assignees=ben))["id"]
        for number in range(5)
    ]
    for todo_id in ids[1:3]:
        await house.builder.request(
            house.ana, "PATCH", f"/todos/{todo_id}", {"status": "completed"}
        )

    assert (await house.undo(house.ana, await removal(house))).status_code == 200

    async with house.builder.resources.begin_read() as read:
        assigned = await read.connection.scalars(
            select(AssigneeRow.todo_id).where(AssigneeRow.user_id == house.ben.user_id)
        )
    assert sorted(assigned) == [ids[0], *ids[3:]]


async def test_few_members_are_taken_back_in_at_once(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(undo, "MAX_RETURNS_AT_ONCE", 1)
    cem = await house.world.user("Cem")
    await house.join(cem, EDITOR, inviter=house.ana)
    await house.remove(house.ana, cem)
    newest = (await house.newest(house.ana, "member.removed"))["seq"]

    answer = await house.undo(house.ana, newest, await removal(house))

    assert answer.json()["detail"] == "At most 1 removed members can be taken back in at once."
    assert "Ben" not in await house.roles()


async def test_that_you_joined_is_undone_alone(house: House) -> None:
    await house.builder.add_todo(house.ben, house.list_id, "Milk")
    older = (await house.newest(house.ben, "todo.created"))["seq"]
    await house.remove(house.ana, house.ben)
    await house.join(house.ben, EDITOR, inviter=house.ole)
    joining = (await house.newest(house.ben, "member.added"))["seq"]

    answer = await house.undo(house.ben, joining, older)

    assert answer.json()["detail"] == "Undo alone that you joined: you leave the list by it."
    assert (await house.roles())["Ben"] == "editor"


async def test_the_only_owner_undoes_neither_joining_nor_a_role(house: House) -> None:
    await house.set_role(house.ana, house.ole, COMMENTER)
    await house.set_role(house.ana, house.ole, OWNER)
    role = (await house.newest(house.ana, "member.edited"))["seq"]
    cem = await house.world.user("Cem")
    await house.join(cem, OWNER, inviter=house.ana)
    await house.set_role(cem, house.ana, EDITOR)
    await house.set_role(cem, house.ole, EDITOR)

    assert await house.refusal(cem, "member.added") == (
        "last_owner",
        "A list needs an owner. Make somebody else one first, or delete the list.",
    )
    assert (await house.undo(house.ana, role)).status_code == 403


async def test_how_many_lists_a_former_member_has_is_not_told(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    seq = await removal(house)
    monkeypatch.setattr(shared.lists.commands, "MAX_LISTS_PER_USER", 0)

    answer = await house.undo(house.ana, seq)

    assert (answer.status_code, answer.json()["code"]) == CHANGED
    assert answer.json()["detail"].startswith("This person cannot be taken back in")
