"""Send requests to sign-in services: bounded in size, following no redirect.

The operator names the addresses, or the service that the operator named does. Private addresses are
allowed, because many such services run beside Livelist (docs/decisions/0030).
"""

import asyncio
import ssl
from collections.abc import Mapping
from functools import cache

import httpcore

# What `fetch` raises, apart from the TimeoutError of a caller's deadline, which is an OSError.
FETCH_ERRORS = (
    httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException,
    httpcore.UnsupportedProtocol, OSError, ValueError,
)  # fmt: skip


async def fetch(
    url: str,
    *,
    max_bytes: int,
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
    statuses: frozenset[int] = frozenset({200}),
) -> bytes:
    """Return the body of the answer. Raise one of FETCH_ERRORS. The caller sets the deadline.

    A status other than `statuses` is a ValueError.
    """
    # Loading certificates takes 30 ms, which the event loop does not have.
    context = await asyncio.to_thread(_tls_context) if url.startswith("https:") else None
    given = {"Accept": "application/json", **(headers or {})}
    sent: list[tuple[bytes | str, bytes | str]] = [*given.items()]
    # No connection is kept: the next request is an hour away.
    async with (
        httpcore.AsyncConnectionPool(ssl_context=context, max_connections=1) as pool,
        pool.stream(method, url, headers=sent, content=body) as response,
    ):
        if response.status not in statuses:
            raise ValueError(f"it answers {response.status}")
        received = bytearray()
        async for part in response.aiter_stream():
            received += part
            if len(received) > max_bytes:
                raise ValueError(f"it has more than {max_bytes} bytes")
    return bytes(received)


def reason(error: Exception) -> str:
    """Return what failed, for logs and the doctor: never what was sent or received."""
    return str(error) if type(error) is ValueError else type(error).__name__


@cache
def _tls_context() -> ssl.SSLContext:
    return httpcore.default_ssl_context()
