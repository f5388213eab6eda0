"""`./livelist faults realtime|jobs`: breaks things on purpose, prints what came of each promise.

    ./livelist faults realtime                       everything, on Postgres and on SQLite
    ./livelist faults realtime --only removal        the scenarios whose name has this in it
    ./livelist faults realtime --seed 7 --short      the test suite's size, and its dice

Ends with 0 when every promise was kept, 1 when one was broken, 2 when it did not understand.
"""

import argparse
import asyncio
import importlib
import logging
import random
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import uvloop

from shared.clock import monotonic
from tests.support.faults.database_matrix import Place, open_broker, open_scenario_env, place
from tests.support.faults.scenarios import (
    DATABASES,
    Scenario,
    ScenarioResult,
    exit_code,
    random_for,
    run_scenario,
    table,
)

# What can be broken, and where its SCENARIOS stand.
SUITES = {"realtime": "tests.faults.realtime", "jobs": "tests.faults.jobs"}
# The promise of docs/proofs.md: so long a suite takes. What is left then was not kept.
LONGEST_MINUTES = {"realtime": 10.0, "jobs": 8.0}


def main(arguments: Sequence[str]) -> int:
    """Prints the table and returns the exit code."""
    asked = _parse(arguments)
    # Broken connections are what this is about: only what nobody expects is worth a line.
    logging.basicConfig(level=logging.ERROR)
    every: tuple[Scenario, ...] = importlib.import_module(SUITES[asked.suite]).SCENARIOS
    scenarios = [one for one in every if asked.only in one.name]
    if not scenarios:
        print(f"No scenario has {asked.only!r} in its name:", file=sys.stderr)
        print("\n".join(f"  {one.name:<24}{one.promise}" for one in every), file=sys.stderr)
        return 2
    size = "short" if asked.short else "full"
    print(f"faults {asked.suite}: {len(scenarios)} scenarios, {size}, --seed {asked.seed}")
    minutes = LONGEST_MINUTES[asked.suite] if asked.minutes is None else asked.minutes
    began, results = monotonic(), []
    for name in (asked.on,) if asked.on else DATABASES:
        with place(name) as here:
            for one in scenarios:
                left = minutes * 60 - (monotonic() - began)
                results.append(_play(one, here, asked.seed, left, is_full=not asked.short))
                _tell(results[-1])
    print(table(results))
    broken = sum(not one.has_passed for one in results)
    result = f"{broken} of {len(results)} BROKEN" if broken else f"all {len(results)} kept"
    print(f"faults {asked.suite}: {result} in {monotonic() - began:.0f} s, --seed {asked.seed}")
    return exit_code(results)


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="./livelist faults",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("suite", choices=SUITES, help="what is broken")
    parser.add_argument(
        "--seed", type=int, default=random.randrange(10**6), help="the dice; printed if not given"
    )
    parser.add_argument("--only", default="", help="part of the names of the scenarios to run")
    parser.add_argument("--on", choices=DATABASES, help="one database instead of both")
    parser.add_argument(
        "--minutes", type=float, help="give a machine that is busy more than ten, or eight for jobs"
    )
    sizes = parser.add_mutually_exclusive_group()
    sizes.add_argument("--short", action="store_true", help="the size of the test suite")
    sizes.add_argument("--full", action="store_true", help="the size of the promise: the default")
    return parser.parse_args(arguments)


def _play(
    scenario: Scenario, here: Place, seed: int, left: float, *, is_full: bool
) -> ScenarioResult:
    """Returns what came of one scenario, in a loop and a folder that nothing survives."""

    # Never none: what there is no time for is broken, and says so.
    seconds = max(1.0, min(scenario.deadline_seconds, left))
    bounded = replace(scenario, deadline_seconds=seconds)

    async def play(url: str, folder: Path) -> ScenarioResult:
        with open_broker() as broker:
            dice = random_for(seed, scenario, here.name)
            async with open_scenario_env(url, broker, folder, dice, is_full=is_full) as env:
                return await run_scenario(bounded, env, here.name)

    with (
        here.database() as url,
        tempfile.TemporaryDirectory(dir=here.folder) as folder,
        # The servers' loop: thousands of sockets in one process cost half as much.
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
    ):
        return runner.run(play(url, Path(folder)))


def _tell(result: ScenarioResult) -> None:
    word = "kept" if result.has_passed else "BROKEN"
    print(
        f"  {result.scenario.name:<24} {result.place:<9} {result.seconds:6.1f} s  {word}"
        f"  {result.failure}",
        flush=True,
    )
    if result.trace:
        print(result.trace, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
