"""Sign-in, refresh and sign-out: which sessions stay valid, which are revoked, and what is mailed."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from shared.accounts import queries
from shared.accounts.authentication import passwords, sessions
from shared.accounts.authentication.credentials import authenticate
from shared.accounts.authentication.devices import Device
from shared.accounts.authentication.sessions import (
    MAX_SESSIONS,
    REFRESH_GRACE_SECONDS,
)
from shared.accounts.authentication.sign_in import sign_in
from shared.clock import SystemClock
from shared.contract.sessions import SignInMethod
from shared.errors import Forbidden, NotFound, Unauthenticated
from shared.ids import SessionId, new_id
from shared.resources import Resources
from shared.tables.accounts import RefreshTokenRow, SessionRow, UserRow
from tests.support.clock import ManualClock
from tests.support.features.sign_in import is_revoked
from tests.support.registration import LAPTOP, PASSWORD, PHONE, Registrar, tokens_of

ANA = "ana@example.com"
LATER = timedelta(seconds=REFRESH_GRACE_SECONDS + 1)


@pytest.fixture
def clock(resources: Resources) -> ManualClock:
    clock = resources.clock = ManualClock(SystemClock().now())
    return clock


async def test_the_right_password_opens_a_session(
    registrar: Registrar, resources: Resources
) -> None:
    await registrar.register_and_verify()

    signed_in = tokens_of(await sign_in(resources, " Ana@Example.com ", PASSWORD, PHONE))

    actor = await authenticate(resources, signed_in.access_token, "192.0.2.9")
    async with resources.begin_read() as read:
        here, there = await queries.read_my_sessions(read, actor)
    assert (here.current, here.address, here.user_agent) == (True, PHONE.address, "Phone")
    assert here.sign_in_method is SignInMethod.PASSWORD
    assert (there.current, there.user_agent, there.device) == (False, "Laptop", "Laptop")
    assert there.sign_in_method is SignInMethod.EMAIL_LINK
    assert [row.address for row in await registrar.audit("session.opened")] == [
        LAPTOP.address,
        PHONE.address,
    ]


async def test_unknown_address_and_wrong_password_get_the_same_answer(
    registrar: Registrar, resources: Resources
) -> None:
    await registrar.register_and_verify()
    await registrar.register("pending@example.com")

    answers = set()
    for email in (ANA, "nobody@example.com", "pending@example.com", "", "no address at all"):
        with pytest.raises(Unauthenticated) as caught:
            await sign_in(resources, email, "not the password", LAPTOP)
        answers.add((caught.value.reason, caught.value.detail))

    assert len(answers) == 1
    assert answers.pop()[0] == "bad_credentials"
    assert len(await registrar.audit("sign_in.failed")) == 5


async def test_only_the_right_password_reveals_that_an_account_is_unverified(
    registrar: Registrar, resources: Resources
) -> None:
    await registrar.register(ANA)

    with pytest.raises(Forbidden) as caught:
        await sign_in(resources, ANA, PASSWORD, LAPTOP)

    assert caught.value.reason == "unverified"


async def test_only_the_right_password_reveals_that_an_account_is_disabled(
    registrar: Registrar, resources: Resources
) -> None:
    await registrar.register_and_verify()
    async with resources.begin() as work:
        await work.connection.execute(update(UserRow).values(status="disabled"))

    with pytest.raises(Forbidden) as caught:
        await sign_in(resources, ANA, PASSWORD, LAPTOP)
    assert caught.value.reason == "disabled"
    with pytest.raises(Unauthenticated):
        await sign_in(resources, ANA, "not the password", LAPTOP)


async def test_an_account_without_a_password_cannot_be_signed_in_to(
    registrar: Registrar, resources: Resources
) -> None:
    await registrar.register_and_verify()
    async with resources.begin() as work:
        await work.connection.execute(update(UserRow).values(password_hash="!"))

    for password in ("", "!", PASSWORD):
        with pytest.raises(Unauthenticated):
            await sign_in(resources, ANA, password, LAPTOP)


async def test_a_device_name_is_shown_without_control_characters(
    registrar: Registrar, resources: Resources
) -> None:
    await registrar.register_and_verify()

    signed_in = tokens_of(
        await sign_in(resources, ANA, PASSWORD, Device("", "Fire\x00\x1bfox" + "x" * 900))
    )

    async with resources.begin_read() as read:
        session = (await queries.read_my_sessions(read, signed_in.actor))[0]
    assert session.user_agent.startswith("Firefoxxx")
    assert len(session.user_agent) == 300


async def test_refreshing_uses_the_token_and_keeps_the_session(
    registrar: Registrar, resources: Resources, clock: ManualClock
) -> None:
    first = await registrar.register_and_verify()
    clock.advance(timedelta(minutes=20))

    second = await sessions.refresh(resources, first.refresh_token, PHONE)

    assert second.refresh_token != first.refresh_token
    assert second.actor.session_id == first.actor.session_id
    assert await is_revoked(resources, first)
    assert not await is_revoked(resources, second)
    third = await sessions.refresh(resources, second.refresh_token, PHONE)
    assert not await is_revoked(resources, third)


async def test_a_replayed_token_revokes_the_session_and_sends_a_security_mail(
    registrar: Registrar, resources: Resources, clock: ManualClock
) -> None:
    first = await registrar.register_and_verify()
    second = await sessions.refresh(resources, first.refresh_token, LAPTOP)
    clock.advance(LATER)

    with pytest.raises(Unauthenticated):
        await sessions.refresh(resources, first.refresh_token, PHONE)

    assert await is_revoked(resources, second)
    with pytest.raises(Unauthenticated):
        await sessions.refresh(resources, second.refresh_token, LAPTOP)
    (event,) = await registrar.events(first.actor.user_id, "session.revoked")
    assert event["data"] == {"session_ids": [first.actor.session_id]}
    (row,) = await registrar.audit("session.token_replayed")
    assert row.address == PHONE.address
    assert ("send_security_notice", {"audit_id": row.id, "to_old_address": False}) in (
        await registrar.jobs()
    )


async def test_a_second_replay_is_not_audited_again(
    registrar: Registrar, resources: Resources, clock: ManualClock
) -> None:
    first = await registrar.register_and_verify()
    await sessions.refresh(resources, first.refresh_token, LAPTOP)
    clock.advance(LATER)

    for _ in range(3):
        with pytest.raises(Unauthenticated):
            await sessions.refresh(resources, first.refresh_token, PHONE)

    assert len(await registrar.audit("session.token_replayed")) == 1


async def test_a_replay_does_not_revoke_other_sessions(
    registrar: Registrar, resources: Resources, clock: ManualClock
) -> None:
    first = await registrar.register_and_verify()
    phone = tokens_of(await sign_in(resources, ANA, PASSWORD, PHONE))
    await sessions.refresh(resources, first.refresh_token, LAPTOP)
    clock.advance(LATER)

    with pytest.raises(Unauthenticated):
        await sessions.refresh(resources, first.refresh_token, LAPTOP)

    assert not await is_revoked(resources, phone)


async def test_two_tabs_that_refresh_at_once_both_stay_signed_in(
    registrar: Registrar, resources: Resources, clock: ManualClock
) -> None:
    first = await registrar.register_and_verify()

    tabs = await asyncio.gather(
        *(sessions.refresh(resources, first.refresh_token, LAPTOP) for _ in range(4))
    )

    clock.advance(LATER)
    # One chain: of a token and its copy, the second use is seen.
    assert len({tab.refresh_token for tab in tabs}) == 1
    for tab in tabs:
        again = await sessions.refresh(resources, tab.refresh_token, LAPTOP)
        assert not await is_revoked(resources, again)


async def test_an_unused_session_expires(
    registrar: Registrar, resources: Resources, clock: ManualClock
) -> None:
    first = await registrar.register_and_verify()
    days = timedelta(days=resources.settings.accounts.session_days)

    clock.advance(days - timedelta(seconds=1))
    second = await sessions.refresh(resources, first.refresh_token, LAPTOP)
    clock.advance(days)

    with pytest.raises(Unauthenticated):
        await sessions.refresh(resources, second.refresh_token, LAPTOP)


@pytest.mark.parametrize("token", ["", "x" * 43, "\0", "\ud800"])
async def test_a_made_up_refresh_token_is_refused(resources: Resources, token: str) -> None:
    with pytest.raises(Unauthenticated):
        await sessions.refresh(resources, token, LAPTOP)


async def test_a_disabled_account_cannot_refresh(
    registrar: Registrar, resources: Resources
) -> None:
    first = await registrar.register_and_verify()
    async with resources.begin() as work:
        await work.connection.execute(update(UserRow).values(status="disabled"))

    with pytest.raises(Unauthenticated):
        await sessions.refresh(resources, first.refresh_token, LAPTOP)


async def test_tokens_are_stored_as_hashes(registrar: Registrar, resources: Resources) -> None:
    signed_in = await registrar.register_and_verify()

    async with resources.begin_read() as read:
        kept = list(await read.connection.scalars(select(RefreshTokenRow.hash)))
    assert signed_in.refresh_token not in kept
    assert len(kept[0]) == 64


async def test_signing_out_revokes_only_this_session(
    registrar: Registrar, resources: Resources
) -> None:
    laptop = await registrar.register_and_verify()
    phone = tokens_of(await sign_in(resources, ANA, PASSWORD, PHONE))

    async with resources.begin() as work:
        await sessions.sign_out(work, laptop.actor)

    assert await is_revoked(resources, laptop)
    assert not await is_revoked(resources, phone)
    (event,) = await registrar.events(laptop.actor.user_id, "session.revoked")
    assert event["data"]["session_ids"] == [laptop.actor.session_id]


async def test_a_user_revokes_one_session_from_another(
    registrar: Registrar, resources: Resources
) -> None:
    laptop = await registrar.register_and_verify()
    phone = tokens_of(await sign_in(resources, ANA, PASSWORD, PHONE))

    async with resources.begin() as work:
        await sessions.revoke_session(work, laptop.actor, phone.actor.session_id)

    assert await is_revoked(resources, phone)
    assert not await is_revoked(resources, laptop)


async def test_a_session_of_another_user_cannot_be_revoked(
    registrar: Registrar, resources: Resources
) -> None:
    ana = await registrar.register_and_verify()
    ben = await registrar.register_and_verify("ben@example.com", name="Ben")

    for session_id in (ana.actor.session_id, SessionId(new_id())):
        with pytest.raises(NotFound):
            async with resources.begin() as work:
                await sessions.revoke_session(work, ben.actor, session_id)

    assert not await is_revoked(resources, ana)


async def test_revoking_all_other_sessions_keeps_this_one(
    registrar: Registrar, resources: Resources
) -> None:
    laptop = await registrar.register_and_verify()
    others = [tokens_of(await sign_in(resources, ANA, PASSWORD, PHONE)) for _ in range(3)]

    async with resources.begin() as work:
        await sessions.revoke_other_sessions(work, laptop.actor)

    assert not await is_revoked(resources, laptop)
    assert [await is_revoked(resources, other) for other in others] == [True] * 3
    (event,) = await registrar.events(laptop.actor.user_id, "session.revoked")
    assert event["data"]["session_ids"] == sorted(other.actor.session_id for other in others)


async def test_a_session_over_the_limit_revokes_the_one_unused_longest(
    registrar: Registrar, resources: Resources, clock: ManualClock
) -> None:
    oldest = await registrar.register_and_verify()

    for _ in range(MAX_SESSIONS):
        clock.advance(timedelta(seconds=1))
        await sign_in(resources, ANA, PASSWORD, PHONE)

    assert await is_revoked(resources, oldest)
    async with resources.begin_read() as read:
        live_count = await read.connection.scalar(
            select(func.count()).select_from(SessionRow).where(SessionRow.revoked_at.is_(None))
        )
    assert live_count == MAX_SESSIONS


async def test_a_sign_in_during_a_password_change_fails(
    registrar: Registrar, resources: Resources, monkeypatch: pytest.MonkeyPatch
) -> None:
    await registrar.register_and_verify()
    right = passwords.is_correct

    async def change_meanwhile(
        password: str, kept: str | None, asker: passwords.Asker | None
    ) -> bool:
        answer: bool = await right(password, kept, asker)
        async with resources.begin() as work:
            await work.connection.execute(update(UserRow).values(password_hash="changed"))
        return answer

    monkeypatch.setattr("shared.accounts.authentication.passwords.is_correct", change_meanwhile)

    with pytest.raises(Unauthenticated):
        await sign_in(resources, ANA, PASSWORD, PHONE)
