"""Mails that are due together share transactions; a mail that fails affects no other."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from shared.actor import Actor
from shared.ids import user_stream
from shared.tables.jobs import JobRow
from shared.tables.reminders import ReminderRow
from tests.support.features.list_builder import recorded_statements
from tests.support.services.smtp import Moment, SmtpServer
from tests.support.worker.job_builder import JobBuilder
from tests.support.worker.worker_harness import WorkerHarness
from tests.support.world_builder import World
from worker.jobs import batcher, executor
from worker.mail.renderer import EmailMessage
from worker.reminders import reminder_email

# To fire fifty reminders, mail them and record that. One mail alone takes twenty statements.
MAX_STATEMENTS_PER_MAIL = 1.6


class Defect(Exception):
    """An unexpected error."""


@pytest.fixture(autouse=True)
def even_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let batches and claims ahead be the same on a fast and on a slow machine."""
    monkeypatch.setattr(batcher, "LINGER_SECONDS", 5.0)
    monkeypatch.setattr(executor, "monotonic", lambda: 1000.0)


async def _due_reminders(builder: JobBuilder, user: Actor, count: int) -> list[str]:
    list_id = await builder.make_list(user)
    past = builder.now - timedelta(seconds=1)
    # On a todo each: equal reminders of one todo are one mail.
    return [
        await builder.add_reminder(await builder.add_todo(list_id), user.user_id, past)
        for _ in range(count)
    ]


async def _states(builder: JobBuilder, reminders: Sequence[str]) -> list[str]:
    return [(await builder.read_row(ReminderRow, one)).state for one in reminders]


async def _run_all(worker: WorkerHarness, builder: JobBuilder) -> None:
    await worker.run_once()
    while {"queued", "leased", "sending"} & set(await builder.job_states()):
        await worker.run_once()


async def test_fifty_reminders_take_few_statements_each(
    world: World, builder: JobBuilder, worker: WorkerHarness, smtp: SmtpServer
) -> None:
    users = [await world.user(f"U{number}") for number in range(10)]
    reminders = [one for user in users for one in await _due_reminders(builder, user, 5)]

    async with recorded_statements(worker.resources) as statements:
        # One sweep fires them; each of the next runs ten, or twenty with those claimed ahead.
        for _ in range(5):
            await worker.run_once()

    assert await _states(builder, reminders) == ["sent"] * 50
    assert len(smtp.received) == 50
    texts = Counter(text.split(" FROM ")[0][:60] for text in statements)
    assert len(statements) / 50 <= MAX_STATEMENTS_PER_MAIL, texts


async def test_a_mail_that_cannot_be_composed_delays_no_other(
    world: World,
    builder: JobBuilder,
    worker: WorkerHarness,
    smtp: SmtpServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    jobs = await builder.add_messages(await world.user(), 10)
    renderer = worker.executor.runner.context.renderer
    render = renderer.render

    def fail_or_render(template: str, to: str, subject: str, **rest: Any) -> EmailMessage:
        if subject == "message 3":
            raise Defect
        return render(template, to, subject, **rest)

    monkeypatch.setattr(renderer, "render", fail_or_render)
    await worker.run_once()

    rows = [await builder.read_job(job) for job in jobs]
    assert [row.state for row in rows] == ["done"] * 3 + ["queued"] + ["done"] * 6
    assert (rows[3].attempts, rows[3].in_doubt_count) == (1, 0)
    assert sorted(mail.subject for mail in smtp.received) == [
        f"message {number}" for number in range(10) if number != 3
    ]


async def test_a_sent_mail_that_cannot_be_recorded_leaves_the_others_recorded(
    world: World,
    builder: JobBuilder,
    worker: WorkerHarness,
    smtp: SmtpServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    reminders = await _due_reminders(builder, await world.user(), 10)
    await worker.sweeper.reminder_firing.fire_due()
    set_states = reminder_email.set_states

    async def fail_or_set(
        work: Any, rows: Sequence[Any], state: str, *rest: Any, **more: Any
    ) -> None:
        if state == "sent" and any(row.id == reminders[3] for row in rows):
            raise Defect
        await set_states(work, rows, state, *rest, **more)

    monkeypatch.setattr(reminder_email, "set_states", fail_or_set)
    await worker.run_once()

    assert await _states(builder, reminders) == ["sent"] * 3 + ["sending"] + ["sent"] * 6
    assert len(smtp.received) == 10
    doubts = [row.in_doubt_count for row in await _jobs(builder)]
    assert sorted(doubts) == [0] * 9 + [1]


# A write transaction of SQLite locks all streams.
@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
async def test_mails_are_recorded_while_the_stream_of_another_recipient_is_locked(
    world: World, builder: JobBuilder, worker: WorkerHarness, smtp: SmtpServer
) -> None:
    ana, ben = await world.user("Ana"), await world.user("Ben")
    of_ana, of_ben = await _due_reminders(builder, ana, 1), await _due_reminders(builder, ben, 4)
    await worker.sweeper.reminder_firing.fire_due()

    # Shorter than the time limit for locks.
    async with asyncio.timeout(4), builder.resources.begin() as work:
        await work.lock_streams([user_stream(ana.user_id)])
        await worker.sweeper.sweep()
        while await _states(builder, of_ben) != ["sent"] * 4:
            await asyncio.sleep(0.01)  # the recording is not observable from outside
        locked = await _states(builder, of_ana)
    await worker.wait_for_jobs()

    assert locked == ["sending"]
    assert await _states(builder, of_ana) == ["sent"]
    assert len(smtp.received) == 5


async def test_a_mail_server_that_dies_during_a_batch_loses_and_doubles_nothing(
    world: World, builder: JobBuilder, worker: WorkerHarness, smtp: SmtpServer
) -> None:
    jobs = await builder.add_messages(await world.user(), 10)
    smtp.hang(Moment.BEFORE_DOT, 4)
    smtp.hang(Moment.AFTER_DOT, 3)
    await worker.sweeper.sweep()
    await smtp.wait_for(6)  # three have their answer, three wait for it
    await smtp.wait_for_attempts(10)

    smtp.drop_connections()
    await worker.wait_for_jobs()
    rows = [await builder.read_job(job) for job in jobs]
    smtp.release()
    await _run_all(worker, builder)

    ends = Counter((row.state, row.attempts, row.in_doubt_count) for row in rows)
    assert ends == {("done", 0, 0): 3, ("queued", 1, 0): 4, ("queued", 1, 1): 3}
    assert set(await builder.job_states()) == {"done"}
    mails = Counter(mail.message["Message-ID"] for mail in smtp.received)
    doubled = {f"<{row.id}@localhost>" for row in rows if row.in_doubt_count}
    assert mails == {f"<{job}@localhost>": 1 for job in jobs} | dict.fromkeys(doubled, 2)


async def test_a_job_cancelled_while_its_mail_is_composed_is_released_without_doubt(
    world: World,
    builder: JobBuilder,
    worker: WorkerHarness,
    smtp: SmtpServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (job,) = await builder.add_messages(await world.user())
    batches = worker.executor.runner.context.email_batches
    compose, composed, go_on = batches._composing._function, asyncio.Event(), asyncio.Event()

    async def compose_slowly(mails: Sequence[Any]) -> Sequence[Any]:
        results = await compose(mails)  # `sending` is committed
        composed.set()
        await go_on.wait()
        return results

    monkeypatch.setattr(batches._composing, "_function", compose_slowly)
    await worker.sweeper.sweep()
    await composed.wait()
    await worker.executor.drain(0)
    go_on.set()

    row = await builder.read_job(job)
    assert (row.state, row.attempts, row.in_doubt_count) == ("queued", 0, 0)
    assert smtp.received == []


async def _jobs(builder: JobBuilder) -> list[Any]:
    async with builder.resources.begin_read() as read:
        return list(await read.connection.execute(select(*JobRow.__table__.c)))


async def test_at_most_ten_mails_are_in_doubt_when_a_worker_dies(
    world: World, builder: JobBuilder, worker: WorkerHarness, smtp: SmtpServer
) -> None:
    await builder.add_messages(await world.user(), 60)
    await worker.run_once()
    await worker.run_once()  # now the worker claims ahead
    smtp.hang(Moment.BEFORE_DOT, 60)

    await worker.sweeper.sweep()
    await smtp.wait_for_attempts(40)
    states = Counter(await builder.job_states())
    smtp.release()
    await worker.wait_for_jobs()

    assert states == {"done": 30, "sending": 10, "leased": 20}
    assert set(await builder.job_states()) == {"done"}
