"""Changes of password and address: what they require, revoke, and mail."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import insert

from shared.accounts import password_change, registration
from shared.accounts.authentication.sessions import IssuedTokens
from shared.accounts.authentication.sign_in import sign_in
from shared.accounts.email_links import LINK_LIFETIMES
from shared.clock import SystemClock
from shared.errors import Forbidden, Invalid, Unauthenticated
from shared.ids import new_id
from shared.resources import Resources
from shared.signed_links import Purpose
from shared.tables.members import InvitationRow
from shared.text import email_key
from tests.support.clock import ManualClock
from tests.support.features.sign_in import is_revoked
from tests.support.realtime.snapshots import account_snapshot
from tests.support.registration import LAPTOP, PASSWORD, PHONE, Registrar, tokens_of
from tests.support.world_builder import World
from worker.mail.security_email import SECURITY_EMAIL_TEXTS

ANA, NEW = "ana@example.com", "ana@elsewhere.example"
NEW_PASSWORD = "another orchard lamp"


async def _change_email(registrar: Registrar, signed_in: IssuedTokens, email: str = NEW) -> str:
    """Request a change of address, and return the token mailed to the new address."""
    await registrar.change_email(signed_in.actor, email)
    return await registrar.newest_link_token(Purpose.CHANGE_EMAIL, email)


async def test_changing_the_password_revokes_every_other_session(
    registrar: Registrar, resources: Resources
) -> None:
    laptop = await registrar.register_and_verify()
    phone = tokens_of(await sign_in(resources, ANA, PASSWORD, PHONE))

    await password_change.change_password(resources, laptop.actor, PASSWORD, NEW_PASSWORD)

    assert not await is_revoked(resources, laptop)
    assert await is_revoked(resources, phone)
    await sign_in(resources, ANA, NEW_PASSWORD, PHONE)
    with pytest.raises(Unauthenticated):
        await sign_in(resources, ANA, PASSWORD, PHONE)
    (row,) = await registrar.audit("password.changed")
    assert (await registrar.jobs())[-1] == (
        "send_security_notice",
        {"audit_id": row.id, "to_old_address": False},
    )


async def test_changing_the_password_needs_the_old_one(
    registrar: Registrar, resources: Resources
) -> None:
    laptop = await registrar.register_and_verify()

    with pytest.raises(Forbidden) as caught:
        await password_change.change_password(resources, laptop.actor, "wrong", NEW_PASSWORD)

    assert caught.value.reason == "wrong_password"
    assert len(await registrar.audit("password.wrong")) == 1
    await sign_in(resources, ANA, PASSWORD, PHONE)


async def test_an_account_without_a_password_learns_how_to_set_one(
    resources: Resources, world: World
) -> None:
    bare = await world.user("Bea")

    with pytest.raises(Forbidden) as caught:
        await password_change.change_password(resources, bare, "!", NEW_PASSWORD)

    assert caught.value.reason == "wrong_password"
    assert "“Forgot your password?” sets one" in caught.value.detail


async def test_a_common_new_password_is_refused(registrar: Registrar, resources: Resources) -> None:
    laptop = await registrar.register_and_verify()

    with pytest.raises(Invalid) as caught:
        await password_change.change_password(resources, laptop.actor, PASSWORD, "password1")

    assert caught.value.errors[0].field == "new_password"


async def test_of_two_concurrent_password_changes_one_succeeds(
    registrar: Registrar, resources: Resources
) -> None:
    laptop = await registrar.register_and_verify()

    outcomes = await asyncio.gather(
        *(
            password_change.change_password(resources, laptop.actor, PASSWORD, f"{word} lamp")
            for word in ("first orchard", "second orchard")
        ),
        return_exceptions=True,
    )

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Forbidden", "NoneType"]


async def test_a_forgotten_password_is_reset_by_the_link(
    registrar: Registrar, resources: Resources
) -> None:
    laptop = await registrar.register_and_verify()
    await password_change.forgot_password(resources, ANA, PHONE)
    token = await registrar.newest_link_token(Purpose.RESET_PASSWORD, ANA)

    await password_change.reset_password(resources, token, NEW_PASSWORD, PHONE)

    assert await is_revoked(resources, laptop)
    (event,) = await registrar.events(laptop.actor.user_id, "session.revoked")
    assert event["data"]["session_ids"] == [laptop.actor.session_id]
    await sign_in(resources, ANA, NEW_PASSWORD, PHONE)
    kinds = [kind for kind, _ in await registrar.jobs()]
    assert kinds == ["send_verification", "send_password_reset", "send_security_notice"]


async def test_a_reset_link_works_once_and_for_an_hour(
    registrar: Registrar, resources: Resources
) -> None:
    await registrar.register_and_verify()
    clock = resources.clock = ManualClock(SystemClock().now())
    await password_change.forgot_password(resources, ANA, PHONE)
    await password_change.forgot_password(resources, ANA, PHONE)
    first, second = await registrar.link_tokens(Purpose.RESET_PASSWORD, ANA)
    await password_change.reset_password(resources, second, NEW_PASSWORD, PHONE)

    for token, reason in ((first, "link_superseded"), (second, "link_used")):
        with pytest.raises(Invalid) as caught:
            await password_change.reset_password(resources, token, "a third orchard", PHONE)
        assert caught.value.reason == reason

    await password_change.forgot_password(resources, ANA, PHONE)
    clock.advance(LINK_LIFETIMES[Purpose.RESET_PASSWORD])
    with pytest.raises(Invalid) as caught:
        late = await registrar.newest_link_token(Purpose.RESET_PASSWORD, ANA)
        await password_change.reset_password(resources, late, "a third orchard", PHONE)
    assert caught.value.reason == "link_invalid"


async def test_a_newer_reset_link_voids_the_older(
    registrar: Registrar, resources: Resources
) -> None:
    await registrar.register_and_verify()
    for _ in range(2):
        await password_change.forgot_password(resources, ANA, LAPTOP)
    older, newer = await registrar.link_tokens(Purpose.RESET_PASSWORD, ANA)

    with pytest.raises(Invalid) as caught:
        await password_change.reset_password(resources, older, NEW_PASSWORD, PHONE)
    await password_change.reset_password(resources, newer, NEW_PASSWORD, PHONE)

    assert caught.value.reason == "link_superseded"


async def test_a_link_that_a_new_password_voided_says_so(
    registrar: Registrar, resources: Resources
) -> None:
    ana = (await registrar.register_and_verify()).actor
    await registrar.change_email(ana, "new@example.com")
    change = await registrar.newest_link_token(Purpose.CHANGE_EMAIL, "new@example.com")
    await password_change.forgot_password(resources, ANA, LAPTOP)
    reset = await registrar.newest_link_token(Purpose.RESET_PASSWORD, ANA)

    await password_change.reset_password(resources, reset, NEW_PASSWORD, PHONE)

    with pytest.raises(Invalid) as voided:
        await registration.verify_email(resources, change, LAPTOP, ana)
    with pytest.raises(Invalid) as used:
        await password_change.reset_password(resources, reset, NEW_PASSWORD, PHONE)
    assert (voided.value.reason, used.value.reason) == ("link_void", "link_used")


async def test_a_refused_password_does_not_use_the_link(
    registrar: Registrar, resources: Resources
) -> None:
    await registrar.register_and_verify()
    await password_change.forgot_password(resources, ANA, PHONE)
    token = await registrar.newest_link_token(Purpose.RESET_PASSWORD, ANA)

    with pytest.raises(Invalid):
        await password_change.reset_password(resources, token, "password", PHONE)

    await password_change.reset_password(resources, token, NEW_PASSWORD, PHONE)


async def test_forgot_password_for_an_unknown_address_sends_nothing(
    registrar: Registrar, resources: Resources
) -> None:
    await password_change.forgot_password(resources, "nobody@example.com", PHONE)

    assert await registrar.jobs() == []


async def test_forgot_password_for_a_pending_account_resends_the_verification(
    registrar: Registrar, resources: Resources
) -> None:
    await registrar.register(ANA)

    await password_change.forgot_password(resources, ANA, LAPTOP)

    assert [kind for kind, _ in await registrar.jobs()] == ["send_verification"] * 2


async def test_a_new_address_is_set_once_its_link_is_followed(
    registrar: Registrar, resources: Resources
) -> None:
    laptop = await registrar.register_and_verify()
    phone = tokens_of(await sign_in(resources, ANA, PASSWORD, PHONE))
    token = await _change_email(registrar, laptop)
    assert (await registrar.account(ANA)).email == ANA

    third = tokens_of(await registration.verify_email(resources, token, PHONE, laptop.actor))

    assert (await registrar.account(NEW)).email == NEW
    assert not await is_revoked(resources, laptop)
    assert not await is_revoked(resources, third)
    assert await is_revoked(resources, phone)
    await sign_in(resources, NEW, PASSWORD, PHONE)
    with pytest.raises(Unauthenticated):
        await sign_in(resources, ANA, PASSWORD, PHONE)


async def test_the_link_to_a_new_address_gives_another_user_no_access(
    registrar: Registrar, resources: Resources
) -> None:
    laptop = await registrar.register_and_verify()
    token = await _change_email(registrar, laptop)
    stranger = await registrar.register_and_verify("eve@example.com", name="Eve")

    for caller in (None, stranger.actor):
        with pytest.raises(Unauthenticated) as caught:
            await registration.verify_email(resources, token, PHONE, caller)
        assert caught.value.reason == "sign_in_first"

    assert (await registrar.account(ANA)).email == ANA
    await registration.verify_email(resources, token, PHONE, laptop.actor)
    assert (await registrar.account(NEW)).email == NEW


async def test_both_steps_send_a_security_mail_to_the_old_address(
    registrar: Registrar, resources: Resources
) -> None:
    laptop = await registrar.register_and_verify()

    token = await _change_email(registrar, laptop)
    await registration.verify_email(resources, token, PHONE, laptop.actor)

    (wanted,) = await registrar.audit("email.change_wanted")
    (changed,) = await registrar.audit("email.changed")
    notices = [payload for kind, payload in await registrar.jobs() if kind.endswith("_notice")]
    assert notices == [
        {"audit_id": wanted.id, "to_old_address": True},
        {"audit_id": changed.id, "to_old_address": True},
    ]
    assert wanted.facts["old_email"] == changed.facts["old_email"] == ANA


async def test_the_address_of_another_account_is_neither_revealed_nor_assigned(
    registrar: Registrar, resources: Resources
) -> None:
    laptop = await registrar.register_and_verify()
    await registrar.register_and_verify("ben@example.com", name="Ben")

    await registrar.change_email(laptop.actor, "BEN@example.com")

    assert await registrar.link_tokens(Purpose.CHANGE_EMAIL, "BEN@example.com") == []


async def test_an_address_that_another_account_verified_meanwhile_is_refused(
    registrar: Registrar, resources: Resources
) -> None:
    laptop = await registrar.register_and_verify()
    token = await _change_email(registrar, laptop)
    await registrar.register_and_verify(NEW, name="Ben")

    with pytest.raises(Invalid) as caught:
        await registration.verify_email(resources, token, PHONE, laptop.actor)

    assert caught.value.reason == "email_taken"


async def test_a_pending_account_cannot_keep_an_address_from_its_holder(
    registrar: Registrar, resources: Resources
) -> None:
    laptop = await registrar.register_and_verify()
    await registrar.register(NEW, name="Squatter")

    token = await _change_email(registrar, laptop)
    await registration.verify_email(resources, token, PHONE, laptop.actor)

    assert (await registrar.account(NEW)).name == "Ana"


async def test_a_second_change_of_address_voids_the_link_of_the_first(
    registrar: Registrar, resources: Resources
) -> None:
    laptop = await registrar.register_and_verify()
    first = await _change_email(registrar, laptop)
    await _change_email(registrar, laptop, "ana@third.example")

    with pytest.raises(Invalid):
        await registration.verify_email(resources, first, PHONE, laptop.actor)


async def test_changing_the_password_voids_a_pending_change_of_address(
    registrar: Registrar, resources: Resources
) -> None:
    laptop = await registrar.register_and_verify()
    token = await _change_email(registrar, laptop)

    await password_change.change_password(resources, laptop.actor, PASSWORD, NEW_PASSWORD)

    with pytest.raises(Invalid):
        await registration.verify_email(resources, token, PHONE, laptop.actor)


async def test_a_new_address_shows_its_invitations_instead_of_those_of_the_old(
    registrar: Registrar, resources: Resources, world: World
) -> None:
    laptop = await registrar.register_and_verify()
    host = await world.user("Host")
    list_id = await world.list(host)
    async with resources.begin() as work:
        for email in (ANA, NEW):
            await work.connection.execute(
                insert(InvitationRow).values(
                    id=new_id(),
                    list_id=list_id,
                    email=email,
                    email_key=email_key(email),
                    role="editor",
                    invited_by=host.user_id,
                    nonce="n",
                    created_at=work.now,
                    expires_at=work.now + timedelta(days=7),
                )
            )
    async with resources.begin_read() as read:
        (before,) = (await account_snapshot(read, laptop.actor)).invitations

    token = await _change_email(registrar, laptop)
    await registration.verify_email(resources, token, PHONE, laptop.actor)

    async with resources.begin_read() as read:
        (after,) = (await account_snapshot(read, laptop.actor)).invitations
    assert (before.email, after.email) == (ANA, NEW)
    (closed,) = await registrar.events(laptop.actor.user_id, "invitation.closed")
    (received,) = await registrar.events(laptop.actor.user_id, "invitation.received")
    assert closed["data"]["invitation_id"] == before.id
    assert received["data"]["invitation"]["id"] == after.id


def test_every_security_event_has_a_mail_text() -> None:
    audited = {
        "password.changed", "password.reset", "email.change_wanted", "email.changed",
        "session.token_replayed", "account.disabled", "account.deleted",
        "invitation.accepted_elsewhere", "api_token.created", "session.new_device",
        "passkey.added", "passkey.removed", "passkey.counter_went_back",
        "totp.added", "totp.removed", "totp.replaced", "recovery_codes.renewed", "recovery_code.used",
        "second_factor.guessed", "second_factors.reset", "identity.linked", "identity.unlinked",
        "account.deletion_requested", "account.deletion_stopped", "account.kept",
        "webhook.created", "webhook.gave_up", "webhook.secret_replaced",
        "application.connected", "application.token_replayed",
    }  # fmt: skip

    assert audited == SECURITY_EMAIL_TEXTS.keys()
