"""The tools that only read: find todos, one todo with its comments, lists, and the plan of a day."""

from datetime import date
from itertools import accumulate

from api.http.large_answers import page_sizes
from api.mcp import references
from api.mcp.arguments import FindTodos, GetTodo, ListLists, PlanMyDay, Which
from api.mcp.calls import ToolCall
from api.mcp.results import (
    FORMER_MEMBER,
    MAX_DESCRIPTION_LENGTH,
    CommentResult,
    DayResult,
    DetailedTodoResult,
    ListResult,
    ListsResult,
    TodoPageResult,
    TodoResult,
    describe,
    in_zone,
)
from api.mcp.tool_errors import ToolRefusal
from shared.comments.queries import read_comments
from shared.contract.comments.shapes import CommentShape
from shared.contract.shapes import OPEN, TodoShape
from shared.errors import NotFound
from shared.ids import CommentId, TodoId
from shared.inbound_mail.origins import read_origins_of_comments
from shared.lists.list_names import (
    read_ids_with_other_writers,
    read_label_names,
    read_named_lists,
)
from shared.lists.queries import ListState, read_page_of_my_lists
from shared.todos.queries.due_scale import start_of
from shared.todos.queries.filters import TodoFilter
from shared.todos.queries.pages import FoundTodos, find_page, read_todo_json
from shared.todos.queries.sorting import Sorting, SortKey
from shared.unit_of_work import ReadTransaction

DEFAULT_TODOS_PER_PAGE = 20
# With their labels: most users have fewer.
LISTS_PER_PAGE = 50
MAX_COMMENTS = 20
# Of all comments of an answer together: ten pages of text.
MAX_COMMENT_CHARACTERS = 20_000
# Of a page of todos, and of a group of the day: a todo with fifty labels has 4,000.
MAX_TODO_CHARACTERS = 40_000
# Enough to know the kind; a wrong name is answered with names, too.
LABELS_PER_LIST = 20
# A group of the day: a longer plan is none.
TODOS_PER_GROUP = 20
# As many are read for a group, of which those in archived lists are dropped.
_READ_PER_GROUP = 50
_URGENT = (4, 5)
_BY_DUE = Sorting(SortKey.DUE)


async def find_todos(call: ToolCall, sent: FindTodos) -> TodoPageResult:
    chosen = await _filter(call, sent)
    found, todos = await _find_fitting(call, chosen, sent)
    return TodoPageResult(
        todos=tuple(todos),
        total=found.total,
        next_cursor=found.next_cursor,
        today=_today(call).isoformat(),
        time_zone=call.actor.time_zone,
    )


async def get_todo(call: ToolCall, sent: GetTodo) -> DetailedTodoResult:
    actor, todo_id = call.actor, TodoId(sent.todo_id)
    after = CommentId(sent.comments_cursor) if sent.comments_cursor else None
    async with call.resources.begin_read() as read:
        text, _ = await read_todo_json(read, actor, todo_id, with_deleted=False)
        todo = TodoShape.model_validate_json(text)
        described = await describe(read, actor, [todo], length=MAX_DESCRIPTION_LENGTH)
        page = await read_comments(read, actor, todo_id, after, MAX_COMMENTS)
        mails = await read_origins_of_comments(read, (each.id for each in page.comments))
    if not described:
        raise NotFound
    shown = _fitting_comments(page.comments)
    is_last = len(shown) == len(page.comments) and not page.has_more
    return DetailedTodoResult(
        **described[0].model_dump(),
        comments=tuple(_comment(call, each, mails.get(each.id)) for each in shown),
        next_comments_cursor=None if is_last else shown[-1].id,
    )


async def list_lists(call: ToolCall, sent: ListLists) -> ListsResult:
    async with call.resources.begin_read() as read:
        page = await read_page_of_my_lists(
            read, call.actor, ListState.ACTIVE, sent.cursor, LISTS_PER_PAGE
        )
        ids = [each.id for each in page.items]
        labels = await read_label_names(read, ids)
        shared = await read_ids_with_other_writers(read, call.actor, ids)
    lists = tuple(
        ListResult(
            list_id=each.id,
            name=each.name,
            role=each.role,
            is_inbox=each.is_inbox,
            others_write_here=each.id in shared,
            open_todos=each.open_count,
            labels=tuple(labels.get(each.id, ())[:LABELS_PER_LIST]),
            label_count=len(labels.get(each.id, ())),
        )
        for each in page.items
    )
    return ListsResult(
        lists=lists,
        next_cursor=page.next_cursor,
        today=_today(call).isoformat(),
        time_zone=call.actor.time_zone,
    )


async def plan_my_day(call: ToolCall, sent: PlanMyDay) -> DayResult:
    zone, today = call.actor.time_zone, _today(call)
    begin, end = start_of(today, zone), start_of(references.day_after(today), zone)
    async with call.resources.single_read() as read:
        lists = await read_named_lists(read, call.actor)
    in_use = {each.id for each in lists if not each.is_archived}
    groups = [
        (TodoFilter(statuses=OPEN, due_before=begin, zone=zone), _BY_DUE),
        (TodoFilter(statuses=OPEN, due_after=begin, due_before=end, zone=zone), _BY_DUE),
        (
            TodoFilter(statuses=OPEN, priorities=_URGENT, undated=True, zone=zone),
            Sorting(SortKey.PRIORITY, descending=True),
        ),
    ]
    shown: list[tuple[TodoResult, ...]] = []
    has_more = False
    for chosen, sorting in groups:
        found = await _find(call, chosen, sorting, _READ_PER_GROUP, None)
        todos = [each for each in await _describe(call, found) if each.list_id in in_use]
        fitting = _fitting(todos[:TODOS_PER_GROUP])
        has_more = has_more or found.next_cursor is not None or len(todos) > len(fitting)
        shown.append(tuple(fitting))
    return DayResult(
        today=today.isoformat(),
        time_zone=zone,
        overdue=shown[0],
        due_today=shown[1],
        urgent_without_date=shown[2],
        has_more=has_more,
    )


async def _filter(call: ToolCall, sent: FindTodos) -> TodoFilter:
    actor, zone = call.actor, call.actor.time_zone
    list_id = label = None
    if sent.label and not sent.list:
        raise ToolRefusal("Labels belong to lists: send `list` with `label`.")
    if sent.list:
        async with call.resources.begin_read() as read:
            list_id = (await references.resolve_list(read, actor, sent.list)).id
            if sent.label:
                [label] = await references.resolve_labels(read, actor, list_id, [sent.label])
    begin = references.parse_day("due_from", sent.due_from) if sent.due_from else None
    last = references.parse_day("due_until", sent.due_until) if sent.due_until else None
    return TodoFilter(
        list_id=list_id,
        statuses=(sent.status or Which.OPEN).statuses,
        assignee=actor.user_id if sent.assigned_to_me else None,
        label=label,
        due_after=start_of(begin, zone) if begin else None,
        due_before=start_of(references.day_after(last), zone) if last else None,
        search=sent.text or "",
        zone=zone,
    )


async def _find_fitting(
    call: ToolCall, chosen: TodoFilter, sent: FindTodos
) -> tuple[FoundTodos, list[TodoResult]]:
    """Return the first page of decreasing sizes that fits; one todo always does."""
    *sizes, least = page_sizes(sent.limit or DEFAULT_TODOS_PER_PAGE)
    for size in sizes:
        found = await _find(call, chosen, _BY_DUE, size, sent.cursor or None)
        todos = await _describe(call, found)
        if len(_fitting(todos)) == len(todos):
            return found, todos
    found = await _find(call, chosen, _BY_DUE, least, sent.cursor or None)
    return found, await _describe(call, found)


async def _find(
    call: ToolCall, chosen: TodoFilter, sorting: Sorting, limit: int, cursor: str | None
) -> FoundTodos:
    async def page(read: ReadTransaction, size: int, max_bytes: int) -> FoundTodos | None:
        return await find_page(
            read, call.actor, chosen, sorting, limit=size, max_bytes=max_bytes, cursor=cursor
        )

    return await call.pages.read(page_sizes(limit), page)


async def _describe(call: ToolCall, found: FoundTodos) -> list[TodoResult]:
    if not found.todos:
        return []
    todos = [TodoShape.model_validate_json(each) for each in found.todos]
    async with call.resources.begin_read() as read:
        return await describe(read, call.actor, todos)


def _fitting(todos: list[TodoResult]) -> list[TodoResult]:
    """Return the first todos that have MAX_TODO_CHARACTERS together; one at least."""
    lengths = accumulate(len(todo.model_dump_json()) for todo in todos)
    return todos[: max(1, sum(length <= MAX_TODO_CHARACTERS for length in lengths))]


def _fitting_comments(comments: list[CommentShape]) -> list[CommentShape]:
    """Return the first comments that have MAX_COMMENT_CHARACTERS together; one at least."""
    length = 0
    for number, comment in enumerate(comments):
        length += len(comment.body)
        if length > MAX_COMMENT_CHARACTERS:
            return comments[: max(number, 1)]
    return comments


def _comment(call: ToolCall, comment: CommentShape, from_mail: str | None) -> CommentResult:
    author: str | None = FORMER_MEMBER
    if comment.author is not None:
        author = None if comment.author.id == call.actor.user_id else comment.author.name
    at = in_zone(comment.created_at, call.actor.time_zone)
    return CommentResult(
        comment_id=comment.id, text=comment.body, author=author, from_mail=from_mail, at=at
    )


def _today(call: ToolCall) -> date:
    return references.today_in(call.actor.time_zone, call.resources.clock.now())
