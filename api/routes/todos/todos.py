"""Todos: list, create, edit, move, complete, delete and restore, one at a time or in bulk."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from api.http.command_runner import CommandRunner, Runner
from api.http.conditional_requests import NOT_MODIFIED, ExpectedVersions
from api.http.dependencies import CurrentActor, OpenResources, PathId
from api.http.large_answers import OpenPageReader, PageReader, page_sizes
from api.http.problems import problem_responses
from api.routes.query_types import QueryFlag
from api.routes.todos.todo_bodies import (
    BulkBody,
    BulkChangesBody,
    BulkIdsBody,
    BulkNewBody,
    BulkUpdateBody,
    EditBody,
    MoveBody,
    NewTodoBody,
    PerhapsOccurrenceBody,
    ReplacementBody,
    TodoQuery,
)
from shared.actor import Actor
from shared.contract.shapes import (
    EditedTodoShape,
    NumberedPage,
    TodoPage,
    TodoShape,
    TodosShape,
)
from shared.ids import ListId, TodoId
from shared.todos.commands import complete, create, duplicate, edit, move, trash
from shared.todos.queries.pages import (
    FoundTodos,
    find_page,
    find_page_at,
    read_todo_json,
)
from shared.todos.queries.todo_json import encode_page
from shared.todos.rules.todo_edits import Placement, TodoEdit
from shared.unit_of_work import ReadTransaction, UnitOfWork

router = APIRouter(tags=["todos"], responses=problem_responses(401, 404, 422))
_REFUSED = problem_responses(403, 409, 412)


@router.get(
    "/todos",
    response_model=TodoPage | NumberedPage[TodoShape],
    responses=problem_responses(429),
)
async def list_todos(
    pages: OpenPageReader, actor: CurrentActor, query: Annotated[TodoQuery, Query()]
) -> Response:
    """List the todos of your lists. Pages go by cursor, or by number with `page`."""
    if (offset := query.offset()) is not None:
        return await _page_at(pages, actor, query, *offset)
    chosen, sorting = query.filter(actor), query.sorting()

    async def page(read: ReadTransaction, limit: int, max_bytes: int) -> FoundTodos | None:
        return await find_page(
            read,
            actor,
            chosen,
            sorting,
            limit=limit,
            max_bytes=max_bytes,
            cursor=query.cursor,
            with_total=query.total,
        )

    found = await pages.read(page_sizes(query.limit), page)
    rest = {"next_cursor": found.next_cursor, "total": found.total}
    return pages.response(actor, encode_page(found.todos, rest))


@router.post("/todos", status_code=201, response_model=TodoShape, responses=_REFUSED)
async def create_todo(runner: Runner, body: NewTodoBody) -> Response:
    """Add a todo to a list, or to your Inbox."""
    list_id = ListId(body.list_id) if body.list_id else None
    new, placement = body.new(), body.placement()

    async def command(work: UnitOfWork) -> TodoShape:
        return await create.create_todo(work, runner.actor, list_id, new, placement)

    return await runner.run(command, status=201)


@router.patch("/todos/bulk", response_model=TodosShape, responses=_REFUSED)
async def edit_todos(runner: Runner, body: BulkBody) -> Response:
    """Change up to 100 todos in any of your lists: all of them, or none."""
    return await _edit_todos(runner, body.ids, body.changes)


@router.post("/todos/bulk", response_model=TodosShape, responses=_REFUSED)
async def update_todos(runner: Runner, body: BulkUpdateBody) -> Response:
    """The same as PATCH, with other names for its fields."""
    return await _edit_todos(runner, body.todo_ids, body.updates)


@router.post("/todos/bulk/create", status_code=201, response_model=TodosShape, responses=_REFUSED)
async def create_todos(runner: Runner, body: BulkNewBody) -> Response:
    """Add up to 100 todos to a list, or to your Inbox, in their order: all of them, or none."""
    list_id = ListId(body.list_id) if body.list_id else None
    new = body.new()

    async def command(work: UnitOfWork) -> TodosShape:
        created = await create.create_todos(work, runner.actor, list_id, new, Placement())
        return TodosShape(items=created)

    return await runner.run(command, status=201)


@router.post("/todos/bulk/delete", status_code=204, responses=_REFUSED)
async def delete_todos(runner: Runner, body: BulkIdsBody) -> Response:
    """Put up to 100 todos and their subtasks into the trash: all of them, or none."""
    ids = [TodoId(todo_id) for todo_id in dict.fromkeys(body.todo_ids)]

    async def command(work: UnitOfWork) -> None:
        await edit.edit_todos(work, runner.actor, ids, TodoEdit(), deleted=True)

    return await runner.run(command, status=204)


@router.get("/todos/{todo_id}", response_model=TodoShape, responses=NOT_MODIFIED)
async def read_todo(
    resources: OpenResources,
    actor: CurrentActor,
    todo_id: PathId,
    deleted: Annotated[QueryFlag, Query(description="true: also if it is in the trash.")] = False,
) -> Response:
    """Return one todo."""
    async with resources.single_read() as read:
        todo, version = await read_todo_json(read, actor, TodoId(todo_id), with_deleted=deleted)
    headers = {"ETag": f'"{version}"'}
    return Response(todo.encode(), media_type="application/json", headers=headers)


@router.patch("/todos/{todo_id}", response_model=EditedTodoShape, responses=_REFUSED)
async def edit_todo(
    runner: Runner, todo_id: PathId, body: EditBody, expected_versions: ExpectedVersions
) -> Response:
    """Change the fields that are sent and leave the others."""
    return await _edit_todo(runner, todo_id, body.edit(), expected_versions, body.base_seq)


@router.put("/todos/{todo_id}", response_model=EditedTodoShape, responses=_REFUSED)
async def replace_todo(
    runner: Runner, todo_id: PathId, body: ReplacementBody, expected_versions: ExpectedVersions
) -> Response:
    """Replace all fields of a todo that can be edited; those that are not sent are cleared."""
    return await _edit_todo(runner, todo_id, body.edit(), expected_versions)


@router.delete("/todos/{todo_id}", status_code=204, responses=_REFUSED)
async def delete_todo(
    runner: Runner, todo_id: PathId, expected_versions: ExpectedVersions, forever: QueryFlag = False
) -> Response:
    """Put a todo and its subtasks into the trash; with `forever`, purge one that is in the trash."""

    async def command(work: UnitOfWork) -> None:
        delete = trash.purge_todo if forever else trash.delete_todo
        await delete(work, runner.actor, TodoId(todo_id), expected_versions=expected_versions)

    return await runner.run(command)


@router.post("/todos/{todo_id}/move", response_model=TodoShape, responses=_REFUSED)
async def move_todo(
    runner: Runner, todo_id: PathId, body: MoveBody, expected_versions: ExpectedVersions
) -> Response:
    """Move a todo within its list, or with its subtasks to another list. Its id stays."""
    list_id = ListId(body.list_id) if body.list_id else None
    placement = body.placement()

    async def command(work: UnitOfWork) -> TodoShape:
        return await move.move_todo(
            work,
            runner.actor,
            TodoId(todo_id),
            list_id,
            placement,
            expected_versions=expected_versions,
        )

    return await runner.run(command)


@router.post(
    "/todos/{todo_id}/duplicate", status_code=201, response_model=TodoShape, responses=_REFUSED
)
async def duplicate_todo(runner: Runner, todo_id: PathId) -> Response:
    """Copy a todo and its open subtasks to the place after it. Returned is the copy of the todo."""

    async def command(work: UnitOfWork) -> TodoShape:
        return await duplicate.duplicate_todo(work, runner.actor, TodoId(todo_id))

    return await runner.run(command, status=201)


@router.post("/todos/{todo_id}/complete", response_model=TodoShape, responses=_REFUSED)
async def complete_todo(
    runner: Runner, todo_id: PathId, body: PerhapsOccurrenceBody | None = None
) -> Response:
    """Complete a todo, or an occurrence of it. Completing it again changes nothing."""
    occurrence = body.occurrence if body else None

    async def command(work: UnitOfWork) -> TodoShape:
        return await complete.complete_todo(work, runner.actor, TodoId(todo_id), occurrence)

    return await runner.run(command)


@router.post("/todos/{todo_id}/restore", response_model=TodoShape, responses=_REFUSED)
async def restore_todo(runner: Runner, todo_id: PathId) -> Response:
    """Restore a todo from the trash, with the subtasks that went with it."""

    async def command(work: UnitOfWork) -> TodoShape:
        return await trash.restore_todo(work, runner.actor, TodoId(todo_id))

    return await runner.run(command)


async def _edit_todo(
    runner: CommandRunner,
    todo_id: str,
    changes: TodoEdit,
    expected_versions: frozenset[int] | None,
    base_seq: int | None = None,
) -> Response:
    async def command(work: UnitOfWork) -> EditedTodoShape:
        return await edit.edit_todo(
            work,
            runner.actor,
            TodoId(todo_id),
            changes,
            expected_versions=expected_versions,
            base_seq=base_seq,
        )

    return await runner.run(command)


async def _edit_todos(
    runner: CommandRunner, todo_ids: list[str], body: BulkChangesBody
) -> Response:
    ids = [TodoId(todo_id) for todo_id in dict.fromkeys(todo_ids)]
    changes = body.edit()

    async def command(work: UnitOfWork) -> TodosShape:
        edited = await edit.edit_todos(work, runner.actor, ids, changes, deleted=body.deleted)
        return TodosShape(items=edited)

    return await runner.run(command)


async def _page_at(
    pages: PageReader, actor: Actor, query: TodoQuery, offset: int, size: int
) -> Response:
    found = await pages.read_whole(
        lambda read, max_bytes: find_page_at(
            read,
            actor,
            query.filter(actor),
            query.sorting(),
            offset=offset,
            limit=size,
            max_bytes=max_bytes,
        )
    )
    total = found.total or 0
    rest = {
        "total": total,
        "page": offset // size + 1,
        "page_size": size,
        "total_pages": -(-total // size),
        "has_next": offset + size < total,
        "has_prev": offset > 0,
    }
    return pages.response(actor, encode_page(found.todos, rest))
