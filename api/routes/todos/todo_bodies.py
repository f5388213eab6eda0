"""Request bodies and query parameters about todos, and their translation for the commands."""

from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, StrictBool, model_validator

from api.http.dependencies import PathId
from api.routes.account.account_fields import ZoneName
from api.routes.query_types import QueryDayOrInstant, QueryFlag, QueryInteger
from shared.actor import Actor
from shared.contract.base import Body, Id, parse_instant
from shared.contract.input.strict_json import MAX_SAFE_INTEGER
from shared.contract.shapes import CountsFrom, DueDate, DueTime, TodoStatus
from shared.contract.todo_fields import TodoFields
from shared.errors import Invalid
from shared.ids import LabelId, ListId, PersonalLabelId, TodoId, UserId
from shared.languages.texts import message
from shared.text import Line500, NotAcceptableError
from shared.todos.queries.due_scale import start_of
from shared.todos.queries.filters import TodoFilter
from shared.todos.queries.sorting import MAX_CURSOR_LENGTH, Sorting, SortKey
from shared.todos.rules.due import (
    DATE,
    FIRST_YEAR,
    LAST_YEAR,
    LOCAL_TIME,
    parse_due_date,
    parse_due_time,
)
from shared.todos.rules.repeat_rule import MAX_RULE_LENGTH, parse_rule
from shared.todos.rules.repeat_series import RepeatSpec
from shared.todos.rules.todo_edits import NewTodo, Placement, TodoEdit
from shared.todos.rules.todo_rules import (
    MAX_ASSIGNEES_PER_TODO,
    MAX_LABELS_PER_TODO,
    MAX_TODOS_PER_BULK_EDIT,
)

# In the document only: the rules, which also know months and leap days, report what is wrong.
_LOCAL_TIME = f"^{LOCAL_TIME.pattern}$"


class DueDateBody(Body):
    """All day."""

    date: Annotated[
        str,
        Field(max_length=10, examples=["2026-12-24"], json_schema_extra={"format": "date"}),
    ]


class DueTimeBody(Body):
    """A local time: fixed to an instant with a zone, in the reader's own zone without."""

    at: Annotated[
        str,
        Field(
            max_length=19,
            examples=["2026-12-24T09:00:00"],
            json_schema_extra={"pattern": _LOCAL_TIME},
        ),
    ]
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


def _expand_due_date(sent: Any) -> Any:
    """Return a body with `due` in place of its short form `due_date`. Raise Invalid."""
    if not isinstance(sent, dict) or "due_date" not in sent:
        return sent
    if "due" in sent:
        raise Invalid.field("due_date", "one_of", "Give due or due_date, not both.")
    text = sent["due_date"]
    if text is not None and not isinstance(text, str):
        return sent
    due = None if text is None else _due_of_text(text)
    return {name: value for name, value in sent.items() if name != "due_date"} | {"due": due}


def _due_of_text(text: str) -> dict[str, str]:
    """Return what `due_date` means as the JSON of `due`; an instant becomes a time in UTC."""
    if DATE.fullmatch(text):
        return {"date": text}
    if LOCAL_TIME.fullmatch(text):
        return {"at": text}
    try:
        local = parse_instant(text).astimezone(UTC).replace(tzinfo=None)
    except (NotAcceptableError, OverflowError):
        raise Invalid.field(
            "due_date", "due_date", "A due date looks like 2026-12-24 or 2026-12-24T09:00:00Z."
        ) from None
    return {"at": local.isoformat(timespec="seconds"), "zone": "UTC"}


# Longer than an instant with microseconds and an offset.
DueText = Annotated[str, Field(max_length=40, examples=["2026-12-24", "2026-12-24T09:00:00Z"])]


class _TodoBody(TodoFields):
    """The fields of TodoFields, and those whose values the validators convert for the commands."""

    due: Due | None = None
    due_date: DueText | None = Field(None, description="`due` as one text: a day or an instant.")
    repeat: Repeat | None = None
    assignees: Assignees | None = None
    labels: Labels | None = None
    parent_id: Id | None = None

    _expand = model_validator(mode="before")(_expand_due_date)


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


class ReplacementBody(_TodoBody):
    """All fields of a todo: one that is absent is cleared."""

    title: Line500

    def edit(self) -> TodoEdit:
        return TodoEdit.replacing(self)


class BulkChangesBody(ChangesBody):
    deleted: StrictBool | None = Field(None, description="true: into the trash; false: out of it.")


class BulkBody(Body):
    ids: Annotated[list[Id], Field(min_length=1, max_length=MAX_TODOS_PER_BULK_EDIT)]
    changes: BulkChangesBody


class BulkUpdateBody(Body):
    """The same as BulkBody, under other names."""

    todo_ids: Annotated[list[Id], Field(min_length=1, max_length=MAX_TODOS_PER_BULK_EDIT)]
    updates: BulkChangesBody


class BulkIdsBody(Body):
    todo_ids: Annotated[list[Id], Field(min_length=1, max_length=MAX_TODOS_PER_BULK_EDIT)]


class BulkNewTodoBody(_TodoBody):
    title: Line500


class BulkNewBody(Body):
    """Todos of one list, in their order, at its end."""

    list_id: Id | None = Field(None, description="Your Inbox by default.")
    todos: Annotated[list[BulkNewTodoBody], Field(min_length=1, max_length=MAX_TODOS_PER_BULK_EDIT)]

    def new(self) -> list[NewTodo]:
        return [NewTodo.from_validated(todo) for todo in self.todos]


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


# In the document only, as the query reports the error.
_SORT = "^-?(rank|created_at|updated_at|due|priority|title)$"


def _split(sent: Any) -> Any:
    """Return the values of a query parameter that is repeated, separated by commas, or both."""
    if isinstance(sent, str):
        sent = [sent]
    if isinstance(sent, list):
        return [word for text in sent for word in str(text).split(",") if word]
    return sent


def _in_utc(sent: date | datetime) -> date | datetime:
    if not FIRST_YEAR <= sent.year <= LAST_YEAR:
        raise NotAcceptableError(
            message(
                "must lie between the years {first_year} and {last_year}",
                first_year=FIRST_YEAR,
                last_year=LAST_YEAR,
            )
        )
    return sent.astimezone(UTC) if isinstance(sent, datetime) else sent


DueParameter = Annotated[QueryDayOrInstant, AfterValidator(_in_utc)]
PriorityParameter = Annotated[QueryInteger, Field(ge=0, le=5)]


def _instant(sent: date | datetime | None, zone: str) -> datetime | None:
    return sent if sent is None or isinstance(sent, datetime) else start_of(sent, zone)


class TodoQuery(Body):
    """Filters (all must match), order and page. Repeat a parameter or separate values by commas."""

    list_id: PathId | None = None
    # The bound stands before the validator: after it, pydantic documents it as the length of a string.
    status: Annotated[tuple[TodoStatus, ...], Field(max_length=4), BeforeValidator(_split)] = ()
    priority: Annotated[
        tuple[PriorityParameter, ...], Field(max_length=6), BeforeValidator(_split)
    ] = ()
    min_priority: PriorityParameter = 0
    assignee: Id | Literal["me"] | None = None
    label: Id | None = None
    personal_label: Id | None = Field(None, description="One of your own labels.")
    parent_id: Id | None = None
    due_after: DueParameter | None = Field(
        None, description="An instant, or the begin of a day in `zone`; included."
    )
    due_before: DueParameter | None = Field(
        None, description="An instant, or the begin of a day in `zone`; not included."
    )
    zone: ZoneName | None = Field(
        None,
        description="The time zone in which days begin and floating times are meant, for `due_after`, "
        "`due_before` and `sort=due`. The account's by default.",
    )
    search: Annotated[str, Field(max_length=200)] = Field(
        "",
        description="Words that must all occur in title or description, also within other words. "
        "Case, accents, hyphens and the kind of quotes do not matter. The order is that of `sort`.",
    )
    trash: QueryFlag = Field(
        False, description="Only todos in the trash, instead of only todos that are not."
    )
    sort: Annotated[str, Field(max_length=20, json_schema_extra={"pattern": _SORT})] = Field(
        "rank",
        description="rank, created_at, updated_at, due, priority or title; a leading - reverses.",
    )
    sort_by: Literal["created_at", "updated_at", "due_date", "priority", "title"] | None = Field(
        None, description="Another form of `sort`, together with `sort_order`."
    )
    sort_order: Literal["asc", "desc"] = "asc"
    cursor: Annotated[str, Field(max_length=MAX_CURSOR_LENGTH)] | None = None
    limit: Annotated[QueryInteger, Field(ge=1, le=100)] = 50
    total: QueryFlag = Field(
        True, description="false: `total` is null on the first page too, and nothing is counted."
    )
    page: Annotated[QueryInteger, Field(ge=1, le=1_000_000)] | None = Field(
        None, description="By number instead of by cursor."
    )
    skip: Annotated[QueryInteger, Field(ge=0, le=100_000_000)] | None = Field(
        None, description="By number, too: `limit` todos after so many."
    )
    page_size: Annotated[QueryInteger, Field(ge=1, le=100)] = 50

    def filter(self, actor: Actor) -> TodoFilter:
        assignee = actor.user_id if self.assignee == "me" else self.assignee
        zone = self.zone or actor.time_zone
        levels = self.priority or range(6)
        priorities = tuple(level for level in levels if level >= self.min_priority)
        return TodoFilter(
            list_id=ListId(self.list_id) if self.list_id else None,
            statuses=self.status,
            # An empty tuple would match all; no todo has priority 9.
            priorities=() if len(priorities) == 6 else priorities or (9,),
            assignee=UserId(assignee) if assignee else None,
            label=LabelId(self.label) if self.label else None,
            personal_label=PersonalLabelId(self.personal_label) if self.personal_label else None,
            parent_id=TodoId(self.parent_id) if self.parent_id else None,
            due_after=_instant(self.due_after, zone),
            due_before=_instant(self.due_before, zone),
            search=self.search,
            trash=self.trash,
            zone=zone,
        )

    def sorting(self) -> Sorting:
        if self.sort_by is None:
            return Sorting.parse(self.sort)
        if "sort" in self.model_fields_set:
            raise Invalid.field("sort_by", "one_of", "Give sort or sort_by, not both.")
        key = "due" if self.sort_by == "due_date" else self.sort_by
        return Sorting(SortKey(key), self.sort_order == "desc")

    def offset(self) -> tuple[int, int] | None:
        """Return offset and size of a page by number; None for a page by cursor. Raise Invalid."""
        ways = {"cursor": self.cursor, "page": self.page, "skip": self.skip}
        first, *others = [name for name, value in ways.items() if value is not None] or ["cursor"]
        if others:
            raise Invalid.field(
                others[0],
                "one_of",
                message("Give {first} or {others}, not both.", first=first, others=others[0]),
            )
        if self.page is not None:
            return (self.page - 1) * self.page_size, self.page_size
        return None if self.skip is None else (self.skip, self.limit)
