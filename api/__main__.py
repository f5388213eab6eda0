"""Run the API: `python -m api`, in one process or, with API_WORKERS, in several on one port."""

import asyncio
import gc
import logging
import signal
import socket
import sys
from contextlib import suppress
from functools import partial
from types import FrameType
from typing import cast

import uvicorn
from fastapi import FastAPI
from starlette.applications import Starlette

from api.http.http_protocol import BoundedHttpProtocol
from api.main import create_app
from api.processes import CHILD_FLAG, PortError, bind_sockets, child_descriptors, run_processes
from realtime.transports.websocket_protocol import SERVER_SETTINGS
from shared import failpoints
from shared.host import open_files
from shared.logs import configure_logging
from shared.settings import Settings, SettingsError, load_settings, misspelled_settings

# Longer than a request may take, shorter than the 30 s after which process managers commonly kill.
DRAIN_SECONDS = 20
# The Date header has seconds.
DATE_SECONDS = 1
# Longer than the 60 s that proxies keep an idle connection: the proxy must close it first, or a
# request that is on its way gets no answer.
KEEP_ALIVE_SECONDS = 75
# The WebSocket protocol class leaves the last 5 % to requests.
MAX_CONNECTIONS = open_files.API_CONNECTIONS
# A laptop or a household has no more: below this number a developer is warned.
DEVELOPMENT_CONNECTIONS = 500

log = logging.getLogger(__name__)


def configuration(settings: Settings, app: FastAPI | None = None) -> uvicorn.Config:
    """Return the uvicorn configuration that serves the application."""
    return uvicorn.Config(
        app or create_app(settings),
        # The event loop binds :: to IPv6 alone, and an empty host to both families.
        host="" if settings.web.host == "::" else settings.web.host,
        port=settings.web.port,
        log_config=None,
        access_log=False,
        server_header=False,
        http=BoundedHttpProtocol,
        # api/http/client_address.py reads them, from TRUSTED_PROXIES only.
        proxy_headers=False,
        limit_concurrency=max_connections(),
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=DRAIN_SECONDS,
        **SERVER_SETTINGS,
    )


def max_connections() -> int:
    """Return how many connections this process accepts."""
    return min(MAX_CONNECTIONS, open_files.accepted_connections(open_files.allowed_files()))


class Server(uvicorn.Server):
    """uvicorn's server, which by itself asks ten times a second whether to end.

    That was two thirds of what an idle process does. At the end of `pipe` it ends, too. And between
    SIGTERM and its end this server tells proxies for `shutdown_delay_seconds` to go elsewhere, while it
    serves all they still send.
    """

    def __init__(
        self,
        config: uvicorn.Config,
        pipe: int | None = None,
        *,
        shutdown_delay_seconds: float = 0,
    ) -> None:
        super().__init__(config)
        self._pipe = pipe
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ending = asyncio.Event()
        self._shutdown_delay_seconds = shutdown_delay_seconds
        self._is_leaving = False

    async def main_loop(self) -> None:
        """Renew the Date header each second until the server shall end."""
        self._loop = asyncio.get_running_loop()
        if self._pipe is not None:
            self._loop.add_reader(self._pipe, self._on_end_of_pipe, self._pipe)
        while not await self.on_tick(0):
            with suppress(TimeoutError):
                async with asyncio.timeout(DATE_SECONDS):
                    await self._ending.wait()

    def end(self) -> None:
        """End as after a SIGTERM."""
        self.should_exit = True
        self._ending.set()

    def _on_end_of_pipe(self, pipe: int) -> None:
        if self._loop is not None:
            self._loop.remove_reader(pipe)
        self.end()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        # The delay is for process managers; Ctrl-C and a second signal end the server at once.
        # One of several processes gets it twice if a service manager signals the parent as well.
        is_repeated = self._is_leaving and self._pipe is not None
        if is_repeated and sig == signal.SIGTERM:
            return
        self._is_leaving = True
        delay, self._shutdown_delay_seconds = self._shutdown_delay_seconds, 0
        is_delayed = delay > 0 and sig == signal.SIGTERM and self._loop is not None
        if not is_delayed:
            super().handle_exit(sig, frame)
        if self._loop is not None:
            # A signal handler runs anywhere, and alone wakes no event loop.
            step = partial(self._leave, delay) if is_delayed else self._ending.set
            self._loop.call_soon_threadsafe(step)

    def _leave(self, delay_seconds: float) -> None:
        """Tell proxies to go elsewhere, and end after the delay."""
        self._announce_end()
        asyncio.get_running_loop().call_later(delay_seconds, self.end)
        log.info("leaving: /health/ready is 503, the server ends in %g s", delay_seconds)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        # For the answers that are still under way.
        self._announce_end()
        await super().shutdown(sockets)

    def _announce_end(self) -> None:
        cast(Starlette, self.config.app).state.is_leaving = True


async def serve(settings: Settings) -> None:
    """Serve until a signal or a cancellation; for a process that also runs something else."""
    if settings.web.workers > 1:
        log.warning("API_WORKERS is not used: API and worker share this process")
    server = Server(configuration(settings))
    serving = asyncio.create_task(server.serve())
    try:
        await asyncio.shield(serving)
    finally:
        # A cancelled server would drop its requests and log a traceback.
        server.end()
        await asyncio.wait([serving])


def main(arguments: list[str]) -> int:
    """Serve until a signal. Return the exit code."""
    if arguments and arguments[0] != CHILD_FLAG:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        settings = load_settings()
    except SettingsError as error:
        sys.exit(f"Livelist cannot start with these settings:\n{error}")
    # One of several processes leaves the warning to its parent.
    configure_logging(settings.logs, "api", () if arguments else misspelled_settings())
    if settings.web.workers > 1 and not arguments:
        return _run_many(settings)
    expected = MAX_CONNECTIONS if settings.in_production else DEVELOPMENT_CONNECTIONS
    open_files.raise_and_log_limit(expected)
    failpoints.arm(settings.failpoint)
    pipe, sockets = child_descriptors(arguments[1:]) if arguments else (None, None)
    delay = settings.web.shutdown_delay_seconds
    server = Server(configuration(settings), pipe, shutdown_delay_seconds=delay)
    tune_garbage_collector()
    signal.signal(signal.SIGTERM, _exit)
    server.run(sockets)
    return 0


def _run_many(settings: Settings) -> int:
    try:
        sockets = bind_sockets(settings.web.host, settings.web.port, settings.web.workers)
    except PortError as error:
        sys.exit(f"Livelist cannot listen on {error}")
    return asyncio.run(run_processes(sockets))


def _exit(number: int, frame: FrameType | None) -> None:
    """End normally, so that the last log lines are written.

    After its shutdown uvicorn raises SIGTERM again, which would end Python without exit handlers.
    """
    sys.exit(0)


def tune_garbage_collector() -> None:
    """Exclude what lives as long as the process from garbage collection.

    While the collector walks over code, classes and caches, where it finds nothing, no event is
    delivered.
    """
    gc.collect()
    gc.freeze()
    # The default of Python 3.13. Older versions collect after 700 new containers; a threshold above
    # 2,000 keeps more garbage in memory.
    gc.set_threshold(2_000, 10, 10)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
