"""Sort orders of todos, and the cursors that mark where a page in such an order ended.

A cursor holds the sort key and id of the last todo of a page, so pages neither repeat nor skip a
todo that stays where it is, whatever happens around it.
"""

import base64
import binascii
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import orjson

from shared.clock import as_rfc3339
from shared.errors import Invalid
from shared.ids import is_id
from shared.languages.texts import message
from shared.todos.rules.due import FIRST_YEAR, LAST_YEAR

Key = str | int | datetime | None

# The longest one holds the 200 characters of a title that sort (page_statements.py), of four bytes.
MAX_CURSOR_LENGTH = 1500


class SortKey(StrEnum):
    RANK = "rank"
    CREATED_AT = "created_at"
    UPDATED_AT = "updated_at"
    DUE = "due"
    PRIORITY = "priority"
    TITLE = "title"


@dataclass(frozen=True)
class Sorting:
    """An order, then by id. Todos without a due date come last when sorted by it, or first."""

    key: SortKey = SortKey.RANK
    descending: bool = False
    undated_first: bool = False

    def reversed(self) -> "Sorting":
        return Sorting(self.key, not self.descending, not self.undated_first)

    @classmethod
    def parse(cls, text: str) -> "Sorting":
        """Return the sorting that `text` names; a leading - is descending. Raise Invalid."""
        try:
            return cls(SortKey(text.removeprefix("-")), text.startswith("-"))
        except ValueError:
            names = ", ".join(SortKey)
            raise Invalid.field(
                "sort", "sort", message("Sort by one of {names}; - reverses.", names=names)
            ) from None


def make_cursor(sorting: Sorting, key: Key, last_id: str, zone: str) -> str:
    """Return the cursor of a page that ends with the todo of this sort key and id.

    `zone`: the reader's, in which due dates were sorted.
    """
    value = as_rfc3339(key) if isinstance(key, datetime) else key
    parts = [sorting.key, sorting.descending, value, last_id]
    if sorting.key is SortKey.DUE:
        parts.append(zone)
    return base64.urlsafe_b64encode(orjson.dumps(parts)).decode().rstrip("=")


def parse_cursor(sorting: Sorting, cursor: str, zone: str) -> tuple[Key, str]:
    """Return sort key and id. Raise Invalid for anything but a cursor of this sorting and zone."""
    try:
        packed = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        order, descending, value, last_id, *zones = orjson.loads(packed)
        key = _parse_key(sorting.key, value)
    # A forged instant may be out of datetime's range once it is converted to UTC.
    except (ValueError, TypeError, OverflowError, binascii.Error):
        raise _not_a_cursor() from None
    same_sorting = order == sorting.key.value and descending is sorting.descending
    if not (same_sorting and isinstance(last_id, str) and is_id(last_id)):
        raise _not_a_cursor()
    if zones != ([zone] if sorting.key is SortKey.DUE else []):
        raise Invalid.field(
            "cursor",
            "cursor",
            message(
                "This cursor is not of a page in the time zone {zone}. Begin at the first page.",
                zone=zone,
            ),
        )
    return key, last_id


def _parse_key(sort_key: SortKey, value: Any) -> Key:
    if sort_key is SortKey.DUE and value is None:
        return None
    if sort_key is SortKey.PRIORITY and isinstance(value, int) and 0 <= value <= 5:
        return value
    if sort_key is SortKey.RANK and isinstance(value, str) and value.isascii() and value.isalnum():
        return value
    if sort_key is SortKey.TITLE and isinstance(value, str) and "\x00" not in value:
        return value
    if sort_key in (SortKey.DUE, SortKey.CREATED_AT, SortKey.UPDATED_AT) and isinstance(value, str):
        instant = datetime.fromisoformat(value)
        # What lies outside was forged, and has no room for the offset of a zone.
        if instant.tzinfo is not None and FIRST_YEAR - 1 <= instant.year <= LAST_YEAR + 1:
            return instant.astimezone(UTC)
    raise ValueError("not a sort key")


def _not_a_cursor() -> Invalid:
    return Invalid.field("cursor", "cursor", "This cursor is not of a page sorted like this one.")
