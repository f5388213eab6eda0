"""One-time links in mails: created in the transaction of a change, looked up when followed.

The worker makes the token when it sends the mail (shared/signed_links.py). The row holds the link's
purpose, its expiry, and whether it was used.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from sqlalchemy import func, insert, select, update

from shared import signed_links
from shared.accounts.rules import invalid_field
from shared.errors import Invalid
from shared.ids import LinkId, SessionId, UserId, new_id, new_secret
from shared.signed_links import Purpose
from shared.tables.accounts import LinkRow
from shared.unit_of_work import ReadTransaction, UnitOfWork

LINK_LIFETIMES = {
    # A mail may wait for Monday; unverified accounts are removed after seven days.
    Purpose.VERIFY_EMAIL: timedelta(days=3),
    # During this hour anyone who reads the mailbox can take over the account.
    Purpose.RESET_PASSWORD: timedelta(hours=1),
    Purpose.CHANGE_EMAIL: timedelta(days=1),
}
# Per account and purpose, whichever network asks, so that no user can flood the mailbox of another.
MAX_LINKS_PER_HOUR = 5


class VoidReason(StrEnum):
    """Why a link that was not used does not work any more."""

    # A newer link of this purpose was mailed to the account.
    SUPERSEDED = "superseded"
    # The password or the address of the account changed, or it was disabled.
    ACCOUNT_CHANGED = "account_changed"


@dataclass(frozen=True)
class Link:
    """A valid, unused link. `password_hash` and `session_id`: see LinkRow."""

    id: LinkId
    purpose: Purpose
    user_id: UserId
    email: str
    password_hash: str | None
    session_id: SessionId | None


async def create_link(
    work: UnitOfWork,
    purpose: Purpose,
    user_id: UserId,
    email: str,
    *,
    password_hash: str | None = None,
    session_id: SessionId | None = None,
) -> LinkId | None:
    """Create a link for a mail to `email` and return its id. Older links of this purpose are void.

    Return None, and create nothing, if the account had MAX_LINKS_PER_HOUR links of this purpose in
    the last hour.
    """
    recent_links = await work.connection.scalar(
        select(func.count())
        .select_from(LinkRow)
        .where(
            LinkRow.user_id == user_id,
            LinkRow.purpose == purpose,
            LinkRow.created_at > work.now - timedelta(hours=1),
        )
    )
    if (recent_links or 0) >= MAX_LINKS_PER_HOUR:
        return None
    await void_links(work, user_id, purpose, reason=VoidReason.SUPERSEDED)
    link_id = LinkId(new_id())
    await work.connection.execute(
        insert(LinkRow).values(
            id=link_id,
            purpose=purpose.value,
            user_id=user_id,
            email=email,
            nonce=new_secret(),
            password_hash=password_hash,
            session_id=session_id,
            created_at=work.now,
            expires_at=work.now + LINK_LIFETIMES[purpose],
        )
    )
    return link_id


async def find_link(
    read: ReadTransaction, keys: Sequence[bytes], purposes: Collection[Purpose], token: str
) -> Link:
    """Return the link that a token belongs to.

    Raise Invalid `link_invalid`, `link_used`, `link_superseded` or `link_void`.
    """
    link_id = signed_links.row_id_in(token)
    if link_id is None:
        raise invalid_link()
    rows = await read.connection.execute(select(LinkRow.__table__).where(LinkRow.id == link_id))
    row = rows.one_or_none()
    if row is None or row.purpose not in purposes:
        raise invalid_link()
    if not signed_links.check(keys, Purpose(row.purpose), token, row.nonce):
        raise invalid_link()
    if row.void_reason == VoidReason.SUPERSEDED:
        raise invalid_field(
            "token",
            "A newer link was mailed after this one. Open the newest mail.",
            code="link_superseded",
        )
    if row.void_reason == VoidReason.ACCOUNT_CHANGED:
        raise invalid_field(
            "token",
            "The account changed after this link was mailed. Ask for a new one.",
            code="link_void",
        )
    if row.used_at is not None:
        raise invalid_field("token", "This link was used already.", code="link_used")
    if row.expires_at <= read.now:
        raise invalid_link()
    return Link(
        LinkId(link_id),
        Purpose(row.purpose),
        UserId(row.user_id),
        row.email,
        row.password_hash,
        SessionId(row.session_id) if row.session_id else None,
    )


async def use_link(work: UnitOfWork, link: Link) -> None:
    """Mark the link as used. The caller holds the lock of its account."""
    await work.connection.execute(
        update(LinkRow).where(LinkRow.id == link.id).values(used_at=work.now)
    )


async def void_links(
    work: UnitOfWork,
    user_id: UserId,
    *purposes: Purpose,
    reason: VoidReason = VoidReason.ACCOUNT_CHANGED,
) -> None:
    """Void every unused link of the account for these purposes."""
    await work.connection.execute(
        update(LinkRow)
        .where(LinkRow.user_id == user_id, LinkRow.purpose.in_(purposes), LinkRow.used_at.is_(None))
        .values(used_at=work.now, void_reason=reason.value)
    )


def invalid_link() -> Invalid:
    """Return the error for a link that is forged, expired, void or for another purpose."""
    return invalid_field(
        "token", "This link is not valid any more. Ask for a new one.", code="link_invalid"
    )
