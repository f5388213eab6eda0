"""The tools that change something. They run the commands of the REST routes."""

from typing import Any

from api.mcp import references
from api.mcp.arguments import (
    AddTodo,
    CommentOnTodo,
    CompleteTodo,
    DeleteTodo,
    EditTodo,
    MoveTodo,
    ReopenTodo,
)
from api.mcp.calls import ToolCall
from api.mcp.results import (
    AddedCommentResult,
    ChangedTodoResult,
    DeletedResult,
    describe,
)
from api.mcp.tool_errors import ToolRefusal
from shared.comments.commands import add_comment
from shared.contract.shapes import TodoShape, TodoStatus
from shared.errors import NotFound
from shared.ids import ListId, TodoId
from shared.reminders.commands import set_reminder
from shared.reminders.rules import ReminderTrigger
from shared.todos.commands import complete, create, edit, move, trash
from shared.todos.queries.pages import read_todo_json
from shared.todos.rules.repeat_rule import parse_rule
from shared.todos.rules.repeat_series import RepeatSpec
from shared.todos.rules.todo_edits import NewTodo, Placement, TodoEdit
from shared.unit_of_work import UnitOfWork

NO_DUE_DATE = "none"


async def add_todo(call: ToolCall, sent: AddTodo) -> ChangedTodoResult:
    actor, zone = call.actor, call.actor.time_zone
    parent = await _read(call, TodoId(sent.parent_id)) if sent.parent_id else None
    async with call.resources.begin_read() as read:
        of_parent = None if parent is None else parent.list_id
        list_id = (await references.resolve_list(read, actor, sent.list or of_parent)).id
        labels = await references.resolve_labels(read, actor, list_id, sent.labels or ())
    new = NewTodo(
        title=sent.title,
        description=sent.description,
        priority=sent.priority,
        due=references.parse_due(sent.due, zone) if sent.due else None,
        repeat=RepeatSpec(parse_rule(sent.repeat)) if sent.repeat else None,
        labels=labels,
        parent_id=None if parent is None else TodoId(parent.id),
    )
    remind_at = (
        references.parse_moment("remind_at", sent.remind_at, zone) if sent.remind_at else None
    )

    async def add(work: UnitOfWork) -> str:
        added = await create.create_todo(work, actor, list_id, new, Placement())
        if remind_at is not None:
            await set_reminder(work, actor, TodoId(added.id), ReminderTrigger(at=remind_at))
        return added.id

    todo_id, was_retry = await call.run_once("add_todo", sent, sent.client_key, add)
    todo = await _read(call, TodoId(todo_id), also_in_trash=was_retry)
    if todo.deleted_at is not None:
        raise ToolRefusal(
            "This call added the todo before, and it is in the trash now. Send a new client_key to add it "
            "again."
        )
    return await _changed(call, todo, was_retry=was_retry)


async def edit_todo(call: ToolCall, sent: EditTodo) -> ChangedTodoResult:
    todo_id, changes = TodoId(sent.todo_id), await _changes(call, sent)
    if not changes:
        raise ToolRefusal("Send at least one field to change.")

    async def run(work: UnitOfWork) -> TodoShape:
        return await edit.edit_todo(work, call.actor, todo_id, TodoEdit(**changes))

    return await _changed(call, await call.run(run))


async def _changes(call: ToolCall, sent: EditTodo) -> dict[str, Any]:
    """Return the fields to change, with their values for the command."""
    changes: dict[str, Any] = {
        name: value
        for name in ("title", "description", "priority")
        if (value := getattr(sent, name)) is not None
    }
    if sent.status is not None:
        changes["status"] = TodoStatus(sent.status.value)
    if sent.due is not None:
        is_removed = sent.due == NO_DUE_DATE
        due = None if is_removed else references.parse_due(sent.due, call.actor.time_zone)
        changes["due"] = due
    if sent.labels is not None:
        list_id = ListId((await _read(call, TodoId(sent.todo_id))).list_id)
        async with call.resources.single_read() as read:
            changes["labels"] = await references.resolve_labels(
                read, call.actor, list_id, sent.labels
            )
    return changes


async def complete_todo(call: ToolCall, sent: CompleteTodo) -> ChangedTodoResult:
    todo_id = TodoId(sent.todo_id)

    async def run(work: UnitOfWork) -> TodoShape:
        if sent.occurrence is None:
            await _require_single(work, call, todo_id)
        return await complete.complete_todo(work, call.actor, todo_id, sent.occurrence)

    return await _changed(call, await call.run(run))


async def _require_single(work: UnitOfWork, call: ToolCall, todo_id: TodoId) -> None:
    """Raise ToolRefusal for a repeating todo: a retry would complete the next occurrence too."""
    text, _ = await read_todo_json(work, call.actor, todo_id, with_deleted=True)
    todo = TodoShape.model_validate_json(text)
    if todo.repeat is not None and todo.deleted_at is None:
        raise ToolRefusal(
            f"This todo repeats: send occurrence {todo.repeat.occurrence} to complete the present one."
        )


async def reopen_todo(call: ToolCall, sent: ReopenTodo) -> ChangedTodoResult:
    async def run(work: UnitOfWork) -> TodoShape:
        return await complete.reopen_todo(work, call.actor, TodoId(sent.todo_id), sent.occurrence)

    return await _changed(call, await call.run(run))


async def move_todo(call: ToolCall, sent: MoveTodo) -> ChangedTodoResult:
    list_id = None
    if sent.list:
        async with call.resources.single_read() as read:
            list_id = (await references.resolve_list(read, call.actor, sent.list)).id
    placement = Placement(
        TodoId(sent.before_id) if sent.before_id else None,
        TodoId(sent.after_id) if sent.after_id else None,
    )

    async def run(work: UnitOfWork) -> TodoShape:
        return await move.move_todo(work, call.actor, TodoId(sent.todo_id), list_id, placement)

    return await _changed(call, await call.run(run))


async def comment_on_todo(call: ToolCall, sent: CommentOnTodo) -> AddedCommentResult:
    async def run(work: UnitOfWork) -> str:
        return (await add_comment(work, call.actor, TodoId(sent.todo_id), sent.text)).id

    added, was_retry = await call.run_once("comment_on_todo", sent, sent.client_key, run)
    return AddedCommentResult(comment_id=added, was_retry=was_retry)


async def delete_todo(call: ToolCall, sent: DeleteTodo) -> DeletedResult:
    async def run(work: UnitOfWork) -> None:
        await trash.delete_todo(work, call.actor, TodoId(sent.todo_id))

    await call.run(run)
    return DeletedResult(todo_id=sent.todo_id, in_trash=True)


async def _read(call: ToolCall, todo_id: TodoId, *, also_in_trash: bool = False) -> TodoShape:
    async with call.resources.single_read() as read:
        text, _ = await read_todo_json(read, call.actor, todo_id, with_deleted=also_in_trash)
    return TodoShape.model_validate_json(text)


async def _changed(
    call: ToolCall, todo: TodoShape, *, was_retry: bool = False
) -> ChangedTodoResult:
    async with call.resources.begin_read() as read:
        described = await describe(read, call.actor, [todo])
    if not described:
        raise NotFound
    return ChangedTodoResult(todo=described[0], was_retry=was_retry)
