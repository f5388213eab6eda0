"""Check JWTs of trusted issuers (RFC 7519; best practices of RFC 8725). docs/external-sign-in.md.

    size, form → header → claims → key of the issuer by `kid` → signature

All that needs no key is checked first, so that only a token that would be good costs a request for
keys. The header never says where a key is, and its algorithm must be one of the issuer and the key.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NoReturn

from shared.accounts.authentication.access_tokens import CLOCK_SKEW_SECONDS
from shared.errors import Unauthenticated
from shared.issuer_keys.signed_tokens import (
    TokenRejected,
    check_header,
    check_subject,
    parse_token,
)
from shared.languages.texts import message
from shared.resources import Resources
from shared.settings.external_sign_in.issuers import IssuerSettings, TrustedIssuer

# The bound of `hello`, so that a token that opens no socket is not accepted elsewhere either.
MAX_TOKEN_LENGTH = 4000
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


async def check_external_token(resources: Resources, token: str) -> ExternalClaims:
    """Return the claims of a token that a trusted issuer signed for us and that has not expired.

    Raise Unauthenticated, or Unavailable if the keys of the issuer cannot be fetched.
    """
    try:
        parsed = parse_token(token, MAX_TOKEN_LENGTH)
        algorithm, kid = check_header(parsed.header, _TYPES)
        claims = _check_claims(resources.settings.issuers, parsed.claims, resources.clock.now())
    except TokenRejected as rejected:
        _refuse(str(rejected))
    if algorithm not in claims.issuer.algorithms:
        _refuse("its `alg` is none of the issuer's")
    key = await resources.issuer_keys.find(claims.issuer, kid)
    if key is None:
        _refuse("its issuer has no key of this `kid`")
    if not key.verifies(algorithm, parsed.signature, parsed.signed):
        _refuse("its signature is wrong")
    return claims


def _refuse(reason: str) -> NoReturn:
    raise Unauthenticated(message("This token is not accepted: {reason}.", reason=reason))


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
    subject = check_subject(claims)
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
