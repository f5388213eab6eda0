"""Which routes a session reaches whose user must still set up a second factor: those to do so."""

from api.http.paths import API, is_under
from shared.accounts.second_factors.requirement import require_second_factor
from shared.actor import Actor
from shared.settings import Settings

# A route to set up another kind of factor is added here.
_FOLDERS = (f"{API}/auth", f"{API}/users/me/second-factors", f"{API}/users/me/passkeys")


def check_second_factor(settings: Settings, actor: Actor, path: str) -> None:
    """Raise Forbidden `second_factor_required` unless the actor has one or sets one up."""
    is_reachable = actor.grant is None and any(is_under(path, folder) for folder in _FOLDERS)
    if not is_reachable:
        require_second_factor(settings, actor)
