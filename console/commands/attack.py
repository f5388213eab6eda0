"""`./livelist attack`: attack a server of this machine and check that it refuses."""

import subprocess
import sys

from shared.settings import ROOT


def run(arguments: list[str]) -> int:
    """Return 0 if nothing failed. `arguments` are passed on to tests.attack."""
    # In a process of its own: the console imports neither the tests nor what they import.
    return subprocess.run([sys.executable, "-m", "tests.attack", *arguments], cwd=ROOT).returncode
