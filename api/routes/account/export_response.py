"""The answer with the document of an export: sent a chunk at a time, and never stored by a cache."""

from typing import Protocol

from fastapi import Response
from starlette.types import Receive, Scope, Send

from api.http.http_protocol import BoundedHttpProtocol
from realtime.transports.sse_response import EXTENSION
from shared.contract.personal_data import DataExportShape

# A client that takes nothing for so long is cut off. A slow one may take all the time it needs.
UNREAD_SECONDS = 30


class Chunks(Protocol):
    async def read_next(self) -> bytes | None:
        """Return the next part; None at the end, and when the reader may not read on."""
        ...


class ExportResponse(Response):
    """A file for the user to save. A process holds one chunk of it at a time."""

    media_type = "application/json"

    def __init__(self, chunks: Chunks, export: DataExportShape) -> None:
        self.status_code = 200
        self.background = None
        self._chunks = chunks
        self.body = b""
        name = f"livelist-personal-data-{export.created_at:%Y-%m-%d}.json"
        self.init_headers(
            {
                "Content-Disposition": f'attachment; filename="{name}"',
                "Content-Length": str(export.size_bytes),
                "Cache-Control": "no-store",
            }
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        connection: BoundedHttpProtocol | None = scope.get("extensions", {}).get(EXTENSION)
        if connection is not None:
            connection.set_acknowledge_timeout(UNREAD_SECONDS)
        await send(
            {
                "type": "http.response.start",
                "status": self.status_code,
                "headers": self.raw_headers,
            }
        )
        while (chunk := await self._chunks.read_next()) is not None:
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
            if connection is not None:
                # uvicorn returns from a send before the client has taken anything.
                await connection.taken()
                if connection.transport.is_closing():
                    return
        await send({"type": "http.response.body", "body": b"", "more_body": False})
