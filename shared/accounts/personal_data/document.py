"""Write the document of an export, a page at a time: docs/personal-data.md describes it.

{"format":"livelist-personal-data/1",…,      the head
"profile":[{…}],                             an array for each section, in the order of SECTIONS
"sessions":[{…},
{…}]}                                        pages begin and end anywhere between two rows
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from shared.accounts.personal_data.section import PAGE_ROWS, Section
from shared.accounts.personal_data.sections import SECTIONS
from shared.clock import as_rfc3339
from shared.ids import UserId
from shared.unit_of_work import ReadTransaction

FORMAT = "livelist-personal-data/1"
# A page ends with the batch of rows that reaches this. So a process holds at most these bytes and a
# batch: 12 MB for fifty todos of the greatest length.
PAGE_BYTES = 256 * 1024
# Instants of the database, in UTC, as 2026-12-24T09:00:00.000000Z.
_JSON_OPTIONS = orjson.OPT_UTC_Z


@dataclass(frozen=True)
class Position:
    """Where the next page begins: in which section, and after which key; None: at its beginning."""

    section: int = 0
    after: tuple[Any, ...] | None = None

    @property
    def is_end(self) -> bool:
        return self.section == len(SECTIONS)


@dataclass(frozen=True)
class Page:
    """A part of the document, the number of its rows, and the position after it."""

    text: bytes
    rows: int
    end: Position


def write_head(user_id: UserId, site_url: str, now: datetime) -> bytes:
    """Return the first part of the document, before its sections."""
    head = {
        "format": FORMAT,
        "site": site_url,
        "account_id": user_id,
        "exported_at": as_rfc3339(now),
    }
    return orjson.dumps(head)[:-1]


async def count_rows(read: ReadTransaction, user_id: UserId) -> int:
    """Return how many rows an export of the account has now."""
    counts = [
        await read.connection.scalar(statement, {"user_id": user_id}) for statement in _COUNTS
    ]
    return sum(counts)


async def read_page(read: ReadTransaction, user_id: UserId, begin: Position) -> Page:
    """Return the part of the document that begins at this position, which is not the end."""
    parts: list[bytes] = []
    size = rows = 0
    position = begin
    while size < PAGE_BYTES and not position.is_end:
        section = SECTIONS[position.section]
        values = {"user_id": user_id}
        found = list(await read.connection.execute(section.page(position.after), values))
        text, position = _write_rows(section, found, position)
        parts.append(text)
        size += len(text)
        rows += len(found)
    if position.is_end:
        parts.append(b"}\n")
    return Page(b"".join(parts), rows, position)


def _write_rows(section: Section, found: list[Any], begin: Position) -> tuple[bytes, Position]:
    """Return the rows as a part of the section's array, and the position after them."""
    fields = section.fields
    objects = [
        # zip stops before the key, which follows the fields.
        orjson.dumps(dict(zip(fields, row, strict=False)), option=_JSON_OPTIONS)
        for row in found
    ]
    text = b",\n".join(objects)
    if begin.after is None:
        text = b',\n"%s":[' % section.name.encode() + text
    elif objects:
        text = b",\n" + text
    if len(found) < PAGE_ROWS:
        return text + b"]", Position(begin.section + 1)
    return text, Position(begin.section, tuple(found[-1][len(fields) :]))


_COUNTS = [section.count() for section in SECTIONS]
