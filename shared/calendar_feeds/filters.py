"""The filter of a calendar feed as conditions on `todos`.

It means what the filter of a view means in the web client (web/store/list_views/fitting.js). The caller
selects todos of lists that the user may read. An id of anything else is on none of them, so that a filter
needs no check of its ids, and answers nothing about them.
"""

from collections.abc import Iterator, Sequence

from sqlalchemy import ColumnElement, SQLColumnExpression, and_, exists, literal, or_

from shared.contract.calendar_feeds import FeedDue, FeedFilter
from shared.contract.shapes import OPEN, TodoStatus
from shared.database.json_text import contains
from shared.tables.labels import TodoPersonalLabelRow
from shared.tables.todos import AssigneeRow, TodoLabelRow, TodoRow
from shared.todos.queries.filters import search_words

# The choice of todos without a label, or without an assignee: no id.
_NONE = "none"
# A column of ids, and the condition that its row is about the todo.
_Ids = tuple[SQLColumnExpression[str], ColumnElement[bool]]


def checked_filter(sent: FeedFilter | None) -> FeedFilter | None:
    """Return the filter to store: None if it fits all todos. Raise Invalid for too many words."""
    if sent is None:
        return None
    chosen = sent.model_copy(update={"text": sent.text.strip()})
    search_words(chosen.text, "filter.text")
    return chosen if any(chosen.model_dump().values()) else None


def conditions(chosen: FeedFilter, user_id: str) -> Iterator[ColumnElement[bool]]:
    """Yield the conditions that must all hold for a todo that the user's feed shows."""
    if chosen.statuses:
        statuses = [each for each in TodoStatus if _status_of(each) in chosen.statuses]
        yield TodoRow.status.in_([each.value for each in statuses])
    if chosen.priorities:
        yield TodoRow.priority.in_(chosen.priorities)
    if chosen.due is not None:
        is_dated = chosen.due is FeedDue.DATED
        yield TodoRow.due_kind.is_not(None) if is_dated else TodoRow.due_kind.is_(None)
    if chosen.labels:
        of_list = TodoLabelRow.label_id, TodoLabelRow.todo_id == TodoRow.id
        own = (
            TodoPersonalLabelRow.label_id,
            (TodoPersonalLabelRow.todo_id == TodoRow.id)
            & (TodoPersonalLabelRow.user_id == user_id),
        )
        yield _has_one(chosen.labels, of_list, own)
    if chosen.assignees:
        yield _has_one(chosen.assignees, (AssigneeRow.user_id, AssigneeRow.todo_id == TodoRow.id))
    for word in search_words(chosen.text):
        yield contains(TodoRow.search_text, literal(word, TodoRow.search_text.type))


def _status_of(status: TodoStatus) -> TodoStatus:
    """Return the choice of a filter for a status: a cancelled todo is among the completed ones."""
    return status if status in OPEN else TodoStatus.COMPLETED


def _has_one(chosen: Sequence[str], *sources: _Ids) -> ColumnElement[bool]:
    found = [exists(ids).where(is_of_todo, ids.in_(chosen)) for ids, is_of_todo in sources]
    if _NONE not in chosen:
        return or_(*found)
    return or_(*found, and_(*(~exists(ids).where(is_of_todo) for ids, is_of_todo in sources)))
