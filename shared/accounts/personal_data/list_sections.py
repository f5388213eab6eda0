"""The sections of an export about lists, and what is in them.

Of lists that the account owns, everything; of other lists, of which it is a member, what it wrote. A user
who was removed from a list has no right to read it any more, so what they wrote there is left out. A list
in the trash is visible to its owners alone.
"""

from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, false, or_, select, true
from sqlalchemy.orm import aliased

from shared.accounts.personal_data.section import USER, Section
from shared.database.json_text import in_rows
from shared.tables.accounts import UserRow
from shared.tables.comments import CommentReactionRow, CommentRow, CommentVersionRow
from shared.tables.details.attachments import AttachmentRow
from shared.tables.interop.calendar_objects import CalendarObjectRow
from shared.tables.interop.calendar_preferences import CalendarPreferencesRow
from shared.tables.labels import LabelRow
from shared.tables.lists import ListRow
from shared.tables.members import MemberRow
from shared.tables.reminders import ReminderRow
from shared.tables.share_links import ShareLinkRow
from shared.tables.todos import AssigneeRow, OccurrenceRow, TodoLabelRow, TodoRow

_other = aliased(UserRow, name="other")
_membership = aliased(MemberRow, name="membership")
_my = aliased(MemberRow, name="my")
_of_mine = aliased(ListRow, name="of_mine")
_todo = aliased(TodoRow, name="todo")
_comment = aliased(CommentRow, name="comment")


def _lists_of_user(*, owned: bool) -> Select[Any]:
    """Return the ids of the lists that the account owns, or of all that it may read."""
    is_owner = _my.role == "owner"
    lists = select(_my.list_id).where(_my.user_id == USER)
    if owned:
        return lists.where(is_owner)
    return lists.join(_of_mine, _of_mine.id == _my.list_id).where(
        or_(is_owner, _of_mine.deleted_at.is_(None))
    )


_OWNED, _READABLE = _lists_of_user(owned=True), _lists_of_user(owned=False)
_TODOS_OF_OWNED = select(_todo.id).where(in_rows(_todo.list_id, _OWNED))
_MY_TODOS = select(_todo.id).where(_todo.created_by == USER, in_rows(_todo.list_id, _READABLE))


def _todo_is_readable(todo_id: Any) -> ColumnElement[bool]:
    """Return the condition that the account may read the list of a todo, which is read by its id."""
    list_id: Any = select(_todo.list_id).where(_todo.id == todo_id).scalar_subquery()
    return in_rows(list_id, _READABLE)


_COMMENTS_OF_OWNED = select(_comment.id).where(in_rows(_comment.todo_id, _TODOS_OF_OWNED))
_MY_COMMENTS = select(_comment.id).where(
    _comment.author_id == USER, _todo_is_readable(_comment.todo_id)
)


def _comment_is_readable(comment_id: Any) -> ColumnElement[bool]:
    """Return the condition that the account may read the list of a comment, which is read by its id."""
    # One subquery: SQLAlchemy does not correlate a subquery of a subquery with the outer statement.
    list_id: Any = (
        select(_todo.list_id)
        .join(_comment, _comment.todo_id == _todo.id)
        .where(_comment.id == comment_id)
        .scalar_subquery()
    )
    return in_rows(list_id, _READABLE)


LIST_SECTIONS: tuple[Section, ...] = (
    Section(
        "lists",
        ListRow,
        ("id", "name", "colour", "icon", "created_by", "archived_at", "deleted_at", "version",
         "created_at", "updated_at"),
        by_lists=[in_rows(ListRow.id, _READABLE)],
        computed={
            "is_inbox": case((ListRow.inbox_of == USER, true()), else_=false()),
            "role": _membership.role,
            "joined_at": _membership.joined_at,
            "rank": _membership.rank,
            "favourite": _membership.favourite,
            "folder_id": _membership.folder_id,
            "view": _membership.view,
        },
        joined=(
            _membership,
            and_(_membership.list_id == ListRow.id, _membership.user_id == USER),
        ),
    ),
    Section(
        "members",
        MemberRow,
        ("list_id", "user_id", "role", "joined_at"),
        by_lists=[in_rows(MemberRow.list_id, _OWNED)],
        key=("list_id", "user_id"),
        computed={"name": _other.name},
        joined=(_other, _other.id == MemberRow.user_id),
    ),
    Section(
        "share_links",
        ShareLinkRow,
        ("id", "list_id", "name", "role", "created_by", "created_at", "expires_at", "revoked_at",
         "use_count", "last_used_at"),
        by_lists=[
            in_rows(ShareLinkRow.list_id, _OWNED),
            and_(ShareLinkRow.created_by == USER, in_rows(ShareLinkRow.list_id, _READABLE)),
        ],
    ),
    Section(
        "labels",
        LabelRow,
        ("id", "list_id", "name", "colour", "created_at"),
        by_lists=[in_rows(LabelRow.list_id, _OWNED)],
        key=("list_id", "id"),
    ),
    Section(
        "todos",
        TodoRow,
        ("id", "list_id", "parent_id", "title", "description", "status", "priority", "due_kind",
         "due_date", "due_local", "due_zone", "due_at", "repeat", "last_occurrence", "metadata",
         "rank", "comment_count", "attachment_count", "completed_at", "completed_by", "deleted_at",
         "version", "created_by", "created_at", "updated_at", "from_mail"),
        own=[and_(TodoRow.created_by == USER, in_rows(TodoRow.list_id, _READABLE))],
        by_lists=[in_rows(TodoRow.list_id, _OWNED)],
    ),
    Section(
        "todo_labels",
        TodoLabelRow,
        ("todo_id", "label_id"),
        by_lists=[in_rows(TodoLabelRow.todo_id, _TODOS_OF_OWNED)],
        key=("todo_id", "label_id"),
    ),
    Section(
        "todo_assignees",
        AssigneeRow,
        ("todo_id", "user_id"),
        own=[and_(AssigneeRow.user_id == USER, _todo_is_readable(AssigneeRow.todo_id))],
        by_lists=[in_rows(AssigneeRow.todo_id, _TODOS_OF_OWNED)],
        key=("todo_id", "user_id"),
    ),
    Section(
        "todo_occurrences",
        OccurrenceRow,
        ("todo_id", "number", "occurrence", "outcome", "ended_at", "ended_by"),
        by_lists=[
            in_rows(OccurrenceRow.todo_id, _TODOS_OF_OWNED),
            in_rows(OccurrenceRow.todo_id, _MY_TODOS),
        ],
        key=("todo_id", "number"),
    ),
    Section(
        "comments",
        CommentRow,
        ("id", "todo_id", "author_id", "body", "mentions", "created_at", "edited_at", "from_mail"),
        own=[and_(CommentRow.author_id == USER, _todo_is_readable(CommentRow.todo_id))],
        by_lists=[in_rows(CommentRow.todo_id, _TODOS_OF_OWNED)],
        computed={"author_name": _other.name},
        joined=(_other, _other.id == CommentRow.author_id),
    ),
    Section(
        "attachments",
        AttachmentRow,
        ("id", "todo_id", "uploader_id", "state", "name", "media_type", "size_bytes", "width",
         "height", "has_thumbnail", "created_at", "delete_at"),
        own=[and_(AttachmentRow.uploader_id == USER, _todo_is_readable(AttachmentRow.todo_id))],
        by_lists=[in_rows(AttachmentRow.todo_id, _TODOS_OF_OWNED)],
        computed={"uploader_name": _other.name},
        joined=(_other, _other.id == AttachmentRow.uploader_id),
    ),
    Section(
        "comment_versions",
        CommentVersionRow,
        ("comment_id", "number", "body", "written_at"),
        by_lists=[
            in_rows(CommentVersionRow.comment_id, _COMMENTS_OF_OWNED),
            in_rows(CommentVersionRow.comment_id, _MY_COMMENTS),
        ],
        key=("comment_id", "number"),
    ),
    Section(
        "comment_reactions",
        CommentReactionRow,
        ("comment_id", "emoji", "user_id", "created_at"),
        own=[
            and_(
                CommentReactionRow.user_id == USER,
                _comment_is_readable(CommentReactionRow.comment_id),
            )
        ],
        by_lists=[in_rows(CommentReactionRow.comment_id, _COMMENTS_OF_OWNED)],
        key=("comment_id", "emoji", "user_id"),
    ),
    Section(
        "reminders",
        ReminderRow,
        ("id", "todo_id", "at", "minutes_before", "snoozed_until", "next_fire_at", "occurrence",
         "state", "sent_at", "detail", "created_at"),
        own=[ReminderRow.user_id == USER],
    ),
    Section(
        "calendar_objects",
        CalendarObjectRow,
        ("todo_id", "uid", "name", "parent_uid", "kept"),
        by_lists=[in_rows(CalendarObjectRow.todo_id, _TODOS_OF_OWNED)],
        key=("todo_id",),
    ),
    Section(
        "calendar_preferences",
        CalendarPreferencesRow,
        ("list_id", "name", "colour", "position"),
        own=[CalendarPreferencesRow.user_id == USER],
        key=("list_id",),
    ),
)  # fmt: skip
