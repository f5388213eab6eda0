"""What every request passes before a route sees it, and every answer after it.

    SecurityHeaders   what browsers may do with the answer, whoever gave it
    Observe           id, log, metrics, 500
    CheckHost         is it meant for us?
    CORSMiddleware    only when CORS_ORIGINS is set
    GZipMiddleware    larger answers
    CheckInput        address, size, JSON
      routes

All of it pure ASGI: one BaseHTTPMiddleware costs a hundred times as much as one of these.
"""

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.gzip import GZipMiddleware

from api.http.middleware.headers import SecurityHeaders
from api.http.middleware.hosts import CheckHost
from api.http.middleware.input import CheckInput
from api.http.middleware.observe import Observe
from api.http.paths import PROBES
from shared.settings import Settings

# A small answer is one packet either way.
COMPRESS_FROM_BYTES = 1400
# A page of 50 todos shrinks by 82 % in 0.1 ms; level 9 adds two points in twice the time.
COMPRESS_LEVEL = 1
# How long a browser remembers that it may ask; two hours is the most that Chromium keeps.
PREFLIGHT_SECONDS = 7200


def install(app: FastAPI, settings: Settings) -> None:
    """Requests pass the drawing above, top to bottom."""
    open_paths = PROBES | ({"/metrics"} if settings.metrics.token.get_secret_value() else set())
    # The last one added is the first one asked.
    app.add_middleware(CheckInput)
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
    app.add_middleware(CheckHost, settings.web.hosts, open_paths)
    app.add_middleware(Observe, settings)
    app.add_middleware(SecurityHeaders, settings)
