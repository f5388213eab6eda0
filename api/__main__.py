"""Runs the API: `python -m api`."""

import asyncio
import gc
import sys

import uvicorn
from fastapi import FastAPI

from api.http.uvicorn_protocol import BoundedHttp
from api.main import create_app
from realtime.transports.websocket_endpoint import SERVER_SETTINGS
from shared import failpoints
from shared.logs import set_up_logs
from shared.settings import Settings, SettingsError, load_settings

# Longer than a request may take, shorter than the 30 s that process managers commonly wait before
# they kill.
DRAIN_SECONDS = 20
# Longer than the 60 s that proxies keep an idle connection: whoever closes first must not be us,
# or a request that is on its way gets no answer.
KEEP_ALIVE_SECONDS = 75
# Sockets count as well. Twenty thousand cost half a gigabyte; a 503 to the next one is kinder to
# those who are connected than the kernel ending the process. The WebSocket protocol class keeps sockets from
# taking the last twentieth.
MOST_CONNECTIONS = 20_000


def configuration(settings: Settings, app: FastAPI | None = None) -> uvicorn.Config:
    """Returns how uvicorn serves the application."""
    return uvicorn.Config(
        app or create_app(settings),
        host=settings.web.host,
        port=settings.web.port,
        log_config=None,
        access_log=False,
        server_header=False,
        http=BoundedHttp,
        # Believing proxies is api/http/client_address.py's, by TRUSTED_PROXIES.
        proxy_headers=False,
        limit_concurrency=MOST_CONNECTIONS,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=DRAIN_SECONDS,
        **SERVER_SETTINGS,
    )


async def serve(settings: Settings) -> None:
    """Serves until told to stop or cancelled; for a process that also does something else."""
    server = uvicorn.Server(configuration(settings))
    serving = asyncio.create_task(server.serve())
    try:
        await asyncio.shield(serving)
    finally:
        # Cancelled, it would drop its requests and say so with a traceback.
        server.should_exit = True
        await asyncio.wait([serving])


def main() -> None:
    try:
        settings = load_settings()
    except SettingsError as error:
        sys.exit(f"Livelist cannot start with these settings:\n{error}")
    set_up_logs(settings.logs, "api")
    failpoints.arm(settings)
    server = uvicorn.Server(configuration(settings))
    _calm_collector()
    server.run()


def _calm_collector() -> None:
    """The garbage collector leaves alone what lives as long as the process.

    While it walks over code, classes and caches, nothing is delivered; and it finds nothing there.
    """
    gc.collect()
    gc.freeze()
    # Python 3.13's own. Older ones come at 700 new containers; rarer than 2,000 leaves more behind.
    gc.set_threshold(2_000, 10, 10)


if __name__ == "__main__":
    main()
