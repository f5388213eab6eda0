"""The answer with an export holds one chunk at a time: it reads the next when the last one was sent."""

from datetime import UTC, datetime

from starlette.types import Message

from api.routes.account.export_response import ExportResponse
from shared.contract.personal_data import DataExportShape, DataExportState

AT = datetime(2026, 11, 21, tzinfo=UTC)
EXPORT = DataExportShape(
    id="06gzk43k7rm9t1v3x5z7b9d1f3",
    state=DataExportState.DONE,
    rows_done=3,
    rows_total=3,
    size_bytes=6,
    created_at=AT,
    finished_at=AT,
    expires_at=AT,
)


class _Recorded:
    """Three chunks, and what happened in which order."""

    def __init__(self) -> None:
        self.steps: list[str] = []
        self._left = [b"aa", b"bb", b"cc"]

    async def read_next(self) -> bytes | None:
        self.steps.append("read")
        return self._left.pop(0) if self._left else None

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.body":
            self.steps.append(f"send {message['body'].decode()}")

    async def receive(self) -> Message:
        raise AssertionError("nothing is received")


async def test_a_chunk_is_read_when_the_one_before_was_sent() -> None:
    recorded = _Recorded()
    response = ExportResponse(recorded, EXPORT)

    await response({"type": "http", "extensions": {}}, recorded.receive, recorded.send)

    assert recorded.steps == [
        "read",
        "send aa",
        "read",
        "send bb",
        "read",
        "send cc",
        "read",
        "send ",
    ]
    assert response.headers["Content-Length"] == "6"
