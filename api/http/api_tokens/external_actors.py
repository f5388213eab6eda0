"""Which routes a user does not reach whom a trusted issuer signed in: those about credentials.

Such a user has the rights of a session, but none exists: there is no password to confirm, and no
session to end, or to tie a socket ticket or the pushes of a browser to.
"""

from api.http.paths import API, is_under
from shared.actor import Actor
from shared.errors import Forbidden

_FOLDERS = (
    f"{API}/auth",
    f"{API}/oauth",
    f"{API}/users/me/api-tokens",
    f"{API}/users/me/applications",
    f"{API}/users/me/calendar-feeds",
    f"{API}/users/me/passkeys",
    f"{API}/users/me/identities",
    f"{API}/users/me/exports",
    f"{API}/users/me/push-subscriptions",
    f"{API}/users/me/second-factors",
)
_PATHS = frozenset({f"{API}/ws-ticket", f"{API}/users/me/password", f"{API}/users/me/email"})
_ACCOUNT = f"{API}/users/me"


def check_external(actor: Actor, method: str, path: str) -> None:
    """Raise Forbidden if a trusted issuer signed the actor in and the route needs a session."""
    if not actor.is_external:
        return
    is_deletion = method == "DELETE" and path == _ACCOUNT
    if is_deletion or path in _PATHS or any(is_under(path, folder) for folder in _FOLDERS):
        raise Forbidden(
            "This needs a sign-in on this site itself. If you have no password here, “Forgot your "
            "password?” sets one.",
            code="session_required",
        )
