"""Examples of every frame and every event, made from their fields, so that a new one has one too.

What a field looks like is known by its name, what a shape looks like from api/openapi/examples.py; of the
rest the type makes something. Each example has been through its model and, if it is ours to send, through
the encoder that makes those on the wire.
"""

from datetime import datetime
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import orjson
from pydantic import BaseModel

from api.openapi import examples
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
from realtime.transports.frame_batch import one
from shared import event_log
from shared.actor import Actor
from shared.contract.events import Event
from shared.contract.frames import ServerFrame
from shared.contract.shapes import SiteRole
from shared.ids import SessionId, StreamId, UserId, user_stream

Json = dict[str, Any]

# The streams of persons carry these; all other events are of a list.
_OWN = (
    "account.", "session.", "invitation.", "reminder.", "notification.", "preferences.",
    "list.added", "list.removed",
)  # fmt: skip
_TOKEN = "eyJhbGciOiJIUzI1NiJ9…"  # noqa: S105  shows the form
_FIELDS: Json = {
    "id": 2, "re": 2, "list": LIST_ID, "list_id": LIST_ID, "todo": TODO_ID, "todo_id": TODO_ID,
    "label_id": LABEL_ID, "user_id": BEN_ID, "session_ids": [SESSION_ID],
    "comment_id": "06gzk4h3c9d1f3h5k7m9p1r3t5", "reminder_id": "06gzk4m1b3d5f7h9k1m3p5r7t9",
    "invitation_id": examples.INVITATION_ID, "connection": "06gzk5c2e4g6j8m0p2r4t6w8y0",
    "epoch": EPOCH, "seq": 12, "since": 12, "heads": {LIST_ID: 12}, "seqs": {LIST_ID: 12},
    "heartbeat_seconds": 25, "seconds": 60, "expires_in": 900, "field": "title",
    "state": {"view": "list"}, "changed": ["title"], "overwrote": {"title": "Book the train"},
    "deleted_at": LATER, "read_at": LATER, "at": LATER, "through": None, "unread_count": 0,
    "notification_ids": ["06gzk4h3d2f4h6k8m0p2r4t6w8"], "token": _TOKEN,
}  # fmt: skip
# Shapes that are no answer of their own.
_SHAPES: Json = {
    "UserShape": {"id": BEN_ID, "name": "Ben", "avatar_url": None},
    # Fields that it has not are left out by the model.
    "ListShape": examples.ANSWERS["MyListShape"],
    "OccurrenceEnd": {"occurrence": 3, "outcome": "completed"},
}
# Where the name of a field alone would mislead.
_FRAMES: dict[str, Json] = {
    "Hello": {"type": "hello", "id": 1, "token": _TOKEN},
    "Unsubscribe": {"type": "unsubscribe", "id": 3, "lists": [LIST_ID]},
    "Failed": {
        "re": 2, "code": "not_found", "list": LIST_ID,
        "detail": "There is nothing here, or it is not shared with you.",
    },
    "Closed": {"code": 4001, "reason": "The access token expired."},
    "Left": {"list": LIST_ID, "users": [BEN_ID]},
    "Batch": {
        "frames": [{"type": "subscribed", "re": 2, "list": LIST_ID, "epoch": EPOCH, "seq": 12}]
    },
}  # fmt: skip


def of(kind: type[BaseModel]) -> Json:
    """Returns an example of a frame, as it looks on the wire: what is null is left out."""
    read = kind.model_validate(_FRAMES.get(kind.__name__) or _made(kind))
    if not isinstance(read, ServerFrame):
        return read.model_dump(mode="json", exclude_unset=True)
    [encoded] = one(read).frames
    frame: Json = orjson.loads(encoded)
    return frame


def of_event(kind: type[Event]) -> Json:
    """Returns the frame of an event, by the encoder that makes all of them."""
    is_own = kind.name.startswith(_OWN)
    stream = user_stream(UserId(ANA_ID)) if is_own else StreamId(LIST_ID)
    actor = Actor(UserId(ANA_ID), "Ana", SessionId(SESSION_ID), SiteRole.USER)
    event = kind.model_validate(_made(kind))
    frame: Json = orjson.loads(
        event_log.encode(stream, 12, event, datetime.fromisoformat(AT), actor, None)
    )
    return frame


def _made(kind: type[BaseModel]) -> Json:
    return {name: _field(name, field.annotation) for name, field in kind.model_fields.items()}


def _field(name: str, annotation: Any) -> Any:
    """Returns what the field looks like: a known shape, a known name, or something of its type."""
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _field(name, inner[0])
    if origin in (Union, UnionType):
        return _field(name, next(one for one in inner if one is not NoneType))
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        known = _SHAPES | examples.ANSWERS
        return known.get(annotation.__name__) or _made(annotation)
    if origin is Literal:
        return inner[0]
    by_type: dict[Any, Any] = {int: 1, bool: True, float: 1.0, dict: {}}
    known_or_made = _FIELDS.get(name, by_type.get(origin or annotation, name))
    is_many = origin in (list, tuple) and name not in _FIELDS
    return [_field(name, inner[0])] if is_many else known_or_made
