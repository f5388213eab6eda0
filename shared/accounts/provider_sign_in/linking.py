"""Link identities of providers to an account, list them, and unlink them."""

from sqlalchemy import delete, func, select

from shared import audit
from shared.accounts.account import Account, lock_own_account
from shared.accounts.authentication.challenges import void_challenges
from shared.accounts.authentication.passwords import UNUSABLE_PASSWORD
from shared.accounts.authentication.sessions import revoke_sessions
from shared.accounts.external_identities import Identity, insert_identity
from shared.accounts.passkeys.queries import count_passkeys
from shared.accounts.provider_sign_in.tickets import use_ticket
from shared.actor import Actor
from shared.contract.audit import AuditAction
from shared.contract.events import CredentialsChanged, SessionRevoked
from shared.contract.identities import IdentityShape
from shared.contract.jobs import SendSecurityNotice
from shared.errors import Conflict, Forbidden, NotFound
from shared.ids import SessionId, UserId, user_stream
from shared.languages.texts import message
from shared.settings import Settings
from shared.settings.external_sign_in.providers import Provider
from shared.tables.accounts import ExternalIdentityRow
from shared.tables.providers import ProviderSessionRow
from shared.unit_of_work import ReadTransaction, UnitOfWork

# One for each provider that a site may have.
MAX_IDENTITIES = 20


async def link_identity(
    work: UnitOfWork, provider: Provider, identity: Identity, actor: Actor
) -> None:
    """Link the identity to the actor's account. Do nothing if it is linked to it already.

    Raise Conflict `identity_taken` or `too_many_identities`.
    """
    account = await lock_own_account(work, actor)
    owner = await _find_owner(work, identity)
    if owner == account.id:
        return
    if await _count(work, account.id) >= MAX_IDENTITIES:
        raise Conflict(
            message(
                "An account has at most {limit} linked sign-ins. Unlink one first.",
                limit=MAX_IDENTITIES,
            ),
            code="too_many_identities",
        )
    if owner is not None or not await insert_identity(work, identity, account.id):
        raise Conflict(
            message(
                "This sign-in of {provider} belongs to another account here.",
                provider=provider.name,
            ),
            code="identity_taken",
        )
    await _record(work, actor, "identity.linked", provider.name)


async def confirm_link(work: UnitOfWork, settings: Settings, actor: Actor, token: str) -> None:
    """Link the identity that waits for the actor, who has just signed in to the account.

    Raise Forbidden `link_expired`, and what `link_identity` raises.
    """
    ticket = await use_ticket(work, "link", token)
    provider = settings.providers.find(ticket.provider) if ticket else None
    # A ticket of another account is used up all the same: undone, as the error rolls back.
    if ticket is None or provider is None or not ticket.subject or ticket.user_id != actor.user_id:
        raise Forbidden(
            "This took longer than ten minutes, or belongs to another account. Sign in with the "
            "provider again.",
            code="link_expired",
        )
    await link_identity(work, provider, Identity(provider.issuer, ticket.subject), actor)


async def read_identities(
    read: ReadTransaction, settings: Settings, actor: Actor
) -> list[IdentityShape]:
    """Return the linked sign-ins of the actor's account, the oldest first."""
    rows = await read.connection.execute(
        select(
            ExternalIdentityRow.id,
            ExternalIdentityRow.issuer,
            ExternalIdentityRow.subject,
            ExternalIdentityRow.created_at,
        )
        .where(ExternalIdentityRow.user_id == actor.user_id)
        .order_by(ExternalIdentityRow.id)
    )
    shapes = []
    for row in rows:
        provider = settings.providers.of_issuer(row.issuer)
        shapes.append(
            IdentityShape(
                id=row.id,
                provider=provider.id if provider else None,
                name=_name_of(settings, row.issuer),
                subject=row.subject,
                created_at=row.created_at,
            )
        )
    return shapes


async def unlink_identity(
    work: UnitOfWork, settings: Settings, actor: Actor, identity_id: str
) -> None:
    """Unlink an identity of the actor, and end the other sessions and the sign-ins that it began.

    Raise NotFound, or Conflict `last_sign_in`.
    """
    account = await lock_own_account(work, actor)
    rows = await work.connection.execute(
        select(ExternalIdentityRow.issuer, ExternalIdentityRow.subject).where(
            ExternalIdentityRow.id == identity_id, ExternalIdentityRow.user_id == account.id
        )
    )
    row = rows.one_or_none()
    if row is None:
        raise NotFound
    if not await _has_another_way_in(work, settings, account, identity_id):
        raise Conflict(
            "You could not sign in without it. Set a password first, with “Forgot your password?”, or add "
            "a passkey.",
            code="last_sign_in",
        )
    await work.connection.execute(
        delete(ExternalIdentityRow).where(ExternalIdentityRow.id == identity_id)
    )
    sessions = await _sessions_of(work, Identity(row.issuer, row.subject))
    await revoke_sessions(work, actor, account.id, [s for s in sessions if s != actor.session_id])
    await void_challenges(work, account.id)
    # JWTs of a trusted issuer have the identity's id in place of a session.
    revoked = SessionRevoked(session_ids=[SessionId(identity_id)])
    work.record(user_stream(account.id), revoked, actor)
    await _record(work, actor, "identity.unlinked", _name_of(settings, row.issuer))


async def _sessions_of(work: UnitOfWork, identity: Identity) -> list[SessionId]:
    """Return the sessions that the identity began."""
    rows = await work.connection.scalars(
        select(ProviderSessionRow.session_id).where(
            ProviderSessionRow.issuer == identity.issuer,
            ProviderSessionRow.subject == identity.subject,
        )
    )
    return [SessionId(session_id) for session_id in rows]


async def _has_another_way_in(
    work: UnitOfWork, settings: Settings, account: Account, identity_id: str
) -> bool:
    """Return True if the user can sign in without the identity."""
    if account.password_hash != UNUSABLE_PASSWORD or await count_passkeys(work, account.id):
        return True
    others = await work.connection.scalars(
        select(ExternalIdentityRow.issuer).where(
            ExternalIdentityRow.user_id == account.id, ExternalIdentityRow.id != identity_id
        )
    )
    # One of a provider that the operator removed signs nobody in.
    return any(settings.providers.of_issuer(issuer) for issuer in others)


async def _find_owner(work: UnitOfWork, identity: Identity) -> str | None:
    owner: str | None = await work.connection.scalar(
        select(ExternalIdentityRow.user_id).where(
            ExternalIdentityRow.issuer == identity.issuer,
            ExternalIdentityRow.subject == identity.subject,
        )
    )
    return owner


async def _count(work: UnitOfWork, user_id: UserId) -> int:
    counted = select(func.count()).where(ExternalIdentityRow.user_id == user_id)
    return int(await work.connection.scalar(counted) or 0)


def _name_of(settings: Settings, issuer: str) -> str:
    """Return what users call the issuer."""
    known = settings.providers.of_issuer(issuer) or settings.issuers.find(issuer)
    return known.name if known else issuer


async def _record(work: UnitOfWork, actor: Actor, action: AuditAction, name: str) -> None:
    facts = {"provider": name}
    work.record(user_stream(actor.user_id), CredentialsChanged(), actor)
    audit_id = await audit.record(work, actor, action, user_id=actor.user_id, facts=facts)
    work.add_job(SendSecurityNotice(audit_id=audit_id))
