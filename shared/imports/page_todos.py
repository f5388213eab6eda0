"""Create the todos of a page in a list, with what of them the list can take.

What it cannot take is reported with the line of the todo: todos of a full list, subtasks of a todo that has
a hundred, labels beyond two hundred, assignees who are no members, reminders that are past.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func, insert, select

from shared.actor import Actor
from shared.contract.shapes import Colour
from shared.errors import Conflict
from shared.ids import ImportId, LabelId, ListId, TodoId
from shared.imports.report import PageOutcome
from shared.imports.stored_pages import (
    ImportPage,
    PageTodo,
    instant_of,
    new_todo_of,
    series_of,
    triggers_of,
)
from shared.labels.commands import MAX_LABELS_PER_LIST, create_label
from shared.languages.texts import Amount, message
from shared.lists.list_members import IS_NO_GUEST
from shared.reminders.imports import set_reminders_of_new_todos
from shared.tables.interop.imported_todos import ImportedTodoRow
from shared.tables.labels import LabelRow
from shared.tables.members import MemberRow
from shared.tables.todos import TodoRow
from shared.text import name_key
from shared.todos.commands.create import create_todos
from shared.todos.persistence.ordering import read_room
from shared.todos.rules.todo_edits import Placement
from shared.todos.rules.todo_rules import MAX_SUBTASKS_PER_TODO, MAX_TODOS_PER_LIST
from shared.unit_of_work import ReadTransaction, UnitOfWork

FULL = message(
    "The list is full: it holds at most {limit} todos.", limit=Amount(MAX_TODOS_PER_LIST)
)
STANDS_ALONE = message(
    "It stands alone: a todo has at most {limit} subtasks.", limit=MAX_SUBTASKS_PER_TODO
)
NO_PARENT = message("It stands alone: the todo above it is not in the list any more.")
NO_ASSIGNEE = message("Assignees who are no members of the list were left out.")
NO_LABEL = message("Labels were left out: a list has at most {limit}.", limit=MAX_LABELS_PER_LIST)
NO_REMINDER = message("A reminder was left out: it is past, or you have as many as you can have.")


@dataclass(frozen=True)
class _Target:
    """What the list has that the todos of the page name."""

    list_id: ListId
    import_id: ImportId
    labels: Mapping[str, LabelId]
    members: frozenset[str]
    # Ids of todos by source key: those of the list already, and those that were created.
    known: dict[str, TodoId]


async def add_todos(
    work: UnitOfWork,
    actor: Actor,
    list_id: ListId,
    import_id: ImportId,
    page: ImportPage,
    outcome: PageOutcome,
) -> None:
    """Create the todos of the page that the list has not got yet. The list's stream is locked."""
    parents = {todo.parent for todo in page.todos if todo.parent}
    known = await _read_known(work, list_id, {todo.key for todo in page.todos} | parents)
    new = [todo for todo in page.todos if todo.key not in known]
    outcome.skipped += len(page.todos) - len(new)
    if not new and (page.todos or page.comments or page.occurrences or page.files):
        return
    labels = await _ensure_labels(work, actor, list_id, page, new)
    members = await _read_members(work, list_id, new)
    target = _Target(list_id, import_id, labels, members, known)
    room = await read_room(work, list_id) if new else 0
    for group in (
        [todo for todo in new if todo.parent is None],
        [todo for todo in new if todo.parent is not None],
    ):
        fitting, rest = group[:room], group[room:]
        room -= len(fitting)
        outcome.failed += len(rest)
        outcome.problems += [(todo.line, FULL) for todo in rest]
        await _create(work, actor, target, fitting, outcome)


async def _create(
    work: UnitOfWork,
    actor: Actor,
    target: _Target,
    group: Sequence[PageTodo],
    outcome: PageOutcome,
) -> None:
    """Create the todos, for which the list has room, and remember their keys."""
    if not group:
        return
    parents = await _find_parents(work, target, group, outcome)
    shapes = await create_todos(
        work,
        actor,
        target.list_id,
        [
            new_todo_of(todo, target.labels, target.members, parent)
            for todo, parent in zip(group, parents, strict=True)
        ],
        Placement(),
        completed_at=[instant_of(todo.fields.get("completed_at"), work.now) for todo in group],
        series=[series_of(todo.fields) for todo in group],
    )
    ids = {todo.key: TodoId(shape.id) for todo, shape in zip(group, shapes, strict=True)}
    await work.connection.execute(
        insert(ImportedTodoRow),
        [
            {
                "list_id": target.list_id, "source_key": key, "todo_id": todo_id,
                "import_id": target.import_id,
            }
            for key, todo_id in ids.items()
        ],
    )  # fmt: skip
    target.known.update(ids)
    outcome.created += len(shapes)
    triggers = {
        shape.id: found
        for todo, shape in zip(group, shapes, strict=True)
        if (found := triggers_of(todo.fields))
    }
    lines = {shape.id: todo.line for todo, shape in zip(group, shapes, strict=True)}
    left_out = await set_reminders_of_new_todos(work, actor, shapes, triggers)
    outcome.problems += [(lines[todo_id], NO_REMINDER) for todo_id in left_out]
    _report_missing(group, target, outcome)


def _report_missing(group: Sequence[PageTodo], target: _Target, outcome: PageOutcome) -> None:
    for todo in group:
        if any(name_key(name) not in target.labels for name in todo.fields["labels"]):
            outcome.problems.append((todo.line, NO_LABEL))
        if not target.members.issuperset(todo.fields["assignees"]):
            outcome.problems.append((todo.line, NO_ASSIGNEE))


async def _find_parents(
    work: UnitOfWork, target: _Target, group: Sequence[PageTodo], outcome: PageOutcome
) -> list[TodoId | None]:
    """Return the todo above each of the group; None for one that stands alone."""
    wanted = {target.known[todo.parent] for todo in group if todo.parent in target.known}
    rooms = await _read_rooms(work, target.list_id, wanted)
    parents: list[TodoId | None] = []
    for todo in group:
        parent = target.known.get(todo.parent) if todo.parent else None
        if parent is not None and rooms.get(parent, 0) > 0:
            rooms[parent] -= 1
            parents.append(parent)
            continue
        parents.append(None)
        if todo.parent is not None:
            outcome.problems.append((todo.line, STANDS_ALONE if parent in rooms else NO_PARENT))
    return parents


async def _read_rooms(
    read: ReadTransaction, list_id: ListId, todo_ids: set[TodoId]
) -> dict[TodoId, int]:
    """Return how many subtasks each todo can take: in the list, at the top level, not in the trash."""
    if not todo_ids:
        return {}
    below = TodoRow.__table__.alias("below")
    count = select(func.count()).where(below.c.parent_id == TodoRow.id).scalar_subquery()
    rows = await read.connection.execute(
        select(TodoRow.id, count.label("subtasks")).where(
            TodoRow.id.in_(sorted(todo_ids)),
            TodoRow.list_id == list_id,
            TodoRow.parent_id.is_(None),
            TodoRow.deleted_at.is_(None),
        )
    )
    return {TodoId(row.id): MAX_SUBTASKS_PER_TODO - row.subtasks for row in rows}


async def _read_known(work: UnitOfWork, list_id: ListId, keys: set[str]) -> dict[str, TodoId]:
    rows = await work.connection.execute(
        select(ImportedTodoRow.source_key, ImportedTodoRow.todo_id).where(
            ImportedTodoRow.list_id == list_id, ImportedTodoRow.source_key.in_(sorted(keys))
        )
    )
    return {row.source_key: TodoId(row.todo_id) for row in rows}


async def _read_members(
    work: UnitOfWork, list_id: ListId, todos: Sequence[PageTodo]
) -> frozenset[str]:
    wanted = {user for todo in todos for user in todo.fields["assignees"]}
    if not wanted:
        return frozenset()
    rows = await work.connection.scalars(
        select(MemberRow.user_id).where(
            MemberRow.list_id == list_id, MemberRow.user_id.in_(sorted(wanted)), IS_NO_GUEST
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
