"""Guests of share links: open a link, join by it, and authenticate by a guest's token.

Unknown tokens all get NotFound. What became of a link, and that it has a password, learns only who
holds its token.
"""

from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import bindparam, or_, select
from sqlalchemy.orm import aliased

from shared import signed_links
from shared.accounts.authentication import passwords
from shared.accounts.authentication.api_token_format import GUEST_PREFIX, hash_token, make_token
from shared.actor import Actor, Bearer
from shared.contract.shapes import AccountStatus
from shared.contract.share_links import GuestSessionShape, LinkPreviewShape, LinkRole
from shared.errors import Forbidden, NotFound, Unauthenticated
from shared.ids import ListId, SessionId, ShareLinkId, UserId, list_stream, new_secret_bytes
from shared.resources import Resources
from shared.share_links import guests
from shared.share_links.rules import ShareLink
from shared.signed_links import Purpose
from shared.tables.accounts import UserRow
from shared.tables.lists import ListRow
from shared.tables.share_links import GuestRow, ShareLinkRow
from shared.unit_of_work import ReadTransaction

_MAKER = aliased(UserRow)
_IS_LIVE = (
    # Revoking a link deletes its guests' rows in the same transaction.
    GuestRow.expires_at > bindparam("now"),
    or_(ShareLinkRow.expires_at.is_(None), ShareLinkRow.expires_at > bindparam("now")),
    # A link by a disabled account is not valid, as an invitation is not.
    _MAKER.status == AccountStatus.ACTIVE,
)
# Built once: every request of a guest runs it.
SELECT_GUEST_ACTOR = (
    select(
        UserRow.id,
        UserRow.name,
        UserRow.time_zone,
        GuestRow.link_id,
        GuestRow.expires_at,
        ShareLinkRow.expires_at.label("link_expires_at"),
    )
    .join(GuestRow, GuestRow.user_id == UserRow.id)
    .join(ShareLinkRow, ShareLinkRow.id == GuestRow.link_id)
    .join(_MAKER, _MAKER.id == ShareLinkRow.created_by)
    .where(*_IS_LIVE)
)
_BY_HASH = SELECT_GUEST_ACTOR.where(GuestRow.token_hash == bindparam("token_hash"))
_LINK = (
    select(
        *(
            ShareLinkRow.__table__.c[name]
            for name in (
                "id", "list_id", "role", "nonce", "password_hash", "expires_at", "revoked_at",
            )
        ),
        ListRow.name.label("list_name"),
    )
    .join(ListRow, ListRow.id == ShareLinkRow.list_id)
    .join(_MAKER, _MAKER.id == ShareLinkRow.created_by)
    .where(
        ShareLinkRow.id == bindparam("link_id"),
        ListRow.deleted_at.is_(None),
        _MAKER.status == AccountStatus.ACTIVE,
    )
)  # fmt: skip


class PasswordAttempts(Protocol):
    """Counts the attempts at the passwords of links, by link and network."""

    async def take(self, link_id: ShareLinkId) -> None:
        """Count an attempt. Raise RateLimited."""

    async def refund(self, link_id: ShareLinkId) -> None:
        """Subtract an attempt with the right password."""


@dataclass(frozen=True)
class LinkProof:
    """What a caller presents: the token of a link and, if it has one, its password; and from where."""

    token: str
    address: str
    password: str | None = None


async def find_guest_bearer(resources: Resources, token: str) -> Bearer:
    """Return the guest whom a token speaks for, in one statement. Raise Unauthenticated."""
    token_hash = hash_token(token)
    async with resources.single_read() as read:
        values = {"token_hash": token_hash, "now": read.now}
        row = (await read.connection.execute(_BY_HASH, values)).one_or_none()
    if row is None:
        raise Unauthenticated
    return Bearer(actor_of_guest_row(row), expires_at_of_guest_row(row))


def actor_of_guest_row(row: Any) -> Actor:
    """Return the actor of a row of SELECT_GUEST_ACTOR."""
    user_id = UserId(row.id)
    link_id, session_id = ShareLinkId(row.link_id), SessionId(user_id)
    return Actor(user_id, row.name, session_id, time_zone=row.time_zone, link_id=link_id)


def expires_at_of_guest_row(row: Any) -> int:
    """Return when the session ends, in seconds since 1970."""
    ends = (row.expires_at, row.link_expires_at)
    return min(int(at.timestamp()) for at in ends if at is not None)


async def open_link(
    resources: Resources, proof: LinkProof, attempts: PasswordAttempts
) -> LinkPreviewShape:
    """Return what a link leads to. Raise what `_check` raises."""
    link = await _check(resources, proof, attempts)
    return LinkPreviewShape(list_id=link.list_id, list_name=link.list_name, role=link.role)


async def join_by_link(
    resources: Resources,
    proof: LinkProof,
    attempts: PasswordAttempts,
    *,
    name: str,
    time_zone: str,
) -> GuestSessionShape:
    """Make a guest and return the session. Raise what `_check` raises, or Conflict `too_many_guests`."""
    checked = await _check(resources, proof, attempts)
    token = make_token(new_secret_bytes(), GUEST_PREFIX)
    async with resources.begin() as work:
        await work.lock_streams([list_stream(checked.list_id)])
        # Read again under the lock: it may be revoked, or have another password, by now.
        link = await _find(work, resources, proof.token)
        link.require_open(work.now)
        if link.password_hash != checked.password_hash:
            raise _password_required()
        joined = await guests.join(work, link, name, time_zone, hash_token(token), proof.address)
    return GuestSessionShape(
        token=token,
        expires_at=joined.expires_at,
        user=joined.user,
        list_id=link.list_id,
        role=link.role,
    )


async def _check(resources: Resources, proof: LinkProof, attempts: PasswordAttempts) -> ShareLink:
    """Return the link of a proof that admits.

    Raise NotFound; for who holds the token also Forbidden `link_ended`, `link_password_required` or
    `wrong_link_password`, and RateLimited.
    """
    async with resources.single_read() as read:
        link = await _find(read, resources, proof.token)
        link.require_open(read.now)
    if link.password_hash is None:
        return link
    if proof.password is None:
        raise _password_required()
    await attempts.take(link.id)
    stranger = passwords.of_network(resources.settings, proof.address)
    # Outside of any transaction: a hash takes a tenth of a second.
    if not await passwords.is_correct(proof.password, link.password_hash, stranger):
        raise Forbidden("This is not the password of the link.", code="wrong_link_password")
    await attempts.refund(link.id)
    return link


async def _find(read: ReadTransaction, resources: Resources, token: str) -> ShareLink:
    link_id = signed_links.row_id_in(token)
    if link_id is None:
        raise NotFound
    row = (await read.connection.execute(_LINK, {"link_id": link_id})).one_or_none()
    keys = resources.settings.secrets.signing_keys()
    if row is None or not signed_links.check(keys, Purpose.SHARE_LIST, token, row.nonce):
        raise NotFound
    return ShareLink(
        id=ShareLinkId(row.id),
        list_id=ListId(row.list_id),
        list_name=row.list_name,
        role=LinkRole(row.role),
        nonce=row.nonce,
        password_hash=row.password_hash,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
    )


def _password_required() -> Forbidden:
    return Forbidden("This link has a password.", code="link_password_required")
