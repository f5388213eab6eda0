"""`./livelist check`: run every step that a change must pass, the same here and in CI.

STEPS is the table of the tools. `./livelist fix` runs the `fix` commands of the same table.
"""

import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from console.commands.test import run_pytest
from shared.settings import ROOT

PYTHON = sys.executable
BIN = Path(PYTHON).parent
# Without DENO_DIR deno would keep its cache in the home directory.
DENO = ("env", "DENO_DIR=.deno_cache", "DENO_NO_UPDATE_CHECK=1", str(BIN / "deno"))

HELP = """Usage: ./livelist check [options of pytest, such as --cov, which takes longer]

Runs every step, also after one has failed, and prints a summary. Changes no file.
"""


@dataclass(frozen=True)
class Step:
    """A named step. `check` reports mistakes; `fix`, where there is one, corrects them in place."""

    name: str
    check: tuple[str, ...]
    fix: tuple[str, ...] = ()


STEPS = (
    # Before the format: what this fix rewrites is formatted by the next one.
    Step(
        "lint",
        (PYTHON, "-m", "ruff", "check", "."),
        fix=(PYTHON, "-m", "ruff", "check", "--fix", "."),
    ),
    Step(
        "format",
        (PYTHON, "-m", "ruff", "format", "--check", "."),
        fix=(PYTHON, "-m", "ruff", "format", "."),
    ),
    # The script: import-linter has no module to run.
    Step("imports", (str(BIN / "lint-imports"),)),
    Step("types", (PYTHON, "-m", "mypy")),
    # deno.json says which files these three are about.
    Step(
        "web-lint",
        (*DENO, "lint", "--quiet"),
        fix=(*DENO, "lint", "--fix", "--quiet"),
    ),
    Step(
        "web-format",
        (*DENO, "fmt", "--check", "--quiet"),
        fix=(*DENO, "fmt", "--quiet"),
    ),
    Step(
        "web-types",
        (*DENO, "check", "--quiet", "web", "tests/web/unit", "clients/javascript"),
    ),
)


@dataclass(frozen=True)
class Result:
    name: str
    exit_code: int
    seconds: float


def run(arguments: list[str]) -> int:
    """Return 0 if every step passed, else 1. All steps run, so that one run shows all mistakes."""
    if arguments in (["-h"], ["--help"]):
        print(HELP, end="")
        return 0
    results = [run_step(step.name, step.check) for step in STEPS]
    results.append(_timed("tests", lambda: run_pytest(arguments)))
    return summarize("check", results)


def run_step(name: str, command: tuple[str, ...]) -> Result:
    """Run `command` at the root of the repository, its output going to the terminal."""
    return _timed(name, lambda: subprocess.run(command, cwd=ROOT).returncode)


def summarize(command: str, results: list[Result]) -> int:
    """Print a line for each step and a final one. Return 0 if all passed, else 1."""
    width = max(len(result.name) for result in results)
    print()
    for result in results:
        verdict = "ok" if result.exit_code == 0 else "FAILED"
        print(f"  {result.name:<{width}} {verdict:<6} {result.seconds:6.1f} s")
    failed = [result.name for result in results if result.exit_code != 0]
    if failed:
        print(f"livelist {command}: FAILED in {', '.join(failed)}")
    else:
        seconds = sum(result.seconds for result in results)
        print(f"livelist {command}: all passed in {seconds:.1f} s")
    return 1 if failed else 0


def _timed(name: str, run: Callable[[], int]) -> Result:
    print(f"== {name}", flush=True)
    began_at = time.monotonic()
    exit_code = run()
    return Result(name, exit_code, time.monotonic() - began_at)
