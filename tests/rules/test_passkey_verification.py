"""What authenticators and browsers may not answer, for registrations and for sign-ins."""

from collections.abc import Callable, Mapping
from typing import Any

import cbor2
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from shared import base64url
from shared.accounts.passkeys.verification import (
    Assertion,
    Attestation,
    NewCredential,
    NotGenuineError,
    challenge_in,
    verify_assertion,
    verify_attestation,
)
from shared.contract.passkeys import NewPasskeyBody, PasskeyAssertion
from shared.ids import new_secret_bytes
from shared.settings.relying_party import relying_party
from tests.support.authenticator import (
    BACKED_UP,
    BACKUP_ELIGIBLE,
    ORIGIN,
    USER_PRESENT,
    USER_VERIFIED,
    Authenticator,
    Json,
    cose_key,
    new_key,
)

PARTY = relying_party(ORIGIN)
CHALLENGE = base64url.encode(new_secret_bytes())
HANDLE = base64url.encode(new_secret_bytes())
CREATION = {"rp": {"id": "localhost"}, "user": {"id": HANDLE}, "challenge": CHALLENGE}
REQUEST = {"rpId": "localhost", "challenge": CHALLENGE}
KEYS = {kind: new_key(kind) for kind in ("ES256", "EdDSA", "RS256")}

Change = Mapping[str, Any]

# What both kinds of answer may not be.
LIES: dict[str, Change] = {
    "another origin": {"origin": "http://localhost:8001"},
    "the origin with a slash": {"origin": f"{ORIGIN}/"},
    "an origin that begins like ours": {"origin": f"{ORIGIN}.evil.example"},
    "an origin of another scheme": {"origin": "https://localhost:8000"},
    "an origin in other case": {"origin": "http://LOCALHOST:8000"},
    "an origin in a list": {"client_data": {"origin": [ORIGIN]}},
    "no origin": {"client_data": {"origin": None}},
    "a frame of another site": {"client_data": {"crossOrigin": True}},
    "a frame of another site as text": {"client_data": {"crossOrigin": "true"}},
    "another site": {"rp_id": "evil.example"},
    "another type": {"client_data": {"type": "payment.get"}},
    "no type": {"client_data": {"type": None}},
    "another challenge": {"client_data": {"challenge": base64url.encode(new_secret_bytes())}},
    "no challenge": {"client_data": {"challenge": ""}},
    "a challenge that is a number": {"client_data": {"challenge": 7}},
    "without user verification": {"flags": USER_PRESENT},
    "without a user": {"flags": USER_VERIFIED},
    "backed up but not eligible": {"flags": USER_PRESENT | USER_VERIFIED | BACKED_UP},
}  # fmt: skip


def _p256(**changes: Any) -> Change:
    labels = {"alg": 3, "crv": -1, "x": -2}
    changed = {labels[name]: value for name, value in changes.items()}
    return {"cose": cose_key(KEYS["ES256"]) | changed}


CREATION_LIES: dict[str, Change] = LIES | {
    "the type of a sign-in": {"client_data": {"type": "webauthn.get"}},
    "an EC key with RS256": _p256(alg=-257),
    "an EC key with EdDSA": _p256(alg=-8),
    "an EC key with ES512": _p256(alg=-36),
    "an EC key with HS256": _p256(alg=5),
    "an EC key without algorithm": {"cose": {1: 2, -1: 1, -2: bytes(32), -3: bytes(32)}},
    "a P-384 curve": _p256(crv=2),
    "a point that is not on the curve": _p256(x=b"\1" * 32),
    "an empty point": _p256(x=b""),
    "an Ed25519 key with ES256": {"cose": cose_key(KEYS["EdDSA"]) | {3: -7}},
    "an Ed25519 key of 31 bytes": {"cose": cose_key(KEYS["EdDSA"]) | {-2: bytes(31)}},
    "an RSA key with ES256": {"cose": cose_key(KEYS["RS256"]) | {3: -7}},
    "an RSA key with RS1": {"cose": cose_key(KEYS["RS256"]) | {3: -65535}},
    "an RSA key of 1024 bits": {"cose": cose_key(KEYS["RS256"]) | {-1: b"\xff" * 128}},
    "an RSA key of 16384 bits": {"cose": cose_key(KEYS["RS256"]) | {-1: b"\xff" * 2048}},
    "an RSA key with the exponent 1": {"cose": cose_key(KEYS["RS256"]) | {-2: b"\1"}},
    "a symmetric key": {"cose": {1: 4, 3: 5, -1: bytes(32)}},
    "a key that is no map": {"cose": {}},
    "a statement that none does not have": {"statement": ("none", {"sig": b"x"})},
    "a packed statement with a wrong signature": {
        "statement": ("packed", {"alg": -7, "sig": b"x"})
    },
    "a packed statement with certificates": {
        "statement": ("packed", {"alg": -7, "sig": b"x", "x5c": [b"x"]})
    },
    "a TPM statement": {"statement": ("tpm", {"ver": "2.0", "x5c": [], "sig": b"x"})},
    "a format that is a number": {"statement": (7, {})},
    "an id of 1,024 bytes": {"credential_id": bytes(1024)},
    "an empty id": {"credential_id": b""},
}

ASSERTION_LIES: dict[str, Change] = LIES | {
    "the type of a registration": {"client_data": {"type": "webauthn.create"}},
    "another key": {"key": ec.generate_private_key(ec.SECP256R1())},
    "a key of another kind": {"key": KEYS["RS256"]},
    "a curve of another size": {"key": ec.generate_private_key(ec.SECP384R1())},
}

# How the parts of an answer may be malformed: what they become.
MALFORMED: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda _: b"",
    "zero": lambda _: b"\0",
    "cut": lambda part: part[:-1],
    "longer": lambda part: part + b"\0",
    "changed": lambda part: part[:-1] + bytes([part[-1] ^ 1]),
    "brackets": lambda _: b"[" * 1500,
    "nested CBOR": lambda _: b"\x81" * 1500,
    "a CBOR text of 4 GB": lambda _: b"\x7a\xff\xff\xff\xff",
    "not UTF-8": lambda _: b"\xff\xfe\xfd",
    "a list": lambda _: b"[]",
    "a CBOR map": lambda _: cbor2.dumps({}),
    "CBOR of wrong types": lambda _: cbor2.dumps({"fmt": "none", "attStmt": 7, "authData": 7}),
    "NUL": lambda part: b"\0" * len(part),
}


def _create(authenticator: Authenticator) -> Json:
    return authenticator.create(CREATION)


def _added(body: Json) -> NewCredential:
    sent = Attestation.of(NewPasskeyBody.model_construct(**body))
    return verify_attestation(PARTY, CHALLENGE, sent)


def _verify(body: Json, public_key: bytes) -> int:
    sent = Assertion.of(PasskeyAssertion.model_construct(**body))
    return verify_assertion(PARTY, CHALLENGE, public_key, sent).sign_count


def _public_key(authenticator: Authenticator) -> bytes:
    return cbor2.dumps(cose_key(authenticator.key))


@pytest.mark.parametrize("kind", KEYS)
def test_a_passkey_of_each_algorithm_is_added_and_signs(kind: str) -> None:
    authenticator = Authenticator(KEYS[kind], counts=True)

    added = _added(_create(authenticator))

    assert added.credential_id == authenticator.credential_id
    assert (added.sign_count, added.is_backed_up) == (0, True)
    assert added.aaguid == "00000000-0000-0000-0000-000000000000"
    assert _verify(authenticator.get(REQUEST), added.public_key) == 1


def test_a_passkey_that_stays_on_its_device_is_accepted() -> None:
    authenticator = Authenticator(flags=USER_PRESENT | USER_VERIFIED)

    assert not _added(_create(authenticator)).is_backed_up


def test_a_passkey_that_may_be_backed_up_later_is_accepted() -> None:
    authenticator = Authenticator(flags=USER_PRESENT | USER_VERIFIED | BACKUP_ELIGIBLE)

    assert not _added(_create(authenticator)).is_backed_up


@pytest.mark.parametrize("lie", CREATION_LIES)
def test_a_registration_that_lies_is_refused(lie: str) -> None:
    authenticator = Authenticator(KEYS["ES256"]).lying(**CREATION_LIES[lie])

    with pytest.raises(NotGenuineError):
        _added(_create(authenticator))


def test_a_registration_with_the_id_of_another_passkey_is_refused() -> None:
    body = _create(Authenticator()) | {"id": base64url.encode(new_secret_bytes())}

    with pytest.raises(NotGenuineError):
        _added(body)


@pytest.mark.parametrize("lie", ASSERTION_LIES)
def test_an_assertion_that_lies_is_refused(lie: str) -> None:
    honest = Authenticator(KEYS["ES256"])

    with pytest.raises(NotGenuineError):
        _verify(honest.lying(**ASSERTION_LIES[lie]).get(REQUEST), _public_key(honest))


@pytest.mark.parametrize("part", ["client_data_json", "authenticator_data", "signature"])
@pytest.mark.parametrize("how", MALFORMED)
def test_a_malformed_assertion_is_refused(part: str, how: str) -> None:
    authenticator = Authenticator(KEYS["ES256"])
    body = authenticator.get(REQUEST)

    body[part] = base64url.encode(MALFORMED[how](base64url.decode(body[part])))

    with pytest.raises(NotGenuineError):
        _verify(body, _public_key(authenticator))


@pytest.mark.parametrize("part", ["client_data_json", "attestation_object"])
@pytest.mark.parametrize("how", sorted(MALFORMED.keys() - {"changed", "longer"}))
def test_a_malformed_registration_is_refused(part: str, how: str) -> None:
    body = _create(Authenticator(KEYS["ES256"]))

    body[part] = base64url.encode(MALFORMED[how](base64url.decode(body[part])))

    with pytest.raises(NotGenuineError):
        _added(body)


@pytest.mark.parametrize(
    "client_data",
    [b"", b"[]", b"{}", b'{"challenge":7}', b'{"challenge":"%"}', b'{"challenge":""}', b"[" * 9999,
     b'{"challenge":"AAAAA"}', b"\xff"],
)  # fmt: skip
def test_client_data_without_a_challenge_is_refused(client_data: bytes) -> None:
    with pytest.raises(NotGenuineError):
        challenge_in(client_data)
