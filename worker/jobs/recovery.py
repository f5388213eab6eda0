"""Take over the jobs of workers that died: queue them again, in quarantine, or mark them dead."""

import logging

from shared import metrics
from shared.jobs import abandoned_claims
from shared.jobs.abandoned_claims import AbandonedClaim
from shared.jobs.claims import LeaseLost
from worker.jobs.context import Outcome
from worker.jobs.runner import JobRunner
from worker.jobs.saving import is_database_unavailable

log = logging.getLogger(__name__)


async def recover(runner: JobRunner, abandoned: AbandonedClaim) -> bool:
    """Queue a job whose worker died, or mark it dead if it crashed too many workers.

    Return False if another worker recovered it first or its own worker is alive.
    """
    log.warning("job %s (%s): its worker died", abandoned.id, abandoned.kind)
    try:
        if abandoned.has_crashed_too_often:
            await _mark_dead(runner, abandoned)
        else:
            async with runner.context.resources.begin() as work:
                await abandoned_claims.requeue(work, abandoned)
    except LeaseLost:
        return False
    # Counted here, by the worker that recovered the job, so that it is counted once.
    metrics.jobs_abandoned.labels(abandoned.kind).inc()
    if abandoned.was_sending:
        metrics.mail_in_doubt.labels(abandoned.kind).inc()
    if abandoned.has_crashed_too_often:
        metrics.jobs_finished.labels(abandoned.kind, "dead").inc()
    return True


async def _mark_dead(runner: JobRunner, abandoned: AbandonedClaim) -> None:
    """Mark the job dead, with its outcome recorded if that is possible. Raise LeaseLost."""
    reason = f"{abandoned_claims.MAX_CRASHES} workers died doing it"
    try:
        async with runner.context.resources.begin() as work:
            outcome = Outcome("dead", reason)
            await runner.record_outcome(work, abandoned, outcome)
            await abandoned_claims.mark_dead(work, abandoned, reason)
    except LeaseLost:
        raise
    except Exception as error:
        if is_database_unavailable(error):
            raise
        # If it were not marked dead, every sweep would find it again, forever.
        log.exception("job %s (%s): outcome not recorded", abandoned.id, abandoned.kind)
        async with runner.context.resources.begin() as work:
            await abandoned_claims.mark_dead(work, abandoned, reason)
