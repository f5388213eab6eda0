"""`./livelist test`: run the tests in several processes; the last line is the result."""

import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ET
from pathlib import Path

from shared.settings import ROOT

# Our smallest machine has two cores, and a worker waits for half of its time: for timers, processes, pages
# and Postgres. With worksteal each begins with a part of the folders, so that those that compute and those
# that wait run at the same time.
WORKERS = ("-n", "3", "--dist", "worksteal")


def run(arguments: list[str]) -> int:
    """Return pytest's exit code. `arguments` are passed on to pytest."""
    return run_pytest(arguments)


def run_pytest(arguments: list[str]) -> int:
    """Run pytest and print how many tests ran and how long. Return its exit code."""
    began_at = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="livelist-") as folder:
        report = Path(folder) / "report.xml"
        chooses_workers = any(
            argument.startswith(("-n", "--numprocesses", "-p no:xdist")) for argument in arguments
        )
        workers = () if chooses_workers or "--pdb" in arguments else WORKERS
        command = [sys.executable, "-m", "pytest", *workers, f"--junitxml={report}", *arguments]
        code = subprocess.run(command, cwd=ROOT).returncode
        count = _count(report)
    seconds = time.monotonic() - began_at
    verdict = "passed" if code == 0 else f"FAILED (pytest's exit code {code})"
    print(f"livelist test: {verdict}: {count} in {seconds:.1f} s", flush=True)
    return code


def _count(report: Path) -> str:
    """Return in words how many tests ran, failed and were skipped."""
    if not report.exists():
        return "no tests"
    suite = ET.parse(report).getroot().find("testsuite")  # noqa: S314  our own pytest wrote it
    if suite is None:
        return "no tests"
    number = {name: int(suite.get(name, 0)) for name in ("tests", "failures", "errors", "skipped")}
    words = [f"{number['tests']} tests"]
    words += [
        f"{number[name]} {name}" for name in ("failures", "errors", "skipped") if number[name]
    ]
    return ", ".join(words)
