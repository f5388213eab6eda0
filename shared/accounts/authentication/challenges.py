"""Challenges: sign-ins whose first step succeeded and which wait for a second factor.

A challenge is opaque, works once, within LIFETIME, and takes MAX_ATTEMPTS proofs. Each attempt is counted in
a transaction of its own before the proof is looked at, so that none is free: not by an error, not by many
requests at once.
"""

import hashlib
from collections import defaultdict
from dataclasses import asdict, dataclass
from datetime import timedelta

from sqlalchemy import delete, insert, select, update

from shared.accounts.account import Account
from shared.accounts.authentication.methods import read_second_factors
from shared.accounts.authentication.provider_sessions import ProviderSession
from shared.contract.sessions import SignInMethod
from shared.contract.sign_in import Method
from shared.errors import Unauthenticated
from shared.ids import UserId, new_secret
from shared.resources import Resources
from shared.tables.second_factors import SignInChallengeRow
from shared.unit_of_work import UnitOfWork

# To fetch the phone from another room, and recovery codes from a drawer.
LIFETIME = timedelta(minutes=10)
# Of three valid codes in a million.
MAX_ATTEMPTS = 5
# The network that has most of them makes room, by its oldest. Whoever knows the password begins ten sign-ins
# in 15 minutes from a network, and pushes out their own: the owner's only from this many networks at once.
MAX_OPEN_CHALLENGES = 100


@dataclass(frozen=True)
class Challenge:
    """The answer to a first step. Only the hash of `token` is stored."""

    token: str
    methods: list[Method]


@dataclass(frozen=True)
class OpenChallenge:
    """A challenge whose attempt was counted."""

    token: str
    user_id: UserId
    first_method: SignInMethod
    provider_session: ProviderSession | None = None


async def create_challenge(
    work: UnitOfWork,
    account: Account,
    method: SignInMethod,
    network: str,
    provider_session: ProviderSession | None = None,
) -> Challenge:
    """Create a challenge for the locked account, whose first step succeeded by `method`.

    `network` is that of the caller, as rate limits see it.
    """
    await _delete_excess(work, account.id)
    token = new_secret()
    await work.connection.execute(
        insert(SignInChallengeRow).values(
            hash=hash_of(token),
            user_id=account.id,
            first_method=method.value,
            provider_session=asdict(provider_session) if provider_session else None,
            attempts=0,
            network=network,
            created_at=work.now,
            expires_at=work.now + LIFETIME,
        )
    )
    return Challenge(token, await read_second_factors(work, account.id))


async def count_attempt(resources: Resources, token: str) -> OpenChallenge:
    """Count an attempt at a challenge, in a transaction of its own. Raise `challenge_invalid`."""
    async with resources.begin() as work:
        rows = await work.connection.execute(
            update(SignInChallengeRow)
            .where(
                SignInChallengeRow.hash == hash_of(token),
                SignInChallengeRow.attempts < MAX_ATTEMPTS,
                SignInChallengeRow.expires_at > work.now,
            )
            .values(attempts=SignInChallengeRow.attempts + 1)
            .returning(
                SignInChallengeRow.user_id,
                SignInChallengeRow.first_method,
                SignInChallengeRow.provider_session,
            )
        )
        row = rows.one_or_none()
    if row is None:
        raise challenge_invalid()
    first_method = SignInMethod(row.first_method)
    provider_session = ProviderSession(**row.provider_session) if row.provider_session else None
    return OpenChallenge(token, UserId(row.user_id), first_method, provider_session)


async def find_user(work: UnitOfWork, token: str) -> UserId:
    """Return whose sign-in the challenge is of. Count no attempt. Raise `challenge_invalid`."""
    user_id = await work.connection.scalar(
        select(SignInChallengeRow.user_id).where(
            SignInChallengeRow.hash == hash_of(token), SignInChallengeRow.expires_at > work.now
        )
    )
    if user_id is None:
        raise challenge_invalid()
    return UserId(user_id)


async def is_open(work: UnitOfWork, challenge: OpenChallenge) -> bool:
    """Return True if the challenge was not used, or voided, since its attempt was counted.

    The account is locked, and so nothing can use it before the transaction ends.
    """
    found = await work.connection.scalar(
        select(SignInChallengeRow.hash).where(SignInChallengeRow.hash == hash_of(challenge.token))
    )
    return found is not None


async def use_up(work: UnitOfWork, challenge: OpenChallenge) -> None:
    await work.connection.execute(
        delete(SignInChallengeRow).where(SignInChallengeRow.hash == hash_of(challenge.token))
    )


async def void_challenges(work: UnitOfWork, user_id: UserId) -> None:
    """End the sign-ins of the locked account that wait for a second factor."""
    await work.connection.execute(
        delete(SignInChallengeRow).where(SignInChallengeRow.user_id == user_id)
    )


def challenge_invalid() -> Unauthenticated:
    return Unauthenticated(
        "This sign-in took too long or too many attempts, or something changed. Sign in again.",
        code="challenge_invalid",
    )


async def _delete_excess(work: UnitOfWork, user_id: UserId) -> None:
    """Make room for another challenge of the locked account."""
    rows = await work.connection.execute(
        select(SignInChallengeRow.hash, SignInChallengeRow.network)
        .where(SignInChallengeRow.user_id == user_id)
        .order_by(SignInChallengeRow.created_at, SignInChallengeRow.hash)
    )
    # Oldest first.
    by_network: defaultdict[str, list[str]] = defaultdict(list)
    for row in rows:
        by_network[row.network].append(row.hash)
    excess = sum(map(len, by_network.values())) - (MAX_OPEN_CHALLENGES - 1)
    hashes = [max(by_network.values(), key=len).pop(0) for _ in range(excess)]
    if hashes:
        await work.connection.execute(
            delete(SignInChallengeRow).where(SignInChallengeRow.hash.in_(hashes))
        )


def hash_of(token: str) -> str:
    """Return what is stored of a challenge."""
    # 256 random bits need no salt and no slow hash.
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
