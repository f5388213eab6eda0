"""Undos of changes of who uses a list at the same time, and what does not come back with a member."""

import asyncio

import pytest
from sqlalchemy import select

import shared.members.commands
from shared.tables.accounts import AuditRow
from shared.tables.todos import AssigneeRow
from tests.support.features.house import House
from tests.support.features.list_builder import EDITOR, OWNER


async def test_of_two_undos_of_one_removal_one_takes_the_member_back_in(house: House) -> None:
    await house.remove(house.ana, house.ben)
    seq = (await house.newest(house.ana, "member.removed"))["seq"]

    answers = await asyncio.gather(house.undo(house.ana, seq), house.undo(house.ana, seq))

    assert sorted(answer.status_code for answer in answers) == [200, 409]
    events = [entry["event"] for entry in await house.entries(house.ana)]
    assert events.count("member.added") == 1


async def test_an_undo_of_a_role_and_a_demotion_leave_an_owner(house: House) -> None:
    await house.set_role(house.ana, house.ole, EDITOR)
    await house.set_role(house.ana, house.ole, OWNER)
    seq = (await house.newest(house.ana, "member.edited"))["seq"]
    path = f"/lists/{house.list_id}/members/{house.ana.user_id}"

    answers = await asyncio.gather(
        house.undo(house.ana, seq),
        house.builder.request(house.ole, "PATCH", path, {"role": EDITOR}),
    )

    assert sorted(answer.status_code for answer in answers) == [200, 403]
    path = f"/lists/{house.list_id}/members"
    members = (await house.builder.request(house.ben, "GET", path)).json()["items"]
    assert [member["role"] for member in members].count("owner") == 1


async def test_a_full_list_takes_nobody_back_in(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    await house.remove(house.ana, house.ben)
    monkeypatch.setattr(shared.members.commands, "MAX_MEMBERS", 2)

    answer = await house.undo_newest(house.ana, "member.removed")

    assert (answer.status_code, answer.json()["code"]) == (409, "cannot_undo")
    assert answer.json()["detail"] == "A list can have at most 2 members."


async def test_links_and_invitations_of_a_returned_owner_stay_ended(house: House) -> None:
    await house.send(house.ole, "POST", "/links", {"name": "Fair", "role": "viewer"})
    await house.send(
        house.ole, "POST", "/invitations", {"email": "eve@example.com", "role": EDITOR}
    )
    await house.remove(house.ana, house.ole)

    assert (await house.undo_newest(house.ana, "member.removed")).status_code == 200

    assert (await house.roles())["Ole"] == "owner"
    for path in ("/links", "/invitations"):
        assert (await house.send(house.ole, "GET", path)).json()["items"] == []


async def test_the_audit_log_has_who_was_taken_back_in_and_the_role(house: House) -> None:
    await house.remove(house.ana, house.ben)
    await house.undo_newest(house.ana, "member.removed")

    async with house.builder.resources.begin_read() as read:
        rows = await read.connection.execute(
            select(AuditRow.actor_id, AuditRow.user_id, AuditRow.list_id, AuditRow.facts).where(
                AuditRow.action == "member.restored"
            )
        )
        [row] = [tuple(row) for row in rows]

    assert row == (
        house.ana.user_id,
        house.ben.user_id,
        house.list_id,
        {"role": "editor"},
    )


async def test_a_full_todo_of_the_trash_is_not_assigned_again(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    ben = [house.ben.user_id]
    todo = await house.builder.add_todo(house.ana, house.list_id, "Milk", assignees=ben)
    await house.remove(house.ana, house.ben)
    path = f"/todos/{todo['id']}"
    await house.builder.request(house.ana, "PATCH", path, {"assignees": [house.ole.user_id]})
    await house.builder.request(house.ana, "DELETE", path)
    monkeypatch.setattr("shared.activity.access_reversals.MAX_ASSIGNEES_PER_TODO", 1)

    assert (await house.undo_newest(house.ana, "member.removed")).status_code == 200

    async with house.builder.resources.begin_read() as read:
        assigned = await read.connection.scalars(select(AssigneeRow.user_id))
    assert list(assigned) == [house.ole.user_id]
