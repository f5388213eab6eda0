"""Measure how the time of a request grows with lists, logs and the database, and print tables.

.venv/bin/python -m bench.growth                     1,000,000 todos and events, both databases
.venv/bin/python -m bench.growth --only postgres --todos 200000 --rounds 1

One request is in flight at a time. The figures are medians of the time until the whole answer has
arrived; the ratios are those of the largest size to the smallest.
"""

import argparse
import asyncio
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from bench.environment import Services, services
from bench.fanout.machine import cores, description, pin_self
from bench.growth.measure import GrowthRun, Times
from bench.growth.population import Sizes, population
from bench.growth.report import table
from bench.growth.series import Series, database_series, list_series, log_series, user_series
from bench.rest.dataset import DataSet, insert_dataset, vacuum
from bench.rest.load_client import LoadClient, compile_client
from bench.rest.servers import RestEnv
from shared.clock import monotonic
from shared.settings import ROOT, Settings

CACHE = ROOT / "data" / "bench" / "rest"
DATABASES = ("postgres", "sqlite")
MANY = 1_000_000


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", choices=DATABASES, help="one database")
    parser.add_argument("--todos", type=int, default=MANY, help="todos, and about as many events")
    parser.add_argument("--rounds", type=int, default=3, choices=range(1, 10))
    given = parser.parse_args()
    server_core, load_core = cores()
    pin_self(load_core)
    CACHE.mkdir(parents=True, exist_ok=True)
    print(f"{description()}; server on core {server_core}, database and client on core {load_core}")
    for database in (given.only,) if given.only else DATABASES:
        with (
            services(database) as available,
            tempfile.TemporaryDirectory(prefix="livelist-growth-") as folder,
        ):
            env = RestEnv({database: available.settings}, Path(folder), CACHE, server_core)
            asyncio.run(_measure(env, database, available, given.todos, given.rounds))


async def _measure(
    env: RestEnv, database: str, available: Services, todos: int, rounds: int
) -> None:
    """Measure with the measured lists alone, then what depends on the database with all others."""
    settings, measured_lists = available.settings, population(Sizes())
    client = LoadClient(await compile_client(env.cache), env.folder)
    run = GrowthRun(env, client, database, rounds, available.postgres_pid)
    sections = {
        "Todos of a list": list_series(measured_lists),
        "Lists of a user": user_series(measured_lists),
        "Events of a list": log_series(measured_lists),
    }
    small = database_series(measured_lists, f"{measured_lists.todos:,} todos")
    large = database_series(measured_lists, f"{todos:,} todos")
    times = Times()
    await _insert(settings, measured_lists.measured)
    await run.measure([one for series in (*sections.values(), small) for one in series], times)
    for title, series in sections.items():
        _print(f"{title}, {database}", times, series)
    await _insert(settings, measured_lists.background(todos))
    await run.measure(large, times)
    both = [
        replace(before, points=(*before.points, *after.points))
        for before, after in zip(small, large, strict=True)
    ]
    _print(f"Todos and events of the database, {database}", times, both)
    for failure in times.failures:
        print(f"failed: {failure}")


async def _insert(settings: Settings, dataset: DataSet) -> None:
    began = monotonic()
    await insert_dataset(settings, dataset)
    await vacuum(settings)
    todos = sum(seeded.todos for seeded in dataset.lists)
    print(f"{todos:,} todos inserted in {monotonic() - began:.0f} s", flush=True)


def _print(title: str, times: Times, series: Sequence[Series]) -> None:
    print(f"\n{title}:\n")
    print("\n".join(table(times, series)), flush=True)


if __name__ == "__main__":
    main()
