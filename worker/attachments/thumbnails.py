"""Make the thumbnail of an attached picture: small, of bounded cost, and without its metadata.

Pictures are decoded in a worker and never in the API: a hostile one then costs a worker memory at most.
"""

import asyncio
import io
import struct
import threading
import warnings
import zlib
from typing import Any

from PIL import Image, ImageOps
from sqlalchemy import Row

from shared.attachments import commands, rules
from shared.contract.jobs import MakeThumbnail
from shared.errors import Unavailable
from shared.ids import AttachmentId
from shared.jobs import claims
from shared.jobs.claims import Claim
from shared.jobs.retries import Obsolete, Transient
from shared.object_storage.store import ObjectMissing
from shared.resources import Resources
from shared.tables.details.attachments import AttachmentRow
from shared.unit_of_work import UnitOfWork
from worker.jobs.context import JobContext
from worker.jobs.saving import save_with_retries

# Twice the size at which the web client shows them, for dense screens.
THUMBNAIL_PIXELS = 320
# Looks like the picture at this size, in 5 to 20 kB.
QUALITY = 75
# Of those that Pillow can read: nobody tried the others for hostile content as often as these.
FORMATS = ("PNG", "JPEG", "WEBP", "GIF")
# A photo of 50 megapixels has 20 MB. It is in memory while it is decoded.
MAX_PICTURE_BYTES = 64 * 1024 * 1024

# What Pillow raises for a broken file. Its readers of chunks and EXIF check little, so a wrong length or type
# ends in an error of the language. Not all of Exception: a lack of memory, or a fault of ours, fails the job.
BROKEN_FILE = (
    OSError,
    SyntaxError,
    EOFError,
    struct.error,
    zlib.error,
    LookupError,
    TypeError,
    ValueError,
    Image.DecompressionBombError,
)

# One picture at a time in a process: two of the largest would take 400 MB.
_decoding = threading.Lock()


async def make_thumbnail(context: JobContext, claim: Claim, job: MakeThumbnail) -> None:
    """Store the thumbnail and tell the list. A picture that cannot be read has none. Raise a Failure."""
    resources, attachment_id = context.resources, AttachmentId(job.attachment_id)
    thumbnail = None
    if (content := await _read(resources, attachment_id)) is not None:
        limit = resources.settings.attachments.max_pixels
        thumbnail = await asyncio.to_thread(thumbnail_of, content, limit)
    size = (0, 0)
    if thumbnail is not None:
        encoded, size = thumbnail
        try:
            await resources.objects.write(rules.thumbnail_key(attachment_id), _once(encoded))
        except Unavailable as error:
            raise Transient(error.detail) from None
        # Once more: the clean-up may have deleted the file before the thumbnail was written.
        await _require_file(resources, attachment_id)

    async def done(work: UnitOfWork) -> None:
        if thumbnail is not None:
            await commands.record_thumbnail(work, attachment_id, *size)
        await claims.finish(work, claim, "done")

    await save_with_retries(resources, done)


async def _require_file(resources: Resources, attachment_id: AttachmentId) -> Row[Any]:
    """Return the row of a file that is not gone. Delete the thumbnail of one that is; raise a Failure.

    Also when the job begins: the attempt before may have died between the thumbnail and this.
    """
    async with resources.single_read() as read:
        row = await read.connection.execute(
            AttachmentRow.__table__.select().where(AttachmentRow.id == attachment_id)
        )
        found: Row[Any] | None = row.one_or_none()
        now = read.now
    if (
        found is not None
        and found.todo_id is not None
        # One that was removed may be restored until then. Its thumbnail is deleted with it.
        and (found.delete_at is None or found.delete_at > now)
    ):
        return found
    try:
        await resources.objects.delete([rules.thumbnail_key(attachment_id)])
    except Unavailable as error:
        raise Transient(error.detail) from None
    raise Obsolete("the file is gone")


async def _read(resources: Resources, attachment_id: AttachmentId) -> bytes | None:
    """Return the picture; None for one that is too large, or is missing. Raise a Failure."""
    found = await _require_file(resources, attachment_id)
    if found.state != "ready":
        raise Obsolete("the file was removed")
    if found.size_bytes > MAX_PICTURE_BYTES:
        return None
    try:
        return await resources.objects.read_all(rules.content_key(attachment_id))
    except ObjectMissing:
        return None
    except Unavailable as error:
        raise Transient(error.detail) from None


async def _once(content: bytes):  # type: ignore[no-untyped-def]
    yield content


def thumbnail_of(content: bytes, max_pixels: int) -> tuple[bytes, tuple[int, int]] | None:
    """Return a WebP picture, and the size of the original as it is shown; None if it cannot be read.

    The size is in the head of the file: a bomb of a few bytes and a billion pixels is never decoded.
    """
    with _decoding, warnings.catch_warnings():
        # Pillow warns from 89 megapixels on; our own limit is a setting.
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        try:
            with Image.open(io.BytesIO(content), formats=FORMATS) as picture:
                if picture.width * picture.height > max_pixels:
                    return None
                # A JPEG is decoded at an eighth to a half of its size.
                size = picture.size
                picture.draft("RGB", (2 * THUMBNAIL_PIXELS, 2 * THUMBNAIL_PIXELS))
                upright = ImageOps.exif_transpose(picture)
                if (upright.width > upright.height) != (picture.width > picture.height):
                    size = size[1], size[0]
                upright.thumbnail((THUMBNAIL_PIXELS, THUMBNAIL_PIXELS))
                return _encoded(upright), size
        except BROKEN_FILE:
            return None


def _encoded(picture: Image.Image) -> bytes:
    plain = picture.convert("RGBA" if picture.has_transparency_data else "RGB")
    # Pixels alone: places and cameras in the metadata stay with those who load the file itself.
    plain.info.clear()
    buffer = io.BytesIO()
    plain.save(buffer, "WEBP", quality=QUALITY)
    return buffer.getvalue()
