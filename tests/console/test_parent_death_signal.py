"""A child ends with its parent, by PR_SET_PDEATHSIG and by the watcher process."""

import os
import signal
import subprocess
import sys

import pytest

from tests.support.services.processes import is_alive, running, wait_until

PARENT = """
import subprocess, sys
from console.processes.parent_death_signal import die_with_parent
launch = die_with_parent(["sleep", "600"], use_pipe={use_pipe})
child = subprocess.Popen(launch.command, pass_fds=launch.pass_fds, start_new_session=True)
print("child", child.pid, flush=True)
sys.exit(child.wait() != -15)
"""


@pytest.mark.parametrize(
    "use_pipe",
    [
        pytest.param(
            False,
            marks=pytest.mark.skipif(
                sys.platform != "linux", reason="PR_SET_PDEATHSIG is a call of Linux"
            ),
        ),
        True,
    ],
)
async def test_a_child_ends_with_its_parent(use_pipe: bool) -> None:
    command = [sys.executable, "-c", PARENT.format(use_pipe=use_pipe)]
    async with running("parent", command) as parent:
        child = int((await parent.wait_for_line("child")).split()[1])

        parent.kill()

        await wait_until(lambda: not is_alive(child), what="the end of the child")


async def test_a_child_with_a_watcher_can_be_terminated_alone() -> None:
    command = [sys.executable, "-c", PARENT.format(use_pipe=True)]
    async with running("parent", command) as parent:
        child = int((await parent.wait_for_line("child")).split()[1])
        # The watcher is forked before the wrapper becomes `sleep`.
        await wait_until(lambda: is_sleep(child), what="the exec of the child")

        os.kill(child, signal.SIGTERM)

        assert await parent.wait() == 0


def is_sleep(pid: int) -> bool:
    command = ["ps", "-o", "comm=", "-p", str(pid)]
    return subprocess.run(command, capture_output=True, text=True).stdout.strip() == "sleep"
