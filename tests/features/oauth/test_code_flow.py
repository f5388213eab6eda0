"""The authorization code flow: a program is let in, uses its tokens, and everything ends them."""

import asyncio
from datetime import timedelta

import pytest
from authlib.integrations.httpx_client import AsyncOAuth2Client
from fastapi import FastAPI
from httpx2 import ASGITransport
from sqlalchemy import func, select

from shared.accounts.administration import AccountEdit, edit_as_operator
from shared.actor import Actor
from shared.tables.accounts import ApiTokenRow, UserRow
from shared.tables.interop.oauth import OAuthGrantRow, OAuthRefreshTokenRow
from tests.support.features.list_builder import OWNER, ListBuilder
from tests.support.features.oauth import (
    MINUTE,
    REDIRECT,
    SITE,
    Consent,
    error_of,
    make_verifier,
    parameters_of,
    stop_clock,
)
from tests.support.world_builder import World


async def test_an_oauth_client_of_others_connects_by_the_metadata_alone(
    app: FastAPI, builder: ListBuilder, consent: Consent
) -> None:
    metadata = (await builder.client.get("/.well-known/oauth-authorization-server")).json()
    paths = {name: str(value).removeprefix(SITE) for name, value in metadata.items()}
    registered = await builder.client.post(
        paths["registration_endpoint"],
        json={
            "client_name": "Planner",
            "redirect_uris": [REDIRECT],
            "token_endpoint_auth_method": "client_secret_basic",
        },
    )
    assert registered.json()["token_endpoint_auth_method"] == "none"
    verifier, _ = make_verifier()
    async with AsyncOAuth2Client(
        registered.json()["client_id"],
        token_endpoint_auth_method="none",
        scope="read write",
        redirect_uri=REDIRECT,
        code_challenge_method="S256",
        transport=ASGITransport(app),
        base_url=SITE,
    ) as program:
        address, state = program.create_authorization_url(
            metadata["authorization_endpoint"], code_verifier=verifier
        )
        answer = await builder.request(
            consent.user, "POST", "/oauth/grants",
            {"request": parameters_of(address), "scope": "write"},
        )  # fmt: skip
        back = answer.json()["redirect_to"]
        assert parameters_of(back).keys() == {"code", "state", "iss"}
        assert parameters_of(back)["iss"] == metadata["issuer"] == SITE
        await program.fetch_token(
            metadata["token_endpoint"],
            authorization_response=back,
            state=state,
            code_verifier=verifier,
        )
        first = dict(program.token)
        lists = await program.get("/api/v1/lists")
        await program.refresh_token(metadata["token_endpoint"])
        again = await program.get("/api/v1/lists")
        revoked = await program.revoke_token(
            metadata["revocation_endpoint"], token=program.token["refresh_token"]
        )
        after = await program.get("/api/v1/lists")

    assert (first["scope"], first["expires_in"], lists.status_code) == ("read write", 3600, 200)
    assert program.token["refresh_token"] != first["refresh_token"]
    assert (again.status_code, revoked.status_code, after.status_code) == (200, 200, 401)
    assert await consent.applications() == []


async def test_a_token_does_what_its_user_allowed(
    builder: ListBuilder, consent: Consent, ana: Actor
) -> None:
    chosen = await builder.make_list({ana: OWNER}, name="Chosen")
    await builder.make_list({ana: OWNER}, name="Other")

    program = await consent.connect(scope="read", list_ids=[chosen])

    lists = (await program.call()).json()["items"]
    assert [each["name"] for each in lists] == ["Chosen"]
    headers = {"Authorization": f"Bearer {program.tokens['access_token']}"}
    body = {"list_id": chosen, "title": "Milk"}
    refused = await builder.client.post("/api/v1/todos", json=body, headers=headers)
    assert refused.json()["code"] == "insufficient_scope"
    assert program.tokens["scope"] == "read"
    for path in ("/users/me/api-tokens", "/users/me/applications"):
        assert (await program.call(path)).json()["code"] == "session_required"
    tokens = await builder.request(ana, "GET", "/users/me/api-tokens")
    assert tokens.json()["items"] == []


async def test_a_token_for_mcp_is_refused_by_the_api(consent: Consent) -> None:
    program = await consent.connect(resource=f"{SITE}/mcp")

    assert (await program.call()).status_code == 401
    # Nor while it is cached.
    assert (await program.call()).status_code == 401
    assert (await program.call_mcp()).status_code == 200
    for_the_api = await consent.connect()
    assert (await for_the_api.call_mcp()).status_code == 401
    assert {each["audience"] for each in await consent.applications()} == {"api", "mcp"}


@pytest.mark.parametrize(
    "resource", [SITE, f"{SITE}/", f"{SITE}/api/v1", f"{SITE.upper()}/api/v1/", None]
)
async def test_the_api_has_several_names(consent: Consent, resource: str | None) -> None:
    program = await consent.register()
    await consent.allow(program, consent.request_of(program, resource=resource))
    await program.exchange(resource=resource)

    assert (await program.call()).status_code == 200


async def test_disconnecting_ends_all_that_the_program_has(
    builder: ListBuilder, consent: Consent, ana: Actor
) -> None:
    program = await consent.connect()
    (shown,) = await consent.applications()
    assert (shown["name"], shown["returns_to"]) == ("Planner", "program.example")
    assert (await program.call()).status_code == 200

    path = f"/users/me/applications/{shown['id']}"
    gone = await builder.request(ana, "DELETE", path)

    assert gone.status_code == 204
    assert (await program.call()).status_code == 401
    assert error_of(await program.refresh()) == (400, "invalid_grant")
    assert error_of(await program.exchange()) == (400, "invalid_grant")
    assert (await builder.request(ana, "DELETE", path)).status_code == 404


async def test_the_application_of_another_user_is_not_found(
    builder: ListBuilder, consent: Consent
) -> None:
    await consent.connect()
    (shown,) = await consent.applications()
    ben = await World(builder.served).user("Ben")

    answer = await builder.request(ben, "DELETE", f"/users/me/applications/{shown['id']}")

    assert answer.status_code == 404
    assert len(await consent.applications()) == 1


async def test_a_copied_refresh_token_never_lives_on_beside_the_one_it_was_copied_from(
    builder: ListBuilder, consent: Consent
) -> None:
    program = await consent.connect()
    clock = stop_clock(builder.served)
    first, copied = [(await program.refresh()).json() for _ in range(2)]
    assert first["refresh_token"] == copied["refresh_token"]
    assert first["access_token"] != copied["access_token"]
    async with builder.served.begin_read() as read:
        unused = OAuthRefreshTokenRow.used_at.is_(None)
        count = select(func.count()).select_from(OAuthRefreshTokenRow).where(unused)
        assert await read.connection.scalar(count) == 1

    clock.advance(MINUTE)
    program.tokens = first
    assert (await program.refresh()).status_code == 200
    clock.advance(MINUTE)
    program.tokens = copied

    assert error_of(await program.refresh()) == (400, "invalid_grant")
    assert await consent.applications() == []


async def test_a_used_refresh_token_ends_the_grant_after_ten_seconds(
    builder: ListBuilder, consent: Consent
) -> None:
    program = await consent.connect()
    clock = stop_clock(builder.served)
    first = await program.refresh()
    clock.advance(timedelta(seconds=9))
    parallel = await program.refresh()
    newest = parallel.json()
    assert (first.status_code, parallel.status_code) == (200, 200)

    clock.advance(timedelta(seconds=2))
    replayed = await program.refresh()

    assert error_of(replayed) == (400, "invalid_grant")
    assert (await program.call(token=newest["access_token"])).status_code == 401
    assert error_of(await program.refresh(refresh_token=newest["refresh_token"])) == (
        400, "invalid_grant",
    )  # fmt: skip
    assert await consent.applications() == []


async def test_a_code_that_is_used_again_ends_what_it_issued(consent: Consent) -> None:
    program = await consent.connect()

    assert error_of(await program.exchange()) == (400, "invalid_grant")
    assert (await program.call()).status_code == 401
    assert await consent.applications() == []


async def test_a_refresh_narrows_one_token_and_widens_none(consent: Consent) -> None:
    program = await consent.connect(scope="write")

    wider = await program.refresh(scope="read write admin")
    narrow = await program.refresh(scope="read")

    assert error_of(wider) == (400, "invalid_scope")
    assert narrow.json()["scope"] == "read"
    program.tokens = narrow.json()
    assert (await program.refresh()).json()["scope"] == "read write"


async def test_what_nobody_uses_expires(builder: ListBuilder, consent: Consent) -> None:
    program = await consent.connect()
    clock = stop_clock(builder.served)

    clock.advance(61 * MINUTE)
    assert (await program.call()).status_code == 401
    refreshed = await program.refresh()
    assert refreshed.status_code == 200
    program.tokens = refreshed.json()
    clock.advance(timedelta(days=61))
    assert error_of(await program.refresh()) == (400, "invalid_grant")


async def test_a_grant_has_at_most_ten_live_tokens(builder: ListBuilder, consent: Consent) -> None:
    program = await consent.connect()
    first = program.tokens["access_token"]
    for _ in range(10):
        program.tokens = (await program.refresh()).json()

    async with builder.served.begin_read() as read:
        count = await read.connection.scalar(select(func.count()).select_from(ApiTokenRow))
    assert count == 10
    assert (await program.call(token=first)).status_code == 401
    assert (await program.call()).status_code == 200


async def test_a_disabled_account_has_no_applications_afterwards(
    builder: ListBuilder, consent: Consent, ana: Actor
) -> None:
    program = await consent.connect()
    async with builder.served.begin() as work:
        email = await work.connection.scalar(select(UserRow.email).where(UserRow.id == ana.user_id))
        await edit_as_operator(work, str(email), AccountEdit(disabled=True))
    async with builder.served.begin() as work:
        await edit_as_operator(work, str(email), AccountEdit(disabled=False))

    assert (await program.call()).status_code == 401
    assert error_of(await program.refresh()) == (400, "invalid_grant")
    async with builder.served.begin_read() as read:
        grants = await read.connection.scalar(select(func.count()).select_from(OAuthGrantRow))
    assert grants == 0


async def test_too_many_applications_are_refused(consent: Consent) -> None:
    program = await consent.register()
    answers = [await consent.allow(program) for _ in range(50)]
    assert {answer.status_code for answer in answers} == {200}

    refused = await consent.allow(program)

    assert (refused.status_code, refused.json()["code"]) == (409, "too_many_applications")


async def test_of_two_uses_of_a_code_at_once_one_gets_tokens_and_the_grant_ends(
    consent: Consent,
) -> None:
    program = await consent.register()
    await consent.allow(program)

    answers = await asyncio.gather(program.exchange(), program.exchange())

    assert sorted(answer.status_code for answer in answers) == [200, 400]
    assert (await program.call()).status_code == 401
    assert await consent.applications() == []
