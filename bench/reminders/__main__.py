"""Measure how fast a worker mails reminders that are all due at once, and what it costs while idle.

Rows, worker process and SMTP are real; the mail server is a lean one on loopback. Half-way a security mail
is added, and its delay is measured. In each round aiosmtplib alone sends as many prepared mails.
"""

import argparse
import asyncio
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from bench.environment import describe_machine, new_uvloop
from bench.reminders.measure import MailRun, measure_idle, measure_mails, measure_raw_smtp
from console.schema.upgrade import upgrade
from shared.settings import Settings
from tests.support.services import postgres
from tests.support.services.valkey import Valkey
from tests.support.settings import plain_settings

RAW = "aiosmtplib alone"


def main() -> None:
    """Run the benchmark and print one table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=2000, help="reminders; documented: 100000")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--on", choices=("sqlite", "postgres", "both"), default="both")
    parser.add_argument("--idle-seconds", type=float, default=60, help="0: do not measure")
    options = parser.parse_args()
    databases = ("sqlite", "postgres") if options.on == "both" else (options.on,)
    runs: dict[str, list[MailRun]] = {name: [] for name in (*databases, RAW)}
    with asyncio.Runner(loop_factory=new_uvloop) as runner:
        for _ in range(options.rounds):
            for name in databases:
                with _services(name) as settings:
                    runs[name].append(runner.run(measure_mails(settings, options.count)))
            runs[RAW].append(runner.run(measure_raw_smtp(options.count)))
        _print_mails(runs, options.count)
        for name in databases if options.idle_seconds else ():
            with _services(name) as settings:
                percent = runner.run(measure_idle(settings, options.idle_seconds))
            print(f"idle on {name}: {percent:.2f} % of a core over {options.idle_seconds:.0f} s")


@contextmanager
def _services(database: str) -> Iterator[Settings]:
    """Yield the settings of an empty, migrated database and a broker of their own."""
    broker = Valkey()
    broker.start()
    server = postgres.start() if database == "postgres" else None
    try:
        with tempfile.TemporaryDirectory(prefix="livelist-bench-") as folder:
            url = server.url if server else f"sqlite+aiosqlite:///{folder}/livelist.db"
            settings = plain_settings(Path(folder), database_url=url, redis_url=f"{broker.url}/0")
            upgrade(settings)
            yield settings
    finally:
        if server:
            server.stop()
        broker.close()


def _print_mails(runs: dict[str, list[MailRun]], count: int) -> None:
    print(f"\n{describe_machine()}, one worker, {count} reminders, median ± half the spread\n")
    print("| | mails/s | CPU ms a mail | urgent waited ms | MB at the end |")
    print("|---|---|---|---|---|")
    columns: tuple[tuple[Callable[[MailRun], float], int], ...] = (
        (lambda run: run.mails_per_second, 0),
        (lambda run: run.cpu_ms, 2),
        (lambda run: run.urgent_ms, 0),
        (lambda run: run.megabytes, 0),
    )
    for name, of_name in runs.items():
        cells = [_cell([value(run) for run in of_name], digits) for value, digits in columns]
        print(f"| {name} | {' | '.join(cells)} |")
    print()


def _cell(values: Sequence[float], digits: int) -> str:
    if not any(values):
        return ""
    spread = (max(values) - min(values)) / 2
    return f"{median(values):.{digits}f} ± {spread:.{digits}f}"


if __name__ == "__main__":
    main()
