"""Commands on notification preferences: channels of each kind, the daily digest and its hour."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select, update

from shared.actor import Actor
from shared.contract.events import PreferencesEdited
from shared.contract.notifications import NotificationKind, PreferencesShape
from shared.database.results import Result
from shared.database.statements import defer_inserts
from shared.ids import UserId, new_secret, user_stream
from shared.notifications import rules
from shared.tables.accounts import UserRow
from shared.tables.notifications import PreferencesRow
from shared.unit_of_work import UnitOfWork


async def edit_preferences(
    work: UnitOfWork,
    actor: Actor | None,
    user_id: UserId,
    changes: Mapping[NotificationKind, Mapping[str, bool]],
    *,
    digest: bool | None = None,
    digest_hour: int | None = None,
) -> PreferencesShape:
    """Change the named channels, the digest and its hour; leave the rest. Return the preferences.

    `changes` are {kind: {channel: on}}. `actor` is None for a change by a link in a mail.
    """
    stream = user_stream(user_id)
    await work.lock_streams([stream])
    await ensure_preferences(work, user_id)
    before = await _lock_row(work, user_id)
    overrides = rules.merge_overrides(before.channels, changes)
    wants_digest = before.digest if digest is None else digest
    hour = before.digest_hour if digest_hour is None else digest_hour
    after = rules.effective_preferences(overrides, wants_digest, hour)
    if after == rules.effective_preferences(before.channels, before.digest, before.digest_hour):
        return after
    next_digest_at = before.next_digest_at
    if (wants_digest, hour) != (before.digest, before.digest_hour):
        next_digest_at = (
            rules.next_digest(work.now, before.time_zone, hour) if wants_digest else None
        )
    await work.connection.execute(
        update(PreferencesRow)
        .where(PreferencesRow.user_id == user_id)
        .values(
            channels=overrides,
            digest=wants_digest,
            digest_hour=hour,
            next_digest_at=next_digest_at,
        )
    )
    work.record(stream, PreferencesEdited(preferences=after), actor)
    return after


async def reschedule_digest(work: UnitOfWork, user_id: UserId) -> None:
    """Reschedule the next digest after a change of the user's time zone.

    The caller holds the user's stream.
    """
    before = (await _read(work, user_id)).one_or_none()
    if before is not None and before.digest:
        next_digest_at = rules.next_digest(work.now, before.time_zone, before.digest_hour)
        await work.connection.execute(
            update(PreferencesRow)
            .where(PreferencesRow.user_id == user_id)
            .values(next_digest_at=next_digest_at)
        )


async def ensure_preferences(work: UnitOfWork, *user_ids: UserId) -> None:
    """Insert the users' rows of preferences, with the defaults, where none exist."""
    new = [{"user_id": id_, "channels": {}, "mail_nonce": new_secret()} for id_ in user_ids]
    defer_inserts(work.connection, PreferencesRow, new, skip_taken=("user_id",))


async def _lock_row(work: UnitOfWork, user_id: UserId) -> Any:
    # Lock the row too, after the user's stream: the worker that takes due digests locks only the row.
    await work.connection.execute(
        select(PreferencesRow.user_id).where(PreferencesRow.user_id == user_id).with_for_update()
    )
    return (await _read(work, user_id)).one()


async def _read(work: UnitOfWork, user_id: UserId) -> Result:
    return await work.connection.execute(
        select(
            PreferencesRow.channels,
            PreferencesRow.digest,
            PreferencesRow.digest_hour,
            PreferencesRow.next_digest_at,
            UserRow.time_zone,
        )
        .join(UserRow, UserRow.id == PreferencesRow.user_id)
        .where(PreferencesRow.user_id == user_id)
    )
