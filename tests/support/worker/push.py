"""A subscribed browser, and todos to notify its user about."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from shared.actor import Actor
from shared.ids import ListId, TodoId
from shared.notifications.push_subscriptions import subscribe
from shared.resources import Resources
from shared.tables.jobs import JobRow
from shared.todos.commands.create import create_todo
from shared.todos.rules.todo_edits import NewTodo, Placement
from tests.support.services.push_service import Browser, PushService
from tests.support.worker.worker_harness import WorkerHarness
from tests.support.world_builder import World


@dataclass(frozen=True)
class PushScenario:
    """Ana has a subscribed browser. Ben assigns todos in his list to her."""

    world: World
    worker: WorkerHarness
    service: PushService
    ana: Actor
    ben: Actor
    list_id: ListId
    phone: Browser

    async def assign(self, assignee: Actor | None = None) -> TodoId:
        """Let Ben create a todo that is assigned to Ana or to `assignee`."""
        return await assign(self.world, self.ben, self.list_id, assignee or self.ana)

    async def jobs(self) -> list[Any]:
        return await push_jobs(self.world.resources)


async def subscribe_browser(world: World, user: Actor, service: PushService, key: str) -> Browser:
    browser = service.browser()
    await world.run(subscribe, user, browser.subscription, key)
    return browser


async def assign(world: World, creator: Actor, list_id: ListId, assignee: Actor) -> TodoId:
    new = NewTodo(title="Book the movers", assignees=(assignee.user_id,))
    return TodoId((await world.run(create_todo, creator, list_id, new, Placement())).id)


async def push_jobs(resources: Resources) -> list[Any]:
    async with resources.begin_read() as read:
        rows = await read.connection.execute(
            select(
                JobRow.id,
                JobRow.state,
                JobRow.attempts,
                JobRow.in_doubt_count,
                JobRow.last_error,
                JobRow.run_at,
            )
            .where(JobRow.kind == "send_push")
            .order_by(JobRow.id)
        )
        return list(rows)
