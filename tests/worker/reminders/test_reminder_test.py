"""A test of one's reminders: a mail by the way every reminder goes, and news of how it went."""

import pytest

from shared.contract.shapes import ReminderTestShape
from shared.ids import user_stream
from shared.reminders.reminder_test import send_test_reminder
from shared.tables.accounts import UserRow
from tests.support.services.smtp import SmtpServer
from tests.support.worker.job_builder import JobBuilder
from tests.support.worker.worker_harness import WorkerHarness
from tests.support.world_builder import World


async def test_the_mail_arrives_and_the_screen_says_so(
    world: World, builder: JobBuilder, worker: WorkerHarness, smtp: SmtpServer
) -> None:
    ana = await world.user("Ana", time_zone="Asia/Tokyo")
    test: ReminderTestShape = await world.run(send_test_reminder, ana)

    for _ in range(2):
        await worker.run_once()

    [mail] = smtp.received
    assert mail.subject == "Your reminders arrive"
    assert "(Asia/Tokyo)" in mail.body()
    news = [one["data"]["test"] for one in await world.events(user_stream(ana.user_id))]
    assert [(one["id"], one["state"]) for one in news] == [
        (test.id, "sending"), (test.id, "sent"),
    ]  # fmt: skip


@pytest.mark.parametrize(("status", "states"), [("disabled", ["sending", "cancelled"])])
async def test_an_account_that_is_disabled_meanwhile_gets_none(
    world: World,
    builder: JobBuilder,
    worker: WorkerHarness,
    smtp: SmtpServer,
    status: str,
    states: list[str],
) -> None:
    ana = await world.user("Ana")
    await world.run(send_test_reminder, ana)
    await builder.update_row(UserRow, ana.user_id, status=status)

    await worker.run_once()

    assert smtp.received == []
    news = [one["data"]["test"] for one in await world.events(user_stream(ana.user_id))]
    assert [one["state"] for one in news] == states
    assert news[-1]["detail"].startswith("Not sent: ")
