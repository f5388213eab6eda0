"""Share links: who makes them, whom they admit, and what their answers reveal."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
import pytest_asyncio
from sqlalchemy import func, select

from api.http.rate_limits import SHARE_LINK_EDIT, SHARE_LINK_REVOKE
from shared.accounts.authentication import passwords
from shared.clock import SystemClock
from shared.contract.jobs import EndShareLink
from shared.ids import new_id
from shared.lists.commands import delete_list, restore_list
from shared.resources import Resources
from shared.settings import Settings
from shared.share_links.links import LinkEdit, edit_link, revoke_link
from shared.share_links.rules import MAX_GUESTS, MAX_LINKS
from shared.tables.accounts import AuditRow
from shared.tables.jobs import JobRow
from shared.tables.share_links import ShareLinkRow
from tests.support.api_server import client_of, running_app
from tests.support.clock import ManualClock
from tests.support.features.answers import same_but_request_id
from tests.support.features.list_builder import OWNER, ListBuilder
from tests.support.settings import changed_settings
from tests.support.share_links import make_guest, make_link
from tests.support.world_builder import World

API = "/api/v1"
PASSWORD = "a garden gate"


@pytest.fixture
def clock(served: Resources, resources: Resources) -> ManualClock:
    served.clock = resources.clock = clock = ManualClock(SystemClock().now())
    return clock


@pytest_asyncio.fixture
async def limited_client(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    limited = changed_settings(settings, rate_limits=True)
    async with running_app(limited) as app, client_of(app) as opened:
        yield opened


async def test_an_owner_makes_a_link_and_can_copy_it_again(
    builder: ListBuilder, world: World, served: Resources
) -> None:
    ana, ben = await world.user("Ana"), await world.user("Ben")
    list_id = await world.list(ana, (ben, OWNER))
    path = f"/lists/{list_id}/links"
    expires_at = "2030-01-01T00:00:00.000000Z"
    body = {"name": "Party", "role": "editor", "password": PASSWORD, "expires_at": expires_at}

    answer = await builder.request(ana, "POST", path, body)

    created: dict[str, Any] = answer.json()
    assert answer.status_code == 201
    assert (created["has_password"], created["expires_at"]) == (True, expires_at)
    shown = (await builder.request(ana, "GET", path)).json()["items"]
    assert shown == [created]
    for_another_owner = (await builder.request(ben, "GET", path)).json()["items"]
    assert for_another_owner == [created | {"token": None}]
    async with served.begin_read() as read:
        rows = str(list(await read.connection.execute(select(ShareLinkRow.__table__))))
        entries = list(await read.connection.scalars(select(AuditRow.action)))
    assert created["token"].partition(".")[2] not in rows
    assert PASSWORD not in rows
    assert "share_link.created" in entries


@pytest.mark.parametrize(
    "change",
    [{"role": "owner"}, {"name": ""}, {"name": "x" * 101}, {"password": "short"},
     {"expires_at": "2020-01-01T00:00:00Z"}],
)  # fmt: skip
async def test_a_link_that_is_not_acceptable_is_refused(
    builder: ListBuilder, world: World, change: dict[str, str]
) -> None:
    ana = await world.user()
    list_id = await world.list(ana)
    body = {"name": "Party", "role": "viewer"} | change

    answer = await builder.request(ana, "POST", f"/lists/{list_id}/links", body)

    assert answer.status_code == 422


async def test_a_list_has_ten_links_and_an_inbox_none(
    builder: ListBuilder, world: World, served: Resources
) -> None:
    ana = await world.user()
    list_id = await world.list(ana)
    body = {"name": "Party", "role": "viewer"}
    links = [await make_link(served, ana, list_id) for _ in range(MAX_LINKS)]

    refused = await builder.request(ana, "POST", f"/lists/{list_id}/links", body)
    await world.run(revoke_link, ana, list_id, links[0].id)
    admitted = await builder.request(ana, "POST", f"/lists/{list_id}/links", body)

    assert refused.json()["code"] == "too_many_links"
    assert admitted.status_code == 201


async def test_no_password_is_hashed_for_a_link_that_cannot_be(
    builder: ListBuilder, world: World, served: Resources
) -> None:
    # A password that is refused only when it would be hashed.
    ana, body = await world.user(), {"name": "Party", "role": "viewer", "password": "password123"}
    list_id = await world.list(ana)
    unknown = await builder.request(ana, "PATCH", f"/lists/{list_id}/links/{new_id()}", body)
    for _ in range(MAX_LINKS):
        await make_link(served, ana, list_id)

    full = await builder.request(ana, "POST", f"/lists/{list_id}/links", body)

    assert unknown.status_code == 404
    assert full.json()["code"] == "too_many_links"


async def test_changes_of_links_are_limited_and_each_can_still_be_revoked(
    limited_client: httpx.AsyncClient, builder: ListBuilder, world: World, served: Resources
) -> None:
    ana = await world.user("Ana")
    list_id = await world.list(ana)
    link = await make_link(served, ana, list_id)
    links, headers = f"{API}/lists/{list_id}/links", builder.headers(ana)
    path, new = f"{links}/{link.id}", {"name": "Party", "role": "viewer", "password": PASSWORD}

    codes = [
        (await limited_client.patch(path, json={"name": f"{it}"}, headers=headers)).status_code
        for it in range(SHARE_LINK_EDIT.max_attempts)
    ]
    refused = [
        await limited_client.patch(path, json={"password": PASSWORD}, headers=headers),
        await limited_client.post(links, json=new, headers=headers),
    ]
    revoked = await limited_client.delete(path, headers=headers)
    unknown = [
        (await limited_client.delete(path, headers=headers)).status_code
        for _ in range(SHARE_LINK_REVOKE.max_attempts)
    ]

    assert codes == [200] * SHARE_LINK_EDIT.max_attempts
    assert [it.status_code for it in refused] == [429, 429]
    assert revoked.status_code == 204
    assert unknown == [404] * (SHARE_LINK_REVOKE.max_attempts - 1) + [429]


async def test_an_end_that_is_set_again_adds_no_job(world: World, served: Resources) -> None:
    ana = await world.user("Ana")
    list_id = await world.list(ana)
    expires_at = served.clock.now() + timedelta(hours=1)
    link = await make_link(served, ana, list_id, expires_at=expires_at)

    for end in (None, expires_at) * 2:
        edit = LinkEdit(frozenset({"expires_at"}), expires_at=end)
        await world.run(edit_link, ana, list_id, link.id, edit)

    async with served.begin_read() as read:
        added = select(func.count()).where(JobRow.kind == EndShareLink.kind)
        assert await read.connection.scalar(added) == 1


@pytest.mark.parametrize("is_changed", [False, True], ids=["from the start", "later"])
async def test_a_link_and_its_guests_expire(
    client: httpx.AsyncClient, world: World, served: Resources, clock: ManualClock, is_changed: bool
) -> None:
    ana = await world.user("Ana")
    list_id = await world.list(ana)
    expires_at = clock.now() + timedelta(hours=1)
    link = await make_link(served, ana, list_id, expires_at=None if is_changed else expires_at)
    guest = await make_guest(served, link)
    if is_changed:
        edit = LinkEdit(frozenset({"expires_at"}), expires_at=expires_at)
        await world.run(edit_link, ana, list_id, link.id, edit)
    clock.advance(timedelta(hours=1))

    refused = await client.get(f"{API}/lists/{list_id}", headers=guest.headers)
    unopened = await client.post(f"{API}/share-links/open", json={"token": link.token})

    assert refused.status_code == 401
    assert (unopened.status_code, unopened.json()["code"]) == (403, "link_ended")


async def test_only_the_holder_of_the_token_learns_what_became_of_a_link(
    client: httpx.AsyncClient, world: World, served: Resources, clock: ManualClock
) -> None:
    ana = await world.user("Ana")
    list_id = await world.list(ana)
    revoked, expired, locked = [
        await make_link(
            served,
            ana,
            list_id,
            password_hash=await passwords.hash_password(PASSWORD) if number == 2 else None,
            expires_at=clock.now() + timedelta(minutes=1) if number == 1 else None,
        )
        for number in range(3)
    ]
    await world.run(revoke_link, ana, list_id, revoked.id)
    clock.advance(timedelta(minutes=2))

    forged = [
        await client.post(
            f"{API}/share-links/{verb}", json={"token": f"{link_id}.{'x' * 43}"} | extra
        )
        for link_id in (revoked.id, expired.id, locked.id, new_id())
        for verb, extra in (
            ("open", {}),
            ("open", {"password": PASSWORD}),
            ("join", {"name": "Gil"}),
        )
    ]
    known = [
        (await client.post(f"{API}/share-links/open", json=body)).json()["code"]
        for body in (
            {"token": revoked.token}, {"token": expired.token}, {"token": locked.token},
            {"token": locked.token, "password": "not this one"},
        )
    ]  # fmt: skip

    assert {answer.status_code for answer in forged} == {404}
    bodies = [same_but_request_id(answer) for answer in forged]
    assert all(body == bodies[0] for body in bodies)
    assert known == ["link_ended", "link_ended", "link_password_required", "wrong_link_password"]


async def test_wrong_passwords_are_limited_and_right_ones_are_not(
    limited_client: httpx.AsyncClient, world: World, served: Resources
) -> None:
    ana = await world.user("Ana")
    list_id = await world.list(ana)
    password_hash = await passwords.hash_password(PASSWORD)
    link = await make_link(served, ana, list_id, password_hash=password_hash)
    path, right = f"{API}/share-links/open", {"token": link.token, "password": PASSWORD}
    for _ in range(11):
        assert (await limited_client.post(path, json=right)).status_code == 200

    codes = [
        (await limited_client.post(path, json=right | {"password": f"wrong {it}"})).status_code
        for it in range(11)
    ]
    locked_out = await limited_client.post(path, json=right)

    assert codes == [403] * 10 + [429]
    assert locked_out.status_code == 429


async def test_a_list_in_the_trash_admits_no_guest_until_it_is_restored(
    client: httpx.AsyncClient, world: World, served: Resources
) -> None:
    ana = await world.user("Ana")
    list_id = await world.list(ana)
    link = await make_link(served, ana, list_id)
    guest = await make_guest(served, link)

    async def statuses() -> tuple[int, int]:
        opened = await client.post(f"{API}/share-links/open", json={"token": link.token})
        read = await client.get(f"{API}/lists/{list_id}", headers=guest.headers)
        return opened.status_code, read.status_code

    await world.run(delete_list, ana, list_id)
    in_trash = await statuses()
    await world.run(restore_list, ana, list_id)

    assert (in_trash, await statuses()) == ((404, 404), (200, 200))


async def test_a_list_has_a_hundred_guests(
    client: httpx.AsyncClient, world: World, served: Resources, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.share_links.guests.MAX_GUESTS", 2)
    ana = await world.user("Ana")
    list_id = await world.list(ana)
    link = await make_link(served, ana, list_id)
    for _ in range(2):
        await make_guest(served, link)

    body = {"token": link.token, "name": "Gil"}
    answer = await client.post(f"{API}/share-links/join", json=body)

    assert (answer.status_code, answer.json()["code"]) == (409, "too_many_guests")
    assert MAX_GUESTS == 100
