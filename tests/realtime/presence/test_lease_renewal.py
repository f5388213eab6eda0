"""How old a lease may get: it is renewed every ten seconds, whatever else happens in its room."""

import random
from collections import defaultdict
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, cast

import pytest
from redis.asyncio import Redis

from realtime.limits import Limits
from realtime.presence.broadcaster import PresenceBroadcaster
from realtime.presence.leases import LeaseStore
from realtime.presence.pending_changes import PendingChanges
from realtime.presence.room import PresenceEntry
from realtime.presence.room_registry import RoomRegistry
from shared.ids import SessionId, StreamId, UserId
from tests.support.realtime.hub_harness import RecordingSubscriber

LIST = StreamId("list1")
TICK_SECONDS = 0.1


@dataclass
class FakeBroker:
    """Hashes, and a clock that is moved by hand. Records when each lease was written."""

    now: float = 1000.0
    hashes: dict[str, dict[bytes, bytes]] = field(default_factory=lambda: defaultdict(dict))
    written_at: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    reads: int = 0

    def pipeline(self, transaction: bool) -> "FakePipeline":
        assert not transaction
        return FakePipeline(self)

    async def publish(self, channel: str, message: bytes) -> None:
        pass


@dataclass
class FakePipeline:
    broker: FakeBroker
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
        for name, value in mapping.items():
            self.broker.hashes[key][name.encode()] = value
            self.broker.written_at[name].append(self.broker.now)
        self.answers.append(len(mapping))

    def pexpire(self, key: str, milliseconds: int) -> None:
        self.answers.append(1)


@pytest.mark.parametrize("seed", range(5))
async def test_no_lease_gets_older_than_the_interval_however_often_the_room_changes(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    broker, chance = FakeBroker(), random.Random(seed)
    for module in ("broadcaster", "leases"):
        monkeypatch.setattr(f"realtime.presence.{module}.monotonic", lambda: broker.now)
    limits, redis = Limits(), cast(Redis, broker)
    remote_changes = PendingChanges(limits)
    registry = RoomRegistry(
        limits, lambda *_: True, lambda _: True, PendingChanges(limits), remote_changes,
        lambda: broker.now,
    )  # fmt: skip
    broadcaster = PresenceBroadcaster(
        redis, limits, registry, remote_changes, LeaseStore(redis, limits), lambda _: None
    )

    def enter(number: int) -> None:
        subscriber = RecordingSubscriber(UserId(f"user{number}"), SessionId("s1"))
        registry.enter(subscriber, LIST, PresenceEntry(b"{}", b"{}", broker.now), None)

    enter(0)
    changes = 0
    for number in range(1, 1200):
        await broadcaster.sync_some()
        broker.now += TICK_SECONDS
        if chance.random() < 0.01:
            enter(number)
        if chance.random() < 0.03:
            registry.mark_changed(LIST)
            changes += 1

    written_at = broker.written_at
    gaps = [after - before for times in written_at.values() for before, after in pairwise(times)]
    assert len(written_at) > 3
    assert max(gaps) <= Limits.renew_seconds + 2 * TICK_SECONDS
    assert all(broker.now - times[-1] <= Limits.renew_seconds + 1 for times in written_at.values())
    # The room changes all the time: that alone is no reason to write a lease, nor is the renewal
    # of one lease a reason to write another.
    assert sum(gaps) / len(gaps) > Limits.renew_seconds / 3
    renewals = 120 / Limits.renew_seconds
    assert broker.reads <= changes + len(written_at) + renewals + 1
