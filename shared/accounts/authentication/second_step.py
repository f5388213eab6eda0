"""Take the second step of a sign-in: a proof by a second factor for an open challenge.

Wrong proofs are audited, and many of them reported by mail: whoever gives them knows the first factor, which
is mostly the password.
"""

from shared import audit
from shared.accounts.account import Account, find_account, lock_account
from shared.accounts.authentication.challenges import (
    OpenChallenge,
    challenge_invalid,
    find_user,
    hash_of,
    is_open,
    use_up,
)
from shared.accounts.authentication.devices import Device
from shared.accounts.authentication.guessing import report_guessing
from shared.accounts.authentication.methods import (
    SECOND_FACTORS,
    Confirm,
    Occasion,
    read_second_factors,
)
from shared.accounts.authentication.provider_sessions import remember_provider_session
from shared.accounts.authentication.sessions import IssuedTokens, open_session
from shared.accounts.passkeys.assertions import begin_assertion
from shared.accounts.passkeys.ceremonies import Purpose
from shared.accounts.personal_data.leaving import may_sign_in
from shared.contract.passkeys import PasskeyRequestOptions
from shared.contract.sessions import SignInMethod
from shared.contract.sign_in import Method, SecondProof
from shared.errors import DomainError, Forbidden, NotFound
from shared.resources import Resources
from shared.settings import Settings
from shared.unit_of_work import UnitOfWork


async def finish_sign_in(
    resources: Resources, challenge: OpenChallenge, proof: SecondProof, device: Device
) -> IssuedTokens:
    """Sign a device in by the proof of a second factor. The attempt is counted already.

    Raise Unauthenticated `challenge_invalid`, or Forbidden for a proof that does not hold.
    """
    async with resources.begin_read() as read:
        account = await find_account(read, challenge.user_id)
        methods = await read_second_factors(read, challenge.user_id)
    if account is None:
        raise challenge_invalid()
    if proof.method not in methods:
        raise Forbidden("Your account does not sign in by this.", code="method_not_set_up")
    confirm = await SECOND_FACTORS[proof.method].prepare(resources, account, proof)
    async with resources.begin() as work:
        # Returned instead of raised, so that its audit row is committed.
        outcome = await _take(work, resources.settings, challenge, proof.method, confirm, device)
        if isinstance(outcome, DomainError):
            await _record_failure(work, account, proof.method, outcome, device)
    if isinstance(outcome, DomainError):
        raise outcome
    return outcome


async def begin_passkey_step(resources: Resources, token: str) -> PasskeyRequestOptions:
    """Return the options with which a browser asks for a passkey, for an open challenge.

    Raise Unauthenticated `challenge_invalid`, or Conflict `passkeys_unavailable`.
    """
    async with resources.begin() as work:
        user_id = await find_user(work, token)
        return await begin_assertion(
            work, resources.settings, Purpose.SECOND_FACTOR, hash_of(token), user_id=user_id
        )


async def _take(
    work: UnitOfWork,
    settings: Settings,
    challenge: OpenChallenge,
    method: Method,
    confirm: Confirm,
    device: Device,
) -> IssuedTokens | DomainError:
    try:
        account = await lock_account(work, challenge.user_id)
    except NotFound:
        return challenge_invalid()
    # Used meanwhile, or voided by a changed password or a disabled account.
    if not await is_open(work, challenge) or not await may_sign_in(work, account):
        return challenge_invalid()
    occasion = Occasion(Purpose.SECOND_FACTOR, hash_of(challenge.token), device.address)
    refusal = await confirm(work, account, occasion)
    if refusal is not None:
        return refusal
    await use_up(work, challenge)
    first = challenge.first_method
    after = SECOND_FACTORS[method].after_password
    recorded = after if first is SignInMethod.PASSWORD else first
    tokens = await open_session(work, settings, account, device, recorded)
    if challenge.provider_session is not None:
        await remember_provider_session(work, tokens.actor.session_id, challenge.provider_session)
    return tokens


async def _record_failure(
    work: UnitOfWork,
    account: Account,
    method: Method,
    refusal: DomainError,
    device: Device,
) -> None:
    facts = {"reason": refusal.reason, "method": method.value}
    await audit.record(
        work, None, "sign_in.failed", user_id=account.id, facts=facts, address=device.address
    )
    await report_guessing(work, account.id, device.address)
