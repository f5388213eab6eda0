"""Which reader reads a file: as the user said, or by the file's beginning and name."""

import zipfile
from collections.abc import Mapping
from contextlib import suppress

from shared.attachments.archives import DOCUMENT
from shared.contract.interop.imports import ImportKind
from shared.imports.commands import MAX_FILE_BYTES, file_too_large
from worker.imports.archive import members, names
from worker.imports.items import FileRefused, Reader
from worker.imports.readers import (
    generic_csv,
    google,
    icalendar_file,
    markdown,
    microsoft,
    own_json,
    super_productivity,
    ticktick,
    todo_txt,
    todoist,
    trello,
    vikunja,
)
from worker.imports.source import Source

_ZIP = b"PK\x03\x04"

READERS: Mapping[ImportKind, Reader] = {
    ImportKind.LIVELIST: own_json.read,
    ImportKind.CSV: generic_csv.read,
    ImportKind.TODOIST: todoist.read,
    ImportKind.TRELLO: trello.read,
    ImportKind.VIKUNJA: vikunja.read_data,
    ImportKind.MICROSOFT: microsoft.read,
    ImportKind.GOOGLE: google.read,
    ImportKind.TICKTICK: ticktick.read,
    ImportKind.ICALENDAR: icalendar_file.read,
    ImportKind.SUPER_PRODUCTIVITY: super_productivity.read,
    ImportKind.TODO_TXT: todo_txt.read,
    ImportKind.MARKDOWN: markdown.read,
}
# Kinds that come in archives too.
ARCHIVE_READERS: Mapping[ImportKind, Reader] = {
    ImportKind.LIVELIST: own_json.read_archive,
    ImportKind.TODOIST: todoist.read_backup,
    ImportKind.VIKUNJA: vikunja.read,
    ImportKind.GOOGLE: google.read_archive,
}
# What the JSON of each program has near its beginning, tried in this order.
_JSON_MARKS: tuple[tuple[ImportKind, tuple[bytes, ...]], ...] = (
    (ImportKind.LIVELIST, (b'"livelist-lists/',)),
    (ImportKind.GOOGLE, (b"tasks#task",)),
    (ImportKind.TRELLO, (b"trello.com", b'"idOrganization"', b'"idBoard"')),
    (
        ImportKind.SUPER_PRODUCTIVITY,
        (b'"crossModelVersion"', b'"subTaskIds"', b'"lastLocalUpdate"'),
    ),
    (ImportKind.MICROSOFT, (b'"wellknownListName"', b'"displayName"', b'"dueDateTime"')),
    (ImportKind.VIKUNJA, (b'"hex_color"', b'"related_tasks"', b'"tasks"')),
)


def is_archive(source: Source) -> bool:
    return source.head().startswith(_ZIP)


def detect(source: Source) -> ImportKind:
    """Return what the file is. Raise FileRefused if nothing fits."""
    head = source.head()
    if head.startswith(_ZIP):
        if DOCUMENT in names(source):
            return ImportKind.LIVELIST
        return _of_archive(members(source))
    stripped = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if stripped[:1] in (b"{", b"["):
        return _of_json(stripped)
    if head.count(b"\0") > len(head) // 8:
        raise FileRefused("This is no text file, and no archive that can be read.")
    return _of_text(source, stripped)


def reader_of(source: Source, kind: ImportKind) -> Reader:
    """Return the reader. Raise FileRefused for an archive of a kind that comes in none, or not so large."""
    if not is_archive(source):
        return READERS[kind]
    if kind is not ImportKind.LIVELIST and source.size() > MAX_FILE_BYTES:
        raise FileRefused(file_too_large(MAX_FILE_BYTES).detail)
    if kind not in ARCHIVE_READERS:
        raise FileRefused("Files of this kind are not read from archives: unpack it first.")
    return ARCHIVE_READERS[kind]


def _of_archive(found: list[Source]) -> ImportKind:
    names = {member.base_name for member in found}
    if "data.json" in names:
        return ImportKind.VIKUNJA
    if "Tasks.json" in names:
        return ImportKind.GOOGLE
    if any(name.lower().endswith(".csv") for name in names):
        return ImportKind.TODOIST
    raise FileRefused("The archive holds no file that can be imported.")


def _of_json(head: bytes) -> ImportKind:
    for kind, marks in _JSON_MARKS:
        if any(mark in head for mark in marks):
            return kind
    raise FileRefused("This JSON is of no program that is known: choose what it is.")


def _of_text(source: Source, head: bytes) -> ImportKind:
    name = source.name.lower()
    first = head.partition(b"\n")[0]
    if b"BEGIN:VCALENDAR" in head:
        return ImportKind.ICALENDAR
    if b"TYPE" in first and b"CONTENT" in first and b"," in first:
        return ImportKind.TODOIST
    if b'"List Name"' in head or b"List Name," in head:
        return ImportKind.TICKTICK
    if name.endswith((".md", ".markdown")) or b"- [ ] " in head or b"- [x] " in head:
        return ImportKind.MARKDOWN
    if name.endswith(".txt"):
        return ImportKind.TODO_TXT
    if name.endswith((".csv", ".tsv")) or any(mark in first for mark in (b",", b";", b"\t")):
        return ImportKind.CSV
    raise FileRefused("It is not clear what this file is: choose it.")


def header_of(source: Source, kind: ImportKind) -> list[str]:
    """Return the columns of a CSV file, for the user to choose from."""
    with suppress(FileRefused, zipfile.BadZipFile):
        if kind is ImportKind.CSV and not is_archive(source):
            # More columns than anybody would choose from.
            return [cell[:100] for cell in generic_csv.header_of(source)[:100]]
    return []
