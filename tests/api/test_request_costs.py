"""What a request must not cost, because every request would pay for it: waits, threads, garbage."""

import gc
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.types import Message

REQUESTS = [
    ("GET", "/health/live", b""),
    ("GET", "/api/v1/things/one", b""),
    ("GET", "/api/v1/nothing", b""),
    ("GET", "/api/v1/much?size=1000", b""),
    ("POST", "/api/v1/echo", json.dumps({"title": "Milk"}).encode()),
]
PARAMETERS = pytest.mark.parametrize(
    ("method", "address", "body"), REQUESTS, ids=[address for _, address, _ in REQUESTS]
)


class Call:
    """A request to the application without a server."""

    def __init__(self, app: FastAPI, method: str, address: str, body: bytes) -> None:
        self.status = 0
        path, _, query = address.partition("?")
        scope: dict[str, Any] = {
            "type": "http", "http_version": "1.1", "method": method, "scheme": "http",
            "path": path, "raw_path": path.encode(), "query_string": query.encode(),
            "root_path": "", "client": ("127.0.0.1", 50000), "server": ("127.0.0.1", 8000),
            "headers": [
                (b"host", b"localhost"), (b"accept-encoding", b"gzip"),
                (b"content-type", b"application/json"),
            ],
        }  # fmt: skip
        self._body = body
        self._coroutine = app(scope, self._receive, self._send)

    def finish(self) -> None:
        """Run the request, which must not wait for anything."""
        try:
            self._coroutine.send(None)
        except StopIteration:
            return
        self._coroutine.close()
        raise AssertionError("the request waited: for a thread, a task or a timer")

    async def _receive(self) -> Message:
        return {"type": "http.request", "body": self._body, "more_body": False}

    async def _send(self, message: Message) -> None:
        self.status = message.get("status", self.status)


@contextmanager
def collected_garbage() -> Iterator[list[object]]:
    """Yield a list that has, at the end of the block, what only a garbage collection can free."""
    found: list[object] = []
    gc.collect()
    gc.disable()
    try:
        yield found
        gc.set_debug(gc.DEBUG_SAVEALL)
        gc.collect()
        found += gc.garbage
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()


@PARAMETERS
async def test_a_request_without_statements_waits_for_nothing(
    app: FastAPI, method: str, address: str, body: bytes
) -> None:
    call = Call(app, method, address, body)

    call.finish()

    assert call.status in (200, 404)


@PARAMETERS
async def test_a_request_leaves_nothing_for_the_garbage_collector(
    app: FastAPI, method: str, address: str, body: bytes
) -> None:
    Call(app, method, address, body).finish()

    with collected_garbage() as garbage:
        for _ in range(10):
            Call(app, method, address, body).finish()

    assert garbage == []
