"""Add a page of a preview to its list, in one transaction with the progress of the import.

A worker may die at any moment: the next one reads `step` and goes on. If the first is only slow, and adds
its page after all, `step` has changed meanwhile, and the page is refused. `imported_lists` and
`imported_todos` hold what was created from which key of the file, so that importing it again adds nothing.
"""

from typing import Any

from sqlalchemy import delete, insert, select, update

from shared.access import gate
from shared.access.policy import Action
from shared.actor import Actor
from shared.contract.interop.imports import ImportState
from shared.contract.shapes import Colour
from shared.errors import Conflict, Forbidden, Moved
from shared.ids import FolderId, ImportId, ListId, user_stream
from shared.imports.commands import record_change
from shared.imports.page_details import add_details
from shared.imports.page_files import StoredFiles, attach_files
from shared.imports.page_todos import add_todos
from shared.imports.report import PageOutcome, add_problems
from shared.imports.stored_pages import ImportPage
from shared.languages.choice import language_of_account
from shared.languages.texts import translator
from shared.lists.commands import ListEdit, create_list, edit_list
from shared.lists.placement import PlacementEdit, create_folder, place_list, read_folders
from shared.tables.interop.imported_lists import ImportedListRow
from shared.tables.interop.imports import ImportRow
from shared.tables.lists import ListRow
from shared.tables.members import MemberRow
from shared.text import name_key
from shared.unit_of_work import ReadTransaction, UnitOfWork

# Clients are told when the progress passes a twentieth: each event is a row of the user's stream.
PROGRESS_STEPS = 20


class StepTaken(Exception):
    """The import was cancelled, or another worker added this page; nothing was written."""


async def add_page(
    work: UnitOfWork, actor: Actor, row: Any, page: ImportPage, files: StoredFiles
) -> None:
    """Create the todos of the page, and count them. `row` is the import as the worker read it.

    `files` are those of the page, whose bytes are stored.

    Raise StepTaken; Moved to be called again; NotFound or Forbidden when the user may no longer write
    to the list.
    """
    stream = user_stream(actor.user_id)
    list_id = await find_list(work, actor, row.list_id, page)
    if list_id is None:
        await work.lock_streams([stream])
        if await find_list(work, actor, row.list_id, page) is not None:
            # Another import of the file created it while this one waited for the lock.
            raise Moved
        list_id = await _create_list(work, actor, page)
    else:
        await gate.authorize_write(work, actor, list_id, Action.CREATE_TODO, also_lock=[stream])
    outcome = PageOutcome()
    await add_todos(work, actor, list_id, ImportId(row.id), page, outcome)
    await add_details(work, actor, list_id, ImportId(row.id), page, outcome)
    await attach_files(work, actor, list_id, page, files, outcome)
    if page.archived and page.is_last and row.list_id is None:
        await _archive(work, actor, list_id)
    done, files_done = row.todos_done + len(page.todos), row.files_done + len(page.files)
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
            files_done=files_done,
            todos_created=ImportRow.todos_created + outcome.created,
            todos_skipped=ImportRow.todos_skipped + outcome.skipped,
            todos_failed=ImportRow.todos_failed + outcome.failed,
        )
    )
    if saved.rowcount != 1:
        raise StepTaken
    t = translator(language_of_account(row.language, row.locale))
    spoken = [(line, t.of(text)) for line, text in outcome.problems]
    await add_problems(work, ImportId(row.id), spoken)
    total = max(1, row.todos_total)
    # A page of files is 32 MiB of them, or the last: each is news.
    if page.files or done * PROGRESS_STEPS // total != row.todos_done * PROGRESS_STEPS // total:
        await record_change(work, ImportId(row.id))


async def find_list(
    read: ReadTransaction, actor: Actor, chosen: str | None, page: ImportPage
) -> ListId | None:
    """Return the list that takes the page; None if it must be created."""
    if chosen is not None:
        return ListId(chosen)
    # Of a list that was deleted, or that the user left, another one is created.
    found = await read.connection.scalar(
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
    list_id = ListId((await create_list(work, actor, page.list_name, colour, page.icon)).id)
    if page.folder:
        await _put_into_folder(work, actor, list_id, page.folder)
    of_source = {"user_id": actor.user_id, "source_key": page.list_key}
    await work.connection.execute(
        delete(ImportedListRow).where(
            ImportedListRow.user_id == actor.user_id, ImportedListRow.source_key == page.list_key
        )
    )
    await work.connection.execute(insert(ImportedListRow).values(**of_source, list_id=list_id))
    return list_id


async def _put_into_folder(work: UnitOfWork, actor: Actor, list_id: ListId, name: str) -> None:
    """Put the list into the actor's folder of this name, which is created unless there are too many."""
    key = name_key(name)
    known = [each for each in await read_folders(work, actor) if name_key(each.name) == key]
    try:
        folder = known[0] if known else await create_folder(work, actor, name)
    except Conflict:
        return
    into = PlacementEdit(changes_folder=True, folder_id=FolderId(folder.id))
    await place_list(work, actor, list_id, into)


async def _archive(work: UnitOfWork, actor: Actor, list_id: ListId) -> None:
    try:
        await edit_list(work, actor, list_id, ListEdit(archived=True))
    except (Forbidden, Conflict):
        # Somebody else owns the list by now.
        return
