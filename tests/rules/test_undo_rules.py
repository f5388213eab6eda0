"""What an undo takes back, and the tables of docs/activity.md."""

import re
from pathlib import Path

from shared.access.policy import Action
from shared.activity.reversals import REVERSALS
from shared.activity.rules import UNDO_WINDOW, UNDONE_BY, reverse
from shared.activity.sentences import SENTENCES
from shared.contract.details.activity import Refusal
from shared.contract.events import LIST_EVENTS
from worker.cleanup.event_trimming import EVENT_RETENTION

PAGE = Path("docs/activity.md").read_text()


def test_a_field_goes_back_only_if_it_is_as_the_change_left_it() -> None:
    before, after = (
        {"title": "a", "priority": 1, "due": None},
        {"title": "b", "priority": 2, "due": "x"},
    )

    reversal = reverse(before, after, {"title": "b", "priority": 3, "due": None})

    assert (reversal.values, reversal.conflicts) == ({"title": "a"}, ("priority",))


def test_of_sets_an_undo_takes_back_its_own_part() -> None:
    reversal = reverse({"labels": ["a", "b"]}, {"labels": ["b", "c"]}, {"labels": ["b", "c", "d"]})

    assert (reversal.values, reversal.conflicts) == ({"labels": ["a", "b", "d"]}, ())


def test_the_page_says_of_every_event_whether_it_can_be_undone() -> None:
    rows = dict(re.findall(r"^\| `([a-z_]+\.[a-z_]+)` \| (.+) \|$", PAGE, re.MULTILINE))
    undoable = {event for event, needed in UNDONE_BY.items() if isinstance(needed, Action)}

    assert set(rows) == set(UNDONE_BY) == set(LIST_EVENTS)
    assert {event for event, text in rows.items() if not text.startswith("not ")} == undoable
    assert set(REVERSALS) == undoable


def test_every_refusal_has_a_sentence_and_a_row() -> None:
    rows = re.findall(r"^\| `([a-z_]+)` \|", PAGE, re.MULTILINE)

    assert set(SENTENCES) == set(Refusal)
    assert {row for row in rows if row != "refusal"} == {refusal.value for refusal in Refusal}


def test_events_live_as_long_as_they_can_be_undone() -> None:
    assert EVENT_RETENTION >= UNDO_WINDOW
