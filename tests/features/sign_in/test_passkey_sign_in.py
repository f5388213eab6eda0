"""Signing in with a passkey alone, and what does not sign in."""

import asyncio
from typing import Any

import httpx
import pytest
from sqlalchemy import select, update

from shared.accounts.authentication.passwords import UNUSABLE_PASSWORD
from shared.accounts.password_change import forgot_password
from shared.resources import Resources
from shared.signed_links import Purpose
from shared.tables.accounts import UserRow
from shared.tables.passkeys import PasskeyCeremonyRow, PasskeyRow
from tests.support.authenticator import USER_PRESENT, Authenticator, new_key
from tests.support.features.passkeys import (
    API,
    PASSKEYS,
    SIGN_IN,
    PasskeyUser,
    sign_in,
    sign_in_options,
)
from tests.support.features.sign_in import bearer_headers, post_login
from tests.support.registration import LAPTOP, Registrar

REFUSED = (401, "bad_credentials")


@pytest.fixture
async def ana(client: httpx.AsyncClient, registrar: Registrar) -> PasskeyUser:
    await registrar.register_and_verify()
    return PasskeyUser(client, await bearer_headers(client))


def _outcome(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json().get("code", "")


async def _change_account(resources: Resources, **values: Any) -> None:
    async with resources.begin() as work:
        await work.connection.execute(update(UserRow).values(values))


@pytest.mark.parametrize("algorithm", ["ES256", "EdDSA", "RS256"])
async def test_a_passkey_signs_in_without_an_address(
    client: httpx.AsyncClient, ana: PasskeyUser, registrar: Registrar, algorithm: str
) -> None:
    authenticator = Authenticator(new_key(algorithm), counts=True)
    await ana.add(authenticator)

    answer = await sign_in(client, authenticator)

    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    headers = {"Authorization": f"Bearer {answer.json()['access_token']}"}
    me = await client.get(f"{API}/users/me", headers=headers)
    assert me.json()["email"] == "ana@example.com"
    assert (await ana.list())[0]["last_used_at"] is not None
    assert (await registrar.audit("session.opened"))[-1].facts["method"] == "passkey"


async def test_a_browser_gets_its_refresh_token_in_a_cookie(
    client: httpx.AsyncClient, ana: PasskeyUser
) -> None:
    authenticator = Authenticator()
    await ana.add(authenticator)
    body = authenticator.get(await sign_in_options(client))
    browser = {"Livelist-Client": "web", "Origin": "http://localhost:8000"}

    foreign = await client.post(
        SIGN_IN, json=body, headers=browser | {"Origin": "https://evil.example"}
    )
    answer = await client.post(SIGN_IN, json=body, headers=browser)

    assert _outcome(foreign) == (403, "origin_refused")
    assert answer.json()["refresh_token"] is None
    assert "HttpOnly" in answer.headers["Set-Cookie"]


async def test_the_options_of_a_sign_in_are_alike_for_everybody(
    client: httpx.AsyncClient, ana: PasskeyUser
) -> None:
    before = await sign_in_options(client)
    await ana.add(Authenticator())

    options = await sign_in_options(client)

    assert options.pop("challenge") != before.pop("challenge")
    assert options == before == {
        "timeout": 300_000, "rpId": "localhost", "allowCredentials": [], "userVerification": "required",
    }  # fmt: skip


LIES: dict[str, dict[str, Any]] = {
    "another origin": {"origin": "https://evil.example"},
    "another site": {"rp_id": "evil.example"},
    "no user verification": {"flags": USER_PRESENT},
    "another type": {"client_data": {"type": "webauthn.create"}},
    "another challenge": {"client_data": {"challenge": "AAAA"}},
    "no challenge": {"client_data": {"challenge": None}},
    "another key": {"key": new_key("ES256")},
    "a key of another algorithm": {"key": new_key("EdDSA")},
    "an unknown passkey": {"credential_id": b"unknown"},
    "another handle": {"user_handle": b"another"},
    "no handle": {"user_handle": b""},
}


@pytest.mark.parametrize("lie", LIES)
async def test_a_sign_in_that_lies_gets_the_answer_of_an_unknown_passkey(
    client: httpx.AsyncClient, ana: PasskeyUser, registrar: Registrar, lie: str
) -> None:
    authenticator = Authenticator()
    await ana.add(authenticator)
    lying = authenticator.lying(**LIES[lie])

    body = lying.get(await sign_in_options(client))
    if not lying.user_handle:
        del body["user_handle"]
    answer = await client.post(SIGN_IN, json=body)

    unknown = await sign_in(client, Authenticator(user_handle=b"x"))
    assert _outcome(answer) == _outcome(unknown) == REFUSED
    assert answer.json()["detail"] == unknown.json()["detail"]
    entries = await registrar.audit("sign_in.failed")
    assert [(it.user_id, it.facts) for it in entries] == [
        (None, {"reason": "bad_credentials", "method": "passkey"})
    ] * 2


@pytest.mark.parametrize("part", ["client_data_json", "authenticator_data", "signature"])
async def test_a_changed_answer_is_refused(
    client: httpx.AsyncClient, ana: PasskeyUser, part: str
) -> None:
    authenticator = Authenticator()
    await ana.add(authenticator)
    body = authenticator.get(await sign_in_options(client))

    changed = body | {part: ("B" if body[part][0] != "B" else "C") + body[part][1:]}
    answer = await client.post(SIGN_IN, json=changed)

    assert _outcome(answer) == REFUSED


@pytest.mark.parametrize(
    "change",
    [
        {"id": "A" * 1365},
        {"client_data_json": "A" * 2732},
        {"authenticator_data": "A" * 2732},
        {"signature": "A" * 684},
        {"user_handle": "A" * 87},
        {"signature": "%"},
        {"signature": "AAAAA"},
        {"signature": ""},
        {"id": ["A"]},
        {"client_data_json": {"type": "webauthn.get"}},
        {"email": "ana@example.com"},
    ],
)
async def test_a_malformed_or_oversized_answer_is_refused(
    client: httpx.AsyncClient, ana: PasskeyUser, change: dict[str, Any]
) -> None:
    body = Authenticator(user_handle=b"x").get(await sign_in_options(client))

    answer = await client.post(SIGN_IN, json=body | change)

    assert _outcome(answer) == (422, "invalid")


async def test_an_answer_signs_in_once(client: httpx.AsyncClient, ana: PasskeyUser) -> None:
    authenticator = Authenticator()
    await ana.add(authenticator)
    body = authenticator.get(await sign_in_options(client))

    answers = await asyncio.gather(*(client.post(SIGN_IN, json=body) for _ in range(4)))

    assert sorted(answer.status_code for answer in answers) == [200, 401, 401, 401]


async def test_a_challenge_is_used_up_by_a_failure(
    client: httpx.AsyncClient, ana: PasskeyUser
) -> None:
    authenticator = Authenticator()
    await ana.add(authenticator)
    options = await sign_in_options(client)
    await client.post(SIGN_IN, json=Authenticator(user_handle=b"x").get(options))

    answer = await client.post(SIGN_IN, json=authenticator.get(options))

    assert _outcome(answer) == REFUSED


async def test_a_challenge_of_a_registration_signs_nobody_in(
    client: httpx.AsyncClient, ana: PasskeyUser
) -> None:
    authenticator = Authenticator()
    await ana.add(authenticator)
    registration = await ana.options()
    options = {"challenge": registration["challenge"], "rpId": "localhost"}

    answer = await client.post(SIGN_IN, json=authenticator.get(options))
    added = await ana.send(Authenticator().create(registration))

    assert _outcome(answer) == REFUSED
    # It could not be used up by it either.
    assert added.status_code == 201


async def test_a_challenge_of_a_sign_in_adds_no_passkey(
    client: httpx.AsyncClient, ana: PasskeyUser
) -> None:
    challenge = (await sign_in_options(client))["challenge"]
    options = await ana.options() | {"challenge": challenge}

    answer = await ana.send(Authenticator().create(options))

    assert _outcome(answer) == (422, "passkey_refused")


async def test_a_challenge_ends(
    client: httpx.AsyncClient, ana: PasskeyUser, resources: Resources
) -> None:
    authenticator = Authenticator()
    await ana.add(authenticator)
    body = authenticator.get(await sign_in_options(client))
    async with resources.begin() as work:
        await work.connection.execute(update(PasskeyCeremonyRow).values(expires_at=work.now))

    answer = await client.post(SIGN_IN, json=body)

    assert _outcome(answer) == REFUSED


@pytest.mark.parametrize("sent", [0, 6, 7])
async def test_a_counter_that_does_not_advance_is_refused_audited_and_mailed(
    client: httpx.AsyncClient, ana: PasskeyUser, registrar: Registrar, sent: int
) -> None:
    authenticator = Authenticator(sign_count=7)
    passkey = await ana.add(authenticator)

    copied = await sign_in(client, authenticator.lying(sign_count=sent))
    genuine = await sign_in(client, authenticator.lying(sign_count=8))

    assert _outcome(copied) == REFUSED
    assert genuine.status_code == 200
    (entry,) = await registrar.audit("passkey.counter_went_back")
    assert entry.user_id == (await registrar.account()).id
    assert entry.facts == {"passkey_id": passkey["id"]}
    assert entry.address
    assert ("send_security_notice", {"audit_id": entry.id, "to_old_address": False}) in (
        await registrar.jobs()
    )


async def test_a_removed_passkey_signs_nobody_in(
    client: httpx.AsyncClient, ana: PasskeyUser, registrar: Registrar
) -> None:
    authenticator = Authenticator(counts=True)
    passkey = await ana.add(authenticator)
    await client.delete(f"{PASSKEYS}/{passkey['id']}", headers=ana.headers)

    assert _outcome(await sign_in(client, authenticator)) == REFUSED
    assert await registrar.audit("passkey.counter_went_back") == []


@pytest.mark.parametrize(("status", "code"), [("disabled", "disabled"), ("pending", "unverified")])
async def test_an_account_that_may_not_sign_in_stays_out(
    client: httpx.AsyncClient,
    ana: PasskeyUser,
    registrar: Registrar,
    resources: Resources,
    status: str,
    code: str,
) -> None:
    authenticator = Authenticator()
    await ana.add(authenticator)
    await _change_account(resources, status=status)

    answer = await sign_in(client, authenticator)

    assert _outcome(answer) == (403, code)
    (entry,) = await registrar.audit("sign_in.failed")
    assert entry.user_id == (await registrar.account()).id


async def test_an_account_without_a_password_signs_in_and_sets_one_by_mail(
    client: httpx.AsyncClient, ana: PasskeyUser, registrar: Registrar, resources: Resources
) -> None:
    authenticator = Authenticator()
    await ana.add(authenticator)
    await _change_account(resources, password_hash=UNUSABLE_PASSWORD)

    assert _outcome(await post_login(client)) == REFUSED
    assert (await sign_in(client, authenticator)).status_code == 200
    await forgot_password(resources, "ana@example.com", LAPTOP)
    token = await registrar.newest_link_token(Purpose.RESET_PASSWORD, "ana@example.com")
    body = {"token": token, "password": "another quiet lamp"}
    reset = await client.post(f"{API}/auth/reset-password", json=body)

    assert reset.status_code < 300
    body = {"email": "ana@example.com", "password": "another quiet lamp"}
    challenge = (await client.post(f"{API}/auth/login", json=body)).json()
    assert challenge["methods"] == ["passkey", "recovery_code"]
    # Like every credential that its owner sees in the settings, the passkey stays.
    assert (await sign_in(client, authenticator)).status_code == 200


async def test_what_is_stored_signs_nobody_in(
    client: httpx.AsyncClient, ana: PasskeyUser, resources: Resources
) -> None:
    authenticator = Authenticator()
    await ana.add(authenticator)
    options = await sign_in_options(client)

    async with resources.begin_read() as read:
        stored = str(list(await read.connection.execute(select(PasskeyRow.__table__))))
        stored += str(list(await read.connection.execute(select(PasskeyCeremonyRow.__table__))))

    assert options["challenge"] not in stored


async def test_a_leaving_account_signs_in_with_a_passkey_to_keep_itself(
    client: httpx.AsyncClient, ana: PasskeyUser
) -> None:
    authenticator = Authenticator()
    await ana.add(authenticator)
    deletion = await client.delete(f"{API}/users/me", headers=ana.headers)

    signed_in = (await sign_in(client, authenticator)).json()

    assert signed_in["delete_at"] == deletion.json()["delete_at"]
    headers = {"Authorization": f"Bearer {signed_in['access_token']}"}
    assert (await client.get(f"{API}/users/me", headers=headers)).status_code == 401
    kept = await client.delete(f"{API}/users/me/deletion", headers=headers)
    assert kept.status_code == 204
    assert (await client.get(f"{API}/users/me", headers=headers)).status_code == 200
