"""Check what an authenticator signed (WebAuthn, sections 7.1 and 7.2). Pure; the only module that
uses `webauthn`.

The checks here come on top of the library, which accepts answers given inside a frame of another site,
loads no public key at registration, and raises exceptions of many kinds for malformed input.
"""

import json
from dataclasses import dataclass
from typing import Any

from webauthn import verify_authentication_response, verify_registration_response
from webauthn.helpers import (
    decode_credential_public_key,
    decoded_public_key_to_cryptography,
    parse_attestation_object,
)
from webauthn.helpers.cose import COSECRV, COSEAlgorithmIdentifier
from webauthn.helpers.decode_credential_public_key import (
    DecodedEC2PublicKey,
    DecodedOKPPublicKey,
    DecodedRSAPublicKey,
)
from webauthn.helpers.structs import (
    AttestationFormat,
    AuthenticationCredential,
    AuthenticatorAssertionResponse,
    AuthenticatorAttestationResponse,
    RegistrationCredential,
)

from shared import base64url
from shared.contract.passkeys import NewPasskeyBody, PasskeyAssertion
from shared.settings.relying_party import RelyingParty

ES256 = COSEAlgorithmIdentifier.ECDSA_SHA_256
EDDSA = COSEAlgorithmIdentifier.EDDSA
RS256 = COSEAlgorithmIdentifier.RSASSA_PKCS1_v1_5_SHA_256
# Every authenticator has one of them; Windows Hello on older machines only the last.
ALGORITHMS = (ES256, EDDSA, RS256)
# Bytes of an RSA modulus: 2048 bits are the least that is safe; more than 4096 only cost time.
_RSA_BYTES = range(256, 513)
# Bytes; WebAuthn, section 5.8.3
_MAX_CREDENTIAL_ID = 1023


class NotGenuineError(Exception):
    """The answer is malformed, was made for another site or moment, or has a wrong signature."""


@dataclass(frozen=True)
class Attestation:
    """What a browser got from a new passkey: the bytes of an AuthenticatorAttestationResponse."""

    credential_id: bytes
    client_data: bytes
    attestation_object: bytes

    @classmethod
    def of(cls, body: NewPasskeyBody) -> "Attestation":
        sent = (body.id, body.client_data_json, body.attestation_object)
        return cls(*map(base64url.decode, sent))


@dataclass(frozen=True)
class Assertion:
    """What a browser got from a passkey: the bytes of an AuthenticatorAssertionResponse."""

    credential_id: bytes
    client_data: bytes
    authenticator_data: bytes
    signature: bytes
    user_handle: bytes

    @classmethod
    def of(cls, body: PasskeyAssertion) -> "Assertion":
        sent = (body.id, body.client_data_json, body.authenticator_data, body.signature)
        return cls(*map(base64url.decode, (*sent, body.user_handle or "")))


@dataclass(frozen=True)
class NewCredential:
    """What is stored of a new passkey. `public_key` is a COSE_Key."""

    credential_id: bytes
    public_key: bytes
    sign_count: int
    aaguid: str
    is_backed_up: bool


@dataclass(frozen=True)
class SignedFacts:
    """What a genuine assertion says about the authenticator."""

    sign_count: int
    is_backed_up: bool


def challenge_in(client_data: bytes) -> str:
    """Return the challenge that the client data names. Raise NotGenuineError."""
    try:
        challenge = json.loads(client_data)["challenge"]
        if isinstance(challenge, str) and base64url.decode(challenge):
            return challenge
    # Any exception, RecursionError included: the text is a stranger's.
    except Exception:  # noqa: BLE001
        raise NotGenuineError from None
    raise NotGenuineError


def verify_attestation(party: RelyingParty, challenge: str, sent: Attestation) -> NewCredential:
    """Return the new passkey. Raise NotGenuineError.

    We request no attestation, so that its statement says nothing about the authenticator: a browser
    then sends none, or one that the new key itself signed.
    """
    response = AuthenticatorAttestationResponse(sent.client_data, sent.attestation_object)
    try:
        _check_frame(sent.client_data)
        _check_statement(sent.attestation_object)
        verified = verify_registration_response(
            credential=RegistrationCredential(
                base64url.encode(sent.credential_id), sent.credential_id, response
            ),
            expected_challenge=base64url.decode(challenge),
            expected_rp_id=party.id,
            expected_origin=party.origin,
            require_user_verification=True,
            supported_pub_key_algs=list(ALGORITHMS),
        )
        _check_key(verified.credential_public_key)
    # Any exception: input that breaks the library is not genuine.
    except Exception as error:  # noqa: BLE001
        raise NotGenuineError(str(error)) from None
    is_named = verified.credential_id == sent.credential_id
    if not is_named or len(verified.credential_id) > _MAX_CREDENTIAL_ID:
        raise NotGenuineError("the id is another one, or too long")
    return NewCredential(
        verified.credential_id,
        verified.credential_public_key,
        verified.sign_count,
        verified.aaguid,
        verified.credential_backed_up,
    )


def verify_assertion(
    party: RelyingParty, challenge: str, public_key: bytes, sent: Assertion
) -> SignedFacts:
    """Return what a genuine assertion says. Raise NotGenuineError.

    The counter is not compared: the update of the row decides, also between two processes.
    """
    response = AuthenticatorAssertionResponse(
        sent.client_data, sent.authenticator_data, sent.signature, sent.user_handle
    )
    try:
        _check_frame(sent.client_data)
        verified = verify_authentication_response(
            credential=AuthenticationCredential(
                base64url.encode(sent.credential_id), sent.credential_id, response
            ),
            expected_challenge=base64url.decode(challenge),
            expected_rp_id=party.id,
            expected_origin=party.origin,
            credential_public_key=public_key,
            credential_current_sign_count=0,
            require_user_verification=True,
        )
    # Any exception: input that breaks the library is not genuine.
    except Exception as error:  # noqa: BLE001
        raise NotGenuineError(str(error)) from None
    return SignedFacts(verified.new_sign_count, verified.credential_backed_up)


def _check_frame(client_data: bytes) -> None:
    # Our pages forbid being framed; another page that frames one has the passkey sign for it.
    if json.loads(client_data).get("crossOrigin", False) is not False:
        raise NotGenuineError("made in a frame of another site")


def _check_statement(attestation_object: bytes) -> None:
    parsed = parse_attestation_object(attestation_object)
    is_self_signed = parsed.fmt == AttestationFormat.PACKED and parsed.att_stmt.x5c is None
    if parsed.fmt != AttestationFormat.NONE and not is_self_signed:
        raise NotGenuineError("an attestation that was not requested")


def _check_key(public_key: bytes) -> None:
    """Raise unless the key can verify what it will sign: its kind has to fit its algorithm."""
    key: Any = decode_credential_public_key(public_key)
    match key:
        case DecodedEC2PublicKey():
            fits = key.alg == ES256 and key.crv == COSECRV.P256
        case DecodedOKPPublicKey():
            fits = key.alg == EDDSA and key.crv == COSECRV.ED25519
        case DecodedRSAPublicKey():
            fits = key.alg == RS256 and len(key.n) in _RSA_BYTES
        case _:
            fits = False
    if not fits:
        raise NotGenuineError("a key of another kind than its algorithm")
    decoded_public_key_to_cryptography(key)
