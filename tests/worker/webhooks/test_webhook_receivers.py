"""Receivers that are slow, broken, hostile, or in a network that webhooks must not reach."""

import asyncio
import socket
from typing import Any

import pytest

from shared.actor import Actor
from shared.ids import ListId
from shared.resources import Resources
from shared.settings import Settings
from tests.support.deadlines import DEADLINE_SECONDS
from tests.support.services.smtp import SmtpServer
from tests.support.services.webhook_receiver import WebhookReceiver
from tests.support.settings import changed_settings
from tests.support.worker.webhooks import WebhookScenario, make_webhook
from tests.support.worker.worker_harness import WorkerHarness
from tests.support.world_builder import World
from worker.jobs.executor import WEBHOOK_CONCURRENCY
from worker.webhooks import delivery, sender


@pytest.mark.parametrize("status", [301, 302, 307, 308, 400, 404, 500, 503])
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_every_other_answer_is_a_failure_and_no_redirect_is_followed(
    hook: WebhookScenario, status: int
) -> None:
    hook.receiver.answer(status, header=f"Location: {hook.receiver.origin}/elsewhere\r\n")
    await hook.write()

    await hook.run()

    assert [request.path for request in hook.receiver.received] == ["/hook"]
    [entry] = await hook.log()
    assert (entry.state, entry.response_status) == ("failed", status)
    row = await hook.row()
    assert (row.failures, row.last_error) == (1, f"The answer was {status}.")
    assert row.retry_at is not None


async def test_a_connection_that_breaks_is_a_failure(hook: WebhookScenario) -> None:
    hook.receiver.drop_connections()
    await hook.write()

    await hook.run(times=2)

    assert len(set(hook.receiver.ids)) == 1
    assert [(row.state, row.attempts) for row in await hook.log()] == [("delivered", 2)]


async def test_a_receiver_without_an_answer_is_given_up(
    hook: WebhookScenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sender, "TOTAL_SECONDS", 0.3)
    hook.receiver.stop_answering()
    await hook.write()
    await hook.run()
    hook.receiver.stop_answering(False)
    monkeypatch.setattr(sender, "TOTAL_SECONDS", DEADLINE_SECONDS)

    await hook.run()

    assert len(set(hook.receiver.ids)) == 1
    assert (await hook.log())[0].state == "delivered"


async def test_an_answer_without_end_is_read_in_part_and_counts_by_its_status(
    hook: WebhookScenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sender, "BODY_SECONDS", 0.2)
    hook.receiver.stall_bodies(50_000)
    await hook.write()

    await hook.run()

    [entry] = await hook.log()
    assert (entry.state, entry.response) == ("delivered", "." * 500)


async def test_retry_after_prolongs_the_pause(hook: WebhookScenario) -> None:
    hook.receiver.answer(429, header="Retry-After: 120\r\n")
    await hook.write()

    await hook.run()

    row = await hook.row()
    [entry] = await hook.log()
    assert 110 < (row.retry_at - entry.attempted_at).total_seconds() <= 120


async def test_no_webhook_reaches_a_private_network(
    world: World,
    settings: Settings,
    resources: Resources,
    receiver: WebhookReceiver,
    home: tuple[Actor, Actor, ListId],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _, ben, list_id = home
    settings = changed_settings(settings, webhooks_to_private_addresses=False)
    worker = WorkerHarness(resources, settings)
    hosts = ("localhost", "127.1", "127.0.0.1", "[::ffff:127.0.0.1]", "rebound.example")
    for host in hosts:
        await make_webhook(world, ben, list_id, f"https://{host}:{receiver.port}/{host}")

    real = socket.getaddrinfo

    def rebound(host: str, *args: Any, **kwargs: Any) -> Any:
        # Public among private ones: a name is refused for any address.
        if host == "rebound.example":
            return [*real("93.184.215.14", *args, **kwargs), *real("127.0.0.1", *args, **kwargs)]
        return real(host, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", rebound)
    scenario = WebhookScenario(
        world,
        worker,
        receiver,
        ben,
        ben,
        list_id,
        await make_webhook(world, ben, list_id, "https://127.0.0.2/"),
    )
    await scenario.write()

    await scenario.run()
    await worker.pushes.close()
    await worker.webhooks.close()

    assert receiver.connections == 0
    errors = {entry.error for entry in await scenario.log()}
    assert errors == {"The address is not public."}
    assert len(await scenario.log()) == len(hosts) + 1


async def test_receivers_that_never_answer_hold_up_neither_mail_nor_other_receivers(
    hook: WebhookScenario, smtp: SmtpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The silent ones are given up long after the others were served.
    monkeypatch.setattr(sender, "TOTAL_SECONDS", 10 * DEADLINE_SECONDS)
    async with WebhookReceiver() as silent, WebhookReceiver() as other:
        silent.stop_answering()
        for number in range(WEBHOOK_CONCURRENCY + 2):
            of_list = number % 2 == 0
            user, list_id = (hook.ben, hook.list_id) if of_list else (hook.ana, None)
            webhook = await make_webhook(hook.world, user, list_id, silent.url)
            hook.worker.webhooks.record_duration(webhook.id, sender.SLOW_MS + 1)
        # The last one to be served.
        await make_webhook(hook.world, hook.ana, None, other.url)
        await hook.write()

        sweeping = asyncio.create_task(hook.worker.sweeper.run())
        await other.wait_for(1)
        await smtp.wait_for(1)

        assert len(silent.received) == sender.SLOW_CONCURRENCY < WEBHOOK_CONCURRENCY
        await hook.worker.executor.drain(0)
        await sweeping


async def test_a_webhook_with_much_to_send_gives_way_after_its_turn(
    hook: WebhookScenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    await hook.write(3)
    monkeypatch.setattr(delivery, "TURN_SECONDS", 0.0)
    await hook.run()
    assert hook.receiver.received == []

    monkeypatch.setattr(delivery, "TURN_SECONDS", 10.0)
    await hook.run()

    assert len(hook.receiver.received) == 3


async def test_the_whole_path_and_query_of_an_address_is_requested(
    world: World,
    worker: WorkerHarness,
    receiver: WebhookReceiver,
    home: tuple[Actor, Actor, ListId],
) -> None:
    ana, ben, list_id = home
    address = f"{receiver.origin}/a;b/c;key=1?d=e;f&g=?"
    webhook = await make_webhook(world, ben, list_id, address)
    hook = WebhookScenario(world, worker, receiver, ana, ben, list_id, webhook)
    await hook.write()

    await hook.run()

    assert [request.path for request in receiver.received] == ["/a;b/c;key=1?d=e;f&g=?"]
