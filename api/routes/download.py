"""The answer with a file for the user to save: sent a chunk at a time, and never stored by a cache."""

from typing import Protocol

from fastapi import Response
from starlette.types import Receive, Scope, Send

from api.http.http_protocol import BoundedHttpProtocol
from realtime.transports.sse_response import EXTENSION

# A client that takes nothing for so long is cut off. A slow one may take all the time it needs.
UNREAD_SECONDS = 30


class Chunks(Protocol):
    async def read_next(self) -> bytes | None:
        """Return the next part; None at the end, and when the reader may not read on."""
        ...


class Download(Response):
    """A file for the user to save. A process holds one chunk of it at a time."""

    def __init__(
        self, chunks: Chunks, *, file_name: str, media_type: str, size: int | None = None
    ) -> None:
        """Make the answer. `file_name` is ASCII without quotes; without `size` the body is chunked."""
        self.status_code = 200
        self.background = None
        self.media_type = media_type
        self._chunks = chunks
        self.body = b""
        headers = {
            "Content-Disposition": f'attachment; filename="{file_name}"',
            "Cache-Control": "no-store",
        }
        if size is not None:
            headers["Content-Length"] = str(size)
        self.init_headers(headers)
        if size is None:
            # Starlette wrote that of the empty body.
            del self.headers["Content-Length"]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        connection: BoundedHttpProtocol | None = scope.get("extensions", {}).get(EXTENSION)
        if connection is not None:
            connection.set_acknowledge_timeout(UNREAD_SECONDS)
        # Before the answer begins, so that a file which cannot be read is answered with an error.
        chunk = await self._chunks.read_next()
        await send(
            {
                "type": "http.response.start",
                "status": self.status_code,
                "headers": self.raw_headers,
            }
        )
        while chunk is not None:
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
            if connection is not None:
                # uvicorn returns from a send before the client has taken anything.
                await connection.taken()
                if connection.transport.is_closing():
                    return
            chunk = await self._chunks.read_next()
        await send({"type": "http.response.body", "body": b"", "more_body": False})
