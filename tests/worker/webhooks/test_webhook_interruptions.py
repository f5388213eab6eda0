"""What happens to a webhook while its job runs, and when its job or its secret cannot be used."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from shared import base64url
from shared.members.commands import remove_member
from shared.resources import open_resources
from shared.settings import Settings
from shared.tables.interop.webhooks import WebhookRow
from shared.tables.jobs import JobRow
from shared.webhooks import reencryption
from shared.webhooks.commands import WebhookEdit, delete_webhook, edit_webhook, secret_of
from shared.webhooks.deliveries import replay_from
from tests.support.services.smtp import SmtpServer
from tests.support.settings import changed_settings
from tests.support.worker.webhooks import (
    WebhookScenario,
    after_the_next_request,
    make_webhook,
    open_jobs,
    read_rows,
)


async def test_a_webhook_whose_job_kills_workers_is_disabled(hook: WebhookScenario) -> None:
    await hook.write()
    await hook.worker.sweeper.sweep()
    await hook.worker.wait_for_jobs()
    await hook.write()
    await hook.worker.sweeper.webhook_scan.queue_due()
    [job] = await open_jobs(hook.world.resources)
    async with hook.world.resources.begin() as work:
        await work.connection.execute(
            update(JobRow)
            .where(JobRow.id == job.id)
            .values(state="leased", crashes=2, lease_until=work.now - timedelta(seconds=1))
        )

    await hook.run(times=3)

    assert (await hook.row()).disabled_reason == "crashed"
    assert len(hook.receiver.received) == 1


async def test_a_secret_that_no_key_decrypts_disables_its_webhook(hook: WebhookScenario) -> None:
    async with hook.world.resources.begin() as work:
        broken = base64url.encode(bytes(40))
        await work.connection.execute(update(WebhookRow).values(encrypted_secret=broken))
    await hook.write()

    await hook.run(times=2)

    assert (await hook.row()).disabled_reason == "secret"
    assert await open_jobs(hook.world.resources) == []


async def test_secrets_are_encrypted_anew_with_another_key(
    hook: WebhookScenario, settings: Settings
) -> None:
    before = settings.secrets.signing_keys()[0].decode()
    changed = changed_settings(settings, secret_key="k" * 40, previous_secret_key=before)
    async with open_resources(changed, hook.world.resources.clock) as resources:
        await reencryption.reencrypt_batch(resources)
        row = (await read_rows(resources, WebhookRow))[0]

    assert secret_of([b"k" * 40], row) == hook.webhook.secret


async def test_what_is_disabled_is_said_in_a_mail(hook: WebhookScenario, smtp: SmtpServer) -> None:
    await hook.write()
    hook.receiver.answer(410)

    await hook.run(times=3)

    mails = [mail.body() for mail in smtp.received]
    [said] = [mail for mail in mails if "was disabled" in mail]
    assert "Your webhook “Home” to 127.0.0.1" in said


async def test_a_scan_that_took_long_is_not_repeated_soon(hook: WebhookScenario) -> None:
    scan = hook.worker.sweeper.webhook_scan
    scan.pause_factor = 1_000_000
    await hook.write()

    assert await scan.queue_due()
    await hook.worker.run_once()
    await hook.write()

    assert not await scan.queue_due()
    assert scan.wait > timedelta(seconds=1)


async def test_a_replay_during_a_delivery_is_not_lost(
    hook: WebhookScenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    await hook.write(3)
    await hook.run()
    seqs = hook.receiver.seqs
    await hook.write()

    async def replay() -> None:
        await hook.world.run(replay_from, hook.ben, hook.webhook_id, hook.list_id, seqs[0])

    after_the_next_request(hook, monkeypatch, replay)
    await hook.run()

    newest = seqs[-1] + 1
    assert hook.receiver.seqs == [*seqs, newest, *seqs[1:], newest]


async def test_a_membership_that_ends_during_a_delivery_stops_the_next_one(
    hook: WebhookScenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    await hook.world.run(delete_webhook, hook.ben, hook.webhook_id)
    await make_webhook(hook.world, hook.ana, None, hook.receiver.url)
    await hook.write(3)

    async def remove() -> None:
        await hook.world.run(remove_member, hook.ben, hook.list_id, hook.ana.user_id)

    after_the_next_request(hook, monkeypatch, remove)
    await hook.run(times=2)

    assert len(hook.receiver.received) == 1


async def test_a_webhook_that_is_disabled_during_a_delivery_sends_no_other(
    hook: WebhookScenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    await hook.write(3)

    async def disable() -> None:
        edit = WebhookEdit(frozenset({"is_enabled"}), is_enabled=False)
        await hook.world.run(edit_webhook, hook.ben, hook.webhook_id, edit)

    after_the_next_request(hook, monkeypatch, disable)
    await hook.run(times=2)

    assert len(hook.receiver.received) == 1
