"""JWTs that must not sign anybody in, by what is wrong with each."""

import hashlib
import hmac
import json
from collections.abc import Callable
from typing import Any

from shared.accounts.authentication.external_tokens import MAX_TOKEN_LENGTH
from tests.support.services.issuer import Issuer, bytes_of, encoded, public_jwk, text_of

Lie = Callable[[Issuer], str]


def _header(**changes: Any) -> Lie:
    def token(issuer: Issuer) -> str:
        header = {"alg": "EdDSA", "kid": "ed"} | changes
        kept = {name: value for name, value in header.items() if value is not None}
        return issuer.signed(encoded(kept), encoded(issuer.claims()))

    return token


def _claims(**changes: Any) -> Lie:
    return lambda issuer: issuer.token(**changes)


def _raw_header(text: str) -> Lie:
    return lambda issuer: issuer.signed(text_of(text.encode()), encoded(issuer.claims()))


def _raw_claims(change: Callable[[str], str]) -> Lie:
    def token(issuer: Issuer) -> str:
        claims = text_of(change(json.dumps(issuer.claims())).encode())
        return issuer.signed(encoded({"alg": "EdDSA", "kid": "ed"}), claims)

    return token


def _none(issuer: Issuer) -> str:
    return f"{encoded({'alg': 'none', 'kid': 'ed'})}.{encoded(issuer.claims())}."


def _hs256_with_the_public_key(issuer: Issuer) -> str:
    key = bytes_of(public_jwk("ed", issuer.keys["ed"])["x"])
    text = f"{encoded({'alg': 'HS256', 'kid': 'ed'})}.{encoded(issuer.claims())}"
    return f"{text}.{text_of(hmac.digest(key, text.encode(), hashlib.sha256))}"


def _changed_signature(issuer: Issuer) -> str:
    head, _, signature = issuer.token().rpartition(".")
    return f"{head}.{'B' if signature[0] == 'A' else 'A'}{signature[1:]}"


def _other_encoding(issuer: Issuer) -> str:
    # 64 bytes leave four bits of the last character unused.
    token = issuer.token()
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return token[:-1] + letters[letters.index(token[-1]) + 1]


def _key_of_another(issuer: Issuer) -> str:
    stranger = Issuer()
    header = encoded({"alg": "EdDSA", "kid": "ed"})
    return stranger.signed(header, encoded(issuer.claims()))


def _by_rsa(algorithm: str, signs_with: str = "RS256") -> Lie:
    def token(issuer: Issuer) -> str:
        header = encoded({"alg": algorithm, "kid": "rsa"})
        return issuer.signed(header, encoded(issuer.claims()), "rsa", signs_with)

    return token


_JWK = {"kty": "OKP", "crv": "Ed25519", "x": "A" * 43}
LIES: dict[str, Lie] = {
    "another audience": _claims(aud="other"),
    "the audience as part of a text": _claims(aud="livelist-other"),
    "no audience": _claims(aud=None),
    "an audience that is an object": _claims(aud={"livelist": 1}),
    "another issuer": _claims(iss="https://evil.example"),
    "the issuer with a slash": lambda issuer: issuer.token(iss=f"{issuer.url}/"),
    "the issuer in a list": lambda issuer: issuer.token(iss=[issuer.url]),
    "no issuer": _claims(iss=None),
    "alg none": _none,
    "alg None with a signature": _header(alg="None"),
    "no alg": _header(alg=None),
    "HS256 with the public key": _hs256_with_the_public_key,
    "an RSA key with ES256": _by_rsa("ES256"),
    "an RSA key with EdDSA": _by_rsa("EdDSA"),
    "RS512, which is not in the list": _by_rsa("RS512", "RS512"),
    "PS256, which is not in the list": _by_rsa("PS256", "PS256"),
    "an Ed25519 key with RS256": _header(alg="RS256"),
    "a kid of another issuer": _header(kid="of-another"),
    "no kid": _header(kid=None),
    "a kid that is a list": _header(kid=["ed"]),
    "a key of another issuer under our kid": _key_of_another,
    "a changed signature": _changed_signature,
    "another encoding of the signature": _other_encoding,
    "padding": lambda issuer: f"{issuer.token()}==",
    "expired": _claims(exp=1_700_000_000),
    "no exp": _claims(exp=None),
    "an exp that is a text": _claims(exp="4102444800"),
    "an exp that is true": _claims(exp=True),
    "an exp that is infinite": _raw_claims(lambda text: text.replace('"exp": ', '"exp": 1e400, "x": ')),
    "not valid yet": _claims(nbf=4_102_444_800),
    "issued in the future": _claims(iat=4_102_444_800),
    "crit": _header(crit=["exp"]),
    "an embedded key": _header(jwk=_JWK),
    "the address of keys": _header(jku="https://evil.example/jwks"),
    "the address of a certificate": _header(x5u="https://evil.example/cert"),
    "an embedded certificate": _header(x5c=["AAAA"]),
    "an unencoded payload": _header(b64=False),
    "a compressed payload": _header(zip="DEF"),
    "a logout token": _header(typ="logout+jwt"),
    "a proof of possession": _header(typ="dpop+jwt"),
    "bound to a key": _claims(cnf={"jkt": "x"}),
    "too long": _claims(filler="x" * MAX_TOKEN_LENGTH),
    "no subject": _claims(sub=None),
    "an empty subject": _claims(sub=""),
    "a subject that is a number": _claims(sub=1),
    "a subject of 256 characters": _claims(sub="x" * 256),
    "a subject with a control character": _claims(sub="a\x1b"),
    "a subject of 1 MB": _claims(sub="x" * 2**20),
    "the same header twice": _raw_header('{"alg":"none","alg":"EdDSA","kid":"ed"}'),
    "the same claim twice": _raw_claims(lambda text: text.replace("{", '{"sub": "admin", ', 1)),
    "a header that is no object": _raw_header('["EdDSA"]'),
    "a header of brackets": _raw_header("[" * 1500),
    "claims that are no object": _raw_claims(lambda _: '"claims"'),
    "two parts": lambda issuer: issuer.token().rpartition(".")[0],
    "four parts": lambda issuer: f"{issuer.token()}.AAAA",
    "no JWT": lambda _: "x" * 100,
}  # fmt: skip
