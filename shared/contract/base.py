"""The base classes of shapes and bodies, and the types of ids and instants in them."""

import re
from collections.abc import Set
from datetime import UTC, datetime
from typing import Annotated, Any, ClassVar, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    PlainSerializer,
    StringConstraints,
    WithJsonSchema,
)

from shared.clock import as_rfc3339
from shared.ids import ID_PATTERN, is_id
from shared.text import NotAcceptableError

Model = TypeVar("Model", bound=BaseModel)


def construct(model: type[Model], values: dict[str, Any], names: Set[str] | None = None) -> Model:
    """Return the model of values that are known to be valid, without looking at them.

    `values` has every field, in the order of declaration, and belongs to the model from now on; `names`
    are the fields that were given, all of them by default. Pydantic's own `model_construct` looks for the
    alias and the default of every field, and takes as long as the validation.
    """
    made = model.__new__(model)
    # What BaseModel.model_construct sets.
    object.__setattr__(made, "__dict__", values)
    object.__setattr__(made, "__pydantic_fields_set__", set(values if names is None else names))
    object.__setattr__(made, "__pydantic_extra__", None)
    object.__setattr__(made, "__pydantic_private__", None)
    return made


class Shape(BaseModel):
    """Data that the server sends. Frozen: REST answers and events share one object."""

    model_config = ConfigDict(frozen=True)


class Body(BaseModel):
    """Data that a client sends. Unknown fields are refused.

    Not strict as a whole, since enums are sent as text: every field that is a bool or an int is
    strict by itself (tests/features/test_strict_input.py).
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=False)


# RFC 3339, section 5.6: `T` and `Z` may be lower case; a leap second is none that we can store.
_INSTANT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?"
    r"([Zz]|[+-][0-9]{2}:[0-9]{2})"
)


def parse_instant(sent: Any) -> datetime:
    """Return the instant of an RFC 3339 text. Raise NotAcceptableError for everything else."""
    try:
        if isinstance(sent, str) and _INSTANT.fullmatch(sent):
            return datetime.fromisoformat(sent.upper())
    except ValueError:  # a month 13 or an hour 24
        pass
    raise NotAcceptableError("must look like 2026-12-24T09:00:00Z or 2026-12-24T09:00:00+01:00")


def _as_utc(instant: datetime) -> datetime:
    if instant.tzinfo is None:
        raise NotAcceptableError("must carry a zone, such as a final Z")
    if not 1970 <= instant.year <= 9000:
        raise NotAcceptableError("must lie between the years 1970 and 9000")
    return instant.astimezone(UTC)


def _check_id(text: str) -> str:
    if not is_id(text):
        raise NotAcceptableError("is not an id")
    return text


# RFC 3339 in UTC with six decimals and a final Z: sorts as text.
Instant = Annotated[
    datetime,
    AfterValidator(_as_utc),
    PlainSerializer(as_rfc3339, return_type=str, when_used="json"),
]
# An instant that a client sends in a body.
SentInstant = Annotated[Instant, BeforeValidator(parse_instant)]
# An id inside a body. Ids in a path are checked by the route, which answers 404 instead.
Id = Annotated[
    str,
    StringConstraints(max_length=64),
    AfterValidator(_check_id),
    WithJsonSchema({"type": "string", "pattern": ID_PATTERN}),
]


class Event(Shape):
    """Base of all events. `name` is sent as `event`, the fields are sent as `data`."""

    name: ClassVar[str]
