"""Tells machines whether this process can work: /health, /health/live, /health/ready.

Public, so it is cheap: whoever asks, however often, each thing is looked at once a second.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Request, Response
from sqlalchemy import select

from shared.clock import monotonic
from shared.contract.base import Shape
from shared.contract.shapes import HealthState
from shared.jobs.queue import is_worker_alive
from shared.resources import Resources

# Two seconds are an age for SELECT 1 and PING, and probes commonly give up after three to five.
CHECK_SECONDS = 2.0
# Shorter than any probe's interval; long enough that a crowd asking costs no more than one.
FRESH_SECONDS = 1.0

router = APIRouter(tags=["operations"])


class HealthReport(Shape):
    """`down`: nothing works. `degraded`: it works, with less comfort or later."""

    status: HealthState
    checks: dict[str, HealthState]


class Alive(Shape):
    status: Literal["ok"] = "ok"


class Health:
    """Looks at what this process needs."""

    def __init__(self, resources: Resources) -> None:
        self._resources = resources
        self._looking: asyncio.Task[HealthReport] | None = None
        self._stuck: set[asyncio.Task[None]] = set()
        self._seen_at = -FRESH_SECONDS

    async def report(self) -> HealthReport:
        """Returns how things stand, at most FRESH_SECONDS old, within CHECK_SECONDS."""
        looking = self._looking
        if looking is None or (looking.done() and monotonic() - self._seen_at > FRESH_SECONDS):
            looking = self._looking = asyncio.create_task(self._look())
        # Shielded: the others who wait for the same look must not lose it with this one.
        return await asyncio.shield(looking)

    async def close(self) -> None:
        """Nothing of ours runs any more."""
        tasks = [task for task in (self._looking, *self._stuck) if task and not task.done()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _look(self) -> HealthReport:
        checks = {
            "database": self._database,
            "broker": self._broker,
            "worker": self._worker,
        }
        names = await self._passed(checks)
        states: dict[str, HealthState] = {
            "database": "ok" if "database" in names else "down",
            # Without it everything works, and what others do arrives a second late.
            "broker": "ok" if "broker" in names else "degraded",
            # Without one mail and reminders wait; they are rows, so nothing is lost.
            "worker": "ok" if "worker" in names else "degraded",
        }
        self._seen_at = monotonic()
        worst = max(states.values(), key=("ok", "degraded", "down").index)
        return HealthReport(status=worst, checks=states)

    async def _passed(self, checks: Mapping[str, Callable[[], Awaitable[None]]]) -> set[str]:
        """Returns the names of those that ended well within CHECK_SECONDS."""
        tasks = {asyncio.create_task(_run(check), name=name) for name, check in checks.items()}
        done, late = await asyncio.wait(tasks, timeout=CHECK_SECONDS)
        for task in late:
            # Not awaited: a connection whose other end is silent takes its time to be cancelled.
            task.cancel()
            self._stuck.add(task)
            task.add_done_callback(self._stuck.discard)
        return {task.get_name() for task in done if task.exception() is None}

    async def _database(self) -> None:
        async with self._resources.begin_read() as read:
            await read.connection.execute(select(1))

    async def _broker(self) -> None:
        if self._resources.redis is None:
            raise ConnectionError("no broker is configured")
        await self._resources.redis.ping()

    async def _worker(self) -> None:
        async with self._resources.begin_read() as read:
            if not await is_worker_alive(read):
                raise ConnectionError("no worker was seen lately")


async def _run(check: Callable[[], Awaitable[None]]) -> None:
    await check()


@asynccontextmanager
async def watched(resources: Resources) -> AsyncIterator[Health]:
    """Yields the Health of these resources; it is closed before they are."""
    health = Health(resources)
    try:
        yield health
    finally:
        await health.close()


async def get_health(request: Request) -> Health:
    health: Health = request.app.state.health
    return health


Watched = Annotated[Health, Depends(get_health)]


@router.get("/health", responses={503: {"model": HealthReport}})
async def read_health(health: Watched, response: Response) -> HealthReport:
    """How the parts stand. 503 when the database is away, else 200."""
    report = await health.report()
    response.status_code = 503 if report.status == "down" else 200
    return report


@router.get("/health/live")
async def read_liveness() -> Alive:
    """This process answers. Asks nothing else, so that a database away restarts no one."""
    return Alive()


@router.get("/health/ready", responses={503: {"model": HealthReport}})
async def read_readiness(health: Watched, response: Response) -> HealthReport:
    """Whether requests may be sent here: 503 only when the database is away."""
    return await read_health(health, response)
