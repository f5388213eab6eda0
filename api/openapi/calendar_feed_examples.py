"""Examples of calendar feeds for the OpenAPI document, about the list of examples.py."""

from typing import Any

Json = dict[str, Any]

_FILTER: Json = {
    "text": "",
    "due": "dated",
    "priorities": [4, 5],
    "statuses": [],
    "labels": [],
    "assignees": ["none"],
}
_FEED: Json = {
    "id": "06gzk46f7q2v4x6z8b0d2f4h6j",
    "name": "Trip to Vienna",
    "list_id": "06gzk4c8w0qx2m3n5p7r9s1t3v",
    "content": "todos",
    "include_completed": False,
    "filter": _FILTER,
    "created_at": "2026-11-21T12:00:00.000000Z",
    "last_used_at": None,
}
_ADDRESS = "https://todo.example.org/api/v1/calendar-feeds/llf_Wm3kT9vXq2LhB7cRzN5pYd8sFgJ4aUeK6oQiMxVtZ0w.ics"

ANSWERS: Json = {
    "CalendarFeedShape": _FEED,
    "NewCalendarFeedShape": _FEED | {"address": _ADDRESS},
}
BODIES: Json = {
    "NewCalendarFeedBody": {
        "name": "Trip to Vienna",
        "list_id": _FEED["list_id"],
        "filter": _FILTER,
    },
}
