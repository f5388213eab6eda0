"""Shapes of the audit."""

from typing import Any

from pydantic import Field

from shared.contract.base import Instant, Shape


class AuditEntryShape(Shape):
    """What somebody did, when, and from where."""

    id: str = Field(description="Sorts by time: a greater id is a later entry.")
    at: Instant
    action: str = Field(description="Such as `password.changed` or `sign_in.failed`.")
    actor_id: str | None = Field(
        description="Null if nobody was signed in, or for the operator at the command line."
    )
    user_id: str | None = Field(description="The account concerned.")
    list_id: str | None
    address: str = Field(
        description="Network address of the caller. Empty in your own audit for what others did."
    )
    facts: dict[str, Any]


class AuditPage(Shape):
    """A page of the audit, newest first."""

    items: list[AuditEntryShape]
    next_cursor: str | None = Field(description="Send as `before` for older entries.")
