"""Shapes of passkeys and of the options that a browser needs for them (WebAuthn, level 3).

Bytes are base64url without padding, as in the JSON forms of WebAuthn.
"""

from typing import Literal

from pydantic import Field

from shared.contract.base import Instant, Shape


class PasskeyShape(Shape):
    """A passkey of the account."""

    id: str
    name: str
    is_backed_up: bool = Field(description="True if it is synchronised with other devices.")
    created_at: Instant
    last_used_at: Instant | None = Field(description="Null: never used.")


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
