"""What tests of pushes begin with: a browser that subscribed, and something to tell."""

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
    """Ana, who has a browser that is subscribed, and Ben, who gives her things to do in his list."""

    world: World
    worker: WorkerHarness
    service: PushService
    ana: Actor
    ben: Actor
    list_id: ListId
    phone: Browser

    async def assign(self, whom: Actor | None = None) -> TodoId:
        return await assign(self.world, self.ben, self.list_id, whom or self.ana)

    async def jobs(self) -> list[Any]:
        return await push_jobs(self.world.resources)


async def subscribe_browser(world: World, person: Actor, service: PushService, key: str) -> Browser:
    browser = service.browser()
    await world.run(subscribe, person, browser.subscription, key)
    return browser


async def assign(world: World, by: Actor, home: ListId, whom: Actor) -> TodoId:
    new = NewTodo(title="Book the movers", assignees=(whom.user_id,))
    return TodoId((await world.run(create_todo, by, home, new, Placement())).id)


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
