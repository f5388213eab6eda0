"""The wire types of Livelist, as JSON has them.

Generated from the OpenAPI and AsyncAPI documents by `python -m api.openapi.typescript_types`: do not edit.
"""

from typing import Any, Literal, NotRequired, TypeAlias, TypedDict

AccountStatus: TypeAlias = Literal["pending", "active", "disabled"]
Colour: TypeAlias = Literal[
    "grey",
    "red",
    "orange",
    "yellow",
    "green",
    "teal",
    "blue",
    "purple",
    "pink",
]
CountsFrom: TypeAlias = Literal["schedule", "completion"]
DataExportState: TypeAlias = Literal["queued", "running", "done", "failed"]
Ending: TypeAlias = Literal["completed", "skipped", "reopened"]
HourCycle: TypeAlias = Literal["", "h12", "h23"]
ImportKind: TypeAlias = Literal[
    "livelist",
    "csv",
    "todoist",
    "trello",
    "vikunja",
    "microsoft",
    "google",
    "ticktick",
    "icalendar",
    "super_productivity",
    "todo_txt",
    "markdown",
]
ImportState: TypeAlias = Literal[
    "uploading",
    "previewing",
    "ready",
    "running",
    "done",
    "failed",
    "cancelled",
]
Method: TypeAlias = Literal["password", "totp", "recovery_code", "passkey"]
NotificationKind: TypeAlias = Literal[
    "assigned",
    "mentioned",
    "commented",
    "invited",
    "removed",
    "reminded",
]
ReminderState: TypeAlias = Literal["scheduled", "sending", "sent", "failed", "missed", "cancelled"]
Role: TypeAlias = Literal["owner", "editor", "commenter", "viewer"]
SiteRole: TypeAlias = Literal["user", "moderator", "admin"]
TodoStatus: TypeAlias = Literal["pending", "in_progress", "completed", "cancelled"]
ViewDue: TypeAlias = Literal["overdue", "today", "week", "none"]
ViewGroup: TypeAlias = Literal["none", "due", "label", "assignee", "personal_label"]
ViewSort: TypeAlias = Literal["manual", "due", "priority", "title", "created", "personal_label"]
WeekStart: TypeAlias = Literal["", "mon", "sat", "sun"]


class AccountDisabled(TypedDict):
    pass


class AccountEdited(TypedDict):
    account: "AccountShape"


class AccountShape(TypedDict):
    language: str
    week_start: "WeekStart"
    hour_cycle: "HourCycle"
    id: str
    name: str
    avatar_url: str | None
    email: str
    bio: str
    time_zone: str
    locale: str
    site_role: "SiteRole"
    status: "AccountStatus"
    is_verified: bool
    last_login_at: str | None
    has_second_factor: bool
    mail_refused_at: str | None
    mail_refusal: str
    version: int
    created_at: str
    updated_at: str


class AccountSnapshot(TypedDict):
    stream: "Position"
    account: "AccountShape"
    lists: list["MyListShape"]
    folders: list["FolderShape"]
    personal_labels: list["PersonalLabelShape"]
    labelled_todos: list["LabelledTodo"]
    invitations: list["InvitationShape"]
    reminders: list["ReminderShape"]
    notifications: "NotificationsShape"
    preferences: "PreferencesShape"


class ApiTokenCreated(TypedDict):
    token_id: str


class ApiTokenRenamed(TypedDict):
    token_id: str


class ApiTokenRevoked(TypedDict):
    token_ids: list[str]


class AttachmentAdded(TypedDict):
    attachment: "AttachmentShape"
    attachment_count: int


class AttachmentEdited(TypedDict):
    attachment: "AttachmentShape"


class AttachmentRemoved(TypedDict):
    attachment_id: str
    todo_id: str
    attachment_count: int


class AttachmentShape(TypedDict):
    id: str
    todo_id: str
    uploader: "UserShape | None"
    name: str
    media_type: str
    size_bytes: int
    width: int | None
    height: int | None
    has_thumbnail: bool
    created_at: str


class ChannelsShape(TypedDict):
    in_app: bool
    mail: bool
    push: bool


class CommentAdded(TypedDict):
    comment: "CommentShape"
    comment_count: int


class CommentBody(TypedDict):
    body: str


class CommentDeleted(TypedDict):
    comment_id: str
    todo_id: str
    comment_count: int


class CommentEdited(TypedDict):
    comment: "CommentShape"


class CommentReacted(TypedDict):
    comment_id: str
    todo_id: str
    reactions: list["ReactionShape"]


class CommentShape(TypedDict):
    id: str
    todo_id: str
    author: "UserShape | None"
    body: str
    mentions: list[str]
    reactions: list["ReactionShape"]
    created_at: str
    edited_at: str | None


class CommentVersionShape(TypedDict):
    body: str
    written_at: str


class CommentVersionsShape(TypedDict):
    items: list["CommentVersionShape"]


class CredentialsChanged(TypedDict):
    pass


class DataExportChanged(TypedDict):
    export: "DataExportShape"


class DataExportShape(TypedDict):
    id: str
    state: "DataExportState"
    rows_done: int
    rows_total: int
    size_bytes: int
    created_at: str
    finished_at: str | None
    expires_at: str


class DueDate(TypedDict):
    date: str


class DueDateBody(TypedDict):
    date: str


class DueTime(TypedDict):
    at: str
    zone: NotRequired[str | None]


class DueTimeBody(TypedDict):
    at: str
    zone: NotRequired[str | None]


class EditBody(TypedDict):
    title: NotRequired[str]
    description: NotRequired[str | None]
    status: NotRequired["TodoStatus"]
    priority: NotRequired[int | None]
    metadata: NotRequired[dict[str, Any] | None]
    due: NotRequired["DueDateBody | DueTimeBody | None"]
    due_date: NotRequired[str | None]
    repeat: NotRequired["RepeatBody | None"]
    assignees: NotRequired[list[str] | None]
    labels: NotRequired[list[str] | None]
    parent_id: NotRequired[str | None]
    base_seq: NotRequired[int | None]


class EditedTodoShape(TypedDict):
    id: str
    list_id: str
    parent_id: str | None
    title: str
    description: str
    status: "TodoStatus"
    priority: int
    due: "DueDate | DueTime | None"
    due_at: str | None
    repeat: "RepeatShape | None"
    metadata: dict[str, Any]
    rank: str
    assignees: list[str]
    labels: list[str]
    comment_count: int
    attachment_count: int
    completed_at: str | None
    completed_by: str | None
    deleted_at: str | None
    version: int
    created_by: str | None
    created_at: str
    updated_at: str
    overwrote: dict[str, Any] | None


class EventFrame(TypedDict):
    type: Literal["event"]
    list: str
    seq: int
    event: str
    at: str
    actor: dict[str, str] | None
    mutation: str | None
    data: dict[str, Any]


class FolderRemoved(TypedDict):
    folder_id: str


class FolderSet(TypedDict):
    folder: "FolderShape"


class FolderShape(TypedDict):
    id: str
    name: str
    rank: str


class ImportChanged(TypedDict):
    file_import: "ImportShape"


class ImportShape(TypedDict):
    id: str
    file_name: str
    kind: "ImportKind | None"
    state: "ImportState"
    list_id: str | None
    size_bytes: int
    todos_total: int
    todos_done: int
    todos_created: int
    todos_skipped: int
    todos_failed: int
    files_total: int
    files_done: int
    error: str
    created_at: str
    finished_at: str | None
    expires_at: str


class InvitationClosed(TypedDict):
    invitation_id: str
    reason: Literal["accepted", "declined", "withdrawn"]


class InvitationReceived(TypedDict):
    invitation: "InvitationShape"


class InvitationShape(TypedDict):
    id: str
    list_id: str
    list_name: str
    email: str
    role: "Role"
    invited_by: "UserShape | None"
    created_at: str
    expires_at: str


class ItemsLabelShape(TypedDict):
    items: list["LabelShape"]


class ItemsMemberShape(TypedDict):
    items: list["MemberShape"]


class LabelCreated(TypedDict):
    label: "LabelShape"


class LabelDeleted(TypedDict):
    label_id: str


class LabelEditBody(TypedDict):
    name: NotRequired[str]
    colour: NotRequired["Colour"]


class LabelEdited(TypedDict):
    label: "LabelShape"


class LabelShape(TypedDict):
    id: str
    list_id: str
    name: str
    colour: "Colour"


class LabelledTodo(TypedDict):
    todo_id: str
    personal_labels: list[str]


class LabelledTodosSet(TypedDict):
    todos: list["LabelledTodo"]


class ListAdded(TypedDict):
    list: "MyListShape"


class ListCreated(TypedDict):
    list: "ListShape"


class ListDeleted(TypedDict):
    list_id: str
    deleted_at: str


class ListEditBody(TypedDict):
    name: NotRequired[str]
    colour: NotRequired["Colour"]
    icon: NotRequired[str]
    archived: NotRequired[bool]


class ListEdited(TypedDict):
    list: "ListShape"
    changed: list[str]


class ListPlaced(TypedDict):
    lists: list["PlacedList"]


class ListPlacement(TypedDict):
    rank: str
    favourite: bool
    folder_id: str | None


class ListRemoved(TypedDict):
    list_id: str
    reason: Literal["removed", "left", "deleted"]


class ListRestored(TypedDict):
    list: "ListShape"


class ListShape(TypedDict):
    id: str
    name: str
    colour: "Colour"
    icon: str
    is_inbox: bool
    archived_at: str | None
    deleted_at: str | None
    version: int
    created_at: str
    updated_at: str


class ListSnapshot(TypedDict):
    stream: "Position"
    list: "MyListShape"
    members: list["MemberShape"]
    labels: list["LabelShape"]
    todos: list["TodoShape"]
    next_cursor: str | None


class ListSnapshots(TypedDict):
    items: list["ListSnapshot"]
    next_cursor: str | None


class ListView(TypedDict):
    sort: "ViewSort"
    group: "ViewGroup"
    filter: "ViewFilter"


class ListViewSet(TypedDict):
    list_id: str
    view: "ListView | None"


class MemberAdded(TypedDict):
    member: "MemberShape"


class MemberEdited(TypedDict):
    member: "MemberShape"


class MemberRemoved(TypedDict):
    user_id: str
    reason: Literal["removed", "left", "account_deleted", "link_ended"]


class MemberShape(TypedDict):
    user: "UserShape"
    role: "Role"
    joined_at: str
    link_id: NotRequired[str | None]


class MissedEvents(TypedDict):
    items: list["EventFrame"]
    stream: "Position"


class MoveBody(TypedDict):
    before_id: NotRequired[str | None]
    after_id: NotRequired[str | None]
    list_id: NotRequired[str | None]


class MyListShape(TypedDict):
    id: str
    name: str
    colour: "Colour"
    icon: str
    is_inbox: bool
    archived_at: str | None
    deleted_at: str | None
    version: int
    created_at: str
    updated_at: str
    role: "Role"
    placement: "ListPlacement"
    view: "ListView | None"
    open_count: int
    stream: "Position"


class NewLabelBody(TypedDict):
    name: str
    colour: NotRequired["Colour"]


class NewListBody(TypedDict):
    name: str
    colour: NotRequired["Colour"]
    icon: NotRequired[str]


class NewTodoBody(TypedDict):
    before_id: NotRequired[str | None]
    after_id: NotRequired[str | None]
    title: str
    description: NotRequired[str | None]
    status: NotRequired["TodoStatus"]
    priority: NotRequired[int | None]
    metadata: NotRequired[dict[str, Any] | None]
    due: NotRequired["DueDateBody | DueTimeBody | None"]
    due_date: NotRequired[str | None]
    repeat: NotRequired["RepeatBody | None"]
    assignees: NotRequired[list[str] | None]
    labels: NotRequired[list[str] | None]
    parent_id: NotRequired[str | None]
    list_id: NotRequired[str | None]


class NotificationAdded(TypedDict):
    notification: "NotificationShape"


class NotificationRead(TypedDict):
    notification_ids: list[str]
    through: str | None
    read_at: str
    unread_count: int


class NotificationRemoved(TypedDict):
    notification_ids: list[str]
    unread_count: int


class NotificationShape(TypedDict):
    id: str
    kind: "NotificationKind"
    actor: "NotifierShape | None"
    list_id: str | None
    todo_id: str | None
    comment_id: str | None
    invitation_id: str | None
    list_name: str | None
    created_at: str
    read_at: str | None


class NotificationsShape(TypedDict):
    items: list["NotificationShape"]
    unread_count: int


class NotifierShape(TypedDict):
    id: str
    name: str


class OccurrenceEnd(TypedDict):
    occurrence: int
    outcome: "Ending"


class PageCommentShape(TypedDict):
    items: list["CommentShape"]
    next_cursor: str | None
    total: int


class PageMyListShape(TypedDict):
    items: list["MyListShape"]
    next_cursor: str | None
    total: int


class PageReminderShape(TypedDict):
    items: list["ReminderShape"]
    next_cursor: str | None
    total: int


class PersonalLabelRemoved(TypedDict):
    label_id: str


class PersonalLabelSet(TypedDict):
    label: "PersonalLabelShape"


class PersonalLabelShape(TypedDict):
    id: str
    name: str
    colour: "Colour"


class PlacedList(TypedDict):
    list_id: str
    placement: "ListPlacement"


class Position(TypedDict):
    list_id: str
    epoch: str
    seq: int


class PreferencesEdited(TypedDict):
    preferences: "PreferencesShape"


class PreferencesShape(TypedDict):
    channels: dict[str, "ChannelsShape"]
    digest: bool
    digest_hour: int


class Problem(TypedDict):
    type: NotRequired[str]
    title: str
    status: int
    detail: str
    code: str
    errors: NotRequired[list["ProblemField"]]
    request_id: NotRequired[str | None]
    current: NotRequired[Any]
    methods: NotRequired["list[Method] | None"]


class ProblemField(TypedDict):
    field: str
    code: str
    message: str


class ReactionShape(TypedDict):
    emoji: str
    user_ids: list[str]


class ReminderBody(TypedDict):
    at: NotRequired[str | None]
    minutes_before: NotRequired[int | None]


class ReminderFailed(TypedDict):
    reminder: "ReminderShape"


class ReminderMissed(TypedDict):
    reminder: "ReminderShape"


class ReminderRemoved(TypedDict):
    reminder_id: str


class ReminderSent(TypedDict):
    reminder: "ReminderShape"


class ReminderSet(TypedDict):
    reminder: "ReminderShape"


class ReminderShape(TypedDict):
    id: str
    todo_id: str
    list_id: str
    at: str | None
    minutes_before: int | None
    snoozed_until: str | None
    fires_at: str | None
    state: "ReminderState"
    sent_at: str | None
    detail: str


class ReminderTestShape(TypedDict):
    id: str
    state: "ReminderState"
    detail: str
    at: str


class ReminderTested(TypedDict):
    test: "ReminderTestShape"


class RepeatBody(TypedDict):
    rule: str
    counts_from: NotRequired["CountsFrom"]
    anchor: NotRequired["DueDateBody | DueTimeBody | None"]


class RepeatShape(TypedDict):
    rule: str
    counts_from: "CountsFrom"
    anchor: "DueDate | DueTime"
    occurrence: int
    day: str
    left: int | None


class SessionRevoked(TypedDict):
    session_ids: list[str]


class SnoozeBody(TypedDict):
    minutes: NotRequired[int | None]
    until: NotRequired[str | None]
    tomorrow: NotRequired[bool]


class TodoCreated(TypedDict):
    todo: "TodoShape"


class TodoDeleted(TypedDict):
    todo_id: str
    deleted_at: str


class TodoEdited(TypedDict):
    todo: "TodoShape"
    changed: list[str]
    overwrote: NotRequired[dict[str, Any] | None]
    ended: NotRequired["OccurrenceEnd | None"]


class TodoMovedIn(TypedDict):
    todo: "TodoShape"


class TodoMovedOut(TypedDict):
    todo_id: str


class TodoPage(TypedDict):
    items: list["TodoShape"]
    next_cursor: str | None
    total: int | None


class TodoPurged(TypedDict):
    todo_id: str


class TodoRestored(TypedDict):
    todo: "TodoShape"


class TodoShape(TypedDict):
    id: str
    list_id: str
    parent_id: str | None
    title: str
    description: str
    status: "TodoStatus"
    priority: int
    due: "DueDate | DueTime | None"
    due_at: str | None
    repeat: "RepeatShape | None"
    metadata: dict[str, Any]
    rank: str
    assignees: list[str]
    labels: list[str]
    comment_count: int
    attachment_count: int
    completed_at: str | None
    completed_by: str | None
    deleted_at: str | None
    version: int
    created_by: str | None
    created_at: str
    updated_at: str


class UserShape(TypedDict):
    id: str
    name: str
    avatar_url: str | None


class ViewFilter(TypedDict):
    text: str
    priorities: list[int]
    statuses: list[Literal["pending", "in_progress", "completed"]]
    labels: list[str]
    assignees: list[str]
    due: "ViewDue | None"
