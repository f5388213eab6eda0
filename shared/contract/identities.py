"""Shapes of linked sign-ins: the identities of an account at other services."""

from pydantic import Field

from shared.contract.base import Instant, Shape


class IdentityShape(Shape):
    id: str
    provider: str | None = Field(
        description="Null if it signs in with JWTs of a trusted issuer, or its provider is gone."
    )
    name: str = Field(description="What the operator calls the provider.")
    subject: str = Field(description="What the provider calls the user.")
    created_at: Instant
