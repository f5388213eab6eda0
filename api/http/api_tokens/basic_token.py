"""HTTP Basic (RFC 7617) with an API token as password, for protocols that know no Bearer tokens.

A route accepts it by declaring BasicToken, and accepts nothing else then: no session, no cookie. All
other routes refuse Basic. The user name is ignored: the token names its account, and a program goes on
working after the address of the account has changed.
"""

import binascii
from base64 import b64decode
from typing import Annotated

from fastapi import Depends, Request
from starlette.exceptions import HTTPException

from api.http import rate_limits
from api.http.dependencies import ClientAddress, OpenResources
from api.http.rate_limits import Limits
from shared.access.gate import insufficient_scope
from shared.accounts.authentication.credentials import Principal, authenticate
from shared.accounts.second_factors.requirement import require_second_factor
from shared.actor import Actor
from shared.errors import Forbidden, Unauthenticated

_CHALLENGE = {"WWW-Authenticate": 'Basic realm="Livelist", charset="UTF-8"'}
_TOKENS_ONLY = frozenset({Principal.API_TOKEN})
# PROPFIND and REPORT are the reads of WebDAV and CalDAV (RFC 4918, RFC 3253).
_READING = frozenset({"GET", "HEAD", "OPTIONS", "PROPFIND", "REPORT"})
# What a browser says of a request that a page of this site or the user made.
_OWN_SITES = frozenset({"same-origin", "none"})
# A token has 53 characters, and an address at most 320.
_MAX_LENGTH = 1000


async def basic_token_actor(
    request: Request, resources: OpenResources, address: ClientAddress, limits: Limits
) -> Actor:
    """Return the actor of the API token that the request has as its password.

    Raise HTTPException 401 with a Basic challenge, Forbidden `insufficient_scope` for a write with a
    `read` token, Forbidden `origin_refused` or `second_factor_required`, or RateLimited after many wrong
    passwords of a network.
    """
    # A browser repeats a password that its user typed, also for a page of another site.
    if request.headers.get("sec-fetch-site", "none") not in _OWN_SITES:
        raise Forbidden("Another site may not use this password.", code="origin_refused")
    header = request.headers.get("authorization")
    if header is None:
        # Programs ask without a password first, to learn which kind is wanted.
        raise _ask_for_token(
            "Give an API token as the password. Make one in the web client: Settings → API tokens."
        )
    try:
        actor = await authenticate(resources, _password(header), address, accepts=_TOKENS_ONLY)
    except Unauthenticated:
        await limits.take(rate_limits.BASIC_TOKEN)
        raise _ask_for_token(
            "The password is no valid API token. Make one in the web client: Settings → API tokens."
        ) from None
    require_second_factor(resources.settings, actor)
    if request.method not in _READING and not actor.may_write:
        raise insufficient_scope()
    return actor


BasicToken = Annotated[Actor, Depends(basic_token_actor)]


def _password(header: str) -> str:
    """Return the password of an Authorization header. Raise Unauthenticated if it has none."""
    scheme, _, credentials = header.partition(" ")
    if scheme.lower() != "basic" or len(credentials) > _MAX_LENGTH:
        raise Unauthenticated
    try:
        decoded = b64decode(credentials.strip(), validate=True).decode()
    except (binascii.Error, ValueError):
        raise Unauthenticated from None
    # A user name has no colon (RFC 7617, section 2).
    _, colon, password = decoded.partition(":")
    if not colon:
        raise Unauthenticated
    return password


def _ask_for_token(detail: str) -> HTTPException:
    return HTTPException(401, detail, headers=_CHALLENGE)
