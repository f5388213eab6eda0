"""Sign in with a passkey alone: the authenticator knows the account, so that no address is typed.

Its user verification makes it two factors, so no challenge follows.
"""

from shared import audit
from shared.accounts.authentication.challenges import Challenge
from shared.accounts.authentication.devices import Device
from shared.accounts.authentication.sessions import IssuedTokens
from shared.accounts.authentication.sign_in import begin_session
from shared.accounts.passkeys.assertions import begin_assertion, use_passkey
from shared.accounts.passkeys.ceremonies import Purpose, get_relying_party
from shared.accounts.passkeys.verification import Assertion
from shared.accounts.personal_data.leaving import is_blocked
from shared.contract.passkeys import PasskeyRequestOptions
from shared.contract.sessions import SignInMethod
from shared.contract.shapes import AccountStatus
from shared.errors import DomainError, Forbidden, Unauthenticated
from shared.ids import UserId
from shared.resources import Resources
from shared.settings import Settings
from shared.unit_of_work import UnitOfWork


async def begin_passkey_sign_in(resources: Resources) -> PasskeyRequestOptions:
    """Return the options for a sign-in; they say nothing about any account.

    Raise Conflict `passkeys_unavailable`.
    """
    async with resources.begin() as work:
        return await begin_assertion(work, resources.settings, Purpose.SIGN_IN)


async def sign_in_with_passkey(
    resources: Resources, sent: Assertion, device: Device
) -> IssuedTokens | Challenge:
    """Sign a device in, and record success or failure in the audit.

    Raise Unauthenticated `bad_credentials`, or Forbidden `unverified` or `disabled`.
    """
    get_relying_party(resources.settings)
    async with resources.begin() as work:
        # Return errors instead of raising them, so that their audit rows are committed.
        user_id, outcome = await _sign_in(work, resources.settings, sent, device)
        if isinstance(outcome, DomainError):
            facts = {"reason": outcome.reason, "method": "passkey"}
            await audit.record(
                work,
                None,
                "sign_in.failed",
                user_id=user_id,
                facts=facts,
                address=device.address,
            )
    if isinstance(outcome, DomainError):
        raise outcome
    return outcome


async def _sign_in(
    work: UnitOfWork, settings: Settings, sent: Assertion, device: Device
) -> tuple[UserId | None, IssuedTokens | Challenge | DomainError]:
    # Without the handle it would be a passkey that somebody chose for the authenticator.
    used = sent.user_handle and await use_passkey(
        work, settings, Purpose.SIGN_IN, sent, address=device.address
    )
    if not used:
        return None, bad_passkey()
    account = used.account
    if account.status == AccountStatus.PENDING:
        return account.id, Forbidden("Follow the link in our mail first.", code="unverified")
    if await is_blocked(work, account):
        refusal = Forbidden("This account is disabled. Ask an administrator.", code="disabled")
        return account.id, refusal
    return account.id, await begin_session(work, settings, account, device, SignInMethod.PASSKEY)


def bad_passkey() -> Unauthenticated:
    return Unauthenticated(
        "This passkey does not work here. Try again, or sign in another way.",
        code="bad_credentials",
    )
