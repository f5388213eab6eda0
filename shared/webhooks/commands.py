"""Create, change and delete webhooks.

Those of a list are written under the lock of its stream, those of an account under that of the account.
The ends of memberships, lists and accounts delete them by foreign keys: no command has to remember.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, delete, exists, func, insert, literal, select, update

from shared import audit
from shared.access import gate
from shared.access.policy import Action
from shared.accounts.account import lock_account
from shared.accounts.second_factors import secret_encryption
from shared.actor import Actor
from shared.contract.audit import AuditAction
from shared.contract.interop.webhooks import NewWebhookShape, WebhookShape
from shared.contract.jobs import SendSecurityNotice
from shared.errors import Conflict, Forbidden, NotFound
from shared.ids import ListId, WebhookId, list_stream, new_id, new_webhook_secret
from shared.jobs import queue
from shared.languages.texts import message
from shared.tables.interop.webhook_cursors import WebhookCursorRow
from shared.tables.interop.webhooks import WebhookRow
from shared.tables.members import MemberRow
from shared.tables.streams import StreamRow
from shared.unit_of_work import UnitOfWork
from shared.webhooks import queries
from shared.webhooks.rules import MAX_OF_LIST, MAX_OF_USER, host_of


@dataclass(frozen=True)
class NewWebhook:
    """`events` are names; none stands for all."""

    name: str
    url: str
    events: Sequence[str] = ()


@dataclass(frozen=True)
class WebhookEdit:
    """What to change: the `fields`. With `from_now` an enabled webhook skips what waits."""

    fields: frozenset[str]
    name: str = ""
    events: Sequence[str] = ()
    is_enabled: bool = True
    from_now: bool = False


async def create_webhook(
    work: UnitOfWork, actor: Actor, list_id: ListId | None, new: NewWebhook, keys: Sequence[bytes]
) -> NewWebhookShape:
    """Create a webhook of a list, or with None of the account, and return it with its secret.

    It sends what happens from now on. Queue a security mail. Raise NotFound, Forbidden, or Conflict
    `too_many_webhooks`.
    """
    if list_id is None:
        await lock_account(work, actor.user_id)
    else:
        await gate.authorize_write(work, actor, list_id, Action.MANAGE_WEBHOOKS)
    # It goes on after the session, and so after a reset of the password that ended it meanwhile.
    await gate.require_live_session(work, actor)
    await _require_room(work, actor, list_id)
    webhook_id, secret = WebhookId(new_id()), new_webhook_secret()
    await work.connection.execute(
        insert(WebhookRow).values(
            id=webhook_id,
            user_id=actor.user_id,
            list_id=list_id,
            name=new.name,
            url=new.url,
            events=list(new.events),
            created_at=work.now,
            disabled_reason="",
            failures=0,
            last_error="",
            **_sealed(keys, webhook_id, secret),
        )
    )
    await _start_at_heads(work, actor, webhook_id, list_id)
    audit_id = await _audit(work, actor, "webhook.created", webhook_id, list_id, host_of(new.url))
    work.add_job(SendSecurityNotice(audit_id=audit_id))
    return await _with_secret(work, actor, webhook_id, secret)


async def edit_webhook(
    work: UnitOfWork, actor: Actor, webhook_id: WebhookId, edit: WebhookEdit
) -> WebhookShape:
    """Change a webhook, and return it. Raise NotFound, or Forbidden to enable that of another owner."""
    row = await load_webhook(work, actor, webhook_id)
    values: dict[str, Any] = {
        name: getattr(edit, name) for name in sorted(edit.fields & {"name", "events"})
    }
    was_enabled = row.disabled_at is None
    if "is_enabled" in edit.fields and edit.is_enabled != was_enabled:
        if edit.is_enabled and row.user_id != actor.user_id:
            raise Forbidden("Only who made this webhook can enable it.")
        if edit.is_enabled:
            # A reset of the password may have disabled it meanwhile, and ended the session.
            await gate.require_live_session(work, actor)
        values |= _enabled() if edit.is_enabled else _disabled(work)
    if not values:
        return queries.shape_of(row, actor)
    await work.connection.execute(
        update(WebhookRow).where(WebhookRow.id == webhook_id).values(values)
    )
    action: AuditAction = "webhook.changed"
    if "disabled_at" in values:
        action = "webhook.enabled" if edit.is_enabled else "webhook.disabled"
        if edit.is_enabled:
            await _resume(work, actor, row, from_now=edit.from_now)
    await _audit(work, actor, action, webhook_id, row.list_id, host_of(row.url))
    return queries.shape_of(await queries.find_webhook(work, webhook_id), actor)


async def replace_secret(
    work: UnitOfWork, actor: Actor, webhook_id: WebhookId, keys: Sequence[bytes]
) -> NewWebhookShape:
    """Give the actor's webhook another secret, and return it. Raise NotFound or Forbidden."""
    row = await load_webhook(work, actor, webhook_id)
    if row.user_id != actor.user_id:
        raise Forbidden("Only who made this webhook can replace its secret.")
    secret = new_webhook_secret()
    await work.connection.execute(
        update(WebhookRow)
        .where(WebhookRow.id == webhook_id)
        .values(_sealed(keys, webhook_id, secret))
    )
    host = host_of(row.url)
    audit_id = await _audit(work, actor, "webhook.secret_replaced", webhook_id, row.list_id, host)
    work.add_job(SendSecurityNotice(audit_id=audit_id))
    return await _with_secret(work, actor, webhook_id, secret)


async def delete_webhook(work: UnitOfWork, actor: Actor, webhook_id: WebhookId) -> None:
    """Delete a webhook with its log. Raise NotFound."""
    row = await load_webhook(work, actor, webhook_id)
    await work.connection.execute(delete(WebhookRow).where(WebhookRow.id == webhook_id))
    await _audit(work, actor, "webhook.deleted", webhook_id, row.list_id, host_of(row.url))


async def load_webhook(work: UnitOfWork, actor: Actor, webhook_id: WebhookId) -> Any:
    """Return the row of a webhook that the actor manages, under its lock. Raise NotFound."""
    row = await queries.find_webhook(work, webhook_id)
    if row is None or (row.list_id is None and row.user_id != actor.user_id):
        raise NotFound
    if row.list_id is None:
        await lock_account(work, actor.user_id)
    else:
        try:
            await gate.authorize_write(work, actor, ListId(row.list_id), Action.MANAGE_WEBHOOKS)
        except Forbidden:
            raise NotFound from None  # other members do not see that there is a webhook
    row = await queries.find_webhook(work, webhook_id, for_update=True)
    if row is None:
        raise NotFound
    return row


def secret_of(keys: Sequence[bytes], row: Any) -> str | None:
    """Return the secret of a webhook; None if the server's keys do not decrypt it any more."""
    return secret_encryption.decrypt(keys, row.id, row.encrypted_secret)


def _sealed(keys: Sequence[bytes], webhook_id: WebhookId, secret: str) -> dict[str, str]:
    return {
        "encrypted_secret": secret_encryption.encrypt(keys, webhook_id, secret),
        "key_id": secret_encryption.key_id(keys[0]),
    }


async def _with_secret(
    work: UnitOfWork, actor: Actor, webhook_id: WebhookId, secret: str
) -> NewWebhookShape:
    shape = queries.shape_of(await queries.find_webhook(work, webhook_id), actor)
    return NewWebhookShape(**shape.model_dump(), secret=secret)


def _enabled() -> dict[str, Any]:
    return {
        "disabled_at": None,
        "disabled_reason": "",
        "failures": 0,
        "failing_since": None,
        "retry_at": None,
        "last_error": "",
    }


def _disabled(work: UnitOfWork) -> dict[str, Any]:
    return {"disabled_at": work.now, "disabled_reason": "user", "retry_at": None}


async def _resume(work: UnitOfWork, actor: Actor, row: Any, *, from_now: bool) -> None:
    if from_now:
        heads = select(StreamRow.epoch, StreamRow.head).where(
            StreamRow.id == WebhookCursorRow.list_id
        )
        await work.connection.execute(
            update(WebhookCursorRow)
            .where(WebhookCursorRow.webhook_id == row.id)
            .values(
                epoch=heads.with_only_columns(StreamRow.epoch).scalar_subquery(),
                seq=heads.with_only_columns(StreamRow.head).scalar_subquery(),
            )
        )
        # Lists that were joined meanwhile have no cursor yet.
        await _start_at_heads(work, actor, row.id, row.list_id)
    await queue.run_now(work, row.job_id)


async def _require_room(work: UnitOfWork, actor: Actor, list_id: ListId | None) -> None:
    if await _count(work, WebhookRow.user_id == actor.user_id) >= MAX_OF_USER:
        raise Conflict(
            message("You have {limit} webhooks. Delete one first.", limit=MAX_OF_USER),
            code="too_many_webhooks",
        )
    if list_id is not None and await _count(work, WebhookRow.list_id == list_id) >= MAX_OF_LIST:
        raise Conflict(
            message("A list has at most {limit} webhooks.", limit=MAX_OF_LIST),
            code="too_many_webhooks",
        )


async def _count(work: UnitOfWork, condition: ColumnElement[bool]) -> int:
    return await work.connection.scalar(select(func.count(WebhookRow.id)).where(condition)) or 0


async def _start_at_heads(
    work: UnitOfWork, actor: Actor, webhook_id: WebhookId, list_id: ListId | None
) -> None:
    """Let a webhook begin after the newest event of each of its lists without a cursor."""
    has_cursor = exists().where(
        WebhookCursorRow.webhook_id == webhook_id, WebhookCursorRow.list_id == MemberRow.list_id
    )
    heads = (
        select(
            literal(webhook_id),
            MemberRow.list_id,
            MemberRow.user_id,
            StreamRow.epoch,
            StreamRow.head,
        )
        .join(StreamRow, StreamRow.id == MemberRow.list_id)
        .where(MemberRow.user_id == actor.user_id, ~has_cursor)
    )
    if list_id is not None:
        heads = heads.where(MemberRow.list_id == list_id)
        assert work.has_locked(list_stream(list_id))
    columns = ["webhook_id", "list_id", "user_id", "epoch", "seq"]
    await work.connection.execute(insert(WebhookCursorRow).from_select(columns, heads))


async def _audit(
    work: UnitOfWork,
    actor: Actor,
    action: AuditAction,
    webhook_id: WebhookId,
    list_id: ListId | None,
    host: str,
) -> str:
    # The host alone: an address can hold a secret of its receiver.
    facts = {"webhook_id": webhook_id, "host": host}
    return await audit.record(
        work, actor, action, user_id=actor.user_id, list_id=list_id, facts=facts
    )
