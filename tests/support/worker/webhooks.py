"""A list with a webhook, and todos to write into it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import select, update

from shared.actor import Actor
from shared.contract.interop.webhooks import NewWebhookShape
from shared.ids import ListId, WebhookId
from shared.jobs.queue import OPEN_STATES
from shared.resources import Resources
from shared.tables.interop.webhook_deliveries import WebhookDeliveryRow
from shared.tables.interop.webhooks import WebhookRow
from shared.tables.jobs import JobRow
from shared.todos.commands.create import create_todo
from shared.todos.rules.todo_edits import NewTodo, Placement
from shared.webhooks.commands import NewWebhook, create_webhook
from shared.webhooks.rules import Message
from tests.support.services.webhook_receiver import WebhookReceiver
from tests.support.worker.worker_harness import WorkerHarness
from tests.support.world_builder import World
from worker.webhooks.sender import Answer


async def make_webhook(
    world: World, actor: Actor, list_id: ListId | None, url: str, *events: str
) -> NewWebhookShape:
    """Create a webhook of a list, or with None of the account."""
    keys = world.resources.settings.secrets.signing_keys()
    new = NewWebhook("Home", url, events)
    async with world.resources.begin() as work:
        return await create_webhook(work, actor, list_id, new, keys)


async def add_todos(world: World, actor: Actor, list_id: ListId, count: int = 1) -> None:
    for number in range(count):
        await world.run(create_todo, actor, list_id, NewTodo(title=f"Todo {number}"), Placement())


@dataclass(frozen=True)
class WebhookScenario:
    """Ben's list, of which Ana is an editor, has a webhook of Ben's."""

    world: World
    worker: WorkerHarness
    receiver: WebhookReceiver
    ana: Actor
    ben: Actor
    list_id: ListId
    webhook: NewWebhookShape

    @property
    def webhook_id(self) -> WebhookId:
        return WebhookId(self.webhook.id)

    async def write(self, count: int = 1) -> None:
        await add_todos(self.world, self.ana, self.list_id, count)

    async def row(self) -> Any:
        [row] = await read_rows(self.world.resources, WebhookRow)
        return row

    async def log(self) -> list[Any]:
        return await read_rows(self.world.resources, WebhookDeliveryRow)

    async def run(self, times: int = 1) -> None:
        """Let the worker look for due webhooks and send, some times, also what waits for a retry."""
        for _ in range(times):
            async with self.world.resources.begin() as work:
                # Times of retries are the worker's, and may lie a moment ahead of the database's clock.
                await work.connection.execute(
                    update(JobRow)
                    .where(JobRow.kind == "deliver_webhook", JobRow.state == "queued")
                    .values(run_at=work.now.replace(year=2000))
                )
            await self.worker.run_once()


async def read_rows(resources: Resources, table: Any) -> list[Any]:
    async with resources.begin_read() as read:
        found = select(*table.__table__.c).order_by(table.id)
        return list(await read.connection.execute(found))


async def open_jobs(resources: Resources) -> list[Any]:
    async with resources.begin_read() as read:
        found = select(*JobRow.__table__.c).where(
            JobRow.kind == "deliver_webhook", JobRow.state.in_(OPEN_STATES)
        )
        return list(await read.connection.execute(found))


def after_the_next_request(
    hook: WebhookScenario, monkeypatch: pytest.MonkeyPatch, action: Callable[[], Awaitable[None]]
) -> None:
    """Do this when the next request was answered, before the worker records the answer."""
    send = hook.worker.webhooks.send

    async def send_and_act(url: str, secret: str, message: Message) -> Answer:
        answer = await send(url, secret, message)
        monkeypatch.undo()
        await action()
        return answer

    monkeypatch.setattr(hook.worker.webhooks, "send", send_and_act)
