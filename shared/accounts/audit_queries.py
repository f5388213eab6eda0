"""Reads of the audit: by the account concerned, by admins, and by the operator."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, select, union

from shared.access import gate
from shared.access.policy import SiteAction
from shared.actor import Actor
from shared.contract.audit import AuditEntryShape, AuditGroup, AuditPage, actions_of
from shared.ids import UserId
from shared.tables.accounts import AuditRow
from shared.unit_of_work import ReadTransaction


@dataclass(frozen=True)
class AuditFilter:
    """Conditions on the entries to read; None and "" set none. `before` is the cursor of a page.

    `user_id`: entries about or by this account. `begins_at` is included, `ends_at` is not.
    """

    user_id: UserId | None = None
    action: str = ""
    address: str = ""
    begins_at: datetime | None = None
    ends_at: datetime | None = None
    before: str | None = None
    limit: int = 50


async def read_my_audit(
    read: ReadTransaction, actor: Actor, group: AuditGroup | None, before: str | None
) -> AuditPage:
    """Return the entries about the actor and by the actor, without network addresses of others."""
    of_group = [] if group is None else [AuditRow.action.in_(actions_of(group))]
    page = await _read(read, AuditFilter(actor.user_id, before=before), *of_group)
    items = [
        entry
        if entry.actor_id in (None, actor.user_id)
        else entry.model_copy(update={"address": ""})
        for entry in page.items
    ]
    return page.model_copy(update={"items": items})


async def read_audit(read: ReadTransaction, actor: Actor, audit_filter: AuditFilter) -> AuditPage:
    """Return entries about all accounts, for admins. Raise Forbidden."""
    await gate.authorize_site(actor, SiteAction.READ_AUDIT)
    return await read_audit_as_operator(read, audit_filter)


async def read_audit_as_operator(read: ReadTransaction, audit_filter: AuditFilter) -> AuditPage:
    """Return entries like `read_audit`, without a check: for the command line."""
    conditions: list[ColumnElement[bool]] = []
    if audit_filter.action:
        conditions.append(AuditRow.action == audit_filter.action)
    if audit_filter.address:
        conditions.append(AuditRow.address == audit_filter.address)
    if audit_filter.begins_at is not None:
        conditions.append(AuditRow.at >= audit_filter.begins_at)
    if audit_filter.ends_at is not None:
        conditions.append(AuditRow.at < audit_filter.ends_at)
    return await _read(read, audit_filter, *conditions)


async def _read(
    read: ReadTransaction, audit_filter: AuditFilter, *conditions: ColumnElement[bool]
) -> AuditPage:
    rows = await read.connection.execute(page_statement(audit_filter, *conditions))
    entries = [AuditEntryShape(**row._asdict()) for row in rows]
    items = entries[: audit_filter.limit]
    return AuditPage(items=items, next_cursor=items[-1].id if len(entries) > len(items) else None)


def page_statement(
    audit_filter: AuditFilter, *conditions: ColumnElement[bool]
) -> Select[tuple[Any, ...]]:
    """Return the statement that reads one more entry than the page holds.

    The entries about a user and those by a user are two reads of an index in its order. With OR,
    Postgres read the whole table from its end until the page was full.
    """
    if audit_filter.before:
        conditions = (*conditions, AuditRow.id < audit_filter.before)
    count = audit_filter.limit + 1
    newest = select(AuditRow.__table__).where(*conditions).order_by(AuditRow.id.desc()).limit(count)
    if audit_filter.user_id is None:
        return newest
    parts = [
        newest.where(column == audit_filter.user_id).subquery()
        for column in (AuditRow.user_id, AuditRow.actor_id)
    ]
    # Without duplicates: most entries about a user are by this user too.
    both = union(*map(select, parts)).subquery()
    return select(both).order_by(both.c.id.desc()).limit(count)
