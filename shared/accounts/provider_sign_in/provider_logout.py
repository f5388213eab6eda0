"""Back-channel logout: a provider ends the sessions that it began (OpenID Back-Channel Logout 1.0)."""

from sqlalchemy import ColumnElement, select

from shared import audit
from shared.accounts.account import lock_account
from shared.accounts.authentication.sessions import revoke_sessions
from shared.accounts.provider_sign_in.id_tokens import LogoutToken, check_logout_token
from shared.accounts.provider_sign_in.tickets import is_first_use
from shared.errors import NotFound
from shared.ids import SessionId, UserId
from shared.issuer_keys.signed_tokens import TokenRejected
from shared.resources import Resources
from shared.settings.external_sign_in.providers import Provider
from shared.tables.accounts import SessionRow
from shared.tables.providers import ProviderSessionRow
from shared.unit_of_work import UnitOfWork


async def log_out(resources: Resources, provider: Provider, token: str, address: str) -> None:
    """Revoke the sessions that a logout token names; their sockets close.

    A token about no session is accepted: they may have ended. Raise TokenRejected, or Unavailable.
    """
    metadata = await resources.discovery.find(provider)
    logout = await check_logout_token(resources, provider, metadata, token)
    async with resources.begin() as work:
        if not await is_first_use(work, provider, logout.token_id, logout.stale_at):
            raise TokenRejected("it was used before")
        for user_id, session_ids in (await _find_sessions(work, provider, logout)).items():
            await _revoke(work, provider, user_id, session_ids, address)


async def _find_sessions(
    work: UnitOfWork, provider: Provider, logout: LogoutToken
) -> dict[UserId, list[SessionId]]:
    """Return the live sessions by their user. With `sid` and `sub`, both must be theirs."""
    conditions: list[ColumnElement[bool]] = [ProviderSessionRow.issuer == provider.issuer]
    if logout.sid is not None:
        conditions.append(ProviderSessionRow.sid == logout.sid)
    if logout.subject is not None:
        conditions.append(ProviderSessionRow.subject == logout.subject)
    rows = await work.connection.execute(
        select(SessionRow.user_id, SessionRow.id)
        .join(ProviderSessionRow, ProviderSessionRow.session_id == SessionRow.id)
        .where(*conditions, SessionRow.revoked_at.is_(None))
        .order_by(SessionRow.user_id)
    )
    found: dict[UserId, list[SessionId]] = {}
    for user_id, session_id in rows:
        found.setdefault(UserId(user_id), []).append(SessionId(session_id))
    return found


async def _revoke(
    work: UnitOfWork,
    provider: Provider,
    user_id: UserId,
    session_ids: list[SessionId],
    address: str,
) -> None:
    try:
        await lock_account(work, user_id)
    except NotFound:
        return  # deleted at this moment, with its sessions
    revoked = await revoke_sessions(work, None, user_id, session_ids, forgets_devices=False)
    facts = {"provider": provider.id, "sessions": str(len(revoked))}
    await audit.record(
        work, None, "session.ended_by_provider", user_id=user_id, facts=facts, address=address
    )
