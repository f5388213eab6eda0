"""Interleaved rounds: in each, every case is measured on one server after another."""

import os
import signal
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path

from bench.rest.cases import Case, Size
from bench.rest.dataset import read_values, vacuum
from bench.rest.load_client import LoadClient, LoadError, Measurement
from bench.rest.plan import Plan
from bench.rest.servers import Livelist, RestEnv, RunningServer, Server
from shared.settings import Settings

EDITS = "SELECT sum(head) AS edits, (SELECT count(*) FROM events) AS events FROM streams"


@dataclass(frozen=True)
class Result:
    """One measurement, and the processor time of Postgres in microseconds a request."""

    measured: Measurement
    postgres_us: float


@dataclass
class Results:
    """The results of each case and server, a result a round; `failures` says what is missing."""

    by_case: dict[tuple[str, str], list[Result]] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)

    def of(self, case: str, server: str) -> Sequence[Result]:
        return self.by_case.get((case, server), ())


@dataclass(frozen=True)
class Run:
    """What a run measures, and with which means."""

    env: RestEnv
    client: LoadClient
    plan: Plan
    size: Size
    cases: Sequence[Case]
    servers: Sequence[Server]
    postgres_pid: int | None

    async def measure(self, results: Results) -> None:
        """Measure all rounds and add their results."""
        for number in range(self.plan.rounds):
            for settings in self.env.settings.values():
                await vacuum(settings)
            await self.measure_round(number, results)

    async def measure_round(self, number: int, results: Results) -> None:
        """Start the servers, measure every case on one after another, and add the results."""
        tokens_of = {
            name: self.size.tokens(settings) for name, settings in self.env.settings.items()
        }
        # A process of its own in each round: processes differ by a few percent.
        async with AsyncExitStack() as stack:
            running = [
                (server, await stack.enter_async_context(server.serve(self.env)))
                for server in self.servers
            ]
            for case in self.cases:
                for server, process in running:
                    if case.key in server.cases:
                        label = f"round {number + 1}  {case.key:10} {server.key:16}"
                        tokens = tokens_of[server.database]
                        await self._add_result(label, case, server, process, tokens, results)

    async def _add_result(
        self,
        label: str,
        case: Case,
        server: Server,
        process: RunningServer,
        tokens: Mapping[int, str],
        results: Results,
    ) -> None:
        settings = self.env.settings[server.database]
        try:
            result = await self._measure_case(case, process, tokens, settings)
        except (LoadError, ValueError, KeyError, TypeError, OSError) as error:
            results.failures.append(f"{case.key}, {server.key}: {error!r}")
            print(f"{label} FAILED: {error!r}\n{process.process.log[-2000:]}", flush=True)
        else:
            results.by_case.setdefault((case.key, server.key), []).append(result)
            print(f"{label} {result.measured.rate:8,.0f}/s", flush=True)

    async def _measure_case(
        self, case: Case, server: RunningServer, tokens: Mapping[int, str], settings: Settings
    ) -> Result:
        before, used = (
            await read_values(settings, EDITS),
            cpu_seconds_with_children(self.postgres_pid),
        )
        measured, samples = await self.client.run(
            server.port,
            server.process.pid,
            case.requests(self.size, tokens),
            connections=self.plan.connections,
            warm_up_ms=self.plan.warm_up_ms,
            window_ms=self.plan.window_ms,
        )
        used = cpu_seconds_with_children(self.postgres_pid) - used
        case.check_samples(self.size, samples)
        after = await read_values(settings, EDITS)
        recorded = {name: after[name] - before[name] for name in before}
        # A server that answered without writing the event and the head would be fast.
        if case.writes and set(recorded.values()) != {measured.total}:
            raise LoadError(f"{measured.total} edits were answered, {recorded} were recorded")
        return Result(measured, used * 1e6 / max(1, measured.total))


async def profile(run: Run, case: Case, server: Livelist) -> str:
    """Return the report of the sampling profiler about one server and case. Raise LoadError."""
    report = run.env.folder / "profile.txt"
    async with replace(server, profile_to=report).serve(run.env) as running:
        settings = run.env.settings[server.database]
        running.process.send(signal.SIGUSR1)
        await run.client.run(
            running.port,
            running.process.pid,
            case.requests(run.size, run.size.tokens(settings)),
            connections=run.plan.connections,
            warm_up_ms=run.plan.warm_up_ms,
            window_ms=run.plan.window_ms,
        )
        exit_code = await running.process.terminate()
    if not report.exists():
        log = (run.env.folder / f"{server.key}.log").read_text(errors="replace")
        raise LoadError(f"no report: the profiled server ended with {exit_code}\n{log[-2000:]}")
    return report.read_text()


def cpu_seconds_with_children(pid: int | None) -> float:
    """Return the processor seconds of a process, its children, and those that have ended."""
    if pid is None:
        return 0.0
    ticks = sum(_ticks(pid)[:4])
    for stat in Path("/proc").glob("[0-9]*/stat"):
        child = int(stat.parent.name)
        if _parent(child) == pid:
            ticks += sum(_ticks(child)[:2])
    return ticks / os.sysconf("SC_CLK_TCK")


def _ticks(pid: int) -> list[int]:
    """Return the ticks: user, system, and those of waited-for children; zeros if it has ended."""
    fields = _stat(pid)
    return [int(value) for value in fields[11:15]] or [0] * 4


def _parent(pid: int) -> int:
    fields = _stat(pid)
    return int(fields[1]) if fields else 0


def _stat(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []
