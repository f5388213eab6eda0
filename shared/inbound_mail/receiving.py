"""Store a mail and the job that makes a todo or comment of it, in one transaction.

The sender's mail server gets its answer after the commit. If it gets none, it hands the mail over again:
the row is known by its id then, and nothing is added.
"""

import hashlib
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func, select

from shared.contract.jobs import ReceiveMail
from shared.database.statements import insert_new
from shared.errors import RateLimited
from shared.inbound_mail.recipients import Recipient
from shared.tables.interop.inbound_messages import InboundMessageRow
from shared.unit_of_work import UnitOfWork

# In an hour, by one account. A user forwards some; a script with a mail a minute is a flood.
MAX_MESSAGES = 60
# In an hour, to one list or todo: half of the above, so that a leaked address leaves the others usable.
MAX_MESSAGES_TO_ONE = 30
# In an hour, by one account: ten messages of the largest size. They are in the database for a moment, and
# for a week if they fail.
MAX_BYTES = 100 * 1024 * 1024
_HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class ReceivedMail:
    """An encrypted message. `key` is the same when it is handed over again."""

    key: str
    content: bytes


async def store_mail(
    work: UnitOfWork, recipient: Recipient, mail: ReceivedMail, *, is_limited: bool
) -> bool:
    """Store the message for one recipient; return False if it was stored before. Raise RateLimited."""
    message_id = _row_id(recipient, mail)
    is_known = select(InboundMessageRow.id).where(InboundMessageRow.id == message_id)
    if await work.connection.scalar(is_known) is not None:
        return False
    if is_limited:
        await _check_rate(work, recipient, len(mail.content))
    new = {
        "id": message_id,
        "user_id": recipient.user_id,
        "list_id": recipient.list_id,
        "todo_id": recipient.todo_id,
        "state": "stored",
        "failure": "",
        "size": len(mail.content),
        "content": mail.content,
        "received_at": work.now,
    }
    # Another process may be storing the same message.
    if not await insert_new(work.connection, InboundMessageRow, new, key=("id",)):
        return False
    work.add_job(ReceiveMail(message_id=message_id), fairness_key=recipient.user_id)
    return True


def _row_id(recipient: Recipient, mail: ReceivedMail) -> str:
    target = recipient.todo_id or recipient.list_id
    return hashlib.sha256(f"{recipient.user_id}\0{target}\0{mail.key}".encode()).hexdigest()


async def _check_rate(work: UnitOfWork, recipient: Recipient, size: int) -> None:
    """Raise RateLimited. Messages that are stored at the same time do not count each other."""
    row = InboundMessageRow
    is_same = row.list_id == recipient.list_id
    if recipient.todo_id is not None:
        is_same = row.todo_id == recipient.todo_id
    counted = await work.connection.execute(
        select(
            func.count().label("messages"),
            func.count().filter(is_same).label("to_one"),
            func.coalesce(func.sum(row.size), 0).label("bytes"),
        ).where(row.user_id == recipient.user_id, row.received_at > work.now - _HOUR)
    )
    used = counted.one()
    if (
        used.messages >= MAX_MESSAGES
        or used.to_one >= MAX_MESSAGES_TO_ONE
        or used.bytes + size > MAX_BYTES
    ):
        raise RateLimited(int(_HOUR.total_seconds()))
