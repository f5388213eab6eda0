"""The dry run counts exactly the rows that each chore then removes."""

import os
from datetime import datetime, timedelta
from typing import Any

import orjson
import pytest
from sqlalchemy import select, update

from shared.actor import Actor
from shared.contract.events import TodoPurged
from shared.ids import list_stream
from shared.resources import Resources
from shared.settings import Settings
from shared.tables.accounts import (
    AuditRow,
    LinkRow,
    RefreshTokenRow,
    SessionRow,
    TicketRow,
    UserRow,
)
from shared.tables.details.attachments import AttachmentRow
from shared.tables.idempotency import IdempotencyRow
from shared.tables.interop.import_chunks import ImportChunkRow
from shared.tables.interop.imports import ImportRow
from shared.tables.interop.inbound_messages import InboundMessageRow
from shared.tables.interop.webhook_deliveries import WebhookDeliveryRow
from shared.tables.interop.webhooks import WebhookRow
from shared.tables.jobs import JobRow, WorkerRow
from shared.tables.known_devices import KnownDeviceRow
from shared.tables.lists import ListRow
from shared.tables.members import InvitationRow
from shared.tables.nodes import ApiNodeRow
from shared.tables.notifications import NotificationRow
from shared.tables.passkeys import PasskeyCeremonyRow
from shared.tables.personal_data import AccountDeletionRow, DataExportChunkRow, DataExportRow
from shared.tables.providers import ProviderTicketRow
from shared.tables.second_factors import SignInChallengeRow
from shared.tables.share_links import GuestRow, ShareLinkRow
from shared.tables.streams import EventRow, StreamRow
from shared.tables.todos import TodoRow
from tests.support.console.command_runner import CommandRunner
from tests.support.settings import changed_settings
from tests.support.worker.job_builder import JobBuilder
from tests.support.worker.oauth_rows import OAUTH_COLUMNS, insert_oauth_rows
from tests.support.worker.table_rows import column_values, insert_rows, run_chore
from tests.support.world_builder import World
from tests.worker.conftest import NOW
from worker.cleanup import attachments, cleanup_command, event_trimming
from worker.cleanup.chores import CHORES

SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)
# The key of the table that a chore deletes from. Events have no key of one column: here all are of
# one list.
COLUMNS: dict[str, Any] = {
    "links": LinkRow.id, "tickets": TicketRow.hash, "refresh_tokens": RefreshTokenRow.hash,
    "sessions": SessionRow.id, "invitations": InvitationRow.id,
    "idempotency_keys": IdempotencyRow.key, "jobs": JobRow.id, "workers": WorkerRow.id,
    "accounts": UserRow.id, "todos": TodoRow.id, "lists": ListRow.id, "events": EventRow.seq,
    "notifications": NotificationRow.id, "audit": AuditRow.id, "known_devices": KnownDeviceRow.hash,
    "passkey_ceremonies": PasskeyCeremonyRow.hash, "sign_in_challenges": SignInChallengeRow.hash,
    "share_links": ShareLinkRow.id, "guest_sessions": GuestRow.user_id, "guests": UserRow.id,
    "leaving_accounts": UserRow.id, "data_exports": DataExportRow.id,
    "data_export_chunks": DataExportChunkRow.export_id, "imports": ImportRow.id,
    "import_chunks": ImportChunkRow.import_id, "webhook_deliveries": WebhookDeliveryRow.id,
    "provider_tickets": ProviderTicketRow.hash, "api_nodes": ApiNodeRow.id,
    "inbound_messages": InboundMessageRow.id, "attachments": AttachmentRow.id, **OAUTH_COLUMNS,
}  # fmt: skip
# These remove nothing: they encrypt secrets anew.
REMOVING = CHORES.keys() - {"totp_keys", "webhook_secrets"}


async def _insert_rows_for_every_chore(
    resources: Resources, world: World, builder: JobBuilder, settings: Settings
) -> None:
    """Insert, for each chore, rows that are expired and one that is not."""
    ana = await world.user()
    others = [await world.user(f"U{number}") for number in range(4)]
    list_id = await builder.make_list(ana)
    todo_id = await builder.add_todo(list_id)
    for number in range(3):
        expires = NOW - number * SECOND if number else NOW + DAY
        await builder.add_link(ana.user_id, "verify_email", expires_at=expires)
        token = {"session_id": ana.session_id, "expires_at": expires}
        await insert_rows(resources, TicketRow, token | {"hash": f"{number}"})
        await _insert_broken_upload(resources, todo_id, number, expires)
        await _insert_sign_ins(resources, ana, number, expires)
        token |= {"issued_at": NOW - DAY}
        await insert_rows(resources, RefreshTokenRow, token | {"hash": f"{number}"})
        await builder.add_invitation(list_id, ana, f"{number}@x.org", expires_at=expires - 30 * DAY)
        await builder.update_row(
            SessionRow, others[number].session_id, expires_at=expires - 30 * DAY
        )
        key = {"user_id": ana.user_id, "key": f"{number}", "request_hash": "h", "status": 200}
        key |= {"body": b"{}", "created_at": expires - DAY}
        await insert_rows(resources, IdempotencyRow, key)
        job: dict[str, Any] = {
            "id": f"j{number}",
            "kind": "clean_up",
            "payload": {},
            "state": "done",
        }
        job |= dict.fromkeys(
            ("run_at", "fair_run_at", "created_at", "finished_at"), expires - 7 * DAY
        )
        await insert_rows(resources, JobRow, job)
        seen = {"id": f"w{number}", "host": "a", "started_at": NOW, "seen_at": expires - DAY}
        await insert_rows(resources, ApiNodeRow, seen | {"version": "1", "lag_milliseconds": 0})
        await insert_rows(resources, WorkerRow, seen)
        device: dict[str, Any] = {
            "user_id": ana.user_id,
            "hash": f"{number}",
            "session_id": ana.session_id,
        }
        device |= dict.fromkeys(("first_seen_at", "last_seen_at"), expires - 400 * DAY)
        await insert_rows(resources, KnownDeviceRow, device)
        await builder.update_row(
            UserRow, others[number].user_id, status="pending", verified_at=None,
            created_at=expires - 7 * DAY,
        )  # fmt: skip
        entry = {"id": f"a{number}", "action": "sign_in.failed", "at": expires - 180 * DAY}
        await insert_rows(resources, AuditRow, entry | {"facts": {}})
        link: dict[str, Any] = {
            "id": f"s{number}",
            "list_id": list_id,
            "name": "x",
            "role": "viewer",
            "nonce": "x",
        }
        link |= {"created_at": NOW, "use_count": 0, "expires_at": expires - 30 * DAY}
        await insert_rows(resources, ShareLinkRow, link)
        await _insert_guests(resources, list_id, number, expires)
        notification: dict[str, Any] = {
            "id": f"n{number}",
            "user_id": ana.user_id,
            "kind": "assigned",
        }
        notification |= {"created_at": expires - 30 * DAY}
        await insert_rows(resources, NotificationRow, notification)
        expired = await builder.add_todo(list_id, deleted_at=expires - 30 * DAY - SECOND)
        # A subtask that was trashed on its own, after its parent.
        await builder.add_todo(list_id, parent_id=expired, deleted_at=expires - 20 * DAY)
        trashed = await builder.make_list(ana, deleted_at=expires - 30 * DAY - SECOND)
        await builder.add_todo(trashed)
    await _insert_exports_and_deletions(resources, world)
    await _insert_webhook_deliveries(resources, ana)
    await insert_oauth_rows(resources, ana.user_id, NOW)
    await _insert_old_events(resources, list_id)
    await _insert_mails(resources, ana, list_id)
    settings.mail.folder.mkdir()
    for number in range(3):
        path = settings.mail.folder / f"{number}.eml"
        path.write_text("x")
        os.utime(path, ((NOW - 5 * number * DAY).timestamp(),) * 2)


async def _insert_broken_upload(
    resources: Resources, todo_id: str, number: int, expires: datetime
) -> None:
    file: dict[str, Any] = {"id": f"f{number}", "todo_id": todo_id, "state": "uploading"}
    file |= {"name": "x", "media_type": "image/png", "size_bytes": 1}
    file |= {"created_at": NOW, "delete_at": expires - attachments.MARGIN}
    await insert_rows(resources, AttachmentRow, file)


async def _insert_sign_ins(
    resources: Resources, ana: Actor, number: int, expires: datetime
) -> None:
    """Insert a row of each table about sign-ins that wait for something."""
    ceremony: dict[str, Any] = {
        "hash": f"{number}",
        "purpose": "sign_in",
        "bound_to": "",
        "expires_at": expires,
    }
    await insert_rows(resources, PasskeyCeremonyRow, ceremony)
    challenge: dict[str, Any] = {
        "hash": f"{number}",
        "user_id": ana.user_id,
        "first_method": "password",
    }
    challenge |= {"created_at": NOW - DAY, "expires_at": expires}
    await insert_rows(resources, SignInChallengeRow, challenge)
    provider_ticket = {"hash": f"{number}", "kind": "state", "provider": "corp"}
    await insert_rows(resources, ProviderTicketRow, provider_ticket | {"expires_at": expires})


async def _insert_guests(resources: Resources, list_id: Any, number: int, expires: Any) -> None:
    """Insert a guest whose session ends at `expires`, and one whose session ended long before."""
    link: dict[str, Any] = {
        "id": f"live{number}",
        "list_id": list_id,
        "name": "x",
        "role": "viewer",
        "nonce": "x",
    }
    await insert_rows(resources, ShareLinkRow, link | {"created_at": NOW, "use_count": 1})
    for name in (f"here{number}", f"left{number}"):
        row: dict[str, Any] = {
            "id": name,
            "email": "",
            "email_key": f"guest:{name}",
            "password_hash": "",
        }
        row |= {"name": "x", "status": "guest", "created_at": NOW}
        await insert_rows(resources, UserRow, row | {"updated_at": expires - 30 * DAY})
        await insert_rows(resources, StreamRow, {"id": f"user:{name}", "epoch": "e", "head": 0})
    session: dict[str, Any] = {
        "user_id": f"here{number}",
        "link_id": f"live{number}",
        "token_hash": f"{number}",
    }
    await insert_rows(resources, GuestRow, session | {"created_at": NOW, "expires_at": expires})


async def _insert_exports_and_deletions(resources: Resources, world: World) -> None:
    """Insert three of each, of which one is not over; one export that is over has chunks."""
    for number in range(3):
        user = await world.user(f"V{number}")
        over = NOW - number * SECOND if number else NOW + DAY
        export = {"id": f"e{number}", "user_id": user.user_id, "state": "done"}
        await insert_rows(
            resources, DataExportRow, export | {"created_at": NOW - DAY, "expires_at": over}
        )
        if number != 1:
            chunk = {"export_id": f"e{number}", "number": 0, "content": b"x"}
            await insert_rows(resources, DataExportChunkRow, chunk)
        content = {"import_id": f"i{number}", "part": "file", "number": 0, "content": b"x"}
        file = {"id": f"i{number}", "user_id": user.user_id, "file_name": "x", "state": "ready"}
        await insert_rows(
            resources, ImportRow, file | {"created_at": NOW - DAY, "expires_at": over}
        )
        if number != 1:
            await insert_rows(resources, ImportChunkRow, content)
        deletion = {"user_id": user.user_id, "requested_at": NOW - DAY, "delete_at": over}
        await insert_rows(resources, AccountDeletionRow, deletion)


async def _insert_webhook_deliveries(resources: Resources, ana: Actor) -> None:
    """Insert three deliveries of a webhook that nobody uses any more."""
    texts = dict.fromkeys(("name", "url", "encrypted_secret", "key_id"), "x")
    webhook: dict[str, Any] = {
        "id": "hook",
        "user_id": ana.user_id,
        "events": [],
        "disabled_reason": "user",
    }
    webhook |= {"created_at": NOW - 30 * DAY, "disabled_at": NOW - 30 * DAY, "failures": 0}
    await insert_rows(resources, WebhookRow, texts | webhook | {"last_error": ""})
    for number in range(3):
        delivery: dict[str, Any] = {"id": f"d{number}", "webhook_id": "hook", "kind": "event"}
        delivery |= dict.fromkeys(("event", "message_id", "error", "response"), "x")
        delivery |= {"state": "delivered", "attempts": 1, "created_at": NOW - 5 * number * DAY}
        await insert_rows(resources, WebhookDeliveryRow, delivery)


async def _insert_mails(resources: Resources, ana: Actor, list_id: Any) -> None:
    """Insert three mails that became todos, a new one and two old ones."""
    for number in range(3):
        mail: dict[str, Any] = {"id": f"m{number}", "user_id": ana.user_id, "list_id": list_id}
        mail |= {"state": "done", "size": 9, "received_at": NOW - 8 * number * DAY}
        await insert_rows(resources, InboundMessageRow, mail)


async def _insert_old_events(resources: Resources, list_id: Any) -> None:
    async with resources.begin() as work:
        await work.lock_streams([list_stream(list_id)])
        for _ in range(30):
            work.record(list_stream(list_id), TodoPurged(todo_id="x"), None)
    async with resources.begin() as work:
        await work.connection.execute(update(EventRow).values(at=NOW - 8 * DAY))


async def _read_keys(resources: Resources, settings: Settings, chore: str) -> set[Any]:
    if chore == "dev_mail":
        return {path.name for path in settings.mail.folder.iterdir()}
    return await column_values(resources, COLUMNS[chore])


@pytest.mark.parametrize("chore", sorted(REMOVING))
async def test_a_dry_run_counts_what_the_chore_then_removes(
    resources: Resources,
    later: Resources,
    world: World,
    builder: JobBuilder,
    settings: Settings,
    chore: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(event_trimming, "MIN_EVENTS_PER_STREAM", 10)
    await _insert_rows_for_every_chore(resources, world, builder, settings)
    before = await _read_keys(resources, settings, chore)

    counted = await cleanup_command.count_removable(later)
    untouched = await _read_keys(resources, settings, chore)
    await run_chore(later, chore)
    after = await _read_keys(resources, settings, chore)

    assert set(counted) == REMOVING
    assert untouched == before
    assert counted[chore] == len(before - after) > 0
    assert after
    assert (await cleanup_command.count_removable(later))[chore] == 0


async def test_the_command_prints_one_line_for_each_chore_and_then_removes(
    resources: Resources,
    world: World,
    settings: Settings,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run = CommandRunner(cleanup_command, settings, monkeypatch)
    ana = await world.user()
    ticket = {"hash": "expired", "session_id": ana.session_id, "expires_at": NOW - 900 * DAY}
    await insert_rows(resources, TicketRow, ticket)

    assert await run("--dry-run") == 0
    table = capsys.readouterr().out
    after_dry_run = await column_values(resources, TicketRow.hash)
    assert await run("--json") == 0
    counts = orjson.loads(capsys.readouterr().out)

    assert {line.split()[0] for line in table.splitlines()[:-1]} == REMOVING == set(counts)
    assert table.splitlines()[-1] == "1 row would go."
    assert after_dry_run == {"expired"}
    assert counts["tickets"] == 1
    assert await column_values(resources, TicketRow.hash) == set()


async def test_a_database_without_tables_is_reported_in_a_sentence(
    settings: Settings,
    resources: Resources,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    empty = f"sqlite+aiosqlite:///{settings.data_dir}/empty.db"
    run = CommandRunner(
        cleanup_command, changed_settings(settings, database_url=empty), monkeypatch
    )

    assert await run("--dry-run") == 1

    assert "./livelist migrate" in capsys.readouterr().err
    async with resources.begin_read() as read:
        assert await read.connection.scalar(select(1)) == 1
