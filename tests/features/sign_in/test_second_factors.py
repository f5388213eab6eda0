"""Setting second factors up, recovery codes, and the ways to remove them."""

import asyncio
from datetime import timedelta

import httpx
import pyotp
import pytest
from sqlalchemy import select

from shared.accounts.account import find_account_by_email, lock_account
from shared.accounts.second_factors.reencryption import reencrypt_batch
from shared.accounts.second_factors.removal import reset_as_operator, reset_second_factors
from shared.accounts.second_factors.totp import use_totp_code
from shared.contract.shapes import SiteRole
from shared.errors import Forbidden
from shared.resources import Resources, open_resources
from shared.settings import Settings
from shared.tables.second_factors import RecoveryCodeRow, TotpRow
from tests.features.sign_in.test_step_up import make_stale
from tests.support.features.second_factors import V1, begin, finish, outcome, user_with_app
from tests.support.features.sign_in import bearer_headers, is_revoked
from tests.support.registration import PASSWORD, Registrar
from tests.support.settings import changed_settings
from tests.support.world_builder import World

FACTORS = f"{V1}/users/me/second-factors"
ANA = "ana@example.com"


async def test_an_app_counts_once_its_first_code_is_confirmed(
    client: httpx.AsyncClient, registrar: Registrar, resources: Resources
) -> None:
    await registrar.register_and_verify()
    ana = await bearer_headers(client)

    begun = (await client.post(f"{FACTORS}/totp", headers=ana)).json()
    pending = await client.post(f"{V1}/auth/login", json={"email": ANA, "password": PASSWORD})
    code = pyotp.TOTP(begun["secret"]).at(resources.clock.now())
    wrong = await client.post(f"{FACTORS}/totp/confirm", json={"code": "abcdef"}, headers=ana)
    confirmed = await client.post(f"{FACTORS}/totp/confirm", json={"code": code}, headers=ana)
    state = (await client.get(FACTORS, headers=ana)).json()

    assert begun["uri"].startswith("otpauth://totp/Livelist:ana%40example.com?secret=")
    assert begun["qr_code"].startswith("data:image/svg+xml")
    assert "access_token" in pending.json()
    assert outcome(wrong) == (422, "invalid")
    codes = confirmed.json()["recovery_codes"]
    assert len(set(codes)) == 10
    assert state["totp_since"] is not None
    assert (state["recovery_codes_left"], state["is_required"]) == (10, False)
    (entry,) = await registrar.audit("totp.added")
    assert ("send_security_notice", {"audit_id": entry.id, "to_old_address": False}) in (
        await registrar.jobs()
    )
    async with resources.begin_read() as read:
        stored = [
            str(list(await read.connection.execute(select(table.__table__))))
            for table in (TotpRow, RecoveryCodeRow)
        ]
    assert not [secret for secret in (begun["secret"], *codes) if secret in "".join(stored)]


async def test_the_code_of_a_wrong_clock_is_told_so(
    client: httpx.AsyncClient, registrar: Registrar, resources: Resources
) -> None:
    await registrar.register_and_verify()
    ana = await bearer_headers(client)
    secret = (await client.post(f"{FACTORS}/totp", headers=ana)).json()["secret"]
    code = pyotp.TOTP(secret).at(resources.clock.now() + timedelta(minutes=20))

    answer = await client.post(f"{FACTORS}/totp/confirm", json={"code": code}, headers=ana)

    (error,) = answer.json()["errors"]
    assert error["code"] == "wrong_code"
    assert "20 minutes ahead of" in error["message"]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/totp"), ("POST", "/totp/confirm"), ("DELETE", "/totp"),
        ("POST", "/recovery-codes"),
    ],
)  # fmt: skip
async def test_every_change_needs_a_step_up_by_the_factor_itself(
    client: httpx.AsyncClient,
    registrar: Registrar,
    resources: Resources,
    method: str,
    path: str,
) -> None:
    ana = await user_with_app(registrar)
    await make_stale(resources)
    body = {"code": "000000"} if path.endswith("confirm") else None

    refused = await client.request(method, FACTORS + path, json=body, headers=ana.headers)
    by_password = await client.post(
        f"{V1}/auth/step-up", json={"method": "password", "password": PASSWORD}, headers=ana.headers
    )
    by_code = await client.post(
        f"{V1}/auth/step-up", json={"method": "totp", "code": ana.code()}, headers=ana.headers
    )
    replayed = await client.post(
        f"{V1}/auth/step-up", json={"method": "totp", "code": ana.code()}, headers=ana.headers
    )
    allowed = await client.request(method, FACTORS + path, json=body, headers=ana.headers)

    assert outcome(refused) == outcome(by_password) == (403, "step_up_required")
    assert refused.json()["methods"] == ["totp", "recovery_code"]
    assert by_code.status_code == 204
    assert outcome(replayed) == (403, "code_used")
    assert allowed.status_code in (201, 204, 404)


async def test_an_app_is_replaced_and_works_until_then(
    client: httpx.AsyncClient, registrar: Registrar, resources: Resources
) -> None:
    ana = await user_with_app(registrar)
    other = (await client.post(f"{FACTORS}/totp", headers=ana.headers)).json()["secret"]

    async def confirm(code: str) -> httpx.Response:
        path = f"{FACTORS}/totp/confirm"
        return await client.post(path, json={"code": code}, headers=ana.headers)

    meanwhile = await finish(client, await begin(client), ana.code())
    with_old = await confirm(ana.code())
    old_secret, ana.secret = ana.secret, other
    not_yet = await finish(client, await begin(client), ana.code())
    replaced = await confirm(ana.code(-1))
    again = await confirm(ana.code())
    signed_in = await finish(client, await begin(client), ana.code())
    ana.secret = old_secret
    gone = await finish(client, await begin(client), ana.code(1))

    assert meanwhile.status_code == 200
    assert outcome(with_old) == (422, "invalid")
    assert outcome(not_yet) == (403, "wrong_code")
    assert (replaced.status_code, replaced.json()) == (200, {"recovery_codes": []})
    assert outcome(again) == (404, "not_found")
    assert signed_in.status_code == 200
    assert outcome(gone) == (403, "wrong_code")
    assert len(await registrar.audit("totp.replaced")) == 1


async def test_a_recovery_code_signs_in_once_however_it_is_typed(
    client: httpx.AsyncClient, registrar: Registrar
) -> None:
    ana = await user_with_app(registrar)
    code = ana.recovery_codes[0]
    typed = f" {code.upper().replace('-', ' ')} "

    first = await finish(client, await begin(client), typed, "recovery_code")
    again = await finish(client, await begin(client), code, "recovery_code")

    assert first.status_code == 200
    assert outcome(again) == (403, "wrong_code")
    (entry,) = await registrar.audit("recovery_code.used")
    assert entry.facts == {"left": "9"}
    assert entry.address == "127.0.0.1"
    assert ("send_security_notice", {"audit_id": entry.id, "to_old_address": False}) in (
        await registrar.jobs()
    )


async def test_of_simultaneous_uses_of_one_recovery_code_one_succeeds(
    client: httpx.AsyncClient, registrar: Registrar
) -> None:
    ana = await user_with_app(registrar)
    challenges = [await begin(client) for _ in range(4)]

    answers = await asyncio.gather(
        *(finish(client, it, ana.recovery_codes[0], "recovery_code") for it in challenges)
    )

    assert sorted(answer.status_code for answer in answers) == [200, 403, 403, 403]


async def test_new_recovery_codes_replace_the_old_ones(
    client: httpx.AsyncClient, registrar: Registrar
) -> None:
    ana = await user_with_app(registrar)

    answer = await client.post(f"{FACTORS}/recovery-codes", headers=ana.headers)
    new = answer.json()["recovery_codes"]

    assert not set(new) & set(ana.recovery_codes)
    old = await finish(client, await begin(client), ana.recovery_codes[0], "recovery_code")
    assert outcome(old) == (403, "wrong_code")
    used = await finish(client, await begin(client), new[0], "recovery_code")
    assert used.status_code == 200
    assert len(await registrar.audit("recovery_codes.renewed")) == 1


async def test_removing_the_app_makes_the_sign_in_one_step_again(
    client: httpx.AsyncClient, registrar: Registrar
) -> None:
    ana = await user_with_app(registrar)

    removed = await client.delete(f"{FACTORS}/totp", headers=ana.headers)

    state = (await client.get(FACTORS, headers=ana.headers)).json()
    assert removed.status_code == 204
    assert (state["totp_since"], state["recovery_codes_left"]) == (None, 0)
    signed_in = await client.post(f"{V1}/auth/login", json={"email": ANA, "password": PASSWORD})
    assert "access_token" in signed_in.json()
    assert len(await registrar.audit("totp.removed")) == 1


async def test_an_administrator_removes_the_factors_of_another_account(
    client: httpx.AsyncClient, registrar: Registrar, world: World, resources: Resources
) -> None:
    ana = await user_with_app(registrar)
    admin = await world.user("Ada", site_role=SiteRole.ADMIN)

    async with resources.begin() as work:
        await reset_second_factors(work, admin, ana.tokens.actor.user_id)
    with pytest.raises(Forbidden):
        async with resources.begin() as work:
            await reset_second_factors(work, admin, admin.user_id)

    assert await is_revoked(resources, ana.tokens)
    signed_in = await client.post(f"{V1}/auth/login", json={"email": ANA, "password": PASSWORD})
    assert "access_token" in signed_in.json()
    (entry,) = await registrar.audit("second_factors.reset")
    assert entry.actor_id == admin.user_id
    assert ("send_security_notice", {"audit_id": entry.id, "to_old_address": False}) in (
        await registrar.jobs()
    )


async def test_the_operator_removes_them_by_the_address(
    registrar: Registrar, resources: Resources
) -> None:
    await user_with_app(registrar)

    async with resources.begin() as work:
        found = await reset_as_operator(work, ANA)
        unknown = await reset_as_operator(work, "nobody@example.com")

    assert found is not None
    assert unknown is None
    assert not (await registrar.account()).has_second_factor


async def test_a_replaced_secret_key_keeps_the_apps_working(
    registrar: Registrar, settings: Settings
) -> None:
    old = {"secret_key": "o" * 40}
    new = {"secret_key": "n" * 40}
    async with open_resources(changed_settings(settings, **old)) as opened:
        ana = await user_with_app(Registrar(opened))
    rotating = changed_settings(settings, **new, previous_secret_key="o" * 40)
    async with open_resources(rotating) as opened:
        more = [await reencrypt_batch(opened), await reencrypt_batch(opened)]
    async with open_resources(changed_settings(settings, **new)) as opened:
        ana.resources = opened
        refusal = await _use(opened, ana.code())

    assert more == [False, False]
    assert refusal is None


async def _use(resources: Resources, code: str) -> object:
    async with resources.begin() as work:
        account = await find_account_by_email(work, ANA)
        assert account is not None
        locked = await lock_account(work, account.id)
        return await use_totp_code(work, resources.settings, locked, code)
