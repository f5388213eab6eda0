"""Request bodies and query parameters about todos, and their translation for the commands."""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, StrictBool

from api.http.dependencies import PathId
from api.routes.query_types import QueryFlag, QueryInstant, QueryInteger
from shared.actor import Actor
from shared.contract.base import Body, Id
from shared.contract.shapes import CountsFrom, DueDate, DueTime, TodoStatus
from shared.contract.strict_json import MAX_SAFE_INTEGER
from shared.contract.todo_fields import TodoFields
from shared.ids import LabelId, ListId, TodoId, UserId
from shared.text import Line500, NotAcceptableError
from shared.todos.queries.filters import TodoFilter
from shared.todos.queries.sorting import Sorting
from shared.todos.rules.due import FIRST_YEAR, LAST_YEAR, parse_due_date, parse_due_time
from shared.todos.rules.repeat_rule import MAX_RULE_LENGTH, parse_rule
from shared.todos.rules.repeat_series import RepeatSpec
from shared.todos.rules.todo_edits import NewTodo, Placement, TodoEdit
from shared.todos.rules.todo_rules import (
    MAX_ASSIGNEES_PER_TODO,
    MAX_LABELS_PER_TODO,
    MAX_TODOS_PER_BULK_EDIT,
)


class DueDateBody(Body):
    """All day."""

    date: Annotated[str, Field(max_length=10, examples=["2026-12-24"])]


class DueTimeBody(Body):
    """A local time: fixed to an instant with a zone, in the reader's own zone without."""

    at: Annotated[str, Field(max_length=19, examples=["2026-12-24T09:00:00"])]
    zone: Annotated[str, Field(max_length=64, examples=["Europe/Berlin"])] | None = None


class RepeatBody(Body):
    """A rule that counts from the due date, or from the day of completion."""

    rule: Annotated[
        str, Field(max_length=MAX_RULE_LENGTH, examples=["FREQ=WEEKLY;INTERVAL=2;BYDAY=TU"])
    ]
    counts_from: CountsFrom = CountsFrom.SCHEDULE
    anchor: DueDateBody | DueTimeBody | None = Field(
        None, description="The due date to count from, if it is not `due`: to restore a rule."
    )


def _to_due(body: DueDateBody | DueTimeBody) -> DueDate | DueTime:
    if isinstance(body, DueDateBody):
        return parse_due_date(body.date)
    return parse_due_time(body.at, body.zone)


def _to_repeat_spec(body: RepeatBody) -> RepeatSpec:
    anchor = None if body.anchor is None else _to_due(body.anchor)
    return RepeatSpec(parse_rule(body.rule), body.counts_from, anchor)


Due = Annotated[DueDateBody | DueTimeBody, AfterValidator(_to_due)]
Repeat = Annotated[RepeatBody, AfterValidator(_to_repeat_spec)]
Assignees = Annotated[list[Id], Field(max_length=MAX_ASSIGNEES_PER_TODO)]
# The largest value of the column.
Occurrence = Annotated[int, Field(strict=True, ge=1, le=2**31 - 1)]
Labels = Annotated[list[Id], Field(max_length=MAX_LABELS_PER_TODO)]


class _TodoBody(TodoFields):
    """The fields of TodoFields, and those whose values the validators convert for the commands."""

    due: Due | None = None
    repeat: Repeat | None = None
    assignees: Assignees | None = None
    labels: Labels | None = None
    parent_id: Id | None = None


class PlacementBody(Body):
    """The placement in the list: right before or right after another todo of it, else at the end."""

    before_id: Id | None = None
    after_id: Id | None = None

    def placement(self) -> Placement:
        return Placement(
            TodoId(self.before_id) if self.before_id else None,
            TodoId(self.after_id) if self.after_id else None,
        )


class NewTodoBody(_TodoBody, PlacementBody):
    title: Line500
    list_id: Id | None = Field(None, description="Your Inbox by default.")

    def new(self) -> NewTodo:
        return NewTodo.from_validated(self)


class ChangesBody(_TodoBody):
    def edit(self) -> TodoEdit:
        return TodoEdit.from_validated(self)


class EditBody(ChangesBody):
    base_seq: Annotated[int, Field(strict=True, ge=0, le=MAX_SAFE_INTEGER)] | None = Field(
        None,
        description="The position you had seen. The answer then has the values you overwrote, and an "
        "occurrence that began since is not completed.",
    )


class BulkChangesBody(ChangesBody):
    deleted: StrictBool | None = Field(None, description="true: into the trash; false: out of it.")


class BulkBody(Body):
    ids: Annotated[list[Id], Field(min_length=1, max_length=MAX_TODOS_PER_BULK_EDIT)]
    changes: BulkChangesBody


class OccurrenceBody(Body):
    occurrence: Occurrence


class PerhapsOccurrenceBody(Body):
    occurrence: Occurrence | None = Field(
        None, description="The occurrence of a repeating todo; the present one by default."
    )


class PreviewBody(Body):
    due: Due
    repeat: Repeat

    def series(self) -> tuple[RepeatSpec, DueDate | DueTime]:
        """Return the two values as the validators have converted them."""
        converted: Any = self.repeat, self.due
        spec, due = converted
        return spec, due


class MoveBody(PlacementBody):
    list_id: Id | None = Field(None, description="The todo's own list by default.")


def _split(sent: Any) -> Any:
    """Return the values of a query parameter that is repeated, separated by commas, or both."""
    if isinstance(sent, str):
        sent = [sent]
    if isinstance(sent, list):
        return [word for text in sent for word in str(text).split(",") if word]
    return sent


def _in_utc(instant: datetime) -> datetime:
    if not FIRST_YEAR <= instant.year <= LAST_YEAR:
        raise NotAcceptableError(f"must lie between the years {FIRST_YEAR} and {LAST_YEAR}")
    return instant.astimezone(UTC)


DueParameter = Annotated[QueryInstant, AfterValidator(_in_utc)]
PriorityParameter = Annotated[QueryInteger, Field(ge=0, le=5)]


class TodoQuery(Body):
    """Filters (all must match), order and page. Repeat a parameter or separate values by commas."""

    list_id: PathId | None = None
    status: Annotated[tuple[TodoStatus, ...], BeforeValidator(_split), Field(max_length=4)] = ()
    priority: Annotated[
        tuple[PriorityParameter, ...], BeforeValidator(_split), Field(max_length=6)
    ] = ()
    min_priority: PriorityParameter = 0
    assignee: Id | Literal["me"] | None = None
    label: Id | None = None
    parent_id: Id | None = None
    due_after: DueParameter | None = Field(None, description="A date or an instant; included.")
    due_before: DueParameter | None = Field(None, description="A date or an instant; not included.")
    search: Annotated[str, Field(max_length=200)] = Field(
        "", description="Words that must all occur in title or description, matched literally."
    )
    trash: QueryFlag = Field(
        False, description="Only todos in the trash, instead of only todos that are not."
    )
    sort: Annotated[str, Field(max_length=20)] = Field(
        "rank", description="rank, created_at, updated_at, due or priority; a leading - reverses."
    )
    cursor: Annotated[str, Field(max_length=500)] | None = None
    limit: Annotated[QueryInteger, Field(ge=1, le=100)] = 50
    total: QueryFlag = Field(
        True, description="false: `total` is null on the first page too, and nothing is counted."
    )
    page: Annotated[QueryInteger, Field(ge=1, le=1_000_000)] | None = Field(
        None, description="By number instead of by cursor."
    )
    page_size: Annotated[QueryInteger, Field(ge=1, le=100)] = 50

    def filter(self, actor: Actor) -> TodoFilter:
        assignee = actor.user_id if self.assignee == "me" else self.assignee
        levels = self.priority or range(6)
        priorities = tuple(level for level in levels if level >= self.min_priority)
        return TodoFilter(
            list_id=ListId(self.list_id) if self.list_id else None,
            statuses=self.status,
            # An empty tuple would match all; no todo has priority 9.
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
