"""The ASGI middleware through which every request and every answer passes.

    SecurityHeadersMiddleware   headers that restrict what browsers may do with the answer
    ObservabilityMiddleware     request id, log, metrics, 500 for bugs
    HostCheckMiddleware         the Host header names this server
    CORSMiddleware              only if CORS_ORIGINS is set
    GZipMiddleware              compression of larger answers
    InputCheckMiddleware        address, body size, strict JSON
      routes

All of it is pure ASGI: one BaseHTTPMiddleware costs a hundred times as much as one of these.
"""

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.gzip import GZipMiddleware

from api.http.middleware.host_check import HostCheckMiddleware
from api.http.middleware.input_checks import InputCheckMiddleware
from api.http.middleware.observability import ObservabilityMiddleware
from api.http.middleware.security_headers import SecurityHeadersMiddleware
from api.http.paths import PROBES
from shared.settings import Settings

# A smaller answer is one packet either way.
COMPRESS_FROM_BYTES = 1400
# A page of 50 todos shrinks by 82 % in 0.1 ms; level 9 adds two points in twice the time.
COMPRESS_LEVEL = 1
# How long a browser caches a CORS preflight; two hours is the most that Chromium accepts.
PREFLIGHT_SECONDS = 7200


def install(app: FastAPI, settings: Settings) -> None:
    """Add the middleware in the order of the drawing above."""
    has_metrics_token = bool(settings.metrics.token.get_secret_value())
    open_paths = PROBES | ({"/metrics"} if has_metrics_token else set())
    # Starlette calls the middleware first that was added last.
    app.add_middleware(InputCheckMiddleware)
    app.add_middleware(
        GZipMiddleware, minimum_size=COMPRESS_FROM_BYTES, compresslevel=COMPRESS_LEVEL
    )
    if settings.web.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.web.cors_origins,
            allow_methods=("GET", "POST", "PATCH", "DELETE"),
            allow_headers=(
                "Authorization", "Content-Type", "Idempotency-Key", "If-Match", "Last-Event-ID",
                "Livelist-Client", "X-Request-ID",
            ),
            expose_headers=(
                "ETag", "Idempotency-Replayed", "Livelist-Seq", "Retry-After", "X-Request-ID",
            ),
            # Other origins use bearer tokens; the cookie is for our own client alone.
            allow_credentials=False,
            max_age=PREFLIGHT_SECONDS,
        )  # fmt: skip
    app.add_middleware(HostCheckMiddleware, settings.web.hosts, open_paths)
    app.add_middleware(ObservabilityMiddleware, settings)
    app.add_middleware(SecurityHeadersMiddleware, settings)
