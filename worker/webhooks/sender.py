"""Send one message of a webhook: signed (Standard Webhooks), to a checked address, without redirects.

2xx                                        Answer, delivered
any other answer, a redirect too           Answer, failed
no connection, no answer in time, an       Answer without a status, failed
address that is not public
no free connection or lookup of ours       Busy: says nothing about the receiver
"""

import asyncio
import random
import ssl
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from functools import cache
from urllib.parse import urlsplit

import httpcore
from standardwebhooks.webhooks import Webhook

from shared.clock import Clock, monotonic
from shared.jobs.retries import MAX_DELAY_SECONDS
from shared.settings import Settings
from shared.webhooks import rules
from shared.webhooks.rules import Message, host_of
from worker.push.public_network import NotPublicAddress, PublicNetwork, TooManyLookups
from worker.push.retry_after import parse_retry_after

# For the whole answer. Shorter than the drain of a stopping worker and than a lease. Receivers that do
# their work before they answer are told in the documentation not to.
TOTAL_SECONDS = 10
# A frame has up to 200 kB, which a slow line takes in two seconds.
_STEP_SECONDS = {"connect": 3.0, "write": 5.0, "read": 10.0, "pool": 5.0}
# Twice the requests at once (worker/jobs/executor.py): idle connections of receivers that are busy.
MAX_CONNECTIONS = 20
# Changes of a list come in bursts. Longer, and receivers with a short limit close first.
IDLE_SECONDS = 4
# The log keeps the first 500 bytes; the rest is read so that the connection can be used again.
MAX_ANSWER_BYTES = 4096
KEPT_BYTES = 500
# The status is known by then.
BODY_SECONDS = 1

# A receiver whose last answer took longer is slow. The slow ones of a worker share half of its slots
# (worker/jobs/executor.py), so that the others find one.
SLOW_MS = 2000
SLOW_CONCURRENCY = 5
# Known slow receivers; the oldest is forgotten, and found to be slow again.
MAX_SLOW = 1000

_TIMEOUTS = (httpcore.TimeoutException, TimeoutError)
_CONNECTION_ERRORS = (httpcore.NetworkError, httpcore.RemoteProtocolError, *_TIMEOUTS)


class Busy(Exception):
    """This worker has no free connection, or no free thread to resolve a name."""


@dataclass(frozen=True)
class Answer:
    """How one attempt ended. `status` is None without an answer; then `error` says why."""

    status: int | None
    duration_ms: int
    error: str = ""
    response: str = ""
    retry_after_seconds: float = 0.0

    @property
    def is_delivered(self) -> bool:
        return self.status is not None and 200 <= self.status < 300

    @property
    def is_gone(self) -> bool:
        return self.status == 410


@dataclass
class _Received:
    status: int
    headers: dict[bytes, bytes]
    body: bytearray


@cache
def _tls_context() -> ssl.SSLContext:
    """Return the trusted certificates. Loaded once for each process, because loading blocks."""
    return httpcore.default_ssl_context()


class WebhookSender:
    """Send messages over a connection pool. `pause_seconds` returns the pause after some failures."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self.pause_seconds: Callable[[int], float] = _random_pause
        self._clock = clock
        self._slow: OrderedDict[str, None] = OrderedDict()
        self._slow_slots = asyncio.Semaphore(SLOW_CONCURRENCY)
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=_tls_context(),
            max_connections=MAX_CONNECTIONS,
            max_keepalive_connections=MAX_CONNECTIONS,
            keepalive_expiry=IDLE_SECONDS,
            network_backend=PublicNetwork(allow_private=settings.webhooks.to_private_addresses),
        )

    async def send(self, url: str, secret: str, message: Message) -> Answer:
        """Send the message once. Raise Busy."""
        started = monotonic()
        error, received = "", None
        try:
            received = await self._post(url, self._headers(url, secret, message), message.body)
        except (httpcore.PoolTimeout, TooManyLookups):
            raise Busy from None
        except NotPublicAddress:
            error = "The address is not public."
        except (httpcore.ConnectError, httpcore.ConnectTimeout):
            error = "No connection could be made."
        except _TIMEOUTS:
            error = f"No answer within {TOTAL_SECONDS} seconds."
        except _CONNECTION_ERRORS:
            error = "The connection was closed without an answer."
        except (httpcore.ProtocolError, httpcore.UnsupportedProtocol, ValueError):
            error = "The answer was not HTTP."
        duration = round((monotonic() - started) * 1000)
        if received is None:
            return Answer(None, duration, error)
        return self._answer(received, duration)

    @asynccontextmanager
    async def slot_of(self, webhook_id: str) -> AsyncIterator[bool]:
        """Yield True if the webhook may send now; False if too many slow receivers are being served."""
        if webhook_id not in self._slow:
            yield True
        elif self._slow_slots.locked():
            yield False
        else:
            async with self._slow_slots:
                yield True

    def record_duration(self, webhook_id: str, duration_ms: int) -> None:
        """Remember whether a receiver is slow."""
        self._slow.pop(webhook_id, None)
        if duration_ms > SLOW_MS:
            self._slow[webhook_id] = None
            if len(self._slow) > MAX_SLOW:
                self._slow.popitem(last=False)

    async def close(self) -> None:
        """Close all connections."""
        await self._pool.aclose()

    def _headers(self, url: str, secret: str, message: Message) -> dict[bytes | str, bytes | str]:
        now = self._clock.now()
        signature = Webhook(secret).sign(message.id, now, message.body.decode())
        headers: dict[bytes | str, bytes | str] = {
            "Content-Type": "application/json",
            "Host": host_of(url),
            "User-Agent": "Livelist-Webhooks",
            "webhook-id": message.id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": signature,
        }
        return headers | ({"livelist-seq": message.position} if message.position else {})

    def _answer(self, received: _Received, duration: int) -> Answer:
        header = received.headers.get(b"retry-after", b"").decode("latin-1")
        wanted = parse_retry_after(header, self._clock.now())
        is_busy = received.status == 429 or received.status >= 500
        status = received.status
        error = "" if 200 <= status < 300 else f"The answer was {status}."
        return Answer(
            status,
            duration,
            error,
            _printable(bytes(received.body[:KEPT_BYTES])),
            min(wanted, MAX_DELAY_SECONDS) if is_busy else 0.0,
        )

    async def _post(
        self, url: str, headers: dict[bytes | str, bytes | str], content: bytes
    ) -> _Received:
        received: _Received | None = None
        extensions = {"timeout": _STEP_SECONDS}
        parts = urlsplit(url)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        # From its parts: httpcore would drop what follows a ";" in the path.
        where = httpcore.URL(
            scheme=parts.scheme, host=parts.hostname or "", port=parts.port, target=target
        )
        try:
            async with (
                asyncio.timeout(TOTAL_SECONDS),
                self._pool.stream(
                    "POST", where, headers=headers, content=content, extensions=extensions
                ) as response,
            ):
                known = {name.lower(): value for name, value in response.headers}
                received = _Received(response.status, known, bytearray())
                await _read_body(response, received.body.extend)
        except _CONNECTION_ERRORS:
            # With a status the receiver has decided, even if the body is incomplete.
            if received is None:
                raise
        return received


async def _read_body(response: httpcore.Response, keep: Callable[[bytes], None]) -> None:
    size = 0
    with suppress(TimeoutError):
        async with asyncio.timeout(BODY_SECONDS):
            async for part in response.aiter_stream():
                keep(part[: max(0, KEPT_BYTES - size)])
                size += len(part)
                if size > MAX_ANSWER_BYTES:
                    break  # the connection is then closed, not used again


def _printable(body: bytes) -> str:
    """Return the answer as text for the log, without control characters."""
    text = body.decode("utf-8", "replace")
    return "".join(each if each.isprintable() else " " for each in text)


def _random_pause(failures: int) -> float:
    return rules.pause_seconds(failures, random.random())  # noqa: S311  no secret
