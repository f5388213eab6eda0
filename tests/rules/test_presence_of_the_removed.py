"""Whoever may not read a list any more is not seen in it either, however far behind they are."""

import pytest

from realtime.limits import Limits
from realtime.presence.room import Lease, Seen
from realtime.presence.rooms import Presence
from shared.contract.events import MemberRemoved
from shared.event_log import EventPage
from shared.ids import SessionId, UserId
from tests.support.realtime.hub_harness import LIST, HubOnLog, RecordingSubscriber, a_hub


@pytest.fixture
def at() -> HubOnLog:
    return a_hub()


@pytest.fixture
def presence(at: HubOnLog) -> Presence:
    """The hub's watcher, on a node that is alone."""
    one = Presence(
        Limits(), at.hub.is_authorized, lambda subscriber: True, lambda: None, lambda: 0.0
    )
    at.hub.observer = one
    one.be_alone(True)
    return one


def say(presence: Presence, subscriber: RecordingSubscriber, mood: str) -> None:
    user, state = f'{{"id":"{subscriber.user_id}"}}', f'{{"mood":"{mood}"}}'
    presence.say(subscriber, LIST, Seen(user.encode(), state.encode(), 0.0), None)


def one_who_is_here_and_one_who_catches_up(
    at: HubOnLog,
) -> tuple[RecordingSubscriber, RecordingSubscriber]:
    """The second has got the first of three missed events, and was seen to be a member."""
    ana, ben = at.attach("ana"), at.attach("ben")
    for _ in range(3):
        at.log.commit(LIST)
    at.subscribe(ana, LIST)
    at.hub.subscribe(ben, LIST, "e1", 0, re=1)
    [lagging] = at.hub.lagging_subscriptions(ben)
    page = at.log.read(LIST, "e1", 0, limit=1)
    assert isinstance(page, EventPage)
    at.hub.deliver_missed(ben, lagging, page)
    return ana, ben


def remove(at: HubOnLog, subscriber: RecordingSubscriber) -> None:
    event = MemberRemoved(user_id=subscriber.user_id, reason="removed")
    at.hub.receive([at.log.commit(LIST, event)])


def named_in(subscriber: RecordingSubscriber, kind: str) -> list[str]:
    return [
        one["user"]["id"]
        for frame in subscriber.frames
        if frame["type"] == kind
        for one in frame["users"]
    ]


def test_whoever_is_removed_while_catching_up_is_neither_seen_nor_told_of_anybody(
    at: HubOnLog, presence: Presence
) -> None:
    ana, ben = one_who_is_here_and_one_who_catches_up(at)
    say(presence, ana, "calm")
    say(presence, ben, "calm")
    presence.tell()
    assert "ben" in named_in(ana, "presence")

    remove(at, ben)
    ana.frames.clear()
    ben.frames.clear()
    say(presence, ben, "cross")
    say(presence, ana, "glad")
    presence.tell()

    assert at.hub.is_authorized(ben, LIST) is False
    assert ben.frames == []
    assert "ben" not in named_in(ana, "joined")
    assert [one["users"] for one in ana.frames if one["type"] == "left"] == [["ben"]]


def test_whoever_is_removed_while_catching_up_still_hears_up_to_the_removal(
    at: HubOnLog, presence: Presence
) -> None:
    _, ben = one_who_is_here_and_one_who_catches_up(at)

    remove(at, ben)
    say(presence, ben, "cross")
    at.hub.receive([at.log.commit(LIST)])
    at.resume()
    presence.tell()

    assert ben.seqs(LIST) == [1, 2, 3, 4]
    assert ben.frames[-1] == {"type": "unsubscribed", "list": LIST, "reason": "removed"}
    assert presence.places_of(ben) == set()
    assert LIST not in presence.rooms


def test_a_reading_older_than_the_removal_lets_nobody_in(at: HubOnLog, presence: Presence) -> None:
    ana, ben = at.attach("ana"), at.attach("ben")
    at.log.commit(LIST)
    at.subscribe(ana, LIST)
    at.hub.subscribe(ben, LIST, "e1", 0, re=1)
    [lagging] = at.hub.lagging_subscriptions(ben)
    before = at.log.read(LIST, "e1", 0)
    assert isinstance(before, EventPage)

    remove(at, ben)
    say(presence, ben, "cross")
    ben.room = 0
    at.hub.deliver_missed(ben, lagging, before)

    assert at.hub.is_authorized(ben, LIST) is not True
    assert not presence.is_here(ben, LIST)


def test_whoever_was_removed_and_invited_again_before_they_were_looked_up_is_seen(
    at: HubOnLog, presence: Presence
) -> None:
    ana, ben = at.attach("ana"), at.attach("ben")
    at.log.commit(LIST)
    at.subscribe(ana, LIST)
    at.hub.subscribe(ben, LIST, "e1", 0, re=1)

    remove(at, ben)
    say(presence, ben, "glad")
    at.hub.receive([at.log.commit(LIST)])
    at.resume()

    assert ben.seqs(LIST) == [1, 2, 3]
    assert presence.is_here(ben, LIST)


def on_another_node(presence: Presence, said_at: float) -> None:
    """Another node lends Ben, as it has since he said that he is here."""
    seen, place = Seen(b'{"id":"ben"}', b"{}", said_at), ("other node", UserId("ben"))
    presence.believe(LIST, {place: Lease(seen, 30.0)})
    presence.tell()


def test_whoever_is_removed_is_gone_at_once_though_another_node_has_not_heard_of_it(
    at: HubOnLog, presence: Presence
) -> None:
    ana, ben = at.attach("ana"), RecordingSubscriber(UserId("ben"), SessionId("s2"))
    at.subscribe(ana, LIST)
    say(presence, ana, "calm")
    on_another_node(presence, -1.0)
    assert "ben" in named_in(ana, "joined") + named_in(ana, "presence")
    ana.frames.clear()

    remove(at, ben)
    presence.tell()
    on_another_node(presence, -1.0)

    assert [one["users"] for one in ana.frames if one["type"] == "left"] == [["ben"]]
    assert named_in(ana, "joined") == []


def test_whoever_is_invited_again_and_comes_by_another_node_is_seen(
    at: HubOnLog, presence: Presence
) -> None:
    ana, ben = at.attach("ana"), RecordingSubscriber(UserId("ben"), SessionId("s2"))
    at.subscribe(ana, LIST)
    say(presence, ana, "calm")
    on_another_node(presence, -1.0)
    remove(at, ben)
    presence.tell()
    ana.frames.clear()

    on_another_node(presence, 1.0)

    assert named_in(ana, "joined") == ["ben"]
