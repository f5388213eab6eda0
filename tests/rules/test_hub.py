"""Each rule of the hub by an example. test_hub_oracle.py checks random runs against an oracle."""

import pytest

from realtime.streams.stream_state import RECENT_FRAMES, REORDER_BUFFER_FRAMES
from shared.ids import Epoch, StreamId
from shared.pubsub import EventMessage
from tests.support.realtime.hub_harness import LIST, HubHarness, hub_with_list


@pytest.fixture
def at() -> HubHarness:
    return hub_with_list()


def test_frames_that_arrive_out_of_order_are_sent_in_order(at: HubHarness) -> None:
    ana = at.attach("ana")
    at.subscribe(ana, LIST)
    first, second, third = (at.log.commit(LIST) for _ in range(3))

    for message in (third, second, first, second):
        at.hub.receive([message])

    assert ana.seqs(LIST) == [1, 2, 3]


def test_a_lost_message_is_waited_for_then_backfilled(at: HubHarness) -> None:
    ana = at.attach("ana")
    at.subscribe(ana, LIST)
    at.log.commit(LIST)
    at.hub.receive([at.log.commit(LIST)])
    assert ana.seqs(LIST) == []
    assert 0 < at.backfills[LIST] <= 0.05

    at.backfill()

    assert ana.seqs(LIST) == [1, 2]


def test_more_than_64_buffered_frames_are_not_waited_for(at: HubHarness) -> None:
    ana = at.attach("ana")
    at.subscribe(ana, LIST)
    messages = [at.log.commit(LIST) for _ in range(REORDER_BUFFER_FRAMES + 10)]

    at.hub.receive(messages[1:])

    assert at.backfills[LIST] == 0
    at.backfill()
    assert ana.seqs(LIST) == list(range(1, REORDER_BUFFER_FRAMES + 11))


def test_a_frame_too_large_for_a_message_is_read_at_once(at: HubHarness) -> None:
    ana = at.attach("ana")
    at.subscribe(ana, LIST)
    message = at.log.commit(LIST)

    at.hub.receive([EventMessage(message.stream, message.epoch, message.seq, None)])

    assert at.backfills[LIST] == 0
    at.backfill()
    assert ana.seqs(LIST) == [1]


def test_a_message_of_an_event_that_was_never_committed_is_not_backfilled_for_ever(
    at: HubHarness,
) -> None:
    ana = at.attach("ana")
    at.subscribe(ana, LIST)

    at.hub.receive([EventMessage(LIST, Epoch("e1"), 10**6, b'{"type":"event","event":"x"}')])
    at.hub.receive([EventMessage(LIST, Epoch("e1"), 10**7, None)])
    at.backfill()

    assert at.hub.start_backfill(LIST) is None
    at.hub.receive([at.log.commit(LIST)])
    assert ana.seqs(LIST) == [1]


def test_a_client_ahead_of_the_hub_makes_the_hub_catch_up_and_gets_nothing_twice(
    at: HubHarness,
) -> None:
    ben = at.attach("ben")
    at.subscribe(ben, LIST)
    for _ in range(5):
        at.log.commit(LIST)
    ana = at.attach("ana")

    at.subscribe(ana, LIST, since=3)
    at.backfill()
    at.hub.receive([at.log.commit(LIST)])

    assert ben.seqs(LIST) == [1, 2, 3, 4, 5, 6]
    assert ana.seqs(LIST) == [4, 5, 6]


def test_a_client_ahead_of_the_hub_is_not_reset_when_only_the_hub_s_position_is_trimmed(
    at: HubHarness,
) -> None:
    ben = at.attach("ben")
    at.subscribe(ben, LIST)
    for _ in range(5):
        at.log.commit(LIST)
    ana = at.attach("ana")
    at.subscribe(ana, LIST, since=4)
    at.log.floors[LIST] = 3

    at.backfill()
    at.resume()
    at.hub.receive([at.log.commit(LIST)])

    assert ben.kinds()[-1] == "reset"
    assert "reset" not in ana.kinds()
    assert ana.seqs(LIST) == [5, 6]


def test_what_arrives_during_a_read_is_sent_after_what_was_read(at: HubHarness) -> None:
    ben, ana = at.attach("ben"), at.attach("ana")
    at.subscribe(ben, LIST)
    at.log.commit(LIST)
    at.start_subscribing(ana, LIST)
    page = at.log.read_page(LIST)
    at.hub.receive([at.log.commit(LIST), at.log.commit(LIST)])
    at.backfill()

    at.deliver_missed(ana, page)

    assert ana.seqs(LIST) == [1, 2, 3]
    assert ana.kinds() == ["event", "subscribed", "event", "event"]
    assert at.hub.lagging_subscriptions(ana) == []


def test_a_read_too_slow_for_the_recent_frames_is_followed_by_another(at: HubHarness) -> None:
    ben, ana = at.attach("ben"), at.attach("ana")
    at.subscribe(ben, LIST)
    at.start_subscribing(ana, LIST)
    page = at.log.read_page(LIST)
    at.hub.receive([at.log.commit(LIST) for _ in range(RECENT_FRAMES + 1)])
    at.backfill()

    at.deliver_missed(ana, page)
    assert ana.seqs(LIST) == []
    at.resume()
    at.hub.receive([at.log.commit(LIST)])

    assert ana.seqs(LIST) == list(range(1, RECENT_FRAMES + 3))


def test_since_equal_to_the_head_is_answered_at_once(at: HubHarness) -> None:
    at.log.commit(LIST)
    ana = at.attach("ana")

    at.subscribe(ana, LIST, since=1)

    assert ana.frames == [{"type": "subscribed", "re": 1, "list": LIST, "epoch": "e1", "seq": 1}]


def test_no_reset_for_trimmed_events_that_the_hub_got_past_during_the_read(at: HubHarness) -> None:
    ana = at.attach("ana")
    at.subscribe(ana, LIST)
    messages = [at.log.commit(LIST) for _ in range(4)]
    at.hub.receive(messages[3:])
    start = at.hub.start_backfill(LIST)
    assert start is not None

    at.hub.receive(messages[:3])
    at.log.floors[LIST] = 2
    at.hub.finish_backfill(LIST, start, at.log.read(LIST, start.epoch, start.seq))
    at.backfill()
    at.hub.receive([at.log.commit(LIST)])

    assert ana.seqs(LIST) == [1, 2, 3, 4, 5]
    assert "reset" not in ana.kinds()


def test_trimmed_other_epoch_and_beyond_the_head_are_reset(at: HubHarness) -> None:
    for _ in range(10):
        at.log.commit(LIST)
    at.log.floors[LIST] = 4
    ana = at.attach("ana")

    for since, epoch in ((3, "e1"), (4, "e1"), (5, "e1"), (5, "e0"), (11, "e1")):
        at.subscribe(ana, LIST, since, epoch)

    resets = [frame["reason"] for frame in ana.frames if frame["type"] == "reset"]
    answered = [frame["seq"] for frame in ana.frames if frame["type"] == "subscribed"]
    assert resets == ["trimmed", "epoch", "ahead"]
    assert answered == [10, 10]


def test_the_head_check_finds_an_event_whose_message_was_lost(at: HubHarness) -> None:
    ana = at.attach("ana")
    at.subscribe(ana, LIST)
    at.log.commit(LIST)

    at.check_heads()
    at.backfill()

    assert ana.seqs(LIST) == [1]


def test_a_full_socket_lags_on_all_its_lists_and_misses_nothing(at: HubHarness) -> None:
    other = StreamId("list2")
    at.log.open(other)
    ana, ben = at.attach("ana"), at.attach("ben")
    for stream in (LIST, other):
        at.subscribe(ana, stream)
        at.subscribe(ben, stream)
    ana.room = 2
    for _ in range(5):
        at.hub.receive([at.log.commit(LIST), at.log.commit(other)])
    assert len(ana.seqs(LIST) + ana.seqs(other)) == 2
    assert ben.seqs(LIST) == [1, 2, 3, 4, 5]

    ana.room = 100
    at.resume()

    assert ana.seqs(LIST) == ana.seqs(other) == [1, 2, 3, 4, 5]


def test_nothing_is_kept_of_sockets_that_are_gone(at: HubHarness) -> None:
    ana = at.attach("ana")
    at.subscribe(ana, LIST)

    at.hub.detach(ana)

    assert at.hub.positions() == {}
    assert at.subscriptions.sessions_of(ana.user_id) == {}


def test_the_heads_of_a_ping_leave_out_lagging_subscriptions(at: HubHarness) -> None:
    other = StreamId("list2")
    at.log.open(other)
    ana = at.attach("ana")
    at.log.commit(LIST)
    at.subscribe(ana, LIST)
    at.start_subscribing(ana, other)

    assert at.subscriptions.heads_for(ana) == {LIST: 1}


def test_a_head_check_older_than_the_position_changes_nothing(at: HubHarness) -> None:
    ana = at.attach("ana")
    at.subscribe(ana, LIST)
    positions, old_heads = at.hub.positions(), at.log.heads()
    at.hub.receive([at.log.commit(LIST)])
    at.backfills.clear()

    at.hub.compare_heads(positions, old_heads)

    assert at.hub.start_backfill(LIST) is None
