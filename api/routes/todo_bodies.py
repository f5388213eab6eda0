"""What clients send about todos, and what it means to the commands."""

import re
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from api.http.dependencies import PathId
from shared.actor import Actor
from shared.contract.base import Body, Id
from shared.contract.shapes import CountsFrom, DueDate, DueTime, TodoStatus
from shared.contract.todo_fields import TodoFields
from shared.ids import LabelId, ListId, TodoId, UserId
from shared.text import Line500
from shared.todos.queries.filters import Filter, Sorting
from shared.todos.rules import due
from shared.todos.rules.repeat_rule import RULE_LENGTH, parse_rule
from shared.todos.rules.repeat_series import RepeatSpec
from shared.todos.rules.todo_edits import NewTodo, Placement, TodoEdit
from shared.todos.rules.todo_rules import ASSIGNEES_A_TODO, LABELS_A_TODO, TODOS_A_BULK

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class DueDateBody(Body):
    """All day."""

    date: Annotated[str, Field(max_length=10, examples=["2026-12-24"])]


class DueTimeBody(Body):
    """A wall time: with a zone fixed to an instant, without one the reader's own."""

    at: Annotated[str, Field(max_length=19, examples=["2026-12-24T09:00:00"])]
    zone: Annotated[str, Field(max_length=64, examples=["Europe/Berlin"])] | None = None


class RepeatBody(Body):
    """A rule that counts from the due date, or from the day it was done."""

    rule: Annotated[
        str, Field(max_length=RULE_LENGTH, examples=["FREQ=WEEKLY;INTERVAL=2;BYDAY=TU"])
    ]
    counts_from: CountsFrom = CountsFrom.SCHEDULE
    anchor: DueDateBody | DueTimeBody | None = Field(
        None, description="What to count from, where that is not the due date: to put a rule back."
    )


def _accepted(sent: DueDateBody | DueTimeBody) -> DueDate | DueTime:
    if isinstance(sent, DueDateBody):
        return due.due_on(sent.date)
    return due.due_by(sent.at, sent.zone)


def _repetition(sent: RepeatBody) -> RepeatSpec:
    anchor = None if sent.anchor is None else _accepted(sent.anchor)
    return RepeatSpec(parse_rule(sent.rule), sent.counts_from, anchor)


Due = Annotated[DueDateBody | DueTimeBody, AfterValidator(_accepted)]
Repeat = Annotated[RepeatBody, AfterValidator(_repetition)]
Assignees = Annotated[list[Id], Field(max_length=ASSIGNEES_A_TODO)]
# As many as a row of the table can count.
Occurrence = Annotated[int, Field(strict=True, ge=1, le=2**31 - 1)]
Labels = Annotated[list[Id], Field(max_length=LABELS_A_TODO)]


class _TodoBody(TodoFields):
    """The fields that creating and editing share. Absent: left as it is; null: cleared."""

    due: Due | None = None
    repeat: Repeat | None = None
    assignees: Assignees | None = None
    labels: Labels | None = None
    parent_id: Id | None = None


class PlacementBody(Body):
    """Where in the list: right before or right after another todo of it, else at the end."""

    before_id: Id | None = None
    after_id: Id | None = None

    def placement(self) -> Placement:
        return Placement(
            TodoId(self.before_id) if self.before_id else None,
            TodoId(self.after_id) if self.after_id else None,
        )


class NewTodoBody(_TodoBody, PlacementBody):
    title: Line500
    list_id: Id | None = Field(None, description="Without one: your Inbox.")

    def new(self) -> NewTodo:
        return NewTodo.from_validated(self)


class ChangesBody(_TodoBody):
    def edit(self) -> TodoEdit:
        return TodoEdit.from_validated(self)


class EditBody(ChangesBody):
    base_seq: Annotated[int, Field(strict=True, ge=0, le=2**63 - 1)] | None = Field(
        None,
        description="The position you had seen; the answer then says what you overwrote, and no "
        "occurrence that began since is completed.",
    )


class BulkChangesBody(ChangesBody):
    deleted: bool | None = Field(None, description="true: into the trash; false: out of it.")


class BulkBody(Body):
    ids: Annotated[list[Id], Field(min_length=1, max_length=TODOS_A_BULK)]
    changes: BulkChangesBody


class OccurrenceBody(Body):
    occurrence: Occurrence


class PerhapsOccurrenceBody(Body):
    occurrence: Occurrence | None = Field(
        None, description="Of a todo that repeats: which one. Without it the present one."
    )


class PreviewBody(Body):
    due: Due
    repeat: Repeat

    def begun(self) -> tuple[RepeatSpec, DueDate | DueTime]:
        """Returns what the two were accepted as."""
        accepted: Any = self.repeat, self.due
        wish, due = accepted
        return wish, due


class MoveBody(PlacementBody):
    list_id: Id | None = Field(None, description="Without one: it stays in its list.")


def _split(sent: Any) -> Any:
    """Returns the words of a query parameter given several times, with commas, or both."""
    if isinstance(sent, str):
        sent = [sent]
    if isinstance(sent, list):
        return [word for one in sent for word in str(one).split(",") if word]
    return sent


def _moment(text: Any) -> datetime:
    """Returns an instant; a bare date is its midnight in UTC. Raises ValueError."""
    if not isinstance(text, str):
        raise ValueError("must be text")  # noqa: TRY004 - what pydantic turns into a 422
    if _DAY.fullmatch(text):
        return datetime.fromisoformat(text).replace(tzinfo=UTC)
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        raise ValueError("must be a date, or an instant with a final Z")
    if not due.FIRST_YEAR <= instant.year <= due.LAST_YEAR:
        raise ValueError(f"must lie between the years {due.FIRST_YEAR} and {due.LAST_YEAR}")
    return instant.astimezone(UTC)


Moment = Annotated[datetime, BeforeValidator(_moment)]
Level = Annotated[int, Field(ge=0, le=5)]


class TodoQuery(Body):
    """Filters (all must match), order and page. Several values: repeat, or separate by commas."""

    list_id: PathId | None = None
    status: Annotated[tuple[TodoStatus, ...], BeforeValidator(_split), Field(max_length=4)] = ()
    priority: Annotated[tuple[Level, ...], BeforeValidator(_split), Field(max_length=6)] = ()
    min_priority: Level = 0
    assignee: Id | Literal["me"] | None = None
    label: Id | None = None
    parent_id: Id | None = None
    due_after: Moment | None = Field(None, description="A date or an instant; included.")
    due_before: Moment | None = Field(None, description="A date or an instant; not included.")
    search: Annotated[str, Field(max_length=200)] = Field(
        "", description="Words that must all occur in title or notes, taken literally."
    )
    trash: bool = Field(False, description="Only what is in the trash, instead of only the rest.")
    sort: Annotated[str, Field(max_length=20)] = Field(
        "rank", description="rank, created_at, updated_at, due or priority; - in front reverses."
    )
    cursor: Annotated[str, Field(max_length=500)] | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 50
    page: Annotated[int, Field(ge=1, le=1_000_000)] | None = Field(
        None, description="By number instead of by cursor."
    )
    page_size: Annotated[int, Field(ge=1, le=100)] = 50

    def filter(self, actor: Actor) -> Filter:
        assignee = actor.user_id if self.assignee == "me" else self.assignee
        wanted = self.priority or range(6)
        priorities = tuple(one for one in wanted if one >= self.min_priority)
        return Filter(
            list_id=ListId(self.list_id) if self.list_id else None,
            statuses=self.status,
            # An empty tuple would mean "any": none at all is what 9 matches.
            priorities=() if len(priorities) == 6 else priorities or (9,),
            assignee=UserId(assignee) if assignee else None,
            label=LabelId(self.label) if self.label else None,
            parent_id=TodoId(self.parent_id) if self.parent_id else None,
            due_after=self.due_after,
            due_before=self.due_before,
            search=self.search,
            trash=self.trash,
        )

    def sorting(self) -> Sorting:
        return Sorting.parse(self.sort)
