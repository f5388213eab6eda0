"""The routes of administrators, with the request body of each, for the permission matrix."""

from collections.abc import Mapping
from typing import Any

ADMINISTRATION_ROUTES: Mapping[str, Any] = {
    "DELETE /users/{user_id}/second-factors": None,
    "GET /audit": None,
    "GET /users": None,
    "GET /users/{user_id}": None,
    "DELETE /users/{user_id}": None,
    "PATCH /users/{user_id}": {"name": "New"},
    "POST /admin/users": {"email": "nobody@example.com", "name": "New"},
    "POST /admin/users/{user_id}/invitation": None,
    "POST /admin/users/{user_id}/password-reset": None,
    "DELETE /admin/users/{user_id}/mail-refusal": None,
    "GET /admin/jobs/counts": None,
    "GET /admin/jobs/dead": None,
    "POST /admin/jobs/dead/retry": {"all": True},
    "POST /admin/jobs/dead/discard": {"all": True},
    "GET /admin/site": None,
    "GET /admin/mail": None,
}
