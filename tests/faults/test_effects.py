"""The checker of jobs sees a mail that never came, and one too many, from whichever row it was."""

import pytest

from shared.contract.jobs import SendReminder
from tests.support.faults.effects import Done, effect_of, score
from tests.support.faults.scenarios import Outcome

REMINDER = SendReminder(reminder_id="r1", occurrence=1)


def reminder(job_id: str, occurrence: int = 1, in_doubt_count: int = 0) -> Done:
    return Done(
        job_id, "send_reminder", {"reminder_id": "r1", "occurrence": occurrence}, in_doubt_count
    )  # fmt: skip


@pytest.mark.parametrize(
    ("rows", "mails", "outcome"),
    [
        ([reminder("a")], ["a"], Outcome(1, 1)),
        ([], [], Outcome(1, 0, lost=1)),
        ([reminder("a")], [], Outcome(1, 0, lost=1)),
        ([reminder("a")], ["a", "a"], Outcome(1, 2, duplicated=1)),
        ([reminder("a", in_doubt_count=1)], ["a", "a"], Outcome(1, 2, ambiguous=1)),
        ([reminder("a", in_doubt_count=1)], ["a", "a", "a"], Outcome(1, 3, duplicated=2)),
        ([reminder("a"), reminder("b")], ["a", "b"], Outcome(1, 2, duplicated=1)),
        ([reminder("a"), reminder("b")], ["a"], Outcome(1, 1, duplicated=1)),
        ([reminder("a", in_doubt_count=1), reminder("b")], ["a", "b"], Outcome(1, 2, 0, 1, 0, 1)),
        ([reminder("a"), reminder("b", occurrence=2)], ["a", "b"], Outcome(1, 2, duplicated=1)),
        ([reminder("a")], ["a", "of nobody"], Outcome(1, 2, duplicated=1)),
    ],
)
def test_each_mistake_of_a_reminder_is_counted(
    rows: list[Done], mails: list[str], outcome: Outcome
) -> None:
    assert score([effect_of(REMINDER)], rows, mails) == outcome


@pytest.mark.parametrize(
    ("in_doubt_count", "mails", "outcome"),
    [
        (0, [], Outcome(1, 0, lost=1)),
        (1, [], Outcome(1, 0, ambiguous=1)),
        (1, ["a"], Outcome(1, 1)),
        (1, ["a", "a"], Outcome(1, 2, duplicated=1)),
    ],
)
def test_a_digest_is_missed_in_doubt_and_never_doubled(
    in_doubt_count: int, mails: list[str], outcome: Outcome
) -> None:
    digest = Done("a", "send_digest", {"user_id": "u1", "day": "2026-11-24"}, in_doubt_count)

    assert score([digest.effect], [digest], mails) == outcome
