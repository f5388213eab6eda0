"""Runs the API: `python -m api`."""

import sys

import uvicorn

from api.main import create_app
from shared.logs import set_up_logs
from shared.settings import Settings, SettingsError, load_settings

# Longer than a request may take, shorter than what process managers wait before they kill.
DRAIN_SECONDS = 20


def configuration(settings: Settings) -> uvicorn.Config:
    """Returns how uvicorn serves the application."""
    return uvicorn.Config(
        create_app(settings),
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        server_header=False,
        # The socket has its own limits, pings and framing (docs/protocol.md).
        ws="websockets-sansio",
        ws_max_size=64 * 1024,
        ws_per_message_deflate=False,
        ws_ping_interval=None,
        # Believing proxies is api/addresses.py's, by TRUSTED_PROXIES.
        proxy_headers=False,
        timeout_graceful_shutdown=DRAIN_SECONDS,
    )


async def serve(settings: Settings) -> None:
    """Serves until told to stop; for a process that also does something else."""
    await uvicorn.Server(configuration(settings)).serve()


def main() -> None:
    try:
        settings = load_settings()
    except SettingsError as error:
        sys.exit(f"Livelist cannot start with these settings:\n{error}")
    set_up_logs(settings, "api")
    uvicorn.Server(configuration(settings)).run()


if __name__ == "__main__":
    main()
