"""An hour of ordinary life, with a broker that dies now and then: does anything grow, or get lost?

    .venv/bin/python -m bench.soak --minutes 60

A real API process, a worker, Postgres and Valkey. Steady edits and reminders; sockets that stay,
that come and go, and that do not read; the broker killed and started again. A line a minute, then
a verdict: ends with 1 when something grew by more than its bound, or when a client heard anything
but 1, 2, 3 …, or ended behind the database.
"""

import argparse
import asyncio
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from bench.environment import Services, describe_machine, new_uvloop, services, shared_lists
from bench.soak.clients import Client
from bench.soak.growth import SHORTEST_MINUTES, Bound, growth
from bench.soak.process_metrics import Gauges, Watched
from bench.soak.workload import LOUD_LISTS, LOUD_NOTES, QUIET_LISTS, Life
from console.processes.broker import free_port
from shared.cancellation import end_tasks
from shared.clock import monotonic
from shared.resources import Resources, open_resources
from shared.settings import Settings
from tests.support.faults.api_nodes import ProcessNode, api_process
from tests.support.realtime.websocket_client import head_of
from tests.support.services.processes import Child, running

SAMPLE_SECONDS = 10.0
END_SECONDS = 30.0

BOUNDS = (
    Bound("api RSS", 8, "MB", "a kilobyte kept for each socket or edit would be 10 to 30"),
    Bound("worker RSS", 8, "MB", "the same, for each job"),
    Bound("api files", 6, "", "a descriptor lost at each outage, or now and then by a socket"),
    Bound("worker files", 6, "", "the same"),
    Bound("api tasks", 6, "", "a task that outlives its socket"),
    Bound("worker tasks", 6, "", "a task that outlives its job"),
    Bound("sockets", 6, "", "sockets that are counted after they are gone"),
    Bound("streams", 6, "", "streams kept though nobody listens to them"),
    Bound("redis clients", 6, "", "connections to the broker that nobody uses"),
)
COLUMNS = (*(bound.name for bound in BOUNDS), "redis memory", "database")


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    arguments.add_argument("--minutes", type=float, default=60)
    arguments.add_argument("--database", choices=("postgres", "sqlite"), default="postgres")
    arguments.add_argument("--rate", type=float, default=5, help="small edits a second")
    arguments.add_argument("--loud-rate", type=float, default=1, help="large edits a second")
    arguments.add_argument("--restarts", type=int, default=4, help="of the broker")
    given = arguments.parse_args()
    print(
        f"{describe_machine()}; {given.minutes:.0f} minutes on {given.database}; MB and counts",
        flush=True,
    )
    with (
        services(given.database) as found,
        asyncio.Runner(loop_factory=new_uvloop) as runner,
    ):
        code = runner.run(live(found, given))
    sys.exit(code)


async def live(found: Services, given: argparse.Namespace) -> int:
    """Returns the exit code."""
    metrics_port = free_port()
    async with (
        open_resources(found.settings) as resources,
        api_process(found.settings) as node,
        _worker(found.settings, metrics_port) as worker,
    ):
        lists = await shared_lists(resources, QUIET_LISTS + LOUD_LISTS)
        life = Life(resources, node.port, lists)
        gauges = Gauges(resources, _watched(node, worker, metrics_port))
        steady, lives = life.crowd()
        crowd = [asyncio.create_task(one) for one in lives]
        work = [
            asyncio.create_task(life.write_forever(life.quiet, given.rate, 0)),
            asyncio.create_task(life.write_forever(life.loud, given.loud_rate, LOUD_NOTES)),
            asyncio.create_task(life.remind_forever()),
            asyncio.create_task(life.break_broker(found, given.restarts, given.minutes)),
        ]
        await _watch(life, gauges, [*crowd, *work], given.minutes)
        # The writers stop first, so that everybody can catch up with the last edit.
        await end_tasks(work)
        behind = await _behind(resources, steady)
        await end_tasks(crowd)
    return _judge(life, gauges, behind)


@asynccontextmanager
async def _worker(settings: Settings, metrics_port: int) -> AsyncIterator[Child]:
    environment = {
        "DATABASE_URL": settings.database.url, "DATA_DIR": str(settings.data_dir),
        "REDIS_URL": settings.redis.url, "PUBLIC_URL": settings.web.public_url,
        "WORKER_METRICS_PORT": str(metrics_port), "LOG_FORMAT": "text",
    }  # fmt: skip
    async with running("worker", [sys.executable, "-m", "worker"], environment) as process:
        await process.wait_for_line("worker ready")
        yield process


def _watched(node: ProcessNode, worker: Child, metrics_port: int) -> list[Watched]:
    return [
        Watched("api", node.process, f"{node.url}/metrics"),
        Watched("worker", worker, f"http://127.0.0.1:{metrics_port}/metrics"),
    ]


async def _watch(
    life: Life, gauges: Gauges, tasks: Sequence[asyncio.Task[None]], minutes: float
) -> None:
    """The minutes are over, with a line printed for each. Raises what a task raised."""
    names = " ".join(f"{name:>13}" for name in COLUMNS)
    print(f"minute {names}  edits   heard  wrong  opened", flush=True)
    start, shown = monotonic(), 0
    while (passed := monotonic() - start) < minutes * 60:
        await gauges.sample()
        if passed >= shown * 60:
            shown += 1
            _show(passed / 60, life, gauges)
        await asyncio.sleep(SAMPLE_SECONDS)
        for task in tasks:
            if task.done():
                # Whoever breaks the broker ends in time; an exception ends the soak.
                task.result()
    _show(minutes, life, gauges)


def _show(minute: float, life: Life, gauges: Gauges) -> None:
    values = " ".join(f"{gauges.last(name):13.1f}" for name in COLUMNS)
    tally = life.tally
    print(
        f"{minute:6.1f} {values} {life.edits:6} {tally.heard:7} {tally.wrong:6} {tally.opened:7}",
        flush=True,
    )


async def _behind(resources: Resources, steady: Sequence[Client]) -> list[str]:
    """Returns what clients still miss of their lists after END_SECONDS."""
    heads = {one.list.list_id: (await head_of(resources, one.list.list_id))[1] for one in steady}
    deadline = monotonic() + END_SECONDS
    missing = ["not looked"]
    while missing and monotonic() < deadline:
        missing = [
            f"{one.list.list_id}: {one.seq} of {heads[one.list.list_id]}"
            for one in steady
            if one.seq != heads[one.list.list_id]
        ]
        await asyncio.sleep(0.1)  # other processes are waited for
    return missing


def _judge(life: Life, gauges: Gauges, behind: list[str]) -> int:
    """Prints what was found. Returns 0 when all of it is as it should be."""
    tally, faults = life.tally, list[str]()
    print(
        f"\n{life.edits} edits ({life.refused} refused), {life.reminders} reminders, "
        f"{life.outages} outages of the broker; {tally.opened} sockets opened, "
        f"{tally.renewed} tokens renewed on open ones, {tally.heard} events heard, "
        f"closes by code: {dict(sorted(tally.closes.items(), key=str))}"
    )
    if tally.wrong or tally.resets:
        faults.append(
            f"{tally.wrong} events out of order, {tally.resets} resets {tally.first_wrong}"
        )
    if behind:
        faults.append(f"behind the database at the end: {', '.join(behind)}")
    if not tally.heard:
        faults.append("nothing was heard")
    for bound in BOUNDS:
        found = growth(bound, gauges.samples.get(bound.name, ()))
        if found is None:
            print(f"{bound.name:14} too short to tell: at least {SHORTEST_MINUTES:.0f} minutes")
            continue
        print(
            f"{bound.name:14} {found.first:8.1f} → {found.last:8.1f} {bound.unit:2} "
            f"{found.an_hour:+7.2f} an hour (at most {bound.an_hour:g})"
        )
        if found.is_too_much:
            faults.append(f"{bound.name} grows: {bound.reason}")
    print(
        "verdict: " + ("; ".join(faults) or "nothing grew beyond its bound, nothing was lost"),
        flush=True,
    )
    return 1 if faults else 0


if __name__ == "__main__":
    main()
