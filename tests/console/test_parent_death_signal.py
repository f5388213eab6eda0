"""A child never outlives its parent, whichever way the machine allows to see to it."""

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
            False, marks=pytest.mark.skipif(sys.platform != "linux", reason="a call of Linux")
        ),
        True,
    ],
)
async def test_a_child_is_gone_with_its_parent(use_pipe: bool) -> None:
    command = [sys.executable, "-c", PARENT.format(use_pipe=use_pipe)]
    async with running("parent", command) as parent:
        child = int((await parent.wait_for_line("child")).split()[1])

        parent.kill()

        await wait_until(lambda: not is_alive(child), what="the end of the child")


async def test_a_child_under_a_watcher_ends_as_any_other() -> None:
    command = [sys.executable, "-c", PARENT.format(use_pipe=True)]
    async with running("parent", command) as parent:
        child = int((await parent.wait_for_line("child")).split()[1])
        # Once it is sleep and no longer Python, the watcher is there.
        await wait_until(lambda: becomes_sleep(child), what="the exec of the child")

        os.kill(child, signal.SIGTERM)

        assert await parent.wait() == 0


def becomes_sleep(pid: int) -> bool:
    line = ["ps", "-o", "comm=", "-p", str(pid)]
    return subprocess.run(line, capture_output=True, text=True).stdout.strip() == "sleep"
