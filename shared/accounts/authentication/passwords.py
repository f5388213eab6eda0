"""Check, hash and verify passwords. Hashing runs in threads, off the event loop.

Argon2id through pwdlib, with the library's parameters: 64 MiB, three passes, four lanes. A hash
takes about a tenth of a second, so no transaction may be open meanwhile: on SQLite it would hold
the only write lock.
"""

import asyncio
import unicodedata
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from threading import BoundedSemaphore, Lock
from typing import TypeVar

from pwdlib import PasswordHash

from shared.accounts.rules import invalid_field
from shared.errors import Unavailable
from shared.host.networks import network
from shared.ids import UserId, new_secret
from shared.languages.texts import message
from shared.settings import Settings

MIN_LENGTH = 8
# Every character counts. Longer passwords only cost time to hash.
MAX_LENGTH = 128
# Each hash takes 64 MiB and four threads. Two hashes fill the cores of a small server, and a storm
# of sign-ins cannot take more than 128 MiB.
MAX_CONCURRENT_HASHES = 2
# Forty queued hashes wait about two seconds. Further callers get Unavailable.
MAX_QUEUED_HASHES = 40
RETRY_SECONDS = 3
# Of one account, running or queued: two tabs that save at the same time. Its thirty requests at once must
# not fill the queue in which everybody signs in.
MAX_HASHES_OF_ACCOUNT = 2
# Of one network, where anybody may try: half of all slots. A class that signs in at once waits, a flood
# from one network leaves the other half to everybody else.
MAX_HASHES_OF_NETWORK = (MAX_CONCURRENT_HASHES + MAX_QUEUED_HASHES) // 2
# Not a hash, so that no password matches it.
UNUSABLE_PASSWORD = "!"  # noqa: S105

Result = TypeVar("Result")

hasher = PasswordHash.recommended()
# Memory is bounded per process, so the pool is a module global and not part of the resources.
_threads = ThreadPoolExecutor(MAX_CONCURRENT_HASHES, thread_name_prefix="passwords")
_slots = BoundedSemaphore(MAX_CONCURRENT_HASHES + MAX_QUEUED_HASHES)
# How many of the slots each account or network has. Changed by the event loop and by the threads.
_taken: Counter["Asker"] = Counter()
_counting = Lock()


@dataclass(frozen=True)
class Asker:
    """Whose hash it is: an account, where its user asks, else the network of a stranger's address."""

    name: str
    is_account: bool = False

    @property
    def max_hashes(self) -> int:
        return MAX_HASHES_OF_ACCOUNT if self.is_account else MAX_HASHES_OF_NETWORK


def of_account(account_id: UserId) -> Asker:
    return Asker(account_id, is_account=True)


def of_network(settings: Settings, address: str) -> Asker:
    """Return the asker where anybody may try: counted by account, strangers would keep the owner out."""
    limits = settings.limits
    return Asker(network(address, limits.ipv4_prefix, limits.ipv6_prefix))


async def hash_password(password: str, asker: Asker | None = None) -> str:
    """Return the hash to store. `asker`: None for the operator.

    Raise Unavailable if too many hashes are queued, in all or of the asker.
    """
    return await _in_thread(asker, hasher.hash, _normalize(password))


async def is_correct(password: str, password_hash: str | None, asker: Asker | None = None) -> bool:
    """Return True if `password_hash` was made from `password`.

    Take as long without an account (`password_hash` is None) as with a wrong password, so that the
    time does not reveal whether an account exists. `asker` and errors: as of `hash_password`.
    """
    dummy = await _get_dummy_hash()
    usable_hash = password_hash if password_hash != UNUSABLE_PASSWORD else None
    matches = await _in_thread(asker, hasher.verify, _normalize(password), usable_hash or dummy)
    return matches and bool(usable_hash)


def is_outdated(password_hash: str) -> bool:
    """Return True if the hash was made with weaker parameters than today's."""
    return hasher.current_hasher.check_needs_rehash(password_hash)


def check_acceptable(password: str, *, field: str = "password", personal: str = "") -> None:
    """Raise Invalid if the password is too short, too long or too common.

    `personal` is the e-mail address, which the password must not be. Codes: `password_too_short`,
    `password_too_long`, `common_password`.
    """
    normalized = _normalize(password)
    if len(normalized) < MIN_LENGTH:
        raise invalid_field(
            field,
            message("A password has at least {limit} characters.", limit=MIN_LENGTH),
            code="password_too_short",
        )
    if len(normalized) > MAX_LENGTH:
        raise invalid_field(
            field,
            message("A password has at most {limit} characters.", limit=MAX_LENGTH),
            code="password_too_long",
        )
    if _is_common(normalized.casefold(), personal.casefold()):
        raise invalid_field(
            field, "This password is among the first that others would try.", code="common_password"
        )


def _is_common(password: str, personal: str) -> bool:
    if personal and password in (personal, personal.partition("@")[0]):
        return True
    # aaaaaaaa, 12121212, abcabcabc
    if len(set(password)) <= 3:
        return True
    return _is_sequence(password) or password in common_passwords()


def _is_sequence(password: str) -> bool:
    # abcdefgh, 87654321: every step is the same
    steps = {ord(after) - ord(before) for before, after in pairwise(password)}
    return len(steps) == 1


def _normalize(password: str) -> str:
    # The same keys give different code points for é on different systems (NIST SP 800-63B, 3.1.1.2).
    # A lone surrogate, which cannot be hashed, becomes a question mark.
    return unicodedata.normalize("NFKC", password).encode("utf-8", "replace").decode()


@lru_cache(maxsize=1)
def common_passwords() -> frozenset[str]:
    text = (Path(__file__).parent / "common_passwords.txt").read_text(encoding="utf-8")
    return frozenset(line for line in text.splitlines() if line and not line.startswith("# "))


dummy_hash: str | None = None


async def _get_dummy_hash() -> str:
    global dummy_hash
    if dummy_hash is None:
        dummy_hash = await _in_thread(None, hasher.hash, new_secret())
    return dummy_hash


async def _in_thread(
    asker: Asker | None, function: Callable[..., Result], *arguments: str
) -> Result:
    if not _take_slot(asker):
        raise Unavailable("Too many sign-ins at once. Nothing was changed.", RETRY_SECONDS)
    hashing = _threads.submit(function, *arguments)
    # Release the slot when the hash is done, not when its caller disconnects: the thread is still busy.
    hashing.add_done_callback(lambda _: _release_slot(asker))
    return await asyncio.wrap_future(hashing)


def _take_slot(asker: Asker | None) -> bool:
    with _counting:
        if asker is not None and _taken[asker] >= asker.max_hashes:
            return False
        if not _slots.acquire(blocking=False):
            return False
        if asker is not None:
            _taken[asker] += 1
        return True


def _release_slot(asker: Asker | None) -> None:
    with _counting:
        _slots.release()
        if asker is not None:
            _taken[asker] -= 1
            # Without those that have none, so that it holds no more than there are slots.
            if not _taken[asker]:
                del _taken[asker]
