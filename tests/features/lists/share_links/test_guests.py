"""Guests of share links: what they may do, and that everything ends with the link."""

from typing import Any

import httpx
import pytest
from sqlalchemy import select

from shared.accounts.administration import AccountEdit, edit_user
from shared.accounts.authentication import passwords
from shared.accounts.second_factors.requirement import lacks_second_factor
from shared.contract.shapes import Role, SiteRole
from shared.contract.share_links import LinkRole
from shared.ids import ListId, list_stream, user_stream
from shared.members.commands import change_role, join_list, remove_member
from shared.members.member_removal import leave_all_lists
from shared.resources import Resources
from shared.settings import Settings
from shared.share_links.links import LinkEdit, edit_link, revoke_link
from shared.tables.accounts import AuditRow, UserRow
from shared.tables.members import MemberRow
from shared.tables.notifications import NotificationRow
from shared.tables.share_links import GUEST, GuestRow, ShareLinkRow
from tests.support.features.list_builder import EDITOR, ListBuilder
from tests.support.registration import Registrar
from tests.support.settings import changed_settings
from tests.support.share_links import MadeGuest, make_guest, make_link
from tests.support.world_builder import World

API = "/api/v1"
PASSWORD = "a garden gate"


async def test_a_guest_reads_and_writes_under_their_name(
    client: httpx.AsyncClient, world: World, served: Resources
) -> None:
    ana = await world.user("Ana")
    list_id = await world.list(ana)
    link = await make_link(served, ana, list_id)
    body = {"token": link.token}

    preview = (await client.post(f"{API}/share-links/open", json=body)).json()
    answer = await client.post(f"{API}/share-links/join", json=body | {"name": "Gil"})

    joined = answer.json()
    assert preview == {"list_id": list_id, "list_name": "Groceries", "role": "editor"}
    assert joined["user"]["name"] == "Gil (guest)"
    headers = {"Authorization": f"Bearer {joined['token']}"}
    new = {"list_id": list_id, "title": "Bread"}
    todo = (await client.post(f"{API}/todos", json=new, headers=headers)).json()
    assert todo["created_by"] == joined["user"]["id"]
    comments = f"{API}/todos/{todo['id']}/comments"
    comment = (await client.post(comments, json={"body": "Rye."}, headers=headers)).json()
    assert comment["author"]["name"] == "Gil (guest)"
    snapshot = await client.get(f"{API}/lists/{list_id}/snapshot", headers=headers)
    guest = next(it for it in snapshot.json()["members"] if it["link_id"] is not None)
    assert (guest["user"], guest["role"], guest["link_id"]) == (joined["user"], "editor", link.id)
    assert "@" not in snapshot.text
    actors = [event["actor"]["name"] for event in await world.events(list_stream(list_id))]
    assert actors[-3:] == ["Gil (guest)"] * 3
    async with served.begin_read() as read:
        row = (await read.connection.execute(select(ShareLinkRow.use_count))).scalar_one()
        assert row == 1
        assert "guest.joined" in await read.connection.scalars(select(AuditRow.action))


async def test_the_role_of_the_link_holds_at_once(
    client: httpx.AsyncClient, world: World, served: Resources
) -> None:
    ana = await world.user("Ana")
    list_id = await world.list(ana)
    link = await make_link(served, ana, list_id)
    guest = await make_guest(served, link)
    new = {"list_id": list_id, "title": "Bread"}
    before = await client.post(f"{API}/todos", json=new, headers=guest.headers)

    edit = LinkEdit(frozenset({"role"}), role=LinkRole.VIEWER)
    await world.run(edit_link, ana, list_id, link.id, edit)

    after = await client.post(f"{API}/todos", json=new, headers=guest.headers)
    assert (before.status_code, after.status_code) == (201, 403)
    event = (await world.events(list_stream(list_id)))[-1]
    assert (event["event"], event["data"]["member"]["role"]) == ("member.edited", "viewer")


async def _revoked(world: World, ana: Any, list_id: ListId, link: Any) -> None:
    await world.run(revoke_link, ana, list_id, link.id)


async def _new_password(world: World, ana: Any, list_id: ListId, link: Any) -> None:
    password_hash = await passwords.hash_password(PASSWORD)
    edit = LinkEdit(frozenset({"password_hash"}), password_hash=password_hash)
    await world.run(edit_link, ana, list_id, link.id, edit)


async def _maker_stepped_down(world: World, ana: Any, list_id: ListId, link: Any) -> None:
    ben = await world.user("Ben")
    await world.run(join_as_owner, ben, list_id)
    await world.run(change_role, ben, list_id, ana.user_id, EDITOR)


async def _maker_was_removed(world: World, ana: Any, list_id: ListId, link: Any) -> None:
    ben = await world.user("Ben")
    await world.run(join_as_owner, ben, list_id)
    await world.run(remove_member, ben, list_id, ana.user_id)


async def join_as_owner(work: Any, ben: Any, list_id: ListId) -> None:
    await work.lock_streams([list_stream(list_id), user_stream(ben.user_id)])
    await join_list(work, ben, list_id, Role.OWNER)


@pytest.mark.parametrize("end", [_revoked, _new_password, _maker_stepped_down, _maker_was_removed])
async def test_the_end_of_a_link_ends_its_guests(
    client: httpx.AsyncClient, world: World, served: Resources, end: Any
) -> None:
    ana = await world.user("Ana")
    list_id = await world.list(ana)
    link = await make_link(served, ana, list_id)
    guest = await make_guest(served, link)
    path = f"{API}/lists/{list_id}"
    before = await client.get(path, headers=guest.headers)

    await end(world, ana, list_id, link)

    after = await client.get(path, headers=guest.headers)
    assert (before.status_code, after.status_code) == (200, 401)
    events = await world.events(list_stream(list_id))
    gone = {"user_id": guest.actor.user_id, "reason": "link_ended"}
    assert [it["data"] for it in events if it["data"].get("reason") == "link_ended"] == [gone]
    own = await world.events(user_stream(guest.actor.user_id))
    assert [(it["event"], it["data"]) for it in own] == [
        ("session.revoked", {"session_ids": [guest.actor.user_id]})
    ]
    assert await _rows_of(served, guest) == (0, 0, 1)


async def test_a_link_of_a_disabled_account_ends(
    client: httpx.AsyncClient, world: World, served: Resources
) -> None:
    ana, admin = await world.user("Ana"), await world.user("Zoe", site_role=SiteRole.ADMIN)
    list_id = await world.list(ana)
    link = await make_link(served, ana, list_id)
    guest = await make_guest(served, link)

    await world.run(edit_user, admin, ana.user_id, AccountEdit(disabled=True))
    served.actor_cache.remove([user_stream(guest.actor.user_id)])

    refused = await client.get(f"{API}/lists/{list_id}", headers=guest.headers)
    unopened = await client.post(f"{API}/share-links/open", json={"token": link.token})
    assert (refused.status_code, unopened.status_code) == (401, 404)
    assert ("end_share_link", {"link_id": link.id}) in await Registrar(served).jobs()


async def test_a_guest_is_no_account(
    client: httpx.AsyncClient, builder: ListBuilder, world: World, served: Resources
) -> None:
    ana, admin = await world.user("Ana"), await world.user("Zoe", site_role=SiteRole.ADMIN)
    list_id = await world.list(ana)
    guest = await make_guest(served, await make_link(served, ana, list_id))
    user_id, by_ana = guest.actor.user_id, builder.headers(ana)
    new = {"list_id": list_id, "title": "Bread"}

    todo = (await client.post(f"{API}/todos", json=new, headers=guest.headers)).json()
    assigned = await client.patch(
        f"{API}/todos/{todo['id']}", json={"assignees": [user_id]}, headers=by_ana
    )
    role = await client.patch(
        f"{API}/lists/{list_id}/members/{user_id}", json={"role": "owner"}, headers=by_ana
    )
    body = {"body": f"For you @[{user_id}]"}
    comment = await client.post(f"{API}/todos/{todo['id']}/comments", json=body, headers=by_ana)
    by_admin = [
        await client.get(f"{API}/users/{user_id}", headers=builder.headers(admin)),
        await client.patch(
            f"{API}/users/{user_id}", json={"status": "active"}, headers=builder.headers(admin)
        ),
    ]
    users = await client.get(f"{API}/users", headers=builder.headers(admin))

    assert (assigned.status_code, role.status_code) == (422, 409)
    assert comment.json()["mentions"] == []
    assert [answer.status_code for answer in by_admin] == [404, 404]
    assert user_id not in users.text
    async with served.begin_read() as read:
        told = list(await read.connection.scalars(select(NotificationRow.user_id)))
    assert user_id not in told


async def test_a_site_that_requires_second_factors_asks_no_guest_for_one(
    settings: Settings, world: World, served: Resources
) -> None:
    ana = await world.user("Ana")
    guest = await make_guest(served, await make_link(served, ana, await world.list(ana)))
    strict = changed_settings(settings, require_second_factor="everyone")

    assert lacks_second_factor(strict, ana)
    assert not lacks_second_factor(strict, guest.actor)


async def test_a_guest_leaves_and_an_owner_removes_one(
    client: httpx.AsyncClient, builder: ListBuilder, world: World, served: Resources
) -> None:
    ana = await world.user("Ana")
    list_id = await world.list(ana)
    link = await make_link(served, ana, list_id)
    leaving, removed = await make_guest(served, link), await make_guest(served, link)
    members = f"{API}/lists/{list_id}/members"

    refused = await client.delete(f"{members}/{removed.actor.user_id}", headers=leaving.headers)
    left = await client.delete(f"{members}/{leaving.actor.user_id}", headers=leaving.headers)
    by_owner = await client.delete(
        f"{members}/{removed.actor.user_id}", headers=builder.headers(ana)
    )

    assert (refused.status_code, left.status_code, by_owner.status_code) == (403, 204, 204)
    for guest in (leaving, removed):
        answer = await client.get(f"{API}/lists/{list_id}", headers=guest.headers)
        assert answer.status_code == 401
    reasons = [it["data"]["reason"] for it in (await world.events(list_stream(list_id)))[-2:]]
    assert reasons == ["left", "removed"]


async def test_a_guest_of_one_list_reaches_no_other(
    client: httpx.AsyncClient, world: World, served: Resources
) -> None:
    ana = await world.user("Ana")
    list_id, other_id = await world.list(ana), await world.list(ana)
    guest = await make_guest(served, await make_link(served, ana, list_id))

    statuses = [
        (await client.get(f"{API}/lists/{it}/snapshot", headers=guest.headers)).status_code
        for it in (list_id, other_id)
    ]
    todo = await client.post(
        f"{API}/todos", json={"list_id": other_id, "title": "Bread"}, headers=guest.headers
    )

    assert (statuses, todo.status_code) == ([200, 404], 404)


async def test_an_owner_whose_list_has_only_guests_can_delete_the_account(
    world: World, served: Resources
) -> None:
    ana = await world.user("Ana")
    list_id = await world.list(ana)
    guest = await make_guest(served, await make_link(served, ana, list_id))

    await world.run(leave_all_lists, ana)

    assert await _rows_of(served, guest) == (0, 0, 1)
    own = await world.events(user_stream(guest.actor.user_id))
    assert [it["event"] for it in own] == ["session.revoked"]


async def _rows_of(served: Resources, guest: MadeGuest) -> tuple[int, int, int]:
    """Return how many sessions, memberships and users the guest has."""
    user_id = guest.actor.user_id
    async with served.begin_read() as read:
        found = [
            len(list(await read.connection.scalars(select(column).where(column == user_id, more))))
            for column, more in (
                (GuestRow.user_id, GuestRow.user_id == user_id),
                (MemberRow.user_id, MemberRow.user_id == user_id),
                (UserRow.id, UserRow.status == GUEST),
            )
        ]
    return found[0], found[1], found[2]
