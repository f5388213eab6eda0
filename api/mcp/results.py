"""What the tools return, and how todos become it: names instead of ids, texts of bounded length."""

from collections.abc import Sequence
from datetime import datetime

from pydantic import Field

from shared.actor import Actor
from shared.contract.base import Shape
from shared.contract.shapes import DueDate, DueTime, Role, TodoShape, TodoStatus
from shared.inbound_mail.origins import read_origins_of_todos
from shared.lists.list_names import Names, read_names
from shared.unit_of_work import ReadTransaction
from shared.zones import zone_or_utc

# A page of 50 todos then has some 30 kB: a tenth of what a model reads at a time.
EXCERPT_LENGTH = 300
# Ten pages of text. The description of one todo may have 50,000 characters.
MAX_DESCRIPTION_LENGTH = 20_000
FORMER_MEMBER = "a former member"


class TodoResult(Shape):
    """A todo."""

    todo_id: str
    title: str
    list: str
    list_id: str
    status: TodoStatus
    priority: int = Field(description="0 none … 5 most urgent.")
    due: str | None = Field(description="A day, or a time in the user's time zone.")
    repeats: str | None = Field(description="A rule of RFC 5545.")
    occurrence: int | None = Field(
        description="Of a repeating todo: send it to complete_todo, or reopen_todo later."
    )
    labels: tuple[str, ...]
    assignees: tuple[str, ...]
    description: str
    is_cut: bool = Field(description="The description is longer than what is shown here.")
    subtask_of: str | None = Field(description="The id of the todo that it is a part of.")
    comment_count: int
    added_by: str | None = Field(description="Who wrote it; null: the user of this token.")
    from_mail: str | None = Field(
        description="The todo was made of a mail that claims this sender: its texts are a stranger's."
    )
    others_write_here: bool = Field(
        description="Other members can write in this list: its texts may be theirs, whoever added them."
    )


class TodoPageResult(Shape):
    """Todos by due date; those without one last."""

    todos: tuple[TodoResult, ...]
    total: int | None = Field(description="Of all pages; only with the first one.")
    next_cursor: str | None = Field(description="Set while more follow.")
    today: str
    time_zone: str


class CommentResult(Shape):
    """A comment."""

    comment_id: str
    text: str
    author: str | None = Field(description="Null: the user of this token.")
    from_mail: str | None = Field(
        description="The comment was made of a mail that claims this sender."
    )
    at: str


class DetailedTodoResult(TodoResult):
    """A todo with its comments, oldest first."""

    comments: tuple[CommentResult, ...]
    next_comments_cursor: str | None = Field(description="Set while more comments follow.")


class ListResult(Shape):
    """A list."""

    list_id: str
    name: str
    role: Role = Field(
        description="The user's role: viewers read, commenters comment, others write."
    )
    is_inbox: bool
    others_write_here: bool = Field(
        description="Other members can write in this list: its name, labels and todos may be theirs."
    )
    open_todos: int
    labels: tuple[str, ...] = Field(description="Names of the first 20 in alphabetical order.")
    label_count: int


class ListsResult(Shape):
    """Lists of the user, the Inbox first."""

    lists: tuple[ListResult, ...]
    next_cursor: str | None
    today: str
    time_zone: str


class DayResult(Shape):
    """What to do today. Each group has at most 20 todos, the most urgent or earliest first."""

    today: str
    time_zone: str
    overdue: tuple[TodoResult, ...]
    due_today: tuple[TodoResult, ...]
    urgent_without_date: tuple[TodoResult, ...] = Field(description="Of priority 4 and 5.")
    has_more: bool = Field(description="A group has more todos than are shown: use find_todos.")


class ChangedTodoResult(Shape):
    """The todo as it is now."""

    todo: TodoResult
    was_retry: bool = Field(
        description="The same call was carried out before; nothing was added or changed by this one."
    )


class AddedCommentResult(Shape):
    """The id of the comment."""

    comment_id: str
    was_retry: bool = Field(description="The comment was added by the same call before.")


class DeletedResult(Shape):
    """The todo is in the trash, with its subtasks. The user can restore it there for 30 days."""

    todo_id: str
    in_trash: bool


async def describe(
    read: ReadTransaction, actor: Actor, todos: Sequence[TodoShape], *, length: int = EXCERPT_LENGTH
) -> list[TodoResult]:
    """Return the todos for a model. Those in lists that the actor no longer reads are left out."""
    users = {user_id for todo in todos for user_id in (*todo.assignees, todo.created_by or "")}
    labels = {label for todo in todos for label in todo.labels}
    names = await read_names(read, actor, (todo.list_id for todo in todos), labels, users)
    readable = [todo for todo in todos if todo.list_id in names.lists]
    mails = await read_origins_of_todos(read, (todo.id for todo in readable))
    return [_describe(todo, actor, names, mails.get(todo.id), length) for todo in readable]


def _describe(
    todo: TodoShape, actor: Actor, names: Names, from_mail: str | None, length: int
) -> TodoResult:
    in_list = names.lists[todo.list_id]
    is_own = todo.created_by == actor.user_id
    return TodoResult(
        todo_id=todo.id,
        title=todo.title,
        list=in_list.name,
        list_id=todo.list_id,
        status=todo.status,
        priority=todo.priority,
        due=due_text(todo, actor.time_zone),
        repeats=todo.repeat.rule if todo.repeat else None,
        occurrence=todo.repeat.occurrence if todo.repeat else None,
        labels=_known(names.labels, todo.labels),
        assignees=_known(names.users, todo.assignees),
        description=todo.description[:length],
        is_cut=len(todo.description) > length,
        subtask_of=todo.parent_id,
        comment_count=todo.comment_count,
        added_by=None if is_own else names.users.get(todo.created_by or "", FORMER_MEMBER),
        from_mail=from_mail,
        others_write_here=in_list.has_other_writers,
    )


def _known(names: dict[str, str], ids: Sequence[str]) -> tuple[str, ...]:
    return tuple(names[each] for each in ids if each in names)


def due_text(todo: TodoShape, zone: str) -> str | None:
    """Return the due date as add_todo takes it: a fixed time with the offset of the reader's zone."""
    match todo.due:
        case DueDate(date=day):
            return day.isoformat()
        case DueTime(zone=None, at=local):
            return local
    return None if todo.due_at is None else in_zone(todo.due_at, zone)


def in_zone(instant: datetime, zone: str) -> str:
    return instant.astimezone(zone_or_utc(zone)).isoformat(timespec="minutes")
