"""Measure one server after another, in interleaved rounds."""

import asyncio
import os
import signal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench.environment import Services, SharedList, shared_lists
from bench.live.open_loop import Outcome, Writers, drain, offer, saturate
from bench.live.plan import Plan
from bench.live.readers import Faults, Readers
from bench.live.setups import Setup
from bench.rest.measure import cpu_seconds_with_children
from shared.clock import monotonic
from shared.resources import Resources, open_resources
from tests.support.faults.api_nodes import ProcessNode

# For one setup, so that a hang ends the run with what has been measured.
MAX_SETUP_SECONDS = 120.0


@dataclass(frozen=True)
class Saturation:
    """The rate at full load, and the processor time of an edit in microseconds.

    `server_us` is that of all API processes together, with the delivery of the event.
    """

    rate: float
    server_us: float
    postgres_us: float
    client_us: float


@dataclass(frozen=True)
class Result:
    """One setup in one round. Without a broker there is no saturation."""

    paced: Outcome
    saturated: Saturation | None
    faults: Faults


@dataclass
class Results:
    by_setup: dict[str, list[Result]] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)

    def of(self, key: str) -> Sequence[Result]:
        return self.by_setup.get(key, ())


@dataclass(frozen=True)
class Run:
    """What a run uses: databases by name, a folder for logs."""

    plan: Plan
    available: Mapping[str, Services]
    folder: Path
    # Of each database, inserted once.
    lists: dict[str, list[SharedList]] = field(default_factory=dict)

    async def prepare(self) -> None:
        for name, services in self.available.items():
            async with open_resources(services.settings) as resources:
                self.lists[name] = await shared_lists(resources, self.plan.lists)

    async def measure(self, setups: Sequence[Setup], results: Results) -> None:
        """Measure all rounds that fit into the time of the plan."""
        began, longest = monotonic(), 0.0
        for number in range(self.plan.rounds):
            round_began = monotonic()
            if round_began - began + longest > self.plan.max_seconds:
                results.failures.append(f"round {number + 1} and later: no time left")
                return
            for setup in setups:
                await self._add_result(f"round {number + 1}", setup, results)
            longest = max(longest, monotonic() - round_began)

    async def _add_result(self, label: str, setup: Setup, results: Results) -> None:
        try:
            async with asyncio.timeout(MAX_SETUP_SECONDS):
                result = await self._measure_setup(setup)
        except (TimeoutError, OSError, AssertionError) as error:
            results.failures.append(f"{label}, {setup.title}: {error!r}")
        else:
            results.by_setup.setdefault(setup.key, []).append(result)
            most = f"{result.saturated.rate:,.0f} edits/s at most" if result.saturated else ""
            p99 = result.paced.event_percentile(0.99)
            print(f"{label}  {setup.title:32} p99 {p99:7.1f} ms  {most}", flush=True)

    async def _measure_setup(self, setup: Setup) -> Result:
        services = self.available[setup.database]
        async with (
            open_resources(services.settings) as resources,
            setup.serve(services.settings, self.folder) as nodes,
        ):
            if not setup.has_broker:
                await asyncio.to_thread(services.broker.kill)
            try:
                return await self._measure_nodes(setup, resources, nodes, services.postgres_pid)
            finally:
                if not setup.has_broker:
                    await asyncio.to_thread(services.broker.start)

    async def _measure_nodes(
        self,
        setup: Setup,
        resources: Resources,
        nodes: Sequence[ProcessNode],
        postgres_pid: int | None,
    ) -> Result:
        plan, lists = self.plan, self.lists[setup.database]
        ports = [node.port for node in nodes]
        readers, writers = Readers(resources), Writers(resources, ports, lists)
        try:
            # Another process than that of the edits, if there are two.
            await readers.subscribe(ports[::-1], lists)
            await writers.connect(plan.in_flight)
            await offer(writers, readers, plan.rate / 2, plan.warm_up_seconds)
            paced = await offer(writers, readers, plan.rate, plan.paced_seconds)
            saturated = None
            if setup.has_broker:
                saturated = await self._saturate(writers, readers, nodes, postgres_pid)
                await drain(writers, readers)
            return Result(paced, saturated, readers.faults(writers.answered_at))
        finally:
            readers.close()
            writers.close()

    async def _saturate(
        self,
        writers: Writers,
        readers: Readers,
        nodes: Sequence[ProcessNode],
        postgres_pid: int | None,
    ) -> Saturation:
        pids = [node.process.pid for node in nodes]

        def used() -> tuple[float, ...]:
            servers = sum(map(cpu_seconds_with_children, pids))
            own = os.times()
            return servers, cpu_seconds_with_children(postgres_pid), own.user + own.system

        before = used()
        rate = await saturate(writers, readers, self.plan.saturated_seconds)
        edits = max(1.0, rate * self.plan.saturated_seconds)
        spent = [(after - start) * 1e6 / edits for start, after in zip(before, used(), strict=True)]
        return Saturation(rate, *spent)


async def profile(run: Run, setup: Setup) -> str:
    """Return the report of the sampling profiler about the first process at full load."""
    report, settings = run.folder / "profile.txt", run.available[setup.database].settings
    lists = run.lists[setup.database]
    async with (
        open_resources(settings) as resources,
        setup.serve(settings, run.folder, report) as nodes,
    ):
        ports = [node.port for node in nodes]
        readers, writers = Readers(resources), Writers(resources, ports, lists)
        await readers.subscribe(ports[::-1], lists)
        await writers.connect(run.plan.in_flight)
        nodes[0].process.send(signal.SIGUSR1)
        await saturate(writers, readers, run.plan.saturated_seconds)
        readers.close()
        writers.close()
        await nodes[0].process.terminate(30)
    return report.read_text()
