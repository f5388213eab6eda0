"""`./livelist faults`: inject faults into real processes and check that every guarantee holds."""

import subprocess
import sys

from shared.settings import ROOT


def run(arguments: list[str]) -> int:
    """Return 0 if every guarantee held. `arguments` are passed on to tests.faults."""
    # In a process of its own: the console imports neither the tests nor what they import.
    return subprocess.run([sys.executable, "-m", "tests.faults", *arguments], cwd=ROOT).returncode
