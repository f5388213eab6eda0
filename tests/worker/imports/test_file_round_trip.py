"""Lists with attached files, exported as an archive and imported by another account: the same bytes, once."""

import io
import zipfile
from typing import Any

import httpx
import orjson
import pytest
from sqlalchemy import select

from shared.actor import Actor
from shared.attachments.commands import remove_attachment
from shared.attachments.queries import read_used_bytes
from shared.attachments.rules import IMPORTED_ARCHIVE, content_key
from shared.ids import AttachmentId, ListId, TodoId
from shared.imports.stored_pages import ImportPage, PageDetail
from shared.lists.commands import delete_list
from shared.object_storage.store import ObjectMissing
from shared.resources import Resources
from shared.settings.storage.attachments import AttachmentSettings
from shared.tables.details.attachments import AttachmentRow
from shared.todos.commands.create import create_todo
from shared.todos.commands.trash import delete_todo
from shared.todos.rules.todo_edits import NewTodo, Placement
from tests.support.attachments import insert_attachment, picture
from tests.support.imports import Importer, comparable
from tests.support.worker.worker_harness import WorkerHarness
from tests.support.world_builder import World
from worker.cleanup import attachments as cleanup
from worker.imports.archive import Member
from worker.imports.archive_files import ArchiveFiles
from worker.imports.items import FileRefused
from worker.imports.source import Source

FILES = {
    "Train": [("ticket.pdf", b"%PDF-1.7 ticket"), ("Größe 🚂.png", picture(40, 30))],
    # Of one name and size, and of one name and one content.
    "Hotel": [("a.txt", b"one"), ("a.txt", b"two"), ("a.txt", b"two"), ("page.html", b"<p>x")],
    "Bus": [("large.bin", bytes(range(256)) * 4 * 1024 * 7)],
    "Walk": [],
}


async def make_list(world: World, user: Actor) -> ListId:
    list_id = await world.list(user, name="Trip")
    for title, files in FILES.items():
        todo = await world.run(create_todo, user, list_id, NewTodo(title=title), Placement())
        for name, content in files:
            await insert_attachment(world.resources, user, todo.id, name=name, content=content)
    return list_id


async def archive_of(importer: Importer) -> bytes:
    answer = await importer.client.get(
        "/api/v1/users/me/list-export?format=zip", headers=importer.headers
    )
    assert answer.status_code == 200, answer.text
    return answer.content


def contents(archive: bytes) -> tuple[list[Any], dict[str, list[Any]]]:
    """Return the lists without their files, and names, types and bytes of the files by title."""
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        assert opened.testzip() is None
        document = orjson.loads(opened.read("export.json"))
        files: dict[str, list[Any]] = {}
        for todo in (todo for each in document["lists"] for todo in each["todos"]):
            files[todo["title"]] = [
                (file["name"], file["media_type"], opened.read(file["path"]))
                for file in todo.pop("attachments")
            ]
    return comparable(document), files


@pytest.fixture
async def ana(world: World, client: httpx.AsyncClient, resources: Resources) -> Importer:
    return Importer(client, resources, await world.user("Ana"))


@pytest.fixture
async def ben(world: World, client: httpx.AsyncClient, resources: Resources) -> Importer:
    return Importer(client, resources, await world.user("Ben"))


async def test_files_are_the_same_after_a_round_trip_to_another_account_and_come_once(
    world: World, ana: Importer, ben: Importer, worker: WorkerHarness
) -> None:
    await make_list(world, ana.user)
    exported = await archive_of(ana)

    done = await ben.complete(worker, exported, "livelist.zip")
    first = contents(await archive_of(ben))
    again = await ben.complete(worker, exported, "livelist.zip")

    assert (done["kind"], done["state"], done["error"]) == ("livelist", "done", "")
    assert (done["problem_count"], done["files_total"], done["files_done"]) == (0, 7, 7)
    lists, files = contents(exported)
    assert {title: [(name, data) for name, _, data in each] for title, each in files.items()} == {
        title: list(each) for title, each in FILES.items()
    }
    types = {name: kind for each in first[1].values() for name, kind, _ in each}
    assert (types["ticket.pdf"], types["Größe 🚂.png"], types["page.html"]) == (
        "application/pdf", "image/png", "application/octet-stream",
    )  # fmt: skip
    assert first[0] == lists
    assert {
        title: [(name, data) for name, _, data in each] for title, each in first[1].items()
    } == {title: [(name, data) for name, _, data in each] for title, each in files.items()}
    assert (again["todos_created"], again["files_total"], again["problem_count"]) == (0, 7, 0)
    assert contents(await archive_of(ben)) == first
    second = await archive_of(ben)
    await world.run(delete_list, ben.user, orjson.loads(_document(second))["lists"][0]["id"])
    await ben.complete(worker, second, "livelist.zip")
    assert contents(await archive_of(ben)) == first


def _document(archive: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        return opened.read("export.json")


async def test_files_beyond_the_quota_are_named_and_come_when_there_is_room(
    world: World,
    ana: Importer,
    ben: Importer,
    worker: WorkerHarness,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await make_list(world, ana.user)
    exported = await archive_of(ana)

    with monkeypatch.context() as patch:
        patch.setattr(AttachmentSettings, "quota_bytes", property(lambda _: 1024 * 1024))
        full = await ben.complete(worker, exported, "livelist.zip")
        used = await world.query(read_used_bytes, ben.user.user_id)
    later = await ben.complete(worker, exported, "livelist.zip")

    (problem,) = full["problems"]
    assert problem["text"].startswith("The file “large.bin” was left out: This file has 7 MB, and ")
    assert problem["line"] > 0
    assert (full["state"], used < 1024 * 1024) == ("done", True)
    assert (later["problem_count"], later["todos_created"]) == (0, 0)
    assert contents(await archive_of(ben))[1]["Bus"][0][2] == FILES["Bus"][0][1]


async def test_a_file_that_was_removed_counts_as_imported_until_it_is_deleted(
    world: World, ana: Importer, ben: Importer, worker: WorkerHarness
) -> None:
    await make_list(world, ana.user)
    exported = await archive_of(ana)
    await ben.complete(worker, exported, "livelist.zip")
    async with world.resources.begin_read() as read:
        of_ben = AttachmentRow.uploader_id == ben.user.user_id, AttachmentRow.name == "ticket.pdf"
        ticket = await read.connection.scalar(select(AttachmentRow.id).where(*of_ben))
    await world.run(remove_attachment, ben.user, AttachmentId(str(ticket)))

    await ben.complete(worker, exported, "livelist.zip")

    names = [name for name, _, _ in contents(await archive_of(ben))[1]["Train"]]
    assert names == ["Größe 🚂.png"]


async def test_files_that_another_import_attached_meanwhile_come_once(
    world: World,
    ana: Importer,
    ben: Importer,
    worker: WorkerHarness,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await make_list(world, ana.user)
    exported = await archive_of(ana)
    found: dict[tuple[str, int], list[tuple[PageDetail, TodoId]]] = {}
    read_missing = ArchiveFiles._read_missing

    async def read_before(
        self: ArchiveFiles, actor: Actor, row: Any, page: ImportPage
    ) -> list[tuple[PageDetail, TodoId]]:
        """Return what the first import found missing, as if both had looked at once."""
        key = page.list_key, len(page.files)
        if key not in found:
            found[key] = await read_missing(self, actor, row, page)
        return found[key]

    monkeypatch.setattr(ArchiveFiles, "_read_missing", read_before)
    await ben.complete(worker, exported, "livelist.zip")
    first = contents(await archive_of(ben))

    again = await ben.complete(worker, exported, "livelist.zip")

    assert sum(map(len, found.values())) == 7
    assert (again["state"], again["problem_count"]) == ("done", 0)
    assert contents(await archive_of(ben)) == first


async def test_files_of_todos_that_are_not_in_the_list_are_counted(
    world: World, ana: Importer, ben: Importer, worker: WorkerHarness
) -> None:
    await make_list(world, ana.user)
    exported = await archive_of(ana)
    await ben.complete(worker, exported, "livelist.zip")
    (trip,) = (each for each in (await ben.export())["lists"] if each["name"] == "Trip")
    (hotel,) = (todo for todo in trip["todos"] if todo["title"] == "Hotel")
    await world.run(delete_todo, ben.user, hotel["id"])

    done = await ben.complete(worker, exported, "livelist.zip")

    (problem,) = done["problems"]
    assert problem["text"] == "4 files were left out: their todos are not in the list."
    assert (done["state"], done["problem_count"], problem["line"] > 0) == ("done", 1, True)


async def test_files_are_checked_as_uploads_are(
    world: World,
    ana: Importer,
    ben: Importer,
    worker: WorkerHarness,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await make_list(world, ana.user)
    exported = await archive_of(ana)
    settings = world.resources.settings.attachments
    monkeypatch.setitem(settings.__dict__, "types", ("image/*", "text/plain"))
    monkeypatch.setitem(settings.__dict__, "max_mebibytes", 1)

    done = await ben.complete(worker, exported, "livelist.zip")

    refused = [problem["text"].partition(" was left out: ") for problem in done["problems"]]
    type_refused = "Files of this type cannot be attached here, only image/*, text/plain."
    assert [(name, reason) for name, _, reason in refused] == [
        ("The file “ticket.pdf”", type_refused),
        ("The file “page.html”", type_refused),
        ("The file “large.bin”", type_refused),
    ]


def rewritten(archive: bytes, change: Any) -> bytes:
    """Return the archive with members as `change(name, content)` returns them; None leaves one out."""
    content = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(archive)) as before,
        zipfile.ZipFile(content, "w") as after,
    ):
        for name in before.namelist():
            changed = change(name, before.read(name))
            if changed is not None:
                after.writestr(name, changed)
    return content.getvalue()


async def test_a_file_that_is_missing_short_or_damaged_is_named_and_the_others_come(
    world: World, ana: Importer, ben: Importer, worker: WorkerHarness
) -> None:
    await make_list(world, ana.user)

    def change(name: str, content: bytes) -> bytes | None:
        if name.endswith("ticket.pdf"):
            return None
        return content[:2] if content == b"one" else content

    exported = bytearray(rewritten(await archive_of(ana), change))
    # A byte of the last file, whose checksum is then another.
    at = exported.index(FILES["Bus"][0][1]) + 6 * 1024 * 1024
    exported[at] ^= 1

    done = await ben.complete(worker, bytes(exported), "livelist.zip")

    assert [problem["text"] for problem in done["problems"]] == [
        "A file is not whole in the archive, or not in it.",
        "A file is not whole in the archive, or not in it.",
        "The file “large.bin” was left out: The archive is damaged.",
    ]
    files = contents(await archive_of(ben))[1]
    assert [[name for name, _, _ in each] for each in files.values()] == [
        ["Größe 🚂.png"], ["a.txt", "a.txt", "page.html"], [], [],
    ]  # fmt: skip
    used = await world.query(read_used_bytes, ben.user.user_id)
    assert used < 1024 * 1024


async def test_a_directory_that_cannot_be_read_is_read_once(
    world: World,
    ana: Importer,
    ben: Importer,
    worker: WorkerHarness,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await make_list(world, ana.user)
    exported = await archive_of(ana)
    reads = []

    def refuse(source: Source) -> dict[str, Member]:
        reads.append(source)
        raise FileRefused("The archive is damaged.")

    monkeypatch.setattr("worker.imports.archive_files.own_members", refuse)
    done = await ben.complete(worker, exported, "livelist.zip")

    assert (done["state"], done["problem_count"], len(reads)) == ("done", 7, 1)
    assert {problem["text"].partition(": ")[2] for problem in done["problems"]} == {
        "The archive is damaged."
    }


async def test_the_archive_is_deleted_with_its_import_and_counts_against_no_quota(
    world: World, ana: Importer, ben: Importer, worker: WorkerHarness
) -> None:
    await make_list(world, ana.user)
    exported = await archive_of(ana)
    import_id = await ben.upload(exported, "livelist.zip")
    objects = world.resources.objects
    await worker.run_once()
    waiting = await ben.read(import_id)

    assert (waiting["state"], waiting["files_total"]) == ("ready", 7)
    assert await world.query(read_used_bytes, ben.user.user_id) == 0
    while await cleanup.delete_batch(world.resources):
        pass
    assert await objects.read_all(content_key(import_id)) == exported
    await ben.post(import_id, "cancel")
    while await cleanup.delete_batch(world.resources):
        pass

    with pytest.raises(ObjectMissing):
        await objects.read(content_key(import_id))
    async with world.resources.begin_read() as read:
        of_archives = select(AttachmentRow.id).where(AttachmentRow.media_type == IMPORTED_ARCHIVE)
        assert (await read.connection.execute(of_archives)).all() == []


async def test_an_account_stores_as_much_as_three_of_the_largest_archives(
    world: World, ben: Importer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.imports.commands.MAX_FILE_BYTES", 100_000)
    monkeypatch.setattr(AttachmentSettings, "quota_bytes", property(lambda _: 0))
    content = b"PK\x03\x04" + bytes(80_000)
    for _ in range(3):
        await ben.post(await ben.upload(content, "a.zip"), "cancel")

    refused = await ben.send(content, "a.zip")
    while await cleanup.delete_batch(world.resources):
        pass

    assert (refused.status_code, refused.json()["code"]) == (409, "too_many_imports")
    assert "wait an hour" in refused.json()["detail"]
    assert (await ben.send(content, "a.zip")).status_code == 202


async def test_archives_that_did_not_arrive_do_not_count(
    ben: Importer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.imports.commands.MAX_FILE_BYTES", 1024 * 1024)
    monkeypatch.setattr(AttachmentSettings, "quota_bytes", property(lambda _: 0))
    for _ in range(3):
        refused = await ben.send(b"PK\x03\x04" + bytes(2 * 1024 * 1024), "a.zip")
        assert refused.status_code == 413

    assert (await ben.send(b"PK\x03\x04", "a.zip")).status_code == 202


async def test_an_archive_above_the_limit_is_refused_while_it_arrives(
    ben: Importer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.imports.commands.MAX_FILE_BYTES", 1024 * 1024)
    monkeypatch.setattr(AttachmentSettings, "quota_bytes", property(lambda _: 1024 * 1024))

    refused = await ben.send(b"PK\x03\x04" + bytes(2 * 1024 * 1024), "a.zip")

    assert (refused.status_code, refused.json()["detail"]) == (
        413, "A file may have at most 2 MiB.",
    )  # fmt: skip
    assert (await ben.client.get("/api/v1/imports", headers=ben.headers)).json() == {"items": []}


@pytest.mark.parametrize(
    ("content", "mebibytes", "status"),
    [(b"PK\x03\x04 archive", 1152, 202), (b"PK\x03\x04 archive", 1153, 413), (b"Milk", 129, 413)],
)
async def test_an_announced_size_is_refused_above_what_the_file_may_have(
    ben: Importer, content: bytes, mebibytes: int, status: int
) -> None:
    answer = await ben.client.post(
        "/api/v1/imports?file_name=a",
        content=content,
        headers=ben.headers
        | {
            "Content-Type": "application/octet-stream",
            "Content-Length": str(mebibytes * 1024 * 1024),
        },
    )

    assert answer.status_code == status, answer.text
