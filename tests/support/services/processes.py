"""Child processes of tests, each in a process group of its own, that end with their test.

async with running("worker", [sys.executable, "-m", "worker"], environment) as worker:
    await worker.wait_for_line("ready")
    worker.kill()
"""

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from pathlib import Path

from console.processes.parent_death_signal import die_with_parent
from shared.clock import monotonic
from shared.settings import ROOT
from tests.support.deadlines import DEADLINE_SECONDS


class Child:
    """One process. `lines` holds what it has printed to both streams, in order."""

    def __init__(self, name: str, process: asyncio.subprocess.Process) -> None:
        self.name = name
        self.lines: list[str] = []
        self._process = process
        self._changed = asyncio.Condition()
        self._reading = asyncio.create_task(self._read(), name=f"read {name}")

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def log(self) -> str:
        return "\n".join(self.lines)

    @property
    def returncode(self) -> int | None:
        return self._process.returncode

    async def _read(self) -> None:
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            async with self._changed:
                self.lines.append(line.decode(errors="replace").rstrip("\n"))
                self._changed.notify_all()
        async with self._changed:
            self._changed.notify_all()

    async def wait_for_line(self, text: str, deadline: float = DEADLINE_SECONDS) -> str:
        """Return the first line with `text`. Fails with the log if none comes in time."""

        def found() -> str | None:
            return next((line for line in self.lines if text in line), None)

        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(deadline), self._changed:
                await self._changed.wait_for(lambda: found() or self._reading.done())
        line = found()
        assert line is not None, f"{self.name} did not print {text!r}; its log:\n{self.log}"
        return line

    async def wait_for_http(self, url: str) -> None:
        """Wait until GET of the url answers 200. Fails with the log if it never does."""
        import httpx  # noqa: PLC0415  most tests of processes need no HTTP

        async def answers(client: httpx.AsyncClient) -> bool:
            with contextlib.suppress(httpx.TransportError):
                return (await client.get(url)).status_code == 200
            return False

        # A short limit of each request: what waits at the socket of a process that has ended gets no answer.
        async with httpx.AsyncClient(timeout=5.0, trust_env=False) as client:
            ends_at = monotonic() + DEADLINE_SECONDS
            while not await answers(client):
                is_waiting = self.returncode is None and monotonic() < ends_at
                assert is_waiting, f"{self.name} does not answer; its log:\n{self.log}"
                await asyncio.sleep(0.05)  # polling another process; it starts in about 1 s

    async def wait(self, deadline: float = DEADLINE_SECONDS) -> int:
        """Wait for the end. Return the exit code, negative for a signal, with all output read."""
        async with asyncio.timeout(deadline):
            code = await self._process.wait()
            await self._reading
        return code

    def send(self, number: signal.Signals) -> None:
        """Send the signal to the process alone."""
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(number)

    def send_group(self, number: signal.Signals) -> None:
        """Send the signal to the process and its children, as Ctrl-C in a terminal does."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, number)

    def kill(self) -> None:
        """Send SIGKILL to the process alone: its children must end by themselves."""
        self.send(signal.SIGKILL)

    async def terminate(self, deadline: float = DEADLINE_SECONDS) -> int:
        """Send SIGTERM and wait for the end. Return the exit code."""
        self.send(signal.SIGTERM)
        return await self.wait(deadline)

    async def close(self) -> None:
        """Kill the whole group."""
        self.send_group(signal.SIGCONT)
        self.send_group(signal.SIGKILL)
        await self._process.wait()
        # A grandchild outside the group may keep the pipe open.
        await asyncio.wait([self._reading], timeout=1.0)
        self._reading.cancel()


@contextlib.asynccontextmanager
async def running(
    name: str,
    command: Sequence[str],
    environment: Mapping[str, str] | None = None,
    *,
    folder: Path = ROOT,
) -> AsyncIterator[Child]:
    """Start a process, yield it, and kill it and its group at the end of the block.

    `environment` is added to ours. If the tests themselves are killed, the child ends with them.
    """
    launch = die_with_parent(command)
    process = await asyncio.create_subprocess_exec(
        *launch.command,
        pass_fds=launch.pass_fds,
        env={**os.environ, "PYTHONUNBUFFERED": "1", **(environment or {})},
        cwd=folder,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        start_new_session=True,
        limit=1 << 20,  # a JSON log line with a traceback is longer than the default 64 KiB
    )
    child = Child(name, process)
    try:
        yield child
    finally:
        await child.close()


async def wait_until(
    condition: Callable[[], bool], deadline: float = DEADLINE_SECONDS, what: str = "the condition"
) -> None:
    """Poll until the condition is true; for state that has no event. Fails after the deadline."""
    try:
        async with asyncio.timeout(deadline):
            while not condition():
                await asyncio.sleep(0.02)  # short beside anything a test waits for
    except TimeoutError:
        raise AssertionError(f"{what} did not come true within {deadline} s") from None


def is_alive(pid: int) -> bool:
    """Return True if the process runs. A zombie, ended but not yet collected, does not run."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # of another user
        return True
    status = Path(f"/proc/{pid}/stat")
    try:
        return status.read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return not Path("/proc/self").exists()
