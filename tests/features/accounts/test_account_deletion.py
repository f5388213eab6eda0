"""The deletion of the own account: grace, keeping it, deleting it now, and after the grace."""

import json
import re
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select, update

from shared.accounts import profile
from shared.accounts.administration import AccountEdit, edit_user
from shared.accounts.password_change import forgot_password, reset_password
from shared.accounts.personal_data.deletion import delete_after_grace, request_deletion
from shared.actor import Actor
from shared.contract.personal_data import AccountDeletionShape
from shared.contract.shapes import Role, SiteRole
from shared.errors import Conflict
from shared.ids import ListId, UserId
from shared.lists.list_members import read_member
from shared.members.commands import change_role, remove_member
from shared.resources import Resources
from shared.signed_links import Purpose
from shared.tables.accounts import SessionRow, UserRow
from shared.tables.personal_data import AccountDeletionRow
from shared.unit_of_work import UnitOfWork
from tests.support.api_tokens import insert_api_token
from tests.support.features.permissions import API, ROUTES, STREAM
from tests.support.features.second_factors import begin, finish, user_with_app
from tests.support.features.sign_in import bearer_headers, post_login
from tests.support.registration import LAPTOP, PASSWORD, Registrar
from tests.support.worker.table_rows import run_chore
from tests.support.world_builder import World
from worker.cleanup import leaving_accounts

DELETION = f"{API}/users/me/deletion"
# What a leaving account may use.
OWN_ROUTES = {f"{method} /users/me/deletion" for method in ("GET", "POST", "DELETE")}
# By the refresh token.
SIGN_OUT = {"POST /auth/logout"}


@pytest.fixture
async def ana(registrar: Registrar) -> Actor:
    return (await registrar.register_and_verify()).actor


async def _delete(client: httpx.AsyncClient, headers: dict[str, str]) -> httpx.Response:
    return await client.delete(f"{API}/users/me", headers=headers)


async def _request(resources: Resources, user: Actor) -> AccountDeletionShape:
    async with resources.begin() as work:
        return await request_deletion(work, user, 7)


async def _end_grace(resources: Resources) -> None:
    async with resources.begin() as work:
        await work.connection.execute(update(AccountDeletionRow).values(delete_at=work.now))


async def _exists(resources: Resources, user_id: UserId) -> bool:
    async with resources.begin_read() as read:
        counted = select(func.count()).where(UserRow.id == user_id)
        return bool(await read.connection.scalar(counted))


async def test_a_deleted_account_can_be_kept_for_a_week(
    client: httpx.AsyncClient, registrar: Registrar, resources: Resources, ana: Actor
) -> None:
    laptop, phone = await bearer_headers(client), await bearer_headers(client)
    token = await insert_api_token(resources, ana)

    answer = await _delete(client, laptop)

    delete_at = answer.json()["delete_at"]
    for headers in (laptop, phone, token.headers):
        assert (await client.get(f"{API}/users/me", headers=headers)).status_code == 401
    (entry,) = await registrar.audit("account.deletion_requested")
    notice = ("send_security_notice", {"audit_id": entry.id, "to_old_address": False})
    assert notice in await registrar.jobs()
    signed_in = (await post_login(client)).json()
    assert signed_in["delete_at"] == delete_at
    headers = {"Authorization": f"Bearer {signed_in['access_token']}"}
    assert (await client.get(DELETION, headers=headers)).json() == {"delete_at": delete_at}
    assert (await client.get(f"{API}/users/me", headers=headers)).status_code == 401

    assert (await client.delete(DELETION, headers=headers)).status_code == 204

    for kept in (headers, token.headers):
        assert (await client.get(f"{API}/users/me", headers=kept)).status_code == 200
    assert (await client.get(DELETION, headers=headers)).status_code == 401
    assert (await post_login(client)).json()["delete_at"] is None
    await _end_grace(resources)
    await run_chore(resources, "leaving_accounts")
    assert await _exists(resources, ana.user_id)


async def test_a_session_of_a_leaving_account_reaches_no_other_route(
    client: httpx.AsyncClient, ana: Actor, resources: Resources
) -> None:
    await _request(resources, ana)
    headers = await bearer_headers(client)

    tried, reached = 0, {}
    for route in sorted(set(ROUTES) - OWN_ROUTES):
        method, path = route.split()
        if method == STREAM:
            continue
        address = API + re.sub(r"{\w+}", "06gzk4h3d2f4h6k8m0p2r4t6w8", path)
        body = _with_an_id(ROUTES[route])
        anonymous = await client.request(method, address, json=body)
        # Nobody has to be signed in for the others.
        if anonymous.status_code == 401:
            tried += 1
            answer = await client.request(method, address, json=body, headers=headers)
            if answer.status_code != 401 and route not in SIGN_OUT:
                reached[route] = answer.status_code

    assert reached == {}
    assert tried > 60


def _with_an_id(body: Any) -> Any:
    """Return the body with an id of nothing in place of those of the scenario."""
    text = re.sub(r"{\w+_id}", "06gzk4h3d2f4h6k8m0p2r4t6w8", json.dumps(body))
    return json.loads(text)


async def test_deleting_the_account_takes_a_recent_proof_of_the_user(
    client: httpx.AsyncClient, ana: Actor, resources: Resources
) -> None:
    headers = await bearer_headers(client)
    async with resources.begin() as work:
        long_ago = work.now - timedelta(hours=1)
        await work.connection.execute(update(SessionRow).values(authenticated_at=long_ago))

    refused = [
        await _delete(client, headers),
        await client.post(f"{API}/users/me/exports", headers=headers),
    ]

    assert [answer.json()["code"] for answer in refused] == ["step_up_required"] * 2
    assert (await client.get(f"{API}/users/me", headers=headers)).status_code == 200


async def test_after_the_grace_the_account_is_deleted_once_with_a_last_mail(
    registrar: Registrar, resources: Resources, ana: Actor
) -> None:
    await _request(resources, ana)
    await run_chore(resources, "leaving_accounts")
    assert await _exists(resources, ana.user_id)

    await _end_grace(resources)
    for _ in range(2):
        await run_chore(resources, "leaving_accounts")

    assert not await _exists(resources, ana.user_id)
    (entry,) = await registrar.audit("account.deleted")
    assert entry.facts == {"old_email": "ana@example.com"}
    assert (await registrar.jobs()).count(
        ("send_security_notice", {"audit_id": entry.id, "to_old_address": True})
    ) == 1


async def test_a_deletion_that_breaks_off_changes_nothing_and_is_done_again(
    resources: Resources, ana: Actor, registrar: Registrar, monkeypatch: pytest.MonkeyPatch
) -> None:
    await _request(resources, ana)
    await _end_grace(resources)

    async def fail(*_: object) -> None:
        raise OSError("the worker dies")

    with monkeypatch.context() as broken:
        broken.setattr(profile, "anonymize_actor", fail)
        await run_chore(resources, "leaving_accounts")
    assert await _exists(resources, ana.user_id)
    assert await registrar.audit("account.deleted") == []

    await run_chore(resources, "leaving_accounts")

    assert not await _exists(resources, ana.user_id)
    assert len(await registrar.audit("account.deleted")) == 1


async def test_accounts_whose_deletion_fails_hold_up_no_others(
    world: World, resources: Resources, monkeypatch: pytest.MonkeyPatch
) -> None:
    users = [await world.user(f"U{number}") for number in range(6)]
    for user in users:
        await _request(resources, user)
    await _end_grace(resources)
    # The chore reads equal times in the order of the ids.
    oldest = sorted(user.user_id for user in users)
    failing, tried = set(oldest[:3]), []

    async def fail_for_some(work: UnitOfWork, user_id: UserId) -> None:
        tried.append(user_id)
        if user_id in failing:
            raise OSError("this one cannot be deleted")
        await delete_after_grace(work, user_id)

    monkeypatch.setattr(leaving_accounts, "BATCH", 2)
    monkeypatch.setattr(leaving_accounts, "delete_after_grace", fail_for_some)
    await run_chore(resources, "leaving_accounts")

    left = {user.user_id for user in users if await _exists(resources, user.user_id)}
    assert left == failing
    assert tried == oldest


async def test_it_is_deleted_now_only_after_a_recent_sign_in(
    client: httpx.AsyncClient, ana: Actor, resources: Resources
) -> None:
    await _request(resources, ana)
    headers = await bearer_headers(client)
    async with resources.begin() as work:
        an_hour = timedelta(hours=1)
        await work.connection.execute(
            update(SessionRow).values(authenticated_at=work.now - an_hour)
        )

    refused = await client.post(DELETION, headers=headers)
    accepted = await client.post(DELETION, headers=await bearer_headers(client))

    assert (refused.status_code, refused.json()["code"]) == (403, "sign_in_again")
    assert accepted.status_code == 204
    assert not await _exists(resources, ana.user_id)
    assert (await post_login(client)).status_code == 401


async def test_without_days_of_grace_it_is_deleted_at_once(
    client: httpx.AsyncClient,
    ana: Actor,
    resources: Resources,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # pydantic's settings are frozen.
    monkeypatch.setitem(resources.settings.accounts.__dict__, "account_deletion_grace_days", 0)

    answer = await _delete(client, await bearer_headers(client))

    assert answer.json() == {"delete_at": None}
    assert not await _exists(resources, ana.user_id)


async def test_it_is_refused_while_a_shared_list_would_have_no_owner(
    world: World, resources: Resources, ana: Actor
) -> None:
    ben = await world.user("Ben")
    list_id = await world.list(ana, (ben, Role.EDITOR), name="Shared")

    with pytest.raises(Conflict) as refused:
        await _request(resources, ana)

    assert refused.value.reason == "last_owner"
    await world.run(change_role, ana, list_id, ben.user_id, Role.OWNER)
    assert (await _request(resources, ana)).delete_at


async def test_a_list_whose_other_owner_left_meanwhile_goes_to_its_first_editor(
    world: World, resources: Resources, ana: Actor
) -> None:
    ben, eva, kim = await world.user("Ben"), await world.user("Eva"), await world.user("Kim")
    roles = ((kim, Role.VIEWER), (ben, Role.OWNER), (eva, Role.EDITOR))
    list_id = await world.list(ana, *roles, name="Shared")
    await _request(resources, ana)
    await world.run(remove_member, ben, list_id, ben.user_id)

    await _end_grace(resources)
    await run_chore(resources, "leaving_accounts")

    assert not await _exists(resources, ana.user_id)
    assert await _role(world, list_id, eva) is Role.OWNER
    assert await _role(world, list_id, kim) is Role.VIEWER
    events = await world.events(list_id)  # type: ignore[arg-type]
    assert [frame["event"] for frame in events][-2:] == ["member.edited", "member.removed"]


async def _role(world: World, list_id: ListId, user: Actor) -> Role | None:
    member = await world.query(read_member, list_id, user.user_id)
    return member.role if member else None


async def test_the_last_administrator_cannot_leave(
    world: World, resources: Resources, ana: Actor
) -> None:
    async with resources.begin() as work:
        await work.connection.execute(update(UserRow).values(site_role="admin"))

    with pytest.raises(Conflict) as refused:
        await _request(resources, ana)

    assert refused.value.reason == "last_admin"


async def test_a_forgotten_password_can_be_reset_to_keep_the_account(
    client: httpx.AsyncClient, registrar: Registrar, resources: Resources, ana: Actor
) -> None:
    await _request(resources, ana)

    await forgot_password(resources, "ana@example.com", LAPTOP)
    token = await registrar.newest_link_token(Purpose.RESET_PASSWORD, "ana@example.com")
    await reset_password(resources, token, PASSWORD, LAPTOP)

    assert (await post_login(client)).json()["delete_at"]


async def test_an_administrator_who_disables_it_leaves_its_user_no_way_back(
    client: httpx.AsyncClient, world: World, resources: Resources, ana: Actor
) -> None:
    admin = await world.user("Ada", site_role=SiteRole.ADMIN)
    await _request(resources, ana)
    headers = await bearer_headers(client)

    await world.run(edit_user, admin, ana.user_id, AccountEdit(disabled=True))

    assert (await client.delete(DELETION, headers=headers)).status_code == 401
    assert (await post_login(client)).json()["code"] == "disabled"
    await _end_grace(resources)
    await run_chore(resources, "leaving_accounts")
    assert not await _exists(resources, ana.user_id)


async def test_an_administrator_who_disables_it_changes_name_and_role_as_well(
    registrar: Registrar, world: World, resources: Resources, ana: Actor
) -> None:
    admin = await world.user("Ada", site_role=SiteRole.ADMIN)
    await world.run(edit_user, admin, ana.user_id, AccountEdit(site_role=SiteRole.ADMIN))
    await _request(resources, ana)

    edit = AccountEdit(name="Anna", site_role=SiteRole.USER, disabled=True)
    edited = await world.run(edit_user, admin, ana.user_id, edit)

    assert (edited.name, edited.site_role, edited.status) == ("Anna", "user", "disabled")
    assert len(await registrar.audit("account.disabled")) == 1
    assert len(await registrar.audit("account.role_changed")) == 2


async def test_an_administrator_who_enables_it_keeps_it(
    client: httpx.AsyncClient, world: World, resources: Resources, ana: Actor
) -> None:
    admin = await world.user("Ada", site_role=SiteRole.ADMIN)
    await _request(resources, ana)

    await world.run(edit_user, admin, ana.user_id, AccountEdit(disabled=False))

    assert (await post_login(client)).json()["delete_at"] is None
    await _end_grace(resources)
    await run_chore(resources, "leaving_accounts")
    assert await _exists(resources, ana.user_id)


async def test_a_refreshed_session_says_again_when_the_account_is_deleted(
    client: httpx.AsyncClient, ana: Actor, resources: Resources
) -> None:
    deletion = await _request(resources, ana)
    body = {"refresh_token": (await post_login(client)).json()["refresh_token"]}

    answer = await client.post(f"{API}/auth/refresh", json=body)

    assert answer.json()["delete_at"] == deletion.model_dump(mode="json")["delete_at"]


async def test_an_account_with_a_second_factor_is_kept_after_both_steps(
    client: httpx.AsyncClient, registrar: Registrar, resources: Resources
) -> None:
    user = await user_with_app(registrar)
    await _request(resources, user.tokens.actor)

    answer = await finish(client, await begin(client), user.code())

    assert answer.json()["delete_at"]
    headers = {"Authorization": f"Bearer {answer.json()['access_token']}"}
    assert (await client.delete(DELETION, headers=headers)).status_code == 204
