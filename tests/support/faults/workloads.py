"""Kinds of work during which a scenario kills a worker; each reaches other failpoints.

reminder        fired, claimed, mailed, recorded: reaches all failpoints of mail
digest          added by the sweeper, claimed, mailed
notifications   notifications of a user, mailed together when their window ends
bounce          a mail to an address that the server rejects permanently; the account shows it
clean-up        added by the sweeper, claimed; deletes expired rows and mails nothing
"""

import ast
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, select, update

from shared.contract.jobs import (
    CleanUp,
    Job,
    SendAdminMessage,
    SendDigest,
    SendNotifications,
    SendReminder,
)
from shared.contract.shapes import DueDate, Role
from shared.notifications.preferences import edit_preferences
from shared.settings import ROOT
from shared.tables.accounts import AdminMessageRow, AuditRow, LinkRow, UserRow
from shared.tables.jobs import JobRow
from shared.tables.notifications import PreferencesRow
from shared.todos.commands.create import create_todo
from shared.todos.rules.todo_edits import NewTodo, Placement
from shared.zones import zone_or_utc
from tests.support.faults.scenarios import Outcome
from tests.support.faults.worker_pool import WorkerPool

SHORT_LEASES = "leases of 30 s cut short"


def failpoints() -> list[str]:
    """Return the names of all failpoints in the source of the server and the worker."""
    found = set()
    for folder in ("api", "shared", "worker"):
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Call) and ast.unparse(node.func) == "failpoints.reach":
                    found.add(ast.literal_eval(node.args[0]))
    return sorted(found)


@dataclass(frozen=True)
class Workload:
    """`prepare` writes rows that need a job, and returns the job; `check` returns the final outcome."""

    prepare: Callable[[WorkerPool], Awaitable[Job]]
    check: Callable[[WorkerPool], Awaitable[Outcome]]
    # Failpoints that a worker with this workload alone does not reach.
    unreached: frozenset[str] = frozenset()

    @property
    def failpoints(self) -> list[str]:
        return [name for name in failpoints() if name not in self.unreached]


async def _prepare_reminder(pool: WorkerPool) -> Job:
    builder, ana = pool.builder, await pool.env.world.user()
    todo_id = await builder.add_todo(await builder.make_list(ana))
    reminder_id = await builder.add_reminder(todo_id, ana.user_id, builder.now)
    job = SendReminder(reminder_id=reminder_id, occurrence=1)
    pool.expect(job)
    return job


async def _prepare_digest(pool: WorkerPool) -> Job:
    world, now = pool.env.world, pool.builder.now
    zone = _zone_at_noon(now)
    ana = await world.user(time_zone=zone)
    today = now.astimezone(zone_or_utc(zone)).date()
    new = NewTodo(title="Call", due=DueDate(date=today))
    await world.run(create_todo, ana, await world.list(ana), new, Placement())
    await world.run(edit_preferences, ana, ana.user_id, {}, digest=True, digest_hour=8)
    await _change(
        pool,
        update(PreferencesRow)
        .where(PreferencesRow.user_id == ana.user_id)
        .values(next_digest_at=now - timedelta(hours=4)),
    )
    job = SendDigest(user_id=ana.user_id, day=today)
    pool.expect(job)
    return job


async def _prepare_notifications(pool: WorkerPool) -> Job:
    world = pool.env.world
    ana, ben = await world.user("Ana"), await world.user("Ben")
    home = await world.list(ben, (ana, Role.EDITOR))
    new = NewTodo(title="Book the movers", assignees=(ana.user_id,))
    await world.run(create_todo, ben, home, new, Placement())
    # End the window now, as if eleven minutes had passed.
    of_ana = (JobRow.kind == SendNotifications.kind) & (JobRow.fairness_key == ana.user_id)
    past = pool.builder.now - timedelta(seconds=1)
    await _change(pool, update(JobRow).where(of_ana).values(run_at=past, fair_run_at=past))
    async with pool.env.resources.begin_read() as read:
        [payload] = await read.connection.scalars(select(JobRow.payload).where(of_ana))
    job = SendNotifications.model_validate(payload)
    pool.expect(job)
    return job


async def _prepare_bounce(pool: WorkerPool) -> Job:
    ana = await pool.env.world.user()
    (job_id,) = await pool.add(1, ana)
    pool.jobs_without_mail.add(job_id)
    # Twice: if a worker dies before it records the rejection, the next worker sends the mail again.
    pool.smtp.reject_recipients(*["550 5.1.1 no such user"] * 2)
    return SendAdminMessage.model_validate((await pool.builder.read_job(job_id)).payload)


async def _prepare_cleanup(pool: WorkerPool) -> Job:
    """Remove this hour's clean-up job, so that the worker adds it."""
    ana = await pool.env.world.user()
    await pool.builder.add_link(
        ana.user_id, "reset_password", expires_at=pool.builder.now - timedelta(hours=1)
    )
    done = JobRow.dedupe_key.like("clean_up:links:%")
    await _change(pool, delete(JobRow).where(done, JobRow.run_at <= pool.builder.now))
    # The job of the next hour stays; another payload keeps it apart from this hour's job.
    await _change(pool, update(JobRow).where(done).values(payload={"chore": "of the next hour"}))
    return CleanUp(chore="links")


async def _check_mails(pool: WorkerPool) -> Outcome:
    return await pool.check(SHORT_LEASES)


async def _check_bounce(pool: WorkerPool) -> Outcome:
    """Assert that the bounce was recorded once, even if two workers got the rejection."""
    await pool.check(SHORT_LEASES)
    job = await pool.builder.read_job(pool.jobs[0])
    async with pool.env.resources.begin_read() as read:
        account = (
            await read.connection.execute(
                select(UserRow.id, UserRow.mail_refusal)
                .join(AdminMessageRow, AdminMessageRow.user_id == UserRow.id)
                .where(AdminMessageRow.id == job.payload["message_id"])
            )
        ).one()
        notes = select(func.count()).where(
            AuditRow.action == "email.refused", AuditRow.user_id == account.id
        )
        recorded = int(await read.connection.scalar(notes) or 0)
    assert account.mail_refusal == "550 5.1.1", f"the account says {account.mail_refusal!r}"
    return Outcome(
        1, recorded, lost=int(recorded == 0), duplicated=max(0, recorded - 1), note=SHORT_LEASES
    )


async def _check_cleanup(pool: WorkerPool) -> Outcome:
    """Assert that the expired row is gone; a second run does no harm, so runs are not counted."""
    await pool.check(SHORT_LEASES)
    async with pool.env.resources.begin_read() as read:
        left = await read.connection.scalar(select(func.count()).select_from(LinkRow))
    return Outcome(1, 1 - int(left or 0), lost=int(left or 0), note=SHORT_LEASES)


async def _change(pool: WorkerPool, statement: Any) -> None:
    async with pool.env.resources.begin() as work:
        await work.connection.execute(statement)


def _zone_at_noon(now: datetime) -> str:
    """Return a time zone in which the day does not end while the scenario runs."""
    ahead = 12 - now.astimezone(UTC).hour
    return f"Etc/GMT{-ahead:+d}"  # tzdata inverts the signs of these zones


# No user here has a device or a webhook, exports or imports data, or is deleted. Workers are killed at these
# points in tests/faults/jobs/ (push, webhooks), in tests/faults/ (killed exports and imports), and in
# tests/worker/cleanup/ (erased events).
_OTHERS = frozenset({
    "push_accepted", "webhook_sent", "export_page_saved", "import_page_saved", "events_erased",
    "events_committed", "mail_stored", "attachment_stored",
})  # fmt: skip
# Reached only when reminders fire.
_FIRING = frozenset({"reminders_unsaved"})
_MAIL = frozenset({"mail_sending", "smtp_accepted", "effect_unsaved"})
REMINDER = Workload(_prepare_reminder, _check_mails, unreached=_OTHERS)
DIGEST = Workload(_prepare_digest, _check_mails, unreached=_FIRING | _OTHERS)
NOTIFICATIONS = Workload(_prepare_notifications, _check_mails, unreached=_FIRING | _OTHERS)
BOUNCE = Workload(
    _prepare_bounce,
    _check_bounce,
    unreached=_FIRING | _OTHERS | {"smtp_accepted", "effect_unsaved"},
)
CLEANUP = Workload(_prepare_cleanup, _check_cleanup, unreached=_FIRING | _MAIL | _OTHERS)
