"""What is asked of a webhook while a request of it is on its way, or while it is disabled."""

import pytest
from sqlalchemy import select

from shared.accounts.authentication.sessions import revoke_all_sessions
from shared.errors import Unauthenticated
from shared.ids import WebhookId, user_stream
from shared.members.commands import remove_member
from shared.tables.interop.webhooks import WebhookRow
from shared.webhooks import scheduling
from shared.webhooks.commands import WebhookEdit, delete_webhook, edit_webhook, replace_secret
from shared.webhooks.deliveries import replay_delivery, replay_from, request_test
from tests.support.services.webhook_receiver import verify
from tests.support.worker.webhooks import (
    WebhookScenario,
    add_todos,
    after_the_next_request,
    make_webhook,
    open_jobs,
)
from worker.webhooks import recording


async def test_a_secret_that_is_replaced_during_a_delivery_signs_the_next_one(
    hook: WebhookScenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = hook.world.resources.settings.secrets.signing_keys()
    secrets: list[str] = []
    await hook.write(3)

    async def replace() -> None:
        shape = await hook.world.run(replace_secret, hook.ben, hook.webhook_id, keys)
        secrets.append(shape.secret)

    after_the_next_request(hook, monkeypatch, replace)
    await hook.run(times=2)

    first, *later = hook.receiver.received
    assert verify(hook.webhook.secret, first)
    assert len(later) == 2
    assert all(verify(secrets[0], request) for request in later)


async def test_events_that_are_chosen_during_a_delivery_hold_for_the_next_one(
    hook: WebhookScenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    await hook.write(3)

    async def choose() -> None:
        edit = WebhookEdit(frozenset({"events"}), events=["list.edited"])
        await hook.world.run(edit_webhook, hook.ben, hook.webhook_id, edit)

    after_the_next_request(hook, monkeypatch, choose)
    await hook.run(times=2)

    assert len(hook.receiver.received) == 1


async def test_a_membership_that_ends_stops_repetitions_that_wait(
    hook: WebhookScenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    await hook.world.run(delete_webhook, hook.ben, hook.webhook_id)
    of_account = WebhookId((await make_webhook(hook.world, hook.ana, None, hook.receiver.url)).id)
    await hook.write(3)
    await hook.run()
    for row in await hook.log():
        await hook.world.run(replay_delivery, hook.ana, of_account, row.id)

    async def remove() -> None:
        await hook.world.run(remove_member, hook.ben, hook.list_id, hook.ana.user_id)

    after_the_next_request(hook, monkeypatch, remove)
    await hook.run(times=2)

    assert len(hook.receiver.received) == 3 + 1


async def test_a_test_that_is_asked_for_during_a_failing_delivery_waits_for_no_pause(
    hook: WebhookScenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    hook.worker.webhooks.pause_seconds = lambda failures: 3600.0
    await hook.write()
    hook.receiver.answer(500)

    async def ask() -> None:
        await hook.world.run(request_test, hook.ben, hook.webhook_id)

    after_the_next_request(hook, monkeypatch, ask)
    for _ in range(3):
        await hook.worker.run_once()

    assert [body["type"] for body in hook.receiver.bodies] == ["event", "test", "event"]


async def test_a_replay_during_a_failing_delivery_waits_for_no_pause(
    hook: WebhookScenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    hook.worker.webhooks.pause_seconds = lambda failures: 3600.0
    await hook.write(2)
    await hook.run()
    seqs = hook.receiver.seqs
    await hook.write()
    hook.receiver.answer(500)

    async def replay() -> None:
        await hook.world.run(replay_from, hook.ben, hook.webhook_id, hook.list_id, seqs[0])

    after_the_next_request(hook, monkeypatch, replay)
    for _ in range(3):
        await hook.worker.run_once()

    assert hook.receiver.seqs == [*seqs, seqs[1] + 1, seqs[1], seqs[1] + 1]


async def test_a_job_that_another_worker_adds_during_a_scan_is_the_only_one(
    hook: WebhookScenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    await hook.write()
    await hook.worker.sweeper.webhook_scan.queue_due()
    before_the_job = select(WebhookRow.id, WebhookRow.user_id)
    monkeypatch.setattr(scheduling, "_LOCK_DUE", before_the_job)

    async with hook.world.resources.begin() as work:
        added = await scheduling.queue_due(work)

    assert added == 0
    assert len(await open_jobs(hook.world.resources)) == 1


async def test_a_webhook_that_is_enabled_from_now_skips_lists_that_were_joined_before(
    hook: WebhookScenario,
) -> None:
    await hook.world.run(delete_webhook, hook.ben, hook.webhook_id)
    of_account = WebhookId((await make_webhook(hook.world, hook.ana, None, hook.receiver.url)).id)
    fields = frozenset({"is_enabled"})
    disable = WebhookEdit(fields, is_enabled=False)
    await hook.world.run(edit_webhook, hook.ana, of_account, disable)
    garden = await hook.world.list(hook.ana, name="Garden")
    await add_todos(hook.world, hook.ana, garden)

    enable = WebhookEdit(fields, is_enabled=True, from_now=True)
    await hook.world.run(edit_webhook, hook.ana, of_account, enable)
    await add_todos(hook.world, hook.ana, garden)
    await hook.run(times=2)

    assert [body["event"] for body in hook.receiver.bodies] == ["todo.created"]


async def test_a_session_that_a_reset_ended_does_not_enable_a_webhook(
    hook: WebhookScenario,
) -> None:
    fields = frozenset({"is_enabled"})
    await hook.world.run(
        edit_webhook, hook.ben, hook.webhook_id, WebhookEdit(fields, is_enabled=False)
    )
    async with hook.world.resources.begin() as work:
        await work.lock_streams([user_stream(hook.ben.user_id)])
        await revoke_all_sessions(work, None, hook.ben.user_id)

    with pytest.raises(Unauthenticated):
        await hook.world.run(
            edit_webhook, hook.ben, hook.webhook_id, WebhookEdit(fields, is_enabled=True)
        )


async def test_the_log_of_a_webhook_for_which_something_always_waits_is_bounded(
    hook: WebhookScenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording, "MAX_DELIVERIES", 2)
    await hook.write(4)
    hook.receiver.answer(200, 200, 200, 500)

    await hook.run()

    assert [row.state for row in await hook.log()] == ["delivered", "failed"]
