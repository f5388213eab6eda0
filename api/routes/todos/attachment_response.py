"""The answer with the bytes of an attached file: never shown, never run, and private."""

from collections.abc import AsyncIterator
from urllib.parse import quote

from fastapi import Request, Response

from api.http.conditional_requests import known_tag
from api.http.content_negotiation import list_header
from api.http.problems import problem_response
from api.routes.byte_ranges import Unsatisfiable, requested_range
from api.routes.download import Download
from shared.attachments.rules import BINARY
from shared.contract.details.attachments import AttachmentShape
from shared.languages.texts import counted
from shared.object_storage.store import ObjectStorage

# A browser saves the file. If one showed it all the same, it would run nothing, load nothing, and have
# an origin of its own.
_HEADERS = {
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "X-Content-Type-Options": "nosniff",
    # Asked for each time with its tag: who may not read the list any more gets it from no cache.
    "Cache-Control": "private, no-cache",
}


def disposition(name: str) -> str:
    """Return the Content-Disposition of a file (RFC 6266): plain ASCII, and the name as it is."""
    plain = "".join(
        character if " " <= character <= "~" and character not in '"\\%' else "_"
        for character in name
    )
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def content_response(
    request: Request, storage: ObjectStorage, key: str, attachment: AttachmentShape
) -> Response:
    """Return the answer with all of the bytes, with a range of them, or with 304 or 416."""
    headers = request.headers
    # The bytes of an id never change.
    etag = f'"{attachment.id}"'
    given = list_header(request.scope["headers"], b"if-none-match")
    if given and known_tag(given, etag):
        return Response(status_code=304, headers={**_HEADERS, "ETag": etag})
    wanted = headers.get("Range", "")
    if headers.get("If-Range", etag) != etag:
        wanted = ""
    try:
        part = requested_range(wanted, attachment.size_bytes)
    except Unsatisfiable:
        size = attachment.size_bytes
        return problem_response(
            416,
            "range_not_satisfiable",
            counted(size, "The file has {count} byte.", "The file has {count} bytes."),
            headers={"Content-Range": f"bytes */{size}", "Accept-Ranges": "bytes"},
        )
    return AttachmentResponse(storage, key, attachment, part)


class AttachmentResponse(Download):
    """The bytes of an attachment, or a part of them."""

    def __init__(
        self,
        storage: ObjectStorage,
        key: str,
        attachment: AttachmentShape,
        part: tuple[int, int] | None,
    ) -> None:
        size = attachment.size_bytes
        start, end = part or (0, size)
        # Whatever the file is: its type is in its shape, for programs, and no browser needs it.
        super().__init__(
            _Bytes(storage, key, part), file_name="", media_type=BINARY, size=end - start
        )
        self.headers["Content-Disposition"] = disposition(attachment.name)
        self.headers["ETag"] = f'"{attachment.id}"'
        self.headers["Accept-Ranges"] = "bytes"
        self.headers.update(_HEADERS)
        if part is not None:
            self.status_code = 206
            self.headers["Content-Range"] = f"bytes {start}-{end - 1}/{size}"


class _Bytes:
    """The chunks of an object, which is opened when the first one is asked for."""

    def __init__(self, storage: ObjectStorage, key: str, part: tuple[int, int] | None) -> None:
        self._storage, self._key, self._part = storage, key, part
        self._chunks: AsyncIterator[bytes] | None = None

    async def read_next(self) -> bytes | None:
        if self._chunks is None:
            start, end = self._part or (0, None)
            self._chunks = (await self._storage.read(self._key, start, end)).chunks
        return await anext(self._chunks, None)


def thumbnail_response(attachment: AttachmentShape, content: bytes) -> Response:
    """Return the answer with a thumbnail."""
    headers = {
        **_HEADERS,
        "ETag": f'"{attachment.id}-thumbnail"',
        "Content-Disposition": "attachment",
    }
    return Response(content, 200, headers, media_type="image/webp")
