"""Make and check access tokens (JWT, HS256). The only module that uses python-jose.

    header   {"alg":"HS256","kid":…,"typ":"JWT"}   exactly this, byte for byte, or rejected
    payload  exp iat sub sid jti typ iss aud       all of them, of the right type, or rejected

The checks here come on top of python-jose, which accepts tokens without `exp` or `aud`, unknown
`crit` headers and four encodings of one signature, and raises RecursionError on a header of
brackets. The database is not read: credentials.py, beside this file, checks that the session is live.
"""

import hashlib
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from jose import jwt

from shared.errors import Unauthenticated
from shared.ids import SessionId, UserId, is_id, new_id
from shared.settings import Settings
from shared.settings.secrets import SecretSettings

ALGORITHM = "HS256"
AUDIENCE = "livelist"
# The `typ` claim. Each use of tokens has its own: a token for one use is invalid for every other.
TOKEN_TYPE = "access"  # noqa: S105
# Our tokens have about 430 characters, or 800 with a PUBLIC_URL of 300. Longer ones are not parsed.
MAX_TOKEN_LENGTH = 2000
# About 4 MB. Verifying a signature takes 50 µs; half the time of a request apart from its statements.
MAX_VERIFIED_TOKENS = 4096
# Tolerated difference between the clocks of two nodes: `iat` may be this far in the future.
CLOCK_SKEW_SECONDS = 60

_REQUIRED = ("sub", "jti", "iss", "aud")
_OPTIONS = {
    **{f"require_{claim}": True for claim in _REQUIRED},
    # `exp` and `iat` are required and compared below, with our own clock, which tests can set.
    # The option require_exp would turn on a comparison with the system clock.
    "verify_exp": False,
    "verify_iat": False,
}


@dataclass(frozen=True)
class AccessClaims:
    """The checked claims of an access token. `expires_at` is in seconds since 1970."""

    user_id: UserId
    session_id: SessionId
    expires_at: int


@dataclass(frozen=True)
class _GenuineToken:
    """A token with our signature, which may have expired. `issued_at` is in seconds since 1970."""

    claims: AccessClaims
    issued_at: int


@dataclass(frozen=True)
class _Keyring:
    current: bytes
    current_kid: str
    # Keys by the first segment (the encoded header) of the tokens they sign.
    by_header: Mapping[str, bytes]


def make_access_token(
    settings: Settings, user_id: UserId, session_id: SessionId, now: datetime
) -> tuple[str, int]:
    """Return an access token for a session, and its lifetime in seconds."""
    lifetime = timedelta(minutes=settings.accounts.access_token_minutes)
    issued_at = int(now.timestamp())
    claims = {
        "iss": issuer(settings.web.public_url),
        "aud": AUDIENCE,
        "sub": user_id,
        "sid": session_id,
        "jti": new_id(),
        "typ": TOKEN_TYPE,
        "iat": issued_at,
        "exp": issued_at + int(lifetime.total_seconds()),
    }
    keyring = _keyring(settings.secrets)
    return sign(claims, keyring.current, keyring.current_kid), int(lifetime.total_seconds())


def check_access_token(settings: Settings, token: str, now: datetime) -> AccessClaims:
    """Return the claims of `token`. Raise Unauthenticated unless it is genuine and not expired."""
    genuine = _verify(settings.secrets, issuer(settings.web.public_url), token)
    seconds = int(now.timestamp())
    if genuine.issued_at > seconds + CLOCK_SKEW_SECONDS:
        raise Unauthenticated
    if genuine.claims.expires_at <= seconds:
        raise Unauthenticated("The access token expired.", code="token_expired")
    return genuine.claims


def is_own_token(settings: Settings, token: str) -> bool:
    """Return True if the token has the header of ours. Any other may be of a trusted issuer."""
    return token.partition(".")[0] in _keyring(settings.secrets).by_header


@lru_cache(maxsize=8)
def issuer(public_url: str) -> str:
    """Return the site without its port: another process, or a proxy, may listen on another port."""
    parts = urlsplit(public_url)
    return f"{parts.scheme}://{parts.hostname}"


@lru_cache(maxsize=MAX_VERIFIED_TOKENS)
def _verify(secrets: SecretSettings, issuer: str, token: str) -> _GenuineToken:
    """Return what `token` says if we signed it. Raise Unauthenticated, which is not cached.

    Whether a signature is valid never changes; whether the token is valid now, the callers ask.
    """
    key = _key_for(secrets, token)
    try:
        claims = jwt.decode(
            token, key, algorithms=[ALGORITHM], options=_OPTIONS, audience=AUDIENCE, issuer=issuer
        )
    # Any exception, RecursionError included: a token that breaks the library is invalid.
    except Exception:  # noqa: BLE001
        raise Unauthenticated from None
    if claims.get("typ") != TOKEN_TYPE or claims.get("aud") != AUDIENCE:
        raise Unauthenticated
    user_id, session_id = UserId(_id(claims, "sub")), SessionId(_id(claims, "sid"))
    checked = AccessClaims(user_id, session_id, _seconds(claims, "exp"))
    return _GenuineToken(checked, _seconds(claims, "iat"))


def _id(claims: Mapping[str, Any], name: str) -> str:
    value = claims.get(name)
    if not isinstance(value, str) or not is_id(value):
        raise Unauthenticated
    return value


def _seconds(claims: Mapping[str, Any], name: str) -> int:
    value = claims.get(name)
    if type(value) is not int:
        raise Unauthenticated
    return value


def _key_for(secrets: SecretSettings, token: str) -> bytes:
    segments = token.split(".") if len(token) <= MAX_TOKEN_LENGTH else []
    if len(segments) != 3 or not _is_canonical(segments[2]):
        raise Unauthenticated
    key = _keyring(secrets).by_header.get(segments[0])
    if key is None:
        raise Unauthenticated
    return key


def _is_canonical(segment: str) -> bool:
    # The last base64 character of 32 bytes has two unused bits. Without this check a signature has
    # four encodings, and a deny list of tokens could be bypassed.
    try:
        encoded = urlsafe_b64encode(urlsafe_b64decode(segment + "=" * (-len(segment) % 4)))
    except ValueError:
        return False
    return encoded.rstrip(b"=").decode() == segment


@lru_cache(maxsize=8)
def _keyring(settings: SecretSettings) -> _Keyring:
    keys = [derive_key(secret) for secret in settings.signing_keys()]
    by_header = {sign({}, key, key_id(key)).split(".")[0]: key for key in keys}
    return _Keyring(keys[0], key_id(keys[0]), by_header)


def derive_key(secret: bytes) -> bytes:
    # Links in mails are signed with the same secret, so each use derives its own key.
    return hmac.digest(secret, b"livelist access token", "sha256")


def key_id(key: bytes) -> str:
    return hashlib.sha256(b"livelist kid" + key).hexdigest()[:8]


def sign(claims: Mapping[str, Any], key: bytes, kid: str) -> str:
    return str(jwt.encode(dict(claims), key, algorithm=ALGORITHM, headers={"kid": kid}))
