"""One server, once: every size of the plan, one after another."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bench.fanout.contestant import Bench, Contestant, Served, Shape
from bench.fanout.machine import resident_bytes
from bench.fanout.plan import MIDDLE, PACED_DELIVERIES, Plan
from bench.fanout.subscribers import LoadError, Subscribers, Window, subscribers

# Fewer than these in a window say more about its ends than about the server.
FEW_MESSAGES = 2


@dataclass
class Found:
    """What one round of one server found; what is missing failed, and `failures` says how."""

    saturated: dict[tuple[Shape, int], Window] = field(default_factory=dict)
    paced: Window | None = None
    # It does not get through what paced delivery asks for, so it has no latency there.
    is_too_slow: bool = False
    # Bytes a socket, by the number of idle sockets.
    idle: dict[int, float] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)


async def measure(
    bench: Bench, client: Path, contestant: Contestant, plan: Plan, extra: Sequence[Shape] = ()
) -> Found:
    """Returns what was found, in `extra` shapes too. What goes wrong is in it, never raised."""
    found = Found()
    try:
        async with contestant.serve(bench) as served:
            await _growing(bench, client, contestant, plan, served, found)
            for shape in (*plan.apart, *extra):
                await _apart(bench, client, contestant, plan, served, shape, found)
    except (LoadError, AssertionError, TimeoutError, OSError) as error:
        found.failures.append(str(error) or type(error).__name__)
    return found


@asynccontextmanager
async def _opened(
    bench: Bench, client: Path, contestant: Contestant, served: Served, shape: Shape
) -> AsyncIterator[Subscribers]:
    async with subscribers(
        client,
        bench.folder,
        port=served.port,
        pid=served.pid,
        manners=contestant.manners,
        scripts=await contestant.scripts(bench, shape),
        orders=await contestant.orders(bench, shape),
    ) as load:
        yield load


async def _growing(
    bench: Bench,
    client: Path,
    contestant: Contestant,
    plan: Plan,
    served: Served,
    found: Found,
) -> None:
    largest = Shape(plan.growing[-1])
    async with _opened(bench, client, contestant, served, largest) as load:
        await load.open(plan.base)
        await load.count(1, plan.base_messages)
        before = resident_bytes(served.pid)
        for sockets in plan.growing:
            await load.open(sockets)
            growth = resident_bytes(served.pid) - before
            found.idle[sockets] = growth / (sockets - plan.base)
        await _send(load, plan, largest, found)


async def _apart(
    bench: Bench,
    client: Path,
    contestant: Contestant,
    plan: Plan,
    served: Served,
    shape: Shape,
    found: Found,
) -> None:
    async with _opened(bench, client, contestant, served, shape) as load:
        await load.open(shape.sockets)
        await _send(load, plan, shape, found)


async def _send(load: Subscribers, plan: Plan, shape: Shape, found: Found) -> None:
    for in_flight in plan.in_flight:
        window = await load.keep(in_flight, plan.warm_ms, plan.window_ms)
        if window.deliveries < FEW_MESSAGES * shape.sockets:
            window = await load.keep(in_flight, plan.warm_ms, plan.slow_ms)
        found.saturated[shape, in_flight] = window
        if window.lost or window.repeated or window.strays:
            found.failures.append(
                f"{shape}, {in_flight} in flight: {window.lost} lost, {window.repeated} repeated, "
                f"{window.strays} of another list"
            )
    if shape == MIDDLE:
        best = max(found.saturated[shape, in_flight].rate for in_flight in plan.in_flight)
        found.is_too_slow = best < PACED_DELIVERIES
    if shape == MIDDLE and not found.is_too_slow:
        rate = PACED_DELIVERIES / shape.sockets
        found.paced = await load.pace(rate, plan.warm_ms, plan.paced_ms)
