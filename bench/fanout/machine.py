"""This machine: which core serves, which one loads, how much memory a process has."""

import asyncio
import os
import platform
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

PIN = Path(__file__).with_name("pin.py")


class NotHereError(Exception):
    """Something a measurement needs is not to be had on this machine. Says what, and why."""


def cores() -> tuple[int, int]:
    """Returns the core of the servers, and that of everything that loads them."""
    if not hasattr(os, "sched_getaffinity"):
        raise NotHereError("this bench needs Linux: epoll, and processes pinned to cores")
    usable = sorted(os.sched_getaffinity(0))
    # The highest two: interrupts and whatever else runs prefer the first.
    return usable[-1], usable[-2] if len(usable) > 1 else usable[-1]


def pin_self(core: int) -> None:
    """This process and all it starts from now on run on the core."""
    os.sched_setaffinity(0, {core})


def pinned(core: int, command: Sequence[str]) -> list[str]:
    """Returns the command that runs `command` on one core; it keeps its process id."""
    return [sys.executable, "-I", "-S", str(PIN), str(core), *command]


def resident_bytes(pid: int) -> int:
    """Returns the resident memory of a process."""
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
    """The command has succeeded. Raises NotHereError with the end of what it said otherwise."""
    program = shutil.which(command[0])
    if program is None:
        raise NotHereError(f"{command[0]} is not installed")
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
            words = (await process.communicate())[0].decode(errors="replace").strip()
    except TimeoutError:
        process.kill()
        raise NotHereError(f"{command[0]} took longer than {seconds:.0f} s") from None
    if process.returncode != 0:
        last = words.splitlines()[-1] if words else f"exit code {process.returncode}"
        raise NotHereError(f"{Path(command[0]).name}: {last[:200]}")
