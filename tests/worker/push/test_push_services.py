"""Pushes to services that work, are busy, gone or unresponsive, or are no push services."""

import socket
from dataclasses import replace

import pytest

from shared.actor import Actor
from shared.comments.commands import add_comment
from shared.ids import ListId
from shared.notifications.push_subscriptions import subscribe
from shared.resources import Resources
from shared.settings import Settings
from shared.tables.notifications import PushSubscriptionRow
from tests.support.deadlines import DEADLINE_SECONDS
from tests.support.services.push_service import PushService
from tests.support.services.smtp import SmtpServer
from tests.support.settings import changed_settings
from tests.support.worker.job_builder import JobBuilder
from tests.support.worker.push import PushScenario, assign, push_jobs, subscribe_browser
from tests.support.worker.table_rows import count_rows
from tests.support.worker.worker_harness import WorkerHarness
from tests.support.world_builder import World
from worker.jobs.executor import PUSH_CONCURRENCY
from worker.push import circuit_breaker, sender
from worker.push.public_network import PublicNetwork


@pytest.mark.parametrize("status", [404, 410])
async def test_a_subscription_that_its_browser_has_ended_is_deleted(
    worker: WorkerHarness,
    service: PushService,
    resources: Resources,
    scenario: PushScenario,
    status: int,
) -> None:
    service.answer(status)

    for _ in range(2):
        await scenario.assign()
        await worker.run_once()

    assert len(service.received) == 1
    assert await count_rows(resources, PushSubscriptionRow) == 0
    assert [job.state for job in await scenario.jobs()] == ["cancelled"]


async def test_a_push_on_a_dropped_connection_is_retried(
    worker: WorkerHarness,
    service: PushService,
    scenario: PushScenario,
) -> None:
    await scenario.assign()
    await worker.run_once()

    service.drop_connections()
    await scenario.assign()
    for _ in range(2):
        await worker.run_once()

    assert len(service.received) == 3
    assert [(job.state, job.attempts) for job in await scenario.jobs()] == [
        ("done", 0), ("done", 1),
    ]  # fmt: skip


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_a_push_to_a_busy_service_is_retried_with_the_same_topic(
    worker: WorkerHarness,
    service: PushService,
    scenario: PushScenario,
    status: int,
) -> None:
    await scenario.assign()
    service.answer(status)

    for _ in range(2):
        await worker.run_once()

    first, second = service.received
    assert first.headers["topic"] == second.headers["topic"]
    assert [(job.state, job.attempts) for job in await scenario.jobs()] == [("done", 1)]


@pytest.mark.parametrize("status", [302, 400, 403, 413])
async def test_a_rejection_or_redirect_is_final_and_sends_no_second_request(
    worker: WorkerHarness,
    service: PushService,
    scenario: PushScenario,
    status: int,
) -> None:
    await scenario.assign()
    service.answer(status, header=f"Location: {service.origin}/elsewhere\r\n")

    for _ in range(2):
        await worker.run_once()

    assert len(service.received) == 1
    [job] = await scenario.jobs()
    assert (job.state, job.last_error) == ("cancelled", f"the push service answered {status}")


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("120", 120), ("Sat, 21 Nov 2099 10:00:00 GMT", 3600), ("999999", 3600), ("soon", 0)],
)
async def test_retry_after_is_obeyed_up_to_an_hour(
    worker: WorkerHarness,
    service: PushService,
    resources: Resources,
    scenario: PushScenario,
    header: str,
    seconds: int,
) -> None:
    await scenario.assign()
    service.answer(503, header=f"Retry-After: {header}\r\n")

    before = resources.clock.now()
    await worker.run_once()

    [job] = await scenario.jobs()
    delay = (job.run_at - before).total_seconds()
    assert job.state == "queued"
    # The tolerance is for the time that run_once() takes on a busy machine.
    assert seconds - 1 < delay < seconds + 30


@pytest.mark.parametrize(("size", "status"), [(10, 201), (10_000, 201), (10, 410)])
async def test_the_status_of_an_answer_counts_even_if_its_body_is_incomplete(
    worker: WorkerHarness,
    service: PushService,
    scenario: PushScenario,
    monkeypatch: pytest.MonkeyPatch,
    size: int,
    status: int,
) -> None:
    monkeypatch.setattr(sender, "BODY_SECONDS", 0.1)
    await scenario.assign()
    service.answer(status)
    service.stall_bodies(size)

    await worker.run_once()

    [job] = await scenario.jobs()
    assert (job.state, job.attempts) == ("done" if status == 201 else "cancelled", 0)
    assert len(service.received) == 1


async def test_if_one_address_of_a_service_does_not_answer_the_other_is_tried(
    service: PushService, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = PublicNetwork(allow_private=True)

    async def both(host: str, port: int) -> list[str]:
        return ["127.0.0.2", "127.0.0.1"]

    monkeypatch.setattr(network, "resolve", both)
    with socket.socket() as full, socket.socket() as first, socket.socket() as second:
        # No process accepts connections there. Once its queue is full, connecting gets no answer.
        full.bind(("127.0.0.2", service.port))
        full.listen(0)
        for client in (first, second):
            client.setblocking(False)
            client.connect_ex(full.getsockname())

        stream = await network.connect_tcp("push.example.net", service.port, timeout=0.3)
        reached = stream.get_extra_info("server_addr")
        await stream.aclose()

    assert reached[0] == "127.0.0.1"


async def test_services_that_never_answer_leave_capacity_for_other_kinds_of_jobs(
    world: World,
    builder: JobBuilder,
    worker: WorkerHarness,
    service: PushService,
    smtp: SmtpServer,
    home: tuple[Actor, Actor, ListId],
) -> None:
    ana, ben, list_id = home
    for _ in range(12):
        await subscribe_browser(world, ana, service, worker.pushes.public_key)
    await assign(world, ben, list_id, ana)
    service.stop_answering()

    await worker.sweeper.sweep()
    await service.wait_for(PUSH_CONCURRENCY)
    await builder.add_messages(ben, 3)
    await worker.sweeper.sweep()
    await smtp.wait_for(3)

    assert len(service.received) == PUSH_CONCURRENCY
    await worker.executor.drain(0)


async def test_a_push_to_an_unresponsive_service_is_retried_with_the_same_topic(
    worker: WorkerHarness,
    service: PushService,
    scenario: PushScenario,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sender, "TOTAL_SECONDS", 0.5)
    monkeypatch.setattr(circuit_breaker, "FIRST_OPEN_SECONDS", 0)
    await scenario.assign()
    service.stop_answering()

    for _ in range(3):
        await worker.run_once()
    service.stop_answering(False)
    monkeypatch.setattr(sender, "TOTAL_SECONDS", DEADLINE_SECONDS)
    await worker.run_once()

    [job] = await scenario.jobs()
    assert (job.state, job.attempts, job.in_doubt_count) == ("done", 3, 0)
    assert len({push.headers["topic"] for push in service.received}) == 1


async def test_no_push_is_sent_to_a_host_in_a_private_network(
    world: World,
    settings: Settings,
    service: PushService,
    resources: Resources,
    home: tuple[Actor, Actor, ListId],
) -> None:
    ana, ben, list_id = home
    worker = WorkerHarness(resources, changed_settings(settings, push_to_private_addresses=False))
    browser = service.browser()
    for host in ("localhost", "127.1", "127.0.0.1", "[::ffff:127.0.0.1]"):
        endpoint = f"https://{host}:{service.port}/{host}"
        subscription = replace(browser.subscription, endpoint=endpoint)
        await world.run(subscribe, ana, subscription, worker.pushes.public_key)
    await assign(world, ben, list_id, ana)

    await worker.run_once()
    await worker.pushes.close()

    jobs = await push_jobs(resources)
    outcomes = {(job.state, job.last_error) for job in jobs}
    assert len(jobs) == 4
    assert outcomes == {("cancelled", "the push service has no public address")}
    assert service.connections == 0
    assert await count_rows(resources, PushSubscriptionRow) == 0


async def test_many_pushes_to_one_service_share_connections(
    world: World, worker: WorkerHarness, service: PushService, scenario: PushScenario
) -> None:
    todo = await scenario.assign()
    for number in range(20):
        await world.run(add_comment, scenario.ben, todo, f"@[{scenario.ana.user_id}] {number}")

    for _ in range(10):
        await worker.run_once()

    assert len(service.received) == 21
    assert service.connections <= sender.MAX_CONNECTIONS
