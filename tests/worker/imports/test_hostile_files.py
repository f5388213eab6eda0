"""Hostile and damaged files: refused in a sentence, or read without their broken parts, in bounded memory."""

import io
import tracemalloc
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import IO, Any

import orjson
import pytest

from shared.contract.interop.imports import ImportKind
from worker.imports import archive, kinds, staging
from worker.imports.items import FileRefused, ImportedList, ImportedTodo, Options
from worker.imports.json_walker import END, MAX_DEPTH, walk
from worker.imports.source import Source
from worker.imports.staging import Staging

MEBIBYTE = 1024 * 1024


def source_of(content: bytes, name: str = "file") -> Source:
    return Source(name, lambda: io.BytesIO(content))


def stage(
    source: Source, kind: ImportKind | None = None, options: Options | None = None
) -> Staging:
    kind, options = kind or kinds.detect(source), options or Options()
    filled = Staging(kind, options)
    filled.fill(kinds.reader_of(source, kind)(source, options))
    return filled


def problems_of(filled: Staging) -> list[str]:
    return [problem.text for problem in filled.problems]


def pages_of(filled: Staging) -> list[dict[str, Any]]:
    return [orjson.loads(page) for page in filled.pages()]


def zip_of(*members: tuple[str, bytes]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in members:
            file.writestr(name, data)
    return content.getvalue()


def todo_of(ref: str, parent: str | None = None) -> ImportedTodo:
    return ImportedTodo(
        list_key="l", ref=ref, key=ref, parent_ref=parent, title=f"Todo {ref}", line=int(ref)
    )


class Generated(io.RawIOBase):
    """A file whose bytes are made while it is read."""

    def __init__(self, lines: Iterator[bytes]) -> None:
        self._lines = lines
        self._rest = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        while len(self._rest) < len(buffer) and (line := next(self._lines, None)) is not None:
            self._rest += line
        part, self._rest = self._rest[: len(buffer)], self._rest[len(buffer) :]
        buffer[: len(part)] = part
        return len(part)


def generated(lines: Callable[[], Iterator[bytes]]) -> Callable[[], IO[bytes]]:
    return lambda: io.BufferedReader(Generated(lines()), MEBIBYTE)


def test_a_zip_bomb_is_refused_before_it_is_unpacked() -> None:
    bomb = zip_of(("Home.csv", b"0" * (100 * MEBIBYTE)))

    tracemalloc.start()
    with pytest.raises(FileRefused, match="packed more densely"):
        kinds.detect(source_of(bomb))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert peak < 2 * MEBIBYTE


def test_an_entry_that_lies_about_its_size_gives_no_more_bytes() -> None:
    honest = bytearray(zip_of(("Home.csv", b"TYPE,CONTENT\n" + b"task,Milk\n" * 200_000)))
    # The size in the central directory, which readers go by.
    central = honest.index(b"PK\x01\x02")
    honest[central + 24 : central + 28] = (100).to_bytes(4, "little")

    (member,) = archive.members(source_of(bytes(honest)))
    with closing(member.open()) as file, pytest.raises(zipfile.BadZipFile):
        assert len(file.read(1000)) <= 100


@pytest.mark.parametrize(
    "content",
    [
        b"PK\x03\x04 and then nothing",
        zip_of(("readme.txt", b"Hello")),
        zip_of(*((f"{number}.csv", b"") for number in range(archive.MAX_MEMBERS + 1))),
        zip_of(("inner.zip", zip_of(("Home.csv", b"TYPE,CONTENT\n")))),
        b"\x89PNG\r\n\x1a\n" + bytes(1000),
        b"%PDF-1.7 binary",
        b"",
        b'{"some": "json"}',
        b'{"format":"livelist-lists/2","lists":[]}',
    ],
)
def test_what_is_no_file_of_todos_is_refused_in_a_sentence(content: bytes) -> None:
    with pytest.raises(FileRefused) as refused:
        stage(source_of(content))

    assert refused.value.sentence.endswith(".")


@pytest.mark.parametrize(
    "content",
    [
        b'{"format":"livelist-lists/1","lists":[{"name":"x","todos":[{"title":"open"',
        b'{"format":"livelist-lists/1","lists":[{"name":"x","todos":[{"title":"a}]}]}',
        b'{"format":"livelist-lists/1","lists":[{"name":"x","todos":['
        + b"[" * 1000
        + b"]" * 1000
        + b"]}]}",
        b'{"format":"livelist-lists/1",' + b'"lists":[{"a":' * 5000,
        b'{"format":"livelist-lists/1","lists":{"*":{"todos":{"*":1}}}',
        b'{"format":"livelist-lists/1"',
    ],
)
def test_json_that_breaks_off_or_nests_too_deep_is_refused(content: bytes) -> None:
    with pytest.raises(FileRefused):
        stage(source_of(content))


@pytest.mark.parametrize("size", range(1, 40))
def test_json_is_read_alike_however_the_file_is_cut(
    size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = b'{"a" : [ {"b": "x\\"]}"} ,12, null,"\xc3\xa9", [] ],\n "c": {"d": -1.5e3 }}'
    monkeypatch.setattr("worker.imports.json_walker.READ_BYTES", size)

    values = list(walk(source_of(content), ((), ("a",), ("c",))))

    assert [(path, value) for path, _, value in values if value is not END] == [
        (("a", "*"), {"b": 'x"]}'}), (("a", "*"), 12), (("a", "*"), None), (("a", "*"), "é"),
        (("a", "*"), []), (("c", "d"), -1500.0),
    ]  # fmt: skip
    assert values[-1].line == 1


def test_a_million_rows_are_refused_in_bounded_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    # A tenth of the limit, for the time it takes.
    monkeypatch.setattr(staging, "MAX_TODOS", 20_000)
    rows = generated(lambda: (b"title\n" if n == 0 else b"Todo %d\n" % n for n in range(1_000_001)))

    tracemalloc.start()
    with pytest.raises(FileRefused, match="more than 20,000 todos: split it"):
        stage(Source("rows.csv", rows), ImportKind.CSV)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert peak < 16 * MEBIBYTE


def test_a_line_of_many_megabytes_is_reported_and_not_held() -> None:
    def lines() -> Iterator[bytes]:
        yield b"First\n"
        for _ in range(64):
            yield b"x" * MEBIBYTE
        yield b"\nThird\n"

    tracemalloc.start()
    filled = stage(Source("todo.txt", generated(lines)), ImportKind.TODO_TXT)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert (filled.total, problems_of(filled)) == (2, ["This line is longer than 1 MiB."])
    assert peak < 16 * MEBIBYTE


def test_subtasks_below_each_other_stand_alone() -> None:
    filled = Staging(ImportKind.GOOGLE)
    filled.fill(
        [
            ImportedList("l", "Circle"),
            todo_of("1", "2"), todo_of("2", "3"), todo_of("3", "1"), todo_of("4", "4"),
            todo_of("5", "unknown"), todo_of("6", "7"), todo_of("7"), todo_of("8", "6"),
        ]
    )  # fmt: skip

    (page,) = pages_of(filled)
    todos: list[dict[str, Any]] = page["todos"]
    keys = {todo["key"]: todo["fields"]["title"] for todo in todos}
    parents = {keys[todo["key"]]: keys.get(todo["parent"]) for todo in todos}
    assert dict(parents) == {
        "Todo 1": None, "Todo 2": None, "Todo 3": None, "Todo 4": None, "Todo 5": None,
        "Todo 7": None, "Todo 6": "Todo 7", "Todo 8": "Todo 7",
    }  # fmt: skip
    # Each after the one that it is below.
    assert list(parents).index("Todo 7") < list(parents).index("Todo 6")
    assert len(problems_of(filled)) == 3


def test_a_deep_tree_is_flattened_to_its_top() -> None:
    filled = Staging(ImportKind.GOOGLE)
    chain = [todo_of(str(n), str(n - 1) if n > 1 else None) for n in range(1, 91)]
    filled.fill([ImportedList("l", "Deep"), *reversed(chain)])

    (page,) = pages_of(filled)
    todos: list[dict[str, Any]] = page["todos"]
    assert todos[0]["parent"] is None
    assert {todo["parent"] for todo in todos[1:]} == {todos[0]["key"]}


def test_what_a_list_and_a_todo_cannot_take_is_said() -> None:
    filled = Staging(ImportKind.GOOGLE)
    filled.fill(
        [
            ImportedList("l", "Long"),
            *(todo_of(str(n)) for n in range(1, 10_001)),
            *(todo_of(str(n), "1") for n in range(10_001, 10_121)),
        ]
    )

    assert filled.total == 10_000
    assert problems_of(filled) == [
        "20 subtasks stand alone: a todo has at most 100.",
        "120 todos were left out: a list holds at most 10,000.",
    ]


def test_texts_that_we_do_not_store_are_cleaned_or_left_out() -> None:
    nasty = {
        "format": "livelist-lists/1",
        "lists": [
            {
                "id": "l", "name": "Na\u202eme\u0007\n" * 100,
                "labels": [{"name": "", "colour": "no colour"}, {"name": 7}],
                "todos": [
                    {"id": "1", "title": "Tab\tand\u0000NUL \u202eturned"},
                    {"id": "2", "title": "x" * 700, "description": "y" * 60_000},
                    {"id": "3", "title": "\u200b"},
                    {"id": "4", "title": ["no", "text"]},
                    {"id": "5", "title": "Depth", "metadata": {"a": [[[[[[[[[1]]]]]]]]]}},
                    {"id": "6", "title": "Odd", "status": "asleep", "priority": 99, "due": {"date": "x"}},
                    {"id": "7", "title": "Rule", "repeat": {"rule": "FREQ=SECONDLY"}},
                    {"id": 8, "title": "Types", "labels": "a", "assignees": {"id": 1}, "repeat": []},
                ],
            }
        ],
    }  # fmt: skip

    filled = stage(source_of(orjson.dumps(nasty)))

    (page,) = pages_of(filled)
    todos: list[dict[str, Any]] = page["todos"]
    fields = {str(todo["fields"]["title"])[:5]: todo["fields"] for todo in todos}
    assert list(fields) == ["Tab a", "xxxxx", "Depth", "Odd", "Rule", "Types"]
    assert fields["Tab a"]["title"] == "Tab andNUL turned"
    assert len(str(fields["xxxxx"]["title"])) == 500
    assert len(str(fields["xxxxx"]["description"])) == 50_000
    assert fields["Depth"]["metadata"] == {}
    assert (fields["Odd"]["status"], fields["Odd"]["priority"]) == ("pending", 0)
    assert len(str(page["list_name"])) <= 200
    assert filled.problem_count >= 9
    assert MAX_DEPTH >= 20


def test_two_todos_with_the_same_key_are_two() -> None:
    filled = stage(source_of(b"Milk\nMilk\n", "todo.txt"))

    (page,) = pages_of(filled)
    todos: list[dict[str, Any]] = page["todos"]
    assert len({todo["key"] for todo in todos}) == 2
