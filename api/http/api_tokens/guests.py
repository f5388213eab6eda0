"""Which routes a guest of a share link reaches. A route that is not named here needs an account.

What a guest may do in the list, the gate decides (policy.GUEST_ACTIONS).
"""

from api.http.paths import API, is_under
from shared.access.gate import account_required
from shared.actor import Actor

_FOLDERS = (f"{API}/lists/{{list_id}}", f"{API}/todos", f"{API}/attachments")
_PATHS = frozenset({f"{API}/repeats/preview", f"{API}/search"})
# Reminders are mailed and pushed to an account.
_NOT_FOR_GUESTS = f"{API}/todos/{{todo_id}}/reminders"


def is_for_guests(path: str) -> bool:
    """Return True if guests reach the route; `path` is its template."""
    if is_under(path, _NOT_FOR_GUESTS):
        return False
    return path in _PATHS or any(is_under(path, folder) for folder in _FOLDERS)


def check_guest(actor: Actor, path: str) -> None:
    """Raise Forbidden `account_required` if the actor is a guest whom the route does not serve."""
    if actor.is_guest and not is_for_guests(path):
        raise account_required()
