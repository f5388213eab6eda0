"""What programs read first: where the endpoints are (RFC 8414), and who protects what (RFC 9728)."""

from typing import Any

from fastapi import APIRouter, Response

from api.http.dependencies import OpenResources
from api.http.responses import public_json
from shared.accounts.oauth.scopes import MCP_SCOPES, SCOPES, resource_of
from shared.contract.api_tokens import Audience
from shared.settings import Settings

DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code"
GRANT_TYPES = ("authorization_code", "refresh_token", DEVICE_CODE)
_NAMES = {Audience.API: "Livelist API", Audience.MCP: "Livelist MCP server"}

router = APIRouter(include_in_schema=False)


def authorization_server(settings: Settings) -> dict[str, Any]:
    """Return the metadata of this authorization server (RFC 8414, section 2)."""
    site = settings.web.public_url
    return {
        "issuer": site,
        "authorization_endpoint": f"{site}/oauth/authorize",
        "token_endpoint": f"{site}/oauth/token",
        "registration_endpoint": f"{site}/oauth/register",
        "revocation_endpoint": f"{site}/oauth/revoke",
        "device_authorization_endpoint": f"{site}/oauth/device_authorization",
        "scopes_supported": list(SCOPES),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": list(GRANT_TYPES),
        "token_endpoint_auth_methods_supported": ["none"],
        "revocation_endpoint_auth_methods_supported": ["none"],
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": True,
    }


def protected_resource(settings: Settings, resource: str, audience: Audience) -> dict[str, Any]:
    """Return the metadata of one part of the site (RFC 9728, section 2)."""
    scopes = MCP_SCOPES if audience is Audience.MCP else SCOPES
    return {
        "resource": resource,
        "resource_name": _NAMES[audience],
        "authorization_servers": [settings.web.public_url],
        "scopes_supported": list(scopes),
        "bearer_methods_supported": ["header"],
    }


@router.get("/.well-known/oauth-authorization-server")
async def read_authorization_server(resources: OpenResources) -> Response:
    """Say where the endpoints are, and what they can do."""
    return public_json(authorization_server(resources.settings))


@router.get("/.well-known/oauth-protected-resource")
async def read_protected_site(resources: OpenResources) -> Response:
    """Say who protects the site as a whole: its tokens are those of the API."""
    settings = resources.settings
    return public_json(protected_resource(settings, settings.web.public_url, Audience.API))


@router.get("/.well-known/oauth-protected-resource/api/v1")
async def read_protected_api(resources: OpenResources) -> Response:
    """Say who protects REST and sockets."""
    return _of(resources.settings, Audience.API)


@router.get("/.well-known/oauth-protected-resource/mcp")
async def read_protected_mcp(resources: OpenResources) -> Response:
    """Say who protects the MCP endpoint."""
    return _of(resources.settings, Audience.MCP)


def _of(settings: Settings, audience: Audience) -> Response:
    resource = resource_of(settings.web.public_url, audience)
    return public_json(protected_resource(settings, resource, audience))
