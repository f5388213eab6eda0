"""Exports with the attached files, as an archive: what is in it, who gets it, and what a file may break."""

import io
import zipfile
from collections.abc import AsyncIterator

import httpx
import orjson
import pytest

from api.http.large_answers import HeldBytes, LargeAnswers
from api.routes import export_archive
from api.routes.export_archive import ExportArchive
from api.routes.lists.export_document import ExportDocument
from shared.accounts.api_tokens import revoke_api_token
from shared.actor import Actor
from shared.attachments.archives import member_path
from shared.attachments.commands import remove_attachment
from shared.attachments.rules import content_key
from shared.contract.shapes import Role
from shared.errors import Unavailable
from shared.ids import AttachmentId, UserId, new_id
from shared.languages.texts import translator
from shared.list_exports import archived_files
from shared.list_exports.archived_files import ArchivedFiles
from shared.list_exports.json_encoder import JsonEncoder
from shared.members.commands import remove_member
from shared.object_storage.store import ObjectStorage, StoredObject
from tests.features.lists.test_list_exports import add, export, headers
from tests.support.api_tokens import insert_api_token
from tests.support.attachments import TEXT, chunks, insert_attachment
from tests.support.world_builder import World

PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 3000


@pytest.fixture
async def ana(world: World) -> Actor:
    return await world.user("Ana")


async def attach(
    world: World, user: Actor, todo_id: str, name: str, content: bytes = TEXT
) -> AttachmentId:
    return await insert_attachment(world.resources, user, todo_id, name=name, content=content)


def opened(answer: httpx.Response) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(answer.content))


async def test_an_archive_has_the_document_and_the_bytes_of_each_file(
    client: httpx.AsyncClient, world: World, ana: Actor
) -> None:
    ben = await world.user("Ben")
    list_id = await world.list(ana, (ben, Role.VIEWER), name="Trip")
    train, hotel = [await add(world, ana, list_id, title=title) for title in ("Train", "Hotel")]
    picture = await attach(world, ana, train, "Größe/…a:b?.png", PICTURE)
    text = await attach(world, ana, hotel, "list.txt")

    answer = await export(client, world, ben, f"/lists/{list_id}/export?format=zip")
    plain = await export(client, world, ben, f"/lists/{list_id}/export")

    assert answer.headers["Content-Type"] == "application/zip"
    assert answer.headers["Content-Disposition"].endswith('.zip"')
    archive = opened(answer)
    paths = [member_path(picture, "Größe/…a:b?.png"), member_path(text, "list.txt")]
    assert archive.namelist() == ["export.json", *paths]
    assert archive.testzip() is None
    assert [archive.read(path) for path in paths] == [PICTURE, TEXT]
    assert archive.getinfo(paths[0]).compress_type == zipfile.ZIP_STORED
    document, expected = orjson.loads(archive.read("export.json")), orjson.loads(plain.content)
    files = [todo["attachments"] for todo in document["lists"][0]["todos"]]
    assert [[file.pop("path") for file in each] for each in files] == [[path] for path in paths]
    assert document | {"exported_at": ""} == expected | {"exported_at": ""}


async def test_an_archive_of_all_lists_has_the_files_that_the_caller_may_load(
    client: httpx.AsyncClient, world: World, ana: Actor
) -> None:
    ben = await world.user("Ben")
    own, shared = await world.list(ana), await world.list(ben, (ana, Role.VIEWER))
    foreign = await world.list(ben)
    for user, list_id in ((ana, own), (ben, shared), (ben, foreign)):
        await attach(world, user, await add(world, user, list_id, title="Train"), f"{list_id}.txt")
    token = await insert_api_token(world.resources, ana, lists=(own,))

    archive = opened(await export(client, world, ana, "/users/me/list-export?format=zip"))
    limited = await client.get("/api/v1/users/me/list-export?format=zip", headers=token.headers)
    refused = await client.get(
        f"/api/v1/lists/{foreign}/export?format=zip", headers=headers(world.resources, ana)
    )

    names = sorted(path.rpartition("/")[2] for path in archive.namelist())
    assert names == sorted(["export.json", f"{own}.txt", f"{shared}.txt"])
    assert [path.rpartition("/")[2] for path in opened(limited).namelist()] == [
        "export.json", f"{own}.txt",
    ]  # fmt: skip
    assert refused.status_code == 404


async def test_a_missing_and_a_broken_file_are_named_and_the_others_are_there(
    client: httpx.AsyncClient, world: World, ana: Actor
) -> None:
    list_id = await world.list(ana)
    todo = await add(world, ana, list_id, title="Train")
    gone, short, long, whole = [
        await attach(world, ana, todo, f"{name}.txt") for name in ("gone", "short", "long", "whole")
    ]
    objects = world.resources.objects
    await objects.delete([content_key(gone)])
    await objects.write(content_key(short), chunks(TEXT[:4]))
    await objects.write(content_key(long), chunks(TEXT * 2))

    url = f"/api/v1/lists/{list_id}/export?format=zip"
    german = headers(world.resources, ana) | {"Accept-Language": "de"}
    archive = opened(await client.get(url, headers=headers(world.resources, ana)))
    translated = opened(await client.get(url, headers=german))

    assert archive.testzip() is None
    assert archive.read(member_path(whole, "whole.txt")) == TEXT
    assert archive.read("missing-files.txt").decode().splitlines() == [
        f"files/{gone}/gone.txt: The file is missing in the storage. Tell whoever runs this site.",
        f"files/{short}/short.txt: It is broken: 4 of 17 bytes are stored.",
        f"files/{long}/long.txt: It is broken: 34 of 17 bytes are stored.",
    ]
    assert f"files/{short}/short.txt: Sie ist beschädigt" in (
        translated.read("missing-files.txt").decode()
    )


async def test_what_the_caller_loses_while_files_are_sent_is_named(
    world: World, ana: Actor
) -> None:
    ben = await world.user("Ben")
    first, second = [await world.list(ana, (ben, Role.EDITOR)) for _ in range(2)]
    removed = await attach(world, ana, await add(world, ana, first, title="Train"), "a.txt")
    kept = await attach(world, ana, await add(world, ana, first, title="Hotel"), "b.txt")
    lost = await attach(world, ana, await add(world, ana, second, title="Bus"), "c.txt")
    answers = LargeAnswers()
    files = ArchivedFiles()
    document = ExportDocument(
        world.resources, ben, JsonEncoder(files), [first, second], translator("en")
    )
    held = HeldBytes(answers, ben.user_id, 8 * 1024 * 1024)
    archive = ExportArchive(
        world.resources, ben, "export.json", document, files, held, translator("en")
    )
    parts = []
    read_document = document.read_next

    async def read_next() -> bytes | None:
        part = await read_document()
        if part is None:
            await world.run(remove_attachment, ana, removed)
            await world.run(remove_member, ana, second, ben.user_id)
        return part

    document.read_next = read_next  # type: ignore[method-assign]
    while (part := await archive.read_next()) is not None:
        parts.append(part)
    held.end()
    await archive.close()

    content = zipfile.ZipFile(io.BytesIO(b"".join(parts)))
    assert content.namelist() == ["export.json", f"files/{kept}/b.txt", "missing-files.txt"]
    reason = "It was removed, or you may not read it any more."
    assert content.read("missing-files.txt").decode().splitlines() == [
        f"files/{removed}/a.txt: {reason}",
        f"files/{lost}/c.txt: {reason}",
    ]
    # The document no longer counts as held once it is sent.
    answers.begin(ben.user_id, 32 * 1024 * 1024)


async def test_an_archive_breaks_off_when_its_api_token_is_revoked(
    client: httpx.AsyncClient, world: World, ana: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    list_id = await world.list(ana)
    todo = await add(world, ana, list_id, title="Train")
    for number in range(3):
        await attach(world, ana, todo, f"{number}.txt")
    token = await insert_api_token(world.resources, ana)
    read, asked = ObjectStorage.read, 0

    async def read_and_revoke(self: ObjectStorage, key: str) -> StoredObject:
        nonlocal asked
        asked += 1
        await world.run(revoke_api_token, ana, token.id)
        return await read(self, key)

    monkeypatch.setattr(ObjectStorage, "read", read_and_revoke)
    answer = await client.get(f"/api/v1/lists/{list_id}/export?format=zip", headers=token.headers)

    # Too little was read to be sent before.
    assert (answer.status_code, asked) == (401, 1)


async def test_files_beyond_the_limits_have_no_path_and_are_counted(
    client: httpx.AsyncClient, world: World, ana: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    list_id = await world.list(ana)
    todo = await add(world, ana, list_id, title="Train")
    for number in range(4):
        await attach(world, ana, todo, f"{number}.txt")
    url = f"/lists/{list_id}/export?format=zip"

    for name, limit in (("MAX_FILES", 2), ("MAX_BYTES", 2 * len(TEXT))):
        with monkeypatch.context() as patch:
            patch.setattr(archived_files, name, limit)
            archive = opened(await export(client, world, ana, url))

        document = orjson.loads(archive.read("export.json"))
        (exported,) = document["lists"][0]["todos"]
        assert [file["path"] is None for file in exported["attachments"]] == [False] * 2 + [
            True
        ] * 2
        assert archive.read("missing-files.txt").decode().startswith("2 files were left out: ")


async def test_a_storage_that_is_away_is_not_asked_for_each_file(
    client: httpx.AsyncClient, world: World, ana: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    list_id = await world.list(ana)
    todo = await add(world, ana, list_id, title="Train")
    for number in range(6):
        await attach(world, ana, todo, f"{number}.txt")
    read, asked = ObjectStorage.read, 0

    async def broken(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        async for chunk in chunks:
            yield chunk[:3]
            raise Unavailable("The storage of attached files does not answer now.")

    async def read_broken(self: ObjectStorage, key: str) -> StoredObject:
        nonlocal asked
        asked += 1
        stored = await read(self, key)
        return StoredObject(stored.size, broken(stored.chunks))

    monkeypatch.setattr(ObjectStorage, "read", read_broken)
    monkeypatch.setattr(export_archive, "MAX_FAILURES", 3)

    archive = opened(await export(client, world, ana, f"/lists/{list_id}/export?format=zip"))

    lines = archive.read("missing-files.txt").decode().splitlines()
    assert [line.partition(": ")[2] for line in lines] == [
        "The storage of attached files does not answer now."
    ] * 6
    assert (asked, archive.testzip()) == (3, None)


def test_a_path_can_be_unpacked_everywhere() -> None:
    names = {
        "ticket.pdf": "ticket.pdf",
        "../../etc/passwd": "_._etc_passwd",
        'a<b>:"c|d?*.txt': "a_b___c_d__.txt",
        " . ": "file",
        "CON.txt": "_CON.txt",
        "nul": "_nul",
        "Prnt.txt": "Prnt.txt",
        "Rechnung März.pdf ": "Rechnung März.pdf",
        "tab\tbell\x07": "tab_bell_",
    }
    for name, expected in names.items():
        assert member_path("id", name) == f"files/id/{expected}"

    for name in ("ü" * 200 + ".jpeg", "🚂" * 200, "x." + "y" * 198):
        path = member_path("id", name)
        assert len(path.encode()) <= len("files/id/") + 120
        assert path.encode().decode() == path
    assert member_path("id", "ü" * 200 + ".jpeg").endswith("ü.jpeg")


def test_an_archive_under_way_counts_as_what_it_holds() -> None:
    answers, user = LargeAnswers(), UserId(new_id())
    held = HeldBytes(answers, user, 9 * 1024 * 1024)
    held.shrink(1024)
    answers.begin(user, 31 * 1024 * 1024)
    answers.end(user, 31 * 1024 * 1024)

    held.end()

    answers.begin(user, 32 * 1024 * 1024)
