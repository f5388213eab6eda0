"""Check JWTs of trusted issuers (RFC 7519; best practices of RFC 8725). docs/external-sign-in.md.

    size, form → header → claims → key of the issuer by `kid` → signature

All that needs no key is checked first, so that only a token that would be good costs a request for
keys. The header never says where a key is, and its algorithm must be one of the issuer and the key.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NoReturn

from shared import base64url
from shared.accounts.authentication.access_tokens import CLOCK_SKEW_SECONDS
from shared.contract.strict_json import NotStrictJsonError, parse_strict_json
from shared.errors import Unauthenticated
from shared.resources import Resources
from shared.settings.issuers import IssuerSettings, TrustedIssuer

# The bound of `hello`, so that a token that opens no socket is not accepted elsewhere either.
MAX_TOKEN_LENGTH = 4000
# The bound of OpenID Connect (Core, section 2), and of the column.
MAX_SUBJECT_LENGTH = 255
# Also longer than any digest in base64.
MAX_KEY_ID_LENGTH = 255
# Headers that bring or name a key, or demand what we do not do. Our answer to each is no.
_REFUSED_HEADERS = frozenset({"crit", "jku", "jwk", "x5u", "x5c", "b64", "zip", "enc"})
# An absent `typ` too: Better Auth sends none. A logout token or a DPoP proof is no sign-in.
_TYPES = frozenset({"jwt", "at+jwt", "application/at+jwt"})


@dataclass(frozen=True)
class ExternalClaims:
    """The checked claims of a genuine token. `expires_at` is in seconds since 1970."""

    issuer: TrustedIssuer
    subject: str
    expires_at: int
    # All claims, for name and address: they are of any type.
    claims: Mapping[str, object]


@dataclass(frozen=True)
class _ParsedToken:
    header: Mapping[str, object]
    claims: Mapping[str, object]
    signed: bytes
    signature: bytes


async def check_external_token(resources: Resources, token: str) -> ExternalClaims:
    """Return the claims of a token that a trusted issuer signed for us and that has not expired.

    Raise Unauthenticated, or Unavailable if the keys of the issuer cannot be fetched.
    """
    parsed = _parse(token)
    algorithm, kid = _check_header(parsed.header)
    claims = _check_claims(resources.settings.issuers, parsed.claims, resources.clock.now())
    if algorithm not in claims.issuer.algorithms:
        _refuse("its `alg` is none of the issuer's")
    key = await resources.issuer_keys.find(claims.issuer, kid)
    if key is None:
        _refuse("its issuer has no key of this `kid`")
    if not key.verifies(algorithm, parsed.signature, parsed.signed):
        _refuse("its signature is wrong")
    return claims


def _refuse(reason: str) -> NoReturn:
    raise Unauthenticated(f"This token is not accepted: {reason}.")


def _parse(token: str) -> _ParsedToken:
    segments = token.split(".") if len(token) <= MAX_TOKEN_LENGTH else []
    if len(segments) != 3:
        _refuse(f"it is no JWT of at most {MAX_TOKEN_LENGTH} characters")
    header, claims, signature = map(_decode, segments)
    signed = ".".join(segments[:2]).encode()
    return _ParsedToken(_object(header), _object(claims), signed, signature)


def _decode(segment: str) -> bytes:
    """Return the bytes of a segment in its only encoding: unused bits and padding are refused."""
    try:
        decoded = base64url.decode(segment)
    except ValueError:
        decoded = b""
    if not decoded or base64url.encode(decoded) != segment:
        _refuse("a part of it is not base64url")
    return decoded


def _object(encoded: bytes) -> Mapping[str, object]:
    try:
        value = parse_strict_json(encoded)
    except NotStrictJsonError:
        value = None
    if not isinstance(value, dict):
        _refuse("a part of it is not strict JSON")
    return value


def _check_header(header: Mapping[str, object]) -> tuple[str, str]:
    """Return `alg` and `kid`. Raise Unauthenticated."""
    if _REFUSED_HEADERS & header.keys():
        _refuse(f"its header has {min(_REFUSED_HEADERS & header.keys())}")
    kind = header.get("typ", "JWT")
    if not isinstance(kind, str) or kind.lower() not in _TYPES:
        _refuse("its `typ` is not JWT or at+jwt")
    algorithm, kid = header.get("alg"), header.get("kid")
    if not isinstance(algorithm, str):
        _refuse("its header has no `alg`")
    if not isinstance(kid, str) or not 0 < len(kid) <= MAX_KEY_ID_LENGTH:
        _refuse("its header has no `kid`")
    return algorithm, kid


def _check_claims(
    issuers: IssuerSettings, claims: Mapping[str, object], now: datetime
) -> ExternalClaims:
    issuer = issuers.find(claims.get("iss"))
    if issuer is None:
        _refuse("its `iss` is no trusted issuer")
    audience = claims.get("aud")
    if issuer.audience not in (audience if isinstance(audience, list) else [audience]):
        _refuse("its `aud` is another service")
    if "cnf" in claims:
        _refuse("it is bound to a key (`cnf`), whose possession is not checked here")
    subject = claims.get("sub")
    if not isinstance(subject, str) or not 0 < len(subject) <= MAX_SUBJECT_LENGTH:
        _refuse(f"its `sub` has not 1 to {MAX_SUBJECT_LENGTH} characters")
    if not subject.isprintable():
        _refuse("its `sub` holds control characters")
    seconds = now.timestamp()
    for name in ("nbf", "iat"):
        if name in claims and _instant(claims, name) > seconds + CLOCK_SKEW_SECONDS:
            _refuse(f"its `{name}` is in the future")
    expires_at = _instant(claims, "exp")
    if expires_at <= seconds:
        raise Unauthenticated("The access token expired.", code="token_expired")
    return ExternalClaims(issuer, subject, int(expires_at), claims)


def _instant(claims: Mapping[str, object], name: str) -> float:
    """Return a NumericDate (RFC 7519, section 2), which may have a fraction."""
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        _refuse(f"its `{name}` is missing or no number")
    return value
