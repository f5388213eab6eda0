"""What the tools take. Null, and "" for a filter, mean the same as absent: programs send them for what they
leave out."""

from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, Field, StrictBool, StringConstraints

from shared.comments.rules import MAX_COMMENT_LENGTH
from shared.contract.base import Body, Id
from shared.contract.shapes import OPEN, TodoStatus
from shared.contract.todo_fields import Priority
from shared.text import Line500, Prose, clean
from shared.todos.queries.sorting import MAX_CURSOR_LENGTH
from shared.todos.rules.repeat_rule import MAX_RULE_LENGTH
from shared.todos.rules.todo_rules import MAX_LABELS_PER_TODO

MAX_TODOS_PER_PAGE = 50

ListReference = Annotated[
    str,
    StringConstraints(max_length=200),
    Field(description="Name or id of a list, as list_lists returns them."),
]
Day = Annotated[
    str,
    StringConstraints(max_length=10),
    Field(description="A day in the user's time zone: 2026-12-24."),
]
# Longer than an instant with microseconds and an offset.
Moment = Annotated[str, StringConstraints(max_length=40)]
DueText = Annotated[
    Moment,
    Field(
        description="2026-12-24 (all day), 2026-12-24T09:00 (in the user's time zone) or "
        "2026-12-24T09:00+01:00."
    ),
]
LabelNames = Annotated[
    list[Annotated[str, StringConstraints(max_length=50)]],
    Field(max_length=MAX_LABELS_PER_TODO, description="Names of labels that the list has."),
]
Occurrence = Annotated[int, Field(strict=True, ge=1, le=2**31 - 1)]
ClientKey = Annotated[
    str,
    StringConstraints(min_length=1, max_length=100),
    Field(
        description="A text of your choice. Calls with the same key add once, also after hours. Send a "
        "new one to add the same thing twice on purpose."
    ),
]
RepeatRule = Annotated[
    str,
    StringConstraints(max_length=MAX_RULE_LENGTH),
    Field(description="A rule of RFC 5545, such as FREQ=WEEKLY;BYDAY=MO; needs `due`."),
]
REMINDER = "When to remind the user (nobody else): 2026-12-24T09:00 or with an offset."


class Which(StrEnum):
    """Which todos to find by their status."""

    OPEN = "open"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    ANY = "any"

    @property
    def statuses(self) -> tuple[TodoStatus, ...]:
        """Return the statuses; none of them is named for all."""
        if self is Which.ANY:
            return ()
        return OPEN if self is Which.OPEN else (TodoStatus(self.value),)


class FindTodos(Body):
    text: Annotated[str, StringConstraints(max_length=200)] | None = Field(
        None, description="Words that must all occur in title or description."
    )
    list: ListReference | None = None
    label: Annotated[str, StringConstraints(max_length=50)] | None = Field(
        None, description="Name of a label of the list; needs `list`."
    )
    due_from: Day | None = None
    due_until: Day | None = Field(None, description="The last day, included.")
    status: Which | None = Field(None, description="Default: open.")
    assigned_to_me: StrictBool | None = None
    limit: Annotated[int, Field(strict=True, ge=1, le=MAX_TODOS_PER_PAGE)] | None = Field(
        None, description="Default: 20."
    )
    cursor: Annotated[str, StringConstraints(max_length=MAX_CURSOR_LENGTH)] | None = Field(
        None, description="`next_cursor` of the page before, with the same other arguments."
    )


class GetTodo(Body):
    todo_id: Id
    comments_cursor: Id | None = Field(
        None, description="`next_comments_cursor` of the call before."
    )


class ListLists(Body):
    cursor: Id | None = Field(None, description="`next_cursor` of the page before.")


class PlanMyDay(Body):
    pass


class AddTodo(Body):
    title: Line500
    list: ListReference | None = Field(
        None, description="Default: that of `parent_id`, or the user's Inbox."
    )
    parent_id: Id | None = Field(
        None,
        description="The todo_id of the todo that it is a part of: subtasks are one level deep.",
    )
    description: Prose | None = None
    due: DueText | None = None
    repeat: RepeatRule | None = None
    priority: Priority | None = Field(None, description="0 none … 5 most urgent.")
    labels: LabelNames | None = None
    remind_at: Moment | None = Field(None, description=REMINDER)
    client_key: ClientKey | None = None


class EditedStatus(StrEnum):
    """The statuses that an edit sets; complete_todo and reopen_todo set the others."""

    IN_PROGRESS = "in_progress"
    CANCELLED = "cancelled"


class EditTodo(Body):
    todo_id: Id
    title: Line500 | None = None
    description: Prose | None = Field(
        None, description='Replaces the whole description; "" clears it.'
    )
    due: DueText | None = Field(None, description='As for add_todo; "none" removes it.')
    priority: Priority | None = Field(None, description="0 none … 5 most urgent.")
    labels: LabelNames | None = Field(None, description="Replaces all labels; [] removes them.")
    status: EditedStatus | None = None


class CompleteTodo(Body):
    todo_id: Id
    occurrence: Occurrence | None = Field(
        None, description="Needed for a repeating todo: the `occurrence` that get_todo returns."
    )


class ReopenTodo(Body):
    todo_id: Id
    occurrence: Occurrence | None = Field(
        None, description="Needed for a repeating todo: the occurrence that was completed last."
    )


class MoveTodo(Body):
    todo_id: Id
    list: ListReference | None = Field(None, description="Default: the list that it is in.")
    before_id: Id | None = Field(None, description="Right before this todo of the list.")
    after_id: Id | None = Field(
        None, description="Right after this todo. Without either: to the end of the list."
    )


class CommentOnTodo(Body):
    todo_id: Id
    text: Annotated[
        str,
        StringConstraints(max_length=MAX_COMMENT_LENGTH),
        AfterValidator(clean),
        StringConstraints(min_length=1),
    ]
    client_key: ClientKey | None = None


class DeleteTodo(Body):
    todo_id: Id
