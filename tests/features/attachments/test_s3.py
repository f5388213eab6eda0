"""The same attachments in a bucket of an S3 server, which runs as a process of its own."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from shared.attachments.rules import content_key, thumbnail_key
from shared.object_storage.store import ObjectMissing, ObjectStorage
from shared.settings import Settings
from tests.support.attachments import attach, chunks, upload
from tests.support.features.list_builder import OWNER, ListBuilder
from tests.support.services.s3 import S3Server, s3_server
from tests.support.settings import changed_settings, plain_settings
from tests.support.world_builder import World
from worker.cleanup import attachments as cleanup

# Two parts of an upload to a bucket.
LARGE = bytes(range(256)) * 4 * 1024 * 7


@pytest_asyncio.fixture(scope="module")
async def s3() -> AsyncIterator[S3Server]:
    async with s3_server() as server:
        yield server


@pytest.fixture
def settings(tmp_path: Path, database_url: str, redis_url: str, s3: S3Server) -> Settings:
    return plain_settings(tmp_path, database_url=database_url, redis_url=redis_url, **s3.settings)


# The storage does not depend on the kind of database.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


async def test_a_file_goes_to_the_bucket_and_comes_back_whole_and_in_parts(
    builder: ListBuilder, world: World, tmp_path: Path
) -> None:
    ana = await world.user("Ana")
    todo = await builder.add_todo(ana, await builder.make_list({ana: OWNER}))

    shape = await attach(builder, ana, todo["id"], LARGE, "data.bin")

    path = f"/attachments/{shape['id']}/content"
    whole = await builder.request(ana, "GET", path)
    part = await builder.request(ana, "GET", path, Range="bytes=5242870-5242889")
    assert (whole.status_code, whole.content == LARGE) == (200, True)
    assert (part.status_code, part.content) == (206, LARGE[5242870:5242890])
    assert not (tmp_path / "attachments").exists()


async def test_clean_up_deletes_the_objects(builder: ListBuilder, world: World) -> None:
    ana = await world.user("Ana")
    todo = await builder.add_todo(ana, await builder.make_list({ana: OWNER}))
    shape = await attach(builder, ana, todo["id"])
    objects = builder.resources.objects
    await objects.write(thumbnail_key(shape["id"]), chunks(b"small"))
    await builder.request(ana, "DELETE", f"/todos/{todo['id']}")
    await builder.request(ana, "DELETE", f"/todos/{todo['id']}?forever=true")

    await cleanup.delete_batch(builder.resources)

    for key in (content_key(shape["id"]), thumbnail_key(shape["id"])):
        with pytest.raises(ObjectMissing):
            await objects.read(key)


async def test_a_storage_that_is_away_is_said_in_a_sentence(
    builder: ListBuilder, world: World, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana = await world.user("Ana")
    todo = await builder.add_todo(ana, await builder.make_list({ana: OWNER}))
    # No such bucket: refused at once, and not tried again for a minute as a dead address.
    elsewhere = changed_settings(settings, attachments_s3_bucket="no-such-bucket")
    monkeypatch.setattr(builder.served, "objects", ObjectStorage(elsewhere.attachments))

    answer = await upload(builder, ana, todo["id"])

    assert (answer.status_code, answer.json()["code"]) == (503, "storage_unavailable")
    after = (await builder.request(ana, "GET", f"/todos/{todo['id']}")).json()
    assert after["attachment_count"] == 0


async def test_a_broken_upload_leaves_no_object(builder: ListBuilder) -> None:
    objects = builder.resources.objects

    async def broken() -> AsyncIterator[bytes]:
        yield b"a" * 6 * 1024 * 1024
        await asyncio.sleep(0)
        raise ConnectionError

    with pytest.raises(ConnectionError):
        await objects.write("files/broken", broken())

    with pytest.raises(ObjectMissing):
        await objects.read("files/broken")
