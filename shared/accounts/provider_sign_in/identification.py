"""Find out whom a provider signed in: the state, the code, the ID token, and the UserInfo endpoint.

The state is used up in a transaction of its own, whatever comes after.
"""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass

from shared.accounts.external_identities import Identity
from shared.accounts.provider_sign_in.authorization import (
    AuthorizationResponse,
    check_response,
    exchange_code,
    fetch_userinfo,
)
from shared.accounts.provider_sign_in.errors import state_invalid
from shared.accounts.provider_sign_in.id_tokens import check_id_token, read_sid
from shared.accounts.provider_sign_in.tickets import BrowserSecrets, Ticket, use_ticket
from shared.issuer_keys.discovery import ProviderMetadata
from shared.resources import Resources
from shared.settings.external_sign_in.providers import Provider


@dataclass(frozen=True)
class ProviderUser:
    """Whom the provider signed in."""

    identity: Identity
    sid: str | None
    claims: Mapping[str, object]


async def identify(
    resources: Resources,
    provider: Provider,
    response: AuthorizationResponse,
    browser_secret: str,
) -> tuple[ProviderUser, Ticket]:
    """Return whom the provider signed in, and the ticket with which this browser began."""
    secrets = BrowserSecrets(browser_secret)
    # Not the state of another browser, which would sign its user in here (RFC 9700, section 4.7).
    if not hmac.compare_digest(secrets.state.encode(), response.state.encode()):
        raise state_invalid("the state is not of this browser")
    async with resources.begin() as work:
        ticket = await use_ticket(work, "state", response.state)
    if ticket is None:
        raise state_invalid("the state expired or was used")
    if ticket.provider != provider.id:
        raise state_invalid("the state is of another provider")
    metadata = await resources.discovery.find(provider)
    code = check_response(provider, metadata, response)
    tokens = await exchange_code(resources.settings, provider, metadata, code, secrets)
    claims = await check_id_token(
        resources, provider, metadata, tokens.id_token,
        nonce=secrets.nonce, access_token=tokens.access_token,
    )  # fmt: skip
    identity = Identity(provider.issuer, str(claims["sub"]))
    sid = read_sid(claims)
    claims = await _complete(provider, metadata, claims, tokens.access_token)
    return ProviderUser(identity, sid, claims), ticket


async def _complete(
    provider: Provider, metadata: ProviderMetadata, claims: Mapping[str, object], access_token: str
) -> Mapping[str, object]:
    """Return the claims with those of the UserInfo endpoint, where some providers put the address."""
    wanted = {"email"} | ({provider.groups_claim} if provider.site_roles else set())
    if wanted <= claims.keys():
        return claims
    more = await fetch_userinfo(provider, metadata, access_token, str(claims["sub"]))
    if "email" not in claims:
        # Address and confirmation come from one source.
        claims = {name: value for name, value in claims.items() if name != "email_verified"}
    else:
        more = {name: value for name, value in more.items() if name != "email_verified"}
    return {**more, **claims}
