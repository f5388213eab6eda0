"""Mail addresses of lists over REST: made, shown once, replaced, revoked, and limited."""

import re

import httpx
import pytest
from sqlalchemy import select

from shared.inbound_mail import commands
from shared.settings import Settings
from shared.tables.accounts import AuditRow
from shared.tables.interop.inbound_addresses import InboundAddressRow
from tests.support.api_server import client_of, running_app
from tests.support.features.list_builder import EDITOR, OWNER, VIEWER, ListBuilder
from tests.support.settings import changed_settings
from tests.support.world_builder import World

ADDRESS = r"[a-z0-9-]{1,24}\+(llm_[a-z2-7]{32})@in\.example\.org"


@pytest.fixture
def world(builder: ListBuilder) -> World:
    return World(builder.served)


async def test_an_address_is_shown_once_replaced_and_revoked(
    builder: ListBuilder, world: World
) -> None:
    ana = await world.user("Ana")
    list_id = await builder.make_list({ana: OWNER}, name="Garten & Öl 🌿 with a long, long name")
    path = f"/lists/{list_id}/email-address"
    before = (await builder.request(ana, "GET", path)).json()

    first = await builder.request(ana, "POST", path)
    second = await builder.request(ana, "POST", path)
    shown = (await builder.request(ana, "GET", path)).json()
    async with builder.served.begin_read() as read:
        stored = [row._asdict() for row in await read.connection.execute(_ALL)]
        audit = list(await read.connection.scalars(_AUDIT))
    revoked = await builder.request(ana, "DELETE", path)
    again = await builder.request(ana, "DELETE", path)

    assert (before["is_available"], before["created_at"]) == (True, None)
    assert first.headers["Cache-Control"] == "no-store"
    secrets = [re.fullmatch(ADDRESS, each.json()["address"]) for each in (first, second)]
    assert all(secrets)
    assert secrets[0] != secrets[1]
    assert len(first.json()["address"].partition("@")[0]) <= 64
    assert "address" not in shown
    assert shown["created_at"] == second.json()["created_at"]
    assert len(stored) == 1
    assert not any(found and found[1] in str(stored) for found in secrets)
    assert audit == ["email_address.created", "email_address.renewed"]
    assert (revoked.status_code, again.status_code) == (204, 404)


_ALL = select(InboundAddressRow.__table__)
_AUDIT = (
    select(AuditRow.action).where(AuditRow.action.like("email_address.%")).order_by(AuditRow.id)
)


async def test_an_account_has_addresses_for_some_lists(
    builder: ListBuilder, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commands, "MAX_ADDRESSES", 1)
    ana = await world.user("Ana")
    first, second = [await builder.make_list({ana: OWNER}) for _ in range(2)]

    answers = [
        await builder.request(ana, "POST", f"/lists/{list_id}/email-address")
        for list_id in (first, first, second)
    ]

    assert [answer.status_code for answer in answers] == [201, 201, 409]
    assert answers[2].json()["code"] == "too_many_email_addresses"


async def test_a_site_without_a_domain_makes_no_addresses(
    settings: Settings, builder: ListBuilder, world: World
) -> None:
    ana = await world.user("Ana")
    list_id = await builder.make_list({ana: OWNER})
    without = changed_settings(settings, inbound_mail_domain="")
    path = f"/api/v1/lists/{list_id}/email-address"
    async with running_app(without) as app, client_of(app) as client:
        answer: httpx.Response = await client.post(path, headers=builder.headers(ana))
        shown = await client.get(path, headers=builder.headers(ana))

    assert (answer.status_code, answer.json()["code"]) == (409, "inbound_mail_off")
    assert shown.json()["is_available"] is False


async def test_editors_make_addresses_and_viewers_do_not(
    builder: ListBuilder, world: World
) -> None:
    ana, ben, eve = [await world.user(name) for name in ("Ana", "Ben", "Eve")]
    list_id = await builder.make_list({ana: OWNER, ben: EDITOR, eve: VIEWER})

    statuses = [
        (await builder.request(user, "POST", f"/lists/{list_id}/email-address")).status_code
        for user in (ben, eve)
    ]

    assert statuses == [201, 403]
