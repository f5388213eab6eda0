"""Password hashes with the parameters of production: strong, bounded, off the event loop."""

import asyncio
import threading

import pytest
from pwdlib import PasswordHash

from shared.accounts.authentication import passwords
from shared.errors import Unavailable
from shared.ids import UserId
from shared.settings import Settings
from tests.support.deadlines import DEADLINE_SECONDS
from tests.support.services.processes import wait_until

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


async def test_an_unknown_address_costs_the_same_hash_as_a_wrong_password(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    kept = await passwords.hash_password(PASSWORD)
    real, verified = passwords.hasher, list[str]()

    class Recorder:
        hash = real.hash

        def verify(self, password: str, hashed: str) -> bool:
            # "$argon2id$v=19$m=65536,t=3,p=4$salt$digest" without its salt and digest
            verified.append(hashed.rsplit("$", 2)[0])
            return real.verify(password, hashed)

    monkeypatch.setattr(passwords, "hasher", Recorder())
    monkeypatch.setattr(passwords, "dummy_hash", None)
    for known in (kept, None, "!"):
        assert not await passwords.is_correct("wrong", known)

    # The time that a hash takes depends on these parameters alone.
    assert verified == ["$argon2id$v=19$m=65536,t=3,p=4"] * 3


async def test_the_event_loop_is_not_blocked_by_hashing(monkeypatch: pytest.MonkeyPatch) -> None:
    real, threads = passwords.hasher, set[int]()

    class Recorder:
        def hash(self, password: str) -> str:
            threads.add(threading.get_ident())
            return real.hash(password)

        def verify(self, password: str, hashed: str) -> bool:
            threads.add(threading.get_ident())
            return real.verify(password, hashed)

    monkeypatch.setattr(passwords, "hasher", Recorder())
    await passwords.is_correct(PASSWORD, await passwords.hash_password(PASSWORD))

    assert threads
    assert threading.get_ident() not in threads


async def test_too_many_concurrent_hashes_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    most = passwords.MAX_CONCURRENT_HASHES + passwords.MAX_QUEUED_HASHES
    done = threading.Event()

    class Slow:
        def hash(self, password: str) -> str:
            assert done.wait(DEADLINE_SECONDS)
            return "hashed"

    monkeypatch.setattr(passwords, "hasher", Slow())
    tasks = [asyncio.create_task(passwords.hash_password(PASSWORD)) for _ in range(most)]
    await asyncio.sleep(0)

    with pytest.raises(Unavailable):
        await passwords.hash_password(PASSWORD)

    done.set()
    assert set(await asyncio.gather(*tasks)) == {"hashed"}
    assert await passwords.hash_password(PASSWORD) == "hashed"


async def test_one_account_has_two_slots_until_its_hashes_are_done(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    started, done = threading.Barrier(3), threading.Event()
    ana, ben = UserId("ana"), UserId("ben")

    class Slow:
        def hash(self, password: str) -> str:
            if not done.is_set():
                started.wait(DEADLINE_SECONDS)
            assert done.wait(DEADLINE_SECONDS)
            return "hashed"

    async def hash_of(account_id: UserId | None) -> str:
        asker = passwords.of_account(account_id) if account_id else None
        return await passwords.hash_password(PASSWORD, asker)

    monkeypatch.setattr(passwords, "hasher", Slow())
    tasks = [asyncio.create_task(hash_of(ana)) for _ in range(30)]
    await asyncio.to_thread(started.wait, 30)
    refused = [task for task in tasks if task.done()]
    others = [asyncio.create_task(hash_of(account_id)) for account_id in (ben, None)]
    # Who goes away has not made the thread less busy.
    left, other = (task for task in tasks if not task.done())
    left.cancel()
    await asyncio.wait([left])

    with pytest.raises(Unavailable):
        await hash_of(ana)

    assert [type(task.exception()) for task in refused] == [Unavailable] * 28
    done.set()
    assert await asyncio.gather(other, *others) == ["hashed"] * 3
    assert await hash_of(ana) == "hashed"
    await wait_until(lambda: not passwords._taken, what="the slots")


async def test_one_network_leaves_half_of_the_slots_to_all_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    done = threading.Event()

    class Slow:
        def verify(self, password: str, hashed: str) -> bool:
            assert done.wait(DEADLINE_SECONDS)
            return False

        def hash(self, password: str) -> str:
            return "dummy"

    def attempts(address: str, count: int) -> list[asyncio.Task[bool]]:
        asker = passwords.of_network(Settings.from_variables({}), address)
        return [
            asyncio.create_task(passwords.is_correct(PASSWORD, None, asker)) for _ in range(count)
        ]

    monkeypatch.setattr(passwords, "dummy_hash", "dummy")
    monkeypatch.setattr(passwords, "hasher", Slow())
    most = passwords.MAX_CONCURRENT_HASHES + passwords.MAX_QUEUED_HASHES
    # Of IPv6 a customer has all addresses of a network.
    flood = [*attempts("2001:db8::1", most), *attempts("2001:db8::2", most)]
    others = attempts("192.0.2.1", most - passwords.MAX_HASHES_OF_NETWORK)
    await asyncio.sleep(0)

    refused = [task for task in flood if task.done()]
    assert len(refused) == 2 * most - passwords.MAX_HASHES_OF_NETWORK
    assert {type(task.exception()) for task in refused} == {Unavailable}
    done.set()
    assert not any(await asyncio.gather(*others))
    await asyncio.gather(*flood, return_exceptions=True)
    await wait_until(lambda: not passwords._taken, what="the slots")


def test_the_list_of_common_passwords_follows_its_own_rules() -> None:
    common = passwords.common_passwords()

    assert len(common) > 1000
    assert all(len(word) >= passwords.MIN_LENGTH and word == word.casefold() for word in common)
