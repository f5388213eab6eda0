"""Keep programs running on this machine, and leave no orphan process behind.

Each program runs in a session of its own and dies with us (parent_death_signal.py): Ctrl-C reaches
only us, we stop the programs in order, and a `kill -9` of us ends them too. A program that ends is
restarted after a growing delay. A program that crashes at once, again and again, without ever
having been healthy, raises CrashLoopError. One that was healthy before is restarted for ever: what
it needs (a database, a broker) may come back.
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

from console.processes.parent_death_signal import die_with_parent

# A program that ran this long was healthy: its next crash counts as the first one.
HEALTHY_SECONDS = 10.0
MAX_FAST_CRASHES = 5
# 0.1, 0.2, 0.4 … seconds: a short failure heals at once, and a user never waits longer than 10 s.
FIRST_RESTART_DELAY_SECONDS = 0.1
MAX_RESTART_DELAY_SECONDS = 10.0
# The API drains for at most 20 s and the worker for 25 s; idle, both end at once.
STOP_SECONDS = 28.0
KEPT_OUTPUT_LINES = 25  # a traceback fits


@dataclass(frozen=True)
class Program:
    """One child program. The output of a quiet one is only shown when it fails."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    quiet: bool = False
    stop_seconds: float = STOP_SECONDS
    folder: Path | None = None


class CrashLoopError(Exception):
    """A program ended at once, MAX_FAST_CRASHES times in a row."""

    def __init__(self, program: Program, exit_code: int, last_output: list[str]) -> None:
        how = describe_exit(exit_code)
        super().__init__(f"{program.name} ended {MAX_FAST_CRASHES} times at once ({how})")
        self.program = program
        self.last_output = last_output


class Supervisor:
    """Start programs in the order of the `start` calls, and restart them until `stop`.

    `failure` is done, with a CrashLoopError, as soon as one program is not restarted any more.
    """

    def __init__(self, print_line: Callable[[str], None] = print) -> None:
        self._print_line = print_line
        self._running: list[_SupervisedProgram] = []
        self.failure: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def start(self, program: Program) -> None:
        """Start the program and keep it running until `stop`."""
        supervised = _SupervisedProgram(program, self._print_line)
        supervised.task = asyncio.create_task(self._run(supervised), name=f"run {program.name}")
        self._running.append(supervised)

    async def _run(self, supervised: "_SupervisedProgram") -> None:
        try:
            await supervised.run()
        except Exception as error:  # noqa: BLE001  `failure` carries it to the caller
            if not self.failure.done():
                self.failure.set_exception(error)

    def pid(self, name: str) -> int | None:
        """Return the present process id of the program; None while it has no process."""
        return next((each.pid for each in self._running if each.program.name == name), None)

    async def stop(self, names: tuple[str, ...] | None = None) -> None:
        """Stop the named programs, or all of them, and wait until they have ended."""
        chosen = [each for each in self._running if names is None or each.program.name in names]
        await asyncio.gather(*(each.stop() for each in chosen))
        self._running = [each for each in self._running if each not in chosen]
        if not self._running and not self.failure.done():
            self.failure.cancel()

    def kill(self) -> None:
        """Kill every program at once: the answer to a second Ctrl-C."""
        for each in self._running:
            each.signal(signal.SIGKILL)


class _SupervisedProgram:
    """One program and its present process."""

    def __init__(self, program: Program, print_line: Callable[[str], None]) -> None:
        self.program = program
        self.task: asyncio.Task[None] | None = None
        self._print_line = print_line
        self._process: asyncio.subprocess.Process | None = None
        self._stopping = asyncio.Event()
        self._last_output: deque[str] = deque(maxlen=KEPT_OUTPUT_LINES)

    @property
    def pid(self) -> int | None:
        is_alive = self._process is not None and self._process.returncode is None
        return self._process.pid if self._process and is_alive else None

    async def run(self) -> None:
        """Run and restart the program until `stop`. Raise CrashLoopError."""
        loop = asyncio.get_running_loop()
        crashes, was_healthy = 0, False
        while not self._stopping.is_set():
            began_at = loop.time()
            exit_code = await self._run_once()
            if self._stopping.is_set():
                return
            ran_long = loop.time() - began_at >= HEALTHY_SECONDS
            was_healthy = was_healthy or ran_long
            crashes = 1 if ran_long else crashes + 1
            if crashes >= MAX_FAST_CRASHES and not was_healthy:
                raise CrashLoopError(self.program, exit_code, list(self._last_output))
            delay = min(FIRST_RESTART_DELAY_SECONDS * 2 ** (crashes - 1), MAX_RESTART_DELAY_SECONDS)
            self._print_line(
                f"{self.program.name} ended ({describe_exit(exit_code)}); starting it again."
            )
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), delay)

    async def _run_once(self) -> int:
        """Run the program to its end. Return its exit code, negative for a signal."""
        launch = die_with_parent(self.program.command)
        self._process = process = await asyncio.create_subprocess_exec(
            *launch.command,
            pass_fds=launch.pass_fds,
            env=dict(self.program.environment),
            cwd=self.program.folder,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
        )
        if self._stopping.is_set():  # stop() was called while the process started
            self.signal(signal.SIGTERM)
        reading = asyncio.create_task(self._read_output(process), name=f"read {self.program.name}")
        try:
            exit_code = await process.wait()
            self._kill_group()
            # The last output of the program is still in the pipe. Bounded, because a grandchild
            # that left the group may keep the pipe open.
            await asyncio.wait([reading], timeout=1.0)
        finally:
            self._kill_group()
            reading.cancel()
        return exit_code

    def _kill_group(self) -> None:
        """Kill what is left of the process group and forget its id, which may be reused."""
        self.signal(signal.SIGKILL)
        self._process = None

    async def _read_output(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        while line := await self._next_line(process.stdout):
            text = line.decode(errors="replace").rstrip("\n")
            self._last_output.append(text)
            if not self.program.quiet:
                self._print_line(f"{self.program.name:<7}| {text}")

    @staticmethod
    async def _next_line(stream: asyncio.StreamReader) -> bytes:
        """Return the next line, or a part of a line that is longer than the stream's limit."""
        try:
            return await stream.readuntil(b"\n")
        except asyncio.IncompleteReadError as end:
            return end.partial
        except asyncio.LimitOverrunError as overrun:
            return await stream.read(overrun.consumed)

    async def stop(self) -> None:
        """Ask the program to end, and kill it after `stop_seconds`."""
        self._stopping.set()
        self.signal(signal.SIGTERM)
        if self.task is None:
            return
        _, late = await asyncio.wait([self.task], timeout=self.program.stop_seconds)
        if late:
            self._print_line(f"{self.program.name} did not stop in time: killed.")
            self.signal(signal.SIGKILL)
            await asyncio.wait([self.task])

    def signal(self, number: signal.Signals) -> None:
        """Send the signal to the whole group of the present process, if any of it is left."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, number)


def describe_exit(code: int) -> str:
    """Return an exit code in words, a negative one as the name of its signal."""
    if code >= 0:
        return f"exit code {code}"
    try:
        return signal.Signals(-code).name
    except ValueError:
        return f"signal {-code}"


def print_line(line: str) -> None:
    """Print and flush a line: our output is often a pipe or a journal."""
    with contextlib.suppress(BrokenPipeError):  # nothing reads any more; the work goes on
        print(line, file=sys.stdout, flush=True)
