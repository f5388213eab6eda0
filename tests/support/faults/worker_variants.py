"""Changes made to a worker process before it starts: a poison job, an older version, a wrong clock.

They are functions of a module, because they are pickled and sent to the fork server.
"""

import asyncio
import os
from collections.abc import MutableMapping
from datetime import datetime, timedelta, tzinfo
from functools import partial
from typing import Any, cast

from shared import clock
from shared.contract.jobs import JOBS, Job, Priority
from shared.jobs import retries
from worker import main
from worker.jobs import sweeper
from worker.jobs.context import Handler, JobContext
from worker.jobs.handlers import HANDLERS
from worker.mail import smtp_mailer
from worker.webhooks import sender


class Poison(Job):
    """A job that aborts the process that runs it. Only workers with `know_poison` know the kind."""

    kind = "poison"
    # Claimed first, so that it runs beside other jobs.
    priority = Priority.SECURITY


# Subclassing Job registered it. Other workers, and tests that list the kinds, must not see it.
JOBS.pop(Poison.kind, None)


def know_poison() -> None:
    """Add the poison kind, whose handler aborts as a broken C library would."""

    async def abort(context: JobContext, claim: Any, job: Job) -> None:
        os.abort()

    JOBS[Poison.kind] = Poison
    _handlers()[Poison.kind] = Handler(abort)


def forget_kind(kind: str) -> None:
    """Remove the kind, as in a version from before it existed."""
    JOBS.pop(kind, None)
    _handlers().pop(kind, None)


def without_kind(kind: str) -> partial[None]:
    """Return `forget_kind` for that kind."""
    return partial(forget_kind, kind)


def shorten_smtp_timeout() -> None:
    """Wait one second for an answer of the mail server instead of ten."""
    smtp_mailer.REPLY_SECONDS = 1
    smtp_mailer.SEND_SECONDS = 3


def sweep_once_an_hour() -> None:
    """Act on wake-ups alone, once the worker listens for them."""
    sweeper.MAX_PAUSE_SECONDS = 3600


def shorten_webhook_timeout() -> None:
    """Wait half a second for the answer of a receiver of webhooks instead of ten."""
    sender.TOTAL_SECONDS = 0.5  # type: ignore[assignment]


def shorten_heartbeats() -> None:
    """Send a heartbeat ten times a second."""
    main.HEARTBEAT_SECONDS = 0.1  # type: ignore[assignment, attr-defined]


def shorten_retries() -> None:
    """Divide the retry delays by 300, so that an hour becomes twelve seconds."""
    retries.FIRST_DELAY_SECONDS = 15 / 300  # type: ignore[assignment]
    retries.MAX_DELAY_SECONDS = 12


def delay_kind(kind: str, seconds: float) -> None:
    """Wait that long before running each job of the kind."""
    handler = HANDLERS[kind]

    async def run_later(context: JobContext, claim: Any, job: Job) -> None:
        await asyncio.sleep(seconds)
        await handler.run(context, claim, job)

    _handlers()[kind] = Handler(run_later, handler.record_outcome)


def with_delayed_kind(kind: str, seconds: float) -> partial[None]:
    """Return `delay_kind` for that kind."""
    return partial(delay_kind, kind, seconds)


def shift_clock(hours: float) -> None:
    """Set the clock of this process ahead by that many hours; negative is behind."""

    class ShiftedDatetime(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> "ShiftedDatetime":
            return cast("ShiftedDatetime", datetime.now(tz) + timedelta(hours=hours))

    clock.datetime = ShiftedDatetime  # type: ignore[attr-defined]


def with_shifted_clock(hours: float) -> partial[None]:
    """Return `shift_clock` for that number of hours."""
    return partial(shift_clock, hours)


def _handlers() -> MutableMapping[str, Handler]:
    return cast("MutableMapping[str, Handler]", HANDLERS)
