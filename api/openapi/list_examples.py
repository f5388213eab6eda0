"""Examples of lists, labels and folders, for the OpenAPI document."""

from typing import Any

from api.openapi import activity_examples as activity

FOLDER_ID = "06gzk4c9x2n4p6r8t0v2x4z6b8"
FOLDER: dict[str, Any] = {"id": FOLDER_ID, "name": "Family", "rank": "UzGwX"}
PLACEMENT: dict[str, Any] = {"rank": "V0004V", "favourite": True, "folder_id": FOLDER_ID}
ANSWERS: dict[str, dict[str, Any]] = {"FolderShape": FOLDER, **activity.ANSWERS}
BODIES: dict[str, dict[str, Any]] = {
    "DuplicateListBody": {"name": "Trip to Vienna (copy)"},
    **activity.BODIES,
    "NewListBody": {"name": "Trip to Vienna", "colour": "teal"},
    "ListEditBody": {"name": "Trip to Vienna and back", "archived": False},
    "NewLabelBody": {"name": "before Christmas", "colour": "red"},
    "LabelEditBody": {"colour": "orange"},
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
