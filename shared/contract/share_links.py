"""Shapes of share links and of the guests who use them. docs/share-links.md."""

from enum import StrEnum

from pydantic import Field

from shared.contract.base import Instant, Shape
from shared.contract.shapes import Role, UserShape


class LinkRole(StrEnum):
    """A role that a share link can give: any but that of an owner."""

    EDITOR = "editor"
    COMMENTER = "commenter"
    VIEWER = "viewer"


class ShareLinkShape(Shape):
    """A share link as the owners of its list see it."""

    id: str
    list_id: str
    name: str
    role: LinkRole
    has_password: bool
    created_by: str | None = Field(description="The id of the owner who made it.")
    created_at: Instant
    expires_at: Instant | None = Field(description="Null: it works until it is revoked.")
    use_count: int = Field(description="How often somebody joined by it.")
    last_used_at: Instant | None
    guest_count: int = Field(description="Guests who take part by it now, connected or not.")
    token: str | None = Field(
        description="The secret part of the link, for the owner who made it; null for others."
    )


class InvitationPreviewShape(Shape):
    """What the mail of an invitation says, for its reader who has no account yet."""

    list_name: str
    invited_by: str = Field(description="The name of who invites.")
    role: Role


class LinkPreviewShape(Shape):
    """What the holder of a share link sees before joining."""

    list_id: str
    list_name: str
    role: LinkRole


class GuestSessionShape(Shape):
    """A guest who joined by a share link, with the token of the session."""

    token: str = Field(description="Send it as bearer token, and in the `hello` of a socket.")
    expires_at: Instant
    user: UserShape
    list_id: str
    role: LinkRole
