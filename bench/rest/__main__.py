"""Compare the cost of REST requests of several servers in one run, and print one table.

.venv/bin/python -m bench.rest                          all servers and cases, three rounds, 8 min
.venv/bin/python -m bench.rest --quick                  GET and PATCH of three servers, half a minute
.venv/bin/python -m bench.rest --only livelist,bare --cases get,snapshot --rounds 5
.venv/bin/python -m bench.rest --profile --cases get    where Livelist's time goes
"""

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from bench.environment import services
from bench.fanout.machine import UnavailableError, cores, description, pin_self
from bench.rest.cases import CASES, FULL
from bench.rest.dataset import insert_dataset
from bench.rest.goals import goals
from bench.rest.load_client import LoadClient, compile_client
from bench.rest.measure import Results, Run, profile
from bench.rest.plan import QUICK, Plan
from bench.rest.report import table
from bench.rest.servers import SERVERS, Livelist, RestEnv, Server
from shared.settings import ROOT

# The client and the packages of peers are compiled and installed here once; git ignores data/.
CACHE = ROOT / "data" / "bench" / "rest"


def main() -> None:
    given = _arguments()
    plan = _plan(given)
    server_core, load_core = cores()
    pin_self(load_core)
    CACHE.mkdir(parents=True, exist_ok=True)
    print(
        f"{description()}; servers on core {server_core}, client and Postgres on core {load_core}"
    )
    if server_core == load_core:
        print("ONE CORE: servers and load share it, so the figures mean little.")
    chosen = [server for server in SERVERS if not plan.servers or server.key in plan.servers]
    with ExitStack() as stack:
        databases = sorted({server.database for server in chosen})
        available = {name: stack.enter_context(services(name)) for name in databases}
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="livelist-rest-")))
        settings = {name: found.settings for name, found in available.items()}
        env = RestEnv(settings, folder, CACHE, server_core)
        postgres_pid = available["postgres"].postgres_pid if "postgres" in available else None
        try:
            asyncio.run(_run(plan, env, chosen, postgres_pid, is_profile=given.profile))
        except UnavailableError as error:
            sys.exit(f"bench.rest: {error}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    servers = ", ".join(server.key for server in SERVERS)
    cases = ", ".join(case.key for case in CASES)
    parser.add_argument("--quick", action="store_true", help="one short round of what matters most")
    parser.add_argument("--only", type=_keys, help=f"servers: {servers}")
    parser.add_argument("--cases", type=_keys, help=f"cases: {cases}")
    parser.add_argument("--rounds", type=int, choices=range(1, 10), help="interleaved rounds")
    parser.add_argument("--seconds", type=float, help="duration of each measurement")
    parser.add_argument(
        "--profile", action="store_true", help="sample Livelist in each case instead of comparing"
    )
    return parser.parse_args()


def _keys(text: str) -> tuple[str, ...]:
    return tuple(text.split(","))


def _plan(given: argparse.Namespace) -> Plan:
    plan = QUICK if given.quick else Plan()
    if given.profile:
        plan = replace(plan, servers=("livelist",))
    if given.only:
        plan = replace(plan, servers=given.only)
    if given.cases:
        plan = replace(plan, cases=given.cases)
    if given.rounds:
        plan = replace(plan, rounds=given.rounds)
    if given.seconds:
        plan = replace(plan, window_ms=int(given.seconds * 1000))
    unknown = set(plan.servers) - {server.key for server in SERVERS}
    unknown |= set(plan.cases) - {case.key for case in CASES}
    if unknown:
        sys.exit(f"unknown: {', '.join(sorted(unknown))}; --help lists servers and cases")
    return plan


async def _run(
    plan: Plan,
    env: RestEnv,
    chosen: Sequence[Server],
    postgres_pid: int | None,
    *,
    is_profile: bool,
) -> None:
    for settings in env.settings.values():
        await insert_dataset(settings, FULL.dataset())
    print(f"{FULL.users} users, {FULL.lists:,} lists; {plan.connections} connections", flush=True)
    cases = [case for case in CASES if not plan.cases or case.key in plan.cases]
    client = LoadClient(await compile_client(CACHE), env.folder)
    run = Run(env, client, plan, FULL, cases, await _prepare(env, chosen), postgres_pid)
    if is_profile:
        for case in cases:
            for server in run.servers:
                if isinstance(server, Livelist):
                    print(f"\n{case.title}, {server.title}\n{await profile(run, case, server)}")
        return
    results = Results()
    await run.measure(results)
    print(f"\n{description()}; medians of {plan.rounds} interleaved rounds, ± half the spread\n")
    print("\n".join(table(results, cases, run.servers)))
    print("\nGoals:")
    print("\n".join(goals(results)))
    for failure in results.failures:
        print(f"failed: {failure}")


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
