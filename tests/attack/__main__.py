"""`./livelist attack`: attack a server of this machine, and print what was tried, refused and failed.

    ./livelist attack                        every part, on Postgres and on SQLite
    ./livelist attack --quick                the size of the test suite
    ./livelist attack --only socket --seed 7 the parts with this in their name, with this random seed
    ./livelist attack --minutes 30           a longer attack

The server, its database, broker and mail server are started for the attack and listen on 127.0.0.1.
Exit with 0 if nothing failed, 1 if something did, 2 for wrong arguments.
"""

import argparse
import asyncio
import logging
import random
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from shared.clock import monotonic
from tests.attack.parts import PARTS, Part, run_part
from tests.support.attack.tally import Tally, exit_code, format_failures, format_table
from tests.support.attack.target import open_target
from tests.support.faults.database_matrix import DatabaseKind, open_broker, open_database_kind
from tests.support.faults.scenarios import DATABASES

DEFAULT_MINUTES = 10.0
# The parts that draw until their time is up share what is left after those with a fixed number.
QUICK_MINUTES = 0.3


def main(arguments: Sequence[str]) -> int:
    """Run the parts, print the table and return the exit code."""
    options = _parse(arguments)
    # Requests are meant to fail; what matters about the server's own log is searched.
    logging.basicConfig(level=logging.ERROR)
    parts = [part for part in PARTS if options.only in part.name]
    if not parts:
        names = ", ".join(part.name for part in PARTS)
        print(f"No part has {options.only!r} in its name: {names}", file=sys.stderr)
        return 2
    databases = DATABASES if options.on == "both" else (options.on,)
    minutes = QUICK_MINUTES if options.quick else options.minutes
    seconds = minutes * 60 / len(databases) / len(parts)
    print(f"attack: {len(parts)} parts, --seed {options.seed} --minutes {minutes:g}", flush=True)
    began, tallies = monotonic(), []
    for database in databases:
        with open_database_kind(database) as kind:
            tallies += _attack(kind, parts, options.seed, seconds)
    print(format_table(tallies))
    failed = sum(len(tally.failures) for tally in tallies)
    print(f"attack: {failed} failed in {monotonic() - began:.0f} s, --seed {options.seed}")
    return exit_code(tallies)


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="./livelist attack",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--seed", type=int, default=random.randrange(10**6), help="random seed; default: random"
    )
    parser.add_argument("--only", default="", help="part of the names of the parts to run")
    parser.add_argument("--on", choices=(*DATABASES, "both"), default="both", help="the databases")
    sizes = parser.add_mutually_exclusive_group()
    sizes.add_argument(
        "--minutes", type=float, default=DEFAULT_MINUTES, help="about how long; default: 10"
    )
    sizes.add_argument("--quick", action="store_true", help="the size of the test suite")
    return parser.parse_args(arguments)


def _attack(kind: DatabaseKind, parts: Sequence[Part], seed: int, seconds: float) -> list[Tally]:
    """Run the parts one after the other against one server; `seconds` is about the time of each."""

    async def run(url: str, redis_url: str, folder: Path) -> list[Tally]:
        tallies = []
        async with open_target(url, redis_url, folder, str(seed), seconds=seconds) as target:
            for part in parts:
                tally = await run_part(part, target)
                tally.database = kind.name
                print(
                    f"  {part.name:<20} {kind.name:<9} {tally.seconds:6.1f} s"
                    f"  {len(tally.failures)} of {tally.tried} failed",
                    flush=True,
                )
                if tally.failures:
                    print(format_failures(tally), flush=True)
                tallies.append(tally)
        return tallies

    with (
        kind.database() as url,
        open_broker() as broker,
        tempfile.TemporaryDirectory(dir=kind.folder) as folder,
    ):
        return asyncio.run(run(url, f"{broker.url}/0", Path(folder)))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
