"""Rows that jobs act on, put straight into the tables, and a worker inside the test's process."""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, select, update

from shared.actor import Actor
from shared.contract.jobs import Job, SendAdminMessage
from shared.contract.shapes import Role
from shared.database.statements import insert_new
from shared.ids import JobId, ListId, TodoId, UserId, list_stream, new_id, new_secret, user_stream
from shared.resources import Resources
from shared.settings import Settings
from shared.tables.accounts import AdminMessageRow, LinkRow, UserRow
from shared.tables.jobs import JobRow
from shared.tables.lists import ListRow
from shared.tables.members import InvitationRow, MemberRow
from shared.tables.reminders import ReminderRow
from shared.tables.streams import EventRow
from shared.tables.todos import TodoRow
from tests.support.services.smtp import Moment, SmtpServer
from tests.support.world_builder import World
from worker.cleanup.chores import CHORES
from worker.jobs.context import JobContext
from worker.jobs.executor import JobExecutor
from worker.jobs.handlers import HANDLERS
from worker.jobs.runner import JobRunner
from worker.jobs.scheduler import Scheduler
from worker.jobs.sweeper import Sweeper
from worker.mail.mailer import Mailer, open_mailer
from worker.mail.renderer import EmailRenderer
from worker.push.sender import PushSender


@dataclass
class JobBuilder:
    """What is in the database, and what became of it."""

    resources: Resources

    async def make_list(self, *members: Actor, name: str = "Groceries", **values: Any) -> ListId:
        """Returns a list whose first member owns it; the others are editors."""
        list_id = ListId(new_id())
        async with self.resources.begin() as work:
            await work.open_stream(list_stream(list_id))
            row = {"id": list_id, "name": name, "created_at": work.now, "updated_at": work.now}
            await work.connection.execute(insert(ListRow).values(row | values))
            for index, member in enumerate(members):
                role = Role.EDITOR if index else Role.OWNER
                await work.connection.execute(
                    insert(MemberRow).values(
                        list_id=list_id, user_id=member.user_id, role=role, joined_at=work.now
                    )
                )
        return list_id

    async def todo(self, list_id: ListId, title: str = "Buy milk", **values: Any) -> TodoId:
        todo_id = TodoId(new_id())
        row = {"id": todo_id, "list_id": list_id, "title": title, "rank": "a"}
        await self._insert(TodoRow, row | values, "created_at", "updated_at")
        return todo_id

    async def reminder(
        self, todo_id: TodoId, user_id: UserId, fires_at: datetime, **values: Any
    ) -> str:
        reminder_id = new_id()
        row = {
            "id": reminder_id, "todo_id": todo_id, "user_id": user_id,
            "at": fires_at, "next_fire_at": fires_at,
        }  # fmt: skip
        await self._insert(ReminderRow, row | values, "created_at")
        return reminder_id

    async def link(self, user_id: UserId, purpose: str, **values: Any) -> str:
        link_id = new_id()
        email = (await self.row(UserRow, user_id)).email
        row = {
            "id": link_id, "purpose": purpose, "user_id": user_id, "email": email,
            "nonce": new_secret(), "expires_at": self.now + timedelta(hours=24),
        }  # fmt: skip
        await self._insert(LinkRow, row | values, "created_at")
        return link_id

    async def invitation(
        self, list_id: ListId, inviter: Actor | None, email: str = "ben@example.com", **values: Any
    ) -> str:
        invitation_id = new_id()
        row = {
            "id": invitation_id, "list_id": list_id, "email": email, "email_key": email,
            "role": "editor", "invited_by": inviter and inviter.user_id, "nonce": new_secret(),
            "expires_at": self.now + timedelta(days=7),
        }  # fmt: skip
        await self._insert(InvitationRow, row | values, "created_at")
        return invitation_id

    async def messages(self, person: Actor, count: int = 1) -> list[JobId]:
        """Returns jobs that each mail one administrator's message, "message 0" and so on."""
        if not count:
            return []
        ids = [new_id() for _ in range(count)]
        async with self.resources.begin() as work:
            await work.connection.execute(
                insert(AdminMessageRow),
                [
                    {
                        "id": one, "user_id": person.user_id, "sent_by": person.user_id,
                        "subject": f"message {number}", "body": "Hello.", "created_at": work.now,
                    }
                    for number, one in enumerate(ids)
                ],
            )  # fmt: skip
            return [work.add_job(SendAdminMessage(message_id=one)) for one in ids]

    async def add(self, job: Job, **options: Any) -> JobId:
        async with self.resources.begin() as work:
            return work.add_job(job, **options)

    async def chores_done(self) -> None:
        """A worker has nothing to clean up in this hour and the next: another one did it."""
        async with self.resources.begin() as work:
            for hour in (work.now, work.now + timedelta(hours=1)):
                rows = [
                    {
                        "id": new_id(), "kind": "clean_up", "payload": {"chore": chore},
                        "dedupe_key": f"clean_up:{chore}:{hour:%Y-%m-%dT%H}", "state": "done",
                        "run_at": hour, "fair_run_at": hour, "created_at": hour, "finished_at": work.now,
                    }
                    for chore in CHORES
                ]  # fmt: skip
                await insert_new(work.connection, JobRow, rows, key="dedupe_key")

    async def _insert(self, table: Any, row: dict[str, Any], *now: str) -> None:
        async with self.resources.begin() as work:
            row = dict.fromkeys(now, work.now) | row
            await work.connection.execute(insert(table).values(row))

    @property
    def now(self) -> datetime:
        return self.resources.clock.now()

    async def row(self, table: Any, row_id: str) -> Any:
        """Returns the row, or None."""
        async with self.resources.begin_read() as read:
            rows = await read.connection.execute(
                select(*table.__table__.c).where(table.id == row_id)
            )
            return rows.one_or_none()

    async def change(self, table: Any, row_id: str, **values: Any) -> None:
        async with self.resources.begin() as work:
            await work.connection.execute(update(table).where(table.id == row_id).values(values))

    async def job(self, job_id: JobId) -> Any:
        return await self.row(JobRow, job_id)

    async def states(self) -> list[str]:
        """Returns the states of all jobs but clean-up."""
        async with self.resources.begin_read() as read:
            found = await read.connection.scalars(
                select(JobRow.state).where(JobRow.kind != "clean_up")
            )
            return sorted(found)

    async def events(self, person: Actor) -> list[str]:
        """Returns the names of the events on a person's own stream, in order.

        Without notifications: whom a deed tells is for tests/features/notifications/test_notifications.py.
        """
        async with self.resources.begin_read() as read:
            found = await read.connection.scalars(
                select(EventRow.event)
                .where(
                    EventRow.stream_id == user_stream(person.user_id),
                    EventRow.event.not_like("notification.%"),
                )
                .order_by(EventRow.seq)
            )
            return list(found)


@dataclass
class Bench:
    """A worker in this process, which does one round at a time."""

    resources: Resources
    settings: Settings
    mailer: Mailer | None = None
    executor: JobExecutor = field(init=False)
    sweeper: Sweeper = field(init=False)
    pushes: PushSender = field(init=False)

    def __post_init__(self) -> None:
        mailer = self.mailer or open_mailer(self.settings, self.resources.clock)
        self.pushes = PushSender(self.settings, self.resources.clock)
        context = JobContext(self.resources, mailer, EmailRenderer(self.settings), self.pushes)
        # No jitter: a retry is due at once, so a round does it.
        self.executor = JobExecutor(JobRunner(context, HANDLERS, jitter=lambda: 0.0))
        self.sweeper = Sweeper(self.executor, _NoSchedule())

    async def round(self) -> None:
        """What is due was claimed and ended, once."""
        await self.sweeper.sweep()
        await self.settle()

    async def settle(self) -> None:
        await asyncio.gather(*self.executor.tasks, return_exceptions=True)
        await asyncio.sleep(0)  # done callbacks of the tasks


class _NoSchedule(Scheduler):
    async def add_digest_jobs(self, resources: Resources) -> bool:
        return False

    async def add_cleanup_jobs(self, resources: Resources) -> bool:
        return False


async def hanging_mail(world: World, builder: JobBuilder, bench: Bench, smtp: SmtpServer) -> JobId:
    """Returns a job that is under way, its mail offered to a server that says nothing."""
    (job,) = await builder.messages(await world.user())
    smtp.hang(Moment.BEFORE_DOT)
    await bench.sweeper.sweep()
    await smtp.wait_for_attempts(1)
    return job
