"""Begin sessions: the one place that decides whether a sign-in needs a second step.

Every way to a session ends in `begin_session`: password, link, provider, passkey. This module also signs
in by password, and confirms the password before it is changed; second_step.py takes the second step.

An unknown address and a wrong password get the same answer after the same time. Only a caller with
the right password learns that an account is unverified or disabled.
"""

from dataclasses import replace

from shared import audit
from shared.accounts.account import (
    Account,
    find_account,
    find_account_by_email,
    lock_account,
    save_account,
)
from shared.accounts.authentication import passwords
from shared.accounts.authentication.challenges import Challenge, create_challenge
from shared.accounts.authentication.devices import Device
from shared.accounts.authentication.methods import no_password, wrong_password
from shared.accounts.authentication.provider_sessions import (
    ProviderSession,
    remember_provider_session,
)
from shared.accounts.authentication.sessions import IssuedTokens, open_session
from shared.accounts.personal_data.leaving import is_blocked
from shared.actor import Actor
from shared.contract.sessions import SignInMethod
from shared.contract.shapes import AccountStatus
from shared.errors import DomainError, Forbidden, NotFound, Unauthenticated
from shared.host.networks import network
from shared.resources import Resources
from shared.settings import Settings
from shared.unit_of_work import UnitOfWork

# A passkey is something one has, unlocked by something one knows or is: two factors in one step.
PROVES_TWO_FACTORS = frozenset({SignInMethod.PASSKEY})


async def begin_session(
    work: UnitOfWork,
    settings: Settings,
    account: Account,
    device: Device,
    method: SignInMethod,
    provider_session: ProviderSession | None = None,
) -> IssuedTokens | Challenge:
    """Sign a device in to the locked account, whose user proved by `method` who they are.

    Return a challenge instead if the account has a second factor and `method` is one factor only.
    `provider_session`: by which session of a provider, for `method` PROVIDER.
    """
    if account.has_second_factor and method not in PROVES_TWO_FACTORS:
        limits = settings.limits
        where = network(device.address, limits.ipv4_prefix, limits.ipv6_prefix)
        return await create_challenge(work, account, method, where, provider_session)
    tokens = await open_session(work, settings, account, device, method)
    if provider_session is not None:
        await remember_provider_session(work, tokens.actor.session_id, provider_session)
    return tokens


async def sign_in(
    resources: Resources,
    email: str,
    password: str,
    device: Device,
    *,
    has_second_step: bool = True,
) -> IssuedTokens | Challenge:
    """Sign a device in, and record success or failure in the audit.

    `has_second_step`: False for a caller that could not answer a challenge, and gets none.

    Raise Unauthenticated `bad_credentials`, Forbidden `unverified`, `disabled` or `challenge_required`,
    or Unavailable.
    """
    async with resources.single_read() as read:
        account = await find_account_by_email(read, email)
    # Between two transactions: a hash takes a tenth of a second.
    stranger = passwords.of_network(resources.settings, device.address)
    known_hash = account.password_hash if account else None
    correct = await passwords.is_correct(password, known_hash, stranger)
    new_hash = None
    if account and correct and passwords.is_outdated(account.password_hash):
        new_hash = await passwords.hash_password(password, stranger)
    async with resources.begin() as work:
        # Return errors instead of raising them, so that their audit rows are committed.
        if account and correct:
            outcome = await _begin_session(
                work, resources.settings, account, new_hash, device, has_second_step
            )
        else:
            outcome = _bad_credentials()
        if isinstance(outcome, DomainError):
            await audit.record(
                work,
                None,
                "sign_in.failed",
                user_id=account.id if account else None,
                facts={"reason": outcome.reason},
                address=device.address,
            )
    if isinstance(outcome, DomainError):
        raise outcome
    return outcome


async def confirm_password(resources: Resources, actor: Actor, password: str) -> Account:
    """Return the actor's account if the password is right. Raise Forbidden `wrong_password`.

    Runs before the transaction of the protected change: a hash takes a tenth of a second. That
    transaction then calls `lock_confirmed_account`.
    """
    async with resources.single_read() as read:
        account = await find_account(read, actor.user_id)
    password_hash = account.password_hash if account else None
    if account is None or not await passwords.is_correct(
        password, password_hash, passwords.of_account(actor.user_id)
    ):
        async with resources.begin() as work:
            await audit.record(work, actor, "password.wrong", user_id=actor.user_id)
        raise no_password() if password_hash == passwords.UNUSABLE_PASSWORD else wrong_password()
    return account


async def lock_confirmed_account(work: UnitOfWork, confirmed: Account) -> Account:
    """Lock and return the account that `confirm_password` returned.

    Raise Forbidden `wrong_password` if the password changed in between.
    """
    account = await lock_account(work, confirmed.id)
    if account.password_hash != confirmed.password_hash:
        raise wrong_password()
    return account


async def _begin_session(
    work: UnitOfWork,
    settings: Settings,
    checked: Account,
    new_hash: str | None,
    device: Device,
    has_second_step: bool,
) -> IssuedTokens | Challenge | DomainError:
    try:
        account = await lock_account(work, checked.id)
    except NotFound:
        return _bad_credentials()
    # The password was checked before the account was locked, and may have changed since.
    if account.password_hash != checked.password_hash:
        return _bad_credentials()
    if account.status == AccountStatus.PENDING:
        return Forbidden("Follow the link in our mail first.", code="unverified")
    if await is_blocked(work, account):
        return Forbidden("This account is disabled. Ask an administrator.", code="disabled")
    if account.has_second_factor and not has_second_step:
        return Forbidden(
            "This account has a second factor: sign in by POST /auth/login.",
            code="challenge_required",
        )
    if new_hash:
        after = replace(account, password_hash=new_hash)
        account = await save_account(work, account, after, None, bump_version=False)
    return await begin_session(work, settings, account, device, SignInMethod.PASSWORD)


def _bad_credentials() -> Unauthenticated:
    return Unauthenticated("The address or the password is wrong.", code="bad_credentials")
