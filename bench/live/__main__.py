"""Measure the time from PATCH to the event at another client, at offered rates, end to end.

    .venv/bin/python -m bench.live                                all parts, about six minutes
    .venv/bin/python -m bench.live --only postgres --rates 100 --seconds 20
    .venv/bin/python -m bench.live --only profile                 where the server's time goes

Processes, broker, database and sockets are real. Arrivals are open-loop (bench/live/open_loop.py):
times count from the scheduled moment. If a rate is not reached, the achieved rate is shown, with times
that grow for as long as the run lasts. Client and servers share this machine's cores.
"""

import argparse
import asyncio
import os
import signal
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from bench.environment import (
    Services,
    describe_machine,
    new_uvloop,
    percentile,
    services,
    shared_lists,
)
from bench.live.open_loop import Outcome, Readers, Writers, offer, saturate
from console.processes.broker import free_port
from shared.resources import open_resources
from shared.settings import Settings
from tests.support.faults.api_nodes import ProcessNode, api_process
from tests.support.services.processes import running

LISTS = 100
# Edits in flight, as on a busy small site. More would only lengthen the queue.
CONCURRENCY = 32
# At one edit a second, a shorter run has too few edits for a p99.
SLOW_RATE_SECONDS = 40.0
# Edits a second, and seconds.
WARM_UP = (50.0, 2.0)
# Time limit for one part, so that a hang ends.
MAX_SECONDS = 600
PARTS = ("sqlite", "postgres", "two-nodes", "no-broker", "bare", "profile")


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    arguments.add_argument("--rates", default="1,100,1000", help="edits offered each second")
    arguments.add_argument("--seconds", type=float, default=15, help="duration of each rate")
    arguments.add_argument("--only", choices=PARTS, action="append", help="measure only this part")
    given = arguments.parse_args()
    bench = LiveBench([float(rate) for rate in given.rates.split(",")], given.seconds)
    print(
        f"{describe_machine()}; {LISTS} lists, a socket each; milliseconds from the scheduled moment"
    )
    for part in given.only or PARTS:
        database = "sqlite" if part == "sqlite" else "postgres"
        with services(database) as available, asyncio.Runner(loop_factory=new_uvloop) as runner:
            runner.run(asyncio.wait_for(bench.measure(part, available), MAX_SECONDS))


class LiveBench:
    """The offered rates and the outcomes so far, for the comparison with the bare server."""

    def __init__(self, rates: list[float], seconds: float) -> None:
        self._rates = rates
        self._seconds = seconds
        self._outcomes: dict[tuple[str, float], Outcome] = {}
        print(
            f"{'what':26}{'offered':>8}{'achieved':>9}{'event p50':>10}{'p99':>8}"
            f"{'answer p50':>11}{'p99':>8}{'n':>7}{'refused':>8}{'unanswered':>11}{'lost':>5}"
            f"{'client delay p99':>17}"
        )

    async def measure(self, part: str, available: Services) -> None:
        settings = available.settings
        if part in ("sqlite", "postgres"):
            async with api_process(settings) as node:
                await self._measure_rates(part, settings, node, node)
                await self._measure_saturation(part, settings, node)
        elif part == "two-nodes":
            async with api_process(settings) as node, api_process(settings) as other:
                await self._measure_rates("postgres, other node", settings, node, other)
        elif part == "no-broker":
            await self._without_broker(available)
        elif part == "bare":
            async with _bare_server(settings) as node:
                await self._measure_rates("bare asyncpg + publish", settings, node, node)
                await self._measure_saturation("bare asyncpg + publish", settings, node)
            self._compare()
        else:
            await self._profile(settings)

    async def _measure_rates(
        self, what: str, settings: Settings, write_node: ProcessNode, read_node: ProcessNode
    ) -> None:
        async with open_resources(settings) as resources:
            lists = await shared_lists(resources, LISTS)
            readers, writers = Readers(resources), Writers(resources, write_node.port, lists)
            await readers.subscribe(read_node.port, lists)
            await writers.connect()
            await offer(writers, readers, *WARM_UP)
            for rate in self._rates:
                seconds = max(self._seconds, SLOW_RATE_SECONDS) if rate <= 1 else self._seconds
                outcome = await offer(writers, readers, rate, seconds)
                self._outcomes[what, rate] = outcome
                _print_outcome(what, outcome)
            readers.close()
            writers.close()

    async def _measure_saturation(self, what: str, settings: Settings, node: ProcessNode) -> None:
        async with open_resources(settings) as resources:
            lists = await shared_lists(resources, LISTS)
            readers, writers = Readers(resources), Writers(resources, node.port, lists)
            await readers.subscribe(node.port, lists)
            await writers.connect(CONCURRENCY)
            before = _cpu_seconds(node.process.pid)
            most = await saturate(writers, CONCURRENCY, self._seconds)
            used = (_cpu_seconds(node.process.pid) - before) / self._seconds
            readers.close()
            writers.close()
        print(
            f"{what:26}at most {most:.0f} edits/s, {CONCURRENCY} in flight; "
            f"{used * 1e6 / most:.0f} µs of the server's processor each ({used:.0%} of a core)",
            flush=True,
        )

    async def _without_broker(self, available: Services) -> None:
        """Without a broker the same node delivers at once, and another node by its head check."""
        async with (
            api_process(available.settings) as node,
            api_process(available.settings) as other,
        ):
            await asyncio.to_thread(available.broker.kill)
            rates, self._rates = self._rates, [rate for rate in self._rates if 1 < rate <= 100]
            await self._measure_rates("no broker, same node", available.settings, node, node)
            await self._measure_rates("no broker, other node", available.settings, node, other)
            self._rates = rates

    def _compare(self) -> None:
        for rate in self._rates:
            livelist = self._outcomes.get(("postgres", rate))
            bare = self._outcomes.get(("bare asyncpg + publish", rate))
            if livelist and bare:
                ratios = [
                    percentile(livelist.event_times, p) / percentile(bare.event_times, p)
                    for p in (0.5, 0.99)
                ]
                kept_up = all(
                    outcome.achieved > 0.95 * outcome.offered for outcome in (livelist, bare)
                )
                note = "goal: p99 ≤ 3 ×" if kept_up else "not comparable: a server did not keep up"
                print(
                    f"at {rate:.0f}/s: p50 {ratios[0]:.1f} ×, p99 {ratios[1]:.1f} × the bare server "
                    f"({note})"
                )

    async def _profile(self, settings: Settings) -> None:
        with tempfile.TemporaryDirectory() as folder:
            report = Path(folder) / "profile.txt"
            async with _profiled_api(settings, report) as node:
                node.process.send(signal.SIGUSR1)
                await self._measure_saturation("postgres, sampled", settings, node)
                await node.process.terminate(30)
            print(report.read_text())


def _print_outcome(what: str, outcome: Outcome) -> None:
    late = percentile(outcome.client_delays, 0.99)
    print(
        f"{what:26}{outcome.offered:8.1f}{outcome.achieved:9.1f}{percentile(outcome.event_times, 0.5):10.1f}"
        f"{percentile(outcome.event_times, 0.99):8.1f}{percentile(outcome.answer_times, 0.5):11.1f}"
        f"{percentile(outcome.answer_times, 0.99):8.1f}{outcome.scheduled:7}{outcome.refused:8}"
        f"{outcome.unanswered:11}{outcome.lost:5}{late:17.1f}",
        flush=True,
    )


@asynccontextmanager
async def _bare_server(settings: Settings) -> AsyncIterator[ProcessNode]:
    """Yield the bare server, on the same database and broker."""
    port = free_port()
    environment = {
        "DATABASE_URL": settings.database.url, "REDIS_URL": settings.redis.url,
        "PORT": str(port),
    }  # fmt: skip
    command = [sys.executable, "-m", "bench.live.bare_server"]
    async with running("bare", command, environment) as process:
        await process.wait_for_http(f"http://127.0.0.1:{port}/")
        yield ProcessNode(port, process)


@asynccontextmanager
async def _profiled_api(settings: Settings, report: Path) -> AsyncIterator[ProcessNode]:
    """Yield an API process under the sampling profiler."""
    port = free_port()
    environment = {
        "DATABASE_URL": settings.database.url, "REDIS_URL": settings.redis.url,
        "DATA_DIR": str(settings.data_dir), "PORT": str(port), "RATE_LIMITS": "false",
        "PUBLIC_URL": settings.web.public_url, "PROFILE_TO": str(report),
    }  # fmt: skip
    command = [sys.executable, "-m", "bench.live.sampling_profiler", "api"]
    async with running("api", command, environment) as process:
        await process.wait_for_http(f"http://127.0.0.1:{port}/health/live")
        yield ProcessNode(port, process)


def _cpu_seconds(pid: int) -> float:
    """Return the processor seconds that the process has used; not a number without /proc."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return float("nan")
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
