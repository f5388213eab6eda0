"""Shapes of notifications, notification preferences and push subscriptions."""

from enum import StrEnum

from pydantic import Field

from shared.contract.base import Instant, Shape


class NotificationKind(StrEnum):
    """What happened, from the point of view of the notified user."""

    ASSIGNED = "assigned"
    MENTIONED = "mentioned"
    COMMENTED = "commented"
    INVITED = "invited"
    REMOVED = "removed"
    REMINDED = "reminded"


class NotifierShape(Shape):
    """The user who caused a notification, with their name at that time."""

    id: str
    name: str


class NotificationShape(Shape):
    """A notification. It holds ids and no contents: it outlives the right to read its subject."""

    id: str = Field(description="Sorts by time: a greater id is a later notification.")
    kind: NotificationKind
    actor: NotifierShape | None = Field(
        description="Null for a reminder, or if that account was deleted."
    )
    list_id: str | None
    todo_id: str | None
    comment_id: str | None
    invitation_id: str | None = Field(
        description="Of `invited`; null: an owner took you back into the list."
    )
    list_name: str | None = Field(
        description="For `removed` only: the name of the list when you could last read it."
    )
    created_at: Instant
    read_at: Instant | None


class NotificationsShape(Shape):
    """The newest notifications, and the number of all unread ones."""

    items: tuple[NotificationShape, ...]
    unread_count: int


class NotificationPage(Shape):
    """A page of notifications, newest first."""

    items: list[NotificationShape]
    next_cursor: str | None
    total: int
    unread_count: int


class UnreadShape(Shape):
    unread_count: int


class ChannelsShape(Shape):
    """The channels by which one kind of notification is delivered."""

    in_app: bool
    mail: bool
    push: bool = Field(description="To the subscribed browsers.")


class WeekStart(StrEnum):
    """The first day of a week; empty for that of the locale."""

    LOCALE = ""
    MONDAY = "mon"
    SATURDAY = "sat"
    SUNDAY = "sun"


class HourCycle(StrEnum):
    """Whether times have 12 hours or 24; empty for that of the locale."""

    LOCALE = ""
    TWELVE = "h12"
    TWENTY_FOUR = "h23"


class RegionShape(Shape):
    """How an account reads texts, dates and times."""

    language: str = Field(description="Of texts, such as `de`; empty for that of the browser.")
    week_start: WeekStart
    hour_cycle: HourCycle


class PreferencesShape(Shape):
    """The notification preferences of a user."""

    channels: dict[NotificationKind, ChannelsShape]
    digest: bool = Field(
        description="One mail a day: todos that are overdue, due today, and assigned to you."
    )
    digest_hour: int = Field(description="Local hour of the digest in your time zone: 0 to 23.")


class PushShape(Shape):
    """The key that a browser needs to subscribe."""

    public_key: str | None = Field(
        description="For `applicationServerKey`; null if the operator has not set up push."
    )


class PushSubscriptionShape(Shape):
    """The push subscription of one browser. Its endpoint is secret and never returned."""

    id: str
    created_at: Instant


class MailPreferencesShape(Shape):
    """The mail preferences of a user, as shown to the holder of an unsubscribe link."""

    email: str = Field(description="The address, shortened but recognisable.")
    mail: dict[NotificationKind, bool]
    digest: bool
