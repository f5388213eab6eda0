"""`./livelist jobs`: what the worker has to do, what it gave up, and what becomes of that.

Only dead jobs can be retried or discarded: the others have a worker that sees to them.
"""

import argparse
import asyncio
import sys
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

import orjson
from sqlalchemy.exc import SQLAlchemyError

from shared.clock import as_rfc3339
from shared.contract.jobs import JOBS
from shared.ids import JobId
from shared.jobs.queue import JobRecord, discard_dead, find_jobs, list_jobs, retry_dead
from shared.resources import Resources, open_resources
from shared.settings import SettingsError, load_settings
from shared.tables.jobs import STATES

# What a terminal shows without scrolling for long; --limit takes more.
SHOWN = 50
# Those that --all means; what is more is a matter for another round.
ALL = 10_000
HEADER = ("id", "kind", "state", "tries", "due or ended (UTC)", "why")


class _NotDoneError(Exception):
    """A sentence for the operator."""


def run(arguments: list[str]) -> int:
    """Returns 0 when it is done, 1 with a sentence when not, 2 when the wish was not understood."""
    try:
        wish = _parser().parse_args(arguments)
    except SystemExit as error:
        return int(error.code or 0)
    try:
        asyncio.run(_do(wish))
    except (_NotDoneError, SettingsError, SQLAlchemyError, OSError) as error:
        changes = wish.wish in ("retry", "discard")
        words = _sentence(error)
        said = f"Nothing was changed: {words}" if changes else words[:1].upper() + words[1:]
        print(said, file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="./livelist jobs", description="The jobs of this site.")
    wishes = parser.add_subparsers(dest="wish", required=True, metavar="list|show|retry|discard")

    listing = wishes.add_parser("list", help="list jobs, the newest first")
    listing.add_argument("--state", choices=STATES)
    listing.add_argument("--kind", choices=sorted(JOBS))
    listing.add_argument("--limit", type=_count, default=SHOWN, help=f"default: {SHOWN}")
    listing.add_argument("--json", action="store_true", help="one JSON object a line")

    show = wishes.add_parser("show", help="show all that is known of one job")
    show.add_argument("id")
    show.add_argument("--json", action="store_true", help="one JSON object")

    for name, what in (("retry", "queue dead jobs afresh"), ("discard", "forget dead jobs")):
        ending = wishes.add_parser(name, help=what)
        ending.add_argument("ids", nargs="*", metavar="id")
        ending.add_argument("--all", action="store_true", help="all that are dead")
        ending.add_argument("--kind", choices=sorted(JOBS), help="with --all: of this kind")
        if name == "discard":
            ending.add_argument("--yes", action="store_true", help="do not ask")
    return parser


def _count(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= ALL:
        raise argparse.ArgumentTypeError(f"say a number from 1 to {ALL}, not {text!r}")
    return int(text)


async def _do(wish: argparse.Namespace) -> None:
    async with open_resources(load_settings()) as resources:
        if wish.wish == "list":
            async with resources.begin_read() as read:
                jobs = await list_jobs(read, wish.limit, state=wish.state, kind=wish.kind)
            _print_list(jobs, as_json=wish.json)
        elif wish.wish == "show":
            (job,) = await _known(resources, [wish.id])
            _print_one(job, as_json=wish.json)
        else:
            await _end(resources, wish)


async def _end(resources: Resources, wish: argparse.Namespace) -> None:
    """Dead jobs were retried or discarded; all that were named, or none."""
    ids = await _dead_among(resources, wish)
    is_retry = wish.wish == "retry"
    if not is_retry and not wish.yes:
        _ask(len(ids))
    async with resources.begin() as work:
        count = await (retry_dead if is_retry else discard_dead)(work, ids)
        if count != len(ids):
            raise _NotDoneError("some of them are not dead any more; look again.")
    print(f"{count} {'queued again' if is_retry else 'discarded'}")


async def _dead_among(resources: Resources, wish: argparse.Namespace) -> Sequence[JobId]:
    if wish.all == bool(wish.ids):
        raise _NotDoneError("name the jobs, or say --all.")
    if wish.all:
        async with resources.begin_read() as read:
            return [one.id for one in await list_jobs(read, ALL, state="dead", kind=wish.kind)]
    jobs = await _known(resources, wish.ids)
    alive = [f"{job.id} is {job.state}" for job in jobs if job.state != "dead"]
    if alive:
        raise _NotDoneError(f"only dead jobs can be: {', '.join(alive)}.")
    return [job.id for job in jobs]


async def _known(resources: Resources, ids: Sequence[str]) -> list[JobRecord]:
    async with resources.begin_read() as read:
        known = await find_jobs(read, ids)
    missing = [one for one in ids if one not in known]
    if missing:
        raise _NotDoneError(f"there is no job {', '.join(missing)}.")
    return [known[one] for one in dict.fromkeys(ids)]


def _ask(count: int) -> None:
    if not sys.stdin.isatty():
        raise _NotDoneError("say --yes: what is discarded cannot be brought back.")
    if input(f"Forget {count} for good? [y/N] ").strip().lower() not in ("y", "yes"):
        raise _NotDoneError("you did not say yes.")


def _print_list(jobs: Sequence[JobRecord], *, as_json: bool) -> None:
    if as_json:
        for job in jobs:
            print(_json(job))
        return
    rows = [HEADER] + [
        (
            job.id,
            job.kind,
            job.state,
            f"{job.attempts}+{job.crashes}",
            f"{job.finished_at or job.run_at:%Y-%m-%d %H:%M:%S}",
            job.last_error,
        )
        for job in jobs
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADER))]
    for row in rows:
        print(
            "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()
        )
    if not jobs:
        print("none")


def _print_one(job: JobRecord, *, as_json: bool) -> None:
    if as_json:
        print(_json(job))
        return
    for name, value in asdict(job).items():
        shown = as_rfc3339(value) if isinstance(value, datetime) else value
        print(f"{name:<12}{'-' if shown in (None, '') else shown}")


def _json(job: JobRecord) -> str:
    return orjson.dumps(job, default=str).decode()


def _sentence(error: Exception) -> str:
    if isinstance(error, SQLAlchemyError):
        # The whole one shows statements and, with them, addresses.
        return "the database is away, or not migrated: ./livelist migrate"
    return str(error)
