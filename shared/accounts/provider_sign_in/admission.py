"""Who may get an account by a provider: the rules of the site, and those of the provider."""

from dataclasses import dataclass

from shared.accounts.email_domains import require_allowed_domain
from shared.errors import Forbidden
from shared.languages.texts import message
from shared.members.queries import is_invited
from shared.resources import Resources
from shared.settings.external_sign_in.providers import Provider


@dataclass(frozen=True)
class Newcomer:
    """What a user without an account brings along."""

    time_zone: str
    locale: str
    # The token in the mail of an invitation, which admits its address while registration is closed.
    invitation_token: str = ""


async def require_admitted(
    resources: Resources,
    provider: Provider,
    email: str,
    newcomer: Newcomer,
    *,
    is_invited_to_site: bool = False,
) -> None:
    """Raise Forbidden unless the address may get an account.

    An administrator's invitation opens the site to the address, not the provider, which may be trusted
    for some addresses alone. Codes: `provider_signs_up_nobody`, `email_domain_not_allowed`,
    `registration_closed`.
    """
    if not provider.sign_up:
        is_open = resources.settings.accounts.registration_open
        raise Forbidden(
            message(
                "{provider} signs in people who have an account here. Ask the operator for one, or "
                "create one with a password.",
                provider=provider.name,
            )
            if is_open
            else message(
                "{provider} signs in people who have an account here. Ask the operator for one.",
                provider=provider.name,
            ),
            code="provider_signs_up_nobody",
        )
    if not is_invited_to_site:
        require_allowed_domain(resources.settings, email)
    if not provider.allows_address(email):
        raise Forbidden(
            message(
                "{provider} makes no accounts for addresses of this domain.", provider=provider.name
            ),
            code="email_domain_not_allowed",
        )
    if is_invited_to_site or resources.settings.accounts.registration_open:
        return
    keys = resources.settings.secrets.signing_keys()
    async with resources.begin_read() as read:
        if await is_invited(read, keys, email, newcomer.invitation_token):
            return
    raise Forbidden(
        "Only people who are invited to a list can get an account on this site. Open the link in the "
        "invitation, and sign in with the address that it went to.",
        code="registration_closed",
    )
