"""Passwords: which are acceptable, and their hashes, made and checked off the event loop.

Argon2id through pwdlib, with the library's parameters: 64 MiB, three passes, four lanes. A hash
takes about a tenth of a second, so no transaction may be open meanwhile: on SQLite it would hold
the only write lock.
"""

import asyncio
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from threading import BoundedSemaphore
from typing import TypeVar

from pwdlib import PasswordHash

from shared.accounts.rules import invalid_field
from shared.errors import Unavailable
from shared.ids import new_secret

SHORTEST = 8
# The whole of it counts. Longer ones only cost time to hash.
LONGEST = 128
# 64 MiB each, and each keeps four threads busy: two fill the cores of a small server, and
# a storm of sign-ins cannot ask for more than 128 MiB.
MAX_CONCURRENT_HASHES = 2
# Forty behind those two wait about two seconds; whoever comes then is told to come back.
MAX_QUEUED_HASHES = 40
RETRY_SECONDS = 3
# In no list of hashes: nobody signs in with it.
UNUSABLE_PASSWORD = "!"  # noqa: S105

Result = TypeVar("Result")

_hasher = PasswordHash.recommended()
# The bound on memory is one of the process, so it stands here and not in the resources.
_threads = ThreadPoolExecutor(MAX_CONCURRENT_HASHES, thread_name_prefix="passwords")
_places = BoundedSemaphore(MAX_CONCURRENT_HASHES + MAX_QUEUED_HASHES)


async def hash_password(password: str) -> str:
    """Returns the hash to keep. Raises Unavailable when too many are being made."""
    return await _in_thread(_hasher.hash, _normal(password))


async def is_correct(password: str, kept: str | None) -> bool:
    """Tells whether `kept` was made from `password`.

    Takes as long when there is no account (`kept` is None) as for a wrong password.
    """
    never = await _never_matching()
    known = kept if kept and kept != UNUSABLE_PASSWORD else None
    matches = await _in_thread(_hasher.verify, _normal(password), known or never)
    return matches and known is not None


def is_outdated(kept: str) -> bool:
    """Tells whether `kept` should be made anew, because the parameters have grown since."""
    return _hasher.current_hasher.check_needs_rehash(kept)


def check_acceptable(password: str, *, field: str = "password", personal: str = "") -> None:
    """Returns if the password may be chosen. `personal` is what it must not be: the address.

    Raises Invalid with `password_too_short`, `password_too_long` or `common_password`.
    """
    normal = _normal(password)
    if len(normal) < SHORTEST:
        raise invalid_field(
            field, f"A password has at least {SHORTEST} characters.", code="password_too_short"
        )
    if len(normal) > LONGEST:
        raise invalid_field(
            field, f"A password has at most {LONGEST} characters.", code="password_too_long"
        )
    if _is_common(normal.casefold(), personal.casefold()):
        raise invalid_field(
            field, "This password is among the first that others would try.", code="common_password"
        )


def _is_common(password: str, personal: str) -> bool:
    if personal and password in (personal, personal.partition("@")[0]):
        return True
    # aaaaaaaa, 12121212, abcabcabc
    if len(set(password)) <= 3:
        return True
    return _is_a_run(password) or password in _common_passwords()


def _is_a_run(password: str) -> bool:
    # abcdefgh, 87654321: every step is the same
    steps = {ord(after) - ord(before) for before, after in pairwise(password)}
    return len(steps) == 1


def _normal(password: str) -> str:
    # The same keys give another spelling of é on another system (NIST SP 800-63B, 3.1.1.2).
    # A lone surrogate, which no hash can take, becomes what no keyboard gives.
    return unicodedata.normalize("NFKC", password).encode("utf-8", "replace").decode()


@lru_cache(maxsize=1)
def _common_passwords() -> frozenset[str]:
    text = (Path(__file__).parent / "common_passwords.txt").read_text(encoding="utf-8")
    return frozenset(line for line in text.splitlines() if line and not line.startswith("# "))


_never: str | None = None


async def _never_matching() -> str:
    global _never
    if _never is None:
        _never = await _in_thread(_hasher.hash, new_secret())
    return _never


async def _in_thread(function: Callable[..., Result], *arguments: str) -> Result:
    if not _places.acquire(blocking=False):
        raise Unavailable("Too many sign-ins at once. Nothing was changed.", RETRY_SECONDS)
    work = _threads.submit(function, *arguments)
    # When the hash is done, not when its caller is gone: who hangs up still occupies a thread.
    work.add_done_callback(lambda _: _places.release())
    return await asyncio.wrap_future(work)
