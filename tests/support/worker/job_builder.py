"""Insert the rows that jobs work on, and read rows that jobs changed."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, select, update

from shared.actor import Actor
from shared.contract.jobs import Job, SendAdminMessage
from shared.contract.shapes import Role
from shared.database.statements import defer_inserts
from shared.ids import JobId, ListId, TodoId, UserId, new_id, new_secret, user_stream
from shared.resources import Resources
from shared.tables.accounts import AdminMessageRow, LinkRow, UserRow
from shared.tables.jobs import JobRow
from shared.tables.members import InvitationRow
from shared.tables.reminders import ReminderRow
from shared.tables.streams import EventRow
from shared.tables.todos import TodoRow
from tests.support.list_rows import insert_list
from worker.cleanup.chores import CHORES


@dataclass
class JobBuilder:
    resources: Resources

    async def make_list(self, *members: Actor, name: str = "Groceries", **values: Any) -> ListId:
        """Return a list whose first member owns it; the others are editors."""
        roles = {
            member: Role.EDITOR if index else Role.OWNER for index, member in enumerate(members)
        }
        return await insert_list(self.resources, roles, name=name, **values)

    async def add_todo(self, list_id: ListId, title: str = "Buy milk", **values: Any) -> TodoId:
        todo_id = TodoId(new_id())
        row = {"id": todo_id, "list_id": list_id, "title": title, "rank": "a"}
        await self._insert(TodoRow, row | values, "created_at", "updated_at")
        return todo_id

    async def add_reminder(
        self, todo_id: TodoId, user_id: UserId, fires_at: datetime, **values: Any
    ) -> str:
        reminder_id = new_id()
        row = {
            "id": reminder_id, "todo_id": todo_id, "user_id": user_id,
            "at": fires_at, "next_fire_at": fires_at,
        }  # fmt: skip
        await self._insert(ReminderRow, row | values, "created_at", wakes_at=fires_at)
        return reminder_id

    async def add_link(self, user_id: UserId, purpose: str, **values: Any) -> str:
        link_id = new_id()
        email = (await self.read_row(UserRow, user_id)).email
        row = {
            "id": link_id, "purpose": purpose, "user_id": user_id, "email": email,
            "nonce": new_secret(), "expires_at": self.now + timedelta(hours=24),
        }  # fmt: skip
        await self._insert(LinkRow, row | values, "created_at")
        return link_id

    async def add_invitation(
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

    async def add_messages(self, recipient: Actor, count: int = 1) -> list[JobId]:
        """Return jobs that mail one administrator's message each, "message 0" and so on."""
        if not count:
            return []
        ids = [new_id() for _ in range(count)]
        async with self.resources.begin() as work:
            await work.connection.execute(
                insert(AdminMessageRow),
                [
                    {
                        "id": message_id, "user_id": recipient.user_id, "sent_by": recipient.user_id,
                        "subject": f"message {number}", "body": "Hello.", "created_at": work.now,
                    }
                    for number, message_id in enumerate(ids)
                ],
            )  # fmt: skip
            return [work.add_job(SendAdminMessage(message_id=message_id)) for message_id in ids]

    async def add_job(self, job: Job, **options: Any) -> JobId:
        async with self.resources.begin() as work:
            return work.add_job(job, **options)

    async def skip_chores(self) -> None:
        """Insert the chores of this hour and the next as done, so that a worker adds none."""
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
                defer_inserts(work.connection, JobRow, rows, skip_taken=("dedupe_key",))

    async def _insert(
        self, table: Any, row: dict[str, Any], *now: str, wakes_at: datetime | None = None
    ) -> None:
        """Insert the row; the columns `now` are set to the time of the transaction."""
        async with self.resources.begin() as work:
            row = dict.fromkeys(now, work.now) | row
            await work.connection.execute(insert(table).values(row))
            if wakes_at is not None:
                work.wake_workers_at(wakes_at)

    @property
    def now(self) -> datetime:
        return self.resources.clock.now()

    async def read_row(self, table: Any, row_id: str) -> Any:
        """Return the row, or None."""
        async with self.resources.begin_read() as read:
            rows = await read.connection.execute(
                select(*table.__table__.c).where(table.id == row_id)
            )
            return rows.one_or_none()

    async def update_row(self, table: Any, row_id: str, **values: Any) -> None:
        async with self.resources.begin() as work:
            await work.connection.execute(update(table).where(table.id == row_id).values(values))

    async def read_job(self, job_id: JobId) -> Any:
        return await self.read_row(JobRow, job_id)

    async def job_states(self) -> list[str]:
        """Return the sorted states of all jobs except clean-up."""
        async with self.resources.begin_read() as read:
            found = await read.connection.scalars(
                select(JobRow.state).where(JobRow.kind != "clean_up")
            )
            return sorted(found)

    async def event_names(self, user: Actor) -> list[str]:
        """Return the names of the events on the user's own stream, in order.

        Events of notifications are left out: tests/features/notifications is about them.
        """
        async with self.resources.begin_read() as read:
            found = await read.connection.scalars(
                select(EventRow.event)
                .where(
                    EventRow.stream_id == user_stream(user.user_id),
                    EventRow.event.not_like("notification.%"),
                )
                .order_by(EventRow.seq)
            )
            return list(found)
