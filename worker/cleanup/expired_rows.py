"""Delete expired rows of tables where one condition says what is expired."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, delete, exists, or_, select, tuple_

from shared.database.column_types import Base
from shared.resources import Resources
from shared.settings import Settings
from shared.tables.accounts import AuditRow, LinkRow, RefreshTokenRow, SessionRow, TicketRow
from shared.tables.idempotency import IdempotencyRow
from shared.tables.interop.import_chunks import ImportChunkRow
from shared.tables.interop.imports import ImportRow
from shared.tables.interop.inbound_messages import InboundMessageRow
from shared.tables.interop.oauth import (
    OAuthClientRow,
    OAuthCodeRow,
    OAuthDeviceCodeRow,
    OAuthGrantRow,
    OAuthRefreshTokenRow,
)
from shared.tables.interop.webhook_deliveries import WebhookDeliveryRow
from shared.tables.jobs import JobRow, WorkerRow
from shared.tables.known_devices import KnownDeviceRow
from shared.tables.members import InvitationRow
from shared.tables.nodes import ApiNodeRow
from shared.tables.passkeys import PasskeyCeremonyRow
from shared.tables.personal_data import DataExportChunkRow, DataExportRow
from shared.tables.providers import ProviderTicketRow
from shared.tables.second_factors import SignInChallengeRow
from shared.tables.share_links import ShareLinkRow

# Rows deleted in one transaction: some tens of milliseconds, so that no request waits for it.
BATCH = 500
SESSION_RETENTION = timedelta(days=30)
INVITATION_RETENTION = timedelta(days=30)
# Until then the link says that it has ended, and an expired one can be prolonged.
SHARE_LINK_RETENTION = timedelta(days=30)
IDEMPOTENCY_RETENTION = timedelta(hours=24)
JOB_RETENTION = timedelta(days=7)
DEDUPE_KEY_RETENTION = timedelta(days=90)
# As long as browsers keep the cookie.
DEVICE_RETENTION = timedelta(days=400)
WORKER_RETENTION = timedelta(days=1)
CODE_RETENTION = timedelta(days=1)
# A program that was disconnected may ask again with the id that it keeps.
CLIENT_RETENTION = timedelta(days=90)
# Anybody can register programs; a user who allows one does so within minutes.
NEW_CLIENT_RETENTION = timedelta(days=2)
# As long as the log of events is kept at least: what is shown can be sent again.
WEBHOOK_LOG_RETENTION = timedelta(days=7)
# Mail servers hand a message over again for five days at most.
INBOUND_MESSAGE_RETENTION = timedelta(days=7)
# A message whose job an operator discarded.
UNREAD_MESSAGE_RETENTION = timedelta(days=30)

# Returns the condition for rows that are expired at an instant, by these settings.
Expired = Callable[[datetime, Settings], ColumnElement[bool]]


def _expired_jobs(now: datetime, _: Settings) -> ColumnElement[bool]:
    is_short_lived = JobRow.dedupe_key.is_(None) & JobRow.state.in_(("done", "cancelled"))
    return (JobRow.finished_at <= now - DEDUPE_KEY_RETENTION) | (
        is_short_lived & (JobRow.finished_at <= now - JOB_RETENTION)
    )


def _expired_chunks(now: datetime, _: Settings) -> ColumnElement[bool]:
    is_over = or_(DataExportRow.expires_at <= now, DataExportRow.state == "failed")
    return DataExportChunkRow.export_id.in_(select(DataExportRow.id).where(is_over))


def _expired_import_chunks(now: datetime, _: Settings) -> ColumnElement[bool]:
    # The file of a failed import may be read in another way.
    is_over = or_(ImportRow.expires_at <= now, ImportRow.state.in_(("done", "cancelled")))
    return ImportChunkRow.import_id.in_(select(ImportRow.id).where(is_over))


_HAS_IMPORT_CHUNKS = exists().where(ImportChunkRow.import_id == ImportRow.id)
# Deleted first, in batches: those of one export may be two thousand.
_HAS_CHUNKS = exists().where(DataExportChunkRow.export_id == DataExportRow.id)

_HAS_GRANT = exists().where(OAuthGrantRow.client_id == OAuthClientRow.id)


def _unused_clients(now: datetime, _: Settings) -> ColumnElement[bool]:
    is_forgotten = OAuthClientRow.allowed_at <= now - CLIENT_RETENTION
    is_new = OAuthClientRow.allowed_at.is_(None)
    was_never_allowed = is_new & (OAuthClientRow.created_at <= now - NEW_CLIENT_RETENTION)
    return and_(or_(is_forgotten, was_never_allowed), ~_HAS_GRANT)


# Chore → table and condition.
EXPIRED_ROWS: Mapping[str, tuple[type[Base], Expired]] = {
    "links": (LinkRow, lambda now, _: LinkRow.expires_at <= now),
    "tickets": (TicketRow, lambda now, _: TicketRow.expires_at <= now),
    "passkey_ceremonies": (PasskeyCeremonyRow, lambda now, _: PasskeyCeremonyRow.expires_at <= now),
    "sign_in_challenges": (
        SignInChallengeRow,
        lambda now, _: SignInChallengeRow.expires_at <= now,
    ),
    "provider_tickets": (ProviderTicketRow, lambda now, _: ProviderTicketRow.expires_at <= now),
    # A used code is kept for a day: its second use ends the grant.
    "oauth_codes": (OAuthCodeRow, lambda now, _: OAuthCodeRow.expires_at <= now - CODE_RETENTION),
    "oauth_device_codes": (
        OAuthDeviceCodeRow,
        lambda now, _: OAuthDeviceCodeRow.expires_at <= now,
    ),
    "oauth_refresh_tokens": (
        OAuthRefreshTokenRow,
        lambda now, _: OAuthRefreshTokenRow.expires_at <= now,
    ),
    "oauth_grants": (OAuthGrantRow, lambda now, _: OAuthGrantRow.expires_at <= now),
    "oauth_clients": (OAuthClientRow, _unused_clients),
    "refresh_tokens": (RefreshTokenRow, lambda now, _: RefreshTokenRow.expires_at <= now),
    "sessions": (
        SessionRow,
        lambda now, _: or_(
            SessionRow.expires_at <= now - SESSION_RETENTION,
            SessionRow.revoked_at <= now - SESSION_RETENTION,
        ),
    ),
    "invitations": (
        InvitationRow,
        lambda now, _: or_(
            InvitationRow.expires_at <= now - INVITATION_RETENTION,
            InvitationRow.accepted_at <= now - INVITATION_RETENTION,
            InvitationRow.declined_at <= now - INVITATION_RETENTION,
            InvitationRow.withdrawn_at <= now - INVITATION_RETENTION,
        ),
    ),
    "share_links": (
        ShareLinkRow,
        lambda now, _: or_(
            ShareLinkRow.expires_at <= now - SHARE_LINK_RETENTION,
            ShareLinkRow.revoked_at <= now - SHARE_LINK_RETENTION,
        ),
    ),
    "idempotency_keys": (
        IdempotencyRow,
        lambda now, _: IdempotencyRow.created_at <= now - IDEMPOTENCY_RETENTION,
    ),
    "audit": (
        AuditRow,
        lambda now, settings: AuditRow.at <= now - timedelta(days=settings.accounts.audit_days),
    ),
    "jobs": (JobRow, _expired_jobs),
    "known_devices": (
        KnownDeviceRow,
        lambda now, _: KnownDeviceRow.last_seen_at <= now - DEVICE_RETENTION,
    ),
    "data_export_chunks": (DataExportChunkRow, _expired_chunks),
    "data_exports": (
        DataExportRow,
        lambda now, _: and_(DataExportRow.expires_at <= now, ~_HAS_CHUNKS),
    ),
    "webhook_deliveries": (
        WebhookDeliveryRow,
        lambda now, _: WebhookDeliveryRow.created_at <= now - WEBHOOK_LOG_RETENTION,
    ),
    "inbound_messages": (
        InboundMessageRow,
        lambda now, _: and_(
            InboundMessageRow.received_at <= now - INBOUND_MESSAGE_RETENTION,
            or_(
                InboundMessageRow.state != "stored",
                InboundMessageRow.received_at <= now - UNREAD_MESSAGE_RETENTION,
            ),
        ),
    ),
    "import_chunks": (ImportChunkRow, _expired_import_chunks),
    "imports": (
        ImportRow,
        lambda now, _: and_(ImportRow.expires_at <= now, ~_HAS_IMPORT_CHUNKS),
    ),
    "workers": (WorkerRow, lambda now, _: WorkerRow.seen_at <= now - WORKER_RETENTION),
    "api_nodes": (ApiNodeRow, lambda now, _: ApiNodeRow.seen_at <= now - WORKER_RETENTION),
}


async def delete_batch(chore: str, resources: Resources) -> bool:
    """Delete at most BATCH expired rows of the chore's table; return True if there may be more."""
    table, is_expired = EXPIRED_ROWS[chore]
    keys = list(table.__table__.primary_key)
    async with resources.begin() as work:
        batch = select(*keys).where(is_expired(work.now, resources.settings)).limit(BATCH)
        # Passed as values. A delete by subquery takes its locks in the order of the query plan.
        found = [tuple(row) for row in await work.connection.execute(batch)]
        if found:
            await work.connection.execute(
                delete(table).where(
                    tuple_(*keys).in_(found), is_expired(work.now, resources.settings)
                )
            )
    return len(found) == BATCH
