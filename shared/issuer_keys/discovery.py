"""What OpenID Connect providers say about themselves (Discovery 1.0), checked and kept.

fetched within an hour          used at once
older                           fetched first, by one caller for all
the provider does not answer    the last good answer for a day; then Unavailable, for 10 s without a request
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from shared.clock import monotonic
from shared.contract.input.strict_json import parse_strict_json
from shared.errors import Unavailable
from shared.issuer_keys.fetching import FETCH_ERRORS, fetch, reason
from shared.languages.texts import message
from shared.settings.external_sign_in.issuers import KNOWN_ALGORITHMS
from shared.settings.external_sign_in.json_objects import is_loopback_url, is_safe_url
from shared.settings.external_sign_in.providers import Provider

REFRESH_SECONDS = 3600
# A provider whose metadata is away for a day is gone, or has moved.
MAX_AGE_SECONDS = 24 * 3600
# A user who tries again soon may have success; a hundred users together cause one request.
RETRY_SECONDS = 10
# A user waits. A provider that is well answers in a tenth of a second.
FETCH_SECONDS = 3
# Keycloak's has 7 kB.
MAX_BODY_BYTES = 64 * 1024
# The default of OpenID Connect Core, section 2; what a provider means that announces none.
DEFAULT_ALGORITHMS = ("RS256",)
# In the order of preference: a secret in a header is in fewer logs than one in a body.
AUTH_METHODS = ("client_secret_basic", "client_secret_post")

_NEVER = float("-inf")

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ProviderMetadata:
    """The checked metadata of a provider. `name` and `jwks_url` make it a source of keys."""

    name: str
    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_url: str
    userinfo_endpoint: str | None
    algorithms: tuple[str, ...]
    auth_method: str
    # Whether every authorization response names its issuer (RFC 9207).
    sends_issuer: bool


@dataclass
class _Known:
    """What one provider said last. Times are in monotonic seconds."""

    metadata: ProviderMetadata | None = None
    fetched_at: float = _NEVER
    attempted_at: float = _NEVER
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class Discovery:
    """The metadata of all providers, as one process knows it."""

    def __init__(self) -> None:
        self._by_provider: defaultdict[Provider, _Known] = defaultdict(_Known)

    async def find(self, provider: Provider) -> ProviderMetadata:
        """Return the metadata. Raise Unavailable `provider_unavailable`."""
        known = self._by_provider[provider]
        if monotonic() - known.fetched_at > REFRESH_SECONDS:
            async with known.lock:
                # Another caller may have fetched, or failed to, while this one waited.
                now = monotonic()
                is_old = now - known.fetched_at > REFRESH_SECONDS
                if is_old and now - known.attempted_at > RETRY_SECONDS:
                    await _refresh(known, provider)
        if known.metadata is None or monotonic() - known.fetched_at > MAX_AGE_SECONDS:
            raise provider_unavailable(provider)
        return known.metadata


def provider_unavailable(provider: Provider) -> Unavailable:
    return Unavailable(
        message(
            "{provider} does not answer as it should. Try again soon, or sign in another way.",
            provider=provider.name,
        ),
        RETRY_SECONDS,
        code="provider_unavailable",
    )


async def fetch_metadata(provider: Provider) -> ProviderMetadata:
    """Return what the provider publishes now. Raise one of FETCH_ERRORS."""
    async with asyncio.timeout(FETCH_SECONDS):
        body = await fetch(provider.discovery_url, max_bytes=MAX_BODY_BYTES)
    return parse_metadata(provider, body)


async def _refresh(known: _Known, provider: Provider) -> None:
    before, known.attempted_at = known.attempted_at, monotonic()
    try:
        known.metadata = await fetch_metadata(provider)
    except asyncio.CancelledError:
        # The caller is gone, which says nothing about the provider: the next caller tries.
        known.attempted_at = before
        raise
    except FETCH_ERRORS as error:
        log.warning("the metadata of provider %s cannot be used: %s", provider.id, reason(error))
    else:
        known.fetched_at = monotonic()


def parse_metadata(provider: Provider, body: bytes) -> ProviderMetadata:
    """Return the metadata that `body` holds. Raise ValueError with a sentence."""
    given = parse_strict_json(body)
    if not isinstance(given, dict):
        raise ValueError("it is no JSON object")  # noqa: TRY004
    # Exactly, so that no provider speaks for another (Discovery 1.0, section 4.3).
    if given.get("issuer") != provider.issuer:
        raise ValueError("its `issuer` is not the one of the setting")
    if "code" not in _texts(given, "response_types_supported", ("code",)):
        raise ValueError("it does not support the authorization code flow")
    # Many providers accept PKCE and do not announce it. One that announces other methods does not.
    if "S256" not in _texts(given, "code_challenge_methods_supported", ("S256",)):
        raise ValueError("it does not support PKCE with S256")
    announced = _texts(given, "id_token_signing_alg_values_supported", DEFAULT_ALGORITHMS)
    algorithms = tuple(each for each in KNOWN_ALGORITHMS if each in announced)
    if not algorithms:
        raise ValueError("it signs with none of the accepted algorithms")
    methods = _texts(given, "token_endpoint_auth_methods_supported", AUTH_METHODS[:1])
    auth_method = next((method for method in AUTH_METHODS if method in methods), None)
    if auth_method is None:
        raise ValueError(f"its token endpoint accepts neither {' nor '.join(AUTH_METHODS)}")
    userinfo = given.get("userinfo_endpoint")
    return ProviderMetadata(
        name=provider.id,
        issuer=provider.issuer,
        authorization_endpoint=_url(provider, given, "authorization_endpoint"),
        token_endpoint=_url(provider, given, "token_endpoint"),
        jwks_url=_url(provider, given, "jwks_uri"),
        userinfo_endpoint=None if userinfo is None else _url(provider, given, "userinfo_endpoint"),
        algorithms=algorithms,
        auth_method=auth_method,
        sends_issuer=given.get("authorization_response_iss_parameter_supported") is True,
    )


def _texts(given: Mapping[str, object], name: str, default: tuple[str, ...]) -> tuple[str, ...]:
    value = given.get(name)
    if value is None:
        return default
    if not isinstance(value, list):
        raise ValueError(f"its `{name}` is no list")  # noqa: TRY004
    return tuple(each for each in value if isinstance(each, str))


def _url(provider: Provider, given: Mapping[str, object], name: str) -> str:
    """Return an address. A provider elsewhere must not send us to services of this machine."""
    value = given.get(name)
    is_allowed = isinstance(value, str) and is_safe_url(value) and "#" not in value
    if is_allowed and is_loopback_url(str(value)):
        is_allowed = is_loopback_url(provider.issuer)
    if not is_allowed:
        raise ValueError(f"its `{name}` is no acceptable address")
    return str(value)
