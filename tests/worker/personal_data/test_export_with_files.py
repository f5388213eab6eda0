"""The export of all data of an account with its files: which are in the archive, and when it breaks off."""

import io
import zipfile

import httpx
import orjson
import pytest

from shared.accounts.authentication.sessions import revoke_other_sessions
from shared.actor import Actor
from shared.attachments.archives import member_path
from shared.attachments.commands import remove_attachment
from shared.contract.shapes import Role
from shared.ids import AttachmentId, ListId, TodoId
from shared.members.commands import remove_member
from shared.object_storage.store import ObjectStorage, StoredObject
from shared.resources import Resources
from shared.todos.commands.create import create_todo
from shared.todos.commands.trash import delete_todo
from shared.todos.rules.todo_edits import NewTodo, Placement
from tests.support.attachments import TEXT, insert_attachment
from tests.support.personal_data import EXPORTS, Exporter
from tests.support.worker.worker_harness import WorkerHarness
from tests.support.world_builder import World


@pytest.fixture
async def ana(world: World) -> Actor:
    return await world.user("Ana")


@pytest.fixture
def exporter(client: httpx.AsyncClient, resources: Resources, ana: Actor) -> Exporter:
    return Exporter(client, resources, ana)


async def attach(world: World, user: Actor, list_id: ListId, name: str) -> tuple[str, TodoId]:
    """Attach a file to a new todo; return its path in an archive, and the id of the todo."""
    todo = await world.run(create_todo, user, list_id, NewTodo(title=name), Placement())
    file_id = await insert_attachment(world.resources, user, todo.id, name=name)
    return member_path(file_id, name), TodoId(todo.id)


async def test_the_archive_has_the_files_that_the_document_names_and_the_account_may_load(
    exporter: Exporter, world: World, ana: Actor, worker: WorkerHarness
) -> None:
    ben = await world.user("Ben")
    own = await world.list(ana, (ben, Role.EDITOR), name="Own")
    shared = await world.list(ben, (ana, Role.EDITOR), name="Shared")
    left = await world.list(ben, (ana, Role.EDITOR), name="Left")
    hers, _ = await attach(world, ana, own, "hers.txt")
    his_in_hers, _ = await attach(world, ben, own, "his.txt")
    hers_in_his, _ = await attach(world, ana, shared, "elsewhere.txt")
    await attach(world, ben, shared, "his own.txt")
    await attach(world, ana, left, "left.txt")
    await world.run(remove_member, ben, left, ana.user_id)
    in_trash, todo_id = await attach(world, ana, own, "trash.txt")
    await world.run(delete_todo, ana, todo_id)
    removed, _ = await attach(world, ana, own, "removed.txt")
    await world.run(remove_attachment, ana, AttachmentId(removed.split("/")[1]))
    export = await exporter.request()
    await worker.run_once()

    answer = await exporter.client.get(
        f"{EXPORTS}/{export['id']}/content?format=zip", headers=exporter.headers
    )

    assert answer.headers["Content-Type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == [
            "personal-data.json", hers, his_in_hers, hers_in_his, "missing-files.txt",
        ]  # fmt: skip
        assert archive.read(his_in_hers) == TEXT
        missing = archive.read("missing-files.txt").decode()
        assert missing == f"{in_trash}: It was removed, or you may not read it any more.\n"
        document = archive.read("personal-data.json")
    assert document == (await exporter.download(export["id"])).content
    named = {file["id"] for file in orjson.loads(document)["attachments"]}
    assert {path.split("/")[1] for path in (hers, his_in_hers, hers_in_his, in_trash)} <= named


async def test_the_archive_breaks_off_when_the_session_ends(
    exporter: Exporter,
    world: World,
    ana: Actor,
    worker: WorkerHarness,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    own = await world.list(ana)
    for number in range(3):
        await attach(world, ana, own, f"{number}.txt")
    export = await exporter.request()
    await worker.run_once()
    phone = Exporter(exporter.client, world.resources, await world.another_session(ana))
    read, asked = ObjectStorage.read, 0

    async def read_and_sign_out(self: ObjectStorage, key: str) -> StoredObject:
        nonlocal asked
        asked += 1
        await world.run(revoke_other_sessions, ana)
        return await read(self, key)

    monkeypatch.setattr(ObjectStorage, "read", read_and_sign_out)
    answer = await exporter.client.get(
        f"{EXPORTS}/{export['id']}/content?format=zip", headers=phone.headers
    )

    # Too little was read to be sent before.
    assert (answer.status_code, asked) == (401, 1)
