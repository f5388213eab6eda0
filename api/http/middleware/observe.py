"""Gives every request an id, a line in the log and its place in the metrics, and answers for bugs.

Pure ASGI, and before whatever may refuse, so that refusals are seen as well. Never logs a query
string, a body or a credential.
"""

import logging
import re
from functools import cache

from prometheus_client import Counter, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.http.client_address import client_address
from api.http.paths import API, PROBES
from api.http.problems import from_bug
from shared import metrics
from shared.clock import monotonic
from shared.ids import new_id
from shared.logs import request_id
from shared.settings import Settings

# Whoever calls us may name the request, so that one id runs through all their logs; nothing that
# could forge a line or a header of ours.
_NAMED = re.compile(rb"[A-Za-z0-9._-]{1,64}")
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
# nginx' number for "the client went away before the answer".
CLIENT_WENT_AWAY = 499

log = logging.getLogger(__name__)


class Observe:
    """Every request has an id, in its answer and in every log line written on its behalf."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        self._trusted_proxies = settings.web.trusted_proxies
        # To the microsecond, without the network's noise: in production it would tell a stranger
        # whether an address is known. The log and the metrics have it anyway.
        self._tells_time = not settings.in_production

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        token = request_id.set(_named(scope) or new_id())
        try:
            if scope["type"] == "http":
                await self._watch(scope, receive, send)
            else:
                await self.app(scope, receive, send)
        finally:
            request_id.reset(token)

    async def _watch(self, scope: Scope, receive: Receive, send: Send) -> None:
        began = monotonic()
        status = size = 0
        streams_after: float | None = None

        async def watched_send(message: Message) -> None:
            nonlocal status, size, streams_after
            if message["type"] == "http.response.start":
                status = message["status"]
                if _is_stream(message):
                    streams_after = monotonic() - began
                headers = [*message["headers"], (b"x-request-id", request_id.get().encode())]
                if self._tells_time:
                    spent = (monotonic() - began) * 1000
                    headers.append((b"server-timing", f"total;dur={spent:.1f}".encode()))
                message["headers"] = headers
            else:
                size += len(message.get("body", b""))
            await send(message)

        try:
            await self.app(scope, receive, watched_send)
        except Exception as error:
            log.exception("unhandled: %s", type(error).__name__)
            if status == 0:
                await from_bug(error)(scope, receive, watched_send)
            # Half an answer cannot be mended; the server sees that it is incomplete and hangs up.
        seconds = monotonic() - began
        # A stream goes on for a quarter of an hour; what its client waited for is its beginning.
        answered = seconds if streams_after is None else streams_after
        self._note(scope, status or CLIENT_WENT_AWAY, size, seconds, answered)

    def _note(self, scope: Scope, status: int, size: int, seconds: float, answered: float) -> None:
        method = scope["method"] if scope["method"] in _METHODS else "other"
        route = route_of(scope)
        requests, times = _meters(method, route, status)
        requests.inc()
        times.observe(answered)
        level = logging.DEBUG if scope["path"] in PROBES or route == "/metrics" else logging.INFO
        if log.isEnabledFor(level):
            log.log(
                level,
                "%s %s %d",
                method,
                scope["path"].encode("unicode_escape").decode()[:200],
                status,
                extra={
                    "route": route,
                    "milliseconds": round(seconds * 1000, 1),
                    "bytes": size,
                    "client": client_address(scope, self._trusted_proxies),
                },
            )


def _is_stream(start: Message) -> bool:
    return any(
        name == b"content-type" and value.startswith(b"text/event-stream")
        for name, value in start["headers"]
    )


@cache
def _meters(method: str, route: str, status: int) -> tuple[Counter, Histogram]:
    """Returns the two meters of such requests. As many as methods × routes × statuses."""
    return (
        metrics.http_requests.labels(method, route, str(status)),
        metrics.http_seconds.labels(method, route),
    )


def route_of(scope: Scope) -> str:
    """Returns the template of the route that answered: bounded, unlike paths, which hold ids."""
    path = getattr(scope.get("route"), "path", None)
    if not isinstance(path, str):
        return "none"
    # FastAPI names an included route without the prefix it was included under.
    if scope["path"].startswith(API) and not path.startswith(API):
        return API + path
    return path


def _named(scope: Scope) -> str:
    for name, value in scope["headers"]:
        if name == b"x-request-id":
            return value.decode() if _NAMED.fullmatch(value) else ""
    return ""
