"""Subscribing a browser to pushes, as its page does it."""

from typing import Any

import pytest
from sqlalchemy import select

from shared import vapid
from shared.ids import new_id
from shared.notifications import subscriptions
from shared.settings import Settings
from shared.tables.notifications import PushSubscriptionRow
from tests.features.scene import Scene
from tests.services.push_service import PushService
from tests.world import World

PATH = "/users/me/push-subscriptions"


def _body(name: str = "") -> dict[str, Any]:
    """Returns what the page of a browser posts."""
    known = PushService().browser().body
    return known | {"endpoint": f"https://push.example.net/{name or new_id()}"}


async def _devices(world: World) -> dict[str, str]:
    """Returns whose each endpoint is."""
    async with world.resources.begin_read() as read:
        rows = await read.connection.execute(
            select(PushSubscriptionRow.endpoint, PushSubscriptionRow.user_id).order_by(
                PushSubscriptionRow.id
            )
        )
        return {row.endpoint: row.user_id for row in rows}


async def test_a_browser_subscribes_with_our_key_once(
    scene: Scene, world: World, settings: Settings
) -> None:
    ana, body = await world.person("Ana"), _body()

    before = (await scene.as_(ana, "GET", PATH)).json()
    answers = [await scene.as_(ana, "POST", PATH, body) for _ in range(2)]
    after = (await scene.as_(ana, "GET", PATH)).json()

    assert before == {"public_key": vapid.public_key(settings.push_key()), "devices": 0}
    assert [one.status_code for one in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()
    assert set(answers[0].json()) == {"id", "created_at"}
    assert after["devices"] == 1


async def test_a_browser_is_one_persons_and_the_last_to_sign_in_has_it(
    scene: Scene, world: World
) -> None:
    ana, ben, body = await world.person("Ana"), await world.person("Ben"), _body()
    await scene.as_(ana, "POST", PATH, body)

    await scene.as_(ben, "POST", PATH, body)

    assert await _devices(world) == {body["endpoint"]: ben.user_id}


async def test_nobody_unsubscribes_anothers_browser(scene: Scene, world: World) -> None:
    ana, ben, body = await world.person("Ana"), await world.person("Ben"), _body()
    await scene.as_(ana, "POST", PATH, body)
    endpoint = {"endpoint": body["endpoint"]}

    by_ben = await scene.as_(ben, "DELETE", PATH, endpoint)
    left = await _devices(world)
    by_ana = await scene.as_(ana, "DELETE", PATH, endpoint)

    assert (by_ben.status_code, by_ana.status_code) == (204, 204)
    assert left == {body["endpoint"]: ana.user_id}
    assert await _devices(world) == {}


async def test_the_device_that_subscribed_first_makes_room(
    scene: Scene, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subscriptions, "MOST_DEVICES", 3)
    ana = await world.person("Ana")

    for number in range(5):
        await scene.as_(ana, "POST", PATH, _body(str(number)))

    assert list(await _devices(world)) == [f"https://push.example.net/{n}" for n in (2, 3, 4)]


@pytest.mark.parametrize(
    "change",
    [
        {"endpoint": "http://push.example.net/x"},
        {"endpoint": "https://127.0.0.1/x"},
        {"endpoint": "https://" + "x" * 1000},
        {"keys": {"p256dh": "AAAA", "auth": "AAAA"}},
        {"keys": {}},
        {"expirationTime": None},
    ],
)
async def test_what_no_browser_would_send_is_refused(
    scene: Scene, world: World, change: dict[str, Any]
) -> None:
    ana = await world.person("Ana")

    answer = await scene.as_(ana, "POST", PATH, _body() | change)

    assert answer.status_code == 422
    assert await _devices(world) == {}
