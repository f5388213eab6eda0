"""The routes of lists, and of where a user keeps them, with a body each, for the permission matrix."""

from typing import Any

LIST_ROUTES: dict[str, Any] = {
    "GET /lists": None,
    "POST /lists": {"name": "New"},
    "GET /lists/{list_id}": None,
    "PATCH /lists/{list_id}": {"name": "New"},
    "DELETE /lists/{list_id}": None,
    "POST /lists/{list_id}/duplicate": {"name": "New (copy)"},
    "POST /lists/{list_id}/restore": None,
    "PATCH /lists/{list_id}/placement": {"favourite": True},
    "PUT /lists/{list_id}/view": {
        "sort": "due",
        "group": "none",
        "filter": {
            "text": "",
            "due": None,
            "priorities": [],
            "statuses": [],
            "labels": [],
            "assignees": [],
        },
    },
    "GET /folders": None,
    "POST /folders": {"name": "New"},
    "PATCH /folders/{folder_id}": {"name": "New"},
    "DELETE /folders/{folder_id}": None,
    "GET /personal-labels": None,
    "POST /personal-labels": {"name": "New"},
    "PATCH /personal-labels/{personal_label_id}": {"name": "New"},
    "DELETE /personal-labels/{personal_label_id}": None,
    "GET /labelled-todos": None,
    "PATCH /labelled-todos": {"todos": [{"todo_id": "{todo_id}", "personal_labels": []}]},
}
