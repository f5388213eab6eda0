"""Count attempts per account and network, and refuse those that exceed a limit.

A limit counts attempts in two windows, the present and the previous, so that it slides:

    used = count(present) + count(previous) × the part of it that the sliding window still covers

Counts are kept in Redis, shared by every process, and always in this process as well: without
Redis a limit is per process, and never open. Every count is per network, so that attempts from one
network cannot lock an owner out of another. Counts are kept apart from the database: they survive a
transaction that is rolled back.
"""

import asyncio
import hashlib
import logging
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from redis.asyncio import Redis
from redis.exceptions import RedisError

from shared.clock import Clock, monotonic
from shared.errors import RateLimited
from shared.host.networks import network

# As for publishing events: a request does not wait long for a broker that is away.
REDIS_TIMEOUT_SECONDS = 0.2
REDIS_RETRY_SECONDS = 1.0
# About 20 MB of counts in a process without Redis. Beyond that, counts of past windows are dropped
# first, then the smallest of the present window: never those near their limit.
MAX_LOCAL_COUNTS = 100_000

log = logging.getLogger(__name__)


class LimitScope(StrEnum):
    """What a limit counts separately. An account is counted per network as well."""

    ACCOUNT = "account"
    NETWORK = "network"
    # From all networks together. Only for attempts that a stranger cannot make, or it locks owners out.
    ACCOUNT_EVERYWHERE = "account_everywhere"


@dataclass(frozen=True)
class Limit:
    name: str
    scope: LimitScope
    max_attempts: int
    window_seconds: int


@dataclass(frozen=True)
class _WindowCount:
    """The count of one limit for one account or network in the present window.

    Times are whole milliseconds: with fractions, a client that waits exactly Retry-After could
    come a rounding error too early.
    """

    limit: Limit
    key: str
    previous_key: str
    remaining_ms: int

    @property
    def window_ms(self) -> int:
        return self.limit.window_seconds * 1000

    def is_exceeded(self, present: int, previous: int) -> bool:
        """Return True if `present`, which includes this attempt, is more than allowed."""
        used = present * self.window_ms + previous * self.remaining_ms
        return used > self.limit.max_attempts * self.window_ms

    def seconds_until_allowed(self, present: int, previous: int) -> int:
        """Return when the next attempt is allowed. `present` excludes the refused attempt."""
        spare = self.limit.max_attempts - 1
        if present <= spare:
            # In this window: as soon as enough of the previous window has slid out.
            wait_ms = self.remaining_ms - (spare - present) * self.window_ms // max(1, previous)
        else:
            # In the next window, to which the present window is the previous one.
            wait_ms = self.remaining_ms + self.window_ms - spare * self.window_ms // present
        return max(1, math.ceil(wait_ms / 1000))


class RateLimiter:
    """Count attempts, in this process and in Redis."""

    def __init__(
        self,
        redis: Redis | None,
        clock: Clock,
        *,
        enabled: bool = True,
        max_attempts: Mapping[str, int] | None = None,
        prefixes: tuple[int, int] = (32, 64),
    ) -> None:
        """`max_attempts`, by the names of limits, replace those of the limits.

        `prefixes` are the bits of an IPv4 and of an IPv6 address that make a network.
        """
        self._redis = redis
        self._clock = clock
        self._enabled = enabled
        self._max_attempts = max_attempts or {}
        self._prefixes = prefixes
        # Key → (count, time at which the count no longer matters, as a UNIX timestamp).
        self._local_counts: dict[str, tuple[int, float]] = {}
        self._redis_retry_at = 0.0

    @property
    def local_count_total(self) -> int:
        """The number of counts that this process keeps in memory."""
        return len(self._local_counts)

    async def take(self, limits: Sequence[Limit], account: str, address: str) -> None:
        """Count one attempt against each limit, or against none if any is exceeded.

        Raise RateLimited with the seconds after which to retry.
        """
        if not self._enabled:
            return
        counts = [self._window_count(limit, account, address) for limit in limits]
        shared = await self._add_in_redis(counts, 1)
        local = self._add_locally(counts, 1)
        # Local counts are part of the shared ones; alone they decide when Redis is away.
        waits = [
            count.seconds_until_allowed(present - 1, previous)
            for numbers in (shared, local)
            for count, (present, previous) in zip(counts, numbers, strict=False)
            if count.is_exceeded(present, previous)
        ]
        if waits:
            # A refused attempt is not counted: retrying early does not prolong the wait.
            await self._subtract(counts)
            raise RateLimited(max(waits))

    async def refund(self, limits: Sequence[Limit], account: str, address: str) -> None:
        """Subtract one attempt that should not count, such as a sign-in with the right password."""
        if self._enabled:
            await self._subtract([self._window_count(limit, account, address) for limit in limits])

    async def _subtract(self, counts: Sequence[_WindowCount]) -> None:
        self._add_locally(counts, -1)
        await self._add_in_redis(counts, -1)

    def _window_count(self, limit: Limit, account: str, address: str) -> _WindowCount:
        if limit.name in self._max_attempts:
            limit = replace(limit, max_attempts=self._max_attempts[limit.name])
        subject = network(address, *self._prefixes)
        if limit.scope is LimitScope.ACCOUNT:
            subject = f"{account}|{subject}"
        elif limit.scope is LimitScope.ACCOUNT_EVERYWHERE:
            subject = account
        # Hashed: Redis need not know which accounts sign in from where.
        hashed = hashlib.sha256(subject.encode("utf-8", "replace")).hexdigest()[:32]
        window_ms = limit.window_seconds * 1000
        number, elapsed_ms = divmod(int(self._clock.now().timestamp() * 1000), window_ms)
        prefix = f"livelist:limit:{limit.name}:{hashed}"
        return _WindowCount(
            limit, f"{prefix}:{number}", f"{prefix}:{number - 1}", window_ms - elapsed_ms
        )

    async def _add_in_redis(
        self, counts: Sequence[_WindowCount], amount: int
    ) -> list[tuple[int, int]]:
        """Return (present, previous) for each count, in one round trip; [] when Redis is away."""
        if self._redis is None or monotonic() < self._redis_retry_at:
            return []
        try:
            async with asyncio.timeout(REDIS_TIMEOUT_SECONDS):
                pipeline = self._redis.pipeline(transaction=True)
                for count in counts:
                    pipeline.incrby(count.key, amount)
                    # Until it is no longer the previous window.
                    pipeline.expire(count.key, 2 * count.limit.window_seconds)
                    pipeline.get(count.previous_key)
                answers = await pipeline.execute()
        except (RedisError, OSError, TimeoutError) as error:
            self._redis_retry_at = monotonic() + REDIS_RETRY_SECONDS
            log.warning("limits are counted in this process alone: %s", type(error).__name__)
            return []
        return [(int(answers[i]), int(answers[i + 2] or 0)) for i in range(0, len(answers), 3)]

    def _add_locally(self, counts: Sequence[_WindowCount], amount: int) -> list[tuple[int, int]]:
        """Return (present, previous) for each count, as this process has counted them."""
        if len(self._local_counts) >= MAX_LOCAL_COUNTS:
            self._evict()
        numbers = []
        now = self._clock.now().timestamp()
        for count in counts:
            present, _ = self._local_counts.get(count.key, (0, 0.0))
            expires_at = now + 2 * count.limit.window_seconds
            self._local_counts[count.key] = (present + amount, expires_at)
            previous, _ = self._local_counts.get(count.previous_key, (0, 0.0))
            numbers.append((present + amount, previous))
        return numbers

    def _evict(self) -> None:
        """Drop expired counts, and the smaller half of MAX_LOCAL_COUNTS if that is not enough."""
        now = self._clock.now().timestamp()
        alive = {key: entry for key, entry in self._local_counts.items() if entry[1] > now}
        if len(alive) >= MAX_LOCAL_COUNTS:
            largest = sorted(alive.items(), key=lambda item: item[1][0], reverse=True)
            alive = dict(largest[: MAX_LOCAL_COUNTS // 2])
        self._local_counts = alive
