"""Health endpoints for monitoring: /health, /health/live, /health/ready.

They are public, so they are cheap: each dependency is checked at most once a second, however many
requests come.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Request, Response
from sqlalchemy import select

from realtime.pubsub.received_channels import PubsubConnection
from shared.clock import monotonic
from shared.contract.base import Instant, Shape
from shared.contract.shapes import HealthState
from shared.jobs.mail_status import MailStatus, read_mail_status
from shared.jobs.queue import is_worker_alive
from shared.resources import Resources
from shared.version import VERSION

# Far more than SELECT 1 and PING take; probes commonly give up after three to five seconds.
CHECK_TIMEOUT_SECONDS = 2.0
# Shorter than the interval of any probe; many requests at once cost one check.
CACHE_SECONDS = 1.0

router = APIRouter(tags=["operations"])


class PausedMail(Shape):
    """A kind of mail of which nothing is sent until an operator corrects a setting."""

    kind: str
    answer: str
    until: Instant


class MailReport(Shape):
    """Whether mail is sent. `answer` is the mail server's last one, without addresses and secrets.

    `waiting_since` is null while mail works.
    """

    waiting_since: Instant | None
    last_sent_at: Instant | None
    last_failed_at: Instant | None
    answer: str
    paused: list[PausedMail]


class PubsubReport(Shape):
    """A connection over which this process receives messages: one, or one to each cluster node."""

    channels: list[str]
    is_up: bool
    since: Instant


class HealthReport(Shape):
    """`down`: nothing works. `degraded`: it works, with less comfort or later.

    `mail` is null if the database cannot be read.
    """

    status: HealthState
    checks: dict[str, HealthState]
    mail: MailReport | None
    pubsub: list[PubsubReport]
    version: str = VERSION
    # By the server's clock, when the parts were checked.
    time: Instant


class Alive(Shape):
    status: Literal["ok"] = "ok"


class HealthChecker:
    """Check the database, the broker, the worker and mail, which this process depends on."""

    def __init__(
        self,
        resources: Resources,
        pubsub_connections: Callable[[], Sequence[PubsubConnection]] = tuple,
    ) -> None:
        self._resources = resources
        self._pubsub_connections = pubsub_connections
        self._check: asyncio.Task[HealthReport] | None = None
        self._timed_out: set[asyncio.Task[object]] = set()
        self._checked_at = -CACHE_SECONDS

    async def report(self) -> HealthReport:
        """Return a report that is at most CACHE_SECONDS old, within CHECK_TIMEOUT_SECONDS."""
        check = self._check
        if check is None or (check.done() and monotonic() - self._checked_at > CACHE_SECONDS):
            check = self._check = asyncio.create_task(self._run_checks())
        # Shielded: other requests wait for the same check and must not lose it with this one.
        return await asyncio.shield(check)

    async def close(self) -> None:
        """Cancel the checks that are running."""
        tasks = [task for task in (self._check, *self._timed_out) if task and not task.done()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _run_checks(self) -> HealthReport:
        checks: dict[str, Callable[[], Awaitable[object]]] = {
            "database": self._database,
            "broker": self._broker,
            "worker": self._worker,
            "mail": self._mail,
        }
        passed = await self._passed(checks)
        mail = passed.get("mail")
        states: dict[str, HealthState] = {
            "database": "ok" if "database" in passed else "down",
            # Without a broker everything works, but changes by others arrive a second late.
            "broker": "ok" if "broker" in passed else "degraded",
            # Without a worker, mail and reminders wait in the database: nothing is lost.
            "worker": "ok" if "worker" in passed else "degraded",
            # Mail waits in the database, too, and everything else works.
            "mail": "ok" if isinstance(mail, MailStatus) and mail.is_working else "degraded",
        }
        self._checked_at = monotonic()
        worst = max(states.values(), key=("ok", "degraded", "down").index)
        report = mail_report(mail) if isinstance(mail, MailStatus) else None
        now = self._resources.clock.now()
        return HealthReport(
            status=worst, checks=states, mail=report, pubsub=self._pubsub(now), time=now
        )

    def _pubsub(self, now: datetime) -> list[PubsubReport]:
        elapsed = monotonic()
        return [
            PubsubReport(
                channels=list(each.channels),
                is_up=each.is_up,
                since=now - timedelta(seconds=elapsed - each.changed_at),
            )
            for each in self._pubsub_connections()
        ]

    async def _passed(
        self, checks: Mapping[str, Callable[[], Awaitable[object]]]
    ) -> dict[str, object]:
        """Return the results of the checks that succeeded within CHECK_TIMEOUT_SECONDS."""
        tasks = {asyncio.create_task(_run(check), name=name) for name, check in checks.items()}
        done, late = await asyncio.wait(tasks, timeout=CHECK_TIMEOUT_SECONDS)
        for task in late:
            # Not awaited: cancelling a query on a silent connection can take long.
            task.cancel()
            self._timed_out.add(task)
            task.add_done_callback(self._timed_out.discard)
        return {task.get_name(): task.result() for task in done if task.exception() is None}

    async def _database(self) -> None:
        async with self._resources.single_read() as read:
            await read.connection.execute(select(1))

    async def _broker(self) -> None:
        if self._resources.redis is None:
            raise ConnectionError("no broker is configured")
        await self._resources.redis.ping()
        if not all(each.is_up for each in self._pubsub_connections()):
            raise ConnectionError("messages on some channels do not arrive")

    async def _worker(self) -> None:
        async with self._resources.single_read() as read:
            if not await is_worker_alive(read):
                raise ConnectionError("no worker has sent a heartbeat lately")

    async def _mail(self) -> MailStatus:
        async with self._resources.begin_read() as read:
            return await read_mail_status(read)


async def _run(check: Callable[[], Awaitable[object]]) -> object:
    return await check()


def mail_report(mail: MailStatus) -> MailReport:
    return MailReport(
        waiting_since=mail.waiting_since,
        last_sent_at=mail.sent_at,
        last_failed_at=mail.failed_at,
        answer=mail.answer,
        paused=[
            PausedMail(kind=each.kind, answer=each.answer, until=each.until) for each in mail.paused
        ],
    )


@asynccontextmanager
async def open_health_checker(
    resources: Resources, pubsub_connections: Callable[[], Sequence[PubsubConnection]]
) -> AsyncIterator[HealthChecker]:
    """Yield a checker of these resources, and close it at the end of the block."""
    checker = HealthChecker(resources, pubsub_connections)
    try:
        yield checker
    finally:
        await checker.close()


async def get_health_checker(request: Request) -> HealthChecker:
    checker: HealthChecker = request.app.state.health_checker
    return checker


Checker = Annotated[HealthChecker, Depends(get_health_checker)]


@router.get("/health", responses={503: {"model": HealthReport}})
async def read_health(checker: Checker, response: Response) -> HealthReport:
    """Report the state of each part. 503 if the database is away, else 200."""
    report = await checker.report()
    response.status_code = 503 if report.status == "down" else 200
    return report


@router.get("/health/live")
async def read_liveness() -> Alive:
    """Report that this process answers. A missing database causes no restart, as it is not checked."""
    return Alive()


@router.get("/health/ready", responses={503: {"model": HealthReport}})
async def read_readiness(request: Request, checker: Checker, response: Response) -> HealthReport:
    """Report whether to send requests here: 503 if the database is away, or the process ends soon."""
    report = await read_health(checker, response)
    if not request.app.state.is_leaving:
        return report
    response.status_code = 503
    checks: dict[str, HealthState] = {**report.checks, "process": "down"}
    return report.model_copy(update={"status": "down", "checks": checks})
