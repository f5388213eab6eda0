"""What a mail is the effect of, and whether each effect came as often as was promised.

An effect is what a job is for, whichever row does it: a message, an occurrence of a reminder, a day's
digest. So a reminder that fired twice is seen, though each of its two jobs mailed once; and one that
never fired is missed, though there is no job to say so.

    mails    no doubt    in doubt
    0        lost        lost; of the kinds where twice is worse than never, ambiguous
    1        kept        kept
    2        doubled     ambiguous; of the kinds where twice is worse than never, doubled
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from shared.contract.jobs import Job, SendDigest, SendNotifications
from tests.support.faults.scenarios import Outcome

AT_MOST_ONCE_KINDS = frozenset({SendDigest.kind, SendNotifications.kind})


@dataclass(frozen=True)
class Done:
    """A row of the table, as far as it tells about its effect; `in_doubt_count`: times nobody could know."""

    id: str
    kind: str
    payload: Mapping[str, Any]
    in_doubt_count: int = 0

    @property
    def effect(self) -> str:
        return _effect(self.kind, self.payload)


def effect_of(job: Job) -> str:
    """Returns the name of what a job is for."""
    return _effect(job.kind, job.model_dump(mode="json"))


def _effect(kind: str, payload: Mapping[str, Any]) -> str:
    return " ".join([kind, *(str(value) for _, value in sorted(payload.items()))])


def score(expected: Collection[str], rows: Iterable[Done], mails: Iterable[str]) -> Outcome:
    """Returns the outcome of these effects; `mails` are the ids of the jobs that each was sent by."""
    jobs: defaultdict[str, list[Done]] = defaultdict(list)
    effects: dict[str, str] = {}
    for row in rows:
        effects[row.id] = row.effect
        jobs[row.effect].append(row)
    came = Counter(effects.get(one, one) for one in mails)
    outcome = Outcome(len(expected), came.total())
    for effect in expected:
        outcome += _score_one(effect.split()[0], jobs[effect], came[effect])
    unwanted = sum(count for effect, count in came.items() if effect not in set(expected))
    return outcome + Outcome(duplicated=unwanted)


def _score_one(kind: str, jobs: list[Done], mails: int) -> Outcome:
    in_doubt = any(job.in_doubt_count for job in jobs)
    # One row too many may mail again any time, whatever it did here.
    more = max(0, len(jobs) - 1)
    if mails == 0 and in_doubt and kind in AT_MOST_ONCE_KINDS:
        return Outcome(duplicated=more, ambiguous=1)
    if mails == 2 and in_doubt and kind not in AT_MOST_ONCE_KINDS:
        return Outcome(duplicated=more, ambiguous=1)
    return Outcome(lost=int(mails == 0), duplicated=max(more, mails - 1))
