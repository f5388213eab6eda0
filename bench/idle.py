"""Measure the processor time of an API process that has nothing to do.

    .venv/bin/python -m bench.idle                      both databases, 5 minutes
    .venv/bin/python -m bench.idle --seconds 20 --only postgres

First without any client, then with 1,000 sockets that follow a list each and answer pings.
"""

import argparse
import asyncio
import tempfile
from pathlib import Path

from bench.environment import Services, new_uvloop, services, shared_lists
from bench.fanout.machine import description
from bench.live.readers import Readers
from bench.live.setups import SETUPS
from bench.rest.measure import cpu_seconds_with_children
from shared.clock import monotonic
from shared.resources import open_resources

# After the start, so that caches are filled, the clock is compared and no garbage is left of it.
SETTLE_SECONDS = 8.0
# A user may have 20 sockets on a process.
LISTS, SOCKETS_OF_A_LIST = 100, 10
GOAL_PERCENT = 0.3
DATABASES = ("postgres", "sqlite")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", choices=DATABASES, help="one database")
    parser.add_argument("--seconds", type=float, default=60, help="duration of each measurement")
    given = parser.parse_args()
    print(f"{description()}; over {given.seconds:.0f} s\n")
    print("| database | sockets | % of a core | switches/s |\n|---|---|---|---|")
    for database in (given.only,) if given.only else DATABASES:
        with (
            services(database) as available,
            tempfile.TemporaryDirectory() as folder,
            asyncio.Runner(loop_factory=new_uvloop) as runner,
        ):
            runner.run(_measure(database, available, Path(folder), given.seconds))


async def _measure(database: str, available: Services, folder: Path, seconds: float) -> None:
    settings = available.settings
    async with open_resources(settings) as resources, SETUPS[0].serve(settings, folder) as [node]:
        lists = await shared_lists(resources, LISTS)
        percent = await _percent(node.process.pid, database, 0, seconds)
        verdict = "hit " if percent <= GOAL_PERCENT else "MISS"
        readers = Readers(resources)
        await readers.subscribe([node.port], lists * SOCKETS_OF_A_LIST)
        await _percent(node.process.pid, database, LISTS * SOCKETS_OF_A_LIST, seconds)
        readers.close()
    print(f"  {verdict}  {database}, without sockets ≤ {GOAL_PERCENT} %: {percent:.2f}", flush=True)


async def _percent(pid: int, database: str, sockets: int, seconds: float) -> float:
    """Measure and print the share of a core, in percent, and how often the process woke up."""
    await asyncio.sleep(SETTLE_SECONDS)
    used, switches, began = cpu_seconds_with_children(pid), _switches(pid), monotonic()
    await asyncio.sleep(seconds)
    took = monotonic() - began
    percent = 100 * (cpu_seconds_with_children(pid) - used) / took
    woken = (_switches(pid) - switches) / took
    print(f"| {database} | {sockets} | {percent:.2f} | {woken:.1f} |", flush=True)
    return percent


def _switches(pid: int) -> int:
    """Return how often the threads of the process have waited: each wait but the last has ended."""
    count = 0
    for status in Path(f"/proc/{pid}/task").glob("*/status"):
        lines = dict(
            line.split(":\t", 1) for line in status.read_text().splitlines() if ":\t" in line
        )
        count += int(lines["voluntary_ctxt_switches"])
    return count


if __name__ == "__main__":
    main()
