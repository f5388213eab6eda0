"""Give every request an id, a log line and metrics, and every answer its headers.

Pure ASGI. It comes before everything that may refuse a request, so that refusals are logged and
counted too. Never logs a query string, a body or a credential,
not even one in a path.
"""

import logging
import re
from functools import cache

from prometheus_client import Counter, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.http import problems
from api.http.client_address import ProxyWarning, client_address
from api.http.content_negotiation import list_header
from api.http.middleware.head_requests import as_get
from api.http.middleware.security_headers import security_headers
from api.http.paths import FEEDS, PROBES, STATIC_PREFIXES
from shared import metrics
from shared.clock import monotonic
from shared.ids import new_id
from shared.logs import request_id
from shared.settings import Settings

# A caller may choose the id, to find the request in logs of its own; without characters that could
# forge a log line or a header.
_VALID_REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")
_METHODS = frozenset(
    {
        "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS",
        # Of CalDAV.
        "MKCALENDAR", "MKCOL", "MOVE", "PROPFIND", "PROPPATCH", "REPORT",
    }
)  # fmt: skip
# The number that nginx logs if the client went away before the answer.
CLIENT_WENT_AWAY = 499

log = logging.getLogger(__name__)


class RequestMiddleware:
    """Set the request id, observe the answer, and answer unhandled errors with 500."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        self._trusted_proxies = settings.web.trusted_proxies
        self._proxy_warning = ProxyWarning(settings.web.trusted_proxies)
        self._security_headers = [
            (name.lower().encode(), value.encode())
            for name, value in security_headers(settings).items()
        ]
        # Not in production: the time, without the noise of the network, would reveal to a stranger
        # whether an e-mail address is known. The log and the metrics have it anyway.
        self._sends_server_timing = not settings.in_production

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        self._proxy_warning.check(scope)
        token = request_id.set(_given_request_id(scope) or new_id())
        problems.accept_language.set(list_header(scope["headers"], b"accept-language"))
        try:
            if scope["type"] == "http":
                await self._serve(scope, receive, send)
            else:
                await self.app(scope, receive, send)
        finally:
            request_id.reset(token)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        began_at = monotonic()
        status = size = 0
        stream_began_after: float | None = None

        async def send_and_record(message: Message) -> None:
            nonlocal status, size, stream_began_after
            if message["type"] == "http.response.start":
                status = message["status"]
                waited = monotonic() - began_at
                message["headers"] = self._complete_headers(message["headers"], waited)
                if getattr(scope["app"].state, "is_leaving", False):  # set by api/main.py
                    # The proxy opens a new connection, to a process that stays.
                    message["headers"].append((b"connection", b"close"))
                if _is_stream(message):
                    stream_began_after = waited
            else:
                size += len(message.get("body", b""))
            await send(message)

        method = scope["method"]
        answer: Send = send_and_record
        if method == "HEAD":
            scope, answer = as_get(scope, send_and_record)
        try:
            await self.app(scope, receive, answer)
        except Exception as error:
            log.exception("unhandled error: %s", type(error).__name__)
            if status == 0:
                await problems.internal_error()(scope, receive, answer)
            # A partial answer cannot be repaired: the server closes the incomplete connection.
        seconds = monotonic() - began_at
        # A stream lasts a quarter of an hour; its client waited only for the beginning.
        waited = seconds if stream_began_after is None else stream_began_after
        self._record(scope, method, status or CLIENT_WENT_AWAY, size, seconds, waited)

    def _complete_headers(
        self, headers: list[tuple[bytes, bytes]], seconds: float
    ) -> list[tuple[bytes, bytes]]:
        """Return the headers of an answer with those that every answer has.

        A route that sets a security header itself keeps its own.
        """
        own = {name for name, _ in headers}
        complete = [
            *headers,
            (b"x-request-id", request_id.get().encode()),
            *(header for header in self._security_headers if header[0] not in own),
        ]
        if self._sends_server_timing:
            complete.append((b"server-timing", b"total;dur=%.1f" % (seconds * 1000)))
        return complete

    def _record(
        self, scope: Scope, method: str, status: int, size: int, seconds: float, waited: float
    ) -> None:
        """Count and log a request: `size` in bytes, `waited` until the answer or stream began."""
        method = method if method in _METHODS else "other"
        route = route_of(scope)
        counter, histogram = _metrics_of(method, route, status)
        counter.inc()
        histogram.observe(waited)
        level = logging.DEBUG if _is_routine(scope["path"], status) else logging.INFO
        if log.isEnabledFor(level):
            path = _without_secret(scope["path"]).encode("unicode_escape").decode()[:200]
            # Not log.log(): it searches the stack for the line of code that logs.
            record = logging.LogRecord(
                log.name, level, "", 0, "%s %s %d", (method, path, status), None
            )
            vars(record).update(
                method=method,
                path=path,
                status=status,
                route=route,
                milliseconds=round(seconds * 1000, 1),
                bytes=size,
                client=client_address(scope, self._trusted_proxies),
            )
            log.handle(record)


def _without_secret(path: str) -> str:
    """Return the path without what lets its holder in: the log is read by others than the user."""
    return f"{FEEDS}..." if path.startswith(FEEDS) else path


def _is_routine(path: str, status: int) -> bool:
    """Return True for a request of monitoring, and for a file that was sent: a page load has many."""
    if path.startswith("/api/"):
        return False
    if path in PROBES or path == "/metrics":
        return True
    return status < 400 and path.startswith(STATIC_PREFIXES)


def _is_stream(start: Message) -> bool:
    return any(
        name == b"content-type" and value.startswith(b"text/event-stream")
        for name, value in start["headers"]
    )


@cache
def _metrics_of(method: str, route: str, status: int) -> tuple[Counter, Histogram]:
    """Return the labelled metrics. Cached: at most methods × routes × statuses entries."""
    return (
        metrics.http_requests.labels(method, route, str(status)),
        metrics.http_seconds.labels(method, route),
    )


def route_of(scope: Scope) -> str:
    """Return the template of the route that answered, such as /api/v1/todos/{todo_id}."""
    path = getattr(scope.get("route"), "path", None)
    return path if isinstance(path, str) else "none"


def _given_request_id(scope: Scope) -> str:
    """Return X-Request-ID if it is valid, else an empty text."""
    for name, value in scope["headers"]:
        if name == b"x-request-id":
            return value.decode() if _VALID_REQUEST_ID.fullmatch(value) else ""
    return ""
