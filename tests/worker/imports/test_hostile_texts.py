"""Texts that are long, or repeat what belongs in a file once: read in little time, with few notes."""

import time
from datetime import UTC, datetime

import orjson
import pytest

from shared.contract.interop.imports import ImportKind
from shared.reminders.rules import MAX_REMINDERS_PER_TODO
from tests.worker.imports.test_hostile_files import source_of
from worker.html_text import MAX_HTML
from worker.imports import kinds, staged_order
from worker.imports.fields import reminders_or_notes
from worker.imports.items import (
    FileRefused,
    ImportedComment,
    ImportedList,
    ImportedPlace,
    ImportedTodo,
    Item,
    Options,
)
from worker.imports.staging import Staging

SPACES = " " * 40_000
TODOIST = "TYPE,CONTENT,AUTHOR\ntask,Milk,\nnote,Fresh,{}\n"
TICKTICK = "List Name,Title,Status,Kind,Content\nHome,Milk,0,CHECKLIST,{}\n"


def read(content: str, name: str, kind: ImportKind) -> list[Item]:
    source = source_of(content.encode(), name)
    return list(kinds.reader_of(source, kind)(source, Options(user_id="me")))


@pytest.mark.parametrize(
    ("content", "name", "kind"),
    [
        (TODOIST.format(f"A{SPACES}b"), "Home.csv", ImportKind.TODOIST),
        ("TYPE,CONTENT\n", f"A{SPACES}b.csv", ImportKind.TODOIST),
        (TICKTICK.format(f"a{SPACES}b"), "ticktick.csv", ImportKind.TICKTICK),
        (f"# a{SPACES}b", "a.md", ImportKind.MARKDOWN),
        (f"- [ ] a{SPACES}b", "a.md", ImportKind.MARKDOWN),
    ],
)
def test_white_space_takes_no_time(content: str, name: str, kind: ImportKind) -> None:
    begun = time.perf_counter()

    read(content, name, kind)

    assert time.perf_counter() - begun < 1


def test_what_white_space_surrounds_is_found() -> None:
    ticktick = read(TICKTICK.format("First  ▪ Milk ▫Bread  ▫  "), "t.csv", ImportKind.TICKTICK)
    markdown = read(
        "# Home  ##\n- [ ] a   📅 2026-12-24 b\n# ##\n- [ ] c", "a.md", ImportKind.MARKDOWN
    )

    [todo] = (item for item in ticktick if isinstance(item, ImportedTodo))
    assert todo.description == "First\n- [x] Milk\n- [ ] Bread\n- [ ]"
    assert [item.name for item in markdown if isinstance(item, ImportedList)] == ["Home", "##"]
    assert [item.title for item in markdown if isinstance(item, ImportedTodo)] == ["a b", "c"]


@pytest.mark.parametrize(
    ("author", "author_id", "name"),
    [("Ana  (14781400)", "", "Ana"), ("(14781400)", "", ""), ("", "me", "")],
)
def test_a_comment_is_of_the_importer_only_if_the_file_names_nobody(
    author: str, author_id: str, name: str
) -> None:
    items = read(TODOIST.format(author), "Home.csv", ImportKind.TODOIST)

    [comment] = (item for item in items if isinstance(item, ImportedComment))
    assert (comment.author_id, comment.author_name) == (author_id, name)


def places(filled: Staging, todos: int, count: int) -> None:
    filled.fill(
        [
            ImportedList("l", "Home"),
            *(ImportedTodo(list_key="l", ref="1", title=f"Todo {n}", line=n) for n in range(todos)),
            *(ImportedPlace("l", "1", float(n)) for n in range(count)),
        ]
    )


def test_many_places_of_many_todos_with_one_reference_take_no_time() -> None:
    begun = time.perf_counter()

    places(Staging(ImportKind.VIKUNJA), 8000, 8000)

    assert time.perf_counter() - begun < 5


def test_more_places_than_a_file_may_hold_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(staged_order, "MAX_PLACES", 10)

    places(Staging(ImportKind.VIKUNJA), 1, 10)
    with pytest.raises(FileRefused, match="more than 10 places of todos"):
        places(Staging(ImportKind.VIKUNJA), 1, 11)


def test_reminders_are_as_many_as_a_todo_may_have_with_one_note() -> None:
    notes: list[str] = []
    wanted = [{"minutes_before": n // 2} for n in range(MAX_REMINDERS_PER_TODO * 2)]

    assert len(reminders_or_notes(wanted, notes)) == MAX_REMINDERS_PER_TODO
    assert notes == []
    more = [*wanted, {"minutes_before": 999}, None, None]
    assert len(reminders_or_notes(more, notes)) == MAX_REMINDERS_PER_TODO
    assert notes == ["Its reminder was left out."]


def test_long_html_is_cut_and_that_is_said() -> None:
    html = f"<p>{'a ' * (MAX_HTML // 2)}</p>"
    task = {"id": 1, "title": "Milk", "description": html, "comments": [{"comment": html}]}
    vikunja = read(
        orjson.dumps([{"id": 1, "title": "Home", "tasks": [task]}]).decode(),
        "data.json",
        ImportKind.VIKUNJA,
    )
    microsoft = read(
        orjson.dumps(
            [{"id": "l", "displayName": "Home", "tasks": [
                {"id": "t", "title": "Milk", "body": {"contentType": "html", "content": html}}
            ]}]
        ).decode(),
        "microsoft.json",
        ImportKind.MICROSOFT,
    )  # fmt: skip

    said = "A text was shortened before it was converted: it is too long."
    for items in (vikunja, microsoft):
        [todo] = (item for item in items if isinstance(item, ImportedTodo))
        assert todo.notes == (said,)
        assert 0 < len(todo.description) < MAX_HTML
    assert [item.text for item in vikunja if hasattr(item, "text")] == [said]


@pytest.mark.parametrize(
    ("zone", "instant"),
    [
        ("W. Europe Standard Time", datetime(2026, 12, 24, 8, tzinfo=UTC)),
        ("Europe/Berlin", datetime(2026, 12, 24, 8, tzinfo=UTC)),
        ("UTC", datetime(2026, 12, 24, 9, tzinfo=UTC)),
        ("Mars Standard Time", None),
    ],
)
def test_instants_of_microsoft_are_in_zones_with_the_names_of_windows(
    zone: str, instant: datetime | None
) -> None:
    at = {"dateTime": "2026-12-24T09:00:00.0000000", "timeZone": zone}
    tasks = [
        {"id": "1", "title": "a", "reminderDateTime": at},
        {"id": "2", "title": "b", "status": "completed", "completedDateTime": at},
    ]
    content = orjson.dumps([{"id": "l", "displayName": "Home", "tasks": tasks}]).decode()

    items = read(content, "microsoft.json", ImportKind.MICROSOFT)

    first, second = (item for item in items if isinstance(item, ImportedTodo))
    assert [each.at for each in first.reminders] == ([instant] if instant else [])
    assert second.completed_at == instant
    assert len(first.notes) == len(second.notes) == (0 if instant else 1)
