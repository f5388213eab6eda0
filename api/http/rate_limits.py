"""Rate limits: how many attempts of each kind one account or one network may make.

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
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from fastapi import Depends, Request
from redis.asyncio import Redis
from redis.exceptions import RedisError

from api.http.client_address import network
from api.http.dependencies import ClientAddress
from shared.clock import Clock, monotonic
from shared.errors import RateLimited
from shared.resources import Resources
from shared.text import email_key

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


@dataclass(frozen=True)
class Limit:
    name: str
    scope: LimitScope
    max_attempts: int
    window_seconds: int


# A user who is not sure which password it was tries five or six; a guesser gets 40 an hour.
SIGN_IN_BY_ACCOUNT = Limit("sign_in_by_account", LimitScope.ACCOUNT, 10, 900)
# A class or an office behind one address signs in together; one password tried at every account of
# a leaked list does not get far.
SIGN_IN_BY_NETWORK = Limit("sign_in_by_network", LimitScope.NETWORK, 100, 900)
# A password asked for again within a session: the same guessing, so the same number.
PASSWORD_CONFIRMATION = Limit("password_confirmation", LimitScope.ACCOUNT, 10, 900)
# A workshop of forty users registers in one room within an hour.
REGISTER = Limit("register", LimitScope.NETWORK, 60, 3600)
# Mails that a stranger can make us send to one address: five attempts and a spare one.
MAIL_TO_ADDRESS = Limit("mail_to_address", LimitScope.ACCOUNT, 6, 3600)
# And to all addresses together, from one network.
MAIL_BY_NETWORK = Limit("mail_by_network", LimitScope.NETWORK, 60, 3600)
# Tokens of 256 bits cannot be guessed; this only bounds the work.
LINK_TOKEN = Limit("link_token", LimitScope.NETWORK, 60, 900)
# A mail provider sends the one-click request for all its customers, from a few addresses.
UNSUBSCRIBE = Limit("unsubscribe", LimitScope.NETWORK, 600, 900)
# 500 devices behind one address, each waking with three tabs every 15 minutes.
REFRESH = Limit("refresh", LimitScope.NETWORK, 1500, 900)
# A socket reconnects every 0.5 to 30 s in the worst hour, in ten tabs.
SOCKET_TICKET = Limit("socket_ticket", LimitScope.ACCOUNT, 300, 300)
# A user tests reminders, changes something and tests again; each test is a mail.
REMINDER_TEST = Limit("reminder_test", LimitScope.ACCOUNT, 5, 3600)
# A user retries a repaired mailbox a few times; mail servers count refused mails against us.
MAIL_RETRY = Limit("mail_retry", LimitScope.ACCOUNT, 5, 3600)
# A page repeats its subscription whenever it is opened; each time costs some statements.
PUSH_SUBSCRIPTION = Limit("push_subscription", LimitScope.ACCOUNT, 120, 3600)
# An admin writes to single users, not to all of them.
ADMIN_MESSAGE = Limit("admin_message", LimitScope.ACCOUNT, 100, 3600)


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
        """Return when one more attempt is allowed if no other comes; `present` excludes this one."""
        spare = self.limit.max_attempts - 1
        if present <= spare:
            # In this window: as soon as enough of the previous one has slid out of it.
            wait_ms = self.remaining_ms - (spare - present) * self.window_ms // max(1, previous)
        else:
            # In the next window, whose previous one is then the present one.
            wait_ms = self.remaining_ms + self.window_ms - spare * self.window_ms // present
        return max(1, math.ceil(wait_ms / 1000))


class RateLimiter:
    """Counts attempts, in this process and in Redis."""

    def __init__(self, redis: Redis | None, clock: Clock, *, enabled: bool = True) -> None:
        self._redis = redis
        self._clock = clock
        self._enabled = enabled
        # Key → (count, time at which the count no longer matters, as a UNIX timestamp).
        self._local_counts: dict[str, tuple[int, float]] = {}
        self._redis_retry_at = 0.0

    @property
    def local_count_total(self) -> int:
        """The number of counts that this process keeps in memory."""
        return len(self._local_counts)

    async def take(self, limits: Sequence[Limit], account: str, address: str) -> None:
        """Count one attempt against each limit, or against none if any is exceeded.

        Raises RateLimited with the seconds after which to retry.
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
        subject = network(address)
        if limit.scope is LimitScope.ACCOUNT:
            subject = f"{account}|{subject}"
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


def make_rate_limiter(resources: Resources) -> RateLimiter:
    return RateLimiter(resources.redis, resources.clock, enabled=resources.settings.web.rate_limits)


class RequestLimits:
    """The rate limiter for one request, whose client address is known."""

    def __init__(self, limiter: RateLimiter, address: str) -> None:
        self._limiter = limiter
        self._address = address

    async def take(self, *limits: Limit, account: str = "") -> None:
        """Count an attempt, as RateLimiter.take; `account` is an e-mail address or a user id."""
        await self._limiter.take(limits, email_key(account), self._address)

    async def refund(self, *limits: Limit, account: str = "") -> None:
        """Subtract an attempt, as RateLimiter.refund."""
        await self._limiter.refund(limits, email_key(account), self._address)


async def get_request_limits(request: Request, address: ClientAddress) -> RequestLimits:
    return RequestLimits(request.app.state.limiter, address)


Limits = Annotated[RequestLimits, Depends(get_request_limits)]
