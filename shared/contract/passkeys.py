"""Shapes of passkeys, the options that a browser needs for them, and its answers (WebAuthn, level 3).

Bytes are base64url without padding, as in the JSON forms of WebAuthn.
"""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints

from shared import base64url
from shared.contract.base import Body, Instant, Shape
from shared.text import NotAcceptableError, name


class PasskeyShape(Shape):
    """A passkey of the account."""

    id: str
    name: str
    is_backed_up: bool = Field(description="True if it is synchronised with other devices.")
    created_at: Instant
    last_used_at: Instant | None = Field(description="Null: never used.")


class AddedPasskeyShape(PasskeyShape):
    """A passkey that was added just now."""

    recovery_codes: list[str] = Field(
        description="Of a first second factor, shown this once; otherwise empty."
    )


class PasskeyDescriptor(Shape):
    """A passkey as the options name it."""

    type: Literal["public-key"]
    id: str
    transports: list[str]


class PasskeyParty(Shape):
    id: str
    name: str


class PasskeyUser(Shape):
    id: str = Field(description="A random handle, the same for all passkeys of the account.")
    name: str
    displayName: str  # noqa: N815


class PasskeyAlgorithm(Shape):
    type: Literal["public-key"]
    alg: int


class PasskeyAuthenticatorSelection(Shape):
    residentKey: Literal["required"] = "required"  # noqa: N815
    requireResidentKey: bool = True  # noqa: N815
    userVerification: Literal["required"] = "required"  # noqa: N815


class PasskeyCreationOptions(Shape):
    """For `PublicKeyCredential.parseCreationOptionsFromJSON()`."""

    rp: PasskeyParty
    user: PasskeyUser
    challenge: str
    pubKeyCredParams: list[PasskeyAlgorithm]  # noqa: N815
    timeout: int = Field(description="In milliseconds.")
    excludeCredentials: list[PasskeyDescriptor]  # noqa: N815
    authenticatorSelection: PasskeyAuthenticatorSelection = PasskeyAuthenticatorSelection()  # noqa: N815
    attestation: Literal["none"] = "none"


class PasskeyRequestOptions(Shape):
    """For `PublicKeyCredential.parseRequestOptionsFromJSON()`."""

    challenge: str
    timeout: int = Field(description="In milliseconds.")
    rpId: str  # noqa: N815
    allowCredentials: list[PasskeyDescriptor] = Field(  # noqa: N815
        description="Empty: every passkey that the authenticator has for this site."
    )
    userVerification: Literal["required"] = "required"  # noqa: N815


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


class PasskeyAssertion(Body):
    """The AuthenticatorAssertionResponse that a browser got."""

    id: CredentialId
    client_data_json: ClientData
    authenticator_data: AuthenticatorData
    signature: Signature
    user_handle: UserHandle | None = None


class PasskeyNameBody(Body):
    name: PasskeyName
