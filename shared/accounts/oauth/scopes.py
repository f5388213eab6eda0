"""Scopes and resources as OAuth writes them. Pure.

A scope allows all that the scopes before it allow, so a granted `write` is written `read write`.
"""

from urllib.parse import urlsplit

from shared.accounts.oauth.errors import OAuthError
from shared.contract.api_tokens import Audience, TokenScope

SCOPES = tuple(TokenScope)
# What an MCP server needs: MCP clients request all that the metadata lists.
MCP_SCOPES = (TokenScope.READ, TokenScope.WRITE)
_PATHS = {Audience.API: "/api/v1", Audience.MCP: "/mcp"}


def parse_scope(text: str | None) -> TokenScope:
    """Return the widest of the scopes; `read` if there is none. Raise OAuthError `invalid_scope`."""
    names = (text or "").split(" ") if text else []
    if not all(name in SCOPES for name in names):
        raise OAuthError("invalid_scope", f"The scopes are {', '.join(SCOPES)}.")
    return max(map(TokenScope, names), key=SCOPES.index, default=TokenScope.READ)


def write_scope(scope: TokenScope) -> str:
    """Return the scope with all that it includes, separated by spaces."""
    return " ".join(SCOPES[: SCOPES.index(scope) + 1])


def is_within(scope: TokenScope, wider: TokenScope) -> bool:
    """Return True if `wider` allows all that `scope` allows."""
    return SCOPES.index(scope) <= SCOPES.index(wider)


def resource_of(public_url: str, audience: Audience) -> str:
    """Return the identifier of a part of the site (RFC 8707)."""
    return f"{public_url}{_PATHS[audience]}"


def parse_resource(public_url: str, resource: str | None) -> Audience:
    """Return the part of the site that `resource` names; without one, or for the site itself, the API.

    Raise OAuthError `invalid_target`. Case of the host and a final slash do not matter, as the MCP
    specification advises.
    """
    if not resource:
        return Audience.API
    named = _canonical(resource)
    if named == _canonical(public_url):
        return Audience.API
    for audience in Audience:
        if named == _canonical(resource_of(public_url, audience)):
            return audience
    raise OAuthError("invalid_target", "This is no resource of this site.")


def _canonical(resource: str) -> tuple[str, str, str] | None:
    try:
        parts = urlsplit(resource)
    except ValueError:
        return None
    if parts.query or parts.fragment or "#" in resource or "?" in resource:
        return None
    return parts.scheme.lower(), parts.netloc.lower(), parts.path.rstrip("/")
