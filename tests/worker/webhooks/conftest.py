"""A receiver, and a list with a webhook that sends to it."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from shared.actor import Actor
from shared.ids import ListId
from tests.support.services.webhook_receiver import WebhookReceiver
from tests.support.worker.webhooks import WebhookScenario, make_webhook
from tests.support.worker.worker_harness import WorkerHarness
from tests.support.world_builder import World


@pytest_asyncio.fixture
async def receiver() -> AsyncIterator[WebhookReceiver]:
    async with WebhookReceiver() as opened:
        yield opened


@pytest.fixture
async def hook(
    world: World,
    worker: WorkerHarness,
    receiver: WebhookReceiver,
    home: tuple[Actor, Actor, ListId],
) -> WebhookScenario:
    ana, ben, list_id = home
    webhook = await make_webhook(world, ben, list_id, receiver.url)
    return WebhookScenario(world, worker, receiver, ana, ben, list_id, webhook)
