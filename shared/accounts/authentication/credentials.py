"""Authenticate a request by its credential. The only module that reads and fills the cache of actors.

A caller names the kinds of principal it accepts, and without naming any accepts sessions only. The
kind is decided by the form of the credential, before the cache: a cached API token once passed as a
session. A new kind has a member of Principal, a condition in `_kind_of` and a reader in READERS.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from enum import StrEnum

from shared.accounts.authentication.access_tokens import check_access_token, is_own_token
from shared.accounts.authentication.api_token_format import is_api_token, is_guest_token
from shared.accounts.authentication.api_tokens import find_bearer
from shared.accounts.authentication.guests import find_guest_bearer
from shared.accounts.external_identities import find_external_bearer
from shared.accounts.queries import read_actor_of_session
from shared.actor import Actor, Bearer
from shared.contract.api_tokens import Audience
from shared.errors import Unauthenticated
from shared.resources import Resources
from shared.settings import Settings


class Principal(StrEnum):
    """What a credential identifies its caller as."""

    SESSION = "session"
    API_TOKEN = "api_token"  # noqa: S105
    # A JWT of a trusted issuer.
    EXTERNAL = "external"
    # The token of a guest who came by a share link.
    GUEST = "guest"


SESSIONS = frozenset({Principal.SESSION})
EVERY_PRINCIPAL = frozenset(Principal)


async def authenticate(
    resources: Resources,
    credential: str,
    address: str = "",
    *,
    accepts: frozenset[Principal] = SESSIONS,
    audience: Audience | None = None,
) -> Actor:
    """Return the actor whom a live credential of an accepted kind speaks for.

    Access tokens of connected applications pass only where their `audience` is named. `address` is the
    network address of the request. The process that commits a revocation sees it at once; every other
    process within half a second. Raise Unauthenticated; for JWTs of trusted issuers also Unavailable,
    and Forbidden where no account may be made.
    """
    kind = _kind_of(resources.settings, credential)
    if kind not in accepts:
        raise Unauthenticated
    cache = resources.actor_cache
    bearer = cache.find(credential)
    if bearer is None or bearer.expires_at <= resources.clock.now().timestamp():
        generation = cache.generation
        if kind is Principal.EXTERNAL:
            # It may make an account, which is audited with the address.
            bearer = await find_external_bearer(resources, credential, address)
        else:
            bearer = await READERS[kind](resources, credential)
        cache.add(credential, bearer, since=generation)
    actor = bearer.actor
    if not actor.works_at(audience):
        raise Unauthenticated("This token is for another part of the site.")
    return actor if actor.address == address else replace(actor, address=address)


def _kind_of(settings: Settings, credential: str) -> Principal:
    if is_api_token(credential):
        return Principal.API_TOKEN
    if is_guest_token(credential):
        return Principal.GUEST
    if settings.issuers.trusted and not is_own_token(settings, credential):
        return Principal.EXTERNAL
    return Principal.SESSION


async def _find_session(resources: Resources, access_token: str) -> Bearer:
    """Return whom the access token of a live session speaks for. Raise Unauthenticated."""
    claims = check_access_token(resources.settings, access_token, resources.clock.now())
    async with resources.single_read() as read:
        actor = await read_actor_of_session(read, claims.session_id)
    if actor.user_id != claims.user_id:
        raise Unauthenticated
    return Bearer(actor, claims.expires_at)


READERS: dict[Principal, Callable[[Resources, str], Awaitable[Bearer]]] = {
    Principal.SESSION: _find_session,
    Principal.API_TOKEN: find_bearer,
    Principal.GUEST: find_guest_bearer,
}
