"""Push subscriptions over REST: subscribe, unsubscribe, limits, and the end of a session."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import select, update

from shared import push_vapid
from shared.accounts.authentication.sessions import sign_out
from shared.accounts.profile import delete_account
from shared.ids import new_id
from shared.notifications import push_subscriptions
from shared.resources import Resources
from shared.settings import Settings
from shared.tables.accounts import SessionRow
from shared.tables.notifications import PushSubscriptionRow
from tests.support.database import wait_for_blocked_transaction
from tests.support.features.list_builder import ListBuilder
from tests.support.registration import Registrar
from tests.support.services.push_service import PushService
from tests.support.world_builder import World

PATH = "/users/me/push-subscriptions"


def _body(name: str = "") -> dict[str, Any]:
    """Return the body with which the page of a browser subscribes."""
    known = PushService().browser().body
    return known | {"endpoint": f"https://push.example.net/{name or new_id()}"}


async def _subscriptions(world: World) -> dict[str, str]:
    """Return the user id of each subscribed endpoint."""
    async with world.resources.begin_read() as read:
        rows = await read.connection.execute(
            select(PushSubscriptionRow.endpoint, PushSubscriptionRow.user_id).order_by(
                PushSubscriptionRow.id
            )
        )
        return {row.endpoint: row.user_id for row in rows}


async def test_a_browser_subscribes_with_our_key_once(
    builder: ListBuilder, world: World, settings: Settings
) -> None:
    ana, body = await world.user("Ana"), _body()

    before = (await builder.request(ana, "GET", PATH)).json()
    answers = [await builder.request(ana, "POST", PATH, body) for _ in range(2)]
    after = (await builder.request(ana, "GET", PATH)).json()

    assert before == {"public_key": push_vapid.public_key(settings.push.private_key())} == after
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()
    assert set(answers[0].json()) == {"id", "created_at"}
    assert list(await _subscriptions(world)) == [body["endpoint"]]


async def test_a_browser_belongs_to_the_user_who_subscribed_it_last(
    builder: ListBuilder, world: World
) -> None:
    ana, ben, body = await world.user("Ana"), await world.user("Ben"), _body()
    await builder.request(ana, "POST", PATH, body)

    await builder.request(ben, "POST", PATH, body)

    assert await _subscriptions(world) == {body["endpoint"]: ben.user_id}


async def test_a_browser_of_another_user_cannot_be_unsubscribed(
    builder: ListBuilder, world: World
) -> None:
    ana, ben, body = await world.user("Ana"), await world.user("Ben"), _body()
    await builder.request(ana, "POST", PATH, body)
    endpoint = {"endpoint": body["endpoint"]}

    by_ben = await builder.request(ben, "DELETE", PATH, endpoint)
    left = await _subscriptions(world)
    by_ana = await builder.request(ana, "DELETE", PATH, endpoint)

    assert (by_ben.status_code, by_ana.status_code) == (204, 204)
    assert left == {body["endpoint"]: ana.user_id}
    assert await _subscriptions(world) == {}


async def test_a_subscription_over_the_limit_deletes_the_oldest(
    builder: ListBuilder, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(push_subscriptions, "MAX_SUBSCRIPTIONS_PER_USER", 3)
    ana = await world.user("Ana")

    for number in range(5):
        await builder.request(ana, "POST", PATH, _body(str(number)))

    assert list(await _subscriptions(world)) == [f"https://push.example.net/{n}" for n in (2, 3, 4)]


async def test_subscriptions_of_expired_sessions_are_deleted_first(
    builder: ListBuilder, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(push_subscriptions, "MAX_SUBSCRIPTIONS_PER_USER", 2)
    ana = await world.user("Ana")
    old = await world.another_session(ana)
    await builder.request(ana, "POST", PATH, _body("here"))
    await builder.request(old, "POST", PATH, _body("sold"))
    async with world.resources.begin() as work:
        await work.connection.execute(
            update(SessionRow).where(SessionRow.id == old.session_id).values(expires_at=work.now)
        )

    await builder.request(ana, "POST", PATH, _body("new"))

    assert list(await _subscriptions(world)) == [
        f"https://push.example.net/{n}" for n in ("here", "new")
    ]


async def test_signing_out_deletes_the_push_subscription(
    builder: ListBuilder, world: World
) -> None:
    ana = await world.user("Ana")
    await builder.request(ana, "POST", PATH, _body())

    await world.run(sign_out, ana)

    assert await _subscriptions(world) == {}


async def test_deleting_an_account_deletes_its_push_subscriptions(
    registrar: Registrar, builder: ListBuilder, world: World, resources: Resources
) -> None:
    ana = (await registrar.register_and_verify()).actor
    await builder.request(ana, "POST", PATH, _body())

    await world.run(delete_account, ana)

    assert await _subscriptions(world) == {}


async def test_of_two_accounts_that_subscribe_a_browser_at_once_the_last_wins(
    world: World, resources: Resources
) -> None:
    ana, ben = await world.user("Ana"), await world.user("Ben")
    browser = PushService().browser().subscription

    async with resources.begin() as work:
        await push_subscriptions.subscribe(work, ana, browser, "key")
        by_ben = asyncio.create_task(world.run(push_subscriptions.subscribe, ben, browser, "key"))
        await wait_for_blocked_transaction(resources)
    shape = await by_ben

    assert await _subscriptions(world) == {browser.endpoint: ben.user_id}
    async with resources.begin_read() as read:
        assert await read.connection.scalar(select(PushSubscriptionRow.id)) == shape.id


@pytest.mark.parametrize(
    "change",
    [
        {"endpoint": "http://push.example.net/x"},
        {"endpoint": "https://127.0.0.1/x"},
        {"endpoint": "https://" + "x" * 1000},
        {"keys": {"p256dh": "AAAA", "auth": "AAAA"}},
        # 65 bytes and the right first one, but no point of the curve.
        {"keys": {"p256dh": "BA" + "A" * 84 + "E", "auth": "BTBZMqHH6r4Tts7J_aSIgg"}},
        {"keys": {}},
        {"expirationTime": None},
    ],
)
async def test_an_invalid_push_subscription_is_refused(
    builder: ListBuilder, world: World, change: dict[str, Any]
) -> None:
    ana = await world.user("Ana")

    answer = await builder.request(ana, "POST", PATH, _body() | change)

    assert answer.status_code == 422
    assert await _subscriptions(world) == {}
