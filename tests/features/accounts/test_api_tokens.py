"""API tokens: how they are created, what they reach, and how they end."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from shared.accounts import password_change
from shared.accounts.administration import AccountEdit, edit_user
from shared.accounts.api_tokens import MAX_TOKENS
from shared.accounts.authentication.api_tokens import save_last_uses
from shared.accounts.authentication.credentials import EVERY_PRINCIPAL, authenticate
from shared.accounts.profile import delete_account
from shared.accounts.registration import verify_email
from shared.contract.api_tokens import TokenScope
from shared.contract.shapes import (
    Role,
    SiteRole,
)
from shared.errors import Unauthenticated
from shared.ids import user_stream
from shared.resources import Resources
from shared.signed_links import Purpose
from shared.tables.accounts import ApiTokenRow
from tests.support.api_tokens import insert_api_token
from tests.support.clock import ManualClock
from tests.support.features.list_builder import recorded_statements
from tests.support.features.sign_in import bearer_headers
from tests.support.registration import PASSWORD, PHONE, Registrar
from tests.support.world_builder import World

API = "/api/v1"
TOKENS = f"{API}/users/me/api-tokens"
NO_LIST = "06gzk4h3d2f4h6k8m0p2r4t6w8"
BODY = {"name": "Calendar", "scope": "write"}


async def test_a_token_is_created_and_shown_once(
    client: httpx.AsyncClient, registrar: Registrar, resources: Resources
) -> None:
    ana = (await registrar.register_and_verify()).actor
    session = await bearer_headers(client)

    answer = await client.post(TOKENS, json=BODY, headers=session)

    created: dict[str, Any] = answer.json()
    assert answer.status_code == 201
    assert answer.headers["Cache-Control"] == "no-store"
    token = created.pop("token")
    by_token = {"Authorization": f"Bearer {token}"}
    me = await client.get(f"{API}/users/me", headers=by_token)
    assert me.json()["email"] == "ana@example.com"
    assert (await client.get(TOKENS, headers=session)).json() == {"items": [created]}
    async with resources.begin_read() as read:
        rows = await read.connection.execute(select(ApiTokenRow.__table__))
        assert token not in str(list(rows))
    (event,) = await registrar.events(ana.user_id, "api_token.created")
    assert event["data"] == {"token_id": created["id"]}
    (entry,) = await registrar.audit("api_token.created")
    assert entry.facts == {"token_id": created["id"], "name": "Calendar", "scope": "write"}
    assert ("send_security_notice", {"audit_id": entry.id, "to_old_address": False}) in (
        await registrar.jobs()
    )


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"name": ""}, 422, "invalid"),
        ({"name": "x" * 101}, 422, "invalid"),
        ({"scope": "everything"}, 422, "invalid"),
        ({"expires_at": "2020-01-01T00:00:00Z"}, 422, "invalid"),
        ({"list_ids": []}, 422, "invalid"),
        ({"list_ids": [NO_LIST]}, 404, "not_found"),
        ({"list_ids": [NO_LIST], "scope": "admin"}, 422, "invalid"),
    ],
)
async def test_a_token_with_a_wrong_field_is_refused(
    client: httpx.AsyncClient, registrar: Registrar, change: dict[str, Any], status: int, code: str
) -> None:
    await registrar.register_and_verify()
    session = await bearer_headers(client)

    answer = await client.post(TOKENS, json=BODY | change, headers=session)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert (await client.get(TOKENS, headers=session)).json() == {"items": []}


async def test_an_account_has_a_bounded_number_of_tokens(
    client: httpx.AsyncClient, registrar: Registrar, resources: Resources
) -> None:
    ana = (await registrar.register_and_verify()).actor
    session = await bearer_headers(client)
    for _ in range(MAX_TOKENS):
        await insert_api_token(resources, ana)

    answer = await client.post(TOKENS, json=BODY, headers=session)

    assert (answer.status_code, answer.json()["code"]) == (409, "too_many_api_tokens")


async def test_expired_tokens_make_room_for_another(
    client: httpx.AsyncClient, registrar: Registrar, resources: Resources
) -> None:
    ana = (await registrar.register_and_verify()).actor
    session = await bearer_headers(client)
    past = resources.clock.now() - timedelta(seconds=1)
    for number in range(MAX_TOKENS):
        await insert_api_token(resources, ana, expires_at=past if number < 2 else None)

    answers = [await client.post(TOKENS, json=BODY, headers=session) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [201, 201, 409]
    items = (await client.get(TOKENS, headers=session)).json()["items"]
    assert len(items) == MAX_TOKENS
    (event,) = await registrar.events(ana.user_id, "api_token.revoked")
    assert len(event["data"]["token_ids"]) == 2


async def test_a_token_of_some_lists_sees_nothing_of_the_others(
    client: httpx.AsyncClient, world: World, resources: Resources
) -> None:
    ana = await world.user("Ana")
    inside, outside = await world.list(ana, name="Inside"), await world.list(ana, name="Outside")
    everything = (await insert_api_token(resources, ana)).headers
    ids = {}
    for list_id in (inside, outside):
        body = {"list_id": list_id, "title": "Milk", "due": {"date": "2030-01-01"}}
        todo = await client.post(f"{API}/todos", json=body, headers=everything)
        ids[list_id] = todo.json()["id"]
    token = (await insert_api_token(resources, ana, lists=(inside,))).headers

    async def get(path: str) -> httpx.Response:
        return await client.get(f"{API}{path}", headers=token)

    assert [it["id"] for it in (await get("/lists")).json()["items"]] == [inside]
    for query in ("", "?search=milk", "?due_before=2031-01-01", "?page=1", "?trash=true"):
        found = (await get(f"/todos{query}")).json()["items"]
        assert {it["list_id"] for it in found} <= {inside}
    assert [it["id"] for it in (await get("/todos?search=milk")).json()["items"]] == [ids[inside]]
    snapshots = (await get("/users/me/list-snapshots")).json()["items"]
    assert [it["list"]["id"] for it in snapshots] == [inside]
    for path in (
        f"/lists/{outside}", f"/lists/{outside}/snapshot", f"/lists/{outside}/members",
        f"/lists/{outside}/labels", f"/lists/{outside}/events?epoch=x&since=0",
        f"/todos?list_id={outside}", f"/todos/{ids[outside]}", f"/todos/{ids[outside]}/comments",
        f"/todos/{ids[outside]}/reminders", f"/todos/{ids[outside]}/occurrences",
    ):  # fmt: skip
        assert (await get(path)).status_code == 404, path
    for path in ("/users/me/snapshot", "/users/me/events?epoch=x&since=0"):
        assert (await get(path)).json()["code"] == "insufficient_scope"
    new_list = await client.post(f"{API}/lists", json={"name": "New"}, headers=token)
    assert new_list.json()["code"] == "insufficient_scope"
    move = f"{API}/todos/{ids[inside]}/move"
    assert (await client.post(move, json={"list_id": outside}, headers=token)).status_code == 404
    edit = f"{API}/todos/{ids[outside]}"
    assert (await client.patch(edit, json={"title": "No"}, headers=token)).status_code == 404
    both = {"ids": list(ids.values()), "changes": {"title": "No"}}
    assert (await client.patch(f"{API}/todos/bulk", json=both, headers=token)).status_code == 404


async def test_a_token_without_any_list_left_reaches_none(
    client: httpx.AsyncClient, world: World, resources: Resources
) -> None:
    ana = await world.user("Ana")
    await world.list(ana)
    token = await insert_api_token(resources, ana, lists=())

    lists = await client.get(f"{API}/lists", headers=token.headers)

    assert lists.json()["items"] == []


async def test_a_token_has_no_more_rights_than_its_account(
    client: httpx.AsyncClient, world: World, resources: Resources
) -> None:
    ana, ben = await world.user("Ana"), await world.user("Ben")
    list_id = await world.list(ana, (ben, Role.VIEWER))
    token = (await insert_api_token(resources, ben)).headers

    refused = await client.post(
        f"{API}/todos", json={"list_id": list_id, "title": "No"}, headers=token
    )

    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")


async def test_administration_needs_the_scope_and_the_role(
    client: httpx.AsyncClient, world: World, resources: Resources
) -> None:
    ada, ana = await world.user("Ada", site_role=SiteRole.ADMIN), await world.user("Ana")
    statuses = {}
    for name, user, scope in (
        ("write", ada, TokenScope.WRITE),
        ("admin", ada, TokenScope.ADMIN),
        ("no role", ana, TokenScope.ADMIN),
    ):
        token = await insert_api_token(resources, user, scope)
        statuses[name] = (await client.get(f"{API}/users", headers=token.headers)).status_code

    assert statuses == {"write": 403, "admin": 200, "no role": 403}


async def test_no_token_gives_access_to_the_site_or_deletes_an_account(
    client: httpx.AsyncClient, world: World, registrar: Registrar, resources: Resources
) -> None:
    ada, ana = await world.user("Ada", site_role=SiteRole.ADMIN), await world.user("Ana")
    token = await insert_api_token(resources, ada, TokenScope.ADMIN)
    path = f"{API}/users/{ana.user_id}"
    message = {"subject": "Hello", "body": "You."}

    allowed = [
        await client.patch(path, json={"name": "Anna"}, headers=token.headers),
        await client.post(f"{path}/notify", json=message, headers=token.headers),
        await client.patch(path, json={"status": "disabled"}, headers=token.headers),
    ]
    refused = [
        await client.patch(path, json=change, headers=token.headers)
        for change in ({"site_role": "admin"}, {"site_role": "user"}, {"status": "active"})
    ] + [await client.delete(path, headers=token.headers)]

    assert [answer.status_code for answer in allowed] == [200, 202, 200]
    assert {(answer.status_code, answer.json()["code"]) for answer in refused} == {
        (403, "session_required")
    }
    for action in ("account.renamed", "account.notified", "account.disabled"):
        (entry,) = await registrar.audit(action)
        assert entry.facts["api_token_id"] == token.id, action
    assert await registrar.audit("account.role_changed") == []


async def test_the_audit_names_no_token_for_a_session(world: World, registrar: Registrar) -> None:
    ada, ana = await world.user("Ada", site_role=SiteRole.ADMIN), await world.user("Ana")

    await world.run(edit_user, ada, ana.user_id, AccountEdit(site_role=SiteRole.MODERATOR))

    (entry,) = await registrar.audit("account.role_changed")
    assert "api_token_id" not in entry.facts


async def test_a_saved_response_is_not_given_to_a_token_of_other_lists(
    client: httpx.AsyncClient, world: World, resources: Resources
) -> None:
    ana = await world.user("Ana")
    inside, outside = await world.list(ana), await world.list(ana, name="Outside")
    body = {"list_id": outside, "title": "Secret"}
    key = {"Idempotency-Key": "one"}
    everything = (await insert_api_token(resources, ana)).headers
    await client.post(f"{API}/todos", json=body, headers=everything | key)
    token = (await insert_api_token(resources, ana, lists=(inside,))).headers

    answer = await client.post(f"{API}/todos", json=body, headers=token | key)

    assert answer.status_code in (404, 422)
    assert "Secret" not in answer.text


async def test_an_expired_token_is_refused_though_it_was_used_just_before(
    world: World, resources: Resources
) -> None:
    clock = resources.clock = ManualClock(resources.clock.now())
    ana = await world.user("Ana")
    expires_at = clock.now() + timedelta(hours=1)
    token = await insert_api_token(resources, ana, expires_at=expires_at)
    await authenticate(resources, token.text, accepts=EVERY_PRINCIPAL)

    clock.advance(timedelta(hours=1, seconds=1))

    with pytest.raises(Unauthenticated):
        await authenticate(resources, token.text, accepts=EVERY_PRINCIPAL)


async def test_a_revoked_token_is_refused_at_once(
    client: httpx.AsyncClient, registrar: Registrar, resources: Resources
) -> None:
    ana = (await registrar.register_and_verify()).actor
    session = await bearer_headers(client)
    token = await insert_api_token(resources, ana)
    before = await client.get(f"{API}/lists", headers=token.headers)

    revoked = await client.delete(f"{TOKENS}/{token.id}", headers=session)
    again = await client.delete(f"{TOKENS}/{token.id}", headers=session)
    after = await client.get(f"{API}/lists", headers=token.headers)

    assert (before.status_code, revoked.status_code, again.status_code) == (200, 204, 404)
    assert after.status_code == 401
    (event,) = await registrar.events(ana.user_id, "api_token.revoked")
    assert event["data"] == {"token_ids": [token.id]}
    assert len(await registrar.audit("api_token.revoked")) == 1


async def test_another_users_token_cannot_be_revoked(
    client: httpx.AsyncClient, registrar: Registrar, world: World, resources: Resources
) -> None:
    await registrar.register_and_verify()
    token = await insert_api_token(resources, await world.user("Ben"))

    answer = await client.delete(f"{TOKENS}/{token.id}", headers=await bearer_headers(client))

    assert answer.status_code == 404
    await authenticate(resources, token.text, accepts=EVERY_PRINCIPAL)


async def test_a_changed_password_keeps_the_tokens_and_a_reset_revokes_them(
    registrar: Registrar, resources: Resources
) -> None:
    ana = (await registrar.register_and_verify()).actor
    token = await insert_api_token(resources, ana)

    await password_change.change_password(resources, ana, PASSWORD, "another orchard lamp")
    await authenticate(resources, token.text, accepts=EVERY_PRINCIPAL)
    await password_change.forgot_password(resources, "ana@example.com", PHONE)
    link = await registrar.newest_link_token(Purpose.RESET_PASSWORD, "ana@example.com")
    await password_change.reset_password(resources, link, "a third orchard lamp", PHONE)

    with pytest.raises(Unauthenticated):
        await authenticate(resources, token.text, accepts=EVERY_PRINCIPAL)


async def test_a_changed_address_keeps_the_tokens(
    registrar: Registrar, resources: Resources
) -> None:
    signed_in = await registrar.register_and_verify()
    token = await insert_api_token(resources, signed_in.actor)
    new = "ana@elsewhere.example"

    await registrar.change_email(signed_in.actor, new)
    link = await registrar.newest_link_token(Purpose.CHANGE_EMAIL, new)
    await verify_email(resources, link, PHONE, signed_in.actor)

    assert (await registrar.account(new)).id == signed_in.actor.user_id
    await authenticate(resources, token.text, accepts=EVERY_PRINCIPAL)


async def test_disabling_an_account_revokes_its_tokens_for_good(
    world: World, resources: Resources
) -> None:
    ada, ana = await world.user("Ada", site_role=SiteRole.ADMIN), await world.user("Ana")
    token = await insert_api_token(resources, ana)

    for disabled in (True, False):
        await world.run(edit_user, ada, ana.user_id, AccountEdit(disabled=disabled))

    with pytest.raises(Unauthenticated):
        await authenticate(resources, token.text, accepts=EVERY_PRINCIPAL)


async def test_a_deleted_account_leaves_no_token(
    registrar: Registrar, world: World, resources: Resources
) -> None:
    ana = (await registrar.register_and_verify()).actor
    await insert_api_token(resources, ana)

    await world.run(delete_account, ana)

    async with resources.begin_read() as read:
        assert list(await read.connection.execute(select(ApiTokenRow.id))) == []


async def test_the_last_use_is_saved_apart_from_the_request_and_once_a_minute(
    world: World, resources: Resources
) -> None:
    clock = resources.clock = ManualClock(resources.clock.now())
    ana = await world.user("Ana")
    token = await insert_api_token(resources, ana)

    async def last_use() -> Any:
        async with resources.begin_read() as read:
            return await read.connection.scalar(select(ApiTokenRow.last_used_at))

    async with recorded_statements(resources, with_boundaries=True) as statements:
        await authenticate(resources, token.text, accepts=EVERY_PRINCIPAL)
    assert len(statements) == 1
    assert await last_use() is None
    await save_last_uses(resources)
    used_at = await last_use()
    assert used_at == clock.now()

    for seconds, is_noted in ((30, False), (31, True)):
        clock.advance(timedelta(seconds=seconds))
        resources.actor_cache.remove([user_stream(ana.user_id)])
        await authenticate(resources, token.text, accepts=EVERY_PRINCIPAL)
        assert (token.id in resources.used_api_tokens) is is_noted
