"""Run one claimed job and record its outcome under the claim's fence.

success              done
Obsolete             cancelled    the data changed, so the effect is no longer wanted
Transient            queued       retried later, with jitter; dead after a day of retries
Permanent            dead
ConfigurationError   queued       no attempt used; its kind pauses until an operator acts
unknown kind         parked       no attempt used; a newer worker may know the kind
task cancelled       queued       no attempt used: the worker stops. Nothing is written if the
                                  lease was lost
"""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, suppress
from datetime import timedelta
from typing import Literal

from pydantic import ValidationError

from shared import failpoints, metrics
from shared.cancellation import within
from shared.clock import monotonic
from shared.contract.jobs import JOBS, Job
from shared.jobs import claims, mail_status
from shared.jobs.claims import Claim, LeaseLost
from shared.jobs.retries import (
    ConfigurationError,
    Failure,
    Obsolete,
    Transient,
    is_exhausted,
    retry_delay_seconds,
)
from shared.logs import request_id
from shared.unit_of_work import UnitOfWork
from worker.jobs.context import Handler, JobContext, Outcome
from worker.jobs.saving import SaveFailed, is_database_unavailable, save_with_retries
from worker.mail.server_answer import public_answer
from worker.mail.smtp_mailer import CancelledBeforeData

# Until an operator corrects the setting and restarts, one attempt a minute shows whether it works.
PAUSE_SECONDS = 60.0
# Time limit for releasing a job at shutdown: an unavailable database must not delay it.
RELEASE_SECONDS = 2

log = logging.getLogger(__name__)


class JobRunner:
    """Run claimed jobs. The only state is which kinds are paused.

    `jitter` draws the random factor of retry delays.
    """

    def __init__(
        self,
        context: JobContext,
        handlers: Mapping[str, Handler],
        *,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self.context = context
        self.handlers = handlers
        self._jitter = jitter
        self._paused_until: dict[str, float] = {}

    @property
    def paused_kinds(self) -> list[str]:
        """Return the kinds that wait for an operator to correct a setting."""
        for kind in [kind for kind, until in self._paused_until.items() if until <= monotonic()]:
            del self._paused_until[kind]
        return list(self._paused_until)

    def pause(self, kind: str, seconds: float = PAUSE_SECONDS) -> None:
        """Claim no jobs of this kind for `seconds`."""
        self._paused_until[kind] = monotonic() + seconds

    async def record_outcome(self, work: UnitOfWork, claim: Claim, outcome: Outcome) -> None:
        """Let the kind's handler record the outcome; do nothing for an unknown kind."""
        handler, job = self.handlers.get(claim.kind), _parse(claim)
        if handler is not None and job is not None:
            await handler.record_outcome(work, job, outcome)

    async def run(
        self,
        claim: Claim,
        slot: AbstractAsyncContextManager[None],
        is_lease_lost: Callable[[], bool],
    ) -> None:
        """Wait for the slot, run the job and record its outcome. Raise nothing but CancelledError.

        If no outcome can be recorded, the lease expires and the job is tried again. When the task is
        cancelled, `is_lease_lost` returns True if the reason was the loss of the lease.
        """
        request_id.set(claim.request_id)
        try:
            async with slot:
                await failpoints.reach("job_claimed")
                await self._attempt(claim)
                await failpoints.reach("job_finished")
        except LeaseLost:
            metrics.jobs_lease_lost.labels(claim.kind).inc()
            log.warning("job %s (%s): another worker has claimed it", claim.id, claim.kind)
        except asyncio.CancelledError as error:
            if is_lease_lost():
                metrics.jobs_lease_lost.labels(claim.kind).inc()
                log.warning(
                    "job %s (%s): cancelled, its lease was not renewed", claim.id, claim.kind
                )
            else:
                await self._release(claim, in_doubt=not isinstance(error, CancelledBeforeData))
            raise
        except SaveFailed:
            log.error(
                "job %s (%s): outcome not saved, the database is unavailable", claim.id, claim.kind
            )
        except Exception:
            log.exception("job %s (%s): outcome not saved", claim.id, claim.kind)

    async def _attempt(self, claim: Claim) -> None:
        handler = self.handlers.get(claim.kind)
        job = _parse(claim)
        if handler is None or job is None:
            log.warning("job %s (%s): unknown kind or version; parked", claim.id, claim.kind)
            await self._save(lambda work: claims.park(work, claim, "unknown kind or version"))
            return
        try:
            await handler.run(self.context, claim, job)
        except (LeaseLost, SaveFailed):
            raise
        except Failure as failure:
            await self._record_failure(claim, failure)
        except Exception as error:
            # A bug or the database. A later attempt, perhaps of a fixed version, may succeed.
            reason = f"unexpected: {type(error).__name__}"
            if is_database_unavailable(error):
                reason = "the database is unavailable"
            else:
                log.exception("job %s (%s) failed", claim.id, claim.kind)
            await self._record_failure(claim, Transient(reason))
        else:
            metrics.jobs_finished.labels(claim.kind, "done").inc()

    async def _record_failure(self, claim: Claim, failure: Failure) -> None:
        if not failure.is_logged:
            log.log(
                logging.INFO if isinstance(failure, Obsolete) else logging.WARNING,
                "job %s (%s), attempt %d: %s",
                claim.id,
                claim.kind,
                claim.attempts + 1,
                failure.reason,
            )
        if isinstance(failure, ConfigurationError):
            await self._pause_kind(claim, failure)
        elif isinstance(failure, Transient) and not self._is_exhausted(claim):
            await self._retry(claim, failure)
        elif isinstance(failure, Obsolete):
            await self._end(claim, "cancelled", failure)
        else:
            await self._end(claim, "dead", failure)

    def _is_exhausted(self, claim: Claim) -> bool:
        age = self.context.resources.clock.now() - claim.created_at
        return is_exhausted(claim.attempts + 1, age)

    async def _end(
        self, claim: Claim, state: Literal["dead", "cancelled"], failure: Failure
    ) -> None:
        outcome = Outcome(state, failure.reason, claim.attempts + 1)

        async def end(work: UnitOfWork) -> None:
            await self.record_outcome(work, claim, outcome)
            await claims.finish(work, claim, state, failure.reason)

        await self._save(end)
        metrics.jobs_finished.labels(claim.kind, state).inc()

    async def _retry(self, claim: Claim, failure: Transient) -> None:
        delay = retry_delay_seconds(claim.attempts, self._jitter())
        seconds = max(failure.retry_after_seconds, delay)
        outcome = Outcome(
            "retrying", failure.reason, claim.attempts + 1, timedelta(seconds=seconds)
        )

        async def retry(work: UnitOfWork) -> None:
            await self.record_outcome(work, claim, outcome)
            await claims.retry(work, claim, seconds, failure.reason, in_doubt=failure.in_doubt)
            if failure.concerns_every_mail:
                await mail_status.record_failure(work, claim.kind, public_answer(failure))

        await self._save(retry)
        metrics.jobs_retried.labels(claim.kind).inc()
        if failure.in_doubt:
            metrics.mail_in_doubt.labels(claim.kind).inc()

    async def _pause_kind(self, claim: Claim, failure: ConfigurationError) -> None:
        log.error("%s paused for %d s: %s", claim.kind, PAUSE_SECONDS, failure.reason)
        self.pause(claim.kind)

        async def release(work: UnitOfWork) -> None:
            await claims.release(work, claim, failure.reason, delay_seconds=PAUSE_SECONDS)
            until = work.now + timedelta(seconds=PAUSE_SECONDS)
            await mail_status.record_failure(
                work, claim.kind, public_answer(failure), paused_until=until
            )

        await self._save(release)

    async def _release(self, claim: Claim, *, in_doubt: bool) -> None:
        """Queue the job for another worker, within RELEASE_SECONDS. Errors are ignored."""
        is_in_doubt = False

        async def release(work: UnitOfWork) -> None:
            nonlocal is_in_doubt
            reason = "its worker stopped"
            is_in_doubt = await claims.release(work, claim, reason, in_doubt=in_doubt)

        with suppress(LeaseLost, SaveFailed, TimeoutError):
            await within(RELEASE_SECONDS, self._save(release))
            if is_in_doubt:
                metrics.mail_in_doubt.labels(claim.kind).inc()

    async def _save(self, write: Callable[[UnitOfWork], Awaitable[object]]) -> None:
        await save_with_retries(self.context.resources, write)


def _parse(claim: Claim) -> Job | None:
    """Return the job, or None if this version of the worker does not know its kind or payload."""
    kind = JOBS.get(claim.kind)
    try:
        return None if kind is None else kind.model_validate(claim.payload)
    except ValidationError:
        return None
