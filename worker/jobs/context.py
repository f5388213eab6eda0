"""What a handler of a job is given, and what the desk expects of one."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from shared.jobs.claims import Claim, LostFence
from shared.resources import Resources
from shared.unit_of_work import UnitOfWork
from worker.mail.mailer import Mailer
from worker.mail.renderer import Letters
from worker.push.sender import PushSender

# The database may restart, or another one take its place, while an effect is to be saved: a mail that was
# sent is known to be sent as long as this goes on. Less than a lease that nobody could renew meanwhile
# (worker/jobs/executor.py).
SAVE_AGAIN_SECONDS = (0.2, 0.5, 1.0, *[2.0] * 10)
_AWAY = (OSError, TimeoutError, PoolTimeout, OperationalError, InterfaceError)
# PostgreSQL's classes: connection lost, rolled back for others, no resources, stopped by an operator
# or a time limit, coming up; and a lock that was not to be had in time. asyncpg raises them bare.
_AWAY_STATES = ("08", "40", "53", "57", "55P03")

log = logging.getLogger(__name__)


def is_away(error: BaseException) -> bool:
    """Tells whether the database is away or overwhelmed: that says nothing of the rows at hand."""
    if isinstance(error, _AWAY):
        return True
    if not isinstance(error, DBAPIError):
        return False
    state = getattr(error.orig, "sqlstate", None) or ""
    return error.connection_invalidated or str(state).startswith(_AWAY_STATES)


@dataclass(frozen=True)
class Tools:
    resources: Resources
    mailer: Mailer
    letters: Letters
    pushes: PushSender


class Unsaved(Exception):
    """The database could not be told. The lease will run out, and another attempt will see."""


async def save(resources: Resources, write: Callable[[UnitOfWork], Awaitable[object]]) -> None:
    """What `write` does is committed, even when the database restarts meanwhile.

    Raises LostFence, and Unsaved when the database stayed away.
    """
    for pause in (*SAVE_AGAIN_SECONDS, None):
        try:
            async with resources.begin() as work:
                await write(work)
        except LostFence:
            raise
        except (SQLAlchemyError, OSError) as error:
            log.warning("not saved yet: %s", type(error).__name__)
        else:
            return
        if pause is not None:
            await asyncio.sleep(pause)
    raise Unsaved


@dataclass(frozen=True)
class Outcome:
    """How an attempt ended, for the handler to write down in the transaction that ends it."""

    state: Literal["retrying", "dead", "cancelled"]
    why: str
    attempt: int = 0
    delay: timedelta = timedelta(0)


async def nothing_to_note(work: UnitOfWork, job: Any, outcome: Outcome) -> None:
    """The world does not show how this kind of job went."""


@dataclass(frozen=True)
class Handler:
    """One kind of job.

    `run` ends with the effect and `claims.finish` committed together, or raises a Failure.
    `note` writes an outcome down; it is called before the job's row is locked, because streams are
    locked before rows.
    """

    run: Callable[[Tools, Claim, Any], Awaitable[None]]
    note: Callable[[UnitOfWork, Any, Outcome], Awaitable[None]] = nothing_to_note
