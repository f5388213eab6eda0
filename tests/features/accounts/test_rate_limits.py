"""Rate limits: shared by all processes, effective without Redis, and no way to lock an owner out."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from redis.asyncio import Redis

from api.http import rate_limiter, rate_limits
from api.http.rate_limiter import Limit, LimitScope, RateLimiter
from shared.errors import RateLimited
from shared.resources import Resources, redis_pool
from shared.settings import Settings
from tests.support.api_server import client_of, running_app
from tests.support.clock import ManualClock
from tests.support.registration import PASSWORD, Registrar
from tests.support.services.silent_server import silent_server
from tests.support.settings import changed_settings

FIVE = Limit("five", LimitScope.ACCOUNT, 5, 60)
TEN = Limit("ten", LimitScope.NETWORK, 10, 60)
NETWORK, OTHER_NETWORK = "192.0.2.1", "198.51.100.7"
ANA = "ana@example.com"
# No server listens on this port.
NO_REDIS = "redis://127.0.0.1:1/0"


@pytest.fixture(autouse=True)
def long_redis_timeout(monkeypatch: pytest.MonkeyPatch) -> None:
    # A machine busy with other tests answers late, which these tests do not check.
    monkeypatch.setattr(rate_limiter, "REDIS_TIMEOUT_SECONDS", 5.0)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(datetime(2026, 11, 21, 12, tzinfo=UTC))


@pytest.fixture
def limiter(clock: ManualClock) -> RateLimiter:
    """A limiter without a broker: it counts for this process only."""
    return RateLimiter(None, clock)


async def _take(
    limiter: RateLimiter, times: int = 1, account: str = ANA, address: str = NETWORK
) -> None:
    for _ in range(times):
        await limiter.take([FIVE], account, address)


async def test_an_attempt_over_the_limit_is_refused(limiter: RateLimiter) -> None:
    await _take(limiter, 5)

    with pytest.raises(RateLimited) as caught:
        await _take(limiter)

    assert 1 <= caught.value.retry_after_seconds <= 120


@pytest.mark.parametrize("offset_seconds", [0, 1, 29, 30, 45, 59])
@pytest.mark.parametrize("pause_seconds", [0, 10, 40])
async def test_the_retry_time_is_sufficient_and_at_most_two_seconds_too_long(
    limiter: RateLimiter, clock: ManualClock, offset_seconds: int, pause_seconds: int
) -> None:
    clock.advance(timedelta(seconds=offset_seconds))
    await _take(limiter, 3)
    clock.advance(timedelta(seconds=pause_seconds))
    taken = 0
    with pytest.raises(RateLimited) as caught:
        for _ in range(6):
            await _take(limiter)
            taken += 1
    assert taken >= 2
    wait = caught.value.retry_after_seconds

    if wait > 2:
        clock.advance(timedelta(seconds=wait - 2))
        with pytest.raises(RateLimited):
            await _take(limiter)
        clock.advance(timedelta(seconds=2))
    else:
        clock.advance(timedelta(seconds=wait))
    await _take(limiter)


async def test_the_window_slides(limiter: RateLimiter, clock: ManualClock) -> None:
    # Five at the end of one window, five at the start of the next, would be ten in a second.
    clock.advance(timedelta(seconds=59))
    await _take(limiter, 5)
    clock.advance(timedelta(seconds=2))

    with pytest.raises(RateLimited):
        await _take(limiter)


async def test_refused_attempts_do_not_extend_the_wait(
    limiter: RateLimiter, clock: ManualClock
) -> None:
    await _take(limiter, 5)
    waits = []
    for _ in range(100):
        with pytest.raises(RateLimited) as caught:
            await _take(limiter)
        waits.append(caught.value.retry_after_seconds)

    assert len(set(waits)) == 1
    clock.advance(timedelta(seconds=waits[0]))

    await _take(limiter)


async def test_an_account_limit_in_one_network_does_not_apply_in_another(
    limiter: RateLimiter,
) -> None:
    await _take(limiter, 5)

    await _take(limiter, 5, address=OTHER_NETWORK)
    await _take(limiter, 5, account="ben@example.com")


async def test_addresses_of_one_ipv6_network_share_a_limit(limiter: RateLimiter) -> None:
    for number in range(5):
        await _take(limiter, address=f"2001:db8:1:2::{number:x}")

    with pytest.raises(RateLimited):
        await _take(limiter, address="2001:db8:1:2:ffff::1")
    await _take(limiter, address="2001:db8:1:3::1")


async def test_an_ipv4_address_in_ipv6_is_the_same_address(limiter: RateLimiter) -> None:
    await _take(limiter, 5)

    with pytest.raises(RateLimited):
        await _take(limiter, address=f"::ffff:{NETWORK}")


async def test_a_refusal_by_one_limit_does_not_count_for_the_other(limiter: RateLimiter) -> None:
    for _ in range(5):
        await limiter.take([FIVE, TEN], ANA, NETWORK)
    for _ in range(20):
        with pytest.raises(RateLimited):
            await limiter.take([FIVE, TEN], ANA, NETWORK)

    for _ in range(5):
        await limiter.take([FIVE, TEN], "ben@example.com", NETWORK)


async def test_a_refunded_attempt_can_be_taken_again(limiter: RateLimiter) -> None:
    for _ in range(50):
        await limiter.take([FIVE, TEN], ANA, NETWORK)
        await limiter.refund([FIVE, TEN], ANA, NETWORK)


async def test_a_disabled_limiter_counts_nothing(clock: ManualClock) -> None:
    limiter = RateLimiter(None, clock, enabled=False)

    await _take(limiter, 100)


async def test_memory_is_bounded_and_keeps_counts_near_their_limit(
    limiter: RateLimiter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rate_limiter, "MAX_LOCAL_COUNTS", 100)
    await _take(limiter, 5)

    for number in range(1000):
        await _take(limiter, account=str(number))

    assert limiter.local_count_total <= 101
    with pytest.raises(RateLimited):
        await _take(limiter)


@pytest.fixture
async def broker(resources: Resources) -> Redis:
    assert resources.redis is not None
    return resources.redis


async def test_two_processes_share_one_limit(broker: Redis, clock: ManualClock) -> None:
    first, other = RateLimiter(broker, clock), RateLimiter(broker, clock)
    await _take(first, 3)
    await _take(other, 2)

    for limiter in (first, other):
        with pytest.raises(RateLimited):
            await _take(limiter)


async def test_concurrent_attempts_do_not_exceed_the_limit(
    broker: Redis, clock: ManualClock
) -> None:
    processes = [RateLimiter(broker, clock) for _ in range(4)]

    outcomes = await asyncio.gather(
        *(_take(processes[number % 4]) for number in range(40)), return_exceptions=True
    )

    assert sum(outcome is None for outcome in outcomes) <= 5
    assert all(outcome is None or isinstance(outcome, RateLimited) for outcome in outcomes)


async def test_broker_keys_hold_no_account_and_no_address(
    broker: Redis, clock: ManualClock
) -> None:
    await _take(RateLimiter(broker, clock))

    keys = [key.decode() for key in await broker.keys("livelist:limit:*")]
    assert len(keys) == 1
    assert "ana" not in keys[0]
    assert NETWORK not in keys[0]
    assert 0 < await broker.ttl(keys[0]) <= 120


async def test_a_limit_applies_without_its_broker(clock: ManualClock) -> None:
    pool = redis_pool(NO_REDIS)
    assert pool is not None
    limiter = RateLimiter(Redis(connection_pool=pool), clock)

    await _take(limiter, 5)
    with pytest.raises(RateLimited):
        await _take(limiter)


async def test_counts_from_before_a_broker_failure_still_apply(
    broker: Redis, clock: ManualClock
) -> None:
    client = Redis(connection_pool=broker.connection_pool)
    limiter = RateLimiter(client, clock)
    await _take(limiter, 5)
    pool = redis_pool(NO_REDIS)
    assert pool is not None
    client.connection_pool = pool

    with pytest.raises(RateLimited):
        await _take(limiter)


@asynccontextmanager
async def _two_apps(
    settings: Settings, **changes: object
) -> AsyncIterator[tuple[httpx.AsyncClient, httpx.AsyncClient]]:
    limited = changed_settings(
        settings, rate_limits=True, trusted_proxies=("127.0.0.1",), **changes
    )
    async with (
        running_app(limited) as first_app,
        running_app(limited) as other,
        client_of(first_app) as first,
        client_of(other) as second,
    ):
        yield first, second


async def _guess(client: httpx.AsyncClient, address: str, password: str = "wrong") -> int:
    answer = await client.post(
        "/api/v1/auth/login",
        json={"email": ANA, "password": password},
        headers={"X-Forwarded-For": address},
    )
    if answer.status_code == 429:
        assert int(answer.headers["retry-after"]) >= 1
        assert answer.json()["code"] == "rate_limited"
    return answer.status_code


@pytest.mark.parametrize("redis_is_there", [True, False])
async def test_password_guessing_is_limited_and_the_owner_can_sign_in_elsewhere(
    settings: Settings, registrar: Registrar, redis_is_there: bool
) -> None:
    await registrar.register_and_verify()
    changes = {} if redis_is_there else {"redis_url": NO_REDIS}

    async with _two_apps(settings, **changes) as (first, second):
        guesses = [
            await _guess(first, NETWORK) for _ in range(rate_limits.SIGN_IN_BY_ACCOUNT.max_attempts)
        ]
        assert set(guesses) == {401}
        assert await _guess(first, NETWORK) == 429
        # The limit of this network also refuses the right password.
        assert await _guess(first, NETWORK, PASSWORD) == 429
        # Another process has the same counts if there is a broker.
        assert await _guess(second, NETWORK) == (429 if redis_is_there else 401)
        assert await _guess(second, OTHER_NETWORK, PASSWORD) == 200


async def test_successful_sign_ins_do_not_count(settings: Settings, registrar: Registrar) -> None:
    await registrar.register_and_verify()

    async with _two_apps(settings) as (client, _):
        for _ in range(rate_limits.SIGN_IN_BY_ACCOUNT.max_attempts * 2):
            assert await _guess(client, NETWORK, PASSWORD) == 200


async def test_a_broker_that_does_not_answer_is_waited_for_once(
    clock: ManualClock, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(rate_limiter, "REDIS_TIMEOUT_SECONDS", 0.05)
    # All attempts come before the broker is asked again, however long they take.
    monkeypatch.setattr(rate_limiter, "monotonic", lambda: 1000.0)
    async with silent_server() as port:
        pool = redis_pool(f"redis://127.0.0.1:{port}/0")
        assert pool is not None
        limiter = RateLimiter(Redis(connection_pool=pool), clock)

        await _take(limiter, 5)
        with pytest.raises(RateLimited):
            await _take(limiter)

        assert [line.split(":")[0] for line in caplog.messages] == [
            "limits are counted in this process alone"
        ]
        await pool.disconnect()
