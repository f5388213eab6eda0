"""Send one mail for each job: check that it is still wanted, record `sending`, send, record `done`.

    transaction 1   the data still wants the mail → message; state `sending`
    SMTP            the server's 250
    transaction 2   the effect and state `done`

Mails that are due together share the transactions (worker/mail/email_batches.py).

A worker that dies before transaction 1 commits has certainly not sent the mail. Later the outcome may
be in doubt (docs/glossary.md). So the guarantee is: one mail, unless the outcome is in doubt. Then the
mail is sent once more, with the same Message-ID. A kind with `resend_in_doubt=False`, where a duplicate
is worse than a loss, is not sent again.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

from shared import failpoints, metrics
from shared.accounts.bounces import suppress_address
from shared.clock import monotonic
from shared.contract.jobs import Job
from shared.jobs.claims import Claim, LeaseLost
from shared.jobs.retries import AddressRejected, Failure, Obsolete, Permanent, Transient
from shared.text import smtp_address
from shared.unit_of_work import UnitOfWork
from worker.jobs.context import Handler, JobContext, Outcome, no_outcome_to_record
from worker.jobs.saving import SaveFailed, save_with_retries
from worker.mail.email_batches import ClaimedEmail, ComposedEmail, EmailKind
from worker.mail.renderer import EmailMessage, EmailRenderer
from worker.mail.smtp_mailer import CancelledBeforeData

log = logging.getLogger(__name__)

# The second mail in doubt is the last: the guarantee is at most one duplicate.
MAX_IN_DOUBT = 2

AnyJob = TypeVar("AnyJob", bound=Job)
Compose = Callable[
    [UnitOfWork, EmailRenderer, Sequence[AnyJob]],
    Awaitable[Sequence[ComposedEmail | Obsolete]],
]


async def nothing_to_record(work: UnitOfWork, jobs: Sequence[Any]) -> None:
    """Do nothing: sending the mails is the only effect."""


def one_by_one(
    compose: Callable[[UnitOfWork, EmailRenderer, AnyJob], Awaitable[EmailMessage]],
) -> Compose[AnyJob]:
    """Return a function that composes several mails by `compose`, which may raise Obsolete.

    For rare kinds of mail: the number of statements grows with the number of mails.
    """

    async def compose_all(
        work: UnitOfWork, renderer: EmailRenderer, jobs: Sequence[AnyJob]
    ) -> list[ComposedEmail | Obsolete]:
        composed: list[ComposedEmail | Obsolete] = []
        for job in jobs:
            try:
                composed.append(ComposedEmail(await compose(work, renderer, job)))
            except Obsolete as obsolete:
                composed.append(obsolete)
        return composed

    return compose_all


def email_handler(
    compose: Compose[AnyJob],
    *,
    record_sent: Callable[[UnitOfWork, Sequence[AnyJob]], Awaitable[None]] = nothing_to_record,
    record_outcome: Callable[[UnitOfWork, AnyJob, Outcome], Awaitable[None]] = no_outcome_to_record,
    resend_in_doubt: bool = True,
    ignore_suppression: bool = False,
) -> Handler:
    """Return the handler for one kind of mail.

    `compose` and `record_sent` are described at EmailKind. `resend_in_doubt` is False where a
    duplicate is worse than a loss, as for digests. `ignore_suppression` sends even to an address
    that rejected mail: without this mail a user may be locked out, or not learn of a thief.
    """
    kind = EmailKind(compose, record_sent, ignore_suppression)

    async def run(context: JobContext, claim: Claim, job: AnyJob) -> None:
        _check_doubt(claim, resend_in_doubt=resend_in_doubt)
        mail = ClaimedEmail(kind, claim, job)
        try:
            composed = await context.email_batches.compose(mail)
        except asyncio.CancelledError:
            raise CancelledBeforeData from None
        await failpoints.reach("mail_sending")
        with context.email_batches.transfer():
            await _send(context, claim, composed.email)
        try:
            await failpoints.reach("smtp_accepted")
            await context.email_batches.record_sent(mail, composed)
        except (LeaseLost, SaveFailed):
            raise
        except Exception as error:
            # The mail was sent: a bug in record_sent must not send it again and again.
            log.exception("job %s (%s): sent, but not recorded", claim.id, claim.kind)
            reason = f"sent, but not recorded: {type(error).__name__}"
            raise Transient(reason, in_doubt=True) from error

    return Handler(run, record_outcome)


def _check_doubt(claim: Claim, *, resend_in_doubt: bool) -> None:
    """Raise Permanent if the mail may have been sent, and must not be sent once more."""
    if claim.in_doubt_count and not resend_in_doubt:
        raise Permanent(
            "it is unknown whether the mail was sent; a duplicate would be worse than none"
        )
    if claim.in_doubt_count >= MAX_IN_DOUBT:
        raise Permanent("it is unknown whether the mail was sent; it may have been sent twice")


async def _send(context: JobContext, claim: Claim, email: EmailMessage) -> None:
    """Send the mail and log its outcome. Raise a Failure.

    A rejected address is put on the suppression list.
    """
    began_at = monotonic()
    try:
        answer = await context.mailer.send(email, claim.id)
    except Failure as failure:
        _log_attempt(claim, email, began_at, failure.answer, failure)
        metrics.mail_failed.labels(claim.kind, failure.label).inc()
        if isinstance(failure, AddressRejected):
            await _suppress(context, email.to, failure.reply_codes)
        raise
    _log_attempt(claim, email, began_at, answer)
    metrics.mail_sent.labels(claim.kind).inc()


def _log_attempt(
    claim: Claim, email: EmailMessage, began_at: float, answer: str, failure: Failure | None = None
) -> None:
    """Log one line for each attempt. Of the recipient only the domain: logs hold no addresses."""
    domain = smtp_address(email.to).rpartition("@")[2]
    milliseconds = round((monotonic() - began_at) * 1000, 1)
    log.log(
        logging.INFO if failure is None else logging.WARNING,
        "job %s (%s), attempt %d: %s (a mailbox of %s, %d ms): %s",
        claim.id,
        claim.kind,
        claim.attempts + 1,
        "sent" if failure is None else failure.reason,
        domain,
        milliseconds,
        answer or "no answer",
        extra={
            "job": claim.id,
            "kind": claim.kind,
            "domain": domain,
            "attempt": claim.attempts + 1,
            "answer": answer,
            "milliseconds": milliseconds,
        },
    )
    if failure is not None:
        failure.is_logged = True


async def _suppress(context: JobContext, address: str, reply_codes: str) -> None:
    # In a transaction of its own, before the job ends: if this worker dies in between, the next
    # attempt gets the same answer.
    async def suppress(work: UnitOfWork) -> None:
        if await suppress_address(work, address, reply_codes):
            metrics.addresses_suppressed.inc()

    await save_with_retries(context.resources, suppress)
