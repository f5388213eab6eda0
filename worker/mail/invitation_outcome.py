"""Store on an invitation whether its mail was delivered, for the owners of the list."""

from collections.abc import Sequence

from sqlalchemy import bindparam, update

from shared.contract.jobs import SendInvitation
from shared.tables.members import InvitationRow
from shared.unit_of_work import UnitOfWork
from worker.jobs.context import Outcome
from worker.mail.email_batches import SUPPRESSED


async def record_sent(work: UnitOfWork, jobs: Sequence[SendInvitation]) -> None:
    """Store that the mails were delivered."""
    await _set_failure(work, [job.invitation_id for job in jobs], "")


async def record_outcome(work: UnitOfWork, job: SendInvitation, outcome: Outcome) -> None:
    """Store why the mail was not delivered, or not yet.

    Nothing is stored if it is not wanted: an owner must not learn that the invited person has
    unsubscribed.
    """
    if outcome.state == "retrying":
        await _set_failure(work, [job.invitation_id], f"Not delivered yet: {outcome.reason}.")
    elif outcome.state == "dead" or outcome.reason == SUPPRESSED:
        await _set_failure(work, [job.invitation_id], f"Not delivered: {outcome.reason}.")


async def _set_failure(work: UnitOfWork, ids: list[str], failure: str) -> None:
    await work.connection.execute(_SET_FAILURE, {"ids": ids, "failure": failure[:200]})


_SET_FAILURE = (
    update(InvitationRow)
    .where(InvitationRow.id.in_(bindparam("ids", expanding=True)))
    .values(mail_failure=bindparam("failure"))
)
