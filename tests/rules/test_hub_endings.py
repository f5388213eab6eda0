"""When the hub stops sending to a subscriber, and what it sends last."""

import pytest

from shared.contract.events import AccountDisabled, ListDeleted, MemberRemoved, SessionRevoked
from shared.contract.frames import Close
from shared.ids import StreamId
from tests.support.realtime.hub_harness import AT, LIST, HubHarness, hub_with_list


@pytest.fixture
def at() -> HubHarness:
    return hub_with_list()


def test_a_backfill_that_is_no_longer_needed_reads_nothing(at: HubHarness) -> None:
    at.subscribe(at.attach("ana"), LIST)
    first, second = at.log.commit(LIST), at.log.commit(LIST)
    at.hub.receive([second])
    at.hub.receive([first])

    assert at.hub.start_backfill(LIST) is None


def test_a_removed_user_gets_the_removal_and_nothing_after_it(at: HubHarness) -> None:
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


def test_a_removal_between_the_read_and_its_delivery_still_ends_the_subscription(
    at: HubHarness,
) -> None:
    ben, ana = at.attach("ben"), at.attach("ana")
    at.subscribe(ben, LIST)
    at.start_subscribing(ana, LIST)
    page = at.log.read_page(LIST)
    removal = at.log.commit(LIST, MemberRemoved(user_id="ana", reason="removed"))
    at.hub.receive([removal, at.log.commit(LIST)])

    at.deliver_missed(ana, page)

    assert ana.seqs(LIST) == [1]
    assert ana.kinds() == ["subscribed", "event", "unsubscribed"]


def test_a_removal_while_a_socket_was_too_slow_ends_its_subscription(at: HubHarness) -> None:
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


def test_a_user_who_was_removed_and_invited_again_gets_all_events(at: HubHarness) -> None:
    at.log.commit(LIST)
    at.log.commit(LIST, MemberRemoved(user_id="ana", reason="left"))
    at.log.commit(LIST)
    ana = at.attach("ana")

    at.subscribe(ana, LIST, since=0)
    at.hub.receive([at.log.commit(LIST)])

    assert ana.seqs(LIST) == [1, 2, 3, 4]
    assert "unsubscribed" not in ana.kinds()


def test_a_deleted_list_ends_all_subscriptions_after_the_event(at: HubHarness) -> None:
    ana, ben = at.attach("ana"), at.attach("ben")
    at.subscribe(ana, LIST)
    at.subscribe(ben, LIST)

    at.hub.receive(
        [at.log.commit(LIST, ListDeleted(list_id=LIST, deleted_at=AT)), at.log.commit(LIST)]
    )

    for subscriber in (ana, ben):
        assert subscriber.seqs(LIST) == [1]
        assert subscriber.frames[-1]["reason"] == "deleted"


def test_a_stranger_s_list_and_a_random_id_are_answered_alike(at: HubHarness) -> None:
    ana = at.attach("ana")

    at.hub.subscribe(ana, LIST, "e1", 0, request_id=7)
    at.resume(members=["ben"])
    at.hub.subscribe(ana, StreamId("list2"), "e1", 0, request_id=7)
    at.resume()

    real, random = ana.frames
    assert real | {"list": "…"} == random | {"list": "…"}
    assert real["code"] == "not_found"


def test_a_revoked_session_is_closed_and_no_other(at: HubHarness) -> None:
    phone, laptop = at.attach("ana", "phone"), at.attach("ana", "laptop")
    stream = StreamId("user:ana")

    at.hub.receive([at.log.commit(stream, SessionRevoked(session_ids=["phone"]))])

    assert (phone.closed, laptop.closed) == (Close.REFUSED, None)


def test_all_sessions_of_a_disabled_account_are_closed(at: HubHarness) -> None:
    phone, laptop, ben = at.attach("ana", "phone"), at.attach("ana", "laptop"), at.attach("ben")

    at.hub.receive([at.log.commit(StreamId("user:ana"), AccountDisabled())])

    assert [phone.closed, laptop.closed, ben.closed] == [Close.REFUSED, Close.REFUSED, None]


def test_a_revocation_whose_message_was_lost_is_found_by_the_head_check(at: HubHarness) -> None:
    ana = at.attach("ana")
    at.log.commit(StreamId("user:ana"), SessionRevoked(session_ids=["s1"]))

    at.check_heads()
    at.backfill()

    assert ana.closed is Close.REFUSED


def test_a_new_epoch_resets_all_subscribers(at: HubHarness) -> None:
    ana = at.attach("ana")
    at.log.commit(LIST)
    at.subscribe(ana, LIST)
    at.log.open(LIST, "e2")

    at.check_heads()
    at.backfill()

    assert ana.frames[-1] == {
        "type": "reset", "list": LIST, "epoch": "e2", "seq": 0, "reason": "epoch",
    }  # fmt: skip
    at.subscribe(ana, LIST, 0, "e2")
    at.hub.receive([at.log.commit(LIST)])
    assert ana.seqs(LIST) == [1, 1]


def test_a_list_that_is_no_longer_in_the_database_is_unsubscribed(at: HubHarness) -> None:
    ana = at.attach("ana")
    at.subscribe(ana, LIST)
    own = StreamId("user:ana")

    at.hub.compare_heads(at.hub.positions(), {own: at.log.head(own)})

    assert ana.frames[-1] == {"type": "unsubscribed", "list": LIST, "reason": "deleted"}
    assert ana.closed is None


def test_a_history_cut_short_under_the_same_epoch_is_reset(at: HubHarness) -> None:
    ana = at.attach("ana")
    at.log.commit(LIST)
    at.subscribe(ana, LIST)
    at.log.events[LIST].clear()

    at.check_heads()
    at.backfill()

    assert ana.frames[-1]["reason"] == "ahead"
