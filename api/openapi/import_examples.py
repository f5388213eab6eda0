"""Examples of imports for the OpenAPI document."""

from typing import Any

from shared.contract.interop.imports import ImportColumns

Json = dict[str, Any]

_IMPORT: Json = {
    "id": "06gzk43m8sn0v2w4y6a8c0e2g4", "file_name": "trip.csv", "kind": "csv", "state": "ready",
    "list_id": None,
    "size_bytes": 4096, "todos_total": 2, "todos_done": 0, "todos_created": 0, "todos_skipped": 0,
    "todos_failed": 0, "files_total": 0, "files_done": 0,
    "error": "", "created_at": "2026-11-21T12:00:00.000000Z", "finished_at": None,
    "expires_at": "2026-12-21T12:00:00.000000Z",
}  # fmt: skip
_COLUMNS: Json = dict.fromkeys(ImportColumns.model_fields)
ANSWERS: Json = {
    "ImportShape": _IMPORT,
    "ImportDetail": _IMPORT | {
        "lists": [{"name": "Trip to Vienna", "folder": "", "todos": 2}],
        "sample": [
            {"list_name": "Trip to Vienna", "title": "Book the train", "is_subtask": False, "line": 3}
        ],
        "problems": [{"line": 7, "text": "This row has no title."}], "problem_count": 1,
        "header": ["list", "title"], "columns": _COLUMNS | {"title": "title"},
    },
}  # fmt: skip
BODIES: Json = {
    "ImportOptionsBody": {"kind": "csv", "list_id": None, "columns": {"title": "Task"}},
}
