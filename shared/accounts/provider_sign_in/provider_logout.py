"""Back-channel logout: a provider ends the sessions that it began (OpenID Back-Channel Logout 1.0)."""

from sqlalchemy import ColumnElement, delete, select

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
from shared.tables.second_factors import SignInChallengeRow
from shared.unit_of_work import UnitOfWork


async def log_out(resources: Resources, provider: Provider, token: str, address: str) -> None:
    """Revoke the sessions that a logout token names; their sockets close. End waiting sign-ins too.

    A token about no session is accepted: they may have ended. Raise TokenRejected, or Unavailable.
    """
    metadata = await resources.discovery.find(provider)
    logout = await check_logout_token(resources, provider, metadata, token)
    async with resources.begin() as work:
        if not await is_first_use(work, provider, logout.token_id, logout.stale_at):
            raise TokenRejected("it was used before")
        for user_id in await _find_users(work, provider, logout):
            await _revoke(work, provider, logout, user_id, address)


async def _find_users(work: UnitOfWork, provider: Provider, logout: LogoutToken) -> list[UserId]:
    """Return who has live sessions, or sign-ins that wait for a second factor, of this logout."""
    of_sessions = await work.connection.scalars(
        select(SessionRow.user_id)
        .join(ProviderSessionRow, ProviderSessionRow.session_id == SessionRow.id)
        .where(*_of_sessions(provider, logout), SessionRow.revoked_at.is_(None))
    )
    of_challenges = await work.connection.scalars(
        select(SignInChallengeRow.user_id).where(*_of_challenges(provider, logout))
    )
    # Sorted: concurrent logouts lock the accounts in one order.
    return sorted({UserId(user_id) for user_id in [*of_sessions, *of_challenges]})


def _of_sessions(provider: Provider, logout: LogoutToken) -> list[ColumnElement[bool]]:
    """Return the conditions for sessions. With `sid` and `sub`, both must be theirs."""
    conditions: list[ColumnElement[bool]] = [ProviderSessionRow.issuer == provider.issuer]
    if logout.sid is not None:
        conditions.append(ProviderSessionRow.sid == logout.sid)
    if logout.subject is not None:
        conditions.append(ProviderSessionRow.subject == logout.subject)
    return conditions


def _of_challenges(provider: Provider, logout: LogoutToken) -> list[ColumnElement[bool]]:
    began = SignInChallengeRow.provider_session
    conditions: list[ColumnElement[bool]] = [began["issuer"].as_string() == provider.issuer]
    if logout.sid is not None:
        conditions.append(began["sid"].as_string() == logout.sid)
    if logout.subject is not None:
        conditions.append(began["subject"].as_string() == logout.subject)
    return conditions


async def _revoke(
    work: UnitOfWork, provider: Provider, logout: LogoutToken, user_id: UserId, address: str
) -> None:
    try:
        await lock_account(work, user_id)
    except NotFound:
        return  # deleted at this moment, with its sessions
    # Under the lock: a challenge may have become a session meanwhile.
    await work.connection.execute(
        delete(SignInChallengeRow).where(
            SignInChallengeRow.user_id == user_id, *_of_challenges(provider, logout)
        )
    )
    session_ids = await work.connection.scalars(
        select(ProviderSessionRow.session_id)
        .join(SessionRow, SessionRow.id == ProviderSessionRow.session_id)
        .where(SessionRow.user_id == user_id, *_of_sessions(provider, logout))
    )
    own = [SessionId(session_id) for session_id in session_ids]
    revoked = await revoke_sessions(work, None, user_id, own, forgets_devices=False)
    facts = {"provider": provider.id, "sessions": str(len(revoked))}
    await audit.record(
        work, None, "session.ended_by_provider", user_id=user_id, facts=facts, address=address
    )
