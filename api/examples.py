"""Examples in the OpenAPI document: one for each body and each answer, by the name of its schema.

One story throughout: Ana and Ben plan a trip. Each example is checked against its model.
"""

from typing import Any

from shared.contract.shapes import (
    CommentShape,
    DueTime,
    EditedTodoShape,
    ReminderShape,
    ReminderState,
    TodoShape,
    TodosShape,
    TodoStatus,
    UserShape,
)

LIST_ID = "01kaz4c8w0qx2m3n5p7r9s1t3v"
TODO_ID = "01kaz4d2g1rj8k6h4f2d0b8z6x"
NEIGHBOUR_ID = "01kaz4d5m7vw3y5a7c9e1g3j5k"
LABEL_ID = "01kaz4cx5p2q4r6s8t0v2w4x6y"
ANA_ID = "01kaz3zq9ph4f6d8b0y2w4t6r8"
BEN_ID = "01kaz40b7nk5m7p9r1t3w5y7a9"
AT = "2026-11-21T12:00:00.000000Z"
LATER = "2026-11-21T12:30:00.000000Z"

ANA = UserShape(id=ANA_ID, name="Ana", avatar_url=None)
TODO = TodoShape.model_validate(
    {
        "id": TODO_ID, "list_id": LIST_ID, "parent_id": None,
        "title": "Book the night train", "notes": "Two berths, window if they have one.",
        "status": TodoStatus.PENDING, "priority": 3,
        "due": DueTime(at="2026-12-24T09:00:00", zone="Europe/Berlin"),
        "due_at": "2026-12-24T08:00:00Z", "metadata": {}, "rank": "a1",
        "assignees": [BEN_ID], "labels": [LABEL_ID], "comment_count": 1,
        "completed_at": None, "completed_by": None, "deleted_at": None, "version": 2,
        "created_by": ANA_ID, "created_at": AT, "updated_at": LATER,
    }
)  # fmt: skip
COMMENT = CommentShape.model_validate(
    {
        "id": "01kaz4h3c9d1f3h5k7m9p1r3t5", "todo_id": TODO_ID, "author": ANA,
        "body": f"@[{BEN_ID}] the one at 22:10?", "mentions": [BEN_ID],
        "created_at": LATER, "edited_at": None,
    }
)  # fmt: skip
REMINDER = ReminderShape.model_validate(
    {
        "id": "01kaz4m1b3d5f7h9k1m3p5r7t9", "todo_id": TODO_ID, "list_id": LIST_ID,
        "at": None, "minutes_before": 60, "fires_at": "2026-12-24T07:00:00Z",
        "state": ReminderState.SCHEDULED, "sent_at": None, "detail": "",
    }
)  # fmt: skip

PROBLEM = {
    "type": "about:blank", "title": "Not acceptable", "status": 422, "code": "invalid",
    "detail": "Some of what you sent is not acceptable.",
    "errors": [
        {
            "field": "title", "code": "string_too_long",
            "message": "String should have at most 500 characters",
        }
    ],
    "request_id": "01kaz5a7c9e1g3j5m7p9r1t3w5",
}  # fmt: skip

_DUE = {"at": "2026-12-24T09:00:00", "zone": "Europe/Berlin"}


def _shown(*shapes: TodoShape | CommentShape | ReminderShape | TodosShape) -> dict[str, Any]:
    """Returns the examples of answers, each under the name of its model."""
    return {type(shape).__name__: shape.model_dump(mode="json") for shape in shapes}


ANSWERS: dict[str, Any] = _shown(
    TODO,
    COMMENT,
    REMINDER,
    EditedTodoShape.model_validate(
        TODO.model_dump() | {"overwrote": {"title": "Book the train"}, "version": 3}
    ),
    TodosShape(items=[TODO]),
) | {
    "Problem": PROBLEM,
    "HealthReport": {
        "status": "degraded",
        "checks": {"database": "ok", "broker": "degraded", "worker": "ok"},
    },
    "Alive": {"status": "ok"},
}

BODIES: dict[str, Any] = {
    "NewTodoBody": {
        "list_id": LIST_ID, "title": "Book the night train", "priority": 3, "due": _DUE,
        "assignees": [BEN_ID], "labels": [LABEL_ID],
    },
    "EditBody": {"title": "Book the night train", "due": None, "base_seq": 12},
    "BulkBody": {"ids": [TODO_ID, NEIGHBOUR_ID], "changes": {"status": "completed"}},
    "MoveBody": {"before_id": NEIGHBOUR_ID},
    "CommentBody": {"body": f"@[{BEN_ID}] the one at 22:10?"},
    "ReminderBody": {"minutes_before": 60},
}  # fmt: skip


def example_of(name: str) -> dict[str, Any] | None:
    """Returns the example of a schema; for a page of something, a page of that."""
    found: dict[str, Any] | None = ANSWERS.get(name) or BODIES.get(name)
    if found is not None:
        return found
    kind, _, item = name.rstrip("_").partition("_")
    items = [ANSWERS[item]] if item in ANSWERS else None
    if items is None:
        return None
    if kind == "Items":
        return {"items": items}
    if kind == "Page":
        return {"items": items, "next_cursor": None, "total": 1}
    if kind == "NumberedPage":
        return {
            "items": items, "total": 1, "page": 1, "page_size": 50, "total_pages": 1,
            "has_next": False, "has_prev": False,
        }  # fmt: skip
    return None
