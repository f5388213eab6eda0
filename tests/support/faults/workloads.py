"""Things that a worker is killed over, each passing the failpoints in its own way.

reminder        fired, claimed, mailed, noted: all of them
digest          added by a sweep, claimed, mailed
notifications   what somebody was told, mailed at the end of its window
refusal         a mail to an address that its server refuses for good, which the account then shows
chore           added by a sweep, claimed; removes what is over, and mails nothing
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

CUT = "leases of 30 s cut short"


def failpoints() -> list[str]:
    """Returns every named place of the source at which a worker can be told to die."""
    found = set()
    for folder in ("shared", "worker"):
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Call) and ast.unparse(node.func) == "failpoints.reach":
                    found.add(ast.literal_eval(node.args[0]))
    return sorted(found)


@dataclass(frozen=True)
class Workload:
    """`prepare` leaves something to do in the tables, and returns the job that does it.

    `check` returns what came of it in the end.
    """

    prepare: Callable[[WorkerPool], Awaitable[Job]]
    check: Callable[[WorkerPool], Awaitable[Outcome]]
    # Whoever runs this errand alone does not come by there.
    never_at: frozenset[str] = frozenset()

    @property
    def places(self) -> list[str]:
        return [place for place in failpoints() if place not in self.never_at]


async def _a_reminder(pool: WorkerPool) -> Job:
    builder, ana = pool.builder, await pool.env.world.user()
    todo_id = await builder.add_todo(await builder.make_list(ana))
    reminder_id = await builder.add_reminder(todo_id, ana.user_id, builder.now)
    job = SendReminder(reminder_id=reminder_id, occurrence=1)
    pool.expect(job)
    return job


async def _a_digest(pool: WorkerPool) -> Job:
    world, now = pool.env.world, pool.builder.now
    zone = _where_it_is_noon(now)
    ana = await world.user(time_zone=zone)
    today = now.astimezone(zone_or_utc(zone)).date()
    new = NewTodo(title="Call", due=DueDate(date=today))
    await world.do(create_todo, ana, await world.list(ana), new, Placement())
    await world.do(edit_preferences, ana, ana.user_id, {}, digest=True, digest_hour=8)
    await _change(
        pool,
        update(PreferencesRow)
        .where(PreferencesRow.user_id == ana.user_id)
        .values(next_digest_at=now - timedelta(hours=4)),
    )
    job = SendDigest(user_id=ana.user_id, day=today)
    pool.expect(job)
    return job


async def _notifications(pool: WorkerPool) -> Job:
    world = pool.env.world
    ana, ben = await world.user("Ana"), await world.user("Ben")
    home = await world.list(ben, (ana, Role.EDITOR))
    new = NewTodo(title="Book the movers", assignees=(ana.user_id,))
    await world.do(create_todo, ben, home, new, Placement())
    # Its window is over: what eleven minutes would do.
    mine = (JobRow.kind == SendNotifications.kind) & (JobRow.fairness_key == ana.user_id)
    past = pool.builder.now - timedelta(seconds=1)
    await _change(pool, update(JobRow).where(mine).values(run_at=past, fair_run_at=past))
    async with pool.env.resources.begin_read() as read:
        payload = (await read.connection.scalars(select(JobRow.payload).where(mine))).one()
    job = SendNotifications.model_validate(payload)
    pool.expect(job)
    return job


async def _a_refused_mail(pool: WorkerPool) -> Job:
    person = await pool.env.world.user()
    (job_id,) = await pool.add(1, person)
    pool.jobs_without_mail.add(job_id)
    # Whoever dies before it is noted leaves the next one to hear it again.
    pool.smtp.reject_recipients(*["550 5.1.1 no such user"] * 2)
    return SendAdminMessage.model_validate((await pool.builder.read_job(job_id)).payload)


async def _a_chore(pool: WorkerPool) -> Job:
    """Nobody has done it in this hour yet: the worker adds it."""
    ana = await pool.env.world.user()
    await pool.builder.add_link(
        ana.user_id, "reset_password", expires_at=pool.builder.now - timedelta(hours=1)
    )
    done = JobRow.dedupe_key.like("clean_up:links:%")
    await _change(pool, delete(JobRow).where(done, JobRow.run_at <= pool.builder.now))
    # That of the next hour stays, and is not taken for this one.
    await _change(pool, update(JobRow).where(done).values(payload={"chore": "of the next hour"}))
    return CleanUp(chore="links")


async def _check_mails(pool: WorkerPool) -> Outcome:
    return await pool.check(CUT)


async def _check_refusal(pool: WorkerPool) -> Outcome:
    """It was noted once, however many were told of it; and nothing more is tried there."""
    await pool.check(CUT)
    job = await pool.builder.read_job(pool.jobs[0])
    async with pool.env.resources.begin_read() as read:
        person = (
            await read.connection.execute(
                select(UserRow.id, UserRow.mail_refusal)
                .join(AdminMessageRow, AdminMessageRow.user_id == UserRow.id)
                .where(AdminMessageRow.id == job.payload["message_id"])
            )
        ).one()
        notes = select(func.count()).where(
            AuditRow.action == "email.refused", AuditRow.user_id == person.id
        )
        noted = int(await read.connection.scalar(notes) or 0)
    assert person.mail_refusal == "550 5.1.1", f"the account says {person.mail_refusal!r}"
    return Outcome(1, noted, lost=int(noted == 0), duplicated=max(0, noted - 1), note=CUT)


async def _check_chore(pool: WorkerPool) -> Outcome:
    """What was over is gone. Doing it twice does no harm, so nobody counts how often."""
    await pool.check(CUT)
    async with pool.env.resources.begin_read() as read:
        left = await read.connection.scalar(select(func.count()).select_from(LinkRow))
    return Outcome(1, 1 - int(left or 0), lost=int(left or 0), note=CUT)


async def _change(pool: WorkerPool, statement: Any) -> None:
    async with pool.env.resources.begin() as work:
        await work.connection.execute(statement)


def _where_it_is_noon(now: datetime) -> str:
    """Returns a zone in which no day ends while the scenario plays."""
    ahead = 12 - now.astimezone(UTC).hour
    return f"Etc/GMT{-ahead:+d}"  # signs are the other way round there


# Nobody has a device: tests/faults/jobs/push.py.
_PUSHES = frozenset({"push_accepted"})
# Nothing but a reminder is fired.
_FIRES = frozenset({"reminders_unsaved"})
_MAILS = frozenset({"mail_sending", "smtp_accepted", "effect_unsaved"})
REMINDER = Workload(_a_reminder, _check_mails, never_at=_PUSHES)
DIGEST = Workload(_a_digest, _check_mails, never_at=_FIRES | _PUSHES)
NOTIFICATIONS = Workload(_notifications, _check_mails, never_at=_FIRES | _PUSHES)
REFUSAL = Workload(
    _a_refused_mail,
    _check_refusal,
    never_at=_FIRES | _PUSHES | {"smtp_accepted", "effect_unsaved"},
)
CHORE = Workload(_a_chore, _check_chore, never_at=_FIRES | _MAILS | _PUSHES)
