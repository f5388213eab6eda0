"""Fan-out: one command, one table, one run. bench/README.md says how and why.

.venv/bin/python -m bench.fanout                   everybody, three interleaved rounds, < 20 min
.venv/bin/python -m bench.fanout --quick           one round of the middle size, < 3 min
.venv/bin/python -m bench.fanout --only ours,c,c-joined
"""

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from bench.fanout import goals, report
from bench.fanout.contestant import Bench, Contestant
from bench.fanout.machine import NotHereError, cores, description, pin_self
from bench.fanout.measure import Found, measure
from bench.fanout.plan import FULL, QUICK, Plan
from bench.fanout.roster import roster
from bench.fanout.subscribers import compile_client
from shared.clock import monotonic
from shared.settings import ROOT
from tests.support.services.valkey import NoValkeyError, Valkey

# Compiled and installed once; data/ is what git ignores.
CACHE = ROOT / "data" / "bench" / "fanout"
# Installing peers comes before the measuring, and a slow line must not end it.
INSTALL_SECONDS = 600


def main() -> None:
    arguments = _arguments()
    everybody = roster()
    if unknown := set(arguments.only) - {one.key for one in everybody}:
        sys.exit(f"not known: {', '.join(sorted(unknown))}; there are "
                 f"{', '.join(one.key for one in everybody)}")  # fmt: skip
    chosen = [one for one in everybody if not arguments.only or one.key in arguments.only]
    plan = QUICK if arguments.quick else FULL
    if arguments.rounds:
        plan = replace(plan, rounds=arguments.rounds)
    try:
        asyncio.run(run(chosen, plan))
    except (NotHereError, NoValkeyError) as error:
        sys.exit(f"bench.fanout: {error}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="one round of the middle size")
    parser.add_argument(
        "--only", type=lambda words: words.split(","), default=[], help="keys, with commas between"
    )
    parser.add_argument("--rounds", type=int, choices=range(1, 10), help="interleaved rounds")
    return parser.parse_args()


async def run(chosen: Sequence[Contestant], plan: Plan) -> dict[str, list[Found]]:
    """The table is printed. Returns what it was made from."""
    server_core, load_core = cores()
    pin_self(load_core)
    CACHE.mkdir(parents=True, exist_ok=True)
    print(f"{description()}; servers on core {server_core}, everything else on core {load_core}")
    if server_core == load_core:
        print("ONE CORE: servers and load share it, and the figures mean little.")
    with tempfile.TemporaryDirectory(prefix="livelist-fanout-") as folder:
        broker = Valkey()
        broker.start()
        try:
            bench = Bench(broker, Path(folder), CACHE, server_core)
            here = await _prepare(bench, chosen)
            client = await compile_client(CACHE)
            found = await _rounds(bench, client, here, plan)
        finally:
            broker.close()
    _print(plan, here, found)
    return found


async def _prepare(bench: Bench, chosen: Sequence[Contestant]) -> list[Contestant]:
    here = []
    for one in chosen:
        try:
            async with asyncio.timeout(INSTALL_SECONDS):
                await one.prepare(bench)
            here.append(one)
        except NotHereError as error:
            print(f"not here: {one.title}: {error}", flush=True)
        except TimeoutError:
            print(f"not here: {one.title}: it took too long to install", flush=True)
    return here


async def _rounds(
    bench: Bench, client: Path, here: Sequence[Contestant], plan: Plan
) -> dict[str, list[Found]]:
    found: dict[str, list[Found]] = {one.key: [] for one in here}
    began = monotonic()
    longest: dict[str, float] = {}
    for number in range(plan.rounds):
        for one in here:
            start = monotonic()
            if why := _why_not(plan, one, longest.get(one.key, 0), start - began):
                print(f"round {number + 1}  {one.key:16} left out: {why}", flush=True)
                continue
            extra = plan.extra if number == 0 and one.is_compared_closely else ()
            result = await measure(bench, client, one, plan, extra)
            found[one.key].append(result)
            longest[one.key] = max(longest.get(one.key, 0), monotonic() - start)
            print(f"round {number + 1}  {one.key:16} {monotonic() - start:5.1f} s", flush=True)
            for failure in result.failures:
                print(f"    {failure}", flush=True)
    return found


def _why_not(plan: Plan, one: Contestant, longest: float, elapsed: float) -> str:
    """Returns why the server gets no further round; empty if it does."""
    if elapsed + longest > plan.seconds:
        return "the time is up"
    is_slow = longest > plan.patience_seconds and not one.is_compared_closely
    return f"a round of it takes {longest:.0f} s" if is_slow else ""


def _print(plan: Plan, here: Sequence[Contestant], found: Mapping[str, Sequence[Found]]) -> None:
    print(f"\n{description()}; medians of {plan.rounds} interleaved rounds, ± half the spread\n")
    print("\n".join(report.tables(plan, here, found)))
    print("\nGoals:")
    print("\n".join(goals.goals(plan, found)))


if __name__ == "__main__":
    main()
