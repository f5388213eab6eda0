"""Who calls /mcp: the account of an API token, sent as Bearer. No session, cookie, guest or issuer."""

from typing import Annotated

from fastapi import Depends, Request
from starlette.exceptions import HTTPException

from api.http.dependencies import ClientAddress, OpenResources
from api.http.paths import MCP
from shared.accounts.authentication.credentials import Principal, authenticate
from shared.accounts.second_factors.requirement import require_second_factor
from shared.actor import Actor
from shared.contract.api_tokens import Audience
from shared.errors import Forbidden, Unauthenticated
from shared.settings import Settings

_TOKENS_ONLY = frozenset({Principal.API_TOKEN})


async def mcp_actor(request: Request, resources: OpenResources, address: ClientAddress) -> Actor:
    """Return the actor of the API token of the request, or of an access token for MCP.

    Raise HTTPException 401 with the address at which clients learn how to get one (RFC 9728, 5.1), or
    Forbidden `origin_refused` or `second_factor_required`.
    """
    settings = resources.settings
    _check_origin(request, settings)
    headers = request.headers.getlist("authorization")
    if not headers:
        raise _challenge(settings, "Send an API token as Bearer.")
    scheme, _, token = headers[0].partition(" ")
    try:
        # Of two credentials a proxy may have checked the other one.
        if scheme.lower() != "bearer" or len(headers) > 1:
            raise Unauthenticated
        actor = await authenticate(
            resources, token, address, accepts=_TOKENS_ONLY, audience=Audience.MCP
        )
    except Unauthenticated:
        detail = "The API token is wrong, expired or revoked. Nothing but an API token is accepted."
        raise _challenge(settings, detail, error="invalid_token") from None
    require_second_factor(settings, actor)
    return actor


McpActor = Annotated[Actor, Depends(mcp_actor)]


def _check_origin(request: Request, settings: Settings) -> None:
    """Raise Forbidden for a page of another site (MCP 2025-11-25, Transports, Security Warning).

    The Host header was checked before, by HostCheckMiddleware. Programs send no Origin.
    """
    origins = request.headers.getlist("origin")
    if origins and (len(origins) > 1 or origins[0] not in settings.web.origins):
        raise Forbidden("A page of another site may not use this.", code="origin_refused")


def _challenge(settings: Settings, detail: str, *, error: str = "") -> HTTPException:
    metadata = f"{settings.web.public_url}/.well-known/oauth-protected-resource{MCP}"
    challenge = f'Bearer resource_metadata="{metadata}"'
    if error:
        challenge = f'Bearer error="{error}", resource_metadata="{metadata}"'
    return HTTPException(401, detail, headers={"WWW-Authenticate": challenge})
