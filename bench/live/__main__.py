"""PATCH → the other client's event, end to end, at offered rates: processes, broker, database, sockets.

    .venv/bin/python -m bench.live                                all of it, about six minutes
    .venv/bin/python -m bench.live --only postgres --rates 100 --seconds 20
    .venv/bin/python -m bench.live --only profile                 where the server's time goes

Arrivals are open-loop (bench/arrivals.py): times count from the scheduled moment, and a rate that
is not reached is shown as the rate achieved, with times that grow for as long as the run lasts.
Client and servers share this machine's cores.
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
from bench.live.open_loop import Audience, Outcome, Writers, offer, saturate
from console.processes.broker import free_port
from shared.resources import open_resources
from shared.settings import Settings
from tests.support.faults.api_nodes import ProcessNode, api_process
from tests.support.services.processes import running

LISTS = 100
# As many edits under way as clients of a busy small site; more only lengthens the queue.
ABREAST = 32
# p99 of fewer is the slowest of all; one a second takes its time.
SLOW_RATE_SECONDS = 40.0
WARM_UP = (50.0, 2.0)
# A whole measurement of one server: a hang must end.
LONGEST_SECONDS = 600
PARTS = ("sqlite", "postgres", "two", "dead", "bare", "profile")


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    arguments.add_argument("--rates", default="1,100,1000", help="edits offered each second")
    arguments.add_argument("--seconds", type=float, default=15, help="how long each is offered")
    arguments.add_argument("--only", choices=PARTS, action="append", help="measure just this")
    given = arguments.parse_args()
    bench = Bench([float(one) for one in given.rates.split(",")], given.seconds)
    print(
        f"{describe_machine()}; {LISTS} lists, a socket each; milliseconds from the scheduled moment"
    )
    for part in given.only or PARTS:
        database = "sqlite" if part == "sqlite" else "postgres"
        with services(database) as found, asyncio.Runner(loop_factory=new_uvloop) as runner:
            runner.run(asyncio.wait_for(bench.measure(part, found), LONGEST_SECONDS))


class Bench:
    """The rates to offer, and what was found so far, for the comparison with the bare server."""

    def __init__(self, rates: list[float], seconds: float) -> None:
        self._rates = rates
        self._seconds = seconds
        self._found: dict[tuple[str, float], Outcome] = {}
        print(
            f"{'what':26}{'offered':>8}{'achieved':>9}{'event p50':>10}{'p99':>8}"
            f"{'answer p50':>11}{'p99':>8}{'n':>7}{'refused':>8}{'unanswered':>11}{'lost':>5}"
            f"{'our lateness p99':>17}"
        )

    async def measure(self, part: str, found: Services) -> None:
        settings = found.settings
        if part in ("sqlite", "postgres"):
            async with api_process(settings) as node:
                await self._rates_of(part, settings, node, node)
                await self._saturation(part, settings, node)
        elif part == "two":
            async with api_process(settings) as one, api_process(settings) as two:
                await self._rates_of("postgres, other node", settings, one, two)
        elif part == "dead":
            await self._dead(found)
        elif part == "bare":
            async with _bare(settings) as node:
                await self._rates_of("bare asyncpg + publish", settings, node, node)
                await self._saturation("bare asyncpg + publish", settings, node)
            self._compare()
        else:
            await self._profile(settings)

    async def _rates_of(
        self, what: str, settings: Settings, writes: ProcessNode, hears: ProcessNode
    ) -> None:
        async with open_resources(settings) as resources:
            lists = await shared_lists(resources, LISTS)
            audience, writers = Audience(resources), Writers(resources, writes.port, lists)
            await audience.listen(hears.port, lists)
            await writers.connect()
            await offer(writers, audience, *WARM_UP)
            for rate in self._rates:
                seconds = max(self._seconds, SLOW_RATE_SECONDS) if rate <= 1 else self._seconds
                outcome = await offer(writers, audience, rate, seconds)
                self._found[what, rate] = outcome
                _show(what, outcome)
            audience.leave()
            writers.close()

    async def _saturation(self, what: str, settings: Settings, node: ProcessNode) -> None:
        async with open_resources(settings) as resources:
            lists = await shared_lists(resources, LISTS)
            audience, writers = Audience(resources), Writers(resources, node.port, lists)
            await audience.listen(node.port, lists)
            await writers.connect(ABREAST)
            before = _cpu_seconds(node.process.pid)
            most = await saturate(writers, ABREAST, self._seconds)
            used = (_cpu_seconds(node.process.pid) - before) / self._seconds
            audience.leave()
            writers.close()
        print(
            f"{what:26}at most {most:.0f} edits/s, {ABREAST} abreast; "
            f"{used * 1e6 / most:.0f} µs of the server's processor each ({used:.0%} of a core)",
            flush=True,
        )

    async def _dead(self, found: Services) -> None:
        """With the broker gone: the same node is told at once, another one by its head sweep."""
        async with api_process(found.settings) as one, api_process(found.settings) as two:
            await asyncio.to_thread(found.broker.kill)
            rates, self._rates = self._rates, [rate for rate in self._rates if 1 < rate <= 100]
            await self._rates_of("no broker, same node", found.settings, one, one)
            await self._rates_of("no broker, other node", found.settings, one, two)
            self._rates = rates

    def _compare(self) -> None:
        for rate in self._rates:
            ours = self._found.get(("postgres", rate))
            bare = self._found.get(("bare asyncpg + publish", rate))
            if ours and bare:
                times = [
                    (percentile(ours.heard, p) / percentile(bare.heard, p)) for p in (0.5, 0.99)
                ]
                kept_up = all(one.achieved > 0.95 * one.offered for one in (ours, bare))
                note = "goal: p99 ≤ 3 ×" if kept_up else "not comparable: one did not keep up"
                print(
                    f"at {rate:.0f}/s: p50 {times[0]:.1f} ×, p99 {times[1]:.1f} × the bare server "
                    f"({note})"
                )

    async def _profile(self, settings: Settings) -> None:
        with tempfile.TemporaryDirectory() as folder:
            report = Path(folder) / "profile.txt"
            async with _sampled(settings, report) as node:
                node.process.send(signal.SIGUSR1)
                await self._saturation("postgres, sampled", settings, node)
                await node.process.terminate(30)
            print(report.read_text())


def _show(what: str, one: Outcome) -> None:
    late = percentile(one.late, 0.99)
    print(
        f"{what:26}{one.offered:8.1f}{one.achieved:9.1f}{percentile(one.heard, 0.5):10.1f}"
        f"{percentile(one.heard, 0.99):8.1f}{percentile(one.answered, 0.5):11.1f}"
        f"{percentile(one.answered, 0.99):8.1f}{one.scheduled:7}{one.refused:8}"
        f"{one.unanswered:11}{one.lost:5}{late:17.1f}",
        flush=True,
    )


@asynccontextmanager
async def _bare(settings: Settings) -> AsyncIterator[ProcessNode]:
    """Yields the bare server, on the same database and broker."""
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
async def _sampled(settings: Settings, report: Path) -> AsyncIterator[ProcessNode]:
    """Yields an API process that notes where it is, each millisecond."""
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
    """Returns what the process has used of the processor. Not a number without /proc."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return float("nan")
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
