"""Make a todo or a comment of a stored mail, by the rights that its user has at that moment.

    stored ─→ done      the todo, and the end of the job, in one transaction; the content is deleted
       └────→ failed    refused by the rules of the list; the content is kept for a week

The files of the mail are in the storage before that transaction, which attaches them. A worker that dies
leaves the row as it was, and the next one goes on: one todo for each mail, with each of its files once. What
the dead worker stored belongs to no todo, and the clean-up deletes it.
"""

import asyncio
import logging
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select, update

from shared import failpoints, metrics
from shared.actor import Actor
from shared.comments.commands import add_comment
from shared.contract.jobs import ReceiveMail
from shared.contract.shapes import SiteRole
from shared.errors import DomainError, Forbidden, Invalid, Moved, NotFound, Unavailable
from shared.ids import LabelId, ListId, SessionId, TodoId, UserId
from shared.inbound_mail.origins import claimed_address, mark_comment, mark_todo
from shared.inbound_mail.stored_content import unseal
from shared.jobs import claims
from shared.jobs.claims import Claim
from shared.jobs.retries import Obsolete, Transient
from shared.tables.accounts import UserRow
from shared.tables.interop.inbound_messages import InboundMessageRow
from shared.tables.labels import LabelRow
from shared.todos.commands.create import create_todo
from shared.todos.rules.todo_edits import NewTodo, Placement
from shared.unit_of_work import UnitOfWork
from worker.inbound_mail.mail_files import MailFiles
from worker.inbound_mail.mime_reader import MailContent, read_mail
from worker.inbound_mail.todo_text import body_text, comment_text, reply_text, todo_text
from worker.jobs.context import JobContext, Outcome
from worker.jobs.saving import save_with_retries

log = logging.getLogger(__name__)

_MESSAGE = (
    select(
        InboundMessageRow.user_id,
        InboundMessageRow.list_id,
        InboundMessageRow.todo_id,
        InboundMessageRow.content,
        UserRow.name,
        UserRow.email_key,
        UserRow.site_role,
        UserRow.time_zone,
    )
    .join(UserRow, UserRow.id == InboundMessageRow.user_id)
    .where(InboundMessageRow.content.is_not(None), UserRow.status == "active")
)
_LABELS = select(LabelRow.id, LabelRow.name_key)


async def receive_mail(context: JobContext, claim: Claim, job: ReceiveMail) -> None:
    """Make the todo or comment, and end the job. Raise a Failure."""
    async with context.resources.single_read() as read:
        found = await read.connection.execute(_MESSAGE.where(_is_row(job)))
        row: Any = found.one_or_none()
    if row is None:
        raise Obsolete("the message is gone, or its account is not active")

    actor = _actor(row)
    files = MailFiles(context.resources, actor)

    async def save(work: UnitOfWork) -> None:
        await _add(work, actor, row, mail, body, files)
        await _set_state(work, job, "done")
        await failpoints.reach("effect_unsaved")
        await claims.finish(work, claim, "done")

    try:
        keys = context.resources.settings.secrets.signing_keys()
        mail, body = await asyncio.to_thread(_read, keys, row)
        async with files.stored(mail.attachments):
            await save_with_retries(context.resources, save)
    except Moved:
        raise Transient("the todo was moved just now") from None
    except Unavailable as error:
        raise Transient(error.detail) from None
    except DomainError as refused:
        reason = _reason(refused, row.todo_id)
        log.info("mail became nothing: %s", reason)
        await save_with_retries(context.resources, lambda work: _fail(work, claim, job, reason))
        metrics.mails_received.labels("failed").inc()
    else:
        metrics.mails_received.labels("done").inc()


async def record_outcome(work: UnitOfWork, job: ReceiveMail, outcome: Outcome) -> None:
    """Mark the message as failed once its job is given up."""
    if outcome.state in ("dead", "cancelled"):
        await _set_state(work, job, "failed", "The mail could not be read.")


def _read(keys: Sequence[bytes], row: Any) -> tuple[MailContent, str]:
    """Return the mail, and the text of the comment or of the description. Raise Invalid."""
    content = unseal(keys, row.content)
    if content is None:
        raise Invalid("The mail was encrypted with a key that this site no longer has.")
    mail = read_mail(content)
    return mail, body_text(mail) if row.todo_id is None else reply_text(mail)


def _actor(row: Any) -> Actor:
    user_id = UserId(row.user_id)
    return Actor(
        user_id,
        row.name,
        SessionId(user_id),
        SiteRole(row.site_role),
        time_zone=row.time_zone,
        is_mail=True,
    )


async def _add(
    work: UnitOfWork, actor: Actor, row: Any, mail: MailContent, body: str, files: MailFiles
) -> None:
    if row.todo_id is not None:
        attached, refused = await files.attach(work, TodoId(row.todo_id))
        comment = await add_comment(
            work, actor, TodoId(row.todo_id), comment_text(body, attached, refused)
        )
        await mark_comment(work, comment.id, claimed_address(mail.sender))
        return
    labels = await work.connection.execute(_LABELS.where(LabelRow.list_id == row.list_id))
    known = {label.name_key: LabelId(label.id) for label in labels}
    text = todo_text(mail, body, known, row.email_key, files.refused)
    new = NewTodo(
        title=text.title,
        description=text.description,
        labels=text.labels,
        priority=text.priority,
    )
    todo = await create_todo(work, actor, ListId(row.list_id), new, Placement())
    await files.attach(work, TodoId(todo.id))
    await mark_todo(work, todo.id, claimed_address(mail.sender))


def _reason(refused: DomainError, todo_id: str | None) -> str:
    if not isinstance(refused, NotFound | Forbidden):
        return refused.detail
    what = "comment on the todo" if todo_id else "add todos to the list"
    return f"You may no longer {what}."


async def _fail(work: UnitOfWork, claim: Claim, job: ReceiveMail, reason: str) -> None:
    await _set_state(work, job, "failed", reason)
    await claims.finish(work, claim, "cancelled", reason)


async def _set_state(work: UnitOfWork, job: ReceiveMail, state: str, failure: str = "") -> None:
    values: dict[str, Any] = {"state": state, "failure": failure[:500]}
    if state == "done":
        values["content"] = None
    await work.connection.execute(update(InboundMessageRow).where(_is_row(job)).values(values))


def _is_row(job: ReceiveMail) -> Any:
    return InboundMessageRow.id == job.message_id
