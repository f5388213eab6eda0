"""What a person is told beside the lists themselves, and how they want to be told."""

from enum import StrEnum

from pydantic import Field

from shared.contract.base import Instant, Shape


class NotificationKind(StrEnum):
    """What happened, seen by the person it happened to."""

    ASSIGNED = "assigned"
    MENTIONED = "mentioned"
    COMMENTED = "commented"
    INVITED = "invited"
    REMOVED = "removed"
    REMINDED = "reminded"


class NotifierShape(Shape):
    """Who did it, by the name they had then."""

    id: str
    name: str


class NotificationShape(Shape):
    """Ids, not contents: whoever may no longer read a thing learns nothing from having been told."""

    id: str = Field(description="Sorts by time: a greater id is a later notification.")
    kind: NotificationKind
    actor: NotifierShape | None = Field(description="Null for a reminder, or when they are gone.")
    list_id: str | None
    todo_id: str | None
    comment_id: str | None
    invitation_id: str | None
    list_name: str | None = Field(
        description="Of `removed` only: what the list was called when you could still see it."
    )
    created_at: Instant
    read_at: Instant | None


class NotificationsShape(Shape):
    """The newest, and how many are unread among all."""

    items: tuple[NotificationShape, ...]
    unread_count: int


class NotificationPage(Shape):
    """A page, the newest first."""

    items: list[NotificationShape]
    next_cursor: str | None
    total: int
    unread_count: int


class UnreadShape(Shape):
    unread_count: int


class ChannelsShape(Shape):
    """By which ways one kind of notification comes."""

    in_app: bool
    mail: bool
    push: bool = Field(description="To the devices that were subscribed.")


class PreferencesShape(Shape):
    """How a person wants to be told."""

    channels: dict[NotificationKind, ChannelsShape]
    digest: bool = Field(
        description="A mail a day: what is overdue, due today, and assigned to you."
    )
    digest_hour: int = Field(description="When it comes, on your clock: 0 to 23.")


class PushShape(Shape):
    """What a browser needs to subscribe."""

    public_key: str | None = Field(
        description="For `applicationServerKey`; null where the operator set up no pushes."
    )


class PushSubscriptionShape(Shape):
    """One browser that is told. Its endpoint is a secret between it and us, and never shown."""

    id: str
    created_at: Instant


class MailPreferencesShape(Shape):
    """Which mails a person gets, for whoever holds a link out of one of them."""

    email: str = Field(description="Enough of the address to recognise it.")
    mail: dict[NotificationKind, bool]
    digest: bool
