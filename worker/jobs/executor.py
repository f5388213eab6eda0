"""The desk: at most so many jobs at once, each claimed and held by heartbeats.

    arq's hint ─→ run_job ─→ desk.hint() ─┐
    sweep (≤ 1 s, or the next due row) ───┴→ claim_due ─→ desk.start(claim) ─→ Runner ─→ end

A hint wakes the sweeper and nothing more: what is claimed, and in which order, is decided by the
table. So the same hint fifty times, or none, comes to the same effects.
"""

import asyncio
import logging
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from shared.cancellation import within
from shared.clock import monotonic
from shared.contract.jobs import SendPush
from shared.ids import JobId
from shared.jobs import claims
from shared.jobs.claims import Claim
from worker.jobs.runner import Runner
from worker.liveness import Presence

# Sending is waiting: ten connections keep a mail server busy and a small one unharmed.
SLOTS = 10
# Whoever subscribes names the service, and one that never answers holds a slot for 15 s each time: so
# many of them at once, and the rest is for everything else. Half, because so many are claimed at a time.
PUSH_SLOTS = SLOTS // 2
# Of the lease: a worker that cannot reach the database gives up before another one takes over.
GIVE_UP_SECONDS = claims.LEASE_SECONDS - 5
# One heartbeat. With this, and the pause after one that failed, a database that hangs is asked several
# times before the above, and it is kept.
RENEW_SECONDS = 4
# Of a worker that stops; whoever is not told of its leaving misses it after 35 s.
LEAVE_SECONDS = 1

log = logging.getLogger(__name__)


@dataclass
class _Running:
    claim: Claim
    task: asyncio.Task[None]
    held_at: float
    is_lost: bool = False


class Desk:
    """Owns the tasks of the jobs under way."""

    def __init__(self, runner: Runner, *, slots: int = SLOTS) -> None:
        self.runner = runner
        self.resources = runner.tools.resources
        self.woken = asyncio.Event()
        self.is_closing = False
        self._presence = Presence()
        self._slots = slots
        self._running: dict[JobId, _Running] = {}

    @property
    def id(self) -> str:
        """Of this worker process."""
        return self._presence.id

    @property
    def free(self) -> int:
        # A suspect has the desk for itself.
        if self.is_closing or any(one.claim.is_suspect for one in self._running.values()):
            return 0
        return self._slots - len(self._running)

    @property
    def free_for_pushes(self) -> int:
        """How many of the free slots may be taken by pushes."""
        pushing = sum(one.claim.kind == SendPush.kind for one in self._running.values())
        return max(0, min(self.free, PUSH_SLOTS - pushing))

    @property
    def tasks(self) -> list[asyncio.Task[None]]:
        """Of the jobs under way."""
        return [one.task for one in self._running.values()]

    def hint(self) -> None:
        """The sweeper looks now."""
        self.woken.set()

    def start(self, claim: Claim) -> None:
        """The claimed job is under way."""
        running = _Running(
            claim,
            asyncio.create_task(self._perform(claim), name=f"{claim.kind} {claim.id}"),
            monotonic(),
        )
        self._running[claim.id] = running
        running.task.add_done_callback(lambda _: self._forget(running))

    def _forget(self, running: _Running) -> None:
        # A job given back may be under way again already, under another fence.
        if self._running.get(running.claim.id) is running:
            del self._running[running.claim.id]
        # Half the slots at a time: a claim for each costs as much as its mail.
        if len(self._running) <= self._slots // 2:
            self.woken.set()

    async def _perform(self, claim: Claim) -> None:
        await self.runner.perform(claim, is_lost=lambda: self._running[claim.id].is_lost)

    def close(self) -> None:
        """Nothing more is claimed."""
        self.is_closing = True
        self.woken.set()

    async def drain(self, seconds: float) -> None:
        """Nothing is under way any more. Jobs not done in time are queued as if never claimed."""
        self.close()
        if self.tasks:
            _, late = await asyncio.wait(self.tasks, timeout=seconds)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def leave(self) -> None:
        """Health checks do not expect this worker any more."""

        async def note() -> None:
            async with self.resources.begin() as work:
                await self._presence.leave(work)

        with suppress(SQLAlchemyError, OSError, TimeoutError):
            await within(LEAVE_SECONDS, note())

    async def renew(self) -> bool:
        """The leases of the jobs under way are new; those that were lost are cancelled.

        Tells whether the database answered.
        """
        running, asked_at, is_renewed = list(self._running.values()), monotonic(), True
        try:
            held = await within(RENEW_SECONDS, self._hold([one.claim for one in running]))
        except (SQLAlchemyError, OSError, TimeoutError) as error:
            # Whatever hinders the database, the leases go on running out.
            log.warning("leases not renewed: %s", type(error).__name__)
            is_renewed = False
            held = {one.claim.id for one in running if monotonic() - one.held_at < GIVE_UP_SECONDS}
        else:
            for one in running:
                one.held_at = asked_at
        for one in running:
            if one.claim.id not in held and not one.task.done():
                one.is_lost = True
                one.task.cancel()
        return is_renewed

    async def _hold(self, held: list[Claim]) -> set[JobId]:
        async with self.resources.begin() as work:
            await self._presence.note(work)
            return await claims.hold(work, held)


async def run_job(ctx: dict[Any, Any], job_id: str) -> None:
    """The one function arq knows, for ever: somebody added a job, so look."""
    desk: Desk = ctx["desk"]
    desk.hint()
