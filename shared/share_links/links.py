"""Create, list, change and revoke the share links of a list.

The token of a link is an HMAC over its row (shared/signed_links.py), so that its maker can copy it again
and a dump of the database cannot. Other owners do not see it: the link ends when its maker is no owner
any more (`guests.plan_end_of_links`), and nobody else who leaves takes a token along.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, insert, literal, select, update

from shared import audit, signed_links
from shared.access import gate
from shared.access.policy import Action
from shared.actor import Actor
from shared.contract.events import MemberEdited
from shared.contract.jobs import EndShareLink
from shared.contract.share_links import LinkRole, ShareLinkShape
from shared.errors import Conflict, Invalid, NotFound
from shared.ids import ListId, ShareLinkId, list_stream, new_id, new_secret
from shared.languages.texts import message
from shared.lists.commands import require_not_inbox
from shared.lists.list_members import SELECT_MEMBERS, member_from_row
from shared.share_links import guests
from shared.share_links.rules import MAX_LINKS
from shared.signed_links import Purpose
from shared.tables.members import MemberRow
from shared.tables.share_links import GuestRow, ShareLinkRow
from shared.unit_of_work import ReadTransaction, UnitOfWork


@dataclass(frozen=True)
class NewLink:
    name: str
    role: LinkRole
    password_hash: str | None = None
    expires_at: datetime | None = None


@dataclass(frozen=True)
class LinkEdit:
    """What to change: the columns in `fields` get these values."""

    fields: frozenset[str]
    name: str = ""
    role: LinkRole = LinkRole.VIEWER
    password_hash: str | None = None
    expires_at: datetime | None = None


async def create_link(work: UnitOfWork, actor: Actor, list_id: ListId, new: NewLink) -> ShareLinkId:
    """Create a share link and return its id. Raise Conflict `inbox` or `too_many_links`, or Invalid."""
    require_not_inbox(await gate.authorize_write(work, actor, list_id, Action.MANAGE_LINKS))
    _check_expiry(work, new.expires_at)
    count = select(func.count()).where(
        ShareLinkRow.list_id == list_id, ShareLinkRow.revoked_at.is_(None)
    )
    require_room(await work.connection.scalar(count) or 0)
    link_id = ShareLinkId(new_id())
    await work.connection.execute(
        insert(ShareLinkRow).values(
            id=link_id,
            list_id=list_id,
            name=new.name,
            role=new.role.value,
            nonce=new_secret(),
            password_hash=new.password_hash,
            created_by=actor.user_id,
            created_at=work.now,
            expires_at=new.expires_at,
            use_count=0,
        )
    )
    _end_in_time(work, link_id, new.expires_at)
    facts = {"link_id": link_id, "role": new.role.value}
    await audit.record(work, actor, "share_link.created", list_id=list_id, facts=facts)
    return link_id


def require_room(count: int) -> None:
    """Raise Conflict `too_many_links` if a list with `count` links has room for no other."""
    if count >= MAX_LINKS:
        raise Conflict(
            message("A list has at most {limit} links.", limit=MAX_LINKS), code="too_many_links"
        )


async def read_links(
    read: ReadTransaction, actor: Actor, list_id: ListId, keys: Sequence[bytes]
) -> list[ShareLinkShape]:
    """Return the links of a list that are not revoked, oldest first, in one statement."""
    of_list = select(
        *ShareLinkRow.__table__.c,
        select(func.count())
        .where(GuestRow.link_id == ShareLinkRow.id, GuestRow.expires_at > read.now)
        .scalar_subquery()
        .label("guest_count"),
    ).where(ShareLinkRow.list_id == list_id, ShareLinkRow.revoked_at.is_(None))
    links = of_list.subquery("link")
    statement = gate.select_for_member(links, literal(list_id)).order_by(links.c.id)
    rows = (await read.connection.execute(statement, gate.reader(actor, Action.MANAGE_LINKS))).all()
    gate.authorize_rows(rows, Action.MANAGE_LINKS)
    return [_shape(row, actor, keys) for row in rows if row.id is not None]


async def edit_link(
    work: UnitOfWork, actor: Actor, list_id: ListId, link_id: ShareLinkId, edit: LinkEdit
) -> None:
    """Change a link. A role holds at once for its guests; a new password ends their sessions.

    Raise NotFound, or Invalid for an expiry in the past.
    """
    await gate.authorize_write(work, actor, list_id, Action.MANAGE_LINKS)
    await _require_link(work, list_id, link_id)
    values = {name: getattr(edit, name) for name in sorted(edit.fields)}
    if not values:
        return
    if "expires_at" in values:
        _check_expiry(work, edit.expires_at)
        _end_in_time(work, link_id, edit.expires_at)
    if values.get("password_hash") is not None:
        await guests.end_guests_of_links(work, actor, list_id, [link_id])
    await work.connection.execute(
        update(ShareLinkRow).where(ShareLinkRow.id == link_id).values(values)
    )
    if "role" in values:
        await _change_role_of_guests(work, actor, list_id, link_id, edit.role)
    facts = {"link_id": link_id, "changed": " ".join(values).replace("_hash", "")}
    await audit.record(work, actor, "share_link.changed", list_id=list_id, facts=facts)


async def revoke_link(
    work: UnitOfWork, actor: Actor, list_id: ListId, link_id: ShareLinkId
) -> None:
    """Revoke a link, and end the sessions of its guests. Raise NotFound."""
    await gate.authorize_write(work, actor, list_id, Action.MANAGE_LINKS)
    await _require_link(work, list_id, link_id)
    plan = guests.EndOfLinks(list_id, [link_id], await guests.guests_of_links(work, [link_id]))
    await work.lock_streams(plan.streams)
    await guests.end_links(work, actor, plan)


def _check_expiry(work: UnitOfWork, expires_at: datetime | None) -> None:
    if expires_at is not None and expires_at <= work.now:
        raise Invalid.field("expires_at", "past", "This is in the past.")


def _end_in_time(work: UnitOfWork, link_id: ShareLinkId, expires_at: datetime | None) -> None:
    # Requests are refused without it; it closes the sockets and removes the guests from the list.
    if expires_at is not None:
        # One job for an instant, however often it is set.
        key = f"end_link:{link_id}:{expires_at.isoformat()}"
        work.add_job(EndShareLink(link_id=link_id), run_at=expires_at, dedupe_key=key)


async def _require_link(work: UnitOfWork, list_id: ListId, link_id: ShareLinkId) -> None:
    found = await work.connection.scalar(
        select(ShareLinkRow.id).where(
            ShareLinkRow.id == link_id,
            ShareLinkRow.list_id == list_id,
            ShareLinkRow.revoked_at.is_(None),
        )
    )
    if found is None:
        raise NotFound


async def _change_role_of_guests(
    work: UnitOfWork, actor: Actor, list_id: ListId, link_id: ShareLinkId, role: LinkRole
) -> None:
    of_link = select(GuestRow.user_id).where(GuestRow.link_id == link_id)
    changed = set(
        await work.connection.scalars(
            update(MemberRow)
            .where(
                MemberRow.list_id == list_id,
                MemberRow.user_id.in_(of_link),
                MemberRow.role != role.value,
            )
            .values(role=role.value)
            .returning(MemberRow.user_id)
        )
    )
    if not changed:
        return
    members = await work.connection.execute(
        SELECT_MEMBERS.where(MemberRow.list_id == list_id, MemberRow.user_id.in_(sorted(changed)))
    )
    for row in members:
        work.record(list_stream(list_id), MemberEdited(member=member_from_row(row)), actor)


def _shape(row: Any, actor: Actor, keys: Sequence[bytes]) -> ShareLinkShape:
    is_mine = row.created_by == actor.user_id
    return ShareLinkShape(
        id=row.id,
        list_id=row.list_id,
        name=row.name,
        role=LinkRole(row.role),
        has_password=row.password_hash is not None,
        created_by=row.created_by,
        created_at=row.created_at,
        expires_at=row.expires_at,
        use_count=row.use_count,
        last_used_at=row.last_used_at,
        guest_count=row.guest_count,
        token=signed_links.make(keys, Purpose.SHARE_LIST, row.id, row.nonce) if is_mine else None,
    )
