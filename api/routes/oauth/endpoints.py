"""The endpoints that programs call: to register, to get and revoke tokens, to begin a device flow.

A program is not signed in here: codes and tokens in the form are its credentials.
"""

from typing import Any

from fastapi import APIRouter, Request, Response

from api.http import rate_limits
from api.http.dependencies import ClientAddress, OpenResources
from api.http.rate_limits import Limits
from api.routes.oauth import metadata
from api.routes.oauth.protocol import (
    answers_oauth_errors,
    oauth_response,
    read_form,
    read_json,
    required,
)
from shared.accounts.oauth import device, tokens
from shared.accounts.oauth.clients import Client, find_client, register_client
from shared.accounts.oauth.errors import OAuthError
from shared.accounts.oauth.grants import IssuedTokens
from shared.accounts.oauth.scopes import SCOPES
from shared.accounts.oauth.secrets import MAX_LENGTH
from shared.accounts.oauth.tokens import Caller
from shared.resources import Resources

router = APIRouter(include_in_schema=False)


@router.post("/oauth/register", status_code=201)
@answers_oauth_errors
async def register(request: Request, resources: OpenResources, limits: Limits) -> Response:
    """Register a program (RFC 7591). It gets an id and no secret."""
    await limits.take(rate_limits.OAUTH_REGISTER)
    sent = read_json(request)
    name, uris = sent.get("client_name"), sent.get("redirect_uris", [])
    if not isinstance(name, str | None):
        raise OAuthError("invalid_client_metadata", "The client_name is a text.")
    if not isinstance(uris, list) or not all(isinstance(uri, str) for uri in uris):
        raise OAuthError("invalid_redirect_uri", "The redirect_uris are an array of texts.")
    grant_types = _grant_types(sent)
    async with resources.begin() as work:
        needs_redirect = "authorization_code" in grant_types
        client = await register_client(work, name, uris, needs_redirect=needs_redirect)
        registered_at = int(work.now.timestamp())
    return oauth_response(_registration(client, grant_types, registered_at), 201)


def _grant_types(sent: dict[str, Any]) -> list[str]:
    """Return those of the requested grant types that exist. Raise OAuthError if none does."""
    asked = sent.get("grant_types") or ["authorization_code", "refresh_token"]
    if not isinstance(asked, list):
        raise OAuthError("invalid_client_metadata", "The grant_types are an array.")
    known = [grant_type for grant_type in metadata.GRANT_TYPES if grant_type in asked]
    if not {"authorization_code", metadata.DEVICE_CODE}.intersection(known):
        raise OAuthError("invalid_client_metadata", "None of these grant_types is supported.")
    return known


def _registration(client: Client, grant_types: list[str], registered_at: int) -> dict[str, Any]:
    """Return what was registered, which may differ from what was asked (RFC 7591, 3.2.1)."""
    return {
        "client_id": client.id,
        "client_id_issued_at": registered_at,
        "client_name": client.name,
        "redirect_uris": list(client.redirect_uris),
        "grant_types": grant_types,
        "response_types": ["code"] if "authorization_code" in grant_types else [],
        "token_endpoint_auth_method": "none",
        "scope": " ".join(SCOPES),
    }


@router.post("/oauth/token")
@answers_oauth_errors
async def issue_tokens(
    request: Request, resources: OpenResources, address: ClientAddress, limits: Limits
) -> Response:
    """Give a program tokens for a code, a refresh token or a device code."""
    await limits.take(rate_limits.OAUTH_TOKEN)
    fields = read_form(request)
    grant_type = required(fields, "grant_type")
    caller = await _caller(resources, fields, address)
    match grant_type:
        case "authorization_code":
            issued = await tokens.exchange_code(
                resources,
                caller,
                _secret(fields, "code"),
                required(fields, "redirect_uri"),
                _verifier(fields),
                fields.get("resource"),
            )
        case "refresh_token":
            issued = await tokens.refresh(
                resources,
                caller,
                _secret(fields, "refresh_token"),
                fields.get("scope"),
                fields.get("resource"),
            )
        case metadata.DEVICE_CODE:
            issued = await device.poll_device(
                resources, caller, _secret(fields, "device_code"), fields.get("resource")
            )
        case _:
            raise OAuthError("unsupported_grant_type", "This grant_type is not supported.")
    return oauth_response(_token_answer(issued))


def _token_answer(issued: IssuedTokens) -> dict[str, Any]:
    return {
        "access_token": issued.access_token,
        "token_type": "Bearer",
        "expires_in": issued.expires_in,
        "refresh_token": issued.refresh_token,
        "scope": issued.scope,
    }


@router.post("/oauth/device_authorization")
@answers_oauth_errors
async def authorize_device(
    request: Request, resources: OpenResources, address: ClientAddress, limits: Limits
) -> Response:
    """Begin a device flow (RFC 8628): the program gets a code for its user, and waits."""
    await limits.take(rate_limits.OAUTH_DEVICE)
    fields = read_form(request)
    caller = await _caller(resources, fields, address)
    started = await device.start_device(
        resources, caller, fields.get("scope"), fields.get("resource")
    )
    page = f"{resources.settings.web.public_url}/device"
    # In the fragment, which no log of a server has.
    complete = {
        "verification_uri": page,
        "verification_uri_complete": f"{page}#code={started.user_code}",
    }
    return oauth_response(vars(started) | complete)


@router.post("/oauth/revoke")
@answers_oauth_errors
async def revoke(
    request: Request, resources: OpenResources, address: ClientAddress, limits: Limits
) -> Response:
    """Disconnect a program by a token of it (RFC 7009). The answer to any token is the same."""
    await limits.take(rate_limits.OAUTH_TOKEN)
    fields = read_form(request)
    token = required(fields, "token")
    caller = await _caller(resources, fields, address)
    if len(token) <= MAX_LENGTH:
        await tokens.revoke(resources, caller, token)
    return oauth_response({})


async def _caller(resources: Resources, fields: dict[str, str], address: str) -> Caller:
    """Return the program that calls. Raise OAuthError if it is not registered."""
    client_id = required(fields, "client_id")
    async with resources.single_read() as read:
        client = await find_client(read, client_id)
    return Caller(client.id, address)


def _secret(fields: dict[str, str], name: str) -> str:
    # A longer text is none of ours; it is hashed all the same, and so answered alike.
    return required(fields, name)[: MAX_LENGTH + 1]


def _verifier(fields: dict[str, str]) -> str:
    verifier = required(fields, "code_verifier")
    # RFC 7636, 4.1.
    if not 43 <= len(verifier) <= 128:
        raise OAuthError("invalid_request", "A code_verifier has 43 to 128 characters.")
    return verifier
