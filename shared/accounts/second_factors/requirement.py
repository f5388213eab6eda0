"""Who must have a second factor (REQUIRE_SECOND_FACTOR), and what a session without one may do. Pure.

Such a session may set a factor up, and nothing else. API tokens of the account are refused as well, or they
would outlive the rule. Users of trusted issuers are not asked: their issuer signs them in, and no session
exists in which they could set a factor up. Guests of share links have no account.
"""

from shared.actor import Actor
from shared.contract.shapes import SiteRole
from shared.errors import Forbidden
from shared.settings import Settings
from shared.settings.accounts import RequiredOf


def is_required_of(settings: Settings, site_role: SiteRole) -> bool:
    """Return True if accounts of this role must have a second factor."""
    match settings.accounts.require_second_factor:
        case RequiredOf.EVERYONE:
            return True
        case RequiredOf.ADMINISTRATORS:
            return site_role is SiteRole.ADMIN
        case RequiredOf.NONE:
            return False


def lacks_second_factor(settings: Settings, actor: Actor) -> bool:
    """Return True if the actor's account must have a second factor and has none."""
    if actor.is_external or actor.is_guest or actor.has_second_factor:
        return False
    return is_required_of(settings, actor.site_role)


def is_refused(settings: Settings, actor: Actor) -> bool:
    """Return True if an actor that was admitted would be refused now.

    Their account was edited since: it must have a second factor and has none, or has one that the token of
    a trusted issuer does not prove.
    """
    if actor.is_external:
        return actor.has_second_factor
    return lacks_second_factor(settings, actor)


def require_second_factor(settings: Settings, actor: Actor) -> None:
    """Raise Forbidden `second_factor_required` if the actor lacks one."""
    if lacks_second_factor(settings, actor):
        raise Forbidden(
            "This site asks you to set up two-step verification before you go on.",
            code="second_factor_required",
        )
