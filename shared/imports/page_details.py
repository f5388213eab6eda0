"""Add comments and past occurrences to the todos that the same import has created.

Todos that were there before keep theirs: importing a file again must not double them.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import select

from shared.actor import Actor
from shared.comments.imports import OldComment, add_old_comments
from shared.contract.shapes import OPEN, Ending, TodoShape
from shared.ids import ImportId, ListId, TodoId
from shared.imports.report import PageOutcome
from shared.imports.stored_pages import ImportPage, PageDetail, instant_of
from shared.languages.texts import counted
from shared.tables.interop.imported_todos import ImportedTodoRow
from shared.todos.persistence.ended_occurrences import OldOccurrence, insert_old_occurrences
from shared.todos.queries.shapes import read_todos
from shared.unit_of_work import ReadTransaction, UnitOfWork


async def add_details(
    work: UnitOfWork,
    actor: Actor,
    list_id: ListId,
    import_id: ImportId,
    page: ImportPage,
    outcome: PageOutcome,
) -> None:
    """Add the details of the page. The list's stream is locked."""
    if not page.comments and not page.occurrences:
        return
    keys = {each.todo for each in (*page.comments, *page.occurrences)}
    created = await _read_created(work, list_id, import_id, keys)
    comments = [
        OldComment(
            created[each.todo],
            each.fields["body"],
            instant_of(each.fields["created_at"], work.now) or work.now,
            instant_of(each.fields["edited_at"], work.now),
            # A preview of an earlier release has neither.
            earlier=[
                (version["body"], instant_of(version["written_at"], work.now) or work.now)
                for version in each.fields.get("earlier", ())
            ],
            reactions=each.fields.get("reactions", ()),
        )
        for each in page.comments
        if each.todo in created
    ]
    if comments:
        left_out = await add_old_comments(work, actor, list_id, comments)
        if left_out:
            no_room = counted(
                left_out,
                "A comment was left out: its todo cannot take more.",
                "{count} comments were left out: their todos cannot take more.",
            )
            outcome.problems.append((page.comments[0].line, no_room))
    await _add_occurrences(work, actor, created, page.occurrences, outcome)


async def _add_occurrences(
    work: UnitOfWork,
    actor: Actor,
    created: Mapping[str, TodoId],
    details: Sequence[PageDetail],
    outcome: PageOutcome,
) -> None:
    of_created = [each for each in details if each.todo in created]
    if not of_created:
        return
    todos = await read_todos(work, sorted(set(created.values())))
    old = [
        OldOccurrence(
            todo_id=todo_id,
            number=each.fields["number"],
            occurrence=each.fields["occurrence"],
            outcome=Ending(each.fields["outcome"]),
            ended_at=min(datetime.fromisoformat(each.fields["ended_at"]), work.now),
            before=each.fields["before"],
        )
        for each in of_created
        if (todo_id := created[each.todo]) in todos
        and _is_past(todos[todo_id], each.fields["occurrence"])
    ]
    await insert_old_occurrences(work, actor, old)
    if len(old) < len(of_created):
        not_past = counted(
            len(of_created) - len(old),
            "A past occurrence was left out: it is not before the present one.",
            "{count} past occurrences were left out: they are not before the present one.",
        )
        outcome.problems.append((of_created[0].line, not_past))


def _is_past(todo: TodoShape, occurrence: int) -> bool:
    """Return True if no request to complete the present occurrence would take it for this one."""
    if todo.repeat is None:
        return True
    return occurrence < todo.repeat.occurrence + (todo.status not in OPEN)


async def _read_created(
    read: ReadTransaction, list_id: ListId, import_id: ImportId, keys: set[str]
) -> dict[str, TodoId]:
    rows = await read.connection.execute(
        select(ImportedTodoRow.source_key, ImportedTodoRow.todo_id).where(
            ImportedTodoRow.list_id == list_id,
            ImportedTodoRow.source_key.in_(sorted(keys)),
            ImportedTodoRow.import_id == import_id,
        )
    )
    return {row.source_key: TodoId(row.todo_id) for row in rows}
