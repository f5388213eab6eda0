"""Passkeys: how they are added, listed, renamed and removed."""

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select, update

from shared import base64url
from shared.accounts.passkeys.commands import MAX_PASSKEYS
from shared.accounts.profile import delete_account_as_operator
from shared.actor import Actor
from shared.ids import SessionId
from shared.resources import Resources
from shared.tables.passkeys import PasskeyCeremonyRow, PasskeyRow
from tests.support.api_server import client_of, running_app
from tests.support.authenticator import USER_PRESENT, Authenticator, new_key
from tests.support.features.passkeys import API, PASSKEYS, PasskeyUser, insert_passkey
from tests.support.features.sign_in import bearer_headers
from tests.support.registration import Registrar
from tests.support.settings import plain_settings


async def _user(
    client: httpx.AsyncClient, registrar: Registrar, email: str = "ana@example.com"
) -> PasskeyUser:
    await registrar.register_and_verify(email)
    return PasskeyUser(client, await bearer_headers(client, email))


async def test_a_passkey_is_added_and_listed(
    client: httpx.AsyncClient, registrar: Registrar, resources: Resources
) -> None:
    ana = await _user(client, registrar)

    options = await ana.options()
    answer = await ana.send(Authenticator().create(options, "Laptop"))

    assert answer.status_code == 201
    passkey: dict[str, Any] = answer.json()
    assert len(passkey.pop("recovery_codes")) == 10
    assert await ana.list() == [passkey]
    assert (passkey["name"], passkey["is_backed_up"], passkey["last_used_at"]) == (
        "Laptop", True, None,
    )  # fmt: skip
    account = await registrar.account()
    assert options["rp"] == {"id": "localhost", "name": "Livelist"}
    assert options["user"]["name"] == account.email
    assert len(base64url.decode(options["user"]["id"])) == 32
    assert options["authenticatorSelection"]["userVerification"] == "required"
    assert options["authenticatorSelection"]["residentKey"] == "required"
    assert options["attestation"] == "none"
    assert [it["alg"] for it in options["pubKeyCredParams"]] == [-7, -8, -257]
    (entry,) = await registrar.audit("passkey.added")
    assert entry.facts == {"passkey_id": passkey["id"], "name": "Laptop"}
    assert ("send_security_notice", {"audit_id": entry.id, "to_old_address": False}) in (
        await registrar.jobs()
    )


async def test_the_challenge_is_stored_as_a_hash(
    client: httpx.AsyncClient, registrar: Registrar, resources: Resources
) -> None:
    ana = await _user(client, registrar)

    options = await ana.options()

    async with resources.begin_read() as read:
        rows = list(await read.connection.execute(select(PasskeyCeremonyRow.__table__)))
    assert len(rows) == 1
    assert options["challenge"] not in str(rows)


async def test_the_passkeys_of_an_account_have_one_handle_and_exclude_each_other(
    client: httpx.AsyncClient, registrar: Registrar
) -> None:
    ana = await _user(client, registrar)
    first = Authenticator()
    await ana.add(first)

    options = await ana.options()

    assert base64url.decode(options["user"]["id"]) == first.user_handle
    assert options["excludeCredentials"] == [
        {
            "type": "public-key", "id": base64url.encode(first.credential_id),
            "transports": ["internal"],
        }
    ]  # fmt: skip


@pytest.mark.parametrize(
    "lie",
    [
        {"origin": "https://evil.example"},
        {"rp_id": "evil.example"},
        {"flags": USER_PRESENT},
        {"client_data": {"type": "webauthn.get"}},
        {"client_data": {"challenge": "AAAA"}},
        {"client_data": {"challenge": 7}},
        {"cose": {1: 2, 3: -257, -1: 1, -2: bytes(32), -3: bytes(32)}},
    ],
)
async def test_a_passkey_that_lies_is_refused_in_words(
    client: httpx.AsyncClient, registrar: Registrar, lie: dict[str, Any]
) -> None:
    ana = await _user(client, registrar)

    answer = await ana.send(Authenticator().lying(**lie).create(await ana.options()))

    assert (answer.status_code, answer.json()["code"]) == (422, "passkey_refused")
    assert "Try again." in answer.json()["detail"]
    assert await ana.list() == []


@pytest.mark.parametrize(
    "change",
    [
        {"name": ""},
        {"name": "x" * 101},
        {"name": "a\x1b"},
        {"id": "%"},
        {"id": "AAAAA"},
        {"id": "A" * 1365},
        {"id": 7},
        {"client_data_json": "A" * 2732},
        {"attestation_object": "A" * 5463},
        {"attestation_object": "=" * 4},
        {"transports": ["usb"] * 11},
        {"transports": ["USB stick"]},
        {"transports": "usb"},
        {"more": 1},
    ],
)
async def test_a_malformed_passkey_is_refused(
    client: httpx.AsyncClient, registrar: Registrar, change: dict[str, Any]
) -> None:
    ana = await _user(client, registrar)

    answer = await ana.send(Authenticator().create(await ana.options()) | change)

    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")


async def test_a_registration_is_used_once_even_after_a_refusal(
    client: httpx.AsyncClient, registrar: Registrar
) -> None:
    ana = await _user(client, registrar)
    options = await ana.options()
    await ana.send(Authenticator(flags=USER_PRESENT).create(options))

    answer = await ana.send(Authenticator().create(options))

    assert answer.json()["code"] == "passkey_refused"


async def test_of_two_concurrent_answers_to_one_registration_one_is_added(
    client: httpx.AsyncClient, registrar: Registrar
) -> None:
    ana = await _user(client, registrar)
    options = await ana.options()
    bodies = [Authenticator().create(options) for _ in range(4)]

    answers = await asyncio.gather(*map(ana.send, bodies))

    assert sorted(answer.status_code for answer in answers) == [201, 422, 422, 422]
    assert len(await ana.list()) == 1


async def test_a_registration_belongs_to_its_session(
    client: httpx.AsyncClient, registrar: Registrar
) -> None:
    ana = await _user(client, registrar)
    elsewhere = PasskeyUser(client, await bearer_headers(client))
    eve = await _user(client, registrar, "eve@example.com")
    options = await ana.options()

    answers = [await user.send(Authenticator().create(options)) for user in (elsewhere, eve, ana)]

    assert [answer.status_code for answer in answers] == [422, 422, 201]


async def test_a_registration_ends_after_five_minutes(
    client: httpx.AsyncClient, registrar: Registrar, resources: Resources
) -> None:
    ana = await _user(client, registrar)
    options = await ana.options()
    async with resources.begin() as work:
        await work.connection.execute(update(PasskeyCeremonyRow).values(expires_at=work.now))

    answer = await ana.send(Authenticator().create(options))

    assert answer.json()["code"] == "passkey_refused"


async def test_a_passkey_belongs_to_one_account(
    client: httpx.AsyncClient, registrar: Registrar
) -> None:
    ana = await _user(client, registrar)
    eve = await _user(client, registrar, "eve@example.com")
    authenticator = Authenticator()
    await ana.add(authenticator)
    stolen_id = Authenticator(credential_id=authenticator.credential_id)

    answers = [await user.send(stolen_id.create(await user.options())) for user in (eve, ana)]

    assert [(it.status_code, it.json()["code"]) for it in answers] == [(409, "passkey_exists")] * 2


async def test_two_registrations_that_began_before_the_first_passkey_make_one_handle(
    client: httpx.AsyncClient, registrar: Registrar
) -> None:
    ana = await _user(client, registrar)
    bodies = [Authenticator().create(await ana.options()) for _ in range(2)]

    answers = [await ana.send(body) for body in bodies]
    await ana.add(Authenticator())

    assert [answer.status_code for answer in answers] == [201, 422]
    assert answers[1].json()["code"] == "passkey_refused"
    assert len(await ana.list()) == 2


async def test_an_account_has_a_bounded_number_of_passkeys(
    client: httpx.AsyncClient, registrar: Registrar, resources: Resources
) -> None:
    ana = await _user(client, registrar)
    options = await ana.options()
    actor = Actor((await registrar.account()).id, "Ana", SessionId(""))
    for _ in range(MAX_PASSKEYS):
        await insert_passkey(resources, actor)

    begun = await client.post(f"{PASSKEYS}/options", headers=ana.headers)
    added = await ana.send(Authenticator().create(options))

    for answer in (begun, added):
        assert (answer.status_code, answer.json()["code"]) == (409, "too_many_passkeys")


async def test_a_passkey_is_renamed_and_removed(
    client: httpx.AsyncClient, registrar: Registrar
) -> None:
    ana = await _user(client, registrar)
    passkey = await ana.add(Authenticator(new_key("EdDSA")))
    path = f"{PASSKEYS}/{passkey['id']}"

    renamed = await client.patch(path, json={"name": " Phone "}, headers=ana.headers)
    listed = await ana.list()
    removed = await client.delete(path, headers=ana.headers)

    assert renamed.json() == passkey | {"name": "Phone"}
    assert listed == [renamed.json()]
    assert removed.status_code == 204
    assert await ana.list() == []
    (entry,) = await registrar.audit("passkey.removed")
    assert entry.facts == {"passkey_id": passkey["id"], "name": "Phone"}
    assert ("send_security_notice", {"audit_id": entry.id, "to_old_address": False}) in (
        await registrar.jobs()
    )


async def test_passkeys_of_others_are_not_there(
    client: httpx.AsyncClient, registrar: Registrar
) -> None:
    ana = await _user(client, registrar)
    eve = await _user(client, registrar, "eve@example.com")
    path = f"{PASSKEYS}/{(await ana.add(Authenticator()))['id']}"

    answers = [
        await client.patch(path, json={"name": "Mine"}, headers=eve.headers),
        await client.delete(path, headers=eve.headers),
    ]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert await eve.list() == []
    assert len(await ana.list()) == 1


async def test_a_deleted_account_leaves_no_passkey(
    client: httpx.AsyncClient, registrar: Registrar, resources: Resources
) -> None:
    ana = await _user(client, registrar)
    await ana.add(Authenticator())

    async with resources.begin() as work:
        assert await delete_account_as_operator(work, "ana@example.com")

    async with resources.begin_read() as read:
        assert list(await read.connection.execute(select(PasskeyRow.__table__))) == []


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://todo.example.org", "Passkeys need https."),
        ("http://192.0.2.1", "Passkeys need a domain name"),
    ],
)
async def test_a_site_that_can_have_no_passkeys_says_why(
    tmp_path: Path, redis_url: str, sqlite_template: Path, url: str, words: str
) -> None:
    settings = plain_settings(
        tmp_path,
        public_url=url,
        database_url=f"sqlite+aiosqlite:///{sqlite_template}",
        redis_url=redis_url,
    )

    async with running_app(settings) as app, client_of(app) as client:
        answer = await client.post(f"{API}/auth/passkey/options")

    assert (answer.status_code, answer.json()["code"]) == (409, "passkeys_unavailable")
    assert words in answer.json()["detail"]
