"""`./livelist jobs`: list and show jobs; retry or discard dead ones.

Only dead jobs can be retried or discarded, because a worker handles all others.
"""

import argparse
import asyncio
import sys
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

import orjson

from console.processes.broker import with_running_broker
from shared.administration.jobs import MAX_CHANGED, DeadJobs, discard_jobs, retry_jobs
from shared.clock import as_rfc3339
from shared.contract.jobs import JOBS
from shared.database.errors import DatabaseError
from shared.ids import JobId
from shared.jobs.queue import (
    JobRecord,
    OpenCount,
    count_open_jobs,
    find_dead,
    find_jobs,
    list_jobs,
)
from shared.resources import Resources, open_resources
from shared.settings import SettingsError, load_settings
from shared.tables.jobs import STATES

DEFAULT_LIMIT = 50
# The most jobs that --limit lists.
MAX_JOBS = 10_000
HEADER = ("id", "kind", "state", "tries", "due or ended (UTC)", "why")


class _CommandError(Exception):
    """The command failed; the message is a sentence for the operator."""


def run(arguments: list[str]) -> int:
    """Return 0 on success, 1 on failure with a message on stderr, 2 for wrong arguments."""
    try:
        options = _parser().parse_args(arguments)
    except SystemExit as error:
        return int(error.code or 0)
    try:
        asyncio.run(_run(options))
    except BrokenPipeError:
        raise  # nobody reads the output any more; see console/__main__.py
    except (_CommandError, SettingsError, DatabaseError, OSError) as error:
        is_change = options.command in ("retry", "discard")
        reason = _sentence(error)
        message = f"Nothing was changed: {reason}" if is_change else reason[:1].upper() + reason[1:]
        print(message, file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="./livelist jobs", description="The jobs of this site.")
    commands = parser.add_subparsers(
        dest="command", required=True, metavar="list|show|counts|retry|discard"
    )
    commands.add_parser("counts", help="count the jobs that have not ended well")

    listing = commands.add_parser("list", help="list jobs, the newest first")
    listing.add_argument("--state", choices=STATES)
    listing.add_argument("--kind", choices=sorted(JOBS))
    listing.add_argument(
        "--limit", type=_limit, default=DEFAULT_LIMIT, help=f"default: {DEFAULT_LIMIT}"
    )
    listing.add_argument("--json", action="store_true", help="one JSON object a line")

    show = commands.add_parser("show", help="show all that is known of one job")
    show.add_argument("id")
    show.add_argument("--json", action="store_true", help="one JSON object")

    for name, text in (("retry", "queue dead jobs again"), ("discard", "delete dead jobs")):
        change = commands.add_parser(name, help=text)
        change.add_argument("ids", nargs="*", metavar="id")
        change.add_argument("--all", action="store_true", help="all dead jobs")
        change.add_argument("--kind", choices=sorted(JOBS), help="with --all: only this kind")
        if name == "discard":
            change.add_argument("--yes", action="store_true", help="do not ask")
    return parser


def _limit(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= MAX_JOBS:
        raise argparse.ArgumentTypeError(f"say a number from 1 to {MAX_JOBS}, not {text!r}")
    return int(text)


async def _run(options: argparse.Namespace) -> None:
    async with open_resources(with_running_broker(load_settings())) as resources:
        if options.command == "list":
            async with resources.begin_read() as read:
                jobs = await list_jobs(read, options.limit, state=options.state, kind=options.kind)
            _print_list(jobs, as_json=options.json)
        elif options.command == "counts":
            async with resources.begin_read() as read:
                _print_counts(await count_open_jobs(read))
        elif options.command == "show":
            (job,) = await _find_all(resources, [options.id])
            _print_one(job, as_json=options.json)
        else:
            await _retry_or_discard(resources, options)


async def _retry_or_discard(resources: Resources, options: argparse.Namespace) -> None:
    """Retry or discard all of the selected jobs, or none of them if one is not dead."""
    ids = await _select_dead(resources, options)
    is_retry = options.command == "retry"
    if not is_retry and not options.yes:
        _confirm(len(ids))
    async with resources.begin() as work:
        command = retry_jobs if is_retry else discard_jobs
        # Without ids the command would mean all.
        count = (await command(work, None, DeadJobs(ids=ids))).count if ids else 0
        if count != len(ids):
            raise _CommandError("some of them are not dead any more; look again.")
    print(f"{count} {'queued again' if is_retry else 'discarded'}")


async def _select_dead(resources: Resources, options: argparse.Namespace) -> tuple[JobId, ...]:
    if options.all == bool(options.ids):
        raise _CommandError("name the jobs, or say --all.")
    if options.all:
        async with resources.begin_read() as read:
            return await find_dead(read, MAX_CHANGED, kind=options.kind)
    jobs = await _find_all(resources, options.ids)
    alive = [f"{job.id} is {job.state}" for job in jobs if job.state != "dead"]
    if alive:
        raise _CommandError(f"only dead jobs can be: {', '.join(alive)}.")
    return tuple(job.id for job in jobs)


async def _find_all(resources: Resources, ids: Sequence[str]) -> list[JobRecord]:
    """Return the jobs in the order of `ids`. Raise _CommandError if one does not exist."""
    async with resources.begin_read() as read:
        found = await find_jobs(read, ids)
    missing = [job_id for job_id in ids if job_id not in found]
    if missing:
        raise _CommandError(f"there is no job {', '.join(missing)}.")
    return [found[job_id] for job_id in dict.fromkeys(ids)]


def _confirm(count: int) -> None:
    if not sys.stdin.isatty():
        raise _CommandError("say --yes: what is discarded cannot be brought back.")
    if input(f"Forget {count} for good? [y/N] ").strip().lower() not in ("y", "yes"):
        raise _CommandError("you did not say yes.")


def _print_counts(counts: Sequence[OpenCount]) -> None:
    for each in counts:
        due = "-" if each.state == "dead" else f"{each.next_at:%Y-%m-%d %H:%M:%S}"
        print(f"{each.kind}\t{each.state}\t{each.count}\t{due}")
    if not counts:
        print("none")


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
    values = asdict(job)
    width = max(map(len, values)) + 1
    for name, value in values.items():
        text = as_rfc3339(value) if isinstance(value, datetime) else value
        print(f"{name:<{width}}{'-' if text in (None, '') else text}")


def _json(job: JobRecord) -> str:
    return orjson.dumps(job, default=str).decode()


def _sentence(error: Exception) -> str:
    if isinstance(error, DatabaseError):
        # The full text shows statements and, with them, e-mail addresses.

        return "the database is away, or not migrated: ./livelist migrate"
    return str(error)
