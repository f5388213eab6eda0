"""Exports of all data of an account: the document, its making, its download and its end."""

from datetime import timedelta
from typing import Any

import httpx
import orjson
import pytest
from sqlalchemy import func, select, update

from shared import failpoints
from shared.accounts.authentication.sessions import revoke_other_sessions
from shared.accounts.personal_data import document, export_steps, exports
from shared.accounts.personal_data.section import PAGE_ROWS
from shared.accounts.personal_data.sections import SECTIONS
from shared.actor import Actor
from shared.comments.commands import add_comment
from shared.comments.reactions import react
from shared.contract.shapes import Role
from shared.errors import Conflict, NotFound, RateLimited
from shared.ids import CommentId, ExportId, TodoId, user_stream
from shared.members.commands import remove_member
from shared.members.invitations import invite_member
from shared.resources import Resources
from shared.settings.accounts import AccountSettings
from shared.tables.accounts import AuditRow
from shared.tables.personal_data import DataExportChunkRow, DataExportRow
from shared.todos.commands.create import create_todo
from shared.todos.rules.todo_edits import NewTodo, Placement
from tests.support.api_tokens import insert_api_token
from tests.support.personal_data import EXPORTS, Exporter, add_long_todos
from tests.support.services.smtp import SmtpServer
from tests.support.worker.table_rows import count_rows, run_chore
from tests.support.worker.worker_harness import WorkerHarness
from tests.support.world_builder import World


@pytest.fixture
async def ana(world: World) -> Actor:
    return await world.user("Ana")


@pytest.fixture
def exporter(client: httpx.AsyncClient, resources: Resources, ana: Actor) -> Exporter:
    return Exporter(client, resources, ana)


async def test_an_export_has_what_the_account_owns_and_what_it_wrote_elsewhere(
    exporter: Exporter, world: World, ana: Actor, worker: WorkerHarness
) -> None:
    ben = await world.user("Ben")
    own = await world.list(ana, (ben, Role.EDITOR), name="Own")
    shared = await world.list(ben, (ana, Role.EDITOR), name="Shared")
    left = await world.list(ben, (ana, Role.EDITOR), name="Left")
    todos, reacted = {}, {}
    for user, list_id, title in (
        (ana, own, "by Ana in hers"), (ben, own, "by Ben in hers"),
        (ana, shared, "by Ana in his"), (ben, shared, "by Ben in his"),
        (ana, left, "by Ana in the list she left"),
    ):  # fmt: skip
        todo = await world.run(create_todo, user, list_id, NewTodo(title=title), Placement())
        todos[title] = TodoId(todo.id)
    for title in todos:
        for user in (ana, ben):
            body = f"{user.name} on {title}"
            comment = await world.run(add_comment, user, todos[title], body)
            await world.run(react, ana, todos[title], CommentId(comment.id), "👍")
            reacted[comment.id] = title
    await world.run(remove_member, ben, left, ana.user_id)
    await world.run(invite_member, ana, own, "eve@example.com", Role.VIEWER)
    token = await insert_api_token(world.resources, ana)

    await exporter.request()
    await worker.run_once()
    document = await exporter.document()

    assert document["format"] == "livelist-personal-data/1"
    assert list(document)[4:] == [section.name for section in SECTIONS]
    (profile,) = document["profile"]
    assert profile["email"] == await world.email_of(ana)
    assert {row["name"]: row["role"] for row in document["lists"]} == {
        "Own": "owner", "Shared": "editor",
    }  # fmt: skip
    assert {todo["title"] for todo in document["todos"]} == {
        "by Ana in hers", "by Ben in hers", "by Ana in his",
    }  # fmt: skip
    assert {comment["body"] for comment in document["comments"]} == {
        "Ana on by Ana in hers", "Ben on by Ana in hers", "Ana on by Ben in hers",
        "Ben on by Ben in hers", "Ana on by Ana in his", "Ana on by Ben in his",
    }  # fmt: skip
    # Not those in the list that she left.
    assert {row["comment_id"] for row in document["comment_reactions"]} == {
        comment_id for comment_id, title in reacted.items() if "she left" not in title
    }
    assert {member["name"] for member in document["members"]} == {"Ana", "Ben"}
    assert [row["email"] for row in document["sent_invitations"]] == ["eve@example.com"]
    assert [row["id"] for row in document["api_tokens"]] == [token.id]
    assert token.text not in orjson.dumps(document).decode()
    assert {row["action"] for row in document["audit"]} >= {"data_export.requested"}


async def test_a_finished_export_is_mailed_once_and_downloaded_by_its_account_alone(
    exporter: Exporter, world: World, ana: Actor, worker: WorkerHarness, smtp: SmtpServer
) -> None:
    ben = Exporter(exporter.client, world.resources, await world.user("Ben"))
    export = await exporter.request()
    assert export["state"] == "queued"
    early = await exporter.download(export["id"])

    for _ in range(3):
        await worker.run_once()

    answer = await exporter.download(export["id"])
    assert early.status_code == 404
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="livelist-')
    assert len(answer.content) == (await exporter.newest())["size_bytes"]
    assert (await ben.download(export["id"])).status_code == 404
    (mail,) = await smtp.wait_for(1)
    assert mail.subject == "Your data are ready"
    assert "/settings" in mail.body()
    assert "token" not in mail.body()
    assert export["id"] not in mail.body()


async def test_clients_see_the_progress_in_events(
    exporter: Exporter, world: World, ana: Actor, worker: WorkerHarness, resources: Resources
) -> None:
    await add_long_todos(resources, await world.list(ana), ana, 60)
    export = await exporter.request()

    await worker.run_once()

    events = [
        frame["data"]["export"]
        for frame in await world.events(user_stream(ana.user_id))
        if frame["event"] == "data_export.changed"
    ]
    assert [event["state"] for event in (events[0], events[1], events[-1])] == [
        "queued", "running", "done",
    ]  # fmt: skip
    done = [event["rows_done"] for event in events]
    assert done == sorted(done)
    assert len(set(done)) == 3
    assert len(events) <= export_steps.PROGRESS_STEPS + 3
    assert events[-1] == await exporter.newest()
    assert events[-1]["rows_done"] == events[-1]["rows_total"]
    assert events[-1]["id"] == export["id"]


async def test_a_worker_holds_one_page_at_a_time(
    exporter: Exporter,
    world: World,
    ana: Actor,
    worker: WorkerHarness,
    resources: Resources,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ids = await add_long_todos(resources, await world.list(ana), ana, 400)
    pages: list[document.Page] = []
    read_page = document.read_page

    async def remember(*args: Any) -> document.Page:
        pages.append(await read_page(*args))
        return pages[-1]

    monkeypatch.setattr(export_steps, "read_page", remember)
    await exporter.request()
    await worker.run_once()

    # A page ends with the batch of fifty todos that reaches 256 KiB.
    largest = document.PAGE_BYTES + PAGE_ROWS * 21_000
    assert max(len(page.text) for page in pages) <= largest
    assert len(pages) >= 8
    async with resources.begin_read() as read:
        longest = await read.connection.scalar(
            select(func.max(func.length(DataExportChunkRow.content)))
        )
    assert longest <= export_steps.CHUNK_BYTES
    todos = (await exporter.document())["todos"]
    assert [todo["id"] for todo in todos] == sorted(ids)


async def test_an_interrupted_export_goes_on_where_it_stopped(
    exporter: Exporter,
    world: World,
    ana: Actor,
    worker: WorkerHarness,
    resources: Resources,
    smtp: SmtpServer,
) -> None:
    ids = await add_long_todos(resources, await world.list(ana), ana, 120)
    export_id = ExportId((await exporter.request())["id"])

    failpoints.arm("export_page_saved:raise:2")
    try:
        await worker.run_once()
    finally:
        failpoints.arm("")
    interrupted = await exporter.newest()
    for _ in range(3):
        await worker.run_once()

    assert interrupted["state"] == "running"
    assert 0 < interrupted["rows_done"] < 120
    todos = (await exporter.document())["todos"]
    assert [todo["id"] for todo in todos] == sorted(ids)
    assert len(await smtp.wait_for(1)) == 1
    # If the job is run once more after all, it changes nothing.
    with pytest.raises(NotFound):
        await export_steps.write_step(resources, export_id)


async def test_a_step_that_another_worker_took_is_refused(
    exporter: Exporter,
    world: World,
    ana: Actor,
    resources: Resources,
) -> None:
    await add_long_todos(resources, await world.list(ana), ana, 120)
    export_id = ExportId((await exporter.request())["id"])
    async with resources.begin_read() as read:
        stale = await export_steps._read_step(read, export_id)
        page = await document.read_page(read, ana.user_id, document.Position())
    assert await export_steps.write_step(resources, export_id)

    written = export_steps._Written(page, len(page.text), [b"late"], 1)
    with pytest.raises(export_steps.StepTaken):
        async with resources.begin() as work:
            await export_steps._save(work, export_id, stale, written)


async def test_one_export_runs_at_a_time_and_three_in_a_day(
    exporter: Exporter, world: World, ana: Actor, worker: WorkerHarness
) -> None:
    await exporter.request()
    with pytest.raises(Conflict, match="being made already"):
        await world.run(exports.request_export, ana)

    for _ in range(2):
        await worker.run_once()
        await exporter.request()
    await worker.run_once()

    with pytest.raises(RateLimited) as refused:
        await world.run(exports.request_export, ana)
    assert refused.value.reason == "too_many_exports"
    async with world.resources.begin() as work:
        day = timedelta(days=1)
        await work.connection.execute(update(AuditRow).values(at=work.now - day))
    assert (await exporter.request())["state"] == "queued"


async def test_an_export_is_deleted_after_a_week_or_when_a_newer_one_is_done(
    exporter: Exporter, worker: WorkerHarness, resources: Resources
) -> None:
    first = await exporter.request()
    await worker.run_once()
    second = await exporter.request()
    during = await exporter.download(first["id"])
    await worker.run_once()
    after = await exporter.download(first["id"])

    for chore in ("data_export_chunks", "data_exports"):
        await run_chore(resources, chore)
    kept = await exporter.download(second["id"])
    async with resources.begin() as work:
        await work.connection.execute(update(DataExportRow).values(expires_at=work.now))
    for chore in ("data_export_chunks", "data_exports"):
        await run_chore(resources, chore)

    assert [during.status_code, after.status_code, kept.status_code] == [200, 404, 200]
    assert await count_rows(resources, DataExportRow) == 0
    assert await count_rows(resources, DataExportChunkRow) == 0


async def test_an_export_that_expired_unfinished_makes_room_for_the_next(
    exporter: Exporter, worker: WorkerHarness, resources: Resources
) -> None:
    first = await exporter.request()
    async with resources.begin() as work:
        await work.connection.execute(update(DataExportRow).values(expires_at=work.now))

    second = await exporter.request()
    for _ in range(2):
        await worker.run_once()

    async with resources.begin_read() as read:
        states = [
            (await exports.find_export(read, ExportId(export["id"])))[1].state
            for export in (first, second)
        ]
    assert states == ["failed", "done"]


async def test_an_export_that_grows_too_large_fails_in_words(
    exporter: Exporter,
    world: World,
    ana: Actor,
    worker: WorkerHarness,
    resources: Resources,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await add_long_todos(resources, await world.list(ana), ana, 60)
    monkeypatch.setattr(AccountSettings, "data_export_max_bytes", 1024 * 1024)
    await exporter.request()

    await worker.run_once()

    assert (await exporter.newest())["state"] == "failed"
    await run_chore(resources, "data_export_chunks")
    assert await count_rows(resources, DataExportChunkRow) == 0
    assert (await exporter.request())["state"] == "queued"


async def test_a_download_ends_when_its_session_ends(
    exporter: Exporter, world: World, ana: Actor, worker: WorkerHarness, resources: Resources
) -> None:
    export_id = ExportId((await exporter.request())["id"])
    await worker.run_once()
    phone = await world.another_session(ana)
    async with resources.begin_read() as read:
        before = await exports.read_chunk(read, phone, export_id, 0)

    await world.run(revoke_other_sessions, ana)

    async with resources.begin_read() as read:
        assert before
        assert await exports.read_chunk(read, phone, export_id, 0) is None
        assert await exports.read_chunk(read, ana, export_id, 0) == before


async def test_api_tokens_export_nothing(
    client: httpx.AsyncClient, world: World, ana: Actor
) -> None:
    token = await insert_api_token(world.resources, ana)

    answer = await client.post(EXPORTS, headers=token.headers)

    assert answer.status_code == 403
