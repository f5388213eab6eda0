"""`./livelist faults realtime|jobs`: run the fault scenarios and print the result of each promise.

    ./livelist faults realtime                       every scenario, on Postgres and on SQLite
    ./livelist faults realtime --only removal        the scenarios whose name contains this
    ./livelist faults realtime --seed 7 --short      the size of the test suite, with this random seed

Exit with 0 if every scenario passed, 1 if one failed, 2 for wrong arguments.
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
from tests.support.faults.database_matrix import (
    DatabaseKind,
    open_broker,
    open_database_kind,
    open_scenario_env,
)
from tests.support.faults.scenarios import (
    DATABASES,
    Scenario,
    ScenarioResult,
    exit_code,
    format_table,
    random_for,
    run_scenario,
)

# The modules that define SCENARIOS.
SUITES = {"realtime": "tests.faults.realtime", "jobs": "tests.faults.jobs"}
# docs/proofs.md promises these durations. A scenario that has no time left counts as failed.
LONGEST_MINUTES = {"realtime": 10.0, "jobs": 8.0}
# Longer than the longest name of a scenario.
NAME_WIDTH = 36


def main(arguments: Sequence[str]) -> int:
    """Run the scenarios, print the table and return the exit code."""
    options = _parse(arguments)
    # Scenarios break connections on purpose, so warnings about that are not printed.
    logging.basicConfig(level=logging.ERROR)
    every: tuple[Scenario, ...] = importlib.import_module(SUITES[options.suite]).SCENARIOS
    scenarios = [scenario for scenario in every if options.only in scenario.name]
    if not scenarios:
        print(f"No scenario has {options.only!r} in its name:", file=sys.stderr)
        for scenario in every:
            print(f"  {scenario.name:<{NAME_WIDTH}}{scenario.promise}", file=sys.stderr)
        return 2
    size = "short" if options.short else "full"
    print(f"faults {options.suite}: {len(scenarios)} scenarios, {size} size, --seed {options.seed}")
    minutes = LONGEST_MINUTES[options.suite] if options.minutes is None else options.minutes
    began, results = monotonic(), []
    for name in (options.on,) if options.on else DATABASES:
        with open_database_kind(name) as kind:
            for scenario in scenarios:
                left = minutes * 60 - (monotonic() - began)
                results.append(_run(scenario, kind, options.seed, left, is_full=not options.short))
                _print_result(results[-1])
    print(format_table(results))
    failed = sum(not result.has_passed for result in results)
    summary = f"{failed} of {len(results)} FAILED" if failed else f"all {len(results)} passed"
    seconds = monotonic() - began
    print(f"faults {options.suite}: {summary} in {seconds:.0f} s, --seed {options.seed}")
    return exit_code(results)


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="./livelist faults",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("suite", choices=SUITES, help="what is broken")
    parser.add_argument(
        "--seed", type=int, default=random.randrange(10**6), help="random seed; default: random"
    )
    parser.add_argument("--only", default="", help="part of the names of the scenarios to run")
    parser.add_argument("--on", choices=DATABASES, help="one database instead of both")
    parser.add_argument(
        "--minutes", type=float, help="time limit; default: 10 for realtime, 8 for jobs"
    )
    sizes = parser.add_mutually_exclusive_group()
    sizes.add_argument("--short", action="store_true", help="the size of the test suite")
    sizes.add_argument("--full", action="store_true", help="the size of the promise (default)")
    return parser.parse_args(arguments)


def _run(
    scenario: Scenario, kind: DatabaseKind, seed: int, left: float, *, is_full: bool
) -> ScenarioResult:
    """Run one scenario in an event loop and a folder of its own; `left` is in seconds."""
    # At least one second: a scenario without time left fails by its deadline, and is in the table.
    seconds = max(1.0, min(scenario.deadline_seconds, left))
    bounded = replace(scenario, deadline_seconds=seconds)

    async def run(url: str, folder: Path) -> ScenarioResult:
        with open_broker() as broker:
            rng = random_for(seed, scenario, kind.name)
            async with open_scenario_env(url, broker, folder, rng, is_full=is_full) as env:
                return await run_scenario(bounded, env, kind.name)

    with (
        kind.database() as url,
        tempfile.TemporaryDirectory(dir=kind.folder) as folder,
        # uvloop as in the servers: thousands of sockets in one process cost half as much.
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
    ):
        return runner.run(run(url, Path(folder)))


def _print_result(result: ScenarioResult) -> None:
    word = "passed" if result.has_passed else "FAILED"
    print(
        f"  {result.scenario.name:<{NAME_WIDTH}} {result.database:<9} {result.seconds:6.1f} s  {word}"
        f"  {result.failure}",
        flush=True,
    )
    if result.trace:
        print(result.trace, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
