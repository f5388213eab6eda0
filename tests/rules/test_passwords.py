"""Password hashes with the parameters of production: strong, bounded, off the event loop."""

import asyncio
import threading

import pytest
from pwdlib import PasswordHash

from shared.accounts.authentication import passwords
from shared.clock import monotonic
from shared.errors import Unavailable

PASSWORD = "quiet orchard lamp"


@pytest.fixture(autouse=True)
def slow_passwords(cheap_password_hashes: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "hasher", PasswordHash.recommended())


async def test_a_hash_is_argon2id_with_64_mib() -> None:
    kept = await passwords.hash_password(PASSWORD)

    assert kept.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert await passwords.is_correct(PASSWORD, kept)
    assert not await passwords.is_correct(PASSWORD + " ", kept)
    assert not passwords.is_outdated(kept)


async def test_an_unknown_address_takes_as_long_as_a_wrong_password() -> None:
    kept = await passwords.hash_password(PASSWORD)
    await passwords.is_correct("warm up", None)

    async def fastest(known: str | None) -> float:
        took = []
        for _ in range(5):
            began = monotonic()
            assert not await passwords.is_correct("wrong", known)
            took.append(monotonic() - began)
        return min(took)

    known, unknown, without = await fastest(kept), await fastest(None), await fastest("!")

    # Without the dummy hash the answer would be a hundred times faster.
    assert 0.5 < unknown / known < 2
    assert 0.5 < without / known < 2


async def test_the_event_loop_is_not_blocked_by_hashing() -> None:
    longest = 0.0

    async def watch() -> None:
        nonlocal longest
        while True:
            began = monotonic()
            await asyncio.sleep(0.005)
            longest = max(longest, monotonic() - began)

    watching = asyncio.create_task(watch())
    began = monotonic()
    await asyncio.gather(*(passwords.hash_password(PASSWORD) for _ in range(4)))
    took = monotonic() - began
    watching.cancel()

    assert longest < took / 2


async def test_too_many_concurrent_hashes_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    most = passwords.MAX_CONCURRENT_HASHES + passwords.MAX_QUEUED_HASHES
    done = threading.Event()

    class Slow:
        def hash(self, password: str) -> str:
            assert done.wait(30)
            return "hashed"

    monkeypatch.setattr(passwords, "hasher", Slow())
    tasks = [asyncio.create_task(passwords.hash_password(PASSWORD)) for _ in range(most)]
    await asyncio.sleep(0)

    with pytest.raises(Unavailable):
        await passwords.hash_password(PASSWORD)

    done.set()
    assert set(await asyncio.gather(*tasks)) == {"hashed"}
    assert await passwords.hash_password(PASSWORD) == "hashed"


def test_the_list_of_common_passwords_follows_its_own_rules() -> None:
    common = passwords.common_passwords()

    assert len(common) > 1000
    assert all(len(word) >= passwords.MIN_LENGTH and word == word.casefold() for word in common)
