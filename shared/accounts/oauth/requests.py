"""Check an authorization request (OAuth 2.1, section 4.1.1) before a user sees it.

A request whose client or redirect URI is wrong is never answered to that address. One with another
mistake is, but only after the user has chosen to go back: anybody can register a client, and an
automatic answer would make this site an open redirector (RFC 9700, section 4.11.2).
"""

import re
from dataclasses import dataclass

from shared.accounts.oauth.clients import Client, find_client
from shared.accounts.oauth.errors import OAuthError
from shared.accounts.oauth.redirect_uris import (
    RedirectUriRejected,
    check_redirect_uri,
    is_registered,
    with_parameters,
)
from shared.accounts.oauth.scopes import parse_resource, parse_scope
from shared.contract.api_tokens import Audience, TokenScope
from shared.contract.interop.oauth import AuthorizationRequest
from shared.errors import Invalid
from shared.unit_of_work import ReadTransaction

# BASE64URL of a SHA-256 has 43 characters (RFC 7636, 4.2).
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
# Longer than the encrypted states of any program; the browser carries it in an address.
MAX_STATE_LENGTH = 2000


@dataclass(frozen=True)
class CheckedRequest:
    """A request of a registered client for a registered redirect URI. `error` if it is wrong otherwise."""

    client: Client
    redirect_uri: str
    state: str | None
    scope: TokenScope = TokenScope.READ
    audience: Audience = Audience.API
    challenge: str = ""
    error: OAuthError | None = None

    def answer(self, issuer: str, parameters: dict[str, str]) -> str:
        """Return the address to which the browser goes back with these parameters.

        `iss` tells the program which server answers (RFC 9207): mixed up, it would send the code of one
        server to another.
        """
        state = {} if self.state is None else {"state": self.state}
        return with_parameters(self.redirect_uri, parameters | state | {"iss": issuer})

    def refusal(self, issuer: str) -> str:
        """Return the address that says what was wrong, or that the user denied it."""
        error = self.error or OAuthError("access_denied", "The user denied it.")
        return self.answer(issuer, {"error": error.code, "error_description": error.description})


async def check_request(
    read: ReadTransaction, public_url: str, asked: AuthorizationRequest
) -> CheckedRequest:
    """Return the checked request. Raise Invalid if client or redirect URI are not registered."""
    try:
        client = await find_client(read, asked.client_id)
    except OAuthError:
        raise Invalid(
            "This application is not known here. Start again from the application.",
            code="unknown_application",
        ) from None
    uri = asked.redirect_uri or ""
    try:
        check_redirect_uri(uri)
    except RedirectUriRejected:
        raise _unregistered() from None
    if not is_registered(client.redirect_uris, uri):
        raise _unregistered()
    state = asked.state
    if state is not None and len(state) > MAX_STATE_LENGTH:
        wrong = OAuthError("invalid_request", f"A state has at most {MAX_STATE_LENGTH} characters.")
        return CheckedRequest(client, uri, None, error=wrong)
    try:
        _check_flow(asked)
        scope = parse_scope(asked.scope)
        audience = parse_resource(public_url, asked.resource)
    except OAuthError as error:
        return CheckedRequest(client, uri, state, error=error)
    return CheckedRequest(client, uri, state, scope, audience, asked.code_challenge or "")


def _check_flow(asked: AuthorizationRequest) -> None:
    """Raise OAuthError unless the request is for a code, with PKCE by S256."""
    if asked.response_type is None:
        raise OAuthError("invalid_request", "Send response_type=code.")
    if asked.response_type != "code":
        raise OAuthError("unsupported_response_type", "The only response_type is code.")
    if not asked.code_challenge or asked.code_challenge_method != "S256":
        raise OAuthError(
            "invalid_request", "Send a code_challenge with code_challenge_method=S256."
        )
    if not _CHALLENGE.fullmatch(asked.code_challenge):
        raise OAuthError("invalid_request", "The code_challenge is no SHA-256 in base64url.")


def _unregistered() -> Invalid:
    return Invalid(
        "The application wants you to go back to an address that it has not registered. Do not go on.",
        code="unregistered_redirect_uri",
    )
