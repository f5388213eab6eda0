"""The entities as clients see them. Documented in docs/protocol.md.

REST answers and events carry the same shapes, so that a client needs one reducer.
"""

from datetime import date
from enum import StrEnum
from typing import Any, Generic, Literal, TypeVar

from pydantic import Field

from shared.contract.base import Instant, Shape
from shared.contract.notifications import NotificationsShape, PreferencesShape, RegionShape
from shared.contract.own_lists.colours import Colour as Colour  # noqa: PLC0414
from shared.contract.own_lists.personal_labels import LabelledTodo, PersonalLabelShape
from shared.contract.own_lists.placement import FolderShape, ListPlacement
from shared.contract.own_lists.views import ListView

Item = TypeVar("Item")


class Role(StrEnum):
    """A role in a list. Each role allows all that the roles after it allow."""

    OWNER = "owner"
    EDITOR = "editor"
    COMMENTER = "commenter"
    VIEWER = "viewer"


class SiteRole(StrEnum):
    USER = "user"
    MODERATOR = "moderator"
    ADMIN = "admin"


class AccountStatus(StrEnum):
    PENDING = "pending"
    ACTIVE = "active"
    DISABLED = "disabled"


class TodoStatus(StrEnum):
    PENDING = "pending"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


# The statuses of todos that are still to be done.
OPEN = (TodoStatus.PENDING, TodoStatus.IN_PROGRESS)


class ReminderState(StrEnum):
    SCHEDULED = "scheduled"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    MISSED = "missed"
    CANCELLED = "cancelled"


class Position(Shape):
    """A position in a stream. A client has seen a write once its cursor reached the position."""

    list_id: str = Field(description="The list's id, or `user:<id>` for the stream of a user.")
    epoch: str = Field(
        description="Changes when history is rewound; then fetch the snapshot again."
    )
    seq: int = Field(description="Position of the newest event included.")


class UserShape(Shape):
    """A user as other members of a list see them."""

    id: str
    name: str
    avatar_url: str | None


class AccountShape(UserShape, RegionShape):
    """An account as its owner and admins see it."""

    email: str
    bio: str
    time_zone: str = Field(description="IANA name, such as Europe/Berlin.")
    locale: str
    site_role: SiteRole
    status: AccountStatus
    is_verified: bool
    last_login_at: Instant | None
    has_second_factor: bool
    mail_refused_at: Instant | None = Field(
        description="When a mail server refused the address for good. Since then only verification, "
        "password reset and security mail is sent. A changed address, a password reset by mail "
        "or `DELETE /users/me/mail-refusal` ends this."
    )
    mail_refusal: str = Field(
        description="SMTP codes of the refusal, such as `550 5.1.1`; empty without one."
    )
    version: int
    created_at: Instant
    updated_at: Instant


class ManagedAccountShape(AccountShape):
    """An account as moderators and administrators see it."""

    delete_at: Instant | None = Field(
        description="When the account is deleted, as its user asked; its status is `disabled` until then."
    )


class ListShape(Shape):
    """A list as every member sees it."""

    id: str
    name: str
    colour: Colour
    icon: str = Field(description="One emoji; empty without one.")
    is_inbox: bool
    archived_at: Instant | None
    deleted_at: Instant | None
    version: int
    created_at: Instant
    updated_at: Instant


class MyListShape(ListShape):
    """A list as one member sees it."""

    role: Role
    placement: ListPlacement
    view: ListView | None = Field(description="How the member looks at it; null: as it is.")
    open_count: int = Field(description="Todos that are pending or in progress.")
    stream: Position


class MemberShape(Shape):
    user: UserShape
    role: Role
    joined_at: Instant
    link_id: str | None = Field(None, description="The share link of a guest; null: an account.")


class InvitationShape(Shape):
    id: str
    list_id: str
    list_name: str
    email: str
    role: Role
    invited_by: UserShape | None
    created_at: Instant
    expires_at: Instant


class SentInvitationShape(InvitationShape):
    """An invitation as the owners of its list see it."""

    mail_failure: str = Field(
        description="Why its mail was not delivered, or not yet, as a sentence; empty if nothing failed."
    )


class LabelShape(Shape):
    id: str
    list_id: str
    name: str
    colour: Colour


class DueDate(Shape):
    """A due day, without a time."""

    date: date


class DueTime(Shape):
    """A wall time: an instant with a zone; without one, a time in the reader's zone."""

    at: str = Field(description="Local date and time, YYYY-MM-DDTHH:MM:SS.")
    zone: str | None = None


class CountsFrom(StrEnum):
    """What the next date is computed from: the rule's calendar, or the day of completion."""

    SCHEDULE = "schedule"
    COMPLETION = "completion"


class RepeatShape(Shape):
    """How a todo repeats. The todo's `due` is that of the present occurrence, perhaps moved."""

    rule: str = Field(description="As in RFC 5545, such as FREQ=WEEKLY;INTERVAL=2;BYDAY=TU.")
    counts_from: CountsFrom
    anchor: DueDate | DueTime = Field(description="The due date that the rule counts from.")
    occurrence: int = Field(
        description="Number of the present occurrence; send it to complete or skip."
    )
    day: date = Field(description="Day of the present occurrence in the series, even if moved.")
    left: int | None = Field(
        description="Remaining occurrences, with the present one; null: no end."
    )


# To add a field: docs/contributing/add-a-field.md.
class TodoShape(Shape):
    id: str
    list_id: str
    parent_id: str | None
    title: str
    description: str
    status: TodoStatus
    priority: int = Field(ge=0, le=5, description="0 none … 5 most urgent.")
    due: DueDate | DueTime | None
    due_at: Instant | None = Field(description="The instant of a due time with a zone, else null.")
    repeat: RepeatShape | None
    metadata: dict[str, Any]
    rank: str = Field(description="Sorts the list, compared byte by byte; then by id.")
    assignees: list[str] = Field(description="User ids, sorted.")
    labels: list[str] = Field(description="Label ids, sorted.")
    comment_count: int
    attachment_count: int
    completed_at: Instant | None
    completed_by: str | None
    deleted_at: Instant | None
    version: int
    created_by: str | None
    created_at: Instant
    updated_at: Instant


class EditedTodoShape(TodoShape):
    """The answer to an edit, which may have named the position it was based on."""

    overwrote: dict[str, Any] | None = Field(
        description="Values of fields that had changed after `base_seq` and that this edit overwrote."
    )


class TodosShape(Shape):
    items: list[TodoShape]


class Ending(StrEnum):
    """How an occurrence of a todo ended; reopened: the end was undone."""

    COMPLETED = "completed"
    SKIPPED = "skipped"
    REOPENED = "reopened"


class OccurrenceShape(Shape):
    """A past occurrence of a repeating todo."""

    occurrence: int
    day: date = Field(description="Day of the occurrence in the series.")
    due: DueDate | DueTime = Field(description="Due date of the occurrence, perhaps moved.")
    outcome: Ending
    at: Instant
    by: str | None = Field(description="Id of the user; null when the account was deleted.")


class MomentShape(Shape):
    """A future date of a series."""

    due: DueDate | DueTime
    due_at: Instant | None


class OccurrencesShape(Shape):
    """Past occurrences, the newest first, and the next five dates after the present one."""

    items: list[OccurrenceShape]
    next_cursor: str | None
    total: int
    upcoming: list[MomentShape]


class RepeatPreview(Shape):
    """The dates that an unsaved rule would give."""

    rule: str = Field(description="The rule in its canonical spelling.")
    dates: list[MomentShape] = Field(description="The first five, or fewer when the series ends.")


class ReminderShape(Shape):
    """A reminder of one user, visible to that user alone."""

    id: str
    todo_id: str
    list_id: str
    at: Instant | None = Field(description="Set for a reminder at an instant.")
    minutes_before: int | None = Field(description="Set for a reminder relative to the due time.")
    snoozed_until: Instant | None = Field(description="Snoozed until this instant, once.")
    fires_at: Instant | None = Field(description="When the reminder will fire, or last fired.")
    state: ReminderState
    sent_at: Instant | None
    detail: str


class ReminderTestShape(Shape):
    """A test mail, by which a user finds out whether reminders arrive."""

    id: str
    state: ReminderState
    detail: str
    at: Instant


class ListSnapshot(Shape):
    """One consistent read of a list. `stream` is the position from which to subscribe."""

    stream: Position
    list: MyListShape
    members: tuple[MemberShape, ...]
    labels: tuple[LabelShape, ...]
    todos: tuple[TodoShape, ...] = Field(description="Without those in the trash.")
    next_cursor: str | None = Field(description="Set while more todos follow: pass it as `cursor`.")


class ListSnapshots(Shape):
    """First pages of several lists, each one consistent read with a position of its own."""

    items: tuple[ListSnapshot, ...]
    next_cursor: str | None = Field(description="Set while more lists follow: pass it as `cursor`.")


class AccountSnapshot(Shape):
    """One consistent read of all data of a user. `stream` is the position of `user:<id>`."""

    stream: Position
    account: AccountShape
    lists: tuple[MyListShape, ...]
    folders: tuple[FolderShape, ...]
    personal_labels: tuple[PersonalLabelShape, ...]
    labelled_todos: tuple[LabelledTodo, ...]
    invitations: tuple[InvitationShape, ...]
    reminders: tuple[ReminderShape, ...]
    notifications: NotificationsShape
    preferences: PreferencesShape


class Items(Shape, Generic[Item]):
    """A complete collection, whose size is bounded."""

    items: tuple[Item, ...]


class Page(Shape, Generic[Item]):
    """A page by cursor. `total` counts all matching items."""

    items: list[Item]
    next_cursor: str | None
    total: int


class TodoPage(Shape):
    """A page of todos by cursor. It may have fewer todos than `limit` if they are large."""

    items: list[TodoShape]
    next_cursor: str | None
    total: int | None = Field(
        description="The number of all matching todos, on the first page; null on later pages."
    )


class NumberedPage(Shape, Generic[Item]):
    items: list[Item]
    total: int
    page: int
    page_size: int
    total_pages: int
    has_next: bool
    has_prev: bool


HealthState = Literal["ok", "degraded", "down"]
