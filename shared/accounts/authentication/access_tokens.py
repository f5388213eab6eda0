"""Access tokens: the only module that believes python-jose, and what it lets through.

    header   {"alg":"HS256","kid":…,"typ":"JWT"}   exactly this, byte for byte, or refused
    payload  exp iat sub sid jti typ iss aud       all of them, of the right type, or refused

python-jose alone accepts tokens without `exp` or `aud`, unknown `crit` headers and four spellings
of one signature, and dies of RecursionError on a header of brackets. Never reads the database:
whether the session still lives is shared/accounts/queries.py.
"""

import hashlib
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from jose import jwt

from shared.errors import Unauthenticated
from shared.ids import SessionId, UserId, is_id, new_id
from shared.settings import Settings
from shared.settings.secrets import SecretSettings

ALGORITHM = "HS256"
AUDIENCE = "livelist"
# Distinct for each use: a token made for one thing must be worth nothing at another.
ACCESS = "access"
# Ours have about 430 characters, with a PUBLIC_URL of 300 about 800; nothing larger is parsed.
MAX_TOKEN_LENGTH = 2000
# Clocks of two nodes may differ by this much before a fresh token seems to come from the future.
CLOCK_SKEW_SECONDS = 60

_REQUIRED = ("sub", "jti", "iss", "aud")
_OPTIONS = {
    **{f"require_{claim}": True for claim in _REQUIRED},
    # Required and compared below, with our own clock, which tests and replays may set; jose's
    # require_exp would turn its own comparison with the system's clock on again.
    "verify_exp": False,
    "verify_iat": False,
}


@dataclass(frozen=True)
class AccessClaims:
    """What a genuine access token says."""

    user_id: UserId
    session_id: SessionId
    expires_at: int


@dataclass(frozen=True)
class _Keyring:
    current: bytes
    current_kid: str
    # By the first segment of the token: whatever else stands there is not from us.
    by_header: Mapping[str, bytes]


def make_access_token(
    settings: Settings, user_id: UserId, session_id: SessionId, now: datetime
) -> tuple[str, int]:
    """Returns an access token for one session and the seconds it lives."""
    lives = timedelta(minutes=settings.accounts.access_token_minutes)
    issued_at = int(now.timestamp())
    claims = {
        "iss": settings.web.public_url,
        "aud": AUDIENCE,
        "sub": user_id,
        "sid": session_id,
        "jti": new_id(),
        "typ": ACCESS,
        "iat": issued_at,
        "exp": issued_at + int(lives.total_seconds()),
    }
    keyring = _keyring(settings.secrets)
    return _sign(claims, keyring.current, keyring.current_kid), int(lives.total_seconds())


def check_access_token(settings: Settings, token: str, now: datetime) -> AccessClaims:
    """Returns what `token` says. Raises Unauthenticated for anything but a genuine, live one."""
    key = _key_for(settings, token)
    try:
        claims = jwt.decode(
            token,
            key,
            algorithms=[ALGORITHM],
            options=_OPTIONS,
            audience=AUDIENCE,
            issuer=settings.web.public_url,
        )
    # Everything, RecursionError included: whatever breaks the library is not a valid token.
    except Exception:  # noqa: BLE001
        raise Unauthenticated from None
    return _checked(claims, int(now.timestamp()))


def _checked(claims: Mapping[str, Any], now: int) -> AccessClaims:
    if claims.get("typ") != ACCESS or claims.get("aud") != AUDIENCE:
        raise Unauthenticated
    issued_at, expires_at = _seconds(claims, "iat"), _seconds(claims, "exp")
    if issued_at > now + CLOCK_SKEW_SECONDS:
        raise Unauthenticated
    found = AccessClaims(UserId(_id(claims, "sub")), SessionId(_id(claims, "sid")), expires_at)
    if expires_at <= now:
        raise Unauthenticated("The access token expired.", code="token_expired")
    return found


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


def _key_for(settings: Settings, token: str) -> bytes:
    segments = token.split(".") if len(token) <= MAX_TOKEN_LENGTH else []
    if len(segments) != 3 or not _is_canonical(segments[2]):
        raise Unauthenticated
    key = _keyring(settings.secrets).by_header.get(segments[0])
    if key is None:
        raise Unauthenticated
    return key


def _is_canonical(segment: str) -> bool:
    # The last character of 32 bytes in base 64 has two bits to spare: without this check one
    # signature has four spellings, and a list of refused tokens could be walked around.
    try:
        spelled = urlsafe_b64encode(urlsafe_b64decode(segment + "=" * (-len(segment) % 4)))
    except ValueError:
        return False
    return spelled.rstrip(b"=").decode() == segment


@lru_cache(maxsize=8)
def _keyring(settings: SecretSettings) -> _Keyring:
    keys = [_derive(secret) for secret in settings.signing_keys()]
    by_header = {_sign({}, key, _kid(key)).split(".")[0]: key for key in keys}
    return _Keyring(keys[0], _kid(keys[0]), by_header)


def _derive(secret: bytes) -> bytes:
    # Links in mail are signed with the same secret: each use has a key of its own.
    return hmac.digest(secret, b"livelist access token", "sha256")


def _kid(key: bytes) -> str:
    return hashlib.sha256(b"livelist kid" + key).hexdigest()[:8]


def _sign(claims: Mapping[str, Any], key: bytes, kid: str) -> str:
    return str(jwt.encode(dict(claims), key, algorithm=ALGORITHM, headers={"kid": kid}))
