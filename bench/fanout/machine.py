"""This machine: the cores of server and load, and the memory of a process."""

import asyncio
import os
import platform
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

PIN = Path(__file__).with_name("pin.py")


class UnavailableError(Exception):
    """A program or package that a measurement needs is not available on this machine."""


def cores() -> tuple[int, int]:
    """Return the core for the servers and the core for client, publisher and broker."""
    if not hasattr(os, "sched_getaffinity"):
        raise UnavailableError("this benchmark needs Linux: epoll, and processes pinned to cores")
    usable = sorted(os.sched_getaffinity(0))
    # The two highest, because interrupts and other programs mostly use the first.
    return usable[-1], usable[-2] if len(usable) > 1 else usable[-1]


def pin_self(core: int) -> None:
    """Pin this process, and every process it starts from now on, to the core."""
    os.sched_setaffinity(0, {core})


def pinned(core: int, command: Sequence[str]) -> list[str]:
    """Return a command that runs `command` on one core, with the same process id."""
    return [sys.executable, "-I", "-S", str(PIN), str(core), *command]


def resident_bytes(pid: int) -> int:
    """Return the resident memory of a process, in bytes."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def description() -> str:
    model = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.machine(),
    )
    return (
        f"{model}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, "
        f"{platform.system()} {platform.release()}, Python {platform.python_version()}"
    )


async def run(command: Sequence[str], folder: Path, seconds: float, **environment: str) -> None:
    """Run the command. Raise UnavailableError with its last output if it fails."""
    program = shutil.which(command[0])
    if program is None:
        raise UnavailableError(f"{command[0]} is not installed")
    process = await asyncio.create_subprocess_exec(
        program,
        *command[1:],
        cwd=folder,
        env={**os.environ, **environment},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        async with asyncio.timeout(seconds):
            output = (await process.communicate())[0].decode(errors="replace").strip()
    except TimeoutError:
        process.kill()
        raise UnavailableError(f"{command[0]} took longer than {seconds:.0f} s") from None
    if process.returncode != 0:
        last = output.splitlines()[-1] if output else f"exit code {process.returncode}"
        raise UnavailableError(f"{Path(command[0]).name}: {last[:200]}")
