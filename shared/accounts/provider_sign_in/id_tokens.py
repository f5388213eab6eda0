"""Check ID tokens (OpenID Connect Core, section 3.1.3.7) and logout tokens (Back-Channel Logout 1.0).

    form, header, algorithm → claims → key of the provider by `kid` → signature

The form, the header and the signature are checked as for trusted issuers; the claims of ID tokens by
Authlib, which accepts an expired token for as long as its leeway, so `exp` is compared here too.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from authlib.oidc.core import CodeIDToken
from joserfc.errors import JoseError

from shared.accounts.authentication.access_tokens import CLOCK_SKEW_SECONDS
from shared.accounts.provider_sign_in.errors import answer_invalid
from shared.errors import Unavailable
from shared.issuer_keys.discovery import ProviderMetadata, provider_unavailable
from shared.issuer_keys.signed_tokens import (
    ParsedToken,
    TokenRejected,
    check_header,
    check_subject,
    parse_token,
)
from shared.resources import Resources
from shared.settings.external_sign_in.providers import Provider

# Some hundred groups. Others than the user do not choose how long it is.
MAX_TOKEN_LENGTH = 32_000
# How long a logout token may be on its way; providers that retry make a new one.
MAX_LOGOUT_AGE_SECONDS = 300
LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout"
# The bound of the column. A longer `sid` would be cut, and end the session of another.
MAX_SID_LENGTH = 255

_ID_TOKEN_TYPES = frozenset({"jwt"})
_LOGOUT_TOKEN_TYPES = frozenset({"jwt", "logout+jwt"})


@dataclass(frozen=True)
class LogoutToken:
    """A genuine logout token: which sessions end, by `sid`, by subject, or by both."""

    subject: str | None
    sid: str | None
    token_id: str
    # When it can be forgotten that it was used.
    stale_at: datetime


async def check_id_token(
    resources: Resources,
    provider: Provider,
    metadata: ProviderMetadata,
    token: str,
    *,
    nonce: str,
    access_token: str,
) -> Mapping[str, object]:
    """Return the claims of a genuine ID token for this sign-in.

    Raise Unauthenticated `provider_answer_invalid`, or Unavailable `provider_unavailable`.
    """
    now = resources.clock.now().timestamp()
    try:
        parsed = parse_token(token, MAX_TOKEN_LENGTH)
        key_id = _check_header(parsed, metadata, _ID_TOKEN_TYPES)
        check_subject(parsed.claims)
        read_sid(parsed.claims)
        _check_id_claims(provider, parsed, nonce, access_token, now)
        await _check_signature(resources, provider, metadata, parsed, key_id)
    except TokenRejected as rejected:
        raise answer_invalid(provider, f"ID token: {rejected}") from None
    return parsed.claims


async def check_logout_token(
    resources: Resources, provider: Provider, metadata: ProviderMetadata, token: str
) -> LogoutToken:
    """Return what a genuine, fresh logout token says. Raise TokenRejected, or Unavailable."""
    now = resources.clock.now().timestamp()
    parsed = parse_token(token, MAX_TOKEN_LENGTH)
    key_id = _check_header(parsed, metadata, _LOGOUT_TOKEN_TYPES)
    checked = _check_logout_claims(provider, parsed.claims, now)
    await _check_signature(resources, provider, metadata, parsed, key_id)
    return checked


def read_sid(claims: Mapping[str, object]) -> str | None:
    """Return what the provider calls its session. Raise TokenRejected."""
    sid = claims.get("sid")
    if sid is None:
        return None
    if not isinstance(sid, str) or not 0 < len(sid) <= MAX_SID_LENGTH or not sid.isprintable():
        raise TokenRejected(f"its `sid` has not 1 to {MAX_SID_LENGTH} printable characters")
    return sid


def _check_header(parsed: ParsedToken, metadata: ProviderMetadata, types: frozenset[str]) -> str:
    algorithm, key_id = check_header(parsed.header, types)
    if algorithm not in metadata.algorithms:
        raise TokenRejected("its `alg` is none that the provider announces")
    return key_id


async def _check_signature(
    resources: Resources,
    provider: Provider,
    metadata: ProviderMetadata,
    parsed: ParsedToken,
    key_id: str,
) -> None:
    try:
        key = await resources.issuer_keys.find(metadata, key_id)
    except Unavailable:
        raise provider_unavailable(provider) from None
    if key is None:
        raise TokenRejected("the provider has no key of its `kid`")
    if not key.verifies(str(parsed.header["alg"]), parsed.signature, parsed.signed):
        raise TokenRejected("its signature is wrong")


def _check_id_claims(
    provider: Provider, parsed: ParsedToken, nonce: str, access_token: str, now: float
) -> None:
    for name in ("at_hash", "azp", "nonce"):
        if not isinstance(parsed.claims.get(name, ""), str):
            raise TokenRejected(f"its `{name}` is no text")
    token = CodeIDToken(
        dict(parsed.claims),
        dict(parsed.header),
        {
            "iss": {"essential": True, "value": provider.issuer},
            "aud": {"essential": True, "value": provider.client_id},
            "exp": {"essential": True},
            "iat": {"essential": True},
        },
        {"nonce": nonce, "client_id": provider.client_id, "access_token": access_token},
    )
    try:
        token.validate(now=int(now), leeway=CLOCK_SKEW_SECONDS)
    except JoseError as error:
        claim = getattr(error, "claim", None) or "claims"
        raise TokenRejected(f"its `{claim}` is missing or wrong") from None
    if _number(parsed.claims, "exp") <= now:
        raise TokenRejected("it expired")


def _check_logout_claims(
    provider: Provider, claims: Mapping[str, object], now: float
) -> LogoutToken:
    audience = claims.get("aud")
    if claims.get("iss") != provider.issuer:
        raise TokenRejected("its `iss` is another provider")
    if provider.client_id not in (audience if isinstance(audience, list) else [audience]):
        raise TokenRejected("its `aud` is another client")
    issued_at = _number(claims, "iat")
    if not now - MAX_LOGOUT_AGE_SECONDS <= issued_at <= now + CLOCK_SKEW_SECONDS:
        raise TokenRejected("its `iat` is not of the last minutes")
    if _number(claims, "exp") <= now:
        raise TokenRejected("it expired")
    events = claims.get("events")
    if not isinstance(events, dict) or not isinstance(events.get(LOGOUT_EVENT), dict):
        raise TokenRejected("its `events` name no logout")
    # So that no ID token passes as a logout token.
    if "nonce" in claims:
        raise TokenRejected("it has a `nonce`")
    token_id = claims.get("jti")
    if not isinstance(token_id, str) or not 0 < len(token_id) <= MAX_SID_LENGTH:
        raise TokenRejected("it has no `jti`")
    subject = check_subject(claims) if "sub" in claims else None
    sid = read_sid(claims)
    if subject is None and sid is None:
        raise TokenRejected("it has neither `sub` nor `sid`")
    stale_at = datetime.fromtimestamp(issued_at + MAX_LOGOUT_AGE_SECONDS, UTC)
    return LogoutToken(subject, sid, token_id, stale_at)


def _number(claims: Mapping[str, object], name: str) -> float:
    """Return a NumericDate (RFC 7519, section 2). Raise TokenRejected."""
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TokenRejected(f"its `{name}` is missing or no number")
    return value
