"""Count the mails that each job was for, and compare the counts with the delivery promise.

An effect is what a job is for, whichever row of the jobs table does it: a message, an occurrence of a
reminder, a day's digest. So the check finds a reminder that fired twice although each of its two jobs
mailed once, and a reminder that never fired although no job exists for it.

    mails    certain    in doubt
    0        lost       lost; for at-most-once kinds in doubt
    1        passed     passed
    2        doubled    in doubt; for at-most-once kinds doubled
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from shared.contract.jobs import Job, SendDigest, SendNotifications, SendReminder
from tests.support.faults.scenarios import Outcome

# For these kinds a duplicate mail is worse than a missing one.
AT_MOST_ONCE_KINDS = frozenset({SendDigest.kind, SendNotifications.kind})


@dataclass(frozen=True)
class JobRecord:
    """The columns of a job row that matter here.

    `in_doubt_count` is the number of hand-overs whose result is unknown.
    """

    id: str
    kind: str
    payload: Mapping[str, Any]
    in_doubt_count: int = 0

    @property
    def effects(self) -> list[str]:
        """The names of the effects that the job is for: equal reminders share a mail."""
        return _effects(self.kind, self.payload)


def effects_of(job: Job) -> list[str]:
    """Return the names of the effects that the job is for."""
    return _effects(job.kind, job.model_dump(mode="json"))


def _effects(kind: str, payload: Mapping[str, Any]) -> list[str]:
    if kind == SendReminder.kind:
        occurrences = SendReminder.model_validate(payload).occurrences
        return [f"{kind} {occurrence}" for occurrence in occurrences]
    return [" ".join([kind, *(str(value) for _, value in sorted(payload.items()))])]


def compare_effects(
    expected: Collection[str], rows: Iterable[JobRecord], mails: Iterable[str]
) -> Outcome:
    """Return the outcome for these effects; `mails` holds the job id of each mail that arrived."""
    jobs: defaultdict[str, list[JobRecord]] = defaultdict(list)
    effects: dict[str, list[str]] = {}
    for row in rows:
        effects[row.id] = row.effects
        for effect in row.effects:
            jobs[effect].append(row)
    arrived = Counter(effect for job_id in mails for effect in effects.get(job_id, [job_id]))
    outcome = Outcome(len(expected), arrived.total())
    for effect in expected:
        outcome += _compare_effect(effect.split()[0], jobs[effect], arrived[effect])
    unexpected = sum(count for effect, count in arrived.items() if effect not in set(expected))
    return outcome + Outcome(duplicated=unexpected)


def _compare_effect(kind: str, jobs: list[JobRecord], mails: int) -> Outcome:
    is_in_doubt = any(job.in_doubt_count for job in jobs)
    # A second row for the same effect may mail again at any time, whatever it did so far.
    extra_rows = max(0, len(jobs) - 1)
    if mails == 0 and is_in_doubt and kind in AT_MOST_ONCE_KINDS:
        return Outcome(duplicated=extra_rows, in_doubt=1)
    if mails == 2 and is_in_doubt and kind not in AT_MOST_ONCE_KINDS:
        return Outcome(duplicated=extra_rows, in_doubt=1)
    return Outcome(lost=int(mails == 0), duplicated=max(extra_rows, mails - 1))
