"""Ties a child process to its parent: when the parent is gone, however it went, so is the child.

    leashed(["valkey-server", "valkey.conf"]) -> the command to start instead

On Linux the kernel does it (PR_SET_PDEATHSIG). Elsewhere a tiny watcher process reads a pipe whose
other end only the parent holds: end of file means the parent died.

This file is also the wrapper itself, run as `python parent_death_signal.py ...`, which then becomes
the child by exec: so it must import nothing of ours. A wrapper and not a preexec_fn, because running Python
between fork and exec can deadlock once there are threads.

The signal is SIGKILL: with the parent gone nobody is left to insist after a polite one. Nothing is
lost by it: the database commits, and the broker has handed its appends to the kernel.

Start children from the main thread: the kernel watches the *thread* that started the child.
"""

import ctypes
import os
import select
import signal
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

PR_SET_PDEATHSIG = 1  # linux/prctl.h


@dataclass(frozen=True)
class Account:
    """A user of this machine that a child runs as; only root can choose another."""

    uid: int
    gid: int


@dataclass(frozen=True)
class Leashed:
    """What to start: the command, and the descriptors it must inherit (`pass_fds`)."""

    command: list[str]
    pass_fds: tuple[int, ...] = ()


_pipe: tuple[int, int] | None = None


def leashed(
    command: Sequence[str], *, account: Account | None = None, by_pipe: bool | None = None
) -> Leashed:
    """Returns how to start `command` so that it does not outlive this process."""
    if by_pipe is None:
        by_pipe = sys.platform != "linux"
    end = _read_end() if by_pipe else -1
    who = f"{account.uid}:{account.gid}" if account else "-"
    # -I -S: neither site-packages nor the environment can get in; it starts in 10 ms.
    wrapper = [sys.executable, "-I", "-S", str(Path(__file__).resolve())]
    return Leashed([*wrapper, str(os.getpid()), str(end), who, *command], (end,) if by_pipe else ())


def _read_end() -> int:
    """One pipe a process is enough: the write end closes only when this process ends."""
    global _pipe
    if _pipe is None:
        _pipe = os.pipe()
    return _pipe[0]


def _become(parent: int, end: int, who: str, command: list[str]) -> None:
    if who != "-":
        uid, gid = (int(part) for part in who.split(":"))
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
    if end >= 0:
        _leave_a_watcher(end)
    else:
        # After setuid, which clears it.
        if ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0) != 0:
            sys.exit("leash: the kernel refused PR_SET_PDEATHSIG")
        if os.getppid() != parent:  # it died before we asked
            sys.exit(1)
    try:
        os.execvp(command[0], command)
    except OSError as error:
        sys.exit(f"{command[0]} cannot be started: {error.strerror}")


def _leave_a_watcher(end: int) -> None:
    """A forked process kills our group when the parent goes, and ends when we do."""
    child = os.getpid()
    if os.fork() != 0:
        os.close(end)
        return
    # It must not hold the log pipe open: readers wait for its end.
    for descriptor in (0, 1, 2):
        os.close(descriptor)
    while os.getppid() == child:
        # One second: only how long the watcher outlives a child that ended by itself.
        if select.select([end], [], [], 1.0)[0]:
            os.killpg(os.getpgid(child), signal.SIGKILL)
    os._exit(0)


if __name__ == "__main__":
    _become(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4:])
