"""The check of job effects detects missing and duplicate mails, whichever row sent them."""

import pytest

from shared.contract.jobs import SendReminder
from tests.support.faults.effects import JobRecord, compare_effects, effects_of
from tests.support.faults.scenarios import Outcome

REMINDER = SendReminder(reminder_id="r1", occurrence=1)


def reminder(job_id: str, occurrence: int = 1, in_doubt_count: int = 0) -> JobRecord:
    return JobRecord(
        job_id, "send_reminder", {"reminder_id": "r1", "occurrence": occurrence}, in_doubt_count
    )  # fmt: skip


@pytest.mark.parametrize(
    ("rows", "mails", "outcome"),
    [
        ([reminder("a")], ["a"], Outcome(1, 1)),
        ([], [], Outcome(1, 0, lost=1)),
        ([reminder("a")], [], Outcome(1, 0, lost=1)),
        ([reminder("a")], ["a", "a"], Outcome(1, 2, duplicated=1)),
        ([reminder("a", in_doubt_count=1)], ["a", "a"], Outcome(1, 2, in_doubt=1)),
        ([reminder("a", in_doubt_count=1)], ["a", "a", "a"], Outcome(1, 3, duplicated=2)),
        ([reminder("a"), reminder("b")], ["a", "b"], Outcome(1, 2, duplicated=1)),
        ([reminder("a"), reminder("b")], ["a"], Outcome(1, 1, duplicated=1)),
        ([reminder("a", in_doubt_count=1), reminder("b")], ["a", "b"], Outcome(1, 2, 0, 1, 0, 1)),
        ([reminder("a"), reminder("b", occurrence=2)], ["a", "b"], Outcome(1, 2, duplicated=1)),
        ([reminder("a")], ["a", "unknown job"], Outcome(1, 2, duplicated=1)),
    ],
)
def test_missing_and_duplicate_reminders_are_counted(
    rows: list[JobRecord], mails: list[str], outcome: Outcome
) -> None:
    assert compare_effects(effects_of(REMINDER), rows, mails) == outcome


@pytest.mark.parametrize(
    ("in_doubt_count", "mails", "outcome"),
    [
        (0, [], Outcome(1, 0, lost=1)),
        (1, [], Outcome(1, 0, in_doubt=1)),
        (1, ["a"], Outcome(1, 1)),
        (1, ["a", "a"], Outcome(1, 2, duplicated=1)),
    ],
)
def test_a_digest_may_be_missing_if_in_doubt_and_never_doubled(
    in_doubt_count: int, mails: list[str], outcome: Outcome
) -> None:
    digest = JobRecord("a", "send_digest", {"user_id": "u1", "day": "2026-11-24"}, in_doubt_count)

    assert compare_effects(digest.effects, [digest], mails) == outcome


def test_one_mail_is_enough_for_equal_reminders() -> None:
    payload = {"reminder_id": "r1", "occurrence": 1, "equal": ["r2:4"]}
    expected = [*effects_of(REMINDER), *effects_of(SendReminder(reminder_id="r2", occurrence=4))]

    both = JobRecord("a", "send_reminder", payload)

    assert compare_effects(expected, [both], ["a"]) == Outcome(2, 2)
    assert compare_effects(expected, [both], []) == Outcome(2, 0, lost=2)
