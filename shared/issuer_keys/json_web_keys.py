"""Read public keys from a JWK set (RFC 7517) and verify signatures with them (RFC 7518, 8037). Pure.

python-jose verifies no EdDSA signatures, so the library `cryptography` does it here. A key verifies
only the algorithms that fit its type and curve: the header of a token cannot choose another use.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey, RSAPublicNumbers
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from shared import base64url
from shared.contract.input.strict_json import parse_strict_json

# Issuers publish two or three; during a rotation twice as many.
MAX_KEYS = 32
# Below, RSA can be broken (RFC 7518, section 3.3); above, a verification takes milliseconds.
_RSA_BITS = range(2048, 8193)
# An exponent is 65537 nearly everywhere; a long one makes a verification slow.
_MAX_RSA_EXPONENT = 2**32

_HASHES: dict[str, hashes.HashAlgorithm] = {
    "256": hashes.SHA256(), "384": hashes.SHA384(), "512": hashes.SHA512(),
}  # fmt: skip
_CURVES: dict[str, tuple[str, ec.EllipticCurve]] = {
    "P-256": ("ES256", ec.SECP256R1()),
    "P-384": ("ES384", ec.SECP384R1()),
    "P-521": ("ES512", ec.SECP521R1()),
}
_RSA_ALGORITHMS = frozenset({"RS256", "RS384", "RS512", "PS256"})

_Key = RSAPublicKey | ec.EllipticCurvePublicKey | Ed25519PublicKey


@dataclass(frozen=True)
class PublicKey:
    """A key of an issuer and the algorithms whose signatures it verifies."""

    key: _Key
    algorithms: frozenset[str]

    def verifies(self, algorithm: str, signature: bytes, signed: bytes) -> bool:
        """Return True if `signature` is genuine and `algorithm` is one of this key's."""
        if algorithm not in self.algorithms:
            return False
        try:
            _verify(self.key, algorithm, signature, signed)
        except (InvalidSignature, ValueError):
            return False
        return True


def parse_key_set(body: bytes) -> dict[str, PublicKey]:
    """Return the usable keys by their `kid`; leave out all others. Raise ValueError.

    A `kid` that two usable keys share names none of them.
    """
    key_set = parse_strict_json(body)
    listed = key_set.get("keys") if isinstance(key_set, dict) else None
    if not isinstance(listed, list):
        raise ValueError("it is not a JWK set")  # noqa: TRY004
    if len(listed) > MAX_KEYS:
        raise ValueError(f"it has more than {MAX_KEYS} keys")
    keys: dict[str, PublicKey] = {}
    shared: set[str] = set()
    for jwk in listed:
        kid = jwk.get("kid") if isinstance(jwk, dict) else None
        if not isinstance(kid, str) or (key := _parse_key(jwk)) is None:
            continue
        if kid in keys:
            shared.add(kid)
        keys[kid] = key
    return {kid: key for kid, key in keys.items() if kid not in shared}


def _parse_key(jwk: Mapping[str, object]) -> PublicKey | None:
    """Return the key; None for one that is not for verifying signatures, or not safe."""
    operations = jwk.get("key_ops", ["verify"])
    if jwk.get("use", "sig") != "sig" or "d" in jwk:
        return None  # `d`: a private key that was published by mistake is nobody's secret
    if not isinstance(operations, list) or "verify" not in operations:
        return None
    found: tuple[_Key, frozenset[str]] | None = None
    with suppress(ValueError, UnsupportedAlgorithm):
        match jwk.get("kty"):
            case "RSA":
                found = _rsa_key(jwk)
            case "EC":
                found = _elliptic_key(jwk)
            case "OKP":
                found = _edwards_key(jwk)
    if found is None:
        return None
    key, algorithms = found
    only = jwk.get("alg")
    if only is not None:
        algorithms &= {str(only)}
    return PublicKey(key, algorithms) if algorithms else None


def _rsa_key(jwk: Mapping[str, object]) -> tuple[_Key, frozenset[str]] | None:
    modulus, exponent = _number(jwk, "n"), _number(jwk, "e")
    if modulus.bit_length() not in _RSA_BITS or exponent > _MAX_RSA_EXPONENT:
        return None
    return RSAPublicNumbers(exponent, modulus).public_key(), _RSA_ALGORITHMS


def _elliptic_key(jwk: Mapping[str, object]) -> tuple[_Key, frozenset[str]] | None:
    known = _CURVES.get(str(jwk.get("crv")))
    if known is None:
        return None
    algorithm, curve = known
    # Raises ValueError for a point that is not on the curve.
    numbers = ec.EllipticCurvePublicNumbers(_number(jwk, "x"), _number(jwk, "y"), curve)
    return numbers.public_key(), frozenset({algorithm})


def _edwards_key(jwk: Mapping[str, object]) -> tuple[_Key, frozenset[str]] | None:
    if jwk.get("crv") != "Ed25519":
        return None
    return Ed25519PublicKey.from_public_bytes(_bytes(jwk, "x")), frozenset({"EdDSA"})


def _bytes(jwk: Mapping[str, object], name: str) -> bytes:
    value = jwk.get(name)
    if not isinstance(value, str):
        raise ValueError("a member is missing")  # noqa: TRY004
    return base64url.decode(value)


def _number(jwk: Mapping[str, object], name: str) -> int:
    return int.from_bytes(_bytes(jwk, name), "big")


def _verify(key: _Key, algorithm: str, signature: bytes, signed: bytes) -> None:
    """Raise InvalidSignature or ValueError unless the signature is genuine."""
    if isinstance(key, Ed25519PublicKey):
        key.verify(signature, signed)
        return
    digest = _HASHES[algorithm[2:]]
    if isinstance(key, ec.EllipticCurvePublicKey):
        # JWS has both numbers in fixed length, one after the other (RFC 7518, section 3.4).
        length = (key.curve.key_size + 7) // 8
        if len(signature) != 2 * length:
            raise InvalidSignature
        r, s = (int.from_bytes(part, "big") for part in (signature[:length], signature[length:]))
        key.verify(encode_dss_signature(r, s), signed, ec.ECDSA(digest))
        return
    if algorithm.startswith("PS"):
        pss = padding.PSS(mgf=padding.MGF1(digest), salt_length=digest.digest_size)
        key.verify(signature, signed, pss, digest)
    else:
        key.verify(signature, signed, padding.PKCS1v15(), digest)
