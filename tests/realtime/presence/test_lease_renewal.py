"""How old a lease may get: renewed every ten seconds, whatever else happens in its room."""

import random
from collections import defaultdict
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, cast

import pytest
from redis.asyncio import Redis

from realtime.limits import Limits
from realtime.presence.broadcaster import Exchange
from realtime.presence.room import Seen
from realtime.presence.rooms import Presence
from shared.ids import SessionId, StreamId, UserId
from tests.support.realtime.hub_harness import RecordingSubscriber

LIST = StreamId("list1")
TICK_SECONDS = 0.1


@dataclass
class Broker:
    """In place of Valkey: hashes, a clock that is moved by hand; who was lent when, what was read."""

    now: float = 1000.0
    hashes: dict[str, dict[bytes, bytes]] = field(default_factory=lambda: defaultdict(dict))
    lent: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    reads: int = 0

    def pipeline(self, transaction: bool) -> "Pipeline":
        assert not transaction
        return Pipeline(self)

    async def publish(self, channel: str, message: bytes) -> None:
        pass


@dataclass
class Pipeline:
    broker: Broker
    answers: list[Any] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.answers)

    async def execute(self) -> list[Any]:
        return self.answers

    def hgetall(self, key: str) -> None:
        self.broker.reads += 1
        self.answers.append(dict(self.broker.hashes[key]))

    def time(self) -> None:
        seconds, part = divmod(self.broker.now, 1)
        self.answers.append((int(seconds), int(part * 1e6)))

    def hset(self, key: str, mapping: dict[str, bytes]) -> None:
        for place, value in mapping.items():
            self.broker.hashes[key][place.encode()] = value
            self.broker.lent[place].append(self.broker.now)
        self.answers.append(len(mapping))

    def pexpire(self, key: str, milliseconds: int) -> None:
        self.answers.append(1)


@pytest.mark.parametrize("seed", range(5))
async def test_no_lease_grows_older_than_a_turn_whoever_else_comes_in_or_looks(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    broker, chance = Broker(), random.Random(seed)
    for module in ("broadcaster", "leases"):
        monkeypatch.setattr(f"realtime.presence.{module}.monotonic", lambda: broker.now)
    presence = Presence(Limits(), lambda *_: True, lambda _: True, lambda: None, lambda: broker.now)
    exchange = Exchange(cast(Redis, broker), Limits(), presence, lambda _: None)

    def come(number: int) -> None:
        subscriber = RecordingSubscriber(UserId(f"user{number}"), SessionId("s1"))
        presence.say(subscriber, LIST, Seen(b"{}", b"{}", broker.now), None)

    come(0)
    looks = 0
    for number in range(1, 1200):
        await exchange.exchange_some()
        broker.now += TICK_SECONDS
        if chance.random() < 0.01:
            come(number)
        if chance.random() < 0.03:
            presence.touch(LIST)
            looks += 1

    gaps = [after - before for times in broker.lent.values() for before, after in pairwise(times)]
    assert len(broker.lent) > 3
    assert max(gaps) <= Limits.renew_seconds + 2 * TICK_SECONDS
    assert all(broker.now - times[-1] <= Limits.renew_seconds + 1 for times in broker.lent.values())
    # Others look at it all the time: that alone is no reason to write, nor is a turn one for another.
    assert sum(gaps) / len(gaps) > Limits.renew_seconds / 3
    turns = 120 / Limits.renew_seconds
    assert broker.reads <= looks + len(broker.lent) + turns + 1
