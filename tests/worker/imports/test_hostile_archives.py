"""Archives of our own that nobody exported: refused before they cost memory."""

import io
import stat
import tracemalloc
import warnings
import zipfile

import orjson
import pytest

from tests.worker.imports.test_hostile_files import MEBIBYTE, problems_of, source_of, stage, zip_of
from worker.imports import archive
from worker.imports.items import FileRefused

DOCUMENT = b'{"format":"livelist-lists/1","lists":[{"id":"l","name":"L","todos":[{"id":"t","title":"T"}]}]}'


def archive_of(
    *members: tuple[str | zipfile.ZipInfo, bytes], kind: int = zipfile.ZIP_STORED
) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", kind) as file, warnings.catch_warnings():
        # Of names that are there already.
        warnings.simplefilter("ignore")
        file.writestr("export.json", DOCUMENT)
        for name, data in members:
            file.writestr(name, data)
    return content.getvalue()


def with_files(content: bytes, *sizes: object) -> bytes:
    """Return an archive with one file, which a todo names for each of the sizes."""
    todos = [
        {
            "id": f"t{number}",
            "title": f"Todo {number}",
            "attachments": [{"name": "a", "path": "files/1/a", "size_bytes": size}],
        }
        for number, size in enumerate(sizes)
    ]
    lists = [{"id": "l", "name": "L", "todos": todos}]
    document = orjson.dumps({"format": "livelist-lists/1", "lists": lists})
    return zip_of(("export.json", document), ("files/1/a", content))


def link(path: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(path)
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return info


def overlapping() -> bytes:
    """Return an archive in which two entries name the same bytes."""
    content = bytearray(archive_of(("files/1/a", b"a" * 99), ("files/2/a", b"a" * 99)))
    second = content.rindex(b"PK\x01\x02")
    first = content.rindex(b"PK\x01\x02", 0, second)
    content[second + 42 : second + 46] = content[first + 42 : first + 46]
    return bytes(content)


def encrypted() -> bytes:
    content = bytearray(archive_of(("files/1/a", b"a")))
    content[content.rindex(b"PK\x01\x02") + 8] |= 1
    return bytes(content)


def misnamed() -> bytes:
    """Return an archive in which the header before the document has a name that is not UTF-8."""
    content = bytearray(archive_of())
    name = content.index(b"export.json")
    # Of the 30 bytes before the name: the flags, of which 0x800 stands for UTF-8.
    content[name - 23] |= 8
    content[name] = 0xFF
    return bytes(content)


HOSTILE = {
    "bomb": (
        archive_of(("files/1/a", bytes(100 * MEBIBYTE)), kind=zipfile.ZIP_DEFLATED),
        "packed more densely",
    ),
    "bzip2": (archive_of(("files/1/a", b"a"), kind=zipfile.ZIP_BZIP2), "unusual way"),
    "lzma": (archive_of(("files/1/a", b"a"), kind=zipfile.ZIP_LZMA), "unusual way"),
    "count": (
        archive_of(*((f"files/{number}/a", b"") for number in range(archive.MAX_OWN_MEMBERS))),
        "more than 5,010 files",
    ),
    "parent": (archive_of(("files/../../etc/passwd", b"a")), "paths that no export"),
    "absolute": (archive_of(("/etc/passwd", b"a")), "paths that no export"),
    "backslash": (archive_of(("files\\1\\a", b"a")), "paths that no export"),
    "folder": (archive_of(("files/1/", b"")), "paths that no export"),
    "link": (archive_of((link("files/1/a"), b"/etc/passwd")), "paths that no export"),
    "twice": (archive_of(("files/1/a", b"a"), ("files/1/a", b"b")), "two files of one name"),
    "overlap": (overlapping(), "damaged"),
    "encrypted": (encrypted(), "encrypted"),
    "name": (misnamed(), "damaged"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_an_archive_that_no_export_writes_is_refused_in_a_sentence(name: str) -> None:
    content, sentence = HOSTILE[name]

    tracemalloc.start()
    with pytest.raises(FileRefused, match=sentence):
        stage(source_of(content))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    # Five thousand entries have 4 MB.
    assert peak < (8 if name == "count" else 2) * MEBIBYTE


def test_sizes_that_are_too_large_together_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MAX_OWN_BYTES", 3 * MEBIBYTE)
    content = archive_of(*((f"files/{number}/a", bytes(MEBIBYTE)) for number in range(3)))

    with pytest.raises(FileRefused, match="larger than 3 MiB"):
        stage(source_of(content))


def test_an_honest_archive_is_read_and_its_unknown_members_are_left() -> None:
    filled = stage(source_of(archive_of(("missing-files.txt", b"a"), ("files/1/a", b"a"))))

    assert (filled.total, filled.file_total, filled.problem_count) == (1, 0, 0)


@pytest.mark.parametrize(("content", "size"), [(b"Hello", 5.0), (b"H", True), (b"", 0)])
def test_a_file_whose_size_is_no_whole_number_above_zero_is_left_out(
    content: bytes, size: object
) -> None:
    filled = stage(source_of(with_files(content, size)))

    assert (filled.total, filled.file_total) == (1, 0)
    assert problems_of(filled) == ["A file is not whole in the archive, or not in it."]


def test_a_file_that_several_todos_name_comes_once() -> None:
    filled = stage(source_of(with_files(b"Hello", 5, 5, 5)))

    assert (filled.total, filled.file_total) == (3, 1)
    assert problems_of(filled) == 2 * ["A file is not whole in the archive, or not in it."]


def test_an_archive_of_another_program_is_not_larger_than_its_files_may_be(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("worker.imports.kinds.MAX_FILE_BYTES", MEBIBYTE)
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as file:
        file.writestr("data.json", b"[]")
        file.writestr("files/1", bytes(2 * MEBIBYTE))

    with pytest.raises(FileRefused, match="at most 1 MiB"):
        stage(source_of(content.getvalue()))
