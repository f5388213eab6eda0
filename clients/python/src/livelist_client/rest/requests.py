"""Requests to the server: sent again when that is safe, and answered by JSON or by an error.

A write keeps its Idempotency-Key over all attempts, so it happens once however often it is sent.
"""

import asyncio
import email.utils
import ipaddress
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

import httpx

from livelist_client.credentials import Credentials
from livelist_client.errors import (
    LivelistError,
    NotSignedIn,
    ProblemError,
    Unreachable,
    problem_error,
)
from livelist_client.limits import Limits
from livelist_client.live.backoff import retry_delay
from livelist_client.shapes import Problem
from livelist_client.version import VERSION

API = "/api/v1"
# The server asks to come later (429, 503), or a proxy before it reached no server (502, 504).
RETRIED_STATUSES = frozenset({429, 502, 503, 504})
# The todo went to another list at the same moment: docs/protocol.md says to send again.
RETRIED_CODES = frozenset({"moved"})


class WrittenAt(NamedTuple):
    """The position of a write in one stream (header Livelist-Seq)."""

    stream: str
    epoch: str
    seq: int


@dataclass(frozen=True)
class Answer:
    body: Any
    positions: tuple[WrittenAt, ...] = ()


def new_key() -> str:
    """Return a new Idempotency-Key."""
    return uuid.uuid4().hex


def is_loopback(host: str) -> bool:
    """Return True if the host is this machine, which no proxy of the environment reaches."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class Requests:
    """Sends requests to one server as one user."""

    def __init__(
        self,
        url: str,
        credentials: Credentials,
        limits: Limits,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self.url = httpx.URL(url.rstrip("/"))
        if self.url.scheme not in ("http", "https") or not self.url.host:
            raise LivelistError("The address of the server begins with https:// or http://.")
        self.credentials = credentials
        self.limits = limits
        self._http = httpx.AsyncClient(
            base_url=f"{self.url}{API}/",
            timeout=limits.request_seconds,
            trust_env=not is_loopback(self.url.host),
            transport=transport,
            headers={"User-Agent": f"livelist-client/{VERSION}", "Accept": "application/json"},
        )

    async def close(self) -> None:
        await self._http.aclose()

    async def get(self, path: str, query: Mapping[str, Any] | None = None) -> Any:
        """Return the body of a GET. Values of the query that are None are left out."""
        given = {name: _text(value) for name, value in (query or {}).items() if value is not None}
        return (await self._send("GET", path, params=given)).body

    async def write(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, *, key: str = ""
    ) -> Answer:
        """Send a write, which happens once. `key` is its Idempotency-Key, a new one by default."""
        headers = {"Idempotency-Key": key or new_key()}
        return await self._send(method, path, headers=headers, json=body)

    async def _send(self, method: str, path: str, **sent: Any) -> Answer:
        """Send the request until it is answered, at most `attempts` times and for `total_seconds`."""
        ends_at = time.monotonic() + self.limits.total_seconds
        failures = 0
        may_renew = True
        while True:
            token = self.credentials.token
            try:
                async with asyncio.timeout(max(0.0, ends_at - time.monotonic())):
                    return await self._attempt(method, path, token, **sent)
            except (httpx.TransportError, TimeoutError) as failure:
                error: LivelistError = Unreachable(_reason(failure, self.url))
                wait = 0.0
            except NotSignedIn:
                if not may_renew or not await self._has_newer(token):
                    raise
                may_renew = False
                continue
            except ProblemError as refusal:
                if refusal.status not in RETRIED_STATUSES and refusal.code not in RETRIED_CODES:
                    raise
                error, wait = refusal, refusal.retry_after or 0.0
            failures += 1
            pause = max(wait, retry_delay(failures))
            if failures >= self.limits.attempts or time.monotonic() + pause > ends_at:
                raise error
            await asyncio.sleep(pause)

    async def _attempt(
        self,
        method: str,
        path: str,
        token: str,
        headers: Mapping[str, str] | None = None,
        **sent: Any,
    ) -> Answer:
        authorized = {"Authorization": f"Bearer {token}", **(headers or {})}
        response = await self._http.request(method, path, headers=authorized, **sent)
        if not response.is_success:
            raise _refusal(response)
        return _answer(response)

    async def _has_newer(self, refused: str) -> bool:
        """Return True if there is another token than the refused one; another request may have got it."""
        return self.credentials.token != refused or await self.credentials.renew()


def _text(value: Any) -> str | list[str]:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, list) else str(value)


def _answer(response: httpx.Response) -> Answer:
    header = response.headers.get("Livelist-Seq", "")
    positions = []
    for part in filter(None, header.replace(" ", "").split(",")):
        # The user's own stream has a colon in its name.
        stream, epoch, seq = part.rsplit(":", 2)
        positions.append(WrittenAt(stream, epoch, int(seq)))
    if not response.content:
        return Answer(None, tuple(positions))
    try:
        return Answer(response.json(), tuple(positions))
    except ValueError:
        raise LivelistError(f"{response.url.host} answers, but it is no Livelist.") from None


def _refusal(response: httpx.Response) -> ProblemError:
    retry_after = parse_retry_after(response.headers.get("Retry-After", ""))
    problem: Problem
    try:
        problem = response.json()
        return problem_error(problem, retry_after)
    except (ValueError, KeyError, TypeError):
        # A proxy, or no Livelist at all.
        status = response.status_code
        text = f"{response.url.host} answers with the HTTP status {status}."
        problem = {"title": "", "status": status, "code": "http", "detail": text}
        return problem_error(problem, retry_after)


def parse_retry_after(text: str) -> float | None:
    """Return the seconds of a Retry-After header (RFC 9110, section 10.2.3), None if there is none."""
    if text.isascii() and text.isdigit():
        return float(text)
    try:
        at = email.utils.parsedate_to_datetime(text)
    except ValueError:
        return None
    return max(0.0, (at - datetime.now(UTC)).total_seconds())


def _reason(failure: Exception, url: httpx.URL) -> str:
    if isinstance(failure, (httpx.TimeoutException, TimeoutError)):
        return f"{url.host} does not answer in time."
    return f"{url.host} cannot be reached."
