"""Add a page of a preview to its list, in one transaction with the progress of the import.

A worker may die at any moment: the next one reads `step` and goes on. If the first is only slow, and adds
its page after all, `step` has changed meanwhile, and the page is refused. `imported_lists` and
`imported_todos` hold what was created from which key of the file, so that importing it again adds nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, insert, select, update

from shared.access import gate
from shared.access.policy import Action
from shared.actor import Actor
from shared.contract.interop.imports import ImportState
from shared.contract.shapes import Colour
from shared.errors import Conflict, Forbidden, Invalid, Moved
from shared.ids import ImportId, LabelId, ListId, TodoId, user_stream
from shared.imports.commands import record_change
from shared.imports.stored_pages import ImportPage, PageTodo, instant_of, new_todo_of
from shared.labels.commands import create_label
from shared.lists.commands import ListEdit, create_list, edit_list
from shared.tables.interop.imported_lists import ImportedListRow
from shared.tables.interop.imported_todos import ImportedTodoRow
from shared.tables.interop.imports import ImportRow
from shared.tables.labels import LabelRow
from shared.tables.lists import ListRow
from shared.tables.members import MemberRow
from shared.tables.todos import TodoRow
from shared.text import name_key
from shared.todos.commands.create import create_todos
from shared.todos.rules.todo_edits import NewTodo, Placement
from shared.unit_of_work import UnitOfWork

# Clients are told when the progress passes a twentieth: each event is a row of the user's stream.
PROGRESS_STEPS = 20


class StepTaken(Exception):
    """The import was cancelled, or another worker added this page; nothing was written."""


@dataclass
class _Counts:
    created: int = 0
    skipped: int = 0
    failed: int = 0


async def add_page(work: UnitOfWork, actor: Actor, row: Any, page: ImportPage) -> None:
    """Create the todos of the page, and count them. `row` is the import as the worker read it.

    Raise StepTaken; Moved to be called again; NotFound or Forbidden when the user may no longer write
    to the list.
    """
    stream = user_stream(actor.user_id)
    list_id = await _find_list(work, actor, row.list_id, page)
    if list_id is None:
        await work.lock_streams([stream])
        if await _find_list(work, actor, row.list_id, page) is not None:
            # Another import of the file created it while this one waited for the lock.
            raise Moved
        list_id = await _create_list(work, actor, page)
    else:
        await gate.authorize_write(work, actor, list_id, Action.CREATE_TODO, also_lock=[stream])
    counts = await _add_todos(work, actor, list_id, page)
    if page.archived and page.is_last and row.list_id is None:
        await _archive(work, actor, list_id)
    done = row.todos_done + len(page.todos)
    saved = await work.connection.execute(
        update(ImportRow)
        .where(
            ImportRow.id == row.id,
            ImportRow.step == row.step,
            ImportRow.state == ImportState.RUNNING.value,
        )
        .values(
            step=row.step + 1,
            todos_done=done,
            todos_created=ImportRow.todos_created + counts.created,
            todos_skipped=ImportRow.todos_skipped + counts.skipped,
            todos_failed=ImportRow.todos_failed + counts.failed,
        )
    )
    if saved.rowcount != 1:
        raise StepTaken
    total = max(1, row.todos_total)
    if done * PROGRESS_STEPS // total != row.todos_done * PROGRESS_STEPS // total:
        await record_change(work, ImportId(row.id))


async def _find_list(
    work: UnitOfWork, actor: Actor, chosen: str | None, page: ImportPage
) -> ListId | None:
    """Return the list that takes the page; None if it must be created."""
    if chosen is not None:
        return ListId(chosen)
    # Of a list that was deleted, or that the user left, another one is created.
    found = await work.connection.scalar(
        select(ImportedListRow.list_id)
        .join(ListRow, ListRow.id == ImportedListRow.list_id)
        .join(MemberRow, MemberRow.list_id == ListRow.id)
        .where(
            ImportedListRow.user_id == actor.user_id,
            ImportedListRow.source_key == page.list_key,
            ListRow.deleted_at.is_(None),
            MemberRow.user_id == actor.user_id,
        )
    )
    return None if found is None else ListId(found)


async def _create_list(work: UnitOfWork, actor: Actor, page: ImportPage) -> ListId:
    colour = Colour(page.colour) if page.colour in set(Colour) else Colour.BLUE
    list_id = ListId((await create_list(work, actor, page.list_name, colour)).id)
    of_source = {"user_id": actor.user_id, "source_key": page.list_key}
    await work.connection.execute(
        delete(ImportedListRow).where(
            ImportedListRow.user_id == actor.user_id, ImportedListRow.source_key == page.list_key
        )
    )
    await work.connection.execute(insert(ImportedListRow).values(**of_source, list_id=list_id))
    return list_id


async def _archive(work: UnitOfWork, actor: Actor, list_id: ListId) -> None:
    try:
        await edit_list(work, actor, list_id, ListEdit(archived=True))
    except (Forbidden, Conflict):
        # Somebody else owns the list by now.
        return


async def _add_todos(work: UnitOfWork, actor: Actor, list_id: ListId, page: ImportPage) -> _Counts:
    parents = {todo.parent for todo in page.todos if todo.parent}
    known = await _read_known(work, list_id, {todo.key for todo in page.todos} | parents)
    new = [todo for todo in page.todos if todo.key not in known]
    counts = _Counts(skipped=len(page.todos) - len(new))
    labels = await _ensure_labels(work, actor, list_id, page, new)
    members = await _read_members(work, list_id, new)
    top = [todo for todo in new if todo.parent is None]
    below = [todo for todo in new if todo.parent is not None]
    for group in (top, below):
        live = await _read_live(work, list_id, {known[key] for key in parents if key in known})
        made = [
            new_todo_of(todo, labels, members, known.get(todo.parent or ""), live) for todo in group
        ]
        created = await _create(work, actor, list_id, group, made)
        known |= created
        counts.created += len(created)
        counts.failed += len(group) - len(created)
    return counts


async def _create(
    work: UnitOfWork,
    actor: Actor,
    list_id: ListId,
    group: Sequence[PageTodo],
    made: Sequence[NewTodo],
) -> dict[str, TodoId]:
    """Create the todos, and remember their keys. Return the ids; none when the list is full."""
    if not group:
        return {}
    times = [instant_of(todo.fields.get("completed_at"), work.now) for todo in group]
    try:
        shapes = await create_todos(work, actor, list_id, made, Placement(), completed_at=times)
    except Invalid as error:
        if error.reason != "list_full" and all(todo.parent_id is None for todo in made):
            raise
        if error.reason == "list_full":
            return {}
        # The parent has a hundred subtasks already, from an earlier import.
        freed = [todo.model_copy(update={"parent_id": None}) for todo in made]
        shapes = await create_todos(work, actor, list_id, freed, Placement(), completed_at=times)
    ids = {todo.key: TodoId(shape.id) for todo, shape in zip(group, shapes, strict=True)}
    await work.connection.execute(
        insert(ImportedTodoRow),
        [
            {"list_id": list_id, "source_key": key, "todo_id": todo_id}
            for key, todo_id in ids.items()
        ],
    )
    return ids


async def _read_known(work: UnitOfWork, list_id: ListId, keys: set[str]) -> dict[str, TodoId]:
    rows = await work.connection.execute(
        select(ImportedTodoRow.source_key, ImportedTodoRow.todo_id).where(
            ImportedTodoRow.list_id == list_id, ImportedTodoRow.source_key.in_(sorted(keys))
        )
    )
    return {row.source_key: TodoId(row.todo_id) for row in rows}


async def _read_live(work: UnitOfWork, list_id: ListId, todo_ids: set[TodoId]) -> frozenset[str]:
    """Return which todos may have subtasks: in the list, at the top level, and not in the trash."""
    if not todo_ids:
        return frozenset()
    rows = await work.connection.scalars(
        select(TodoRow.id).where(
            TodoRow.id.in_(sorted(todo_ids)),
            TodoRow.list_id == list_id,
            TodoRow.parent_id.is_(None),
            TodoRow.deleted_at.is_(None),
        )
    )
    return frozenset(rows)


async def _read_members(
    work: UnitOfWork, list_id: ListId, todos: Sequence[PageTodo]
) -> frozenset[str]:
    wanted = {user for todo in todos for user in todo.fields["assignees"]}
    if not wanted:
        return frozenset()
    rows = await work.connection.scalars(
        select(MemberRow.user_id).where(
            MemberRow.list_id == list_id, MemberRow.user_id.in_(sorted(wanted))
        )
    )
    return frozenset(rows)


async def _ensure_labels(
    work: UnitOfWork, actor: Actor, list_id: ListId, page: ImportPage, todos: Sequence[PageTodo]
) -> dict[str, LabelId]:
    """Return the labels of the list by key, with those that the todos need."""
    wanted = {name_key(name): name for todo in todos for name in todo.fields["labels"]}
    # Those that no todo has, too.
    wanted |= {name_key(name): name for name in page.label_colours}
    if not wanted:
        return {}
    rows = await work.connection.execute(
        select(LabelRow.name_key, LabelRow.id).where(LabelRow.list_id == list_id)
    )
    found = {row.name_key: LabelId(row.id) for row in rows}
    for key, name in wanted.items():
        if key in found:
            continue
        colour = page.label_colours.get(name)
        try:
            label = await create_label(
                work, actor, list_id, name, Colour(colour) if colour in set(Colour) else Colour.GREY
            )
        except Conflict:
            # The list has as many labels as it can have.
            break
        found[key] = LabelId(label.id)
    return found
