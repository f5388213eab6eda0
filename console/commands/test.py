"""`./livelist test`: the tests run on both cores, and the last line says how it went."""

import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ET
from pathlib import Path

from shared.settings import ROOT

# Two workers: the smallest machine we know of has two cores, and more mostly wait for argon2.
WORKERS = ("-n", "2")


def run(arguments: list[str]) -> int:
    """Returns pytest's exit code. What is in `arguments` goes to pytest untouched."""
    return run_pytest(arguments)


def run_pytest(arguments: list[str]) -> int:
    """Runs pytest and prints the count and the time. Returns its exit code."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="livelist-") as folder:
        report = Path(folder) / "report.xml"
        chosen = any(one.startswith(("-n", "--numprocesses", "-p no:xdist")) for one in arguments)
        workers = () if chosen or "--pdb" in arguments else WORKERS
        line = [sys.executable, "-m", "pytest", *workers, f"--junitxml={report}", *arguments]
        code = subprocess.run(line, cwd=ROOT).returncode
        count = _count(report)
    seconds = time.monotonic() - began
    verdict = "passed" if code == 0 else f"FAILED (pytest's exit code {code})"
    print(f"livelist test: {verdict}: {count} in {seconds:.1f} s", flush=True)
    return code


def _count(report: Path) -> str:
    """Returns how many tests ran, failed and were skipped."""
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
