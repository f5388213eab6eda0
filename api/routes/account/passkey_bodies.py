"""Bodies of the answers of authenticators. Bytes are base64url, bounded by what browsers send."""

from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

from shared import base64url
from shared.accounts.passkeys.verification import Assertion, Attestation
from shared.contract.base import Body
from shared.text import NotAcceptableError, name


def _check(text: str) -> str:
    try:
        base64url.decode(text)
    except ValueError:
        raise NotAcceptableError("is not base64url") from None
    return text


def _length(max_bytes: int) -> StringConstraints:
    """Return the constraints of that many bytes in base64url."""
    longest = -(-max_bytes * 4 // 3)
    return StringConstraints(min_length=2, max_length=longest, pattern="^[A-Za-z0-9_-]*$")


_Base64Url = Annotated[str, AfterValidator(_check)]
# WebAuthn, section 5.8.3
CredentialId = Annotated[_Base64Url, _length(1023)]
# Type, challenge, origin and a few words; an origin has at most 300 characters.
ClientData = Annotated[_Base64Url, _length(2048)]
# The id, an RSA key of 4096 bits, a signature of it, and what surrounds them.
AttestationObject = Annotated[_Base64Url, _length(4096)]
AuthenticatorData = Annotated[_Base64Url, _length(2048)]
# RSA of 4096 bits.
Signature = Annotated[_Base64Url, _length(512)]
# WebAuthn, section 5.4.3
UserHandle = Annotated[_Base64Url, _length(64)]
PasskeyName = Annotated[str, Field(min_length=1, max_length=100), AfterValidator(name)]
# `usb`, `internal`, `hybrid` and those that are invented later: kept for the next ceremony.
Transport = Annotated[str, StringConstraints(max_length=32, pattern="^[a-z-]+$")]


class NewPasskeyBody(Body):
    """The AuthenticatorAttestationResponse that a browser got, and a name for the passkey."""

    name: PasskeyName
    id: CredentialId
    client_data_json: ClientData
    attestation_object: AttestationObject
    transports: Annotated[tuple[Transport, ...], Field(max_length=10)] = ()

    def attestation(self) -> Attestation:
        return Attestation(
            base64url.decode(self.id),
            base64url.decode(self.client_data_json),
            base64url.decode(self.attestation_object),
        )


class PasskeyAssertion(Body):
    """The AuthenticatorAssertionResponse that a browser got."""

    id: CredentialId
    client_data_json: ClientData
    authenticator_data: AuthenticatorData
    signature: Signature
    user_handle: UserHandle | None = None

    def assertion(self) -> Assertion:
        return Assertion(
            base64url.decode(self.id),
            base64url.decode(self.client_data_json),
            base64url.decode(self.authenticator_data),
            base64url.decode(self.signature),
            base64url.decode(self.user_handle or ""),
        )


class PasskeyNameBody(Body):
    name: PasskeyName
