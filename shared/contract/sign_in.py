"""The ways to prove who one is, the bodies that carry such a proof, and the second step of a sign-in."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, SecretStr

from shared.contract.base import Body, Shape
from shared.contract.passkeys import PasskeyAssertion


class Method(StrEnum):
    """A way to prove that one is the user of an account."""

    PASSWORD = "password"  # noqa: S105  a name
    TOTP = "totp"
    RECOVERY_CODE = "recovery_code"
    PASSKEY = "passkey"


class PasswordProof(Body):
    method: Literal[Method.PASSWORD]
    # Longer than the longest acceptable password, as at sign-in.
    password: Annotated[SecretStr, Field(max_length=1024)]


# With the spaces or hyphens that people type.
Code = Annotated[str, Field(min_length=1, max_length=50)]


class TotpProof(Body):
    """A code of the authenticator app."""

    method: Literal[Method.TOTP]
    code: Code


class RecoveryCodeProof(Body):
    method: Literal[Method.RECOVERY_CODE]
    code: Code


class PasskeyProof(PasskeyAssertion):
    """A challenge that a passkey signed: of the options for this step-up, or for this sign-in."""

    method: Literal[Method.PASSKEY]


# A new second factor adds its body here.
SecondProof = Annotated[TotpProof | RecoveryCodeProof | PasskeyProof, Field(discriminator="method")]
Proof = Annotated[PasswordProof | SecondProof, Field(discriminator="method")]


class OpenedChallenge(Body):
    challenge: Annotated[str, Field(max_length=200)]


class ChallengeShape(Shape):
    """The first step of a sign-in succeeded. `POST /auth/challenge` takes the second."""

    challenge: str = Field(description="Works once, for ten minutes and five attempts.")
    methods: list[Method] = Field(description="One of these proves who you are.")
