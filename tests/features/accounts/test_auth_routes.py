"""The routes of /auth and /ws-ticket: status codes, bodies, headers and cookies."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest

from api.routes.account import email_links
from shared.accounts.authentication.tickets import redeem_ticket
from shared.clock import monotonic
from shared.errors import Unauthenticated
from shared.resources import Resources
from shared.settings import Settings
from shared.signed_links import Purpose
from tests.support.api_server import client_of, running_app
from tests.support.features.sign_in import bearer_headers, post_login
from tests.support.registration import PASSWORD, Registrar
from tests.support.settings import changed_settings

V1 = "/api/v1"
ANA = "ana@example.com"
OURS = {"Origin": "http://localhost:8000", "Livelist-Client": "web"}


async def test_from_registration_to_the_first_request(
    client: httpx.AsyncClient, registrar: Registrar
) -> None:
    registration = {"email": ANA, "password": PASSWORD, "name": "Ana", "time_zone": "Europe/Berlin"}
    registered = await client.post(f"{V1}/auth/register", json=registration)
    token = await registrar.newest_link_token(Purpose.VERIFY_EMAIL, ANA)
    verified = await client.post(f"{V1}/auth/verify-email", json={"token": token})

    bearer = {"Authorization": f"Bearer {verified.json()['access_token']}"}
    me = await client.get(f"{V1}/users/me", headers=bearer)

    assert (registered.status_code, registered.json()) == (202, {"status": "accepted"})
    assert verified.status_code == 200
    assert verified.json().keys() == {
        "access_token", "refresh_token", "token_type", "expires_in", "must_set_up_second_factor",
        "delete_at",
    }  # fmt: skip
    assert verified.headers["cache-control"] == "no-store"
    assert me.json()["email"] == ANA
    assert me.json()["time_zone"] == "Europe/Berlin"
    assert me.headers["etag"] == f'"{me.json()["version"]}"'


async def test_the_oauth_form_signs_in(client: httpx.AsyncClient, registrar: Registrar) -> None:
    await registrar.register_and_verify()

    form = {"username": ANA, "password": PASSWORD, "grant_type": "password", "scope": ""}
    answer = await client.post(f"{V1}/auth/token", data=form)

    assert answer.json()["token_type"] == "bearer"


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("register", {"password": PASSWORD, "name": "Ana"}),
        ("forgot-password", {}),
        ("resend-verification", {}),
    ],
)
async def test_known_and_unknown_addresses_get_the_same_bytes(
    client: httpx.AsyncClient, registrar: Registrar, path: str, body: dict[str, str]
) -> None:
    await registrar.register_and_verify()
    await registrar.register("pending@example.com")

    answers = [
        await client.post(f"{V1}/auth/{path}", json=body | {"email": email})
        for email in (ANA, "pending@example.com", "nobody@example.com")
    ]

    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.content for answer in answers}) == 1
    assert len({frozenset(answer.headers.keys()) for answer in answers}) == 1


async def test_refused_sign_ins_get_the_same_bytes(
    client: httpx.AsyncClient, registrar: Registrar
) -> None:
    await registrar.register_and_verify()
    await registrar.register("pending@example.com")

    bodies = set()
    for email in (ANA, "pending@example.com", "nobody@example.com", "nonsense"):
        body = {"email": email, "password": "not the password"}
        answer = await client.post(f"{V1}/auth/login", json=body)
        problem = answer.json()
        problem.pop("request_id")
        bodies.add((answer.status_code, problem["code"], str(sorted(problem.items()))))

    assert len(bodies) == 1
    assert bodies.pop()[:2] == (401, "bad_credentials")


async def test_known_and_unknown_addresses_take_the_same_time(
    client: httpx.AsyncClient, registrar: Registrar, monkeypatch: pytest.MonkeyPatch
) -> None:
    await registrar.register_and_verify()
    monkeypatch.setattr(email_links, "MIN_RESPONSE_SECONDS", 0.25)

    for email in (ANA, "nobody@example.com"):
        began = monotonic()
        await client.post(f"{V1}/auth/forgot-password", json={"email": email})
        assert monotonic() - began >= 0.25


async def test_a_right_password_on_an_unverified_account_says_so(
    client: httpx.AsyncClient, registrar: Registrar
) -> None:
    await registrar.register(ANA)

    answer = await post_login(client)

    assert (answer.status_code, answer.json()["code"]) == (403, "unverified")


async def test_a_browser_gets_its_refresh_token_only_in_a_cookie(
    client: httpx.AsyncClient, registrar: Registrar
) -> None:
    await registrar.register_and_verify()

    answer = await post_login(client, **OURS)

    assert answer.json()["refresh_token"] is None
    cookie = answer.headers.get_list("set-cookie")[0]
    name, _, rest = cookie.partition("=")
    assert name == "livelist_refresh"
    assert {"HttpOnly", "Path=/", "SameSite=strict"} <= set(rest.split("; "))
    assert "Secure" not in rest
    assert "Domain" not in rest


@asynccontextmanager
async def _app_over_tls(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    over_tls = changed_settings(
        settings, public_url="https://todo.example.org", allowed_hosts=("localhost",)
    )
    async with running_app(over_tls) as app, client_of(app) as client:
        yield client


async def test_over_tls_the_cookie_is_bound_to_the_host(
    settings: Settings, registrar: Registrar
) -> None:
    await registrar.register_and_verify()

    async with _app_over_tls(settings) as client:
        ours = {"Origin": "https://todo.example.org", "Livelist-Client": "web"}
        answer = await post_login(client, **ours)

    refresh, device = answer.headers.get_list("set-cookie")
    assert refresh.startswith("__Host-livelist_refresh=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=strict"} <= set(refresh.split("; "))
    assert device.startswith("__Host-livelist_device=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=lax"} <= set(device.split("; "))


async def test_a_browser_refreshes_by_its_cookie_and_signs_out(
    client: httpx.AsyncClient, registrar: Registrar
) -> None:
    await registrar.register_and_verify()
    first = await post_login(client, **OURS)

    second = await client.post(f"{V1}/auth/refresh", headers=OURS)
    assert second.status_code == 200
    assert second.json()["refresh_token"] is None
    assert second.headers["set-cookie"] != first.headers["set-cookie"]

    out = await client.post(f"{V1}/auth/logout", headers=OURS)
    assert out.status_code == 204
    assert "Max-Age=0" in out.headers["set-cookie"]
    bearer = {"Authorization": f"Bearer {second.json()['access_token']}"}
    assert (await client.get(f"{V1}/users/me", headers=bearer)).status_code == 401


PAGES: list[tuple[dict[str, str], int]] = [
    ({"Origin": "http://localhost:8000"}, 200),
    ({"Sec-Fetch-Site": "same-origin"}, 200),
    ({}, 403),
    ({"Origin": "null"}, 403),
    ({"Origin": "https://evil.example"}, 403),
    ({"Origin": "http://localhost:8000.evil.example"}, 403),
    ({"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}, 403),
    ({"Sec-Fetch-Site": "same-site"}, 403),
]


async def test_another_origin_cannot_use_the_cookie(
    client: httpx.AsyncClient, registrar: Registrar
) -> None:
    await registrar.register_and_verify()
    await post_login(client, **OURS)

    for headers, status in PAGES:
        answer = await client.post(f"{V1}/auth/refresh", headers=headers)
        assert (answer.status_code, headers) == (status, headers)


async def test_another_origin_cannot_set_a_cookie(client: httpx.AsyncClient) -> None:
    client.cookies.set("livelist_refresh", "x", domain="localhost.local")
    bodies: dict[str, dict[str, str]] = {
        "login": {"email": ANA, "password": PASSWORD}, "verify-email": {"token": "x"}, "refresh": {},
    }  # fmt: skip

    for path, body in bodies.items():
        evil = {"Livelist-Client": "web", "Origin": "https://evil.example"}
        answer = await client.post(f"{V1}/auth/{path}", json=body, headers=evil)
        assert (answer.status_code, answer.json()["code"]) == (403, "origin_refused")


async def test_a_program_refreshes_by_the_request_body(
    client: httpx.AsyncClient, registrar: Registrar
) -> None:
    signed_in = await registrar.register_and_verify()

    body = {"refresh_token": signed_in.refresh_token}
    answer = await client.post(f"{V1}/auth/refresh", json=body)

    assert answer.status_code == 200
    assert answer.json()["refresh_token"] != signed_in.refresh_token
    assert "set-cookie" not in answer.headers


async def test_signing_out_works_with_an_expired_access_token(
    client: httpx.AsyncClient, registrar: Registrar
) -> None:
    signed_in = await registrar.register_and_verify()

    body = {"refresh_token": signed_in.refresh_token}
    out = await client.post(
        f"{V1}/auth/logout", json=body, headers={"Authorization": "Bearer expired"}
    )
    again = await client.post(f"{V1}/auth/refresh", json=body)

    assert (out.status_code, again.status_code) == (204, 401)


async def test_signing_out_needs_a_token(client: httpx.AsyncClient) -> None:
    assert (await client.post(f"{V1}/auth/logout")).status_code == 401


async def test_sessions_are_listed_and_ended(
    client: httpx.AsyncClient, registrar: Registrar
) -> None:
    await registrar.register_and_verify()
    bearer = await bearer_headers(client)

    items = (await client.get(f"{V1}/auth/sessions", headers=bearer)).json()["items"]
    other = next(item["id"] for item in items if not item["current"])
    ended = await client.delete(f"{V1}/auth/sessions/{other}", headers=bearer)
    again = await client.delete(f"{V1}/auth/sessions/{other}", headers=bearer)
    rest = await client.delete(f"{V1}/auth/sessions", headers=bearer)

    assert [answer.status_code for answer in (ended, again, rest)] == [204, 404, 204]
    left = (await client.get(f"{V1}/auth/sessions", headers=bearer)).json()["items"]
    assert [item["current"] for item in left] == [True]


async def test_a_ticket_of_the_route_opens_a_socket_once(
    client: httpx.AsyncClient, registrar: Registrar, resources: Resources
) -> None:
    await registrar.register_and_verify()

    answer = await client.post(f"{V1}/ws-ticket", headers=await bearer_headers(client))

    assert answer.json()["expires_in"] == 30
    async with resources.begin() as work:
        assert (await redeem_ticket(work, answer.json()["ticket"])).name == "Ana"
    with pytest.raises(Unauthenticated):
        async with resources.begin() as work:
            await redeem_ticket(work, answer.json()["ticket"])


async def test_a_malformed_address_is_refused(client: httpx.AsyncClient) -> None:
    for email in (
        "", "ana", "ana@", "@example.com", "ana@localhost", "a b@example.com", "a@b@c.de",
        "ana@example..com", "x" * 250 + "@example.com", "a\u0000b@example.com",
    ):  # fmt: skip
        body = {"email": email, "password": PASSWORD, "name": "Ana"}
        answer = await client.post(f"{V1}/auth/register", json=body)
        assert answer.status_code in (400, 422), email


async def test_the_answer_to_a_refused_registration_repeats_no_input(
    client: httpx.AsyncClient,
) -> None:
    body = {"email": "secret-address", "password": "secret-password", "name": "x", "odd": "y"}

    answer = await client.post(f"{V1}/auth/register", json=body)

    assert answer.status_code == 422
    assert b"secret" not in answer.content


async def test_a_common_password_has_its_own_error_code(client: httpx.AsyncClient) -> None:
    body = {"email": ANA, "password": "password1", "name": "Ana"}

    answer = await client.post(f"{V1}/auth/register", json=body)

    assert answer.status_code == 422
    assert answer.json()["code"] == "common_password"
    assert answer.json()["errors"][0]["field"] == "password"


async def test_a_forgotten_password_is_reset_by_the_route(
    client: httpx.AsyncClient, registrar: Registrar
) -> None:
    await registrar.register_and_verify()
    await client.post(f"{V1}/auth/forgot-password", json={"email": ANA})
    token = await registrar.newest_link_token(Purpose.RESET_PASSWORD, ANA)

    body = {"token": token, "password": "another orchard lamp"}
    answers = [await client.post(f"{V1}/auth/reset-password", json=body) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [204, 422]
    assert answers[1].json()["code"] == "link_used"
    assert (await post_login(client)).status_code == 401
