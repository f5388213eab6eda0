"""Keeps programs running on this machine, and leaves none behind.

Each program runs in a session of its own, on a leash (parent_death_signal.py): Ctrl-C reaches only us, we
stop them in order, and a `kill -9` of us takes them along. One that ends is started again, with a
growing pause. One that ended at once again and again, and never lived, is given up, and everything
with it; one that has lived is tried for ever: what it needs (a database, a broker) may come back.
"""

import asyncio
import contextlib
import os
import signal
import sys
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from console.processes.parent_death_signal import leashed

# A program that lived this long was healthy: its next end is a first one again.
HEALTHY_SECONDS = 10.0
FAST_CRASHES = 5
# 0.1, 0.2, 0.4 … seconds: a blip heals at once; never longer than a person would wait.
FIRST_PAUSE_SECONDS = 0.1
LONGEST_PAUSE_SECONDS = 10.0
# The API drains for 20 s at most and the worker for 25 s; idle, both end at once. Then we insist.
STOP_SECONDS = 28.0
LAST_WORDS = 25  # lines: a traceback fits


@dataclass(frozen=True)
class Program:
    """One child. A quiet one is only heard when it fails."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    quiet: bool = False
    stop_seconds: float = STOP_SECONDS
    folder: Path | None = None


class GaveUpError(Exception):
    """A program ended at once, again and again. Carries its last words."""

    def __init__(self, program: Program, code: int, words: list[str]) -> None:
        super().__init__(f"{program.name} ended {FAST_CRASHES} times at once ({ending(code)})")
        self.program = program
        self.words = words


class Supervisor:
    """Starts programs in the order of `keep`, stops them in the opposite one.

    `failure` is done, with a GaveUpError, as soon as one program is given up.
    """

    def __init__(self, say: Callable[[str], None] = print) -> None:
        self._say = say
        self._kept: list[_Kept] = []
        self.failure: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def keep(self, program: Program) -> None:
        """The program runs from now on, until `stop`."""
        kept = _Kept(program, self._say)
        kept.task = asyncio.create_task(self._run(kept), name=f"keep {program.name}")
        self._kept.append(kept)

    async def _run(self, kept: "_Kept") -> None:
        try:
            await kept.run()
        except Exception as error:  # noqa: BLE001  whoever waits for `failure` gets it
            if not self.failure.done():
                self.failure.set_exception(error)

    def pid(self, name: str) -> int | None:
        """Returns the process id the program has now; None while it has none."""
        return next((one.pid for one in self._kept if one.program.name == name), None)

    async def stop(self, names: tuple[str, ...] | None = None) -> None:
        """None of the named programs, by default of all, runs any more."""
        chosen = [one for one in self._kept if names is None or one.program.name in names]
        await asyncio.gather(*(one.stop() for one in chosen))
        self._kept = [one for one in self._kept if one not in chosen]
        if not self._kept and not self.failure.done():
            self.failure.cancel()

    def kill(self) -> None:
        """Every program is killed, at once: the answer to a second Ctrl-C."""
        for one in self._kept:
            one.signal(signal.SIGKILL)


class _Kept:
    """One program and its present process."""

    def __init__(self, program: Program, say: Callable[[str], None]) -> None:
        self.program = program
        self.task: asyncio.Task[None] | None = None
        self._say = say
        self._process: asyncio.subprocess.Process | None = None
        self._stopping = asyncio.Event()
        self._words: deque[str] = deque(maxlen=LAST_WORDS)

    @property
    def pid(self) -> int | None:
        alive = self._process is not None and self._process.returncode is None
        return self._process.pid if self._process and alive else None

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        crashes, was_healthy = 0, False
        while not self._stopping.is_set():
            began = loop.time()
            code = await self._once()
            if self._stopping.is_set():
                return
            lived = loop.time() - began >= HEALTHY_SECONDS
            was_healthy = was_healthy or lived
            crashes = 1 if lived else crashes + 1
            if crashes >= FAST_CRASHES and not was_healthy:
                raise GaveUpError(self.program, code, list(self._words))
            pause = min(FIRST_PAUSE_SECONDS * 2 ** (crashes - 1), LONGEST_PAUSE_SECONDS)
            self._say(f"{self.program.name} ended ({ending(code)}); starting it again.")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), pause)

    async def _once(self) -> int:
        """Runs the program to its end. Returns its exit code, negative for a signal."""
        leash = leashed(self.program.command)
        self._process = process = await asyncio.create_subprocess_exec(
            *leash.command,
            pass_fds=leash.pass_fds,
            env=dict(self.program.environment),
            cwd=self.program.folder,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
        )
        if self._stopping.is_set():  # asked while we were starting it
            self.signal(signal.SIGTERM)
        reading = asyncio.create_task(self._read(process), name=f"read {self.program.name}")
        try:
            code = await process.wait()
            self._bury()
            # What a dying program printed is still in the pipe; bounded, should a grandchild that
            # left the group hold it open.
            await asyncio.wait([reading], timeout=1.0)
        finally:
            self._bury()
            reading.cancel()
        return code

    def _bury(self) -> None:
        """Nothing of the group is left, and its number, which may be reused, is forgotten."""
        self.signal(signal.SIGKILL)
        self._process = None

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        while line := await self._next_line(process.stdout):
            text = line.decode(errors="replace").rstrip("\n")
            self._words.append(text)
            if not self.program.quiet:
                self._say(f"{self.program.name:<7}| {text}")

    @staticmethod
    async def _next_line(stream: asyncio.StreamReader) -> bytes:
        """Returns the next line, or a piece of one that is absurdly long."""
        try:
            return await stream.readuntil(b"\n")
        except asyncio.IncompleteReadError as end:
            return end.partial
        except asyncio.LimitOverrunError as long:
            return await stream.read(long.consumed)

    async def stop(self) -> None:
        self._stopping.set()
        self.signal(signal.SIGTERM)
        if self.task is None:
            return
        _, late = await asyncio.wait([self.task], timeout=self.program.stop_seconds)
        if late:
            self._say(f"{self.program.name} did not stop in time: killed.")
            self.signal(signal.SIGKILL)
            await asyncio.wait([self.task])

    def signal(self, number: signal.Signals) -> None:
        """The whole group of the present process gets the signal, if any of it is left."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, number)


def ending(code: int) -> str:
    """Returns how a process ended, in words."""
    if code >= 0:
        return f"exit code {code}"
    try:
        return signal.Signals(-code).name
    except ValueError:
        return f"signal {-code}"


def say(line: str) -> None:
    """Prints at once: our output is often a pipe or a journal."""
    with contextlib.suppress(BrokenPipeError):  # nobody listens any more; we still have work
        print(line, file=sys.stdout, flush=True)
