"""How pushes go with the services they are handed to: good, busy, gone, silent, and not one at all."""

import pytest
from sqlalchemy import func, select

from shared.actor import Actor
from shared.comments.commands import add_comment
from shared.ids import ListId
from shared.notifications.subscriptions import subscribe
from shared.resources import Resources
from shared.settings import Settings
from shared.tables.notifications import PushSubscriptionRow
from tests.services.push_service import PushService
from tests.worker.pushing import assign, push_jobs, subscribe_browser
from tests.worker.scene import Bench
from tests.world import World
from worker import push_sender


@pytest.mark.parametrize("status", [404, 410])
async def test_a_subscription_that_its_browser_has_ended_is_forgotten(
    world: World,
    bench: Bench,
    service: PushService,
    resources: Resources,
    home: tuple[Actor, Actor, ListId],
    status: int,
) -> None:
    ana, ben, list_id = home
    await subscribe_browser(world, ana, service, bench.pushes.public_key)
    service.answer(status)

    for _ in range(2):
        await assign(world, ben, list_id, ana)
        await bench.round()

    assert len(service.received) == 1
    async with resources.begin_read() as read:
        left = select(func.count()).select_from(PushSubscriptionRow)
        assert await read.connection.scalar(left) == 0
    assert [one.state for one in await push_jobs(resources)] == ["cancelled"]


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_a_service_that_is_busy_is_asked_again_with_the_same_topic(
    world: World,
    bench: Bench,
    service: PushService,
    resources: Resources,
    home: tuple[Actor, Actor, ListId],
    status: int,
) -> None:
    ana, ben, list_id = home
    await subscribe_browser(world, ana, service, bench.pushes.public_key)
    await assign(world, ben, list_id, ana)
    service.answer(status)

    for _ in range(2):
        await bench.round()

    first, second = service.received
    assert first.headers["topic"] == second.headers["topic"]
    assert [(one.state, one.attempts) for one in await push_jobs(resources)] == [("done", 1)]


@pytest.mark.parametrize("status", [302, 400, 403, 413])
async def test_a_refusal_is_final_and_a_redirect_is_not_followed(
    world: World,
    bench: Bench,
    service: PushService,
    resources: Resources,
    home: tuple[Actor, Actor, ListId],
    status: int,
) -> None:
    ana, ben, list_id = home
    await subscribe_browser(world, ana, service, bench.pushes.public_key)
    await assign(world, ben, list_id, ana)
    service.answer(status, header=f"Location: {service.origin}/elsewhere\r\n")

    for _ in range(2):
        await bench.round()

    assert len(service.received) == 1
    [job] = await push_jobs(resources)
    assert (job.state, job.last_error) == ("dead", f"the push service answered {status}")


async def test_a_service_that_says_nothing_holds_nobody_up_and_leaves_doubt(
    world: World,
    bench: Bench,
    service: PushService,
    resources: Resources,
    home: tuple[Actor, Actor, ListId],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ana, ben, list_id = home
    monkeypatch.setattr(push_sender, "WHOLE_SECONDS", 0.5)
    await subscribe_browser(world, ana, service, bench.pushes.public_key)
    await assign(world, ben, list_id, ana)
    service.say_nothing()

    for _ in range(4):
        await bench.round()

    [job] = await push_jobs(resources)
    assert (job.state, job.unsure) == ("dead", 2)
    assert len(service.received) == 2


async def test_a_name_that_leads_into_this_network_is_not_called(
    world: World,
    settings: Settings,
    service: PushService,
    resources: Resources,
    home: tuple[Actor, Actor, ListId],
) -> None:
    ana, ben, list_id = home
    careful = Bench(resources, settings.model_copy(update={"push_to_private_addresses": False}))
    browser = service.browser()
    for host in ("localhost", "127.1", "127.0.0.1", "[::ffff:127.0.0.1]"):
        endpoint = f"https://{host}:{service.port}/{host}"
        known = type(browser.subscribed)(
            endpoint, browser.subscribed.p256dh, browser.subscribed.auth
        )
        await world.do(subscribe, ana, known, careful.pushes.public_key)
    await assign(world, ben, list_id, ana)

    await careful.round()
    await careful.pushes.close()

    jobs = await push_jobs(resources)
    said = {(one.state, one.last_error) for one in jobs}
    assert len(jobs) == 4
    assert said == {("dead", "the push service is not out on the internet")}
    assert service.connections == 0


async def test_many_pushes_to_one_service_share_connections(
    world: World, bench: Bench, service: PushService, home: tuple[Actor, Actor, ListId]
) -> None:
    ana, ben, list_id = home
    await subscribe_browser(world, ana, service, bench.pushes.public_key)
    todo = await assign(world, ben, list_id, ana)
    for number in range(20):
        await world.do(add_comment, ben, todo, f"@[{ana.user_id}] {number}")

    for _ in range(10):
        await bench.round()

    assert len(service.received) == 21
    assert service.connections <= push_sender.CONNECTIONS
