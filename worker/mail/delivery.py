"""Sends one mail a job: looks at the world again, says `sending`, hands over, says `done`.

    transaction 1   world still wants it → letter; state `sending`
    SMTP            the server's 250
    transaction 2   the effect and state `done`

A worker that dies before transaction 1 has certainly not sent. One that dies after it may have:
the mail is sent again once, with the same Message-ID. So the promise is: exactly once, except when
the process dies between the server's 250 and our commit, then at most one duplicate (or, of a kind
where a second mail is worse than none, perhaps no mail).
"""

import logging
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from shared import failpoints, metrics
from shared.accounts.bounces import is_suppressed, suppress_address
from shared.contract.jobs import Job
from shared.jobs import claims
from shared.jobs.claims import Claim, LostFence
from shared.jobs.retries import AddressRefused, Failure, Permanent, Transient, Unwanted
from shared.unit_of_work import UnitOfWork
from worker.jobs.context import Handler, Outcome, Tools, Unsaved, nothing_to_note, save
from worker.mail.renderer import Letter, Letters

log = logging.getLogger(__name__)

# In doubt a mail is sent once more, not twice more: at most one duplicate is what we promise.
MOST_UNSURE = 2

AnyJob = TypeVar("AnyJob", bound=Job)
Compose = Callable[[UnitOfWork, Letters, AnyJob], Awaitable[Letter]]


async def no_effect(work: UnitOfWork, job: Any) -> None:
    """Nothing but the mail."""


def mail(
    compose: Compose[AnyJob],
    *,
    effect: Callable[[UnitOfWork, AnyJob], Awaitable[None]] = no_effect,
    note: Callable[[UnitOfWork, AnyJob, Outcome], Awaitable[None]] = nothing_to_note,
    again_in_doubt: bool = True,
    despite_refusal: bool = False,
) -> Handler:
    """Returns the handler of a kind of mail.

    `compose` re-reads the world and returns the letter, or raises Unwanted. `effect` is committed
    together with `done`; it locks what streams it records on. `again_in_doubt` is False where a
    second mail is worse than none, as for digests. `despite_refusal`: even an address that refused
    mail is tried, for without this mail its person may be locked out, or not know of a thief.
    """

    async def run(tools: Tools, claim: Claim, job: AnyJob) -> None:
        if claim.unsure and not again_in_doubt:
            raise Permanent("nobody can tell whether it was sent; a second one would be worse")
        if claim.unsure >= MOST_UNSURE:
            raise Permanent("nobody can tell whether it was sent; it may have been, twice")
        async with tools.resources.begin() as work:
            letter = await compose(work, tools.letters, job)
            if not despite_refusal:
                await _check_address(work, claim, letter)
            await claims.mark_sending(work, claim)
        await failpoints.reach("mail_sending")
        await _hand_over(tools, claim, letter)

        async def done(work: UnitOfWork) -> None:
            await effect(work, job)
            await claims.finish(work, claim, "done")
            await failpoints.reach("effect_unsaved")

        try:
            await failpoints.reach("smtp_accepted")
            await save(tools.resources, done)
        except (LostFence, Unsaved):
            raise
        except Exception as error:
            # It was sent: a defect in the effect must not mail it again and again.
            log.exception("job %s (%s): sent, but not noted", claim.id, claim.kind)
            why = f"sent, but not noted: {type(error).__name__}"
            raise Transient(why, unsure=True) from error

    return Handler(run, note)


async def _check_address(work: UnitOfWork, claim: Claim, letter: Letter) -> None:
    """Returns if the address takes mail, as far as we know. Raises Unwanted."""
    if await is_suppressed(work, letter.to):
        metrics.mail_suppressed.labels(claim.kind).inc()
        raise Unwanted("suppressed: the mail server there refuses this address")


async def _hand_over(tools: Tools, claim: Claim, letter: Letter) -> None:
    """The server took the letter. Raises a Failure; an address that was refused is known as such."""
    try:
        await tools.mailer.send(letter, claim.id)
    except Failure as failure:
        metrics.mail_failed.labels(claim.kind, type(failure).__name__.lower()).inc()
        if isinstance(failure, AddressRefused):
            await _note_refusal(tools, letter.to, failure.answer)
        raise
    metrics.mail_sent.labels(claim.kind).inc()


async def _note_refusal(tools: Tools, address: str, answer: str) -> None:
    # Not with the job's end: should this worker die in between, the next attempt hears it again.
    async def note(work: UnitOfWork) -> None:
        if await suppress_address(work, address, answer):
            metrics.addresses_refused.inc()

    await save(tools.resources, note)
