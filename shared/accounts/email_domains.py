"""The domains that addresses of accounts may have, by the setting ALLOWED_EMAIL_DOMAINS."""

from shared.errors import Forbidden
from shared.settings import Settings


def require_allowed_domain(settings: Settings, email: str) -> None:
    """Raise Forbidden `email_domain_not_allowed` if accounts may not have this address."""
    if not settings.accounts.allows_address(email):
        raise Forbidden(
            "Accounts on this site need an address of its organisation.",
            code="email_domain_not_allowed",
        )
