"""Compose mails and record them as sent, in one transaction each for all that are due together.

    compose       the data still wants the mails → messages; state `sending`
    record_sent   their effects, and state `done`

A batch that fails, through one of its mails or through the database, is done again mail by mail. So
one mail that cannot be composed or recorded delays no other.
"""

import math
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from shared import failpoints, metrics
from shared.accounts.bounces import find_suppressed
from shared.clock import monotonic
from shared.contract.jobs import Job
from shared.ids import JobId, StreamId
from shared.jobs import claims, mail_status
from shared.jobs.claims import Claim, LeaseLost
from shared.jobs.retries import Obsolete
from shared.resources import Resources
from shared.unit_of_work import UnitOfWork
from worker.jobs.batcher import Batcher, BatchFailed
from worker.jobs.saving import save_with_retries
from worker.mail.renderer import EmailMessage, EmailRenderer

# A busy worker sends hundreds of mails a second, which would all write the same row.
SENT_INTERVAL_SECONDS = 10
# Why a mail to an address on the suppression list is obsolete.
SUPPRESSED = "suppressed: the mail server there refuses this address"


@dataclass(frozen=True)
class ComposedEmail:
    """A mail, and the stream on which `record_sent` records events."""

    email: EmailMessage
    stream: StreamId | None = None


@dataclass(frozen=True)
class EmailKind:
    """How one kind of mail is composed and recorded, for several jobs of the kind together.

    `compose` reads the data again and returns a mail for each job, or why the mail is obsolete.
    `record_sent` is committed together with `done`; the streams of the mails are locked.
    `ignore_suppression` sends even to an address that rejected mail.
    """

    compose: Callable[
        [UnitOfWork, EmailRenderer, Sequence[Any]], Awaitable[Sequence[ComposedEmail | Obsolete]]
    ]
    record_sent: Callable[[UnitOfWork, Sequence[Any]], Awaitable[None]]
    ignore_suppression: bool


@dataclass(frozen=True)
class ClaimedEmail:
    """A claimed job that sends a mail."""

    kind: EmailKind
    claim: Claim
    job: Job


class _StreamLocked(Exception):
    """Another transaction has locked the stream. The mail is recorded alone, when the lock is free."""


# What happened to one mail of a batch. An exception is raised in the mail's own task.
_Composed = ComposedEmail | Obsolete | LeaseLost
_Recorded = LeaseLost | _StreamLocked | None


class EmailBatches:
    """Join the transactions of mails that are sent at about the same time."""

    def __init__(self, resources: Resources, renderer: EmailRenderer) -> None:
        self._resources = resources
        self._renderer = renderer
        self._transfers = 0
        # When it was last recorded of a kind that a mail was sent (monotonic).
        self._sent_recorded_at: dict[str, float] = {}
        self._composing: Batcher[ClaimedEmail, _Composed] = Batcher(self._compose_batch)
        self._recording: Batcher[tuple[ClaimedEmail, ComposedEmail], _Recorded] = Batcher(
            self._record_batch, is_more_expected=lambda: self._transfers > 0
        )

    async def compose(self, mail: ClaimedEmail) -> ComposedEmail:
        """Return the mail, after its job's state `sending` is committed. Raise Obsolete, LeaseLost."""
        try:
            composed = await self._composing.submit(mail)
        except BatchFailed:
            [composed] = await self._compose_batch([mail])
        if isinstance(composed, Exception):
            raise composed
        return composed

    @contextmanager
    def transfer(self) -> Iterator[None]:
        """Count a mail that is being handed over: a batch of sent mails waits for it a moment."""
        self._transfers += 1
        try:
            yield
        finally:
            self._transfers -= 1

    async def record_sent(self, mail: ClaimedEmail, composed: ComposedEmail) -> None:
        """Record the effects of a sent mail and end its job. Raise LeaseLost, SaveFailed."""
        recorded: _Recorded = None
        try:
            recorded = await self._recording.submit((mail, composed))
        except BatchFailed:
            recorded = _StreamLocked()
        if isinstance(recorded, _StreamLocked):
            await save_with_retries(
                self._resources, lambda work: self._record_alone(work, mail, composed)
            )
        elif recorded is not None:
            raise recorded

    async def _compose_batch(self, mails: Sequence[ClaimedEmail]) -> list[_Composed]:
        async with self._resources.begin() as work:
            results: dict[JobId, _Composed] = {}
            for kind, group in _by_kind(mails).items():
                jobs = [mail.job for mail in group]
                composed = await kind.compose(work, self._renderer, jobs)
                results |= {m.claim.id: one for m, one in zip(group, composed, strict=True)}
            await _remove_suppressed(work, mails, results)
            wanted = [m.claim for m in mails if isinstance(results[m.claim.id], ComposedEmail)]
            kept = await claims.mark_sending(work, wanted)
            results |= {claim.id: LeaseLost(claim.id) for claim in wanted if claim.id not in kept}
        return [results[mail.claim.id] for mail in mails]

    async def _record_batch(
        self, sent: Sequence[tuple[ClaimedEmail, ComposedEmail]]
    ) -> list[_Recorded]:
        async with self._resources.begin() as work:
            streams = {composed.stream for _, composed in sent if composed.stream is not None}
            locked = await work.lock_streams(streams, skip_locked=True)
            mails = [
                mail
                for mail, composed in sent
                if composed.stream is None or composed.stream in locked
            ]
            recorded = await self._record(work, mails)
        return [recorded.get(mail.claim.id, _StreamLocked()) for mail, _ in sent]

    async def _record_alone(
        self, work: UnitOfWork, mail: ClaimedEmail, composed: ComposedEmail
    ) -> None:
        if composed.stream is not None:
            await work.lock_streams([composed.stream])
        if (lost := (await self._record(work, [mail]))[mail.claim.id]) is not None:
            raise lost

    async def _record(
        self, work: UnitOfWork, mails: Sequence[ClaimedEmail]
    ) -> dict[JobId, LeaseLost | None]:
        recorded = await _record(work, mails)
        now = monotonic()
        kinds = {mail.claim.kind for mail in mails}
        due = {
            kind
            for kind in kinds
            if now - self._sent_recorded_at.get(kind, -math.inf) > SENT_INTERVAL_SECONDS
        }
        mail_status.record_sent(work, due)
        # A failure may have been recorded meanwhile, here or by another worker.
        mail_status.end_failures(work, kinds - due)
        self._sent_recorded_at |= dict.fromkeys(due, now)
        return recorded


async def _record(work: UnitOfWork, mails: Sequence[ClaimedEmail]) -> dict[JobId, LeaseLost | None]:
    """Record these mails, whose streams are locked; return by job which lost their leases."""
    kept = await claims.finish_done(work, [mail.claim for mail in mails])
    finished = [mail for mail in mails if mail.claim.id in kept]
    for kind, group in _by_kind(finished).items():
        await kind.record_sent(work, [mail.job for mail in group])
    for _ in finished:
        await failpoints.reach("effect_unsaved")
    return {m.claim.id: None if m.claim.id in kept else LeaseLost(m.claim.id) for m in mails}


async def _remove_suppressed(
    work: UnitOfWork, mails: Sequence[ClaimedEmail], results: dict[JobId, _Composed]
) -> None:
    """Replace mails to addresses on the suppression list by Obsolete."""
    checked = [
        (mail, composed.email.to)
        for mail in mails
        if not mail.kind.ignore_suppression
        and isinstance(composed := results[mail.claim.id], ComposedEmail)
    ]
    suppressed = await find_suppressed(work, [address for _, address in checked])
    for mail, address in checked:
        if address in suppressed:
            metrics.mail_suppressed.labels(mail.claim.kind).inc()
            results[mail.claim.id] = Obsolete(SUPPRESSED)


def _by_kind(mails: Sequence[ClaimedEmail]) -> dict[EmailKind, list[ClaimedEmail]]:
    groups: dict[EmailKind, list[ClaimedEmail]] = {}
    for mail in mails:
        groups.setdefault(mail.kind, []).append(mail)
    return groups
