"""The pure parts of the command `livelist`: what it reads, and what it prints."""

from datetime import datetime
from typing import Any

import pytest

from livelist_client.cli.output import day_text, printable
from livelist_client.cli.quick_text import QuickText, read_quick_text
from livelist_client.cli.sign_in import checked_url

# A Monday.
NOW = datetime(2026, 11, 30, 10, 0)  # noqa: DTZ001  the local time of the user

# The meanings are those of docs/command-line.md and of quick add in the web client.
CASES: list[tuple[str, str, dict[str, Any]]] = [
    ("Call Ben tomorrow 9", "Call Ben", {"on": "2026-12-01", "at": "09:00"}),
    ("Dentist at 17:00", "Dentist", {"on": "2026-11-30", "at": "17:00"}),
    ("Lunch at 9am", "Lunch", {"on": "2026-12-01", "at": "09:00"}),
    ("Meet on friday at 5", "Meet", {"on": "2026-12-04", "at": "17:00"}),
    ("Meet fri 7:30", "Meet", {"on": "2026-12-04", "at": "07:30"}),
    ("Plan the sprint next friday", "Plan the sprint", {"on": "2026-12-11"}),
    ("Call on monday", "Call", {"on": "2026-12-07"}),
    ("Buy milk today", "Buy milk", {"on": "2026-11-30"}),
    ("Renew passport in 3 days", "Renew passport", {"on": "2026-12-03"}),
    ("Pay 5 dec", "Pay", {"on": "2026-12-05"}),
    ("Pay jan 5", "Pay", {"on": "2027-01-05"}),
    ("Fireworks 31.12.", "Fireworks", {"on": "2026-12-31"}),
    ("Leap 29 feb", "Leap", {"on": "2028-02-29"}),
    ("Ship on the 5th of january 2028 at 7 pm", "Ship", {"on": "2028-01-05", "at": "19:00"}),
    ("Ship 2026-12-24", "Ship", {"on": "2026-12-24"}),
    ("Fix the tap p1 #home", "Fix the tap", {"priority": 5, "labels": ["home"]}),
    ("Buy boxes +house-move !4", "Buy boxes", {"list": "house-move", "priority": 4}),
    ("Look at 3 houses", "Look at 3 houses", {}),
    ("Look at the sun", "Look at the sun", {}),
    ("Room 12", "Room 12", {}),
    ("Ship 2026-02-30", "Ship 2026-02-30", {}),
    ("Read \\tomorrow", "Read tomorrow", {}),
    ("tomorrow", "tomorrow", {}),
    ("#home", "#home", {}),
    ("C# or C++", "C# or C++", {}),
]


@pytest.mark.parametrize(("text", "title", "read"), CASES, ids=[case[0] for case in CASES])
def test_a_text_is_read_as_documented(text: str, title: str, read: dict[str, Any]) -> None:
    found = read_quick_text(text, NOW)

    assert found.title == title
    assert _as_read(found) == read


def _as_read(found: QuickText) -> dict[str, Any]:
    values = {
        "on": found.due_on and found.due_on.isoformat(),
        "at": found.due_time and f"{found.due_time:%H:%M}",
        "priority": found.priority,
        "labels": found.labels,
        "list": found.list_name,
    }
    return {name: value for name, value in values.items() if value}


def test_what_a_terminal_obeys_is_not_printed() -> None:
    assert printable("\x1b[31mred\x9b\n\u202egnirts") == "�[31mred���gnirts"


@pytest.mark.parametrize(("day", "text"), [(29, "yesterday"), (30, "today"), (28, "Sat 28 Nov")])
def test_days_are_named_as_people_say_them(day: int, text: str) -> None:
    assert day_text(NOW.date().replace(day=day), NOW.date()) == text


def test_the_address_of_a_site_is_https_unless_it_says_otherwise() -> None:
    assert checked_url("todo.example.org/", insecure=False) == "https://todo.example.org"
    assert checked_url("http://localhost:8000", insecure=False) == "http://localhost:8000"
    assert checked_url("http://nas:8000", insecure=True) == "http://nas:8000"
