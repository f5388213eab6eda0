"""A sign-in on a new device is audited and reported by mail, once."""

from dataclasses import replace
from datetime import timedelta

import httpx
import pytest
from sqlalchemy import func, select

from shared.accounts.authentication import known_devices, sessions
from shared.accounts.authentication.devices import Device
from shared.accounts.authentication.sign_in import sign_in
from shared.clock import SystemClock
from shared.resources import Resources
from shared.tables.known_devices import KnownDeviceRow
from tests.support.clock import ManualClock
from tests.support.features.sign_in import post_login
from tests.support.registration import LAPTOP, PASSWORD, PHONE, Registrar, tokens_of

ANA = "ana@example.com"
OURS = {"Origin": "http://localhost:8000", "Livelist-Client": "web"}
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0"


@pytest.fixture
def clock(resources: Resources) -> ManualClock:
    clock = resources.clock = ManualClock(SystemClock().now())
    return clock


async def _registered_long_ago(registrar: Registrar, clock: ManualClock) -> None:
    await registrar.register_and_verify()
    clock.advance(timedelta(days=1))


async def _reported(registrar: Registrar) -> list[str]:
    """Return the devices in the security log that were mailed as new, oldest first."""
    mailed = {payload["audit_id"] for kind, payload in await registrar.jobs()
              if kind == "send_security_notice"}  # fmt: skip
    return [
        row.facts["device"]
        for row in await registrar.audit("session.new_device")
        if row.id in mailed
    ]


async def test_a_new_device_is_reported_once(
    registrar: Registrar, resources: Resources, clock: ManualClock
) -> None:
    await _registered_long_ago(registrar, clock)

    for _ in range(2):
        await sign_in(resources, ANA, PASSWORD, PHONE)
    await sign_in(resources, ANA, PASSWORD, LAPTOP)

    assert await _reported(registrar) == ["Phone"]
    (entry,) = await registrar.audit("session.new_device")
    assert entry.address == PHONE.address


async def test_the_first_sign_ins_of_an_account_are_not_reported(
    registrar: Registrar, resources: Resources
) -> None:
    # The link is followed on the laptop, and the user then signs in on the phone.
    await registrar.register_and_verify()
    await sign_in(resources, ANA, PASSWORD, PHONE)

    assert await _reported(registrar) == []


@pytest.mark.parametrize(
    ("known", "other", "is_new"),
    [
        (Device("192.0.2.1", "curl"), Device("192.0.2.200", "curl"), False),
        (Device("192.0.2.1", "curl"), Device("192.0.3.1", "curl"), True),
        (Device("192.0.2.1", "curl"), Device("192.0.2.1", "wget"), True),
        (Device("2001:db8:1:2::7", "curl"), Device("2001:db8:1:ff::1", "curl"), False),
        (Device("2001:db8:1:2::7", "curl"), Device("2001:db8:2:2::7", "curl"), True),
        # A browser is recognised by its cookie alone, wherever it is.
        (Device("192.0.2.1", "a", "x" * 43), Device("198.51.100.7", "b", "x" * 43), False),
        (Device("192.0.2.1", "a", "x" * 43), Device("192.0.2.1", "a", "y" * 43), True),
    ],
)
async def test_a_device_is_recognised_by_its_cookie_or_by_program_and_network(
    registrar: Registrar,
    resources: Resources,
    clock: ManualClock,
    known: Device,
    other: Device,
    is_new: bool,
) -> None:
    await _registered_long_ago(registrar, clock)
    await sign_in(resources, ANA, PASSWORD, known)

    await sign_in(resources, ANA, PASSWORD, other)

    assert len(await _reported(registrar)) == (2 if is_new else 1)


async def test_somebody_with_the_password_cannot_flood_the_mailbox(
    registrar: Registrar, resources: Resources, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(known_devices, "MAX_DEVICES", 4)
    await _registered_long_ago(registrar, clock)

    for number in range(8):
        await sign_in(resources, ANA, PASSWORD, replace(PHONE, user_agent=f"Phone{number}"))

    assert await _reported(registrar) == [f"Phone{number}" for number in range(5)]
    assert len(await registrar.audit("session.new_device")) == 8
    async with resources.begin_read() as read:
        count = await read.connection.scalar(select(func.count()).select_from(KnownDeviceRow))
    assert count == 4
    clock.advance(timedelta(days=1))
    await sign_in(resources, ANA, PASSWORD, replace(PHONE, user_agent="Phone-tomorrow"))
    assert (await _reported(registrar))[5:] == ["Phone-tomorrow"]


async def test_a_device_that_was_signed_out_from_elsewhere_is_new_again(
    registrar: Registrar, resources: Resources, clock: ManualClock
) -> None:
    await _registered_long_ago(registrar, clock)
    here = tokens_of(await sign_in(resources, ANA, PASSWORD, LAPTOP))
    there = tokens_of(await sign_in(resources, ANA, PASSWORD, PHONE))

    async with resources.begin() as work:
        await sessions.revoke_session(work, here.actor, there.actor.session_id)
    await sign_in(resources, ANA, PASSWORD, PHONE)

    assert await _reported(registrar) == ["Phone", "Phone"]


async def test_a_device_that_signed_out_itself_stays_known(
    registrar: Registrar, resources: Resources, clock: ManualClock
) -> None:
    await _registered_long_ago(registrar, clock)
    phone = tokens_of(await sign_in(resources, ANA, PASSWORD, PHONE))

    async with resources.begin() as work:
        await sessions.sign_out(work, phone.actor)
    await sign_in(resources, ANA, PASSWORD, PHONE)

    assert len(await registrar.audit("session.new_device")) == 1


async def test_a_browser_keeps_one_device_cookie_for_all_its_sign_ins(
    client: httpx.AsyncClient, registrar: Registrar, resources: Resources
) -> None:
    await registrar.register_and_verify()

    first = await post_login(client, **OURS)
    refreshed = await client.post("/api/v1/auth/refresh", headers=OURS)
    second = await post_login(client, **OURS)

    (cookie,) = _device_cookies(first)
    assert {"HttpOnly", "Path=/", "SameSite=lax", "Max-Age=34560000"} <= set(cookie.split("; "))
    values = {_device_cookies(answer)[0].partition(";")[0] for answer in (first, refreshed, second)}
    assert len(values) == 1
    token = values.pop().partition("=")[2]
    async with resources.begin_read() as read:
        hashes = list(await read.connection.scalars(select(KnownDeviceRow.hash)))
    # The laptop of the registration, and this browser.
    assert len(hashes) == 2
    assert token not in hashes


async def test_a_program_gets_no_device_cookie(
    client: httpx.AsyncClient, registrar: Registrar
) -> None:
    await registrar.register_and_verify()

    answer = await post_login(client)

    assert "set-cookie" not in answer.headers


async def test_a_browser_that_was_signed_in_before_the_cookie_existed_is_remembered(
    client: httpx.AsyncClient, registrar: Registrar, resources: Resources
) -> None:
    await registrar.register_and_verify()
    await post_login(client, **OURS)
    client.cookies.delete("livelist_device")

    answer = await client.post("/api/v1/auth/refresh", headers=OURS)

    assert len(_device_cookies(answer)) == 1
    async with resources.begin_read() as read:
        count = await read.connection.scalar(select(func.count()).select_from(KnownDeviceRow))
    assert count == 3


def _device_cookies(answer: httpx.Response) -> list[str]:
    cookies = answer.headers.get_list("set-cookie")
    return [cookie for cookie in cookies if cookie.startswith("livelist_device=")]
