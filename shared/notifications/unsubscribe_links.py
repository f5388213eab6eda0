"""Links in mails that stop mails, without a sign-in.

    token = signed_links(purpose "mail_preferences", the person's id, preferences.mail_nonce)

A token opens which kinds of mail that person gets, and nothing else: mails are forwarded, archived
and read by scanners. It does not expire, since mail lies around for years, and a link that no longer
stops the mail makes people call it spam. It is void once the address changes, or the key that signed it
is given up.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum

from sqlalchemy import select, update

from shared import signed_links
from shared.contract.notifications import (
    MailPreferencesShape,
    NotificationKind,
    PreferencesShape,
)
from shared.errors import FieldError, Invalid
from shared.ids import UserId, new_secret
from shared.notifications import queries, rules
from shared.notifications.commands import edit_preferences, ensure_preferences
from shared.signed_links import Purpose
from shared.tables.accounts import UserRow
from shared.tables.notifications import PreferencesRow
from shared.unit_of_work import ReadTransaction, UnitOfWork


class Mails(StrEnum):
    """What one press on "unsubscribe" stops: mails of the kind it stands in."""

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


async def create_unsubscribe_token(work: UnitOfWork, keys: Sequence[bytes], user_id: UserId) -> str:
    """Returns the token for a mail to that person."""
    await ensure_preferences(work, user_id)
    nonce = select(PreferencesRow.mail_nonce).where(PreferencesRow.user_id == user_id)
    found = (await work.connection.execute(nonce)).scalar_one()
    return signed_links.make(keys, Purpose.MAIL_PREFERENCES, user_id, found)


async def void_unsubscribe_tokens(work: UnitOfWork, user_id: UserId) -> None:
    """No link mailed before stops anything: the mailbox it lies in is not theirs any more."""
    await work.connection.execute(
        update(PreferencesRow)
        .where(PreferencesRow.user_id == user_id)
        .values(mail_nonce=new_secret())
    )


async def read_mail_preferences(
    read: ReadTransaction, keys: Sequence[bytes], token: str
) -> MailPreferencesShape:
    """Returns which mails the holder of the token gets. Raises Invalid `link_invalid`."""
    user_id, email = await _find(read, keys, token)
    return _shape(email, await queries.read_preferences(read, user_id))


async def edit_mail_preferences(
    work: UnitOfWork,
    keys: Sequence[bytes],
    token: str,
    wanted: Mapping[NotificationKind, bool],
    *,
    digest: bool | None = None,
) -> MailPreferencesShape:
    """The holder of the token gets these mails or not. Raises Invalid `link_invalid`."""
    user_id, email = await _find(work, keys, token)
    mails = {kind: {"mail": on} for kind, on in wanted.items()}
    return _shape(email, await edit_preferences(work, None, user_id, mails, digest=digest))


async def unsubscribe(work: UnitOfWork, keys: Sequence[bytes], token: str, mails: Mails) -> None:
    """Mails of that kind come no more. Raises Invalid `link_invalid`."""
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
    good = row and signed_links.check(keys, Purpose.MAIL_PREFERENCES, token, row.mail_nonce)
    if row is None or not good:
        message = "This link is not valid any more. Sign in to choose which mails you get."
        raise Invalid(message, [FieldError("token", "link_invalid", message)], code="link_invalid")
    return UserId(str(user_id)), row.email


def _shape(email: str, preferences: PreferencesShape) -> MailPreferencesShape:
    name, _, domain = email.rpartition("@")
    mails = {kind: channels.mail for kind, channels in preferences.channels.items()}
    return MailPreferencesShape(
        email=f"{name[:1]}…@{domain}", mail=mails, digest=preferences.digest
    )
