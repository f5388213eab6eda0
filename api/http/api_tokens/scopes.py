"""Which routes an API token reaches. A route that is not named here needs a session.

What a token may do in a list, and on the site, the gate decides (shared/access/gate.py). This table is
for what the gate does not know: routes about the account, which no program needs.
"""

from api.http.paths import API, is_under
from shared.access.gate import insufficient_scope, session_required
from shared.actor import Actor

_READING = frozenset({"GET", "HEAD", "OPTIONS"})
# All routes under these, except what the gate refuses (policy.SESSION_ACTIONS).
_FOLDERS = (
    f"{API}/lists",
    f"{API}/todos",
    f"{API}/attachments",
    f"{API}/users/{{user_id}}",
    f"{API}/admin",
    f"{API}/folders",
    f"{API}/personal-labels",
    f"{API}/labelled-todos",
)
_PATHS = frozenset({f"{API}/users", f"{API}/audit", f"{API}/repeats/preview"})
_READABLE_PATHS = frozenset(
    {
        f"{API}/search",
        f"{API}/users/me",
        f"{API}/users/me/list-snapshots",
        f"{API}/users/me/list-export",
    }
)
# A token of some lists does not reach them: they are about all lists.
_OF_ALL_LISTS = frozenset(
    {f"{API}/users/me/snapshot", f"{API}/users/me/events", f"{API}/labelled-todos"}
)
_FOLDERS_OF_ALL_LISTS = (f"{API}/folders", f"{API}/personal-labels")
# Computes dates from its body and changes nothing.
_WITHOUT_EFFECT = f"{API}/repeats/preview"


def reaches(method: str, path: str) -> bool:
    """Return True if some API token reaches the route; `path` is its template."""
    if path in _PATHS or any(is_under(path, folder) for folder in _FOLDERS):
        return True
    return path in _READABLE_PATHS | _OF_ALL_LISTS and method in _READING


def check_scope(actor: Actor, method: str, path: str) -> None:
    """Raise Forbidden if the actor is an API token that does not reach the route."""
    if actor.grant is None:
        return
    if not reaches(method, path):
        raise session_required()
    if method not in _READING and path != _WITHOUT_EFFECT and not actor.may_write:
        raise insufficient_scope()
    is_of_all_lists = any(is_under(path, folder) for folder in _FOLDERS_OF_ALL_LISTS)
    if actor.is_restricted and (path in _OF_ALL_LISTS or is_of_all_lists):
        raise insufficient_scope()
