"""Sign in with a provider: send the browser there, and take it back.

    start    a state is stored; its secret goes into a cookie of this browser
    finish   the state is used up → the code is exchanged → the ID token is checked → whose account is it?

    identity known            the account signs in
    same verified address     the user signs in with what the account has, and confirms the link (linking.py)
    no account                one is made, if site and provider allow it
    an unconfirmed one        it is taken over, if they allow it (pending_accounts.py)

The first three steps of `finish` are in identification.py.
"""

import logging
from dataclasses import dataclass

from sqlalchemy import select

from shared import audit
from shared.accounts.account import Account, find_account_by_email, lock_account
from shared.accounts.authentication.challenges import Challenge
from shared.accounts.authentication.devices import Device
from shared.accounts.authentication.provider_sessions import ProviderSession
from shared.accounts.authentication.sessions import IssuedTokens
from shared.accounts.authentication.sign_in import begin_session
from shared.accounts.external_identities import (
    Identity,
    MadeElsewhereError,
    displayed_name,
    insert_active_account,
    verified_address,
)
from shared.accounts.personal_data.leaving import may_sign_in
from shared.accounts.provider_sign_in.admission import Newcomer, require_admitted
from shared.accounts.provider_sign_in.authorization import (
    AuthorizationResponse,
    authorization_url,
)
from shared.accounts.provider_sign_in.errors import ProviderRefusal, state_invalid
from shared.accounts.provider_sign_in.identification import ProviderUser, identify
from shared.accounts.provider_sign_in.linking import link_identity
from shared.accounts.provider_sign_in.pending_accounts import take_over_pending
from shared.accounts.provider_sign_in.site_roles import apply_site_role
from shared.accounts.provider_sign_in.tickets import (
    BrowserSecrets,
    issue_ticket,
)
from shared.accounts.registration import Registration
from shared.actor import Actor
from shared.contract.sessions import SignInMethod
from shared.contract.shapes import AccountStatus
from shared.errors import Conflict, DomainError, Forbidden, NotFound, Unauthenticated
from shared.ids import UserId, new_secret
from shared.resources import Resources
from shared.settings.external_sign_in.providers import Provider
from shared.tables.accounts import ExternalIdentityRow
from shared.unit_of_work import ReadTransaction

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class StartedSignIn:
    """Where the browser goes, and what its cookie holds until it comes back."""

    url: str
    browser_secret: str


@dataclass(frozen=True)
class LinkRequired:
    """An account has the address: its user signs in, and confirms with `token`."""

    token: str
    email: str


@dataclass(frozen=True)
class Linked:
    """The identity belongs to the account of the signed-in user now."""


Outcome = IssuedTokens | Challenge | LinkRequired | Linked


async def start(
    resources: Resources, provider: Provider, user_id: UserId | None = None
) -> StartedSignIn:
    """Begin a sign-in, or with `user_id` the linking to that account. Raise Unavailable."""
    metadata = await resources.discovery.find(provider)
    secrets = BrowserSecrets(new_secret())
    async with resources.begin() as work:
        await issue_ticket(work, "state", provider, token=secrets.state, user_id=user_id)
    url = authorization_url(resources.settings, provider, metadata, secrets)
    return StartedSignIn(url, secrets.secret)


async def finish(
    resources: Resources,
    provider: Provider,
    response: AuthorizationResponse,
    browser_secret: str,
    device: Device,
    *,
    newcomer: Newcomer,
    actor: Actor | None = None,
) -> Outcome:
    """Sign the device in, link the identity, or ask for a confirmation. Audit a failure.

    `actor` is the signed-in user, who alone may link. Raise Unauthenticated, Forbidden, Conflict or
    Unavailable.
    """
    user, user_id = None, None
    try:
        user, ticket = await identify(resources, provider, response, browser_secret)
        user_id = ticket.user_id
        if ticket.user_id is not None:
            if actor is None or actor.user_id != ticket.user_id:
                raise state_invalid("another user is signed in")
            async with resources.begin() as work:
                await link_identity(work, provider, user.identity, actor)
            return Linked()
        return await _sign_in(resources, provider, user, device, newcomer)
    except DomainError as error:
        if user is not None and user_id is None:
            user_id = await _find_meant(resources, user)
        await _audit_failure(resources, provider, error, device, user_id)
        raise


async def _sign_in(
    resources: Resources, provider: Provider, user: ProviderUser, device: Device, newcomer: Newcomer
) -> Outcome:
    async with resources.single_read() as read:
        user_id = await find_user(read, user.identity)
    if user_id is None:
        outcome = await _admit(resources, provider, user, device, newcomer)
        if isinstance(outcome, LinkRequired):
            return outcome
        user_id = outcome
    async with resources.begin() as work:
        try:
            account = await lock_account(work, user_id)
        except NotFound:
            raise _unlinked() from None
        # Under the lock: it may have been unlinked meanwhile.
        if await find_user(work, user.identity) != user_id:
            raise _unlinked()
        if not await may_sign_in(work, account):
            require_active(account)
        account = await apply_site_role(work, provider, account, user.claims)
        began = ProviderSession(user.identity.issuer, user.identity.subject, user.sid)
        return await begin_session(
            work, resources.settings, account, device, SignInMethod.PROVIDER, began
        )


async def _admit(
    resources: Resources, provider: Provider, user: ProviderUser, device: Device, newcomer: Newcomer
) -> UserId | LinkRequired:
    """Return the account that was made or taken over, or how to link the one that has the address.

    Raise Forbidden.
    """
    email = verified_address(user.claims)
    async with resources.single_read() as read:
        account = await find_account_by_email(read, email)
    if account is None or account.status == AccountStatus.PENDING:
        is_invited = account is not None and account.is_invited
        await require_admitted(resources, provider, email, newcomer, is_invited_to_site=is_invited)
        name = displayed_name(user.claims, email)
        registration = Registration(email, "", name, newcomer.time_zone, newcomer.locale)
        try:
            async with resources.begin() as work:
                made = await insert_active_account(
                    work, user.identity, registration, device.address
                ) or await take_over_pending(work, user.identity, registration, device.address)
        except MadeElsewhereError:
            raise Conflict("You are signing in twice at once. Begin again.") from None
        if made is not None:
            return made.id
        async with resources.single_read() as read:
            account = await find_account_by_email(read, email)
    if account is None:
        raise Conflict("The account was deleted at this moment. Begin again.")
    async with resources.begin() as work:
        if not await may_sign_in(work, account):
            require_active(account)
        token = await issue_ticket(
            work, "link", provider, user_id=account.id, subject=user.identity.subject
        )
    return LinkRequired(token, account.email)


def require_active(account: Account) -> None:
    """Raise Forbidden `unverified` or `disabled`, as the sign-in with a password does."""
    if account.status == AccountStatus.PENDING:
        raise Forbidden(
            "An account with your address waits for its confirmation. Follow the link in our mail first.",
            code="unverified",
        )
    if account.status == AccountStatus.DISABLED:
        raise Forbidden("This account is disabled. Ask an administrator.", code="disabled")


async def find_user(read: ReadTransaction, identity: Identity) -> UserId | None:
    """Return the account that the identity is linked to."""
    user_id = await read.connection.scalar(
        select(ExternalIdentityRow.user_id).where(
            ExternalIdentityRow.issuer == identity.issuer,
            ExternalIdentityRow.subject == identity.subject,
        )
    )
    return UserId(user_id) if user_id else None


def _unlinked() -> Unauthenticated:
    return Unauthenticated("This sign-in was unlinked at this moment. Begin again.")


async def _find_meant(resources: Resources, user: ProviderUser) -> UserId | None:
    """Return the account that is linked to the user, or has the address that the provider verified."""
    async with resources.single_read() as read:
        user_id = await find_user(read, user.identity)
    if user_id is not None:
        return user_id
    try:
        email = verified_address(user.claims)
    except Forbidden:
        return None
    async with resources.single_read() as read:
        account = await find_account_by_email(read, email)
    return account.id if account else None


async def _audit_failure(
    resources: Resources,
    provider: Provider,
    error: DomainError,
    device: Device,
    user_id: UserId | None,
) -> None:
    facts = {"reason": error.reason, "provider": provider.id}
    if isinstance(error, ProviderRefusal):
        facts["fault"] = error.fault
        log.warning("a sign-in with provider %s was refused: %s", provider.id, error.fault)
    async with resources.begin() as work:
        await audit.record(
            work, None, "sign_in.failed", user_id=user_id, facts=facts, address=device.address
        )
