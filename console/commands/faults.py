"""`./livelist faults …`: processes are killed, brokers die, lines go silent; is every promise kept?"""

import subprocess
import sys

from shared.settings import ROOT


def run(arguments: list[str]) -> int:
    """Returns 0 when every promise was kept. What is in `arguments` goes to tests.faults untouched."""
    # By name and in a process of its own: the console stands on shared alone.
    return subprocess.run([sys.executable, "-m", "tests.faults", *arguments], cwd=ROOT).returncode
