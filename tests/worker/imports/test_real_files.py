"""What real files hold beside titles: days as instants, comments, reminders and positions."""

import json
from typing import Any

import pytest

from shared.contract.interop.imports import ImportKind
from tests.worker.imports.test_hostile_files import pages_of, problems_of, source_of, stage
from worker.imports.items import Options

VIENNA = Options(zone="Europe/Vienna")
CHRISTMAS = {"date": "2026-12-24"}


def fields_of(
    kind: ImportKind, document: Any, options: Options = VIENNA
) -> tuple[dict[str, dict[str, Any]], list[str]]:
    """Return the fields of the todos by title, in their order, and the problems of the file."""
    content = document if isinstance(document, str) else json.dumps(document)
    filled = stage(source_of(content.encode()), kind, options)
    todos = [todo["fields"] for page in pages_of(filled) for todo in page["todos"]]
    return {todo["title"]: todo for todo in todos}, problems_of(filled)


def microsoft(*tasks: dict[str, Any]) -> list[Any]:
    return [{"id": "l", "displayName": "Home", "tasks": list(tasks)}]


@pytest.mark.parametrize(
    ("at", "zone", "of_account"),
    [
        # Midnight in Vienna, for an account of Vienna, and for one of a neighbour.
        ("2026-12-23T23:00:00.0000000", "UTC", "Europe/Vienna"),
        ("2026-12-23T23:00:00.0000000", "UTC", "Europe/London"),
        ("2026-12-23T22:00:00.0000000", "UTC", "Europe/Vienna"),
        ("2026-12-23T23:00:00Z", None, "Europe/Vienna"),
        ("2026-12-24T05:00:00.0000000", "UTC", "America/New_York"),
        ("2026-12-23T15:00:00.0000000", "UTC", "Asia/Tokyo"),
        # A day without a zone, and one in the zone of the file.
        ("2026-12-24T00:00:00.0000000", "UTC", "America/New_York"),
        ("2026-12-24T00:00:00.0000000", "W. Europe Standard Time", "UTC"),
        ("2026-12-24", None, "Asia/Tokyo"),
    ],
)
def test_a_day_of_microsoft_is_midnight_in_the_zone_of_the_account(
    at: str, zone: str | None, of_account: str
) -> None:
    task = {"id": "1", "title": "Milk", "dueDateTime": {"dateTime": at, "timeZone": zone}}

    todos, problems = fields_of(ImportKind.MICROSOFT, microsoft(task), Options(zone=of_account))

    assert (todos["Milk"]["due"], problems) == (CHRISTMAS, [])
