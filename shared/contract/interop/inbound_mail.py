"""Shapes of mail addresses of lists. docs/email-to-list.md."""

from pydantic import Field

from shared.contract.base import Instant, Shape


class ListEmailAddressShape(Shape):
    """The caller's mail address for a list, without the address."""

    is_available: bool = Field(description="Whether this site takes mail.")
    created_at: Instant | None = Field(description="Null: the caller has no address for this list.")
    last_failed_at: Instant | None = Field(
        description="When the last mail came, within a week, of which no todo could be made."
    )
    last_failure: str = Field(description="Why not.")


class NewListEmailAddressShape(Shape):
    address: str = Field(description="The secret address. It is shown this once.")
    created_at: Instant
