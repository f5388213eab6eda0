"""Refuse requests whose Host header does not name this server.

The page of an attacker whose name suddenly resolves to this machine (DNS rebinding) still sends its
own name in Host. Unlike Starlette's TrustedHostMiddleware, this one accepts IPv6 literals, never
redirects, and answers with a problem.
"""

import re
from collections.abc import Collection, Sequence

from starlette.types import ASGIApp, Receive, Scope, Send

from api.http.problems import problem_response

_HOST = re.compile(r"(?P<name>\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::\d{1,5})?")


class HostCheckMiddleware:
    """Let requests for `hosts` pass, and any request for `open_paths`, which reveal nothing."""

    def __init__(self, app: ASGIApp, hosts: Sequence[str], open_paths: Collection[str]) -> None:
        self.app = app
        self._exact = frozenset(host.lower() for host in hosts)
        self._suffixes = tuple(host[1:].lower() for host in hosts if host.startswith("*."))
        self._open_paths = open_paths

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan" or self._is_allowed(scope):
            await self.app(scope, receive, send)
        elif scope["type"] == "websocket":
            # Before accepting: the server answers the handshake with 403.
            await send({"type": "websocket.close", "code": 4403})
        else:
            response = problem_response(
                400, "unknown_host", "This server does not answer to that name."
            )
            await response(scope, receive, send)

    def _is_allowed(self, scope: Scope) -> bool:
        if "*" in self._exact or scope["path"] in self._open_paths:
            return True
        values = [value for name, value in scope["headers"] if name == b"host"]
        match = _HOST.fullmatch(values[0].decode("latin-1").lower()) if len(values) == 1 else None
        if match is None:
            return False
        name = match["name"]
        return (
            name in self._exact or name.strip("[]") in self._exact or name.endswith(self._suffixes)
        )
