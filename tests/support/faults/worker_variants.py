"""What a worker process is made to be before it begins: poisonous, older, slow, or an hour wrong.

Functions of a module, because they are sent to another process.
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
from worker.jobs.context import Handler, JobContext
from worker.jobs.handlers import HANDLERS
from worker.mail import smtp_mailer


class Poison(Job):
    """Takes the process down that does it. Only in these processes a kind at all."""

    kind = "poison"
    # First of what is due, so that it has neighbours.
    priority = Priority.SECURITY


# No worker but a poisoned one knows it, nor does any test that counts kinds.
JOBS.pop(Poison.kind, None)


def poisoned() -> None:
    """Knows the poisonous kind, and aborts over it as a broken C library would."""

    async def abort(context: JobContext, claim: Any, job: Job) -> None:
        os.abort()

    JOBS[Poison.kind] = Poison
    _handlers()[Poison.kind] = Handler(abort)


def older(kind: str) -> None:
    """A version from before that kind."""
    JOBS.pop(kind, None)
    _handlers().pop(kind, None)


def without(kind: str) -> partial[None]:
    """Returns the twist `older`, for that kind."""
    return partial(older, kind)


def impatient() -> None:
    """Waits a second for a mail server's answer, where the real one waits ten."""
    smtp_mailer.REPLY_SECONDS = 1
    smtp_mailer.SEND_SECONDS = 3


def hasty() -> None:
    """Tries again 300 times as soon as the real one: its hour is twelve seconds."""
    retries.FIRST_DELAY_SECONDS = 15 / 300  # type: ignore[assignment]
    retries.MAX_DELAY_SECONDS = 12


def slow(kind: str, seconds: float) -> None:
    """Takes that long over a job of that kind before it does it."""
    handler = HANDLERS[kind]

    async def take_long(context: JobContext, claim: Any, job: Job) -> None:
        await asyncio.sleep(seconds)
        await handler.run(context, claim, job)

    _handlers()[kind] = Handler(take_long, handler.record_outcome)


def slow_at(kind: str, seconds: float) -> partial[None]:
    """Returns the twist `slow`."""
    return partial(slow, kind, seconds)


def wrong_clock(hours: float) -> None:
    """The host's clock is wrong."""

    class Wrong(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> "Wrong":
            return cast("Wrong", datetime.now(tz) + timedelta(hours=hours))

    clock.datetime = Wrong  # type: ignore[attr-defined]


def clock_ahead(hours: float) -> partial[None]:
    """Returns the twist `wrong_clock`."""
    return partial(wrong_clock, hours)


def _handlers() -> MutableMapping[str, Handler]:
    return cast("MutableMapping[str, Handler]", HANDLERS)
