"""The authorization code flow with PKCE (RFC 6749, 7636; OpenID Connect Core, section 3.1).

Authlib makes the requests; shared/issuer_keys sends them, with bounds.
"""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote_plus

from authlib.oauth2.auth import ClientAuth
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri, prepare_token_request
from authlib.oauth2.rfc7636 import create_s256_code_challenge

from shared.accounts.provider_sign_in.errors import answer_invalid, provider_refused
from shared.accounts.provider_sign_in.tickets import BrowserSecrets
from shared.contract.input.strict_json import parse_strict_json
from shared.issuer_keys.discovery import ProviderMetadata, provider_unavailable
from shared.issuer_keys.fetching import FETCH_ERRORS, fetch, reason
from shared.settings import Settings
from shared.settings.external_sign_in.providers import Provider

# The provider looks a code up and signs a token; the page of the user waits 20 s for all of it.
TOKEN_SECONDS = 5
USERINFO_SECONDS = 3
# An ID token with some hundred groups has 16 kB, and two other tokens come with it.
MAX_ANSWER_BYTES = 128 * 1024
# RFC 6749, section 5.2: errors come with 400, or 401 for wrong credentials of the client.
_TOKEN_STATUSES = frozenset({200, 400, 401})

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class AuthorizationResponse:
    """The parameters with which the provider sent the browser back."""

    state: str
    code: str | None = None
    iss: str | None = None
    error: str | None = None


@dataclass(frozen=True)
class ProviderTokens:
    id_token: str
    access_token: str


def redirect_uri(settings: Settings, provider: Provider) -> str:
    """Return where the provider sends the browser. Each has its own, so that none is taken for another."""
    return f"{settings.web.public_url}/sign-in/{provider.id}"


def authorization_url(
    settings: Settings, provider: Provider, metadata: ProviderMetadata, secrets: BrowserSecrets
) -> str:
    """Return the address at the provider to which the browser goes."""
    return str(
        prepare_grant_uri(
            metadata.authorization_endpoint,
            provider.client_id,
            "code",
            redirect_uri(settings, provider),
            list(provider.scopes),
            secrets.state,
            nonce=secrets.nonce,
            code_challenge=create_s256_code_challenge(secrets.code_verifier),
            code_challenge_method="S256",
        )
    )


def check_response(
    provider: Provider, metadata: ProviderMetadata, response: AuthorizationResponse
) -> str:
    """Return the code. Raise Unauthenticated, as the provider answered an error or is another."""
    # RFC 9207, section 2.4: before all else, since an error of another provider means nothing here.
    if response.iss is None and metadata.sends_issuer:
        raise answer_invalid(provider, "the response names no issuer")
    if response.iss is not None and response.iss != metadata.issuer:
        raise answer_invalid(provider, "the response names another issuer")
    if response.error is not None:
        raise provider_refused(provider, response.error)
    if not response.code:
        raise answer_invalid(provider, "the response has no code")
    return response.code


async def exchange_code(
    settings: Settings,
    provider: Provider,
    metadata: ProviderMetadata,
    code: str,
    secrets: BrowserSecrets,
) -> ProviderTokens:
    """Exchange the code for tokens. Raise Unauthenticated, or Unavailable."""
    form = prepare_token_request(
        "authorization_code",
        redirect_uri=redirect_uri(settings, provider),
        code=code,
        code_verifier=secrets.code_verifier,
    )
    url, headers, body = _client_auth(provider, metadata).prepare(
        "POST",
        metadata.token_endpoint,
        {"Content-Type": "application/x-www-form-urlencoded"},
        form,
    )
    try:
        async with asyncio.timeout(TOKEN_SECONDS):
            answer = await fetch(
                url, method="POST", headers=headers, body=body.encode(),
                max_bytes=MAX_ANSWER_BYTES, statuses=_TOKEN_STATUSES,
            )  # fmt: skip
        given = _json_object(answer)
    except FETCH_ERRORS as error:
        log.warning("the token endpoint of %s failed: %s", provider.id, reason(error))
        raise provider_unavailable(provider) from None
    id_token, access_token = given.get("id_token"), given.get("access_token")
    if not isinstance(id_token, str) or not isinstance(access_token, str):
        raise answer_invalid(provider, f"no tokens: {_error_code(given)}")
    return ProviderTokens(id_token, access_token)


async def fetch_userinfo(
    provider: Provider, metadata: ProviderMetadata, access_token: str, subject: str
) -> Mapping[str, object]:
    """Return the claims of the UserInfo endpoint, empty without one. Raise as `exchange_code`."""
    if metadata.userinfo_endpoint is None:
        return {}
    headers = {"Authorization": f"Bearer {access_token}"}
    if not access_token.isascii() or not access_token.isprintable():
        raise answer_invalid(provider, "the access token is no token")
    try:
        async with asyncio.timeout(USERINFO_SECONDS):
            answer = await fetch(
                metadata.userinfo_endpoint, headers=headers, max_bytes=MAX_ANSWER_BYTES
            )
        given = _json_object(answer)
    except FETCH_ERRORS as error:
        log.warning("the UserInfo endpoint of %s failed: %s", provider.id, reason(error))
        raise provider_unavailable(provider) from None
    # Core, section 5.3.2: otherwise the claims may be about another user.
    if given.get("sub") != subject:
        raise answer_invalid(provider, "the UserInfo is about another subject")
    return given


def _client_auth(provider: Provider, metadata: ProviderMetadata) -> ClientAuth:
    client_id, secret = provider.client_id, provider.client_secret.get_secret_value()
    if metadata.auth_method == "client_secret_basic":
        # RFC 6749, section 2.3.1: encoded like a form first, which Authlib leaves out.
        client_id, secret = quote_plus(client_id), quote_plus(secret)
    return ClientAuth(client_id, secret, metadata.auth_method)


def _json_object(body: bytes) -> Mapping[str, object]:
    given = parse_strict_json(body)
    if not isinstance(given, dict):
        raise ValueError("it is no JSON object")  # noqa: TRY004
    return given


def _error_code(given: Mapping[str, object]) -> str:
    """Return the error that a token endpoint named, if it is a code of OAuth and not free text."""
    error = given.get("error")
    is_code = isinstance(error, str) and len(error) <= 40 and error.isascii()
    return str(error) if is_code and str(error).replace("_", "").isalpha() else "unknown error"
