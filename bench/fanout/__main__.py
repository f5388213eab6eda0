"""Compare the fan-out of several servers in one run and print one table (bench/README.md).

.venv/bin/python -m bench.fanout                   all servers, three interleaved rounds, < 20 min
.venv/bin/python -m bench.fanout --quick           one round of the standard shape, < 3 min
.venv/bin/python -m bench.fanout --only livelist,c,c-joined
"""

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from bench.fanout import goals, report
from bench.fanout.competitors.base import BenchEnv, Competitor
from bench.fanout.competitors.registry import all_competitors
from bench.fanout.load.load_client import compile_client
from bench.fanout.machine import UnavailableError, cores, description, pin_self
from bench.fanout.measure import RoundResult, measure
from bench.fanout.plan import FULL, QUICK, Plan
from shared.clock import monotonic
from shared.settings import ROOT
from tests.support.services.valkey import NoValkeyError, Valkey

# Programs and packages are compiled and installed here once; git ignores data/.
CACHE = ROOT / "data" / "bench" / "fanout"
# Installation precedes the measurements, and a slow network must not end it.
INSTALL_SECONDS = 600


def main() -> None:
    arguments = _arguments()
    competitors = all_competitors()
    keys = [competitor.key for competitor in competitors]
    if unknown := set(arguments.only) - set(keys):
        sys.exit(f"unknown: {', '.join(sorted(unknown))}; the servers are {', '.join(keys)}")
    chosen = [
        competitor
        for competitor in competitors
        if not arguments.only or competitor.key in arguments.only
    ]
    plan = QUICK if arguments.quick else FULL
    if arguments.rounds:
        plan = replace(plan, rounds=arguments.rounds)
    try:
        asyncio.run(run(chosen, plan))
    except (UnavailableError, NoValkeyError) as error:
        sys.exit(f"bench.fanout: {error}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="one round of the standard shape")
    parser.add_argument(
        "--only", type=lambda keys: keys.split(","), default=[], help="keys, separated by commas"
    )
    parser.add_argument("--rounds", type=int, choices=range(1, 10), help="interleaved rounds")
    return parser.parse_args()


async def run(chosen: Sequence[Competitor], plan: Plan) -> dict[str, list[RoundResult]]:
    """Measure the servers, print the table and the goals, and return the results."""
    server_core, load_core = cores()
    pin_self(load_core)
    CACHE.mkdir(parents=True, exist_ok=True)
    print(f"{description()}; servers on core {server_core}, everything else on core {load_core}")
    if server_core == load_core:
        print("ONE CORE: servers and load share it, so the figures mean little.")
    with tempfile.TemporaryDirectory(prefix="livelist-fanout-") as folder:
        broker = Valkey()
        broker.start()
        try:
            env = BenchEnv(broker, Path(folder), CACHE, server_core)
            available = await _prepare(env, chosen)
            client = await compile_client(CACHE)
            results = await _run_rounds(env, client, available, plan)
        finally:
            broker.close()
    _print(plan, available, results)
    return results


async def _prepare(env: BenchEnv, chosen: Sequence[Competitor]) -> list[Competitor]:
    """Return the servers that can be installed; print why the others cannot."""
    available = []
    for competitor in chosen:
        try:
            async with asyncio.timeout(INSTALL_SECONDS):
                await competitor.prepare(env)
            available.append(competitor)
        except UnavailableError as error:
            print(f"not available: {competitor.title}: {error}", flush=True)
        except TimeoutError:
            print(f"not available: {competitor.title}: installation took too long", flush=True)
    return available


async def _run_rounds(
    env: BenchEnv, client: Path, available: Sequence[Competitor], plan: Plan
) -> dict[str, list[RoundResult]]:
    results: dict[str, list[RoundResult]] = {competitor.key: [] for competitor in available}
    began = monotonic()
    longest: dict[str, float] = {}
    for number in range(plan.rounds):
        for competitor in available:
            key, start = competitor.key, monotonic()
            if reason := _skip_reason(plan, competitor, longest.get(key, 0), start - began):
                print(f"round {number + 1}  {key:16} skipped: {reason}", flush=True)
                continue
            extra_shapes = plan.extra_shapes if number == 0 and competitor.is_in_goals else ()
            result = await measure(env, client, competitor, plan, extra_shapes)
            results[key].append(result)
            longest[key] = max(longest.get(key, 0), monotonic() - start)
            print(f"round {number + 1}  {key:16} {monotonic() - start:5.1f} s", flush=True)
            for failure in result.failures:
                print(f"    {failure}", flush=True)
    return results


def _skip_reason(plan: Plan, competitor: Competitor, longest: float, elapsed: float) -> str:
    """Return why the server is not measured again, or "" if it is. Times are in seconds."""
    if elapsed + longest > plan.seconds:
        return "the time is up"
    is_slow = longest > plan.slow_round_seconds and not competitor.is_in_goals
    return f"one round takes {longest:.0f} s" if is_slow else ""


def _print(
    plan: Plan, available: Sequence[Competitor], results: Mapping[str, Sequence[RoundResult]]
) -> None:
    print(f"\n{description()}; medians of {plan.rounds} interleaved rounds, ± half the spread\n")
    print("\n".join(report.tables(plan, available, results)))
    print("\nGoals:")
    print("\n".join(goals.goals(plan, results)))


if __name__ == "__main__":
    main()
