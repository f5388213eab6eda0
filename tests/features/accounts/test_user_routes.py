"""The routes of /users: status codes, bodies and headers."""

from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from shared.accounts.authentication.access_tokens import make_access_token
from shared.accounts.bounces import suppress_address
from shared.contract.shapes import SiteRole
from shared.ids import list_stream
from shared.signed_links import Purpose
from tests.support.features.list_builder import EDITOR, OWNER, ListBuilder
from tests.support.features.sign_in import bearer_headers
from tests.support.registration import PASSWORD, Registrar
from tests.support.world_builder import World

V1 = "/api/v1"
ANA = "ana@example.com"


async def test_the_account_snapshot_holds_all_data_of_the_user(
    client: httpx.AsyncClient, registrar: Registrar
) -> None:
    signed_in = await registrar.register_and_verify()

    snapshot = (
        await client.get(f"{V1}/users/me/snapshot", headers=await bearer_headers(client))
    ).json()

    assert snapshot["stream"]["list_id"] == f"user:{signed_in.actor.user_id}"
    assert snapshot["account"]["email"] == ANA
    assert [shape["name"] for shape in snapshot["lists"]] == ["Inbox"]


async def test_a_profile_is_edited_field_by_field(
    client: httpx.AsyncClient, registrar: Registrar
) -> None:
    await registrar.register_and_verify()
    bearer = await bearer_headers(client)
    picture = {"avatar_url": "https://pics.example/a.png", "bio": "Gardens."}

    await client.patch(f"{V1}/users/me", json=picture, headers=bearer)
    answer = await client.patch(f"{V1}/users/me", json={"avatar_url": None}, headers=bearer)

    me = answer.json()
    assert (me["avatar_url"], me["bio"], me["name"]) == (None, "Gardens.", "Ana")
    assert answer.headers["livelist-seq"].startswith(f"user:{me['id']}:")


@pytest.mark.parametrize("name", ["\u2800", "\u200b\u200d", "Ana\u202e", "\u2066Ana\u2069"])
async def test_a_name_that_is_invisible_or_turns_text_around_is_refused(
    client: httpx.AsyncClient, registrar: Registrar, name: str
) -> None:
    await registrar.register_and_verify()
    bearer = await bearer_headers(client)

    renamed = await client.patch(f"{V1}/users/me", json={"name": name}, headers=bearer)
    shared = await client.post(f"{V1}/lists", json={"name": name}, headers=bearer)

    for answer in (renamed, shared):
        assert answer.status_code == 422
        (error,) = answer.json()["errors"]
        assert "seen" in error["message"] or "direction" in error["message"]


async def test_a_user_sees_that_their_mail_bounces_and_lifts_the_suppression(
    client: httpx.AsyncClient, registrar: Registrar, world: World
) -> None:
    await registrar.register_and_verify()
    await world.run(suppress_address, ANA, "550 5.1.1")
    bearer = await bearer_headers(client)

    before = (await client.get(f"{V1}/users/me", headers=bearer)).json()
    lifted = await client.delete(f"{V1}/users/me/mail-refusal", headers=bearer)
    again = await client.delete(f"{V1}/users/me/mail-refusal", headers=bearer)

    assert before["mail_refused_at"] is not None
    assert before["mail_refusal"] == "550 5.1.1"
    assert (lifted.status_code, lifted.json()["mail_refused_at"]) == (200, None)
    assert lifted.json() == (await client.get(f"{V1}/users/me", headers=bearer)).json()
    assert (again.status_code, again.json()) == (200, lifted.json())


INVALID_VALUES: list[tuple[str, Any]] = [
    ("name", ""),
    ("name", None),
    ("name", "x" * 101),
    ("name", "two\nlines"),
    ("bio", None),
    ("time_zone", "Mars/Olympus"),
    ("time_zone", "../etc/passwd"),
    ("time_zone", None),
    ("locale", "en_GB; rm"),
    ("avatar_url", "http://pics.example/a.png"),
    ("avatar_url", "javascript:alert(1)"),
    ("avatar_url", "https://user:pass@pics.example/a.png"),
    ("avatar_url", "https://pics.example:99999/a.png"),
    ("avatar_url", "https://"),
    ("avatar_url", ""),
    ("site_role", "admin"),
    ("status", "active"),
    ("email", "other@example.com"),
]


async def test_invalid_values_and_rights_are_refused_in_a_profile(
    client: httpx.AsyncClient, registrar: Registrar
) -> None:
    await registrar.register_and_verify()
    bearer = await bearer_headers(client)

    for field, value in INVALID_VALUES:
        answer = await client.patch(f"{V1}/users/me", json={field: value}, headers=bearer)
        assert (answer.status_code, field, value) == (422, field, value)
        assert answer.json()["errors"][0]["field"] == field


async def test_password_address_and_account_are_changed(
    client: httpx.AsyncClient, registrar: Registrar
) -> None:
    await registrar.register_and_verify()
    bearer = await bearer_headers(client)
    new = "another orchard lamp"

    changed = await client.post(
        f"{V1}/users/me/password",
        json={"current_password": PASSWORD, "new_password": new},
        headers=bearer,
    )
    asked = await client.post(
        f"{V1}/users/me/email",
        json={"email": "ana@elsewhere.example"},
        headers=bearer,
    )
    token = await registrar.newest_link_token(Purpose.CHANGE_EMAIL, "ana@elsewhere.example")
    followed = await client.post(f"{V1}/auth/verify-email", json={"token": token}, headers=bearer)
    gone = await client.delete(f"{V1}/users/me", headers=bearer)

    assert [answer.status_code for answer in (changed, asked, followed, gone)] == [
        204, 202, 200, 200,
    ]  # fmt: skip
    assert (await client.get(f"{V1}/users/me", headers=bearer)).status_code == 401


async def _as(app: FastAPI, world: World, role: SiteRole, name: str) -> dict[str, str]:
    actor = await world.user(name, site_role=role)
    resources = app.state.resources
    token, _ = make_access_token(
        resources.settings, actor.user_id, actor.session_id, resources.clock.now()
    )
    return {"Authorization": f"Bearer {token}"}


async def test_admin_routes_require_the_role(
    app: FastAPI, client: httpx.AsyncClient, world: World
) -> None:
    ben = await world.user("Ben")
    path = f"{V1}/users/{ben.user_id}"
    message = {"subject": "Hello", "body": "You."}

    statuses = {}
    for role in SiteRole:
        headers = await _as(app, world, role, role.value)
        statuses[role] = [
            (await client.get(f"{V1}/users?q=ben&role=user", headers=headers)).status_code,
            (await client.get(path, headers=headers)).status_code,
            (await client.patch(path, json={"name": "Benny"}, headers=headers)).status_code,
            (await client.post(f"{path}/notify", json=message, headers=headers)).status_code,
        ]

    assert statuses == {
        SiteRole.USER: [403, 403, 403, 403],
        SiteRole.MODERATOR: [200, 200, 403, 403],
        SiteRole.ADMIN: [200, 200, 200, 202],
    }


async def test_an_admin_disables_an_account_by_the_route(
    app: FastAPI, client: httpx.AsyncClient, world: World, registrar: Registrar
) -> None:
    await registrar.register_and_verify()
    ana_headers = await bearer_headers(client)
    headers = await _as(app, world, SiteRole.ADMIN, "Ada")
    found = (await client.get(f"{V1}/users?q={ANA}&status=active", headers=headers)).json()
    path = f"{V1}/users/{found['items'][0]['id']}"

    answer = await client.patch(path, json={"status": "disabled"}, headers=headers)

    assert answer.json()["status"] == "disabled"
    assert (await client.get(f"{V1}/users/me", headers=ana_headers)).status_code == 401
    refused = await client.patch(path, json={"status": "pending"}, headers=headers)
    assert refused.status_code == 422


async def test_renaming_a_user_does_not_tell_the_admin_which_lists_they_are_in(
    app: FastAPI, client: httpx.AsyncClient, world: World
) -> None:
    ben = await world.user("Ben")
    home = await world.list(ben)
    headers = await _as(app, world, SiteRole.ADMIN, "Ada") | {"Idempotency-Key": "once"}

    answers = [
        await client.patch(f"{V1}/users/{ben.user_id}", json={"name": "Benny"}, headers=headers)
        for _ in range(2)
    ]

    assert (await world.events(list_stream(home)))[-1]["event"] == "member.edited"
    for answer in answers:
        assert answer.status_code == 200
        assert home not in str(answer.headers)


async def test_an_admin_deletes_another_account_but_not_their_own(
    world: World, builder: ListBuilder
) -> None:
    admin, ana = await world.user("Ada", site_role=SiteRole.ADMIN), await world.user("Ana")
    home = await builder.make_list({admin: OWNER, ana: EDITOR})

    own = await builder.request(admin, "DELETE", f"/users/{admin.user_id}")
    deleted = await builder.request(admin, "DELETE", f"/users/{ana.user_id}")
    again = await builder.request(admin, "DELETE", f"/users/{ana.user_id}")

    assert (own.status_code, own.json()["code"]) == (403, "not_yourself")
    assert (deleted.status_code, again.status_code) == (204, 404)
    assert "livelist-seq" not in deleted.headers
    assert (await builder.request(ana, "GET", "/users/me")).status_code == 401
    members = (await builder.request(admin, "GET", f"/lists/{home}/members")).text
    assert (admin.user_id in members, ana.user_id in members) == (True, False)
    audit = await builder.request(admin, "GET", "/audit?action=account.deleted")
    [entry] = audit.json()["items"]
    assert {admin.user_id, ana.user_id} <= set(map(str, entry.values()))


async def test_an_admin_cannot_delete_the_only_owner_of_a_shared_list(
    world: World, builder: ListBuilder
) -> None:
    admin = await world.user("Admin", site_role=SiteRole.ADMIN)
    ana, ben = await world.user("Ana"), await world.user("Ben")
    await builder.make_list({ana: OWNER, ben: EDITOR})

    answer = await builder.request(admin, "DELETE", f"/users/{ana.user_id}")

    assert (answer.status_code, answer.json()["code"]) == (409, "last_owner")
