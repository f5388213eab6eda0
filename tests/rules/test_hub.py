"""The hub's rules, one by one. test_hub_oracle.py looks for what these forget."""

from realtime.streams.stream_state import RECENT_FRAMES, REORDER_BUFFER_FRAMES, EventMessage
from shared.ids import Epoch, StreamId
from tests.support.realtime.hub_harness import LIST, a_hub


def test_frames_that_ring_out_of_order_are_sent_in_order() -> None:
    at = a_hub()
    ana = at.attach("ana")
    at.subscribe(ana, LIST)
    first, second, third = (at.log.commit(LIST) for _ in range(3))

    for message in (third, second, first, second):
        at.hub.receive([message])

    assert ana.seqs(LIST) == [1, 2, 3]


def test_a_lost_ring_is_waited_for_then_filled() -> None:
    at = a_hub()
    ana = at.attach("ana")
    at.subscribe(ana, LIST)
    at.log.commit(LIST)
    at.hub.receive([at.log.commit(LIST)])
    assert ana.seqs(LIST) == []
    assert 0 < at.fills[LIST] <= 0.05

    at.fill()

    assert ana.seqs(LIST) == [1, 2]


def test_more_than_64_held_frames_are_not_waited_for() -> None:
    at = a_hub()
    ana = at.attach("ana")
    at.subscribe(ana, LIST)
    messages = [at.log.commit(LIST) for _ in range(REORDER_BUFFER_FRAMES + 10)]

    at.hub.receive(messages[1:])

    assert at.fills[LIST] == 0
    at.fill()
    assert ana.seqs(LIST) == list(range(1, REORDER_BUFFER_FRAMES + 11))


def test_a_frame_too_large_for_the_doorbell_is_read_at_once() -> None:
    at = a_hub()
    ana = at.attach("ana")
    at.subscribe(ana, LIST)
    message = at.log.commit(LIST)

    at.hub.receive([EventMessage(message.stream, message.epoch, message.seq, None)])

    assert at.fills[LIST] == 0
    at.fill()
    assert ana.seqs(LIST) == [1]


def test_a_ring_for_what_was_never_written_does_not_ask_for_ever() -> None:
    at = a_hub()
    ana = at.attach("ana")
    at.subscribe(ana, LIST)

    at.hub.receive([EventMessage(LIST, Epoch("e1"), 10**6, b'{"type":"event","event":"x"}')])
    at.hub.receive([EventMessage(LIST, Epoch("e1"), 10**7, None)])
    at.fill()

    assert at.hub.start_backfill(LIST) is None
    at.hub.receive([at.log.commit(LIST)])
    assert ana.seqs(LIST) == [1]


def test_a_client_ahead_of_the_hub_makes_the_hub_catch_up_and_hears_nothing_twice() -> None:
    at = a_hub()
    ben = at.attach("ben")
    at.subscribe(ben, LIST)
    for _ in range(5):
        at.log.commit(LIST)
    ana = at.attach("ana")

    at.subscribe(ana, LIST, since=3)
    at.fill()
    at.hub.receive([at.log.commit(LIST)])

    assert ben.seqs(LIST) == [1, 2, 3, 4, 5, 6]
    assert ana.seqs(LIST) == [4, 5, 6]


def test_a_client_ahead_of_the_hub_is_not_reset_when_only_the_hub_s_past_is_trimmed() -> None:
    at = a_hub()
    ben = at.attach("ben")
    at.subscribe(ben, LIST)
    for _ in range(5):
        at.log.commit(LIST)
    ana = at.attach("ana")
    at.subscribe(ana, LIST, since=4)
    at.log.floors[LIST] = 3

    at.fill()
    at.resume()
    at.hub.receive([at.log.commit(LIST)])

    assert ben.kinds()[-1] == "reset"
    assert "reset" not in ana.kinds()
    assert ana.seqs(LIST) == [5, 6]


def test_what_rings_while_a_socket_reads_is_sent_after_what_it_read() -> None:
    at = a_hub()
    ben, ana = at.attach("ben"), at.attach("ana")
    at.subscribe(ben, LIST)
    at.log.commit(LIST)
    at.hub.subscribe(ana, LIST, "e1", 0, re=1)
    [lagging] = at.hub.lagging_subscriptions(ana)
    found = at.log.read(LIST, "e1", 0)
    at.hub.receive([at.log.commit(LIST), at.log.commit(LIST)])
    at.fill()

    at.hub.deliver_missed(ana, lagging, found)  # type: ignore[arg-type]

    assert ana.seqs(LIST) == [1, 2, 3]
    assert ana.kinds() == ["event", "subscribed", "event", "event"]
    assert at.hub.lagging_subscriptions(ana) == []


def test_a_socket_that_read_too_slowly_for_what_is_remembered_reads_again() -> None:
    at = a_hub()
    ben, ana = at.attach("ben"), at.attach("ana")
    at.subscribe(ben, LIST)
    at.hub.subscribe(ana, LIST, "e1", 0, re=1)
    [lagging] = at.hub.lagging_subscriptions(ana)
    found = at.log.read(LIST, "e1", 0)
    at.hub.receive([at.log.commit(LIST) for _ in range(RECENT_FRAMES + 1)])
    at.fill()

    at.hub.deliver_missed(ana, lagging, found)  # type: ignore[arg-type]
    assert ana.seqs(LIST) == []
    at.resume()
    at.hub.receive([at.log.commit(LIST)])

    assert ana.seqs(LIST) == list(range(1, RECENT_FRAMES + 3))


def test_since_equal_to_the_head_is_answered_at_once() -> None:
    at = a_hub()
    at.log.commit(LIST)
    ana = at.attach("ana")

    at.subscribe(ana, LIST, since=1)

    assert ana.frames == [{"type": "subscribed", "re": 1, "list": LIST, "epoch": "e1", "seq": 1}]


def test_nobody_is_reset_for_a_past_that_the_hub_left_behind_while_it_was_read() -> None:
    at = a_hub()
    ana = at.attach("ana")
    at.subscribe(ana, LIST)
    messages = [at.log.commit(LIST) for _ in range(4)]
    at.hub.receive(messages[3:])
    position = at.hub.start_backfill(LIST)
    assert position is not None

    at.hub.receive(messages[:3])
    at.log.floors[LIST] = 2
    at.hub.finish_backfill(LIST, position, at.log.read(LIST, position.epoch, position.seq))
    at.fill()
    at.hub.receive([at.log.commit(LIST)])

    assert ana.seqs(LIST) == [1, 2, 3, 4, 5]
    assert [one["type"] for one in ana.frames if one["type"] == "reset"] == []


def test_trimmed_other_epoch_and_beyond_the_head_are_reset() -> None:
    at = a_hub()
    for _ in range(10):
        at.log.commit(LIST)
    at.log.floors[LIST] = 4
    ana = at.attach("ana")

    for since, epoch in ((3, "e1"), (4, "e1"), (5, "e1"), (5, "e0"), (11, "e1")):
        at.subscribe(ana, LIST, since, epoch)

    resets = [one["reason"] for one in ana.frames if one["type"] == "reset"]
    answered = [one["seq"] for one in ana.frames if one["type"] == "subscribed"]
    assert resets == ["trimmed", "epoch", "ahead"]
    assert answered == [10, 10]


def test_the_sweep_finds_what_no_ring_told() -> None:
    at = a_hub()
    ana = at.attach("ana")
    at.subscribe(ana, LIST)
    at.log.commit(LIST)

    at.hub.heads(at.hub.watched(), {stream: at.log.head(stream) for stream in at.log.epochs})
    at.fill()

    assert ana.seqs(LIST) == [1]


def test_a_full_socket_steps_aside_on_all_its_lists_and_comes_back_complete() -> None:
    at = a_hub()
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


def test_nothing_is_kept_of_sockets_that_are_gone() -> None:
    at = a_hub()
    ana = at.attach("ana")
    at.subscribe(ana, LIST)

    at.hub.detach(ana)

    assert at.hub.watched() == {}
    assert at.hub.count_subscribers(ana.user_id) == 0


def test_heads_of_a_ping_leave_out_what_is_still_being_read() -> None:
    at = a_hub()
    other = StreamId("list2")
    at.log.open(other)
    ana = at.attach("ana")
    at.log.commit(LIST)
    at.subscribe(ana, LIST)
    at.hub.subscribe(ana, other, "e1", 0, re=2)

    assert at.hub.heads_for(ana) == {LIST: 1}


def test_a_sweep_older_than_the_line_changes_nothing() -> None:
    at = a_hub()
    ana = at.attach("ana")
    at.subscribe(ana, LIST)
    watched = at.hub.watched()
    old = {stream: at.log.head(stream) for stream in at.log.epochs}
    at.hub.receive([at.log.commit(LIST)])
    at.fills.clear()

    at.hub.heads(watched, old)

    assert at.hub.start_backfill(LIST) is None
