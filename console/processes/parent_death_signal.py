"""Tie a child process to its parent: however the parent ends, the child ends with it.

    die_with_parent(["valkey-server", "valkey.conf"])    returns the command to start instead

On Linux the kernel does it (PR_SET_PDEATHSIG). Elsewhere a small watcher process reads a pipe whose
write end only the parent has: end of file means that the parent is gone.

This file is also the wrapper, run as `python parent_death_signal.py ...`, which becomes the child by
exec; therefore it imports nothing of ours. A wrapper and not a preexec_fn, because running Python
between fork and exec can deadlock once there are threads.

The signal is SIGKILL: with the parent gone nothing could repeat a polite signal. No data is lost:
the database commits, and the broker has handed its appends to the kernel.

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
class RunAs:
    """The user and group of this machine that a child runs as; only root can choose others."""

    uid: int
    gid: int


@dataclass(frozen=True)
class LaunchCommand:
    """The command to start, and the file descriptors that it must inherit (`pass_fds`)."""

    command: list[str]
    pass_fds: tuple[int, ...] = ()


_pipe: tuple[int, int] | None = None


def die_with_parent(
    command: Sequence[str], *, run_as: RunAs | None = None, use_pipe: bool | None = None
) -> LaunchCommand:
    """Return how to start `command` so that it does not outlive this process.

    `use_pipe` is for tests: by default the pipe is used where there is no PR_SET_PDEATHSIG.
    """
    if use_pipe is None:
        use_pipe = sys.platform != "linux"
    read_end = _pipe_read_end() if use_pipe else -1
    user = f"{run_as.uid}:{run_as.gid}" if run_as else "-"
    # -I -S: without site-packages and environment, the wrapper starts in 10 ms.
    wrapper = [sys.executable, "-I", "-S", str(Path(__file__).resolve())]
    return LaunchCommand(
        [*wrapper, str(os.getpid()), str(read_end), user, *command],
        (read_end,) if use_pipe else (),
    )


def _pipe_read_end() -> int:
    """Return the read end of this process's pipe. Its write end closes only with the process."""
    global _pipe
    if _pipe is None:
        _pipe = os.pipe()
    return _pipe[0]


def _exec_child(parent: int, read_end: int, user: str, command: list[str]) -> None:
    """In the wrapper: bind this process to `parent`, then replace it by `command`."""
    if user != "-":
        uid, gid = (int(part) for part in user.split(":"))
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
    if read_end >= 0:
        _fork_watcher(read_end)
    else:
        # After setuid, which clears the setting.
        if ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0) != 0:
            sys.exit("The kernel refused PR_SET_PDEATHSIG.")
        if os.getppid() != parent:  # the parent ended before the call
            sys.exit(1)
    try:
        os.execvp(command[0], command)
    except OSError as error:
        sys.exit(f"{command[0]} cannot be started: {error.strerror}")


def _fork_watcher(read_end: int) -> None:
    """Fork a process that kills our group when the parent ends, and that ends when we do."""
    child = os.getpid()
    if os.fork() != 0:
        os.close(read_end)
        return
    # The watcher must not keep the log pipe open: readers wait for its end.
    for descriptor in (0, 1, 2):
        os.close(descriptor)
    while os.getppid() == child:
        # One second: how long the watcher may outlive a child that ended by itself.
        if select.select([read_end], [], [], 1.0)[0]:
            os.killpg(os.getpgid(child), signal.SIGKILL)
    os._exit(0)


if __name__ == "__main__":
    _exec_child(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4:])
