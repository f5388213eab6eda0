"""`./livelist check`: everything a change must pass, the same here and in CI."""

import subprocess
import sys
import time
from pathlib import Path

from console.commands.test import run_pytest
from shared.settings import ROOT

BIN = Path(sys.executable).parent

STEPS = (
    ("format", [sys.executable, "-m", "ruff", "format", "--check", "."]),
    ("lint", [sys.executable, "-m", "ruff", "check", "."]),
    # The script: import-linter has no module to run.
    ("walls", [str(BIN / "lint-imports")]),
    ("types", [sys.executable, "-m", "mypy"]),
)


def run(arguments: list[str]) -> int:
    """Returns 0 when every step passed. All of them run, so that one look shows all mistakes."""
    if arguments in (["-h"], ["--help"]):
        print("Usage: ./livelist check [options of pytest, such as --cov, which takes longer]")
        return 0
    results: list[tuple[str, int, float]] = []
    for name, command in STEPS:
        print(f"== {name}", flush=True)
        began = time.monotonic()
        code = subprocess.run(command, cwd=ROOT).returncode
        results.append((name, code, time.monotonic() - began))
    print("== tests", flush=True)
    began = time.monotonic()
    results.append(("tests", run_pytest(arguments), time.monotonic() - began))
    return _summary(results)


def _summary(results: list[tuple[str, int, float]]) -> int:
    """Prints a line a step and a final one. Returns 0 when all passed, else 1."""
    print()
    for name, code, seconds in results:
        print(f"  {name:<7} {'ok' if code == 0 else 'FAILED':<6} {seconds:6.1f} s")
    failed = [name for name, code, _ in results if code != 0]
    if failed:
        print(f"livelist check: FAILED in {', '.join(failed)}")
    else:
        print(f"livelist check: all passed in {sum(seconds for *_, seconds in results):.1f} s")
    return 1 if failed else 0
