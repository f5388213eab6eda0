"""Registration and verification: one account per address, and no information for other callers."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from shared.accounts import password_change, registration
from shared.accounts.activation import EXAMPLE_TODOS
from shared.accounts.authentication.credentials import authenticate
from shared.accounts.authentication.sign_in import sign_in
from shared.accounts.email_links import LINK_LIFETIMES, MAX_LINKS_PER_HOUR
from shared.clock import SystemClock
from shared.errors import Forbidden, Invalid, Unauthenticated
from shared.languages.texts import translator
from shared.resources import Resources, open_resources
from shared.settings import Settings
from shared.signed_links import Purpose
from shared.tables.accounts import UserRow
from shared.tables.todos import TodoRow
from tests.support.clock import ManualClock
from tests.support.realtime.snapshots import read_lists_of_user
from tests.support.registration import LAPTOP, PASSWORD, PHONE, Registrar, tokens_of
from tests.support.settings import changed_settings

ANA = "ana@example.com"
OTHER_PASSWORD = "another orchard lamp"


async def test_registering_creates_a_pending_account_and_queues_a_link(
    registrar: Registrar,
) -> None:
    await registrar.register(ANA)

    account = await registrar.account(ANA)
    assert (account.status, account.verified_at) == ("pending", None)
    ((kind, payload),) = await registrar.jobs()
    assert kind == "send_verification"
    assert payload.keys() == {"link_id"}


async def test_following_the_link_activates_the_account_and_signs_in(
    registrar: Registrar, resources: Resources
) -> None:
    await registrar.register(ANA)
    token = await registrar.newest_link_token(Purpose.VERIFY_EMAIL, ANA)

    signed_in = tokens_of(await registration.verify_email(resources, token, LAPTOP))

    actor = await authenticate(resources, signed_in.access_token)
    account = await registrar.account(ANA)
    assert actor.user_id == account.id
    assert account.status == "active"
    assert account.verified_at is not None
    assert account.last_login_at is not None


async def test_a_new_account_has_an_inbox_with_example_todos(
    registrar: Registrar, resources: Resources
) -> None:
    signed_in = await registrar.register_and_verify()

    async with resources.begin_read() as read:
        (inbox,) = await read_lists_of_user(read, signed_in.actor.user_id)
        titles = await read.connection.scalars(
            select(TodoRow.title).where(TodoRow.list_id == inbox.id).order_by(TodoRow.rank)
        )
    assert inbox.is_inbox
    assert list(titles) == [title for title, _ in EXAMPLE_TODOS]


async def test_the_example_todos_are_in_the_language_of_the_account(
    registrar: Registrar, resources: Resources
) -> None:
    german = registration.Registration(ANA, PASSWORD, "Ana", locale="de-DE")
    await registration.register(resources, german, LAPTOP)
    token = await registrar.newest_link_token(Purpose.VERIFY_EMAIL, ANA)

    await registration.verify_email(resources, token, LAPTOP)

    async with resources.begin_read() as read:
        rows = await read.connection.execute(
            select(TodoRow.title, TodoRow.description).order_by(TodoRow.rank)
        )
    t = translator("de")
    assert [tuple(row) for row in rows] == [
        (t.of(title), t.of(description)) for title, description in EXAMPLE_TODOS
    ]
    assert t.of(EXAMPLE_TODOS[0][0]) == "Füge eine Aufgabe hinzu"


async def test_a_link_works_once(registrar: Registrar, resources: Resources) -> None:
    await registrar.register_and_verify()
    token = await registrar.newest_link_token(Purpose.VERIFY_EMAIL, ANA)

    with pytest.raises(Invalid) as caught:
        await registration.verify_email(resources, token, PHONE)

    assert caught.value.reason == "link_used"


async def test_of_concurrent_clicks_on_a_link_one_succeeds(
    registrar: Registrar, resources: Resources
) -> None:
    await registrar.register(ANA)
    token = await registrar.newest_link_token(Purpose.VERIFY_EMAIL, ANA)

    outcomes = await asyncio.gather(
        *(registration.verify_email(resources, token, LAPTOP) for _ in range(4)),
        return_exceptions=True,
    )

    assert sum(isinstance(outcome, Invalid) for outcome in outcomes) == 3


async def test_a_link_expires(registrar: Registrar, resources: Resources) -> None:
    clock = resources.clock = ManualClock(SystemClock().now())
    await registrar.register(ANA)
    token = await registrar.newest_link_token(Purpose.VERIFY_EMAIL, ANA)

    clock.advance(LINK_LIFETIMES[Purpose.VERIFY_EMAIL])

    with pytest.raises(Invalid) as caught:
        await registration.verify_email(resources, token, LAPTOP)
    assert caught.value.reason == "link_invalid"


async def test_a_link_for_one_purpose_is_invalid_for_another(
    registrar: Registrar, resources: Resources
) -> None:
    await registrar.register_and_verify()
    await password_change.forgot_password(resources, ANA, LAPTOP)
    reset = await registrar.newest_link_token(Purpose.RESET_PASSWORD, ANA)
    await registrar.register("ben@example.com")
    verify = await registrar.newest_link_token(Purpose.VERIFY_EMAIL, "ben@example.com")

    with pytest.raises(Invalid):
        await registration.verify_email(resources, reset, LAPTOP)
    with pytest.raises(Invalid):
        await password_change.reset_password(resources, verify, OTHER_PASSWORD, LAPTOP)


@pytest.mark.parametrize("token", ["", "x", "0" * 26 + "." + "A" * 43, "\0", "é" * 70, "." * 200])
async def test_a_made_up_link_is_refused(resources: Resources, token: str) -> None:
    with pytest.raises(Invalid) as caught:
        await registration.verify_email(resources, token, LAPTOP)

    assert caught.value.reason == "link_invalid"


async def test_a_known_address_gets_another_mail_and_no_second_account(
    registrar: Registrar, resources: Resources
) -> None:
    await registrar.register_and_verify()

    await registrar.register(ANA, password=OTHER_PASSWORD)
    await registrar.register(ANA, password=OTHER_PASSWORD)

    kinds = [kind for kind, _ in await registrar.jobs()]
    assert kinds == ["send_verification", "send_already_registered"]
    with pytest.raises(Unauthenticated):
        await sign_in(resources, ANA, OTHER_PASSWORD, LAPTOP)
    await sign_in(resources, ANA, PASSWORD, LAPTOP)


@pytest.mark.parametrize("spelling", ["ANA@EXAMPLE.COM", "ana@example.com", " Ana@example.com "])
async def test_another_spelling_of_an_address_is_the_same_account(
    registrar: Registrar, resources: Resources, spelling: str
) -> None:
    await registrar.register_and_verify()

    await registrar.register(spelling)

    async with resources.begin_read() as read:
        assert await read.connection.scalar(select(func.count()).select_from(UserRow)) == 1
    signed_in = tokens_of(await sign_in(resources, spelling, PASSWORD, LAPTOP))
    assert signed_in.actor.name == "Ana"


@pytest.mark.parametrize(
    ("one", "other"),
    [("weiß@example.com", "weiss@example.com"), ("a@straße.example", "a@strasse.example")],
)
async def test_two_mailboxes_are_two_accounts(
    registrar: Registrar, resources: Resources, one: str, other: str
) -> None:
    await registrar.register_and_verify(one)
    await registrar.register_and_verify(other, password=OTHER_PASSWORD)

    assert (await registrar.account(one)).id != (await registrar.account(other)).id
    await sign_in(resources, other, OTHER_PASSWORD, LAPTOP)
    with pytest.raises(Unauthenticated):
        await sign_in(resources, one, OTHER_PASSWORD, LAPTOP)


async def test_registering_twice_at_once_makes_one_account(
    registrar: Registrar, resources: Resources
) -> None:
    await asyncio.gather(*(registrar.register(ANA) for _ in range(4)))

    async with resources.begin_read() as read:
        assert await read.connection.scalar(select(func.count()).select_from(UserRow)) == 1


async def test_the_link_of_a_second_registration_sets_no_password(
    registrar: Registrar, resources: Resources
) -> None:
    await registrar.register(ANA, password=PASSWORD)
    await registrar.register(ANA, password="what a stranger chose")
    first, second = await registrar.link_tokens(Purpose.VERIFY_EMAIL, ANA)

    with pytest.raises(Invalid) as caught:
        await registration.verify_email(resources, first, LAPTOP)
    await registration.verify_email(resources, second, LAPTOP, password=OTHER_PASSWORD)

    assert caught.value.reason == "link_superseded"
    for password in (PASSWORD, "what a stranger chose"):
        with pytest.raises(Unauthenticated):
            await sign_in(resources, ANA, password, PHONE)
    await sign_in(resources, ANA, OTHER_PASSWORD, PHONE)


async def test_an_address_registered_with_two_passwords_is_verified_with_a_third(
    registrar: Registrar, resources: Resources
) -> None:
    await registrar.register(ANA, password="what a stranger chose")
    await registrar.register(ANA, password=PASSWORD)
    await registration.resend_verification(resources, ANA, LAPTOP)
    token = await registrar.newest_link_token(Purpose.VERIFY_EMAIL, ANA)

    with pytest.raises(Invalid) as caught:
        await registration.verify_email(resources, token, LAPTOP)
    with pytest.raises(Invalid) as guessable:
        await registration.verify_email(resources, token, LAPTOP, password="password1")
    await registration.verify_email(resources, token, LAPTOP, password=OTHER_PASSWORD)

    assert [error.value.reason for error in (caught, guessable)] == [
        "password_required",
        "common_password",
    ]
    for password in ("what a stranger chose", PASSWORD):
        with pytest.raises(Unauthenticated):
            await sign_in(resources, ANA, password, LAPTOP)


async def test_a_newer_verification_link_voids_the_older(
    registrar: Registrar, resources: Resources
) -> None:
    await registrar.register(ANA)
    await registration.resend_verification(resources, ANA, LAPTOP)
    first, second = await registrar.link_tokens(Purpose.VERIFY_EMAIL, ANA)

    with pytest.raises(Invalid) as caught:
        await registration.verify_email(resources, first, LAPTOP)
    await registration.verify_email(resources, second, LAPTOP)

    assert caught.value.reason == "link_superseded"
    await sign_in(resources, ANA, PASSWORD, LAPTOP)


async def test_nobody_can_flood_a_mailbox_with_links(
    registrar: Registrar, resources: Resources
) -> None:
    clock = resources.clock = ManualClock(SystemClock().now())
    await registrar.register(ANA)

    for _ in range(MAX_LINKS_PER_HOUR * 2):
        await registration.resend_verification(resources, ANA, LAPTOP)
    assert len(await registrar.jobs()) == MAX_LINKS_PER_HOUR

    clock.advance(timedelta(hours=1, seconds=1))
    await registration.resend_verification(resources, ANA, LAPTOP)
    assert len(await registrar.jobs()) == MAX_LINKS_PER_HOUR + 1


async def test_resending_to_an_unknown_address_sends_nothing(
    registrar: Registrar, resources: Resources
) -> None:
    await registration.resend_verification(resources, "nobody@example.com", LAPTOP)

    assert await registrar.jobs() == []


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("short", "password_too_short"),
        ("x" * 5 + "yz" * 62, "password_too_long"),
        ("password", "common_password"),
        ("PassWord", "common_password"),
        ("qwertyuiop", "common_password"),
        ("abcdefghij", "common_password"),
        ("98765432", "common_password"),
        ("aaaaaaaaaaaa", "common_password"),
        ("12121212121212", "common_password"),
        ("ana@example.com", "common_password"),
    ],
)
async def test_a_guessable_password_is_refused(
    registrar: Registrar, password: str, code: str
) -> None:
    with pytest.raises(Invalid) as caught:
        await registrar.register(ANA, password=password)

    assert caught.value.reason == code
    assert caught.value.errors[0].code == code


@pytest.mark.parametrize(
    "password",
    ["quiet lamp", "x9!kPq_2", "ключ от сарая", "猫" * 4 + "を飼う家", "é" * 60 + "abcd"],
)
async def test_every_character_of_a_password_counts(
    registrar: Registrar, resources: Resources, password: str
) -> None:
    await registrar.register_and_verify(password=password)

    await sign_in(resources, ANA, password, LAPTOP)
    for near in (password[:-1], password + " ", password.swapcase() + "."):
        with pytest.raises(Unauthenticated):
            await sign_in(resources, ANA, near, LAPTOP)


async def test_the_same_keys_on_another_system_are_the_same_password(
    registrar: Registrar, resources: Resources
) -> None:
    await registrar.register_and_verify(password="caf\u00e9 au lait")

    await sign_in(resources, ANA, "cafe\u0301 au lait", PHONE)


async def test_a_closed_site_refuses_registrations(settings: Settings) -> None:
    closed = changed_settings(settings, registration_open=False)
    async with open_resources(closed) as resources:
        with pytest.raises(Forbidden) as caught:
            await Registrar(resources).register(ANA)

    assert caught.value.reason == "registration_closed"


async def test_forgot_password_before_verifying_sets_no_password_of_another_registration(
    registrar: Registrar, resources: Resources
) -> None:
    await registrar.register(ANA, password=OTHER_PASSWORD)

    await password_change.forgot_password(resources, ANA, PHONE)
    token = await registrar.newest_link_token(Purpose.VERIFY_EMAIL, ANA)
    await registration.verify_email(resources, token, PHONE, password=PASSWORD)

    with pytest.raises(Unauthenticated):
        await sign_in(resources, ANA, OTHER_PASSWORD, LAPTOP)
    assert (await registrar.account(ANA)).status == "active"
