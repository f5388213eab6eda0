"""The interface between job handlers and the runner: what handlers use, and how attempts end."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal

from shared.jobs.claims import Claim
from shared.resources import Resources
from shared.unit_of_work import UnitOfWork
from worker.mail.email_batches import EmailBatches
from worker.mail.mailer import Mailer
from worker.mail.renderer import EmailRenderer
from worker.push.sender import PushSender
from worker.webhooks.sender import WebhookSender


@dataclass(frozen=True)
class JobContext:
    """What handlers use: the database, the senders of mail, pushes and webhooks, and batches of mails."""

    resources: Resources
    mailer: Mailer
    renderer: EmailRenderer
    pushes: PushSender
    webhooks: WebhookSender
    email_batches: EmailBatches


def open_job_context(
    resources: Resources,
    mailer: Mailer,
    renderer: EmailRenderer,
    pushes: PushSender,
    webhooks: WebhookSender,
) -> JobContext:
    batches = EmailBatches(resources, renderer)
    return JobContext(resources, mailer, renderer, pushes, webhooks, batches)


@dataclass(frozen=True)
class Outcome:
    """How an attempt ended, for the handler to record in the transaction that ends the attempt."""

    state: Literal["retrying", "dead", "cancelled"]
    reason: str
    attempt: int = 0
    delay: timedelta = timedelta(0)


async def no_outcome_to_record(work: UnitOfWork, job: Any, outcome: Outcome) -> None:
    """Do nothing: users do not see how jobs of this kind end."""


@dataclass(frozen=True)
class Handler:
    """The functions that run one kind of job.

    `run` commits the effect together with `claims.finish`, or raises a Failure. `record_outcome`
    records an outcome; it is called before the job's row is locked, because streams are locked
    before rows.
    """

    run: Callable[[JobContext, Claim, Any], Awaitable[None]]
    record_outcome: Callable[[UnitOfWork, Any, Outcome], Awaitable[None]] = no_outcome_to_record
