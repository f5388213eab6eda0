"""Worker processes that start in milliseconds: forked from a process that has imported everything.

Each is a process in a session of its own, so tests kill, stop and starve it like a real worker. It
dies with the process that forks it, and that process dies with the tests.
"""

import asyncio
import contextlib
import ctypes
import multiprocessing
import os
import resource
import signal
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from console.processes.parent_death_signal import PR_SET_PDEATHSIG
from shared.settings import Settings
from tests.support.deadlines import DEADLINE_SECONDS
from worker.__main__ import main

# Another process sends no event to wait for. Short beside anything that is waited for.
POLL_SECONDS = 0.02

_forkserver = multiprocessing.get_context("forkserver")
_forkserver.set_forkserver_preload(["tests.support.faults.forked_workers"])

# Called in the process before the worker starts: an older version, a poison job, a wrong clock.
WorkerVariant = Callable[[], None]


@dataclass(frozen=True)
class ResourceUse:
    """The open file descriptors and the resident memory of a process."""

    descriptors: int
    megabytes: float


class WorkerProcess:
    """One worker process; its output goes to a file."""

    def __init__(
        self,
        name: str,
        log: Path,
        environment: Mapping[str, str],
        variants: tuple[WorkerVariant, ...],
    ) -> None:
        self.name = name
        self._log = log
        log.unlink(missing_ok=True)  # left by an earlier worker of the same name
        self._process = _forkserver.Process(
            target=_run_worker, args=(dict(environment), variants, str(log)), name=name
        )
        self._process.start()

    @property
    def lines(self) -> list[str]:
        """All lines it has printed so far."""
        return self._log.read_text(errors="replace").splitlines() if self._log.exists() else []

    @property
    def is_alive(self) -> bool:
        return self._process.is_alive()

    async def wait_for_line(self, text: str, count: int = 1) -> None:
        """Wait until the worker has printed `count` lines with `text`. Raise AssertionError if not."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(DEADLINE_SECONDS):
                while self._count(text) < count and self.is_alive:
                    await asyncio.sleep(POLL_SECONDS)
        output = "\n".join(self.lines[-30:])
        assert self._count(text) >= count, (
            f"{self.name} did not print {text!r}; its last lines:\n{output}"
        )

    def _count(self, text: str) -> int:
        return sum(text in line for line in self.lines)

    def send(self, number: signal.Signals) -> None:
        assert self._process.pid is not None
        with contextlib.suppress(ProcessLookupError):
            os.kill(self._process.pid, number)

    async def wait(self, deadline: float = DEADLINE_SECONDS) -> int:
        """Wait for the end of the process and return its exit code, negative for a signal."""
        async with asyncio.timeout(deadline):
            while self.is_alive:
                await asyncio.sleep(POLL_SECONDS)
        assert self._process.exitcode is not None
        return self._process.exitcode

    def resource_use(self) -> ResourceUse | None:
        """Return what the process uses now, or None on a system without /proc."""
        folder = Path(f"/proc/{self._process.pid}")
        try:
            pages = int((folder / "statm").read_text().split()[1])
            descriptors = len(list((folder / "fd").iterdir()))
        except OSError:
            return None
        return ResourceUse(descriptors, pages * os.sysconf("SC_PAGE_SIZE") / 1e6)

    async def close(self) -> None:
        """Kill the process, even if it is stopped, and wait for its end."""
        self.send(signal.SIGCONT)
        self.send(signal.SIGKILL)
        await self.wait()
        self._process.close()


def worker_environment(settings: Settings, mail_server: str, mail_port: int) -> dict[str, str]:
    """Return the environment of a worker on the database and broker of these settings."""
    return {
        "DATABASE_URL": settings.database.url,
        "DATA_DIR": str(settings.data_dir),
        "REDIS_URL": settings.redis.url,
        "MAIL_SERVER": mail_server,
        "MAIL_PORT": str(mail_port),
        "MAIL_STARTTLS": "false",
        "MAIL_FROM": "livelist@example.com",
        "LOG_FORMAT": "text",
    }


@asynccontextmanager
async def fork_worker(
    name: str, folder: Path, environment: Mapping[str, str], *variants: WorkerVariant
) -> AsyncIterator[WorkerProcess]:
    """Yield a started worker process, and kill it afterwards."""
    worker = WorkerProcess(name, folder / f"{name}.log", environment, variants)
    try:
        yield worker
    finally:
        await worker.close()


def _run_worker(
    environment: Mapping[str, str], variants: tuple[WorkerVariant, ...], log: str
) -> None:
    os.setsid()
    resource.setrlimit(
        resource.RLIMIT_CORE, (0, 0)
    )  # an abort would write a core file of a gigabyte
    # Die with the fork server, which dies with the tests.
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.environ.update(environment)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    for variant in variants:
        variant()
    os._exit(main([]))
