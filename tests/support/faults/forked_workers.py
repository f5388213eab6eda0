"""Worker processes that start in milliseconds: forked from one that has imported everything.

A process of its own each, in a session of its own: killed, stopped and starved like any other. It
dies with the process that forks, which dies with ours.
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
from worker.__main__ import main

# A fork is ready in 0.1 s; a machine under load takes tens of times that.
READY_SECONDS = 30.0
# Nothing of another process tells us: short beside anything that is waited for.
LOOK_SECONDS = 0.02

_forks = multiprocessing.get_context("forkserver")
_forks.set_forkserver_preload(["tests.support.faults.forked_workers"])

# Done to the process before it begins: an older version, a poisonous job, a wrong clock.
WorkerVariant = Callable[[], None]


@dataclass(frozen=True)
class ResourceUse:
    """What a process holds at a moment."""

    descriptors: int
    megabytes: float


class WorkerProcess:
    """One worker process; its output is in a file."""

    def __init__(
        self,
        name: str,
        log: Path,
        environment: Mapping[str, str],
        variants: tuple[WorkerVariant, ...],
    ) -> None:
        self.name = name
        self._log = log
        log.unlink(missing_ok=True)  # of an earlier one of that name, whose lines are not ours
        self._process = _forks.Process(
            target=_become_worker, args=(dict(environment), variants, str(log)), name=name
        )
        self._process.start()

    @property
    def lines(self) -> list[str]:
        """All it has printed so far."""
        return self._log.read_text(errors="replace").splitlines() if self._log.exists() else []

    @property
    def is_alive(self) -> bool:
        return self._process.is_alive()

    async def wait_for_line(self, text: str, count: int = 1) -> None:
        """It has printed `count` lines with `text`."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(READY_SECONDS):
                while self._count(text) < count and self.is_alive:
                    await asyncio.sleep(LOOK_SECONDS)
        said = "\n".join(self.lines[-30:])
        assert self._count(text) >= count, f"{self.name} did not print {text!r}; it said:\n{said}"

    def _count(self, text: str) -> int:
        return sum(text in line for line in self.lines)

    def send(self, number: signal.Signals) -> None:
        assert self._process.pid is not None
        with contextlib.suppress(ProcessLookupError):
            os.kill(self._process.pid, number)

    async def wait(self, deadline: float = READY_SECONDS) -> int:
        """Returns the exit code, negative for a signal."""
        async with asyncio.timeout(deadline):
            while self.is_alive:
                await asyncio.sleep(LOOK_SECONDS)
        assert self._process.exitcode is not None
        return self._process.exitcode

    def use(self) -> ResourceUse | None:
        """Returns what it holds now; None where the system does not say."""
        folder = Path(f"/proc/{self._process.pid}")
        try:
            pages = int((folder / "statm").read_text().split()[1])
            descriptors = len(list((folder / "fd").iterdir()))
        except OSError:
            return None
        return ResourceUse(descriptors, pages * os.sysconf("SC_PAGE_SIZE") / 1e6)

    async def close(self) -> None:
        """It is gone."""
        self.send(signal.SIGCONT)
        self.send(signal.SIGKILL)
        await self.wait()
        self._process.close()


@asynccontextmanager
async def fork_worker(
    name: str, folder: Path, environment: Mapping[str, str], *variants: WorkerVariant
) -> AsyncIterator[WorkerProcess]:
    """Yields a worker process, started; afterwards it is gone."""
    worker = WorkerProcess(name, folder / f"{name}.log", environment, variants)
    try:
        yield worker
    finally:
        await worker.close()


def _become_worker(
    environment: Mapping[str, str], variants: tuple[WorkerVariant, ...], log: str
) -> None:
    os.setsid()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # one that aborts leaves no gigabyte behind
    # With whoever forked us: it goes when the tests go.
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
