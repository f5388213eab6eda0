"""The desk: at most so many jobs at once, each claimed, held by heartbeats, and ended fenced.

    arq's hint ─→ run_job ─→ desk.hint() ─┐
    sweep (≤ 1 s, or the next due row) ───┴→ claim_due ─→ desk.start(claim) ─→ handler ─→ end

A hint wakes the sweeper and nothing more: what is claimed, and in which order, is decided by the
table. So the same hint fifty times, or none, comes to the same effects.
"""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal

from pydantic import ValidationError
from sqlalchemy.exc import SQLAlchemyError

from shared import failpoints, metrics
from shared.clock import monotonic
from shared.contract.jobs import JOBS, Job
from shared.ids import JobId
from shared.jobs import claims
from shared.jobs.claims import Claim, LostFence
from shared.jobs.retries import (
    Failure,
    Misconfigured,
    Transient,
    Unwanted,
    delay_seconds,
    is_exhausted,
)
from shared.logs import request_id
from shared.work import Work
from worker.mailer import NotHandedOver
from worker.presence import Presence
from worker.tools import Handler, Outcome, Tools, Unsaved, save

# Sending is waiting: ten connections keep a mail server busy and a small one unharmed.
SLOTS = 10
# An operator mends a setting and restarts; meanwhile one try a minute shows whether it works again.
PAUSE_SECONDS = 60.0
# Of the lease: a worker that cannot reach the database gives up before another one takes over.
GIVE_UP_SECONDS = claims.LEASE_SECONDS - 5

log = logging.getLogger(__name__)


@dataclass
class _Running:
    claim: Claim
    task: asyncio.Task[None]
    held_at: float
    is_lost: bool = False


class Desk:
    """Owns the tasks of the jobs under way."""

    def __init__(
        self,
        tools: Tools,
        handlers: Mapping[str, Handler],
        *,
        slots: int = SLOTS,
        draw: Callable[[], float] = random.random,
    ) -> None:
        self.tools = tools
        self.woken = asyncio.Event()
        self.is_closing = False
        self._presence = Presence()
        self._handlers = handlers
        self._slots = slots
        self._draw = draw
        self._running: dict[JobId, _Running] = {}
        self._paused: dict[str, float] = {}

    def hint(self) -> None:
        """The sweeper looks now."""
        self.woken.set()

    @property
    def free(self) -> int:
        return 0 if self.is_closing else self._slots - len(self._running)

    @property
    def paused(self) -> list[str]:
        """Kinds that wait for an operator."""
        for kind in [kind for kind, until in self._paused.items() if until <= monotonic()]:
            del self._paused[kind]
            metrics.kind_paused.labels(kind).set(0)
        return list(self._paused)

    def start(self, claim: Claim) -> None:
        """The claimed job is under way."""
        task = asyncio.create_task(self._perform(claim), name=f"{claim.kind} {claim.id}")
        self._running[claim.id] = _Running(claim, task, monotonic())
        task.add_done_callback(lambda _: self._forget(claim))

    def _forget(self, claim: Claim) -> None:
        running = self._running.get(claim.id)
        # A job given back may be under way again already, under another fence.
        if running is not None and running.claim.fence == claim.fence:
            del self._running[claim.id]
        self.woken.set()

    async def note(self, work: Work, claim: Claim, outcome: Outcome) -> None:
        """The world shows how the job went, as far as this worker knows the kind."""
        handler, job = self._handlers.get(claim.kind), _parse(claim)
        if handler is not None and job is not None:
            await handler.note(work, job, outcome)

    async def drain(self, seconds: float) -> None:
        """Nothing is under way any more. Jobs not done in time are queued as if never claimed."""
        self.is_closing = True
        tasks = [one.task for one in self._running.values()]
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=seconds)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    @property
    def id(self) -> str:
        return self._presence.id

    async def leave(self) -> None:
        """Health checks do not expect this worker any more."""
        with suppress(SQLAlchemyError, OSError):
            async with self.tools.resources.begin_work() as work:
                await self._presence.leave(work)

    async def renew(self) -> None:
        """The leases of the jobs under way are new; those that were lost are cancelled."""
        running = list(self._running.values())
        try:
            async with asyncio.timeout(claims.HEARTBEAT_SECONDS):
                async with self.tools.resources.begin_work() as work:
                    await self._presence.note(work)
                    held = await claims.hold(work, [one.claim for one in running])
        except (SQLAlchemyError, OSError, TimeoutError) as error:
            # Whatever hinders the database, the leases go on running out.
            log.warning("leases not renewed: %s", type(error).__name__)
            held = {one.claim.id for one in running if monotonic() - one.held_at < GIVE_UP_SECONDS}
        else:
            for one in running:
                one.held_at = monotonic()
        for one in running:
            if one.claim.id not in held and not one.task.done():
                one.is_lost = True
                one.task.cancel()

    def _is_lost(self, claim: Claim) -> bool:
        running = self._running.get(claim.id)
        return running is None or running.claim.fence != claim.fence or running.is_lost

    async def _perform(self, claim: Claim) -> None:
        request_id.set(claim.request_id)
        try:
            await failpoints.reach("job_claimed")
            await self._attempt(claim)
            await failpoints.reach("job_finished")
        except LostFence:
            metrics.jobs_fenced_off.labels(claim.kind).inc()
            log.warning("job %s is another worker's now", claim.id)
        except asyncio.CancelledError as error:
            if self._is_lost(claim):
                metrics.jobs_fenced_off.labels(claim.kind).inc()
                log.warning("job %s was lost: its lease could not be kept", claim.id)
            else:
                await self._give_back(claim, in_doubt=not isinstance(error, NotHandedOver))
            raise
        except Unsaved:
            log.error(
                "job %s (%s): the database stayed away; its lease will run out",
                claim.id,
                claim.kind,
            )
        except Exception:
            # Not even the outcome could be written. The lease runs out and the job is tried again.
            log.exception("job %s (%s) has no outcome", claim.id, claim.kind)

    async def _attempt(self, claim: Claim) -> None:
        handler = self._handlers.get(claim.kind)
        job = _parse(claim)
        if handler is None or job is None:
            await self._park(claim)
            return
        try:
            await handler.run(self.tools, claim, job)
        except (LostFence, Unsaved):
            raise
        except Failure as failure:
            await self._end(claim, handler, job, failure)
        except Exception as error:
            # A defect or the database: a later attempt, perhaps of a mended version, may succeed.
            log.exception("job %s (%s) failed", claim.id, claim.kind)
            await self._end(claim, handler, job, Transient(f"unexpected: {type(error).__name__}"))
        else:
            metrics.jobs_finished.labels(claim.kind, "done").inc()

    async def _end(self, claim: Claim, handler: Handler, job: Job, failure: Failure) -> None:
        log.log(
            logging.INFO if isinstance(failure, Unwanted) else logging.WARNING,
            "job %s (%s), attempt %d: %s", claim.id, claim.kind, claim.attempts + 1, failure.why,
        )  # fmt: skip
        if isinstance(failure, Misconfigured):
            self._pause(claim.kind, failure)
            await self._save(
                lambda work: claims.give_back(work, claim, failure.why, delay_seconds=PAUSE_SECONDS)
            )
            return
        if isinstance(failure, Transient) and not self._is_given_up(claim):
            await self._retry(claim, handler, job, failure)
            return
        state: Literal["cancelled", "dead"]
        state = "cancelled" if isinstance(failure, Unwanted) else "dead"
        outcome = Outcome(state, failure.why, claim.attempts + 1)

        async def end(work: Work) -> None:
            await handler.note(work, job, outcome)
            await claims.finish(work, claim, state, failure.why)

        await self._save(end)
        metrics.jobs_finished.labels(claim.kind, state).inc()

    def _is_given_up(self, claim: Claim) -> bool:
        age = self.tools.resources.clock.now() - claim.created_at
        return is_exhausted(claim.attempts + 1, age)

    async def _retry(self, claim: Claim, handler: Handler, job: Job, failure: Transient) -> None:
        seconds = delay_seconds(claim.attempts, self._draw())
        outcome = Outcome("retrying", failure.why, claim.attempts + 1, timedelta(seconds=seconds))
        if failure.unsure:
            metrics.mail_ambiguous.labels(claim.kind).inc()

        async def again(work: Work) -> None:
            await handler.note(work, job, outcome)
            await claims.retry(work, claim, seconds, failure.why, unsure=failure.unsure)

        await self._save(again)
        metrics.jobs_retried.labels(claim.kind).inc()
        self.hint()

    def _pause(self, kind: str, failure: Misconfigured) -> None:
        log.error("%s pauses for %d s: %s", kind, PAUSE_SECONDS, failure.why)
        self._paused[kind] = monotonic() + PAUSE_SECONDS
        metrics.kind_paused.labels(kind).set(1)

    async def _park(self, claim: Claim) -> None:
        log.warning("job %s: this worker does not know %r; parked", claim.id, claim.kind)
        await self._save(lambda work: claims.park(work, claim, "unknown kind or version"))

    async def _give_back(self, claim: Claim, *, in_doubt: bool) -> None:
        """Another worker may begin at once."""
        with suppress(LostFence, Unsaved):
            await self._save(
                lambda work: claims.give_back(work, claim, "its worker stopped", in_doubt=in_doubt)
            )

    async def _save(self, write: Callable[[Work], Awaitable[None]]) -> None:
        await save(self.tools.resources, write)


def _parse(claim: Claim) -> Job | None:
    """Returns the job; None when this version of the worker does not know such a one."""
    kind = JOBS.get(claim.kind)
    try:
        return None if kind is None else kind.model_validate(claim.payload)
    except ValidationError:
        return None


async def run_job(ctx: dict[Any, Any], job_id: str) -> None:
    """The one function arq knows, for ever: somebody added a job, so look."""
    desk: Desk = ctx["desk"]
    desk.hint()
