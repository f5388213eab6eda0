"""The fields of a todo that a client writes and the server stores as they were sent.

The bodies of the API and the edits of the domain both extend `TodoFields`. The fields whose value
the server works out first (due date, repeat, assignees, labels, parent) are declared by each of them.
To add a field: docs/contributing/add-a-field.md.
"""

from functools import cache
from types import NoneType
from typing import Annotated, Any, get_args, get_origin

import orjson
from pydantic import AfterValidator, Field

from shared.contract.base import Body
from shared.contract.input.strict_json import MAX_SAFE_INTEGER
from shared.contract.shapes import TodoShape, TodoStatus
from shared.errors import Invalid
from shared.languages.texts import message
from shared.text import Line500, Prose

# Every event of the todo carries it; a frame above 8 KiB is published without its content, and
# each node reads it from the database.
METADATA_BYTES = 16 * 1024
METADATA_DEPTH = 8


def check_metadata(metadata: dict[str, Any]) -> dict[str, Any]:
    """Return `metadata`. Raise Invalid unless both databases store it and return it unchanged."""
    _check_value(metadata, 1)
    if len(orjson.dumps(metadata)) > METADATA_BYTES:
        raise _bad_metadata(
            "too_large",
            message("Metadata must not exceed {limit} bytes as JSON.", limit=METADATA_BYTES),
        )
    return metadata


def _check_value(value: Any, depth: int) -> None:
    if isinstance(value, dict | list):
        if depth > METADATA_DEPTH:
            raise _bad_metadata(
                "too_deep",
                message("Metadata must not nest deeper than {limit}.", limit=METADATA_DEPTH),
            )
        for inner in value.values() if isinstance(value, dict) else value:
            _check_value(inner, depth + 1)
        for key in value if isinstance(value, dict) else ():
            _check_text(key)
    elif isinstance(value, str):
        _check_text(value)
    elif isinstance(value, float | int) and not abs(value) <= MAX_SAFE_INTEGER:
        raise _bad_metadata(
            "number", "Metadata must not hold numbers beyond 2⁵³ - 1, NaN or infinity."
        )


def _check_text(text: str) -> None:
    # Postgres stores no NUL in JSON; a lone surrogate is not UTF-8.
    if "\x00" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise _bad_metadata("text", "Metadata must not hold NUL or lone surrogates.")


def _bad_metadata(code: str, sentence: str) -> Invalid:
    return Invalid.field("metadata", code, sentence)


Priority = Annotated[int, Field(strict=True, ge=0, le=5)]
Metadata = Annotated[dict[str, Any], AfterValidator(check_metadata)]


class TodoFields(Body):
    """Fields to write. A field that was not sent keeps its value; null clears the field."""

    title: Line500 = Field("", description="Cannot be cleared.")
    description: Prose | None = None
    status: TodoStatus = TodoStatus.PENDING
    priority: Priority | None = None
    metadata: Metadata | None = None


def empty_value(field: str) -> Any:
    """Return what null makes of a field: null where TodoShape allows it, else an empty value.

    The empty value is that of the field's type in TodoShape: "", 0, [] or {}.
    """
    empty_type = _empty_type(field)
    return None if empty_type is None else empty_type()


@cache
def _empty_type(field: str) -> Any:
    if field not in TodoShape.model_fields:
        raise LookupError(
            f"TodoFields.{field} is not in TodoShape. Add it to shared/contract/shapes.py."
        )
    annotation: Any = TodoShape.model_fields[field].annotation
    return None if is_nullable(annotation) else get_origin(annotation) or annotation


def is_nullable(annotation: Any) -> bool:
    return NoneType in get_args(annotation)
