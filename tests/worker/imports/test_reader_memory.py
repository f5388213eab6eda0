"""Files that are made to fill the memory of a worker: names, rows and directories without an end."""

import io
import tracemalloc
import zipfile
from collections.abc import Callable, Iterator

import pytest

from shared.contract.interop.imports import ImportKind
from shared.labels.commands import MAX_LABELS_PER_LIST
from tests.worker.imports.test_hostile_files import (
    MEBIBYTE,
    Generated,
    generated,
    pages_of,
    problems_of,
    source_of,
    stage,
)
from worker.imports import archive, fields, json_walker, source, staged_details, staging
from worker.imports.items import FileRefused
from worker.imports.source import Source

COUNT = 1_500


def array(begin: bytes, element: bytes, end: bytes) -> Iterator[bytes]:
    yield begin
    for number in range(COUNT):
        yield element.replace(b"#", b"%d" % number) + b",\n"
    yield element.replace(b"#", b"last") + end


@pytest.mark.parametrize(
    ("kind", "begin", "element", "end"),
    [
        (ImportKind.GOOGLE, b'{"items":[', b'{"id":"#"}', b"]}"),
        (ImportKind.VIKUNJA, b"[", b'{"id":"#"}', b"]"),
        (ImportKind.MICROSOFT, b"[", b'{"id":"#"}', b"]"),
        (ImportKind.TRELLO, b'{"lists":[', b'{"id":"#","name":"#"}', b"]}"),
        (ImportKind.TRELLO, b'{"cards":[', b'{"id":"#","closed":true}', b"]}"),
        (ImportKind.SUPER_PRODUCTIVITY, b'{"tag":{"entities":{', b'"#":{"id":"#"}', b"}}}"),
        (ImportKind.CSV, b'title\n"', b'x","', b'"\n'),
    ],
)
def test_names_and_rows_without_an_end_are_refused(
    kind: ImportKind, begin: bytes, element: bytes, end: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Lower, for the time it takes.
    monkeypatch.setattr(fields, "MAX_NAMES", 500)
    monkeypatch.setattr(source, "MAX_ROW_CHARACTERS", 5_000)
    content = b"".join(array(begin, element, end))

    with pytest.raises(FileRefused, match=r"more than|too long"):
        stage(source_of(content), kind)


def test_our_own_json_keeps_only_what_it_knows_of_a_list() -> None:
    value = b'"key #":"' + b"x" * 5_000 + b'"'
    begin = b'{"format":"livelist-lists/1","lists":[{"id":"l",'
    content = b"".join(array(begin, value, b"}]}"))

    tracemalloc.start()
    filled = stage(source_of(content), ImportKind.LIVELIST)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert filled.total == 0
    assert peak < 4 * MEBIBYTE < len(content)


def test_a_directory_of_an_archive_is_not_read_beyond_its_limit() -> None:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as file:
        for number in range(25_000):
            file.writestr(f"{number}" + "x" * 80, b"")

    file_source = source_of(content.getvalue())

    tracemalloc.start()
    with pytest.raises(FileRefused, match="directory of the archive"):
        archive.members(file_source)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert peak < 6 * MEBIBYTE


def test_a_page_holds_no_more_labels_than_a_list_can_have() -> None:
    labels = b",".join(b'{"name":"%d","colour":"red"}' % number for number in range(5_000))
    head = b'{"format":"livelist-lists/1","lists":[{"id":"l","name":"L","labels":[' + labels
    filled = stage(source_of(head + b'],"todos":[{"id":"1","title":"Milk"}]}]}'))

    (page,) = pages_of(filled)

    assert len(page["label_colours"]) == MAX_LABELS_PER_LIST
    assert problems_of(filled) == [f"A list has more than {MAX_LABELS_PER_LIST} labels."]


def test_a_board_with_many_megabytes_of_activity_is_read() -> None:
    def lines() -> Iterator[bytes]:
        yield b'{"id":"b","name":"Board","actions":['
        for _ in range(12):
            yield b'{"type":"commentCard","text":"' + b"x" * MEBIBYTE + b'"},'
        yield b'{"type":"updateCard"}],"cards":[{"id":"c","name":"Milk"}]}'

    filled = stage(Source("board.json", generated(lines)), ImportKind.TRELLO)

    assert (filled.total, problems_of(filled)) == (1, ["Left out: comments (12)."])


def json_with_details(count: int) -> Iterator[bytes]:
    yield b'{"format":"livelist-lists/1","lists":[{"id":"l","name":"L","todos":['
    for number in range(count):
        yield b'{"id":"%d","title":"Milk %d"}%s' % (number, number, b"," * (number < count - 1))
    yield b'],"comments":['
    for number in range(count):
        comment = b'{"todo_id":"%d","body":"%s"}' % (number % 50, b"x" * 300)
        yield comment + b"," * (number < count - 1)
    yield b"]}]}"


def csv_rows(count: int) -> Iterator[bytes]:
    yield b"list,title,description\n"
    for number in range(count):
        yield b"L,Milk %d,%s\n" % (number, b"x" * 300)


def vtodos(count: int) -> Iterator[bytes]:
    yield b"BEGIN:VCALENDAR\r\n"
    for number in range(count):
        yield b"BEGIN:VTODO\r\nUID:%d\r\nSUMMARY:Milk\r\nDESCRIPTION:%s\r\nEND:VTODO\r\n" % (
            number, b"x" * 300,
        )  # fmt: skip
    yield b"END:VCALENDAR\r\n"


@pytest.mark.parametrize("document", [json_with_details, csv_rows, vtodos])
def test_the_memory_of_a_preview_does_not_grow_with_the_rows(
    document: Callable[[int], Iterator[bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    # Smaller, so that few rows fill them.
    monkeypatch.setattr(json_walker, "READ_BYTES", 4096)
    monkeypatch.setattr(staging, "PAGE_BYTES", 8192)
    monkeypatch.setattr(staged_details, "PAGE_BYTES", 8192)

    def peak_of(count: int) -> int:
        tracemalloc.start()
        filled = stage(
            Source("file.csv", lambda: io.BufferedReader(Generated(document(count)), 4096))
        )
        pages = sum(1 for _ in filled.pages())
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        filled.close()
        assert filled.total == count < 50 * pages
        return peak

    # What is made once, such as caches of patterns, is not counted.
    peak_of(10)

    assert peak_of(900) < peak_of(300) + 64 * 1024
