"""The second step of a sign-in, and every attempt to do without it."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import select, update

from shared.accounts import password_change
from shared.accounts.administration import AccountEdit, edit_as_operator
from shared.accounts.authentication.challenges import (
    MAX_ATTEMPTS,
    MAX_OPEN_CHALLENGES,
    create_challenge,
)
from shared.contract.sessions import SignInMethod
from shared.resources import Resources
from shared.signed_links import Purpose
from shared.tables.accounts import SessionRow
from shared.tables.second_factors import SignInChallengeRow
from tests.support.features.second_factors import V1, begin, finish, outcome, user_with_app
from tests.support.registration import PASSWORD, PHONE, Registrar

ANA, BEN = "ana@example.com", "ben@example.com"
NEW_PASSWORD = "another orchard lamp"
INVALID, WRONG, USED = (401, "challenge_invalid"), (403, "wrong_code"), (403, "code_used")


async def sessions_of(resources: Resources) -> list[str]:
    async with resources.begin_read() as read:
        rows = await read.connection.scalars(
            select(SessionRow.sign_in_method).where(SessionRow.revoked_at.is_(None))
        )
    return sorted(rows)


async def test_a_sign_in_with_a_second_factor_has_two_steps(
    client: httpx.AsyncClient, registrar: Registrar, resources: Resources
) -> None:
    ana = await user_with_app(registrar)

    challenge = await begin(client)
    before = await sessions_of(resources)
    answer = await finish(client, challenge, ana.code())

    assert challenge["methods"] == ["totp", "recovery_code"]
    assert before == [SignInMethod.EMAIL_LINK]
    assert answer.headers["Cache-Control"] == "no-store"
    bearer = {"Authorization": f"Bearer {answer.json()['access_token']}"}
    assert (await client.get(f"{V1}/users/me", headers=bearer)).json()["has_second_factor"] is True
    assert await sessions_of(resources) == [
        SignInMethod.EMAIL_LINK,
        SignInMethod.PASSWORD_AND_CODE,
    ]


async def test_a_browser_gets_its_cookie_with_the_second_step_only(
    client: httpx.AsyncClient, registrar: Registrar
) -> None:
    ana = await user_with_app(registrar)
    web = {"Livelist-Client": "web"}
    origin = {"Origin": "http://localhost:8000"}

    challenge = await begin(client, **web, **origin)
    no_cookie = dict(client.cookies)
    foreign = await finish(client, challenge, ana.code(), **web, Origin="https://evil.example")
    answer = await finish(client, challenge, ana.code(), **web, **origin)

    assert no_cookie == {}
    assert outcome(foreign) == (403, "origin_refused")
    assert answer.json()["refresh_token"] is None
    assert "HttpOnly" in answer.headers["set-cookie"]


async def test_no_other_way_leads_to_a_session(
    client: httpx.AsyncClient, registrar: Registrar, resources: Resources
) -> None:
    await user_with_app(registrar)
    before = await sessions_of(resources)

    form = await client.post(f"{V1}/auth/token", data={"username": ANA, "password": PASSWORD})
    async with resources.begin_read() as read:
        challenges = list(await read.connection.scalars(select(SignInChallengeRow.hash)))
    await password_change.forgot_password(resources, ANA, PHONE)
    link = await registrar.newest_link_token(Purpose.RESET_PASSWORD, ANA)
    body = {"token": link, "password": NEW_PASSWORD}
    reset = await client.post(f"{V1}/auth/reset-password", json=body)
    again = await client.post(f"{V1}/auth/login", json={"email": ANA, "password": NEW_PASSWORD})

    assert outcome(form) == (403, "challenge_required")
    assert challenges == []
    assert reset.status_code == 204
    assert set(again.json()) == {"challenge", "methods"}
    assert before == [SignInMethod.EMAIL_LINK]
    assert await sessions_of(resources) == []


async def test_the_link_of_a_changed_address_opens_no_second_session(
    client: httpx.AsyncClient, registrar: Registrar, resources: Resources
) -> None:
    ana = await user_with_app(registrar)
    await registrar.change_email(ana.tokens.actor, "ana@elsewhere.example")
    token = await registrar.newest_link_token(Purpose.CHANGE_EMAIL, "ana@elsewhere.example")

    answer = await client.post(
        f"{V1}/auth/verify-email", json={"token": token}, headers=ana.headers
    )

    assert answer.status_code == 200
    assert "access_token" not in answer.json()
    assert (await registrar.account("ana@elsewhere.example")).has_second_factor
    assert await sessions_of(resources) == [SignInMethod.EMAIL_LINK]


async def test_a_challenge_works_once_and_a_code_works_once(
    client: httpx.AsyncClient, registrar: Registrar
) -> None:
    ana = await user_with_app(registrar)
    challenge, other = await begin(client), await begin(client)

    first = await finish(client, challenge, ana.code())
    same_challenge = await finish(client, challenge, ana.code(1))
    same_code = await finish(client, other, ana.code())
    older_code = await finish(client, other, ana.code(-1))
    next_code = await finish(client, other, ana.code(1))

    assert outcome(first) == (200, "")
    assert outcome(same_challenge) == INVALID
    assert outcome(same_code) == outcome(older_code) == USED
    assert outcome(next_code) == (200, "")


async def test_of_simultaneous_uses_of_one_code_one_succeeds(
    client: httpx.AsyncClient, registrar: Registrar, resources: Resources
) -> None:
    ana = await user_with_app(registrar)
    challenges = [await begin(client) for _ in range(4)]
    before = len(await sessions_of(resources))

    answers = await asyncio.gather(*(finish(client, it, ana.code()) for it in challenges))
    same = await begin(client)
    again = await asyncio.gather(*(finish(client, same, ana.code(1)) for _ in range(4)))

    assert sorted(map(outcome, answers)) == [(200, ""), USED, USED, USED]
    assert sorted(map(outcome, again)) == [(200, ""), INVALID, INVALID, INVALID]
    assert len(await sessions_of(resources)) == before + 2


async def test_a_challenge_is_for_its_own_account(
    client: httpx.AsyncClient, registrar: Registrar
) -> None:
    ana, ben = await user_with_app(registrar), await user_with_app(registrar, BEN)

    answers = [
        await finish(client, await begin(client), ben.code()),
        await finish(client, await begin(client), ben.recovery_codes[0], "recovery_code"),
        await finish(client, {"challenge": "x" * 43}, ana.code()),
    ]

    assert list(map(outcome, answers)) == [WRONG, WRONG, INVALID]


async def test_five_wrong_codes_end_a_challenge_and_are_reported(
    client: httpx.AsyncClient, registrar: Registrar, resources: Resources
) -> None:
    ana = await user_with_app(registrar)
    challenge = await begin(client)

    wrong = [await finish(client, challenge, ana.wrong_code()) for _ in range(MAX_ATTEMPTS)]
    right = await finish(client, challenge, ana.code())

    assert set(map(outcome, wrong)) == {WRONG}
    assert outcome(right) == INVALID
    assert len(await registrar.audit("sign_in.failed")) == MAX_ATTEMPTS
    (entry,) = await registrar.audit("second_factor.guessed")
    assert ("send_security_notice", {"audit_id": entry.id, "to_old_address": False}) in (
        await registrar.jobs()
    )
    assert len(await sessions_of(resources)) == 1


async def test_wrong_codes_are_reported_by_account_whatever_they_are_given_for(
    limited: httpx.AsyncClient, registrar: Registrar
) -> None:
    ana = await user_with_app(registrar)
    step_up = {"method": "totp", "code": ana.wrong_code()}
    # Wrong passwords are nobody who passed the first step.
    for _ in range(3):
        await limited.post(f"{V1}/auth/login", json={"email": ANA, "password": "wrong one"})

    for _ in range(2):
        await finish(limited, await begin(limited), ana.wrong_code())
    for _ in range(2):
        await limited.post(f"{V1}/auth/step-up", json=step_up, headers=ana.headers)
    before = await registrar.audit("second_factor.guessed")
    await limited.post(f"{V1}/auth/step-up", json=step_up, headers=ana.headers)
    of_step_up = await registrar.audit("second_factor.guessed")
    await finish(limited, await begin(limited), ana.wrong_code())

    assert (len(before), len(of_step_up)) == (0, 1)
    (entry,) = await registrar.audit("second_factor.guessed")
    assert [it["audit_id"] for _, it in await registrar.jobs() if "audit_id" in it].count(
        entry.id
    ) == 1


async def test_many_attempts_at_once_are_counted_one_by_one(
    client: httpx.AsyncClient, registrar: Registrar
) -> None:
    ana = await user_with_app(registrar)
    challenge = await begin(client)

    answers = await asyncio.gather(
        *(finish(client, challenge, ana.wrong_code()) for _ in range(12))
    )

    assert sorted(map(outcome, answers)) == [INVALID] * 7 + [WRONG] * 5


async def test_an_expired_challenge_is_void(
    client: httpx.AsyncClient, registrar: Registrar, resources: Resources
) -> None:
    ana = await user_with_app(registrar)
    challenge = await begin(client)
    async with resources.begin() as work:
        past = work.now - timedelta(seconds=1)
        await work.connection.execute(update(SignInChallengeRow).values(expires_at=past))

    assert outcome(await finish(client, challenge, ana.code())) == INVALID


@pytest.mark.parametrize("event", ["password", "disabled", "reset", "removed"])
async def test_a_change_of_the_account_voids_open_challenges(
    client: httpx.AsyncClient, registrar: Registrar, resources: Resources, event: str
) -> None:
    ana = await user_with_app(registrar)
    challenge = await begin(client)

    if event == "password":
        await password_change.change_password(resources, ana.tokens.actor, PASSWORD, NEW_PASSWORD)
    elif event == "disabled":
        async with resources.begin() as work:
            await edit_as_operator(work, ANA, AccountEdit(disabled=True))
    elif event == "reset":
        await password_change.forgot_password(resources, ANA, PHONE)
        link = await registrar.newest_link_token(Purpose.RESET_PASSWORD, ANA)
        await password_change.reset_password(resources, link, NEW_PASSWORD, PHONE)
    else:
        await client.delete(f"{V1}/users/me/second-factors/totp", headers=ana.headers)

    assert outcome(await finish(client, challenge, ana.code())) == INVALID


async def test_of_too_many_challenges_the_network_with_most_makes_room(
    client: httpx.AsyncClient, registrar: Registrar, resources: Resources
) -> None:
    ana = await user_with_app(registrar)
    account = await registrar.account()
    owner = await begin(client)

    # From four networks, each of which has ten in turn.
    thief = []
    for number in range(MAX_OPEN_CHALLENGES + 20):
        network = f"198.51.100.{number // 10 % 4}"
        async with resources.begin() as work:
            made = await create_challenge(work, account, SignInMethod.PASSWORD, network)
        thief.append({"challenge": made.token})
    async with resources.begin_read() as read:
        rows = list(await read.connection.scalars(select(SignInChallengeRow.hash)))

    assert len(rows) == MAX_OPEN_CHALLENGES
    assert not {challenge["challenge"] for challenge in (*thief, owner)} & set(rows)
    assert outcome(await finish(client, thief[0], ana.code())) == INVALID
    assert outcome(await finish(client, owner, ana.code())) == (200, "")
    assert outcome(await finish(client, thief[-1], ana.code(1))) == (200, "")


async def test_a_challenge_keeps_the_network_that_rate_limits_count_by(
    limited: httpx.AsyncClient, registrar: Registrar, resources: Resources
) -> None:
    await user_with_app(registrar)

    for address in ("192.0.2.7", "2001:db8:1:2:3::4", "2001:db8:1:2:9::9"):
        await begin(limited, **{"X-Forwarded-For": address})

    async with resources.begin_read() as read:
        networks = list(await read.connection.scalars(select(SignInChallengeRow.network)))
    assert sorted(networks) == ["192.0.2.7", "2001:db8:1:2::", "2001:db8:1:2::"]


@pytest.mark.parametrize("path", ["login", "token"])
async def test_first_steps_alone_are_limited_and_keep_no_owner_out(
    limited: httpx.AsyncClient, registrar: Registrar, path: str
) -> None:
    ana = await user_with_app(registrar)
    owner = await begin(limited, **{"X-Forwarded-For": "192.0.2.1"})
    of_path: dict[str, dict[str, Any]] = {
        "login": {"json": {"email": ANA, "password": PASSWORD}},
        "token": {"data": {"username": ANA, "password": PASSWORD}},
    }

    thief = {"X-Forwarded-For": "198.51.100.1"}
    statuses = [
        (await limited.post(f"{V1}/auth/{path}", headers=thief, **of_path[path])).status_code
        for _ in range(12)
    ]

    assert statuses == [200 if path == "login" else 403] * 10 + [429] * 2
    assert outcome(await finish(limited, owner, ana.code())) == (200, "")


async def test_sign_ins_of_two_steps_are_not_limited(
    limited: httpx.AsyncClient, registrar: Registrar
) -> None:
    ana = await user_with_app(registrar)

    for code in ana.recovery_codes:
        answer = await finish(limited, await begin(limited), code, "recovery_code")
        assert outcome(answer) == (200, "")

    assert outcome(await finish(limited, await begin(limited), ana.code())) == (200, "")


async def test_codes_are_limited_for_the_account_from_all_networks_together(
    limited: httpx.AsyncClient, registrar: Registrar
) -> None:
    ana = await user_with_app(registrar)
    statuses = []
    for number in range(4):
        network = {"X-Forwarded-For": f"192.0.{number}.1"}
        challenge = await begin(limited, **network)
        for _ in range(MAX_ATTEMPTS):
            answer = await finish(limited, challenge, ana.wrong_code(), **network)
            statuses.append(answer.status_code)

    # The owner, whom a thief of the password keeps from the app, still gets in.
    owner = await begin(limited)
    by_recovery_code = await finish(limited, owner, ana.recovery_codes[0], "recovery_code")
    strangers = [
        await limited.post(f"{V1}/auth/login", json={"email": BEN, "password": "wrong one"})
        for _ in range(3)
    ]

    assert statuses == [403] * 15 + [429] * 5
    assert by_recovery_code.status_code == 200
    assert {answer.status_code for answer in strangers} == {401}


async def test_a_wrong_password_says_nothing_of_the_second_factor(
    client: httpx.AsyncClient, registrar: Registrar
) -> None:
    await user_with_app(registrar)
    answers = [
        await client.post(f"{V1}/auth/login", json={"email": email, "password": "wrong one"})
        for email in (ANA, "nobody@example.com")
    ]

    known, unknown = ({**it.json(), "request_id": ""} for it in answers)
    assert known == unknown
    assert answers[0].status_code == 401
