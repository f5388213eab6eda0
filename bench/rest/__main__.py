"""Compare the cost of REST requests of several servers in one run, and print one table.

.venv/bin/python -m bench.rest                          all servers and cases, three rounds, 8 min
.venv/bin/python -m bench.rest --quick                  GET and PATCH of three servers, half a minute
.venv/bin/python -m bench.rest --only livelist,bare --cases get,snapshot --rounds 5
.venv/bin/python -m bench.rest --profile get            where Livelist's time goes in one case
"""

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from bench.environment import Services, services
from bench.fanout.machine import UnavailableError, cores, description, pin_self
from bench.rest.cases import CASES, LISTS, USERS, dataset
from bench.rest.dataset import insert_dataset
from bench.rest.goals import goals
from bench.rest.load_client import LoadClient, compile_client
from bench.rest.measure import Results, Run
from bench.rest.plan import QUICK, Plan
from bench.rest.report import table
from bench.rest.servers import SERVERS, RestEnv, Server
from shared.settings import ROOT

# The client and the packages of peers are compiled and installed here once; git ignores data/.
CACHE = ROOT / "data" / "bench" / "rest"


def main() -> None:
    plan = _plan(_arguments())
    try:
        results = run(plan)
    except UnavailableError as error:
        sys.exit(f"bench.rest: {error}")
    for failure in results.failures:
        print(f"failed: {failure}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="one short round of what matters most")
    parser.add_argument("--only", type=_keys, help=f"servers: {_names(SERVERS)}")
    parser.add_argument("--cases", type=_keys, help=f"cases: {_names(CASES)}")
    parser.add_argument("--rounds", type=int, choices=range(1, 10), help="interleaved rounds")
    parser.add_argument("--seconds", type=float, help="duration of each measurement")
    return parser.parse_args()


def _keys(text: str) -> tuple[str, ...]:
    return tuple(text.split(","))


def _names(named: Sequence[Server] | Sequence[object]) -> str:
    return ", ".join(str(getattr(one, "key", "")) for one in named)


def _plan(given: argparse.Namespace) -> Plan:
    plan = QUICK if given.quick else Plan()
    if given.only:
        plan = replace(plan, servers=given.only)
    if given.cases:
        plan = replace(plan, cases=given.cases)
    if given.rounds:
        plan = replace(plan, rounds=given.rounds)
    if given.seconds:
        plan = replace(plan, window_ms=int(given.seconds * 1000))
    for wanted, known in ((plan.servers, SERVERS), (plan.cases, CASES)):
        if unknown := set(wanted) - {named.key for named in known}:
            sys.exit(f"unknown: {', '.join(sorted(unknown))}; known are {_names(known)}")
    return plan


def run(plan: Plan) -> Results:
    """Measure the plan, print the table and the goals, and return the results."""
    server_core, load_core = cores()
    pin_self(load_core)
    CACHE.mkdir(parents=True, exist_ok=True)
    print(
        f"{description()}; servers on core {server_core}, client and Postgres on core {load_core}"
    )
    if server_core == load_core:
        print("ONE CORE: servers and load share it, so the figures mean little.")
    chosen = [server for server in SERVERS if not plan.servers or server.key in plan.servers]
    databases = sorted({server.database for server in chosen})
    with ExitStack() as stack:
        available = {name: stack.enter_context(services(name)) for name in databases}
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="livelist-rest-")))
        return asyncio.run(_measure(plan, chosen, available, folder, server_core))


async def _measure(
    plan: Plan, chosen: Sequence[Server], available: dict[str, Services], folder: Path, core: int
) -> Results:
    env = RestEnv({name: found.settings for name, found in available.items()}, folder, CACHE, core)
    for settings in env.settings.values():
        await insert_dataset(settings, dataset())
    print(f"{USERS} users, {LISTS:,} lists; {plan.connections} connections")
    cases = [case for case in CASES if not plan.cases or case.key in plan.cases]
    client = LoadClient(await compile_client(CACHE), folder)
    postgres = available.get("postgres")
    servers = await _prepare(env, chosen)
    results = Results()
    await Run(
        env, client, plan, cases, servers, postgres.postgres_pid if postgres else None
    ).measure(results)
    print(f"\n{description()}; medians of {plan.rounds} interleaved rounds, ± half the spread\n")
    print("\n".join(table(results, cases, servers)))
    print("\nGoals:")
    print("\n".join(goals(results)))
    return results


async def _prepare(env: RestEnv, chosen: Sequence[Server]) -> list[Server]:
    """Return the servers that can be installed; print why the others cannot."""
    available = []
    for server in chosen:
        try:
            await server.prepare(env)
            available.append(server)
        except UnavailableError as error:
            print(f"not available: {server.title}: {error}", flush=True)
    return available


if __name__ == "__main__":
    main()
