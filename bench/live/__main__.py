"""Measure how soon and how often edits arrive at other clients, compared with a bare server.

.venv/bin/python -m bench.live                          four servers, three rounds, 8 minutes at most
.venv/bin/python -m bench.live --quick                  one short round of three servers, 1 minute
.venv/bin/python -m bench.live --only livelist,bare --rounds 5
.venv/bin/python -m bench.live --only no-broker         the broker is killed
.venv/bin/python -m bench.live --profile                where the server's time goes

Processes, broker, database and sockets are real. At the fixed rate arrivals are open-loop
(bench/live/open_loop.py). Client, servers, database and broker share this machine's cores.
"""

import argparse
import asyncio
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from bench.environment import new_uvloop, services
from bench.fanout.machine import description
from bench.live.measure import Results, Run, profile
from bench.live.plan import QUICK, Plan
from bench.live.report import goals, table
from bench.live.setups import SETUPS


def main() -> None:
    given = _arguments()
    plan = _plan(given)
    setups = [setup for setup in SETUPS if setup.key in plan.setups]
    print(f"{description()}; {plan.lists} lists, a socket each")
    with ExitStack() as stack:
        databases = sorted({setup.database for setup in setups})
        available = {name: stack.enter_context(services(name)) for name in databases}
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="livelist-live-")))
        run, results = Run(plan, available, folder), Results()
        with asyncio.Runner(loop_factory=new_uvloop) as runner:
            runner.run(run.prepare())
            if given.profile:
                for setup in setups:
                    print(f"\n{setup.title}\n{runner.run(profile(run, setup))}")
                return
            runner.run(run.measure(setups, results))
    print(
        f"\n{description()}; medians of {plan.rounds} interleaved rounds, ± half the spread; "
        f"{plan.in_flight} edits in flight for each process at the most\n"
    )
    print("\n".join(table(results, setups)))
    print("\nGoals:")
    print("\n".join(goals(results, setups)))
    for failure in results.failures:
        print(f"failed: {failure}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    keys = ", ".join(setup.key for setup in SETUPS)
    parser.add_argument("--quick", action="store_true", help="one short round of what matters most")
    parser.add_argument("--only", help=f"servers: {keys}")
    parser.add_argument("--rounds", type=int, choices=range(1, 10), help="interleaved rounds")
    parser.add_argument("--rate", type=float, help="edits offered each second")
    parser.add_argument("--seconds", type=float, help="duration of each measurement")
    parser.add_argument(
        "--profile", action="store_true", help="sample the first process instead of comparing"
    )
    return parser.parse_args()


def _plan(given: argparse.Namespace) -> Plan:
    plan = QUICK if given.quick else Plan()
    if given.profile:
        plan = replace(plan, setups=("livelist",))
    if given.only:
        plan = replace(plan, setups=tuple(given.only.split(",")))
    if unknown := set(plan.setups) - {setup.key for setup in SETUPS}:
        sys.exit(f"unknown: {', '.join(sorted(unknown))}; --help lists the servers")
    changes = {"rounds": given.rounds, "rate": given.rate}
    changes |= {"paced_seconds": given.seconds, "saturated_seconds": given.seconds}
    return replace(plan, **{name: value for name, value in changes.items() if value})


if __name__ == "__main__":
    main()
