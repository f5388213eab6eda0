"""When the hub stops telling somebody something, and what it says last."""

from shared.contract.events import AccountDisabled, ListDeleted, MemberRemoved, SessionRevoked
from shared.contract.frames import Close
from shared.event_log import Head
from shared.ids import StreamId
from tests.support.realtime.hub_harness import AT, LIST, a_hub


def test_a_fill_needed_no_longer_reads_nothing() -> None:
    at = a_hub()
    at.subscribe(at.attach("ana"), LIST)
    first, second = at.log.commit(LIST), at.log.commit(LIST)
    at.hub.receive([second])
    at.hub.receive([first])

    assert at.hub.start_backfill(LIST) is None


def test_a_removed_person_hears_the_removal_and_nothing_after_it() -> None:
    at = a_hub()
    ana, ben = at.attach("ana"), at.attach("ben")
    at.subscribe(ana, LIST)
    at.subscribe(ben, LIST)
    messages = [at.log.commit(LIST)]
    messages.append(at.log.commit(LIST, MemberRemoved(user_id="ana", reason="removed")))
    messages.append(at.log.commit(LIST))

    at.hub.receive(reversed(messages))

    assert ana.seqs(LIST) == [1, 2]
    assert ana.frames[-1] == {"type": "unsubscribed", "list": LIST, "reason": "removed"}
    assert ben.seqs(LIST) == [1, 2, 3]


def test_a_removal_between_reading_and_attaching_still_ends_delivery() -> None:
    at = a_hub()
    ben, ana = at.attach("ben"), at.attach("ana")
    at.subscribe(ben, LIST)
    at.hub.subscribe(ana, LIST, "e1", 0, re=1)
    [lagging] = at.hub.lagging_subscriptions(ana)
    found = at.log.read(LIST, "e1", 0)
    removal = at.log.commit(LIST, MemberRemoved(user_id="ana", reason="removed"))
    at.hub.receive([removal, at.log.commit(LIST)])

    at.hub.deliver_missed(ana, lagging, found)  # type: ignore[arg-type]

    assert ana.seqs(LIST) == [1]
    assert ana.kinds() == ["subscribed", "event", "unsubscribed"]


def test_a_removal_that_happened_while_a_socket_was_too_slow_ends_delivery_there() -> None:
    at = a_hub()
    ana = at.attach("ana")
    at.subscribe(ana, LIST)
    ana.room = 1
    at.hub.receive([at.log.commit(LIST)])
    at.hub.receive([at.log.commit(LIST, MemberRemoved(user_id="ana", reason="removed"))])
    at.hub.receive([at.log.commit(LIST)])
    assert ana.seqs(LIST) == [1]

    ana.room = 100
    at.resume()

    assert ana.seqs(LIST) == [1, 2]
    assert ana.kinds()[-1] == "unsubscribed"


def test_somebody_removed_and_invited_again_hears_it_all() -> None:
    at = a_hub()
    at.log.commit(LIST)
    at.log.commit(LIST, MemberRemoved(user_id="ana", reason="left"))
    at.log.commit(LIST)
    ana = at.attach("ana")

    at.subscribe(ana, LIST, since=0)
    at.hub.receive([at.log.commit(LIST)])

    assert ana.seqs(LIST) == [1, 2, 3, 4]
    assert "unsubscribed" not in ana.kinds()


def test_a_deleted_list_ends_everybodys_subscription_after_the_event() -> None:
    at = a_hub()
    ana, ben = at.attach("ana"), at.attach("ben")
    at.subscribe(ana, LIST)
    at.subscribe(ben, LIST)

    at.hub.receive(
        [at.log.commit(LIST, ListDeleted(list_id=LIST, deleted_at=AT)), at.log.commit(LIST)]
    )

    for subscriber in (ana, ben):
        assert subscriber.seqs(LIST) == [1]
        assert subscriber.frames[-1]["reason"] == "deleted"


def test_a_stranger_and_a_random_id_are_answered_alike() -> None:
    at = a_hub()
    ana = at.attach("ana")

    at.hub.subscribe(ana, LIST, "e1", 0, re=7)
    at.resume(members=["ben"])
    at.hub.subscribe(ana, StreamId("list2"), "e1", 0, re=7)
    at.resume()

    real, random = ana.frames
    assert real | {"list": "…"} == random | {"list": "…"}
    assert real["code"] == "not_found"


def test_a_revoked_session_is_closed_and_only_that() -> None:
    at = a_hub()
    phone, laptop = at.attach("ana", "phone"), at.attach("ana", "laptop")
    stream = StreamId("user:ana")

    at.hub.receive([at.log.commit(stream, SessionRevoked(session_ids=["phone"]))])

    assert (phone.closed, laptop.closed) == (Close.REFUSED, None)


def test_a_disabled_account_is_closed_everywhere() -> None:
    at = a_hub()
    subscribers = [at.attach("ana", "phone"), at.attach("ana", "laptop"), at.attach("ben")]

    at.hub.receive([at.log.commit(StreamId("user:ana"), AccountDisabled())])

    assert [subscriber.closed for subscriber in subscribers] == [Close.REFUSED, Close.REFUSED, None]


def test_a_revocation_that_no_ring_told_is_found_by_the_sweep() -> None:
    at = a_hub()
    ana = at.attach("ana")
    at.log.commit(StreamId("user:ana"), SessionRevoked(session_ids=["s1"]))

    at.hub.heads(at.hub.watched(), {StreamId("user:ana"): at.log.head(StreamId("user:ana"))})
    at.fill()

    assert ana.closed is Close.REFUSED


def test_a_new_epoch_resets_everybody() -> None:
    at = a_hub()
    ana = at.attach("ana")
    at.log.commit(LIST)
    at.subscribe(ana, LIST)
    at.log.open(LIST, "e2")

    at.hub.heads(at.hub.watched(), {stream: at.log.head(stream) for stream in at.log.epochs})
    at.fill()

    assert ana.frames[-1] == {
        "type": "reset", "list": LIST, "epoch": "e2", "seq": 0, "reason": "epoch",
    }  # fmt: skip
    at.subscribe(ana, LIST, 0, "e2")
    at.hub.receive([at.log.commit(LIST)])
    assert ana.seqs(LIST) == [1, 1]


def test_a_list_that_is_no_longer_in_the_database_is_unsubscribed() -> None:
    at = a_hub()
    ana = at.attach("ana")
    at.subscribe(ana, LIST)
    person = StreamId("user:ana")

    at.hub.heads(at.hub.watched(), {person: at.log.head(person)})

    assert ana.frames[-1] == {"type": "unsubscribed", "list": LIST, "reason": "deleted"}
    assert ana.closed is None


def test_a_history_cut_short_under_the_same_epoch_is_reset() -> None:
    at = a_hub()
    ana = at.attach("ana")
    at.log.commit(LIST)
    at.subscribe(ana, LIST)
    at.log.events[LIST].clear()
    heads: dict[StreamId, Head] = {stream: at.log.head(stream) for stream in at.log.epochs}

    at.hub.heads(at.hub.watched(), heads)
    at.fill()

    assert ana.frames[-1]["reason"] == "ahead"
