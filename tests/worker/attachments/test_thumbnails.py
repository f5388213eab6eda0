"""Thumbnails: made by the worker, bounded, without metadata, and none of what cannot be read."""

import io
import struct
import zlib
from collections.abc import AsyncIterator

import pytest
from PIL import Image, ImageFile
from sqlalchemy import delete, select

from shared.actor import Actor
from shared.attachments.commands import Content, begin_upload, finish_upload, remove_attachment
from shared.attachments.rules import content_key, thumbnail_key
from shared.ids import AttachmentId, TodoId
from shared.object_storage.store import ObjectMissing
from shared.resources import Resources
from shared.tables.details.attachments import AttachmentRow
from shared.tables.jobs import JobRow
from shared.tables.streams import EventRow
from shared.tables.todos import TodoRow
from tests.support.attachments import chunks, picture
from tests.support.worker.job_builder import JobBuilder
from tests.support.worker.worker_harness import WorkerHarness
from tests.support.world_builder import World
from worker.attachments.thumbnails import thumbnail_of
from worker.cleanup.attachments import delete_batch

LIMIT = 50_000_000


async def _attach(
    resources: Resources, ana: Actor, builder: JobBuilder, content: bytes
) -> AttachmentId:
    todo_id = TodoId(await builder.add_todo(await builder.make_list(ana)))
    settings = resources.settings.attachments
    async with resources.begin() as work:
        found = await begin_upload(work, ana, todo_id, "a.png", len(content), settings)
    await resources.objects.write(content_key(found), chunks(content))
    async with resources.begin() as work:
        await finish_upload(work, ana, found, Content(len(content), "image/png"))
    return found


async def test_a_picture_gets_a_thumbnail_and_the_list_is_told(
    resources: Resources, world: World, builder: JobBuilder, worker: WorkerHarness
) -> None:
    ana = await world.user("Ana")
    attachment_id = await _attach(resources, ana, builder, picture(1000, 500))

    await worker.run_once()

    stored = await resources.objects.read_all(thumbnail_key(attachment_id))
    with Image.open(io.BytesIO(stored)) as thumbnail:
        assert (thumbnail.format, thumbnail.size) == ("WEBP", (320, 160))
    async with resources.begin_read() as read:
        row = (await read.connection.execute(select(AttachmentRow.__table__))).one()
        states = list(await read.connection.scalars(select(JobRow.state)))
    assert (row.has_thumbnail, row.width, row.height) == (True, 1000, 500)
    assert states == ["done"]
    assert "attachment.edited" in await _events(resources)


async def test_a_broken_picture_has_no_thumbnail_and_its_job_ends(
    resources: Resources, world: World, builder: JobBuilder, worker: WorkerHarness
) -> None:
    ana = await world.user("Ana")
    attachment_id = await _attach(resources, ana, builder, picture(400, 400)[:-60])

    await worker.run_once()

    with pytest.raises(ObjectMissing):
        await resources.objects.read(thumbnail_key(attachment_id))
    async with resources.begin_read() as read:
        assert list(await read.connection.scalars(select(JobRow.state))) == ["done"]
    assert "attachment.edited" not in await _events(resources)


async def test_a_removed_picture_gets_none(
    resources: Resources, world: World, builder: JobBuilder, worker: WorkerHarness
) -> None:
    ana = await world.user("Ana")
    attachment_id = await _attach(resources, ana, builder, picture(400, 400))
    await world.run(remove_attachment, ana, attachment_id)

    await worker.run_once()

    with pytest.raises(ObjectMissing):
        await resources.objects.read(thumbnail_key(attachment_id))


@pytest.mark.parametrize("died", [False, True])
async def test_a_picture_that_goes_while_its_thumbnail_is_made_leaves_no_object(
    resources: Resources,
    world: World,
    builder: JobBuilder,
    worker: WorkerHarness,
    monkeypatch: pytest.MonkeyPatch,
    died: bool,
) -> None:
    ana = await world.user("Ana")
    attachment_id = await _attach(resources, ana, builder, picture(400, 400))
    write = worker.resources.objects.write

    async def delete_all() -> None:
        async with resources.begin() as work:
            await work.connection.execute(delete(TodoRow))
        await delete_batch(resources)

    async def write_late(key: str, content: AsyncIterator[bytes]) -> None:
        await delete_all()
        await write(key, content)

    if died:
        await resources.objects.write(thumbnail_key(attachment_id), chunks(b"of a job that died"))
        async with resources.begin() as work:
            await work.connection.execute(delete(AttachmentRow))
    monkeypatch.setattr(worker.resources.objects, "write", write_late)

    await worker.run_once()

    with pytest.raises(ObjectMissing):
        await resources.objects.read(thumbnail_key(attachment_id))
    async with resources.begin_read() as read:
        assert list(await read.connection.scalars(select(AttachmentRow.id))) == []
        assert list(await read.connection.scalars(select(JobRow.state))) == ["cancelled"]


async def _events(resources: Resources) -> str:
    async with resources.begin_read() as read:
        return " ".join(await read.connection.scalars(select(EventRow.frame)))


def _bomb(width: int, height: int) -> bytes:
    """Return a PNG whose head says this size, with a few bytes of pixels."""

    def part(kind: bytes, data: bytes) -> bytes:
        checksum = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + checksum

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = zlib.compress(bytes(1_000_000))
    return b"\x89PNG\r\n\x1a\n" + part(b"IHDR", head) + part(b"IDAT", pixels) + part(b"IEND", b"")


@pytest.mark.parametrize("size", [(8_000, 8_000), (60_000, 60_000)])
def test_a_picture_of_too_many_pixels_is_not_decoded(
    size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    def decode(*arguments: object) -> None:
        raise AssertionError("the picture is decoded")

    monkeypatch.setattr(ImageFile.ImageFile, "load", decode)

    assert thumbnail_of(_bomb(*size), LIMIT) is None


@pytest.mark.parametrize("content", [b"", b"GIF89a", b"<svg/>", picture(9, 9, "BMP"), b"\x89PNG"])
def test_what_is_no_picture_has_no_thumbnail(content: bytes) -> None:
    assert thumbnail_of(content, LIMIT) is None


@pytest.mark.parametrize(
    "tag",
    [
        # Height and white point as texts: struct.error and TypeError while the rest is written again.
        "0101",
        "013e",
    ],
)
@pytest.mark.parametrize("file_format", ["JPEG", "WEBP"])
def test_a_picture_with_broken_metadata_has_no_thumbnail(tag: str, file_format: str) -> None:
    turned = "011200030000000100060000"
    tags = f"0002{tag}00020000000443616d00{turned}00000000"
    exif = b"Exif\0\0" + bytes.fromhex(f"4d4d002a00000008{tags}")

    assert thumbnail_of(picture(40, 20, file_format, exif=exif), LIMIT) is None


@pytest.mark.parametrize(
    "error", [struct.error, EOFError, IndexError, KeyError, TypeError, ValueError, zlib.error]
)
def test_what_decoders_raise_for_broken_files_ends_no_job(
    error: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    def decode(*arguments: object) -> None:
        raise error("broken")

    monkeypatch.setattr(ImageFile.ImageFile, "load", decode)

    assert thumbnail_of(picture(40, 20), LIMIT) is None


@pytest.mark.parametrize(
    ("mode", "file_format"),
    [("RGB", "JPEG"), ("CMYK", "JPEG"), ("L", "PNG"), ("RGBA", "PNG"), ("P", "GIF"), ("1", "PNG"),
     ("LA", "PNG"), ("I;16", "PNG"), ("RGBA", "WEBP")],
)  # fmt: skip
def test_every_mode_of_a_picture_is_converted(mode: str, file_format: str) -> None:
    buffer = io.BytesIO()
    Image.new(mode, (700, 350)).save(buffer, file_format)

    found = thumbnail_of(buffer.getvalue(), LIMIT)

    assert found is not None
    encoded, size = found
    with Image.open(io.BytesIO(encoded)) as thumbnail:
        assert (thumbnail.size, size) == ((320, 160), (700, 350))


def test_a_thumbnail_is_upright_and_has_no_metadata() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by 90 degrees
    exif[0x010F] = "Camera of Ana"

    found = thumbnail_of(picture(800, 400, "JPEG", exif=exif.tobytes()), LIMIT)

    assert found is not None
    encoded, size = found
    assert b"Ana" not in encoded
    with Image.open(io.BytesIO(encoded)) as thumbnail:
        assert (thumbnail.size, size, dict(thumbnail.getexif())) == ((160, 320), (400, 800), {})
