"""Passkeys as the second step after a password, as the proof of a step-up, and as a required factor."""

from typing import Any

import httpx
import pytest
import pytest_asyncio

from shared.accounts.second_factors.removal import reset_as_operator
from shared.resources import Resources
from shared.settings import Settings
from tests.features.sign_in.test_step_up import make_stale
from tests.support.api_server import client_of, running_app
from tests.support.authenticator import Authenticator, Json
from tests.support.features.passkeys import PASSKEYS, PasskeyUser, sign_in, sign_in_options
from tests.support.features.second_factors import V1, begin, finish, outcome, user_with_app
from tests.support.features.sign_in import bearer_headers
from tests.support.registration import Registrar
from tests.support.settings import changed_settings

CHALLENGE = f"{V1}/auth/challenge"
STEP_UP = f"{V1}/auth/step-up"
REFUSED = (403, "wrong_passkey")


@pytest_asyncio.fixture
async def ana(client: httpx.AsyncClient, registrar: Registrar) -> PasskeyUser:
    await registrar.register_and_verify()
    return PasskeyUser(client, await bearer_headers(client))


@pytest_asyncio.fixture
async def authenticator(ana: PasskeyUser) -> Authenticator:
    """Ana's passkey."""
    added = Authenticator(counts=True)
    await ana.add(added)
    return added


async def _options(client: httpx.AsyncClient, challenge: Json) -> Json:
    body = {"challenge": challenge["challenge"]}
    answer = await client.post(f"{CHALLENGE}/passkey-options", json=body)
    assert answer.status_code == 200, answer.text
    options: Json = answer.json()
    return options


async def _step_up_options(ana: PasskeyUser) -> Json:
    answer = await ana.client.post(f"{STEP_UP}/passkey-options", headers=ana.headers)
    options: Json = answer.json()
    return options


async def _prove(client: httpx.AsyncClient, challenge: Json, assertion: Json) -> httpx.Response:
    proof = assertion | {"method": "passkey"}
    body = {"challenge": challenge["challenge"], "proof": proof}
    return await client.post(CHALLENGE, json=body)


async def _step_up(ana: PasskeyUser, assertion: Json) -> httpx.Response:
    body = assertion | {"method": "passkey"}
    return await ana.client.post(STEP_UP, json=body, headers=ana.headers)


async def test_a_passkey_is_the_second_step_after_a_password(
    client: httpx.AsyncClient, authenticator: Authenticator, registrar: Registrar
) -> None:
    challenge = await begin(client)
    options = await _options(client, challenge)

    answer = await _prove(client, challenge, authenticator.get(options))

    assert challenge["methods"] == ["passkey", "recovery_code"]
    assert [it["transports"] for it in options["allowCredentials"]] == [["internal"]]
    assert answer.status_code == 200
    assert answer.json()["access_token"]
    opened = (await registrar.audit("session.opened"))[-1]
    assert opened.facts["method"] == "password_and_passkey"


async def test_the_first_passkey_brings_recovery_codes_and_a_second_none(
    client: httpx.AsyncClient, ana: PasskeyUser, authenticator: Authenticator
) -> None:
    codes = ana.recovery_codes
    await ana.add(Authenticator())

    answer = await finish(client, await begin(client), codes[0], "recovery_code")

    assert len(codes) == 10
    assert ana.recovery_codes == codes
    assert answer.status_code == 200


async def test_a_passkey_alone_signs_in_where_an_app_is_set_up(
    client: httpx.AsyncClient, registrar: Registrar
) -> None:
    user = await user_with_app(registrar)
    authenticator = Authenticator()
    await PasskeyUser(client, user.headers).add(authenticator)

    answer = await sign_in(client, authenticator)

    assert answer.json()["access_token"]
    assert (await begin(client))["methods"] == ["passkey", "totp", "recovery_code"]


@pytest.mark.parametrize("of", ["sign-in", "another challenge", "step-up", "registration"])
async def test_a_second_step_takes_a_signature_for_itself_only(
    client: httpx.AsyncClient, ana: PasskeyUser, authenticator: Authenticator, of: str
) -> None:
    challenge = await begin(client)
    match of:
        case "sign-in":
            options = await sign_in_options(client)
        case "another challenge":
            options = await _options(client, await begin(client))
        case "step-up":
            options = await _step_up_options(ana)
        case _:
            options = {"rpId": "localhost", "challenge": (await ana.options())["challenge"]}

    answer = await _prove(client, challenge, authenticator.get(options))

    assert outcome(answer) == REFUSED


async def test_a_signature_for_a_second_step_neither_signs_in_nor_steps_up(
    client: httpx.AsyncClient, ana: PasskeyUser, authenticator: Authenticator
) -> None:
    challenge = await begin(client)
    assertion = authenticator.get(await _options(client, challenge))

    alone = await client.post(f"{V1}/auth/passkey", json=assertion)
    stepped = await _step_up(ana, assertion)
    # Neither use took the ceremony from its own step.
    answer = await _prove(client, challenge, assertion)

    assert outcome(alone) == (401, "bad_credentials")
    assert outcome(stepped) == REFUSED
    assert answer.status_code == 200


async def test_the_passkey_of_another_account_is_refused(
    client: httpx.AsyncClient, ana: PasskeyUser, authenticator: Authenticator, registrar: Registrar
) -> None:
    await registrar.register_and_verify("eve@example.com")
    foreign = Authenticator()
    await PasskeyUser(client, await bearer_headers(client, "eve@example.com")).add(foreign)
    challenge = await begin(client)

    second = await _prove(client, challenge, foreign.get(await _options(client, challenge)))
    stepped = await _step_up(ana, foreign.get(await _step_up_options(ana)))

    assert outcome(second) == outcome(stepped) == REFUSED
    (entry,) = await registrar.audit("step_up.failed")
    assert entry.facts == {"method": "passkey"}


async def test_a_signature_is_used_once_and_wrong_ones_count_as_attempts(
    client: httpx.AsyncClient, authenticator: Authenticator
) -> None:
    challenge = await begin(client)
    assertion = authenticator.get(await _options(client, challenge))
    assert (await _prove(client, challenge, assertion)).status_code == 200
    other = await begin(client)

    answers = [await _prove(client, other, assertion) for _ in range(6)]

    assert [outcome(it) for it in answers] == [REFUSED] * 5 + [(401, "challenge_invalid")]


async def test_an_unknown_challenge_gets_no_options(client: httpx.AsyncClient) -> None:
    answer = await client.post(f"{CHALLENGE}/passkey-options", json={"challenge": "wrong"})

    assert outcome(answer) == (401, "challenge_invalid")


async def test_a_passkey_steps_up_and_the_password_does_not(
    ana: PasskeyUser, authenticator: Authenticator, resources: Resources, registrar: Registrar
) -> None:
    await make_stale(resources)
    path = f"{PASSKEYS}/{(await ana.list())[0]['id']}"
    password = {"method": "password", "password": "quiet orchard lamp"}

    refused = await ana.client.delete(path, headers=ana.headers)
    by_password = await ana.client.post(STEP_UP, json=password, headers=ana.headers)
    confirmed = await _step_up(ana, authenticator.get(await _step_up_options(ana)))
    removed = await ana.client.delete(path, headers=ana.headers)

    assert outcome(refused) == outcome(by_password) == (403, "step_up_required")
    assert refused.json()["methods"] == ["passkey", "recovery_code"]
    assert confirmed.status_code == removed.status_code == 204
    (entry,) = await registrar.audit("session.stepped_up")
    assert entry.facts == {"method": "passkey"}


async def test_a_step_up_is_bound_to_its_session(
    client: httpx.AsyncClient, ana: PasskeyUser, authenticator: Authenticator
) -> None:
    challenge = await begin(client)
    signed_in = await _prove(
        client, challenge, authenticator.get(await _options(client, challenge))
    )
    elsewhere = PasskeyUser(client, {"Authorization": f"Bearer {signed_in.json()['access_token']}"})

    answer = await _step_up(elsewhere, authenticator.get(await _step_up_options(ana)))

    assert outcome(answer) == REFUSED


async def test_without_its_last_passkey_an_account_has_no_second_factor(
    client: httpx.AsyncClient, ana: PasskeyUser, authenticator: Authenticator, registrar: Registrar
) -> None:
    path = f"{PASSKEYS}/{(await ana.list())[0]['id']}"
    assert (await registrar.account()).has_second_factor

    await client.delete(path, headers=ana.headers)

    assert not (await registrar.account()).has_second_factor
    state = await client.get(f"{V1}/users/me/second-factors", headers=ana.headers)
    assert state.json() == {
        "totp_since": None, "passkeys": 0, "recovery_codes_left": 0, "is_required": False,
    }  # fmt: skip
    assert await bearer_headers(client)


async def test_a_reset_of_second_factors_removes_passkeys(
    client: httpx.AsyncClient, authenticator: Authenticator, resources: Resources
) -> None:
    async with resources.begin() as work:
        await reset_as_operator(work, "ana@example.com")

    assert outcome(await sign_in(client, authenticator)) == (401, "bad_credentials")


@pytest_asyncio.fixture
async def strict(settings: Settings, resources: Resources) -> Any:
    """A client of a site that requires a second factor of everybody."""
    changed = changed_settings(settings, require_second_factor="everyone")
    async with running_app(changed) as app, client_of(app) as opened:
        yield opened


async def test_where_a_factor_is_required_a_passkey_is_one_and_the_last_is_kept(
    strict: httpx.AsyncClient, registrar: Registrar
) -> None:
    await registrar.register_and_verify()
    ana = PasskeyUser(strict, await bearer_headers(strict))
    before = await strict.get(f"{V1}/lists", headers=ana.headers)
    passkey = await ana.add(Authenticator())

    after = await strict.get(f"{V1}/lists", headers=ana.headers)
    refused = await strict.delete(f"{PASSKEYS}/{passkey['id']}", headers=ana.headers)
    await ana.add(Authenticator())
    removed = await strict.delete(f"{PASSKEYS}/{passkey['id']}", headers=ana.headers)

    assert outcome(before) == (403, "second_factor_required")
    assert after.status_code == 200
    assert outcome(refused) == (409, "last_second_factor")
    assert "Set another up first." in refused.json()["detail"]
    assert removed.status_code == 204


async def test_where_a_factor_is_required_the_only_app_is_kept(
    strict: httpx.AsyncClient, registrar: Registrar
) -> None:
    user = await user_with_app(registrar)

    answer = await strict.delete(f"{V1}/users/me/second-factors/totp", headers=user.headers)

    assert outcome(answer) == (409, "last_second_factor")
