"""Rate limits: how often what may be tried, and by whom.

A limit counts in two windows, the present and the one before, so that it slides:

    used = count(present) + count(before) × the part of it that the sliding window still covers

Counts are kept in Redis, shared by every process, and always in this process as well: with Redis
away a limit is per process, and never open. What one network uses up is missing to that network
alone, so nobody can lock an owner out from elsewhere. Counts stand apart from the database: they
survive a transaction that is rolled back.
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

# As for the doorbell: nobody waits long for a broker that is away.
REDIS_TIMEOUT_SECONDS = 0.2
PAUSE_SECONDS = 1.0
# About 20 MB of counts in a process without Redis. When they are more, those of windows gone by
# are dropped, and if all are of the present, the smallest: never those near their limit.
MOST_COUNTS = 100_000

log = logging.getLogger(__name__)


class By(StrEnum):
    """Whom a limit counts. Always the network too, so that it never reaches an owner elsewhere."""

    ACCOUNT = "account"
    NETWORK = "network"


@dataclass(frozen=True)
class Limit:
    name: str
    by: By
    most: int
    seconds: int


# A person who is not sure which password it was tries five or six; a guesser gets 40 an hour.
SIGN_IN = Limit("sign_in", By.ACCOUNT, 10, 900)
# A class or an office behind one address signs in together; one password tried at every account of
# a leaked list does not get far.
SIGN_INS = Limit("sign_ins", By.NETWORK, 100, 900)
# A password shown again by whoever holds a session: the same guessing, the same number.
CONFIRM = Limit("confirm", By.ACCOUNT, 10, 900)
# A workshop of forty registers in one room within an hour.
REGISTER = Limit("register", By.NETWORK, 60, 3600)
# Mails that a stranger can make us send to one address: as many as five attempts and a spare.
MAIL = Limit("mail", By.ACCOUNT, 6, 3600)
# And to all addresses together, from one network.
MAILS = Limit("mails", By.NETWORK, 60, 3600)
# Tokens of 256 bits are not guessed; this only bounds the work.
LINK = Limit("link", By.NETWORK, 60, 900)
# A mail provider presses the button for all its customers, from a few addresses.
UNSUBSCRIBE = Limit("unsubscribe", By.NETWORK, 600, 900)
# 500 devices behind one address, each waking with three tabs every 15 minutes.
REFRESH = Limit("refresh", By.NETWORK, 1500, 900)
# A socket reconnects every 0.5 to 30 s in the worst hour, in ten tabs.
TICKET = Limit("ticket", By.ACCOUNT, 300, 300)
# Whether reminders arrive is tried, mended and tried again; and it is a mail each time.
REMINDER_TEST = Limit("reminder_test", By.ACCOUNT, 5, 3600)
# Whether a mended mailbox takes mail is tried a few times; a mail server that keeps refusing counts it
# against us.
TRY_MAIL = Limit("try_mail", By.ACCOUNT, 5, 3600)
# A page says it again whenever it is opened; each time costs some statements.
SUBSCRIBE = Limit("subscribe", By.ACCOUNT, 120, 3600)
# An admin writes to people, not to the world.
NOTIFY = Limit("notify", By.ACCOUNT, 100, 3600)


@dataclass(frozen=True)
class _Count:
    """One count to take from: a limit, for somebody, in the present window.

    In whole milliseconds: with fractions, who waits as told could come a rounding too early.
    """

    limit: Limit
    key: str
    key_before: str
    left: int

    @property
    def window(self) -> int:
        return self.limit.seconds * 1000

    def is_used_up(self, present: int, before: int) -> bool:
        """Tells whether `present`, this attempt included, is more than allowed."""
        used = present * self.window + before * self.left
        return used > self.limit.most * self.window

    def seconds_until_free(self, present: int, before: int) -> int:
        """When one more would be allowed, if nobody takes in between; `present` without this one."""
        spare = self.limit.most - 1
        if present <= spare:
            # Within this window: as soon as enough of the one before has slid out of it.
            wait = self.left - (spare - present) * self.window // max(1, before)
        else:
            # In the next, of which the present window then is the one before.
            wait = self.left + self.window - spare * self.window // present
        return max(1, math.ceil(wait / 1000))


class Limiter:
    """The counts of one process, and its way to those of all."""

    def __init__(self, redis: Redis | None, clock: Clock, *, enabled: bool = True) -> None:
        self._redis = redis
        self._clock = clock
        self._enabled = enabled
        self._counts: dict[str, tuple[int, float]] = {}
        self._silent_until = 0.0

    async def take(self, limits: Sequence[Limit], account: str, address: str) -> None:
        """One attempt is counted against each limit, or, if any is used up, against none.

        Raises RateLimited, telling when to come back.
        """
        if not self._enabled:
            return
        counts = [self._count(limit, account, address) for limit in limits]
        found = await self._add_in_redis(counts, 1)
        here = self._add_here(counts, 1)
        # Those of this process are part of those of all; alone they count when Redis is away.
        waits = [
            count.seconds_until_free(present - 1, before)
            for numbers in (found, here)
            for count, (present, before) in zip(counts, numbers, strict=False)
            if count.is_used_up(present, before)
        ]
        if waits:
            # A refused attempt is not counted: who keeps trying is let in as soon as who waits.
            await self._give_back(counts)
            raise RateLimited(max(waits))

    async def give_back(self, limits: Sequence[Limit], account: str, address: str) -> None:
        """An attempt that turned out to be the owner's is not counted."""
        if self._enabled:
            await self._give_back([self._count(limit, account, address) for limit in limits])

    async def _give_back(self, counts: Sequence[_Count]) -> None:
        self._add_here(counts, -1)
        await self._add_in_redis(counts, -1)

    def _count(self, limit: Limit, account: str, address: str) -> _Count:
        whom = network(address)
        if limit.by is By.ACCOUNT:
            whom = f"{account}|{whom}"
        # Hashed: Redis need not know who tries to sign in.
        hashed = hashlib.sha256(whom.encode("utf-8", "replace")).hexdigest()[:32]
        window = limit.seconds * 1000
        number, passed = divmod(int(self._clock.now().timestamp() * 1000), window)
        prefix = f"livelist:limit:{limit.name}:{hashed}"
        return _Count(limit, f"{prefix}:{number}", f"{prefix}:{number - 1}", window - passed)

    async def _add_in_redis(self, counts: Sequence[_Count], by: int) -> list[tuple[int, int]]:
        """Returns present and previous counts, in one round trip; nothing when Redis is away."""
        if self._redis is None or monotonic() < self._silent_until:
            return []
        try:
            async with asyncio.timeout(REDIS_TIMEOUT_SECONDS):
                pipeline = self._redis.pipeline(transaction=True)
                for count in counts:
                    pipeline.incrby(count.key, by)
                    # Until it is no longer the one before.
                    pipeline.expire(count.key, 2 * count.limit.seconds)
                    pipeline.get(count.key_before)
                answers = await pipeline.execute()
        except (RedisError, OSError, TimeoutError) as error:
            self._silent_until = monotonic() + PAUSE_SECONDS
            log.warning("limits are counted in this process alone: %s", type(error).__name__)
            return []
        return [(int(answers[i]), int(answers[i + 2] or 0)) for i in range(0, len(answers), 3)]

    def _add_here(self, counts: Sequence[_Count], by: int) -> list[tuple[int, int]]:
        if len(self._counts) >= MOST_COUNTS:
            self._make_room()
        numbers = []
        now = self._clock.now().timestamp()
        for count in counts:
            present, _ = self._counts.get(count.key, (0, 0.0))
            self._counts[count.key] = (present + by, now + 2 * count.limit.seconds)
            before, _ = self._counts.get(count.key_before, (0, 0.0))
            numbers.append((present + by, before))
        return numbers

    def _make_room(self) -> None:
        now = self._clock.now().timestamp()
        alive = {key: kept for key, kept in self._counts.items() if kept[1] > now}
        if len(alive) >= MOST_COUNTS:
            largest = sorted(alive.items(), key=lambda item: item[1][0], reverse=True)
            alive = dict(largest[: MOST_COUNTS // 2])
        self._counts = alive


def make_limiter(resources: Resources) -> Limiter:
    return Limiter(resources.redis, resources.clock, enabled=resources.settings.rate_limits)


class Caller:
    """The limits as one request meets them: from where it comes is known."""

    def __init__(self, limiter: Limiter, address: str) -> None:
        self._limiter = limiter
        self._address = address

    async def take(self, *limits: Limit, account: str = "") -> None:
        """As Limiter.take, for this caller; `account` is an address or an id."""
        await self._limiter.take(limits, email_key(account), self._address)

    async def give_back(self, *limits: Limit, account: str = "") -> None:
        await self._limiter.give_back(limits, email_key(account), self._address)


async def get_caller(request: Request, address: ClientAddress) -> Caller:
    return Caller(request.app.state.limiter, address)


Limits = Annotated[Caller, Depends(get_caller)]
