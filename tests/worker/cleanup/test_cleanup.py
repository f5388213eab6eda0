"""Each chore deletes what is expired, and nothing that is a second younger or of another kind."""

import os
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from shared.contract.jobs import CleanUp
from shared.ids import user_stream
from shared.resources import Resources, open_resources
from shared.settings import Settings
from shared.tables.accounts import (
    AuditRow,
    LinkRow,
    RefreshTokenRow,
    SessionRow,
    TicketRow,
    UserRow,
)
from shared.tables.idempotency import IdempotencyRow
from shared.tables.jobs import JobRow, WorkerRow
from shared.tables.known_devices import KnownDeviceRow
from shared.tables.lists import ListRow
from shared.tables.members import InvitationRow
from shared.tables.passkeys import PasskeyCeremonyRow
from shared.tables.streams import StreamRow
from shared.tables.todos import TodoRow
from tests.support.clock import ManualClock
from tests.support.worker.job_builder import JobBuilder
from tests.support.worker.table_rows import column_values, count_rows, insert_rows, run_chore
from tests.support.worker.worker_harness import WorkerHarness
from tests.support.world_builder import World
from tests.worker.conftest import NOW
from worker.cleanup import dev_mail, expired_rows
from worker.cleanup.chores import CHORES
from worker.jobs.scheduler import Scheduler

SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)


async def test_expired_links_tickets_and_refresh_tokens_are_deleted(
    resources: Resources, later: Resources, world: World, builder: JobBuilder
) -> None:
    ana = await world.user()
    expired = await builder.add_link(ana.user_id, "verify_email", expires_at=NOW)
    valid = await builder.add_link(ana.user_id, "verify_email", expires_at=NOW + SECOND)
    await insert_rows(
        resources,
        TicketRow,
        {"hash": "expired", "session_id": ana.session_id, "expires_at": NOW},
        {"hash": "valid", "session_id": ana.session_id, "expires_at": NOW + SECOND},
    )
    token = {"session_id": ana.session_id, "issued_at": NOW - DAY, "used_at": NOW - DAY}
    await insert_rows(
        resources,
        RefreshTokenRow,
        token | {"hash": "expired", "expires_at": NOW},
        # A spent token is kept: if it is presented again, it was stolen.
        token | {"hash": "spent", "expires_at": NOW + SECOND},
    )

    for chore in ("links", "tickets", "refresh_tokens"):
        await run_chore(later, chore)

    assert expired not in await column_values(resources, LinkRow.id)
    assert await column_values(resources, LinkRow.id) == {valid}
    assert await column_values(resources, TicketRow.hash) == {"valid"}
    assert await column_values(resources, RefreshTokenRow.hash) == {"spent"}


async def test_expired_ceremonies_of_passkeys_are_deleted(
    resources: Resources, later: Resources
) -> None:
    row = {"purpose": "sign_in", "bound_to": ""}
    await insert_rows(
        resources,
        PasskeyCeremonyRow,
        row | {"hash": "expired", "expires_at": NOW},
        row | {"hash": "valid", "expires_at": NOW + SECOND},
    )

    await run_chore(later, "passkey_ceremonies")

    assert await column_values(resources, PasskeyCeremonyRow.hash) == {"valid"}


async def test_sessions_are_kept_thirty_days_after_their_end(
    resources: Resources, later: Resources, world: World, builder: JobBuilder
) -> None:
    users = [await world.user(f"U{number}") for number in range(5)]
    ends: list[dict[str, Any]] = [
        {"expires_at": NOW - 30 * DAY},
        {"expires_at": NOW - 30 * DAY + SECOND},
        {"expires_at": NOW + DAY, "revoked_at": NOW - 30 * DAY},
        {"expires_at": NOW + DAY, "revoked_at": NOW - 30 * DAY + SECOND},
        {"expires_at": NOW + DAY},
    ]
    for user, values in zip(users, ends, strict=True):
        await builder.update_row(SessionRow, user.session_id, **values)

    await run_chore(later, "sessions")

    kept = {users[number].session_id for number in (1, 3, 4)}
    assert await column_values(resources, SessionRow.id) == kept


async def test_unverified_accounts_are_deleted_after_a_week_with_streams_and_inbox(
    resources: Resources, later: Resources, world: World, builder: JobBuilder
) -> None:
    expired = await world.user("Expired", status="pending")
    young = await world.user("Young", status="pending")
    active = await world.user("Active")
    disabled = await world.user("Disabled", status="disabled")
    lists = {}
    for user, age in ((expired, 7 * DAY), (young, 7 * DAY - SECOND), (active, 99 * DAY)):
        await builder.update_row(UserRow, user.user_id, created_at=NOW - age)
        lists[user] = await builder.make_list(user, inbox_of=user.user_id)
        await builder.add_todo(lists[user])
    await builder.update_row(UserRow, disabled.user_id, created_at=NOW - 99 * DAY)

    await run_chore(later, "accounts")

    assert await column_values(resources, UserRow.name) == {"Young", "Active", "Disabled"}
    assert await column_values(resources, ListRow.id) == {lists[young], lists[active]}
    assert await column_values(resources, StreamRow.id) == {
        lists[young], lists[active],
        *(user_stream(user.user_id) for user in (young, active, disabled)),
    }  # fmt: skip
    assert await column_values(resources, TodoRow.list_id) == {lists[young], lists[active]}
    assert len(await column_values(resources, SessionRow.id)) == 3


async def test_an_account_verified_at_the_last_moment_is_kept(
    resources: Resources, later: Resources, world: World, builder: JobBuilder
) -> None:
    ana = await world.user("Ana", status="pending")
    await builder.update_row(
        UserRow, ana.user_id, created_at=NOW - 8 * DAY, status="active", verified_at=NOW
    )

    await run_chore(later, "accounts")

    assert await column_values(resources, UserRow.id) == {ana.user_id}


async def test_invitations_are_kept_thirty_days_after_their_end(
    resources: Resources, later: Resources, world: World, builder: JobBuilder
) -> None:
    ana = await world.user()
    list_id = await builder.make_list(ana)
    open_until = {"expires_at": NOW + DAY}
    ends: list[tuple[bool, dict[str, Any]]] = [
        (False, {"expires_at": NOW - 30 * DAY}),
        (True, {"expires_at": NOW - 30 * DAY + SECOND}),
        (False, open_until | {"accepted_at": NOW - 30 * DAY}),
        (True, open_until | {"accepted_at": NOW - 30 * DAY + SECOND}),
        (False, open_until | {"withdrawn_at": NOW - 30 * DAY}),
        (True, open_until | {"withdrawn_at": NOW - 30 * DAY + SECOND}),
        (True, open_until),
    ]
    kept = set()
    for number, (is_kept, values) in enumerate(ends):
        invitation = await builder.add_invitation(list_id, ana, f"b{number}@example.com", **values)
        kept |= {invitation} if is_kept else set()

    await run_chore(later, "invitations")

    assert await column_values(resources, InvitationRow.id) == kept


async def test_idempotency_keys_are_kept_for_a_day(
    resources: Resources, later: Resources, world: World
) -> None:
    ana, ben = await world.user("Ana"), await world.user("Ben")
    row = {"request_hash": "h", "status": 200, "body": b"{}"}
    await insert_rows(
        resources,
        IdempotencyRow,
        row | {"user_id": ana.user_id, "key": "expired", "created_at": NOW - DAY},
        row | {"user_id": ana.user_id, "key": "young", "created_at": NOW - DAY + SECOND},
        # The same key of another user is another row.
        row | {"user_id": ben.user_id, "key": "expired", "created_at": NOW},
    )

    await run_chore(later, "idempotency_keys")

    async with resources.begin_read() as read:
        rows = await read.connection.execute(select(IdempotencyRow.user_id, IdempotencyRow.key))
        assert set(map(tuple, rows)) == {(ana.user_id, "young"), (ben.user_id, "expired")}


async def test_ended_jobs_are_deleted_after_a_week_and_dedupe_keys_after_ninety_days(
    resources: Resources, later: Resources
) -> None:
    def row(name: str, state: str, age: timedelta, key: str | None = None) -> dict[str, Any]:
        finished_at = None if state in ("queued", "leased") else NOW - age
        return {
            "id": name, "kind": "send_admin_message", "payload": {}, "state": state,
            "dedupe_key": key, "run_at": NOW - age, "fair_run_at": NOW - age, "created_at": NOW - age,
            "finished_at": finished_at,
        }  # fmt: skip

    await insert_rows(
        resources,
        JobRow,
        row("done", "done", 7 * DAY),
        row("done, young", "done", 7 * DAY - SECOND),
        row("cancelled", "cancelled", 7 * DAY),
        row("dead", "dead", 90 * DAY),
        row("dead, young", "dead", 90 * DAY - SECOND),
        row("keyed", "done", 90 * DAY, "a"),
        row("keyed, young", "done", 90 * DAY - SECOND, "b"),
        row("queued", "queued", 99 * DAY),
    )

    await run_chore(later, "jobs")

    assert await column_values(resources, JobRow.id) == {
        "done, young", "dead, young", "keyed, young", "queued",
    }  # fmt: skip


async def test_workers_not_seen_for_a_day_are_deleted(
    resources: Resources, later: Resources
) -> None:
    await insert_rows(
        resources,
        WorkerRow,
        {"id": "gone", "host": "a", "started_at": NOW, "seen_at": NOW - DAY},
        {"id": "here", "host": "a", "started_at": NOW, "seen_at": NOW - DAY + SECOND},
    )

    await run_chore(later, "workers")

    assert await column_values(resources, WorkerRow.id) == {"here"}


async def test_devices_without_a_sign_in_for_400_days_are_forgotten(
    resources: Resources, later: Resources, world: World
) -> None:
    ana = await world.user()
    row = {"user_id": ana.user_id, "session_id": ana.session_id, "first_seen_at": NOW - 500 * DAY}
    await insert_rows(
        resources,
        KnownDeviceRow,
        row | {"hash": "gone", "last_seen_at": NOW - 400 * DAY},
        row | {"hash": "here", "last_seen_at": NOW - 400 * DAY + SECOND},
    )

    await run_chore(later, "known_devices")

    assert await column_values(resources, KnownDeviceRow.hash) == {"here"}


async def test_development_mail_is_deleted_after_a_week(
    later: Resources, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dev_mail, "MAX_MAILS", 3)
    settings.mail.folder.mkdir()
    for name, age in (
        ("5", 7 * DAY + SECOND), ("4", DAY), ("3", 7 * DAY - SECOND), ("2", DAY), ("1", DAY),
    ):  # fmt: skip
        path = settings.mail.folder / f"{name}.eml"
        path.write_text(name)
        os.utime(path, ((NOW - age).timestamp(),) * 2)
    (settings.mail.folder / "note.txt").write_text("a file of the developer")
    # A dead worker left one of these; another worker writes the other now.
    for name, age in (("abandoned", DAY + SECOND), ("in progress", SECOND)):
        path = settings.mail.folder / f"{name}.part"
        path.write_text("Subj")
        os.utime(path, ((NOW - age).timestamp(),) * 2)

    await run_chore(later, "dev_mail")

    names = {path.name for path in settings.mail.folder.iterdir()}
    # 5 is too old. 1 and 2 are not among the newest three files.
    assert names == {"4.eml", "3.eml", "note.txt", "in progress.part"}


async def test_a_chore_runs_as_many_batches_as_it_needs(
    resources: Resources, later: Resources, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(expired_rows, "BATCH", 10)
    ana = await world.user()
    await insert_rows(
        resources,
        TicketRow,
        *(
            {"hash": f"h{number}", "session_id": ana.session_id, "expires_at": NOW}
            for number in range(25)
        ),
    )

    has_more = [await CHORES["tickets"](later) for _ in range(3)]

    assert has_more == [True, True, False]
    assert await count_rows(resources, TicketRow) == 0


async def test_several_workers_add_each_chore_once_an_hour(
    settings: Settings, resources: Resources
) -> None:
    clock = ManualClock(NOW)
    async with open_resources(settings, clock) as later:
        schedulers = [Scheduler(), Scheduler()]

        for scheduler in schedulers * 2:
            await scheduler.add_cleanup_jobs(later)
        first = await count_rows(resources, JobRow)
        clock.advance(timedelta(hours=1))
        for scheduler in schedulers:
            await scheduler.add_cleanup_jobs(later)

    assert first == len(CHORES)
    assert await count_rows(resources, JobRow) == 2 * len(CHORES)


@pytest.mark.parametrize("chore", sorted(CHORES))
async def test_every_chore_runs_as_a_job_and_keeps_what_is_not_expired(
    resources: Resources, world: World, builder: JobBuilder, worker: WorkerHarness, chore: str
) -> None:
    ana = await world.user()
    list_id = await builder.make_list(ana)
    todo_id = await builder.add_todo(list_id)
    job = await builder.add_job(CleanUp(chore=chore))

    await worker.run_once()

    assert (await builder.read_job(job)).state == "done"
    assert await column_values(resources, UserRow.id) == {ana.user_id}
    assert await column_values(resources, TodoRow.id) == {todo_id}


async def test_a_job_for_an_unknown_chore_is_a_dead_letter(
    builder: JobBuilder, worker: WorkerHarness
) -> None:
    job = await builder.add_job(CleanUp(chore="dishes"))

    await worker.run_once()

    assert (await builder.read_job(job)).state == "dead"


async def test_the_audit_is_kept_for_180_days(resources: Resources, later: Resources) -> None:
    entry = {"action": "sign_in.failed", "facts": {}}
    await insert_rows(
        resources,
        AuditRow,
        entry | {"id": "old", "at": NOW - 180 * DAY},
        entry | {"id": "kept", "at": NOW - 180 * DAY + SECOND},
    )

    await run_chore(later, "audit")

    assert await column_values(resources, AuditRow.id) == {"kept"}
