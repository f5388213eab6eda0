"""One job, from its claim to its end: done, tried again, dead, cancelled, parked or given back.

    Unwanted        cancelled       nobody wants it any more
    Transient       tried again     later, with jitter; dead after a day of it
    Permanent       dead
    Misconfigured   given back      no attempt used; its kind pauses until an operator acts
    unknown kind    parked          no attempt used; a newer worker may know it
    cancelled task  given back      the worker stops; unless the lease was lost: then nothing

Every end is written under the claim's fence.
"""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from datetime import timedelta
from typing import Literal

from pydantic import ValidationError

from shared import failpoints, metrics
from shared.cancellation import within
from shared.clock import monotonic
from shared.contract.jobs import JOBS, Job
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
from shared.unit_of_work import UnitOfWork
from worker.jobs.context import Handler, Outcome, Tools, Unsaved, save
from worker.mail.mailer import NotHandedOver

# An operator mends a setting and restarts; meanwhile one try a minute shows whether it works again.
PAUSE_SECONDS = 60.0
# Of a worker that stops: a database that is away then must not keep it.
GIVE_BACK_SECONDS = 2

log = logging.getLogger(__name__)


class Runner:
    """Runs claimed jobs. Remembers only which kinds pause."""

    def __init__(
        self,
        tools: Tools,
        handlers: Mapping[str, Handler],
        *,
        draw: Callable[[], float] = random.random,
    ) -> None:
        self.tools = tools
        self._handlers = handlers
        self._draw = draw
        self._paused: dict[str, float] = {}

    @property
    def paused(self) -> list[str]:
        """Kinds that wait for an operator."""
        for kind in [kind for kind, until in self._paused.items() if until <= monotonic()]:
            del self._paused[kind]
            metrics.kind_paused.labels(kind).set(0)
        return list(self._paused)

    async def note(self, work: UnitOfWork, claim: Claim, outcome: Outcome) -> None:
        """The world shows how the job went, as far as this worker knows the kind."""
        handler, job = self._handlers.get(claim.kind), _parse(claim)
        if handler is not None and job is not None:
            await handler.note(work, job, outcome)

    async def perform(self, claim: Claim, *, is_lost: Callable[[], bool]) -> None:
        """The job has ended, or its lease will run out. Raises nothing but CancelledError.

        `is_lost` tells whether cancelling means that the lease was lost.
        """
        request_id.set(claim.request_id)
        try:
            await failpoints.reach("job_claimed")
            await self._attempt(claim)
            await failpoints.reach("job_finished")
        except LostFence:
            metrics.jobs_fenced_off.labels(claim.kind).inc()
            log.warning("job %s is another worker's now", claim.id)
        except asyncio.CancelledError as error:
            if is_lost():
                metrics.jobs_fenced_off.labels(claim.kind).inc()
                log.warning("job %s was lost: its lease could not be kept", claim.id)
            else:
                await self._give_back(claim, in_doubt=not isinstance(error, NotHandedOver))
            raise
        except Unsaved:
            log.error("job %s (%s): the database stayed away", claim.id, claim.kind)
        except Exception:
            # Not even the outcome could be written. The lease runs out and the job is tried again.
            log.exception("job %s (%s) has no outcome", claim.id, claim.kind)

    async def _attempt(self, claim: Claim) -> None:
        handler = self._handlers.get(claim.kind)
        job = _parse(claim)
        if handler is None or job is None:
            log.warning("job %s: this worker does not know %r; parked", claim.id, claim.kind)
            await self._save(lambda work: claims.park(work, claim, "unknown kind or version"))
            return
        try:
            await handler.run(self.tools, claim, job)
        except (LostFence, Unsaved):
            raise
        except Failure as failure:
            await self._fail(claim, failure)
        except Exception as error:
            # A defect or the database: a later attempt, perhaps of a mended version, may succeed.
            log.exception("job %s (%s) failed", claim.id, claim.kind)
            await self._fail(claim, Transient(f"unexpected: {type(error).__name__}"))
        else:
            metrics.jobs_finished.labels(claim.kind, "done").inc()

    async def _fail(self, claim: Claim, failure: Failure) -> None:
        log.log(
            logging.INFO if isinstance(failure, Unwanted) else logging.WARNING,
            "job %s (%s), attempt %d: %s", claim.id, claim.kind, claim.attempts + 1, failure.why,
        )  # fmt: skip
        if isinstance(failure, Misconfigured):
            await self._pause(claim, failure)
        elif isinstance(failure, Transient) and not self._is_exhausted(claim):
            await self._retry(claim, failure)
        elif isinstance(failure, Unwanted):
            await self._end(claim, "cancelled", failure)
        else:
            await self._end(claim, "dead", failure)

    def _is_exhausted(self, claim: Claim) -> bool:
        age = self.tools.resources.clock.now() - claim.created_at
        return is_exhausted(claim.attempts + 1, age)

    async def _end(
        self, claim: Claim, state: Literal["dead", "cancelled"], failure: Failure
    ) -> None:
        outcome = Outcome(state, failure.why, claim.attempts + 1)

        async def end(work: UnitOfWork) -> None:
            await self.note(work, claim, outcome)
            await claims.finish(work, claim, state, failure.why)

        await self._save(end)
        metrics.jobs_finished.labels(claim.kind, state).inc()

    async def _retry(self, claim: Claim, failure: Transient) -> None:
        seconds = max(failure.wait_seconds, delay_seconds(claim.attempts, self._draw()))
        outcome = Outcome("retrying", failure.why, claim.attempts + 1, timedelta(seconds=seconds))

        async def again(work: UnitOfWork) -> None:
            await self.note(work, claim, outcome)
            await claims.retry(work, claim, seconds, failure.why, unsure=failure.unsure)

        await self._save(again)
        metrics.jobs_retried.labels(claim.kind).inc()
        if failure.unsure:
            metrics.mail_ambiguous.labels(claim.kind).inc()

    async def _pause(self, claim: Claim, failure: Misconfigured) -> None:
        log.error("%s pauses for %d s: %s", claim.kind, PAUSE_SECONDS, failure.why)
        self._paused[claim.kind] = monotonic() + PAUSE_SECONDS
        metrics.kind_paused.labels(claim.kind).set(1)
        await self._save(
            lambda work: claims.give_back(work, claim, failure.why, delay_seconds=PAUSE_SECONDS)
        )

    async def _give_back(self, claim: Claim, *, in_doubt: bool) -> None:
        """Another worker may begin at once."""
        is_unsure = False

        async def give_back(work: UnitOfWork) -> None:
            nonlocal is_unsure
            why = "its worker stopped"
            is_unsure = await claims.give_back(work, claim, why, in_doubt=in_doubt)

        with suppress(LostFence, Unsaved, TimeoutError):
            await within(GIVE_BACK_SECONDS, self._save(give_back))
            if is_unsure:
                metrics.mail_ambiguous.labels(claim.kind).inc()

    async def _save(self, write: Callable[[UnitOfWork], Awaitable[object]]) -> None:
        await save(self.tools.resources, write)


def _parse(claim: Claim) -> Job | None:
    """Returns the job; None when this version of the worker does not know such a one."""
    kind = JOBS.get(claim.kind)
    try:
        return None if kind is None else kind.model_validate(claim.payload)
    except ValidationError:
        return None
