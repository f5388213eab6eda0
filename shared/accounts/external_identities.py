"""Sign in with a JWT of a trusted issuer: find the account of (issuer, subject), or make it.

An account that exists is never linked by its address: whoever controls an address at the issuer
would own the account here. docs/external-sign-in.md says what such a user may do.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, select

from shared import audit
from shared.accounts.account import Account, find_account_by_email, lock_account
from shared.accounts.activation import activate_account
from shared.accounts.authentication.external_tokens import ExternalClaims, check_external_token
from shared.accounts.authentication.passwords import UNUSABLE_PASSWORD
from shared.accounts.email_domains import require_allowed_domain
from shared.accounts.personal_data.leaving import is_blocked
from shared.accounts.registration import Registration, insert_account
from shared.accounts.rules import parse_email_address
from shared.actor import Actor, Bearer
from shared.contract.shapes import AccountStatus, SiteRole
from shared.database.statements import insert_new
from shared.errors import Forbidden, Unauthenticated
from shared.ids import SessionId, UserId, new_id
from shared.resources import Resources
from shared.settings import Settings
from shared.tables.accounts import ExternalIdentityRow, UserRow
from shared.text import NotAcceptableError, name
from shared.unit_of_work import ReadTransaction, UnitOfWork

# The column users.name.
_MAX_NAME_LENGTH = 100
_NAME_CLAIMS = ("name", "preferred_username", "nickname")

# Built once: every request with a token of an issuer runs it, unless the actor is cached.
SELECT_EXTERNAL_ACTOR = select(
    UserRow.id,
    UserRow.name,
    UserRow.site_role,
    UserRow.time_zone,
    UserRow.status,
    UserRow.has_second_factor,
    ExternalIdentityRow.id.label("identity_id"),
).join(ExternalIdentityRow, ExternalIdentityRow.user_id == UserRow.id)
_BY_SUBJECT = SELECT_EXTERNAL_ACTOR.where(
    ExternalIdentityRow.issuer == bindparam("issuer"),
    ExternalIdentityRow.subject == bindparam("subject"),
)


@dataclass(frozen=True)
class Identity:
    """A user as an issuer or a provider names them."""

    issuer: str
    subject: str


class MadeElsewhereError(Exception):
    """A concurrent request made the account of the same subject."""


async def find_external_bearer(resources: Resources, token: str, address: str = "") -> Bearer:
    """Return whom a token of a trusted issuer speaks for.

    Raise Unauthenticated, Unavailable, or Forbidden where no account may be made.
    """
    claims = await check_external_token(resources, token)
    return await find_or_make_bearer(resources, claims, address)


async def find_or_make_bearer(
    resources: Resources, claims: ExternalClaims, address: str = ""
) -> Bearer:
    """Return whom checked claims speak for, in one statement unless the account is made now.

    Raise Unauthenticated for an account that is disabled, Forbidden where none may be made, and what
    `actor_of_external_row` raises.
    """
    row = await _find(resources, claims)
    if row is None:
        await _make_account(resources, claims, address)
        row = await _find(resources, claims)
    if row is None or row.status != AccountStatus.ACTIVE:
        raise Unauthenticated
    return Bearer(actor_of_external_row(row), claims.expires_at)


def actor_of_external_row(row: Any) -> Actor:
    """Return the actor of a row of SELECT_EXTERNAL_ACTOR.

    Raise Forbidden `second_factor_not_proved` for an account with a second factor: the token is one
    factor, and an issuer may be a provider too, whose sign-in asks for the second.
    """
    if row.has_second_factor:
        raise Forbidden(
            "This account has two-step verification, which a token of a sign-in service does not "
            "prove. Sign in on this site.",
            code="second_factor_not_proved",
        )
    identity_id, role = SessionId(row.identity_id), SiteRole(row.site_role)
    return Actor(
        UserId(row.id), row.name, identity_id, role, time_zone=row.time_zone, is_external=True
    )


async def _find(resources: Resources, claims: ExternalClaims) -> Any:
    async with resources.single_read() as read:
        return await _find_row(read, claims)


async def _find_row(read: ReadTransaction, claims: ExternalClaims) -> Any:
    values = {"issuer": claims.issuer.issuer, "subject": claims.subject}
    return (await read.connection.execute(_BY_SUBJECT, values)).one_or_none()


async def _make_account(resources: Resources, claims: ExternalClaims, address: str) -> None:
    """Make an active account without a password. Do nothing if a concurrent request made it.

    Raise Forbidden `registration_closed`, `email_not_verified`, `email_domain_not_allowed`,
    `account_exists` or `disabled`.
    """
    email = _admitted_address(resources.settings, claims)
    registration = Registration(email, password="", name=displayed_name(claims.claims, email))
    identity = Identity(claims.issuer.issuer, claims.subject)
    try:
        async with resources.begin() as work:
            if await insert_active_account(work, identity, registration, address) is None:
                await _refuse_taken_address(work, claims, email)
    except MadeElsewhereError:
        return


async def insert_active_account(
    work: UnitOfWork, identity: Identity, registration: Registration, address: str
) -> Account | None:
    """Make an active account without a password, and link the identity to it.

    Return it locked; None if its address is taken. Raise MadeElsewhereError if the identity is linked
    already: the transaction must be rolled back.
    """
    user_id = await insert_account(work, registration, UNUSABLE_PASSWORD)
    if user_id is None:
        return None
    if not await insert_identity(work, identity, user_id):
        raise MadeElsewhereError
    account = await activate_account(work, await lock_account(work, user_id), UNUSABLE_PASSWORD)
    facts = {"issuer": identity.issuer}
    await audit.record(
        work, None, "account.registered", user_id=user_id, facts=facts, address=address
    )
    return account


async def _refuse_taken_address(work: UnitOfWork, claims: ExternalClaims, email: str) -> None:
    """Raise Forbidden unless the account with this address is the subject's own."""
    if await _find_row(work, claims) is not None:
        return
    account = await find_account_by_email(work, email)
    if account is not None and await is_blocked(work, account):
        raise Forbidden(
            "The account with your address on this site is disabled. Ask an administrator.",
            code="disabled",
        )
    # True also of an account without a password, and of one that waits for its confirmation: both get a
    # link by mail.
    raise Forbidden(
        "An account with your address exists on this site and is not linked to this sign-in. Sign in on "
        "this site itself, or let “Forgot your password?” there mail you a link.",
        code="account_exists",
    )


async def insert_identity(work: UnitOfWork, identity: Identity, user_id: UserId) -> bool:
    """Link an identity to an account. Return False if it is linked to some account already."""
    row = {
        "id": new_id(),
        "user_id": user_id,
        "issuer": identity.issuer,
        "subject": identity.subject,
        "created_at": work.now,
    }
    key = ("issuer", "subject")
    return await insert_new(work.connection, ExternalIdentityRow, row, key=key)


def _admitted_address(settings: Settings, claims: ExternalClaims) -> str:
    """Return the address for the new account. Raise Forbidden if none may be made."""
    if not settings.accounts.registration_open:
        raise Forbidden(
            "This site makes no new accounts. Ask its operator for one.", code="registration_closed"
        )
    email = verified_address(claims.claims)
    require_allowed_domain(settings, email)
    if not claims.issuer.allows_address(email):
        raise Forbidden(
            "This sign-in service makes no accounts for addresses of this domain.",
            code="email_domain_not_allowed",
        )
    return email


def verified_address(claims: Mapping[str, object]) -> str:
    """Return the address that the issuer has verified. Raise Forbidden `email_not_verified`."""
    email = claims.get("email")
    # Exactly true: some issuers send the text "false".
    if not isinstance(email, str) or claims.get("email_verified") is not True:
        raise Forbidden(
            "The token has no verified address: `email`, and `email_verified` with the value true.",
            code="email_not_verified",
        )
    try:
        return parse_email_address(email)
    except NotAcceptableError:
        raise Forbidden(
            "The token's `email` is not an e-mail address.", code="email_not_verified"
        ) from None


def displayed_name(claims: Mapping[str, object], email: str) -> str:
    """Return the first claim that may be a name, or the part of the address before the @."""
    candidates = [claims.get(claim) for claim in _NAME_CLAIMS]
    for candidate in (*candidates, email.rpartition("@")[0]):
        if isinstance(candidate, str) and len(candidate) <= _MAX_NAME_LENGTH:
            try:
                text = name(candidate)
            except NotAcceptableError:
                continue
            if 0 < len(text) <= _MAX_NAME_LENGTH:
                return text
    return "User"
