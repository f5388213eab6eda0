"""Examples of lists, labels and folders, for the OpenAPI document."""

from typing import Any

from api.openapi import activity_examples as activity

FOLDER_ID = "06gzk4c9x2n4p6r8t0v2x4z6b8"
FOLDER: dict[str, Any] = {"id": FOLDER_ID, "name": "Family", "rank": "UzGwX"}
PLACEMENT: dict[str, Any] = {"rank": "V0004V", "favourite": True, "folder_id": FOLDER_ID}
PERSONAL_LABEL_ID = "06gzk4d1c3m5n7p9r1t3v5w7x9"
_PERSONAL_LABEL: dict[str, Any] = {
    "id": PERSONAL_LABEL_ID, "name": "waiting for an answer", "colour": "purple",
}  # fmt: skip
_LABELLED_TODO: dict[str, Any] = {
    "todo_id": "06gzk4d7s1t3v5w7x9y1z3a5b7", "personal_labels": [PERSONAL_LABEL_ID],
}  # fmt: skip
OF_SNAPSHOT: dict[str, Any] = {
    "folders": [FOLDER],
    "personal_labels": [_PERSONAL_LABEL],
    "labelled_todos": [_LABELLED_TODO],
}
_FOUND: dict[str, Any] = {
    "todo_id": "06gzk4d7s1t3v5w7x9y1z3a5b7", "list_id": "06gzk4c2v7n9p1r3t5v7x9z1b3",
    "title": "Call the plumber", "status": "pending",
    "comment_id": "06gzk4e9p3q5r7s9t1v3w5x7y9",
    "snippet": "… he comes on Friday, about the chimney too",
}  # fmt: skip
ANSWERS: dict[str, dict[str, Any]] = {
    "FoundShape": _FOUND,
    "SearchShape": {"items": [_FOUND], "is_approximate": False},
    "FolderShape": FOLDER,
    "PersonalLabelShape": _PERSONAL_LABEL,
    "LabelledTodo": _LABELLED_TODO,
    **activity.ANSWERS,
}
BODIES: dict[str, dict[str, Any]] = {
    "DuplicateListBody": {"name": "Trip to Vienna (copy)"},
    **activity.BODIES,
    "NewListBody": {"name": "Trip to Vienna", "colour": "teal"},
    "ListEditBody": {"name": "Trip to Vienna and back", "archived": False},
    "NewLabelBody": {"name": "before Christmas", "colour": "red"},
    "LabelEditBody": {"colour": "orange"},
    "LabelledTodosBody": {"todos": [_LABELLED_TODO]},
    "ListView": {
        "sort": "due",
        "group": "none",
        "filter": {
            "text": "",
            "due": "week",
            "priorities": [4, 5],
            "statuses": [],
            "labels": ["06gzk4cx5p2q4r6s8t0v2w4x6y"],
            "assignees": ["none"],
        },
    },
    "PlacementBody": {"favourite": True, "folder_id": FOLDER_ID},
    "NewFolderBody": {"name": "Family"},
    "FolderEditBody": {"name": "Family and friends"},
}
