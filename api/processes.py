"""Several API processes on one port: start them, start one again that ended, and stop all of them.

Each has a listening socket of its own on the same address (SO_REUSEPORT), among which the kernel
spreads connections. This process holds the sockets, too: what waits at the socket of a process that
ended, its successor accepts. A pipe whose other end only this process has tells the others of its
end, however it ends.
"""

import asyncio
import errno
import logging
import os
import signal
import socket
import sys
from collections.abc import Sequence
from typing import Any

from shared.clock import monotonic

# Followed by file descriptors: of the pipe, and of the listening sockets.
CHILD_FLAG = "--process-of-many"
# As in console/processes/supervisor.py, which the API may not import: it restarts for ever what was healthy
# once, reads output and needs no sockets. A process that ran this long was healthy, and its next end
# counts as the first.
HEALTHY_SECONDS = 10.0
MAX_FAST_ENDS = 5
FIRST_PAUSE_SECONDS = 0.1
LONGEST_PAUSE_SECONDS = 10.0
# A machine without IPv6 may still have `::1 localhost` in /etc/hosts.
_ABSENT = frozenset({errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT})
# Above the 25 s within which an API process ends; service managers kill after 30.
STOP_SECONDS = 28.0

log = logging.getLogger(__name__)


class PortError(Exception):
    """Why nothing can listen on the address, in a sentence."""


def bind_sockets(host: str, port: int, count: int) -> list[list[socket.socket]]:
    """Return the sockets of each process. Raise PortError, also if a program listens there already."""
    try:
        # Alone: with SO_REUSEPORT two sites of one user could share a port, and neither would know.
        for alone in _bind(host, port, shared=False):
            alone.close()
        return [_bind(host, port, shared=True) for _ in range(count)]
    except OSError as error:
        raise PortError(f"{host}:{port}: {error.strerror or error}") from None


def _bind(host: str, port: int, *, shared: bool) -> list[socket.socket]:
    # :: is both families, with a socket for each, as in a single process.
    hosts = ("0.0.0.0", "::") if host == "::" else (host,)  # noqa: S104  what the operator asked for
    found = [
        each
        for name in hosts
        for each in socket.getaddrinfo(name, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    ]
    bound: list[socket.socket] = []
    refused: OSError | None = None
    # All addresses of a name, as in a single process: `localhost` is one of IPv4 and one of IPv6.
    for family, kind, protocol, _, address in dict.fromkeys(found):
        try:
            bound.append(_bound(socket.socket(family, kind, protocol), address, shared=shared))
        except OSError as error:
            if error.errno not in _ABSENT:
                raise
            refused = error
    if refused is not None and not bound:
        raise refused
    return bound


def _bound(opened: socket.socket, address: Any, *, shared: bool) -> socket.socket:
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if shared:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    if opened.family == socket.AF_INET6:
        opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    try:
        opened.bind(address)
    except OSError:
        opened.close()
        raise
    return opened


def child_descriptors(arguments: Sequence[str]) -> tuple[int, list[socket.socket]]:
    """Return the pipe and the sockets that the parent has handed to this process."""
    pipe, *sockets = map(int, arguments)
    return pipe, [socket.socket(fileno=number) for number in sockets]


class _ApiProcess:
    def __init__(self, name: str, pipe: int, sockets: Sequence[socket.socket]) -> None:
        self.name = name
        self._descriptors = [pipe, *(opened.fileno() for opened in sockets)]
        self._process: asyncio.subprocess.Process | None = None

    async def keep_running(self) -> None:
        """Run the process, and again whenever it ends. Return when it cannot be started."""
        ends = 0
        while True:
            began_at = monotonic()
            how = await self._run_once()
            ends = 1 if monotonic() - began_at >= HEALTHY_SECONDS else ends + 1
            if ends >= MAX_FAST_ENDS:
                log.error(
                    "%s %s, %d times, each within %g s of its start",
                    self.name,
                    how,
                    ends,
                    HEALTHY_SECONDS,
                )
                return
            log.error("%s %s; starting it again", self.name, how)
            await asyncio.sleep(min(FIRST_PAUSE_SECONDS * 2 ** (ends - 1), LONGEST_PAUSE_SECONDS))

    async def _run_once(self) -> str:
        """Run the process to its end. Return how it ended, or why it could not be started."""
        try:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "api", CHILD_FLAG, *map(str, self._descriptors),
                pass_fds=self._descriptors,
            )  # fmt: skip
        except OSError as error:
            return f"cannot be started ({error})"
        return f"ended ({await self._process.wait()})"

    async def stop(self) -> None:
        """End the process, after its requests; kill it after STOP_SECONDS."""
        if self._process is None or self._process.returncode is not None:
            return
        self._process.terminate()
        try:
            async with asyncio.timeout(STOP_SECONDS):
                await self._process.wait()
        except TimeoutError:
            log.error("%s did not end in time: killed", self.name)
            self._process.kill()
            await self._process.wait()


async def run_processes(sockets: Sequence[Sequence[socket.socket]]) -> int:
    """Keep a process running for each group of sockets until a signal. Return the exit code."""
    pipe, held_end = os.pipe()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    count = len(sockets)
    processes = [
        _ApiProcess(f"API process {number} of {count}", pipe, group)
        for number, group in enumerate(sockets, 1)
    ]
    running = [asyncio.create_task(each.keep_running(), name=each.name) for each in processes]
    stopping = asyncio.create_task(stop.wait(), name="wait for a signal")
    log.info("starting %d API processes on one port", count)
    await asyncio.wait([stopping, *running], return_when=asyncio.FIRST_COMPLETED)
    for task in (stopping, *running):
        task.cancel()
    await asyncio.gather(stopping, *running, return_exceptions=True)
    # Now, so that no connection waits at a socket that nobody reads any more.
    for opened in (each for group in sockets for each in group):
        opened.close()
    await asyncio.gather(*(each.stop() for each in processes))
    os.close(held_end)
    return 0 if stop.is_set() else 1
