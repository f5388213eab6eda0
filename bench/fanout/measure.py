"""One round of one server: every size of the plan, one after another."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bench.fanout.competitors.base import BenchEnv, Competitor, RunningServer, Shape
from bench.fanout.load.load_client import LoadClient, LoadError, Measurement, open_load_client
from bench.fanout.machine import resident_bytes
from bench.fanout.plan import PACED_DELIVERIES, STANDARD_SHAPE, Plan

# With fewer messages in a window, its start and end distort the result.
MIN_MESSAGES = 2


@dataclass
class RoundResult:
    """The measurements of one round; `failures` explains why some are missing."""

    saturated: dict[tuple[Shape, int], Measurement] = field(default_factory=dict)
    paced: Measurement | None = None
    # True if the server does not reach the rate of paced delivery; it has no latency at that rate.
    is_too_slow: bool = False
    # Bytes for each socket, by the number of idle sockets.
    idle: dict[int, float] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)


async def measure(
    env: BenchEnv,
    client: Path,
    competitor: Competitor,
    plan: Plan,
    extra_shapes: Sequence[Shape] = (),
) -> RoundResult:
    """Measure all shapes of the plan and the extra ones. Failures are in the result, never raised."""
    result = RoundResult()
    try:
        async with competitor.serve(env) as server:
            run = _ServerRun(env, client, competitor, plan, server, result)
            await run.measure_cumulative_sizes()
            for shape in (*plan.separate_shapes, *extra_shapes):
                await run.measure_shape(shape)
    except (LoadError, AssertionError, TimeoutError, OSError) as error:
        result.failures.append(str(error) or type(error).__name__)
    return result


@dataclass(frozen=True)
class _ServerRun:
    """One started server, and the result that its measurements are added to."""

    env: BenchEnv
    client: Path
    competitor: Competitor
    plan: Plan
    server: RunningServer
    result: RoundResult

    @asynccontextmanager
    async def _open_load(self, shape: Shape) -> AsyncIterator[LoadClient]:
        async with open_load_client(
            self.client,
            self.env.folder,
            port=self.server.port,
            pid=self.server.pid,
            protocol=self.competitor.protocol,
            scripts=await self.competitor.scripts(self.env, shape),
            publisher_config=await self.competitor.publisher_config(self.env, shape),
        ) as load:
            yield load

    async def measure_cumulative_sizes(self) -> None:
        """Measure the memory of idle sockets at each size, then deliver to the largest size."""
        plan, largest = self.plan, Shape(self.plan.cumulative_sizes[-1])
        async with self._open_load(largest) as load:
            await load.open(plan.baseline_sockets)
            await load.deliver(1, plan.baseline_messages)
            before = resident_bytes(self.server.pid)
            for sockets in plan.cumulative_sizes:
                await load.open(sockets)
                growth = resident_bytes(self.server.pid) - before
                self.result.idle[sockets] = growth / (sockets - plan.baseline_sockets)
            await self._deliver(load, largest)

    async def measure_shape(self, shape: Shape) -> None:
        """Deliver to sockets that are opened for this shape alone."""
        async with self._open_load(shape) as load:
            await load.open(shape.sockets)
            await self._deliver(load, shape)

    async def _deliver(self, load: LoadClient, shape: Shape) -> None:
        plan, result = self.plan, self.result
        for in_flight in plan.in_flight:
            measured = await load.saturate(in_flight, plan.warm_up_ms, plan.window_ms)
            if measured.deliveries < MIN_MESSAGES * shape.sockets:
                measured = await load.saturate(in_flight, plan.warm_up_ms, plan.slow_ms)
            result.saturated[shape, in_flight] = measured
            if measured.lost or measured.repeated or measured.misrouted:
                result.failures.append(
                    f"{shape}, {in_flight} in flight: {measured.lost} lost, "
                    f"{measured.repeated} repeated, {measured.misrouted} of another list"
                )
        if shape == STANDARD_SHAPE:
            best = max(result.saturated[shape, in_flight].rate for in_flight in plan.in_flight)
            result.is_too_slow = best < PACED_DELIVERIES
        if shape == STANDARD_SHAPE and not result.is_too_slow:
            rate = PACED_DELIVERIES / shape.sockets
            result.paced = await load.pace(rate, plan.warm_up_ms, plan.paced_ms)
