"""Examples of the activity of a list for the OpenAPI document, about the list of examples.py."""

from typing import Any

Json = dict[str, Any]

_CHANGE: Json = {"field": "title", "before": "Buy ticket", "after": "Buy tickets"}
_ENTRY: Json = {
    "seq": 12, "at": "2026-11-21T12:00:00.000000Z",
    "actor": {"id": "06gzk3zq9ph4f6d8b0y2w4t6r8", "name": "Ana"}, "via": None,
    "event": "todo.edited", "todo_id": "06gzk4d2g1rj8k6h4f2d0b8z6x", "title": "Buy tickets",
    "subject": None, "comment_id": None, "changes": [_CHANGE], "has_before": True, "list_id": None,
    "ended": None, "reason": None, "undoes": None, "is_undone": False, "is_undoable": True,
    "refusal": None, "refused_fields": [],
}  # fmt: skip

ANSWERS: Json = {
    "ActivityPage": {"items": [_ENTRY], "next_before": None, "people": [], "labels": []},
    "UndoneShape": {"undone": [12]},
}
BODIES: Json = {"UndoBody": {"seqs": [12]}}
