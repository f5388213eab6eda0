"""The base classes of shapes and bodies, and the types of ids and instants in them."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, PlainSerializer, StringConstraints

from shared.clock import as_rfc3339
from shared.ids import is_id


class Shape(BaseModel):
    """Data that the server sends. Frozen: REST answers and events share one object."""

    model_config = ConfigDict(frozen=True)


class Body(BaseModel):
    """Data that a client sends. Unknown fields are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=False)


def _as_utc(instant: datetime) -> datetime:
    if instant.tzinfo is None:
        raise ValueError("must carry a zone, such as a final Z")
    if not 1970 <= instant.year <= 9000:
        raise ValueError("must lie between the years 1970 and 9000")
    return instant.astimezone(UTC)


def _check_id(text: str) -> str:
    if not is_id(text):
        raise ValueError("is not an id")
    return text


# RFC 3339 in UTC with six decimals and a final Z: sorts as text.
Instant = Annotated[
    datetime,
    AfterValidator(_as_utc),
    PlainSerializer(as_rfc3339, return_type=str, when_used="json"),
]
# An id inside a body. Ids in a path are checked by the route, which answers 404 instead.
Id = Annotated[str, StringConstraints(max_length=64), AfterValidator(_check_id)]
