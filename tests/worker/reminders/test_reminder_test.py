"""The test reminder: a mail sent like every reminder, with events that show its outcome."""

import pytest

from shared.contract.shapes import ReminderTestShape
from shared.ids import user_stream
from shared.reminders.reminder_test import send_test_reminder
from shared.tables.accounts import UserRow
from tests.support.services.smtp import SmtpServer
from tests.support.worker.job_builder import JobBuilder
from tests.support.worker.worker_harness import WorkerHarness
from tests.support.world_builder import World


async def test_the_mail_arrives_and_an_event_says_so(
    world: World, builder: JobBuilder, worker: WorkerHarness, smtp: SmtpServer
) -> None:
    ana = await world.user("Ana", time_zone="Asia/Tokyo")
    started: ReminderTestShape = await world.run(send_test_reminder, ana)

    for _ in range(2):
        await worker.run_once()

    [mail] = smtp.received
    assert mail.subject == "Your reminders arrive"
    assert "(Asia/Tokyo)" in mail.body()
    tests = [event["data"]["test"] for event in await world.events(user_stream(ana.user_id))]
    assert [(test["id"], test["state"]) for test in tests] == [
        (started.id, "sending"), (started.id, "sent"),
    ]  # fmt: skip


@pytest.mark.parametrize(("status", "states"), [("disabled", ["sending", "cancelled"])])
async def test_an_account_disabled_meanwhile_gets_no_test_reminder(
    world: World,
    builder: JobBuilder,
    worker: WorkerHarness,
    smtp: SmtpServer,
    status: str,
    states: list[str],
) -> None:
    ana = await world.user("Ana")
    await world.run(send_test_reminder, ana)
    await builder.update_row(UserRow, ana.user_id, status=status, language="de")

    await worker.run_once()

    assert smtp.received == []
    tests = [event["data"]["test"] for event in await world.events(user_stream(ana.user_id))]
    assert [test["state"] for test in tests] == states
    assert tests[-1]["detail"] == "Nicht gesendet: the account is not active."
