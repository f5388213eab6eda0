"""Links in mails that unsubscribe from mails, without a sign-in.

    token = signed_links(purpose "mail_preferences", the user's id, preferences.mail_nonce)

A token gives access to the user's mail preferences and to nothing else, because mails are forwarded,
archived and read by scanners. It does not expire: mails are kept for years, and users report a mail
as spam if its link no longer works. It becomes void when the address changes or when the signing key
is retired.
"""

from collections.abc import Collection, Mapping, Sequence
from enum import StrEnum

from sqlalchemy import bindparam, select, update

from shared import signed_links
from shared.contract.notifications import (
    MailPreferencesShape,
    NotificationKind,
    PreferencesShape,
)
from shared.errors import FieldError, Invalid
from shared.ids import UserId, new_secret
from shared.languages.texts import message
from shared.notifications import queries, rules
from shared.notifications.preferences import edit_preferences, ensure_preferences
from shared.signed_links import Purpose
from shared.tables.accounts import UserRow
from shared.tables.notifications import PreferencesRow
from shared.unit_of_work import ReadTransaction, UnitOfWork


class Mails(StrEnum):
    """The group of mails that an unsubscribe link stops: those like the mail that holds the link."""

    NOTIFICATIONS = "notifications"
    INVITATIONS = "invitations"
    REMINDERS = "reminders"
    DIGEST = "digest"


_KINDS: Mapping[Mails, frozenset[NotificationKind]] = {
    Mails.NOTIFICATIONS: rules.MAILED_IN_BATCHES,
    Mails.INVITATIONS: frozenset({NotificationKind.INVITED}),
    Mails.REMINDERS: frozenset({NotificationKind.REMINDED}),
    Mails.DIGEST: frozenset(),
}


_MAIL_NONCES = select(PreferencesRow.user_id, PreferencesRow.mail_nonce).where(
    PreferencesRow.user_id.in_(bindparam("user_ids", expanding=True))
)


async def create_unsubscribe_tokens(
    work: UnitOfWork, keys: Sequence[bytes], user_ids: Collection[UserId]
) -> dict[UserId, str]:
    """Return the tokens for mails to these users. Create preferences for users who have none."""
    nonces = await _read_mail_nonces(work, user_ids)
    if missing := set(user_ids) - nonces.keys():
        await ensure_preferences(work, *missing)
        nonces |= await _read_mail_nonces(work, missing)
    return {
        user_id: signed_links.make(keys, Purpose.MAIL_PREFERENCES, user_id, nonce)
        for user_id, nonce in nonces.items()
    }


async def _read_mail_nonces(
    read: ReadTransaction, user_ids: Collection[UserId]
) -> dict[UserId, str]:
    rows = await read.connection.execute(_MAIL_NONCES, {"user_ids": list(user_ids)})
    return {UserId(row.user_id): row.mail_nonce for row in rows}


async def void_unsubscribe_tokens(work: UnitOfWork, user_id: UserId) -> None:
    """Invalidate all links mailed before: their mailbox no longer belongs to the user."""
    await work.connection.execute(
        update(PreferencesRow)
        .where(PreferencesRow.user_id == user_id)
        .values(mail_nonce=new_secret())
    )


async def read_mail_preferences(
    read: ReadTransaction, keys: Sequence[bytes], token: str
) -> MailPreferencesShape:
    """Return the mail preferences of the token's user. Raise Invalid `link_invalid`."""
    user_id, email = await _find(read, keys, token)
    return _shape(email, await queries.read_preferences(read, user_id))


async def edit_mail_preferences(
    work: UnitOfWork,
    keys: Sequence[bytes],
    token: str,
    changes: Mapping[NotificationKind, bool],
    *,
    digest: bool | None = None,
) -> MailPreferencesShape:
    """Turn mails of these kinds on or off for the token's user. Raise Invalid `link_invalid`."""
    user_id, email = await _find(work, keys, token)
    channels = {kind: {"mail": on} for kind, on in changes.items()}
    return _shape(email, await edit_preferences(work, None, user_id, channels, digest=digest))


async def unsubscribe(work: UnitOfWork, keys: Sequence[bytes], token: str, mails: Mails) -> None:
    """Turn off one group of mails for the token's user. Raise Invalid `link_invalid`."""
    digest = False if mails is Mails.DIGEST else None
    await edit_mail_preferences(
        work, keys, token, dict.fromkeys(_KINDS[mails], False), digest=digest
    )


async def _find(read: ReadTransaction, keys: Sequence[bytes], token: str) -> tuple[UserId, str]:
    user_id = signed_links.row_id_in(token)
    row = (
        await read.connection.execute(
            select(UserRow.email, PreferencesRow.mail_nonce)
            .join(PreferencesRow, PreferencesRow.user_id == UserRow.id)
            .where(UserRow.id == (user_id or ""))
        )
    ).one_or_none()
    is_valid = row and signed_links.check(keys, Purpose.MAIL_PREFERENCES, token, row.mail_nonce)
    if row is None or not is_valid:
        detail = message("This link is not valid any more. Sign in to choose which mails you get.")
        raise Invalid(detail, [FieldError("token", "link_invalid", detail)], code="link_invalid")
    return UserId(str(user_id)), row.email


def _shape(email: str, preferences: PreferencesShape) -> MailPreferencesShape:
    name, _, domain = email.rpartition("@")
    mails = {kind: channels.mail for kind, channels in preferences.channels.items()}
    return MailPreferencesShape(
        email=f"{name[:1]}…@{domain}", mail=mails, digest=preferences.digest
    )
