"""The ways to prove who one is, and the bodies that carry such a proof."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, SecretStr

from shared.contract.base import Body


class Method(StrEnum):
    """A way to prove that one is the user of an account."""

    PASSWORD = "password"  # noqa: S105  a name


class PasswordProof(Body):
    method: Literal[Method.PASSWORD]
    # Longer than the longest acceptable password, as at sign-in.
    password: Annotated[SecretStr, Field(max_length=1024)]


# One member for each body; `method` says which.
Proof = PasswordProof
