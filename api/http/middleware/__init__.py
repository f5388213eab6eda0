"""The ASGI middleware through which every request and every answer passes.

    RequestMiddleware           request id, log, metrics, headers of every answer, 500 for bugs
    HostCheckMiddleware         the Host header names this server
    CORSMiddleware              only if CORS_ORIGINS is set
    CompressionMiddleware       gzip for larger answers
    Dispatcher                  address and body checked, the route called, errors as problems

All of it is pure ASGI: one BaseHTTPMiddleware costs a hundred times as much as one of these.
"""

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp

from api.http.dispatcher import Dispatcher, SharedRoutes
from api.http.middleware.compression import CompressionMiddleware
from api.http.middleware.host_check import HostCheckMiddleware
from api.http.middleware.request_middleware import RequestMiddleware
from api.http.paths import PROBES
from shared.settings import Settings

# How long a browser caches a CORS preflight; two hours is the most that Chromium accepts.
PREFLIGHT_SECONDS = 7200


def install(app: FastAPI, settings: Settings, shared: SharedRoutes | None = None) -> None:
    """Let `app` serve its routes through the drawing above, instead of FastAPI's own stack."""
    has_metrics_token = bool(settings.metrics.token.get_secret_value())
    # Set by the server when it is about to end (api/__main__.py); RequestMiddleware reads it.
    app.state.is_leaving = False
    open_paths = PROBES | ({"/metrics"} if has_metrics_token else set())
    stack: ASGIApp = CompressionMiddleware(Dispatcher(app, shared or SharedRoutes()))
    if settings.web.cors_origins:
        stack = _with_cors(stack, settings)
    stack = HostCheckMiddleware(stack, settings.web.hosts, open_paths)
    app.middleware_stack = RequestMiddleware(stack, settings)


def _with_cors(app: ASGIApp, settings: Settings) -> ASGIApp:
    return CORSMiddleware(
        app,
        allow_origins=settings.web.cors_origins,
        allow_methods=("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"),
        allow_headers=(
            "Authorization", "Content-Type", "Idempotency-Key", "If-Match", "If-None-Match",
            "Last-Event-ID", "Livelist-Client", "MCP-Protocol-Version", "Mcp-Method", "Mcp-Name",
            "X-Request-ID",
        ),
        expose_headers=(
            "ETag", "Idempotency-Replayed", "Livelist-Seq", "Retry-After", "WWW-Authenticate",
            "X-Request-ID",
        ),
        # Other origins use bearer tokens; the cookie is for our own client alone.
        allow_credentials=False,
        max_age=PREFLIGHT_SECONDS,
    )  # fmt: skip
