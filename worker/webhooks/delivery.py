"""Run the job of a webhook: send what waits, in order, until nothing waits, it fails, or its turn is over.

    read_batch ─→ send ─→ record (cursor, log) ─→ next step, if it still may
                    └ failed ─→ end; another job after a pause

The position is recorded after the receiver's answer. A worker that dies in between sends the event again:
at least once, with the same id. At most one job of a webhook exists, so nothing overtakes.
"""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from shared import failpoints, metrics
from shared.clock import monotonic
from shared.contract.jobs import DeliverWebhook
from shared.jobs import claims
from shared.jobs.claims import Claim
from shared.unit_of_work import UnitOfWork
from worker.jobs.context import JobContext, Outcome
from worker.jobs.saving import save_with_retries
from worker.webhooks import recording
from worker.webhooks.reading import Batch, Step, read_batch
from worker.webhooks.sender import Answer, Busy

# After this a webhook with more to send waits behind the others.
TURN_SECONDS = 10.0
# When this worker has no free connection, or no slot for another slow receiver.
BUSY_SECONDS = 1.0

Result = TypeVar("Result")
_EVENT_LOST = Answer(None, 0, "The event cannot be read any more.")


async def deliver(context: JobContext, claim: Claim, job: DeliverWebhook) -> None:
    """Send what waits for the webhook, and end the job."""
    run = _Run(context, claim, job.webhook_id)
    async with context.webhooks.slot_of(job.webhook_id) as is_free:
        await run.deliver(is_free=is_free)


async def record_outcome(work: UnitOfWork, job: DeliverWebhook, outcome: Outcome) -> None:
    """Disable a webhook whose job was given up: it would crash the next worker, too."""
    if outcome.state == "dead":
        await recording.disable(work, job.webhook_id, "crashed")


class _Run:
    def __init__(self, context: JobContext, claim: Claim, webhook_id: str) -> None:
        self._context = context
        self._claim = claim
        self._webhook_id = webhook_id
        self._ends_at = monotonic() + TURN_SECONDS

    async def deliver(self, *, is_free: bool) -> None:
        while True:
            batch = await self._read()
            if batch is None or batch.webhook.secret is None or not batch.steps:
                await self._end(is_unusable=batch is not None and batch.webhook.secret is None)
                return
            if not is_free:
                await self._continue(batch, BUSY_SECONDS)
                return
            for step in batch.steps:
                if monotonic() >= self._ends_at:
                    await self._continue(batch, 0)
                    return
                outcome = await self._do(batch, step)
                if outcome == "ended":
                    return
                if outcome == "changed":
                    break

    async def _read(self) -> Batch | None:
        keys = self._context.resources.settings.secrets.signing_keys()
        async with self._context.resources.begin_read() as read:
            return await read_batch(read, self._webhook_id, keys)

    async def _do(self, batch: Batch, step: Step) -> str:
        """Do a step. Return "next", "changed" (read again), or "ended" (the job)."""
        message = step.message
        secret = batch.webhook.secret
        if message is None or secret is None:
            return await self._pass_over(batch, step)
        try:
            answer = await self._context.webhooks.send(batch.webhook.url, secret, message)
        except Busy:
            await self._continue(batch, BUSY_SECONDS)
            return "ended"
        self._context.webhooks.record_duration(self._webhook_id, answer.duration_ms)
        await failpoints.reach("webhook_sent")
        outcome = "delivered" if answer.is_delivered else "failed"
        metrics.webhook_deliveries.labels(outcome).inc()
        if answer.is_delivered:
            may_go_on = await self._save(
                lambda work: recording.record_delivery(
                    work, self._claim, batch.webhook, step, message, answer
                )
            )
            return "next" if may_go_on else "changed"
        if step.delivery_id is not None:
            return await self._fail_requested(batch, step, answer)
        reason = await self._save(
            lambda work: recording.record_failure(
                work,
                self._claim,
                self._webhook_id,
                step,
                message,
                answer,
                pause_seconds=self._context.webhooks.pause_seconds,
                disable_days=self._context.resources.settings.webhooks.disable_days,
            )
        )
        if reason:
            metrics.webhooks_disabled.labels(reason).inc()
        return "ended"

    async def _pass_over(self, batch: Batch, step: Step) -> str:
        if step.delivery_id is not None:
            return await self._fail_requested(batch, step, _EVENT_LOST)
        may_go_on = await self._save(
            lambda work: recording.record_step(work, self._claim, batch.webhook, step)
        )
        return "next" if may_go_on else "changed"

    async def _fail_requested(self, batch: Batch, step: Step, answer: Answer) -> str:
        may_go_on = await self._save(
            lambda work: recording.record_requested_failure(
                work, self._claim, batch.webhook, step, answer
            )
        )
        if answer.is_gone:
            metrics.webhooks_disabled.labels("gone").inc()
        return "next" if may_go_on else "changed"

    async def _end(self, *, is_unusable: bool) -> None:
        async def end(work: UnitOfWork) -> None:
            await claims.delete(work, self._claim)
            if is_unusable:
                await recording.disable(work, self._webhook_id, "secret")
            await recording.trim_log(work, self._webhook_id)

        await self._save(end)

    async def _continue(self, batch: Batch, seconds: float) -> None:
        await self._save(
            lambda work: recording.continue_later(
                work, self._claim, self._webhook_id, batch.webhook.user_id, seconds
            )
        )

    async def _save(self, write: Callable[[UnitOfWork], Awaitable[Result]]) -> Result:
        """Commit what `write` does and return its result. Raise LeaseLost or SaveFailed."""
        results: list[Result] = []

        async def save(work: UnitOfWork) -> None:
            results.append(await write(work))

        await save_with_retries(self._context.resources, save)
        return results[-1]
