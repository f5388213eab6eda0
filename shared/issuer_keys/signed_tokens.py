"""Parse JWTs that others signed, and check their header (RFC 7515, RFC 8725). Pure.

A header never says where a key is, and demands nothing of the reader.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from shared import base64url
from shared.contract.input.strict_json import NotStrictJsonError, parse_strict_json

# The bound of OpenID Connect (Core, section 2), and of the column.
MAX_SUBJECT_LENGTH = 255
# Also longer than any digest in base64.
MAX_KEY_ID_LENGTH = 255
# Headers that bring or name a key, or demand what we do not do. Our answer to each is no.
_REFUSED_HEADERS = frozenset({"crit", "jku", "jwk", "x5u", "x5c", "b64", "zip", "enc"})


class TokenRejected(ValueError):
    """`str(error)` says what is wrong with the token and quotes nothing of it."""


@dataclass(frozen=True)
class ParsedToken:
    """A token whose signature is not checked yet."""

    header: Mapping[str, object]
    claims: Mapping[str, object]
    signed: bytes
    signature: bytes


def parse_token(token: str, max_length: int) -> ParsedToken:
    """Return the parts of a JWT. Raise TokenRejected unless it has its only possible form."""
    segments = token.split(".") if len(token) <= max_length else []
    if len(segments) != 3:
        raise TokenRejected(f"it is no JWT of at most {max_length} characters")
    header, claims, signature = map(_decode, segments)
    signed = ".".join(segments[:2]).encode()
    return ParsedToken(_object(header), _object(claims), signed, signature)


def check_header(header: Mapping[str, object], types: Collection[str]) -> tuple[str, str]:
    """Return `alg` and `kid`. An absent `typ` counts as JWT. Raise TokenRejected."""
    if _REFUSED_HEADERS & header.keys():
        raise TokenRejected(f"its header has {min(_REFUSED_HEADERS & header.keys())}")
    kind = header.get("typ", "JWT")
    if not isinstance(kind, str) or kind.lower() not in types:
        raise TokenRejected("its `typ` is not that of such a token")
    algorithm, kid = header.get("alg"), header.get("kid")
    if not isinstance(algorithm, str):
        raise TokenRejected("its header has no `alg`")
    if not isinstance(kid, str) or not 0 < len(kid) <= MAX_KEY_ID_LENGTH:
        raise TokenRejected("its header has no `kid`")
    return algorithm, kid


def check_subject(claims: Mapping[str, object]) -> str:
    """Return `sub`. Raise TokenRejected."""
    subject = claims.get("sub")
    if not isinstance(subject, str) or not 0 < len(subject) <= MAX_SUBJECT_LENGTH:
        raise TokenRejected(f"its `sub` has not 1 to {MAX_SUBJECT_LENGTH} characters")
    if not subject.isprintable():
        raise TokenRejected("its `sub` holds control characters")
    return subject


def _decode(segment: str) -> bytes:
    """Return the bytes of a segment in its only encoding: unused bits and padding are refused."""
    try:
        decoded = base64url.decode(segment)
    except ValueError:
        decoded = b""
    if not decoded or base64url.encode(decoded) != segment:
        raise TokenRejected("a part of it is not base64url")
    return decoded


def _object(encoded: bytes) -> Mapping[str, object]:
    try:
        value = parse_strict_json(encoded)
    except NotStrictJsonError:
        value = None
    if not isinstance(value, dict):
        raise TokenRejected("a part of it is not strict JSON")
    return value
