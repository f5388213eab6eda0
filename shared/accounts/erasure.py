"""Erase the name and address of a deleted account from rows that outlive it.

In the transaction of the deletion: the audit's facts, invitations to the address, saved responses, and
earlier texts of comments.
Later, by a job, since it reads every event: the names in the events of all streams
(worker/cleanup/erased_events.py). The address that the mail about the deletion needs is the last to go,
when that mail was sent or given up.
"""

from sqlalchemy import LargeBinary, delete, literal, or_, update

from shared.accounts.account import Account
from shared.comments.versions import delete_versions_of_author
from shared.contract.jobs import EraseFromEvents
from shared.database.json_text import contains
from shared.imports import stored_archives
from shared.tables.accounts import AuditRow
from shared.tables.idempotency import IdempotencyRow
from shared.tables.members import InvitationRow
from shared.text import email_key
from shared.unit_of_work import UnitOfWork


async def erase_account(work: UnitOfWork, account: Account) -> None:
    """Erase the account's name and address, and add the job that erases them from events.

    Call it before the deletion is audited. A request whose saved response named the account is done
    again if it is retried.
    """
    await work.connection.execute(
        update(AuditRow).where(AuditRow.user_id == account.id).values(facts={})
    )
    await work.connection.execute(
        delete(InvitationRow).where(InvitationRow.email_key == email_key(account.email))
    )
    traces = (account.id.encode(), account.email.encode())
    named = [contains(IdempotencyRow.body, literal(trace, LargeBinary)) for trace in traces]
    await work.connection.execute(delete(IdempotencyRow).where(or_(*named)))
    await delete_versions_of_author(work, account.id)
    await stored_archives.release_all(work, account.id)
    work.add_job(EraseFromEvents(user_ids=(account.id,)))


async def erase_old_address(work: UnitOfWork, audit_ids: list[str]) -> None:
    """Erase the address to which the mails about deleted accounts went."""
    await work.connection.execute(
        update(AuditRow)
        .where(AuditRow.id.in_(audit_ids), AuditRow.action == "account.deleted")
        .values(facts={})
    )
