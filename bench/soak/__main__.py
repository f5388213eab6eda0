"""Run an ordinary workload with outages of the broker, and check that nothing grows or is lost.

    .venv/bin/python -m bench.soak --minutes 60

An API process, a worker, Postgres and Valkey run for real. Users edit and get reminders steadily. Some
sockets stay, some come and go, some stop reading. The broker is killed and started again. The output
has a line a minute and a verdict. The exit code is 1 if a value grew by more than its bound, if a
client received anything but 1, 2, 3 …, or if it missed events at the end.
"""

import argparse
import asyncio
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from bench.environment import Services, describe_machine, new_uvloop, services, shared_lists
from bench.soak.clients import Client
from bench.soak.growth import MIN_MINUTES, Bound, measure_growth
from bench.soak.process_metrics import ObservedProcess, ProcessMetrics
from bench.soak.workload import LARGE_EDIT_LISTS, LARGE_NOTES_SIZE, SMALL_EDIT_LISTS, Workload
from console.processes.broker import free_port
from shared.cancellation import end_tasks
from shared.clock import monotonic
from shared.resources import Resources, open_resources
from shared.settings import Settings
from tests.support.faults.api_nodes import ProcessNode, api_process
from tests.support.realtime.websocket_client import head_of
from tests.support.services.processes import Child, running

SAMPLE_SECONDS = 10.0
CATCH_UP_SECONDS = 30.0

BOUNDS = (
    Bound("api RSS", 8, "MB", "a kilobyte kept for each socket or edit would be 10 to 30"),
    Bound("worker RSS", 8, "MB", "the same, for each job"),
    Bound("api files", 6, "", "a descriptor leaks at each outage, or sometimes with a socket"),
    Bound("worker files", 6, "", "the same"),
    Bound("api tasks", 6, "", "a task that outlives its socket"),
    Bound("worker tasks", 6, "", "a task that outlives its job"),
    Bound("sockets", 6, "", "sockets still counted after they have closed"),
    Bound("streams", 6, "", "streams kept without a subscriber"),
    Bound("redis clients", 6, "", "unused connections to the broker"),
)
COLUMNS = (*(bound.name for bound in BOUNDS), "redis memory", "database")


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    arguments.add_argument("--minutes", type=float, default=60)
    arguments.add_argument("--database", choices=("postgres", "sqlite"), default="postgres")
    arguments.add_argument("--rate", type=float, default=5, help="small edits a second")
    arguments.add_argument("--large-rate", type=float, default=1, help="large edits a second")
    arguments.add_argument("--restarts", type=int, default=4, help="of the broker")
    given = arguments.parse_args()
    print(
        f"{describe_machine()}; {given.minutes:.0f} minutes on {given.database}; MB and counts",
        flush=True,
    )
    with (
        services(given.database) as available,
        asyncio.Runner(loop_factory=new_uvloop) as runner,
    ):
        code = runner.run(run_soak(available, given))
    sys.exit(code)


async def run_soak(available: Services, given: argparse.Namespace) -> int:
    """Run the soak and return the exit code."""
    metrics_port = free_port()
    async with (
        open_resources(available.settings) as resources,
        api_process(available.settings) as node,
        _worker(available.settings, metrics_port) as worker,
    ):
        lists = await shared_lists(resources, SMALL_EDIT_LISTS + LARGE_EDIT_LISTS)
        workload = Workload(resources, node.port, lists)
        metrics = ProcessMetrics(resources, _observed(node, worker, metrics_port))
        permanent, running_clients = workload.clients()
        clients = [asyncio.create_task(client) for client in running_clients]
        writers = [
            asyncio.create_task(workload.write_forever(workload.small_edit_lists, given.rate, 0)),
            asyncio.create_task(
                workload.write_forever(
                    workload.large_edit_lists, given.large_rate, LARGE_NOTES_SIZE
                )
            ),
            asyncio.create_task(workload.remind_forever()),
            asyncio.create_task(workload.break_broker(available, given.restarts, given.minutes)),
        ]
        await _observe(workload, metrics, [*clients, *writers], given.minutes)
        # The writers stop first, so that every client can catch up with the last edit.
        await end_tasks(writers)
        missing = await _missing_events(resources, permanent)
        await end_tasks(clients)
    return _print_verdict(workload, metrics, missing)


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


def _observed(node: ProcessNode, worker: Child, metrics_port: int) -> list[ObservedProcess]:
    return [
        ObservedProcess("api", node.process, f"{node.url}/metrics"),
        ObservedProcess("worker", worker, f"http://127.0.0.1:{metrics_port}/metrics"),
    ]


async def _observe(
    workload: Workload, metrics: ProcessMetrics, tasks: Sequence[asyncio.Task[None]], minutes: float
) -> None:
    """Sample the metrics for that long, and print a line every minute. Raise what a task raised."""
    names = " ".join(f"{name:>13}" for name in COLUMNS)
    print(f"minute {names}  edits received wrong  opened", flush=True)
    start, shown = monotonic(), 0
    while (passed := monotonic() - start) < minutes * 60:
        await metrics.sample()
        if passed >= shown * 60:
            shown += 1
            _print_line(passed / 60, workload, metrics)
        await asyncio.sleep(SAMPLE_SECONDS)
        for task in tasks:
            if task.done():
                # The task that breaks the broker ends normally; an exception ends the soak.
                task.result()
    _print_line(minutes, workload, metrics)


def _print_line(minute: float, workload: Workload, metrics: ProcessMetrics) -> None:
    values = " ".join(f"{metrics.last(name):13.1f}" for name in COLUMNS)
    count = workload.count
    print(
        f"{minute:6.1f} {values} {workload.edits:6} {count.received:8} {count.wrong:5} {count.opened:7}",
        flush=True,
    )


async def _missing_events(resources: Resources, clients: Sequence[Client]) -> list[str]:
    """Return the positions of clients that have not caught up after CATCH_UP_SECONDS."""
    heads = {
        client.list.list_id: (await head_of(resources, client.list.list_id))[1]
        for client in clients
    }
    deadline = monotonic() + CATCH_UP_SECONDS
    missing = ["not checked"]
    while missing and monotonic() < deadline:
        missing = [
            f"{client.list.list_id}: {client.seq} of {heads[client.list.list_id]}"
            for client in clients
            if client.seq != heads[client.list.list_id]
        ]
        await asyncio.sleep(0.1)  # other processes are waited for
    return missing


def _print_verdict(workload: Workload, metrics: ProcessMetrics, missing: list[str]) -> int:
    """Print the counts, the growth and the verdict; return 0 if there is no failure, else 1."""
    count, failures = workload.count, list[str]()
    print(
        f"\n{workload.edits} edits ({workload.refused} refused), {workload.reminders} reminders, "
        f"{workload.outages} outages of the broker; {count.opened} sockets opened, "
        f"{count.renewed} tokens renewed on open ones, {count.received} events received, "
        f"closes by code: {dict(sorted(count.closes.items(), key=str))}"
    )
    if count.wrong or count.resets:
        failures.append(
            f"{count.wrong} events out of order, {count.resets} resets {count.first_wrong}"
        )
    if missing:
        failures.append(f"events missing at the end: {', '.join(missing)}")
    if not count.received:
        failures.append("no event was received")
    for bound in BOUNDS:
        growth = measure_growth(bound, metrics.samples.get(bound.name, ()))
        if growth is None:
            print(f"{bound.name:14} too short to tell: at least {MIN_MINUTES:.0f} minutes")
            continue
        print(
            f"{bound.name:14} {growth.first:8.1f} → {growth.last:8.1f} {bound.unit:2} "
            f"{growth.per_hour:+7.2f} an hour (at most {bound.per_hour:g})"
        )
        if growth.exceeds_bound:
            failures.append(f"{bound.name} grows: {bound.reason}")
    print(
        "verdict: " + ("; ".join(failures) or "nothing grew beyond its bound, nothing was lost"),
        flush=True,
    )
    return 1 if failures else 0


if __name__ == "__main__":
    main()
