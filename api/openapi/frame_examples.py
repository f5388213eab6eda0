"""Examples of every frame and every event, generated from their fields.

A field gets a value by its name, a shape gets the example in api/openapi/examples.py, and everything
else gets a value of its type; so a new frame has an example too. Each example is validated by its
model and, if the server sends it, encoded by the encoder that is used on the wire.
"""

from datetime import datetime
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import orjson
from pydantic import BaseModel

from api.openapi import attachment_examples, examples
from api.openapi.examples import (
    ANA_ID,
    AT,
    BEN_ID,
    EPOCH,
    LABEL_ID,
    LATER,
    LIST_ID,
    SESSION_ID,
    TODO_ID,
)
from realtime.transports.frame_batch import batch_of
from shared import event_log
from shared.actor import Actor
from shared.contract.events import LIST_EVENTS, Event
from shared.contract.frames import ServerFrame
from shared.contract.shapes import SiteRole
from shared.ids import SessionId, StreamId, UserId, user_stream

Json = dict[str, Any]

_TOKEN = "eyJhbGciOiJIUzI1NiJ9…"  # noqa: S105  shows the form
_FIELDS: Json = {
    "id": 2, "re": 2, "list": LIST_ID, "list_id": LIST_ID, "todo": TODO_ID, "todo_id": TODO_ID,
    "label_id": LABEL_ID, "user_id": BEN_ID, "session_ids": [SESSION_ID], "token_id": examples.API_TOKEN_ID,
    "token_ids": [examples.API_TOKEN_ID],
    "attachment_id": attachment_examples.ATTACHMENT_ID,
    "comment_id": "06gzk4h3c9d1f3h5k7m9p1r3t5", "reminder_id": "06gzk4m1b3d5f7h9k1m3p5r7t9",
    "invitation_id": examples.INVITATION_ID, "connection": "06gzk5c2e4g6j8m0p2r4t6w8y0",
    "epoch": EPOCH, "seq": 12, "since": 12, "heads": {LIST_ID: 12}, "seqs": {LIST_ID: 12},
    "heartbeat_seconds": 25, "seconds": 60, "expires_in": 900, "field": "title",
    "state": {"view": "list"}, "changed": ["title"], "overwrote": {"title": "Book the train"},
    "deleted_at": LATER, "read_at": LATER, "at": LATER, "through": None, "unread_count": 0,
    "notification_ids": ["06gzk4h3d2f4h6k8m0p2r4t6w8"], "token": _TOKEN,
}  # fmt: skip
# Shapes that are not the answer of a route.
_SHAPES: Json = {
    "UserShape": {"id": BEN_ID, "name": "Ben", "avatar_url": None},
    # The model ignores the fields that ListShape does not have.
    "ListShape": examples.ANSWERS["MyListShape"],
    "ListView": examples.BODIES["ListView"],
    "OccurrenceEnd": {"occurrence": 3, "outcome": "completed"},
}
# Frames for which the names of the fields alone would give a misleading example.
_FRAMES: dict[str, Json] = {
    "Hello": {"type": "hello", "id": 1, "token": _TOKEN},
    "Unsubscribe": {"type": "unsubscribe", "id": 3, "lists": [LIST_ID]},
    "Failed": {
        "re": 2, "code": "not_found", "list": LIST_ID,
        "detail": "There is nothing here, or it is not shared with you.",
    },
    "Closed": {"code": 4001, "reason": "The access token expired, or is not enough any more."},
    "Left": {"list": LIST_ID, "users": [BEN_ID]},
    "Batch": {
        "frames": [{"type": "subscribed", "re": 2, "list": LIST_ID, "epoch": EPOCH, "seq": 12}]
    },
}  # fmt: skip


def of(kind: type[BaseModel]) -> Json:
    """Return an example of a frame as it is on the wire: null fields are omitted."""
    frame_model = kind.model_validate(_FRAMES.get(kind.__name__) or _generate(kind))
    if not isinstance(frame_model, ServerFrame):
        return frame_model.model_dump(mode="json", exclude_unset=True)
    [encoded] = batch_of(frame_model).frames
    frame: Json = orjson.loads(encoded)
    return frame


def of_event(kind: type[Event]) -> Json:
    """Return an example of the frame of an event, from the encoder of all event frames."""
    stream = StreamId(LIST_ID) if kind.name in LIST_EVENTS else user_stream(UserId(ANA_ID))
    actor = Actor(UserId(ANA_ID), "Ana", SessionId(SESSION_ID), SiteRole.USER)
    event = kind.model_validate(_generate(kind))
    frame: Json = orjson.loads(
        event_log.encode(stream, 12, event, datetime.fromisoformat(AT), actor, None)
    )
    return frame


def _generate(kind: type[BaseModel]) -> Json:
    return {name: _field(name, field.annotation) for name, field in kind.model_fields.items()}


def _field(name: str, annotation: Any) -> Any:
    """Return a value for the field: of a known shape, of a known name, or of its type."""
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _field(name, inner[0])
    if origin in (Union, UnionType):
        return _field(name, next(part for part in inner if part is not NoneType))
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        known = _SHAPES | examples.ANSWERS
        return known.get(annotation.__name__) or _generate(annotation)
    if origin is Literal:
        return inner[0]
    by_type: dict[Any, Any] = {int: 1, bool: True, float: 1.0, dict: {}}
    value = _FIELDS.get(name, by_type.get(origin or annotation, name))
    is_many = origin in (list, tuple) and name not in _FIELDS
    return [_field(name, inner[0])] if is_many else value
