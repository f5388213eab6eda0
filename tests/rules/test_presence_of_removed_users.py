"""A user who may no longer read a list is not shown in it, however far their socket lags."""

from dataclasses import dataclass

import pytest

from realtime.limits import Limits
from realtime.presence.pending_changes import DiscardedChanges, PendingChanges
from realtime.presence.room import Lease, PresenceEntry
from realtime.presence.room_registry import RoomRegistry
from realtime.streams.subscription_table import SubscriptionTable
from shared.contract.events import MemberRemoved
from shared.ids import SessionId, UserId
from tests.support.realtime.hub_harness import LIST, HubHarness, RecordingSubscriber


@dataclass
class Node:
    """A hub and its rooms, on a node that reaches no other."""

    at: HubHarness
    registry: RoomRegistry

    def enter(self, subscriber: RecordingSubscriber, mood: str) -> None:
        user, state = f'{{"id":"{subscriber.user_id}"}}', f'{{"mood":"{mood}"}}'
        entry = PresenceEntry(user.encode(), state.encode(), 0.0)
        self.registry.enter(subscriber, LIST, entry, None)

    def remove(self, subscriber: RecordingSubscriber) -> None:
        event = MemberRemoved(user_id=subscriber.user_id, reason="removed")
        self.at.hub.receive([self.at.log.commit(LIST, event)])

    def apply_remote_lease_of_ben(self, set_at: float) -> None:
        """Apply a lease that another node has written since Ben entered there."""
        entry, key = PresenceEntry(b'{"id":"ben"}', b"{}", set_at), ("other node", UserId("ben"))
        self.registry.apply_remote_leases(LIST, {key: Lease(entry, 30.0)})
        self.registry.send_changes()


@pytest.fixture
def node() -> Node:
    limits, subscriptions = Limits(), SubscriptionTable()
    registry = RoomRegistry(
        limits, subscriptions.is_authorized, lambda subscriber: True,
        PendingChanges(limits), DiscardedChanges(limits), lambda: 0.0,
    )  # fmt: skip
    registry.set_isolated(True)
    at = HubHarness(subscriptions, registry)
    at.log.open(LIST)
    return Node(at, registry)


def current_and_lagging(node: Node) -> tuple[RecordingSubscriber, RecordingSubscriber]:
    """Return two subscribers of a list with three events.

    The second was seen to be a member, and has got the first event.
    """
    ana, ben = node.at.attach("ana"), node.at.attach("ben")
    for _ in range(3):
        node.at.log.commit(LIST)
    node.at.subscribe(ana, LIST)
    node.at.start_subscribing(ben, LIST)
    node.at.deliver_missed(ben, node.at.log.read_page(LIST, limit=1))
    return ana, ben


def users_in(subscriber: RecordingSubscriber, kind: str) -> list[str]:
    """Return the users named in the frames of a kind."""
    frames = [frame for frame in subscriber.frames if frame["type"] == kind]
    return [user["user"]["id"] for frame in frames for user in frame["users"]]


def lefts_in(subscriber: RecordingSubscriber) -> list[list[str]]:
    return [frame["users"] for frame in subscriber.frames if frame["type"] == "left"]


def test_a_lagging_user_who_is_removed_is_not_shown_and_gets_no_presence(node: Node) -> None:
    ana, ben = current_and_lagging(node)
    node.enter(ana, "calm")
    node.enter(ben, "calm")
    node.registry.send_changes()
    assert "ben" in users_in(ana, "presence")

    node.remove(ben)
    ana.frames.clear()
    ben.frames.clear()
    node.enter(ben, "cross")
    node.enter(ana, "glad")
    node.registry.send_changes()

    assert node.at.subscriptions.is_authorized(ben, LIST) is False
    assert ben.frames == []
    assert "ben" not in users_in(ana, "joined")
    assert lefts_in(ana) == [["ben"]]


def test_a_lagging_user_who_is_removed_still_gets_the_events_up_to_the_removal(node: Node) -> None:
    _, ben = current_and_lagging(node)

    node.remove(ben)
    node.enter(ben, "cross")
    node.at.hub.receive([node.at.log.commit(LIST)])
    node.at.resume()
    node.registry.send_changes()

    assert ben.seqs(LIST) == [1, 2, 3, 4]
    assert ben.frames[-1] == {"type": "unsubscribed", "list": LIST, "reason": "removed"}
    assert node.registry.streams_of(ben) == set()
    assert LIST not in node.registry.rooms


def test_a_read_older_than_the_removal_authorizes_nobody(node: Node) -> None:
    ana, ben = node.at.attach("ana"), node.at.attach("ben")
    node.at.log.commit(LIST)
    node.at.subscribe(ana, LIST)
    node.at.start_subscribing(ben, LIST)
    page = node.at.log.read_page(LIST)

    node.remove(ben)
    node.enter(ben, "cross")
    ben.room = 0
    node.at.deliver_missed(ben, page)

    assert node.at.subscriptions.is_authorized(ben, LIST) is not True
    assert not node.registry.is_present(ben, LIST)


def test_a_user_who_was_removed_and_invited_again_before_the_read_is_shown(node: Node) -> None:
    ana, ben = node.at.attach("ana"), node.at.attach("ben")
    node.at.log.commit(LIST)
    node.at.subscribe(ana, LIST)
    node.at.start_subscribing(ben, LIST)

    node.remove(ben)
    node.enter(ben, "glad")
    node.at.hub.receive([node.at.log.commit(LIST)])
    node.at.resume()

    assert ben.seqs(LIST) == [1, 2, 3]
    assert node.registry.is_present(ben, LIST)


def test_a_removed_user_is_gone_at_once_though_another_node_still_has_a_lease(node: Node) -> None:
    ana, ben = node.at.attach("ana"), RecordingSubscriber(UserId("ben"), SessionId("s2"))
    node.at.subscribe(ana, LIST)
    node.enter(ana, "calm")
    node.apply_remote_lease_of_ben(-1.0)
    assert "ben" in users_in(ana, "joined") + users_in(ana, "presence")
    ana.frames.clear()

    node.remove(ben)
    node.registry.send_changes()
    node.apply_remote_lease_of_ben(-1.0)

    assert lefts_in(ana) == [["ben"]]
    assert users_in(ana, "joined") == []


def test_a_user_who_is_invited_again_and_enters_on_another_node_is_shown(node: Node) -> None:
    ana, ben = node.at.attach("ana"), RecordingSubscriber(UserId("ben"), SessionId("s2"))
    node.at.subscribe(ana, LIST)
    node.enter(ana, "calm")
    node.apply_remote_lease_of_ben(-1.0)
    node.remove(ben)
    node.registry.send_changes()
    ana.frames.clear()

    node.apply_remote_lease_of_ben(1.0)

    assert users_in(ana, "joined") == ["ben"]
