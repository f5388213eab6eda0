"""A webhook sends what happens in its lists: signed, in order, at least once, and nothing else."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from shared import event_log
from shared.contract.shapes import Role
from shared.ids import list_stream, user_stream
from shared.members.commands import change_role, join_list, remove_member
from shared.tables.accounts import UserRow
from shared.tables.interop.webhook_cursors import WebhookCursorRow
from shared.tables.interop.webhook_deliveries import WebhookDeliveryRow
from shared.tables.interop.webhooks import WebhookRow
from shared.tables.streams import EventRow, StreamRow
from shared.webhooks.commands import WebhookEdit, delete_webhook, edit_webhook
from shared.webhooks.deliveries import replay_delivery, replay_from, request_test
from shared.webhooks.rules import MAX_DELIVERIES
from tests.support.services.webhook_receiver import verify
from tests.support.worker.table_rows import count_rows
from tests.support.worker.webhooks import (
    WebhookScenario,
    add_todos,
    make_webhook,
    open_jobs,
    read_rows,
)
from worker.webhooks import recording


async def test_events_arrive_in_order_signed_and_byte_for_byte_as_on_the_socket(
    hook: WebhookScenario,
) -> None:
    await hook.write(3)

    await hook.run()

    async with hook.world.resources.begin_read() as read:
        frames = await read.connection.execute(
            select(EventRow.seq, EventRow.frame)
            .where(EventRow.stream_id == hook.list_id)
            .order_by(EventRow.seq.desc())
            .limit(3)
        )
        expected = [(row.seq, row.frame.encode()) for row in frames][::-1]
    assert [request.body for request in hook.receiver.received] == [frame for _, frame in expected]
    assert hook.receiver.seqs == [seq for seq, _ in expected]
    assert all(verify(hook.webhook.secret, request) for request in hook.receiver.received)
    first = hook.receiver.received[0].headers
    epoch = first["livelist-seq"].split(":")[1]
    assert first["webhook-id"] == f"msg_{hook.list_id}_{epoch}_{expected[0][0]}"
    assert first["content-type"] == "application/json"
    assert (await hook.row()).last_delivered_at is not None
    assert await open_jobs(hook.world.resources) == []


async def test_a_failed_event_is_sent_again_with_its_id_before_those_behind_it(
    hook: WebhookScenario,
) -> None:
    await hook.write(2)
    hook.receiver.answer(500, 503)

    await hook.run(times=3)

    first, second, third, fourth = hook.receiver.ids
    assert first == second == third != fourth
    assert [(row.state, row.attempts) for row in await hook.log()] == [
        ("delivered", 3), ("delivered", 1),
    ]  # fmt: skip
    row = await hook.row()
    assert (row.failures, row.failing_since, row.last_error) == (0, None, "")


async def test_a_webhook_of_chosen_events_gets_no_other_and_passes_over_them(
    hook: WebhookScenario,
) -> None:
    edit = WebhookEdit(frozenset({"events"}), events=["list.edited"])
    await hook.world.run(edit_webhook, hook.ben, hook.webhook_id, edit)
    await hook.write(2)

    await hook.run()

    assert hook.receiver.received == []
    async with hook.world.resources.begin_read() as read:
        heads = await event_log.read_heads(read.connection, [list_stream(hook.list_id)])
        assert (
            await read.connection.scalar(select(WebhookCursorRow.seq))
            == heads[list_stream(hook.list_id)].seq
        )


async def test_a_receiver_that_is_gone_is_disabled_and_its_maker_is_mailed(
    hook: WebhookScenario,
) -> None:
    await hook.write(2)
    hook.receiver.answer(410)

    await hook.run(times=3)

    assert len(hook.receiver.received) == 1
    assert (await hook.row()).disabled_reason == "gone"
    assert await open_jobs(hook.world.resources) == []


async def test_a_receiver_that_is_gone_is_disabled_by_a_test_too(hook: WebhookScenario) -> None:
    await hook.world.run(request_test, hook.ben, hook.webhook_id)
    hook.receiver.answer(410)

    await hook.run(times=2)

    assert len(hook.receiver.received) == 1
    assert (await hook.row()).disabled_reason == "gone"
    assert await open_jobs(hook.world.resources) == []


async def test_a_receiver_that_fails_for_days_is_disabled(hook: WebhookScenario) -> None:
    await hook.write()
    hook.receiver.answer(500, 500)
    await hook.run()
    async with hook.world.resources.begin() as work:
        since = work.now - timedelta(days=3)
        await work.connection.execute(update(WebhookRow).values(failing_since=since))

    await hook.run(times=2)

    assert len(hook.receiver.received) == 2
    row = await hook.row()
    assert (row.disabled_reason, row.failures) == ("failing", 2)


async def test_an_enabled_webhook_goes_on_where_it_stopped(hook: WebhookScenario) -> None:
    await hook.write()
    hook.receiver.answer(410)
    await hook.run()

    await hook.world.run(
        edit_webhook, hook.ben, hook.webhook_id, WebhookEdit(frozenset({"is_enabled"}))
    )
    await hook.run()

    assert len(set(hook.receiver.ids)) == 1
    assert len(hook.receiver.ids) == 2


async def test_trimmed_events_are_told_by_a_gap(hook: WebhookScenario) -> None:
    await hook.write(3)
    async with hook.world.resources.begin() as work:
        heads = await work.lock_streams([list_stream(hook.list_id)])
        head = heads[list_stream(hook.list_id)].seq
        await event_log.trim(work.connection, list_stream(hook.list_id), head - 1)

    await hook.run()

    gap, event = hook.receiver.bodies
    assert (gap["type"], gap["reason"], gap["list"]) == ("gap", "trimmed", hook.list_id)
    assert (gap["from_seq"], gap["through_seq"]) == (head - 2, head - 1)
    assert event["seq"] == head


async def test_a_restored_backup_is_told_by_a_gap(hook: WebhookScenario) -> None:
    async with hook.world.resources.begin() as work:
        await work.connection.execute(
            update(StreamRow).where(StreamRow.id == hook.list_id).values(epoch="restored")
        )
    await hook.run()
    await hook.write()

    await hook.run()

    gap, event = hook.receiver.bodies
    assert (gap["type"], gap["reason"], gap["epoch"]) == ("gap", "epoch", "restored")
    assert event["event"] == "todo.created"


async def test_nothing_is_sent_of_a_list_whose_membership_ended(hook: WebhookScenario) -> None:
    of_list = await make_webhook(hook.world, hook.ana, None, hook.receiver.url)
    await hook.write()

    await hook.world.run(remove_member, hook.ben, hook.list_id, hook.ana.user_id)
    await hook.run()

    # The event from before the removal waited, and is not sent to Ana either.
    sent_by_ben = [body["event"] for body in hook.receiver.bodies]
    assert sent_by_ben == ["todo.created", "member.removed"]
    async with hook.world.resources.begin_read() as read:
        left = await read.connection.scalars(select(WebhookCursorRow.webhook_id))
        assert of_list.id not in list(left)


async def test_the_webhook_of_a_list_ends_with_the_membership_of_its_maker(
    hook: WebhookScenario,
) -> None:
    await hook.world.run(change_role, hook.ben, hook.list_id, hook.ana.user_id, Role.OWNER)
    await hook.world.run(remove_member, hook.ana, hook.list_id, hook.ben.user_id)

    await hook.run()

    assert hook.receiver.received == []
    assert await count_rows(hook.world.resources, WebhookRow) == 0


async def test_the_webhook_of_a_list_pauses_while_its_maker_is_no_owner_or_disabled(
    hook: WebhookScenario,
) -> None:
    await hook.world.run(change_role, hook.ben, hook.list_id, hook.ana.user_id, Role.OWNER)
    await hook.run()
    before = len(hook.receiver.received)
    await hook.world.run(change_role, hook.ana, hook.list_id, hook.ben.user_id, Role.EDITOR)
    await hook.run()
    async with hook.world.resources.begin() as work:
        await work.connection.execute(
            update(UserRow).where(UserRow.id == hook.ben.user_id).values(status="disabled")
        )
    await hook.world.run(change_role, hook.ana, hook.list_id, hook.ben.user_id, Role.OWNER)

    await hook.run()

    assert len(hook.receiver.received) == before


@pytest.mark.parametrize("wrong", [timedelta(minutes=-1), timedelta(minutes=1)])
async def test_a_webhook_of_an_account_sends_a_list_that_was_joined_later_from_the_joining_on(
    hook: WebhookScenario, wrong: timedelta
) -> None:
    await hook.world.run(delete_webhook, hook.ben, hook.webhook_id)
    await make_webhook(hook.world, hook.ana, None, hook.receiver.url)
    garden = await hook.world.list(hook.ben, name="Garden")
    await add_todos(hook.world, hook.ben, garden)
    async with hook.world.resources.begin() as work:
        await work.lock_streams([list_stream(garden), user_stream(hook.ana.user_id)])
        # Written by another host, whose clock may be ahead.
        await work.connection.execute(
            update(EventRow)
            .where(EventRow.stream_id == garden, EventRow.event == "todo.created")
            .values(at=work.now + wrong)
        )
        await join_list(work, hook.ana, garden, Role.VIEWER)
    await add_todos(hook.world, hook.ben, garden)

    await hook.run(times=2)

    assert [body["event"] for body in hook.receiver.bodies] == ["member.added", "todo.created"]


async def test_a_test_is_sent_at_once_although_the_webhook_waits_for_a_retry(
    hook: WebhookScenario,
) -> None:
    hook.worker.webhooks.pause_seconds = lambda failures: 3600.0
    await hook.write()
    hook.receiver.answer(500)
    await hook.worker.run_once()
    await hook.worker.run_once()
    assert len(hook.receiver.received) == 1

    await hook.world.run(request_test, hook.ben, hook.webhook_id)
    await hook.worker.run_once()

    assert [body["type"] for body in hook.receiver.bodies][1] == "test"
    kinds = [(row.kind, row.state) for row in await hook.log()]
    assert ("test", "delivered") in kinds


async def test_a_delivery_is_sent_again_with_the_same_id(hook: WebhookScenario) -> None:
    await hook.write()
    await hook.run()
    [delivery] = await hook.log()

    await hook.world.run(replay_delivery, hook.ben, hook.webhook_id, delivery.id)
    await hook.run()

    assert len(hook.receiver.ids) == 2
    assert len(set(hook.receiver.ids)) == 1
    assert [row.kind for row in await hook.log()] == ["event", "replay"]


async def test_events_after_a_position_are_sent_again_in_order(hook: WebhookScenario) -> None:
    await hook.write(3)
    await hook.run()
    seqs = hook.receiver.seqs

    await hook.world.run(replay_from, hook.ben, hook.webhook_id, hook.list_id, seqs[0])
    await hook.run()

    assert hook.receiver.seqs == [*seqs, *seqs[1:]]


async def test_one_webhook_has_one_open_job_however_often_workers_look(
    hook: WebhookScenario,
) -> None:
    await hook.write(2)
    for _ in range(3):
        await hook.worker.sweeper.webhook_scan.queue_due()

    assert len(await open_jobs(hook.world.resources)) == 1
    await hook.run()
    assert len(hook.receiver.received) == 2


async def test_the_log_keeps_the_newest_deliveries(hook: WebhookScenario) -> None:
    await hook.write(3)
    await hook.run()

    async with hook.world.resources.begin() as work:
        await recording.trim_log(work, hook.webhook_id)
    assert len(await read_rows(hook.world.resources, WebhookDeliveryRow)) == 3 <= MAX_DELIVERIES
