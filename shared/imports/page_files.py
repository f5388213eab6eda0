"""Attach the files of a page to the todos that this import, or an earlier one of the file, has created.

A file counts as imported if its todo has as many files of its name and size as the import has come to, also
one that was removed an hour ago at most. So importing again attaches what found no room, and nothing twice.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import or_, select

from shared.actor import Actor
from shared.attachments import commands
from shared.attachments.commands import Content
from shared.errors import Conflict
from shared.ids import AttachmentId, ListId, TodoId
from shared.imports.report import PageOutcome
from shared.imports.stored_pages import ImportPage, PageDetail
from shared.languages.texts import Message, counted, message, sentence_of
from shared.tables.details.attachments import AttachmentRow
from shared.tables.interop.imported_todos import ImportedTodoRow
from shared.tables.todos import TodoRow
from shared.unit_of_work import ReadTransaction, UnitOfWork


@dataclass(frozen=True)
class StoredFile:
    """A file of a page whose bytes are in the storage, and the todo that gets it."""

    attachment_id: AttachmentId
    todo_id: TodoId
    detail: PageDetail
    content: Content


@dataclass
class StoredFiles:
    """The files of a page that are stored, and what is wrong with the others, with lines of the document."""

    files: list[StoredFile] = field(default_factory=list)
    problems: list[tuple[int, str]] = field(default_factory=list)

    def refuse(self, detail: PageDetail, error: Exception) -> None:
        self.problems.append((detail.line, left_out(detail, sentence_of(error))))


def left_out(detail: PageDetail, reason: Message) -> Message:
    """Return the sentence that says why a file is left out."""
    return message(
        "The file “{name}” was left out: {reason}", name=detail.fields["name"], reason=reason
    )


async def read_missing(
    read: ReadTransaction, list_id: ListId, page: ImportPage
) -> list[tuple[PageDetail, TodoId]]:
    """Return the files of the page that their todos have not got yet. Todos of the trash get none."""
    todos = await _read_todos(read, list_id, page.files)
    counts: Counter[tuple[str, str, int]] = Counter()
    rows = await read.connection.execute(
        select(AttachmentRow.todo_id, AttachmentRow.name, AttachmentRow.size_bytes).where(
            AttachmentRow.todo_id.in_(sorted(set(todos.values()))),
            or_(
                AttachmentRow.state == "ready",
                (AttachmentRow.state == "removed") & (AttachmentRow.delete_at > read.now),
            ),
        )
    )
    for row in rows:
        counts[row.todo_id, row.name, row.size_bytes] += 1
    missing = []
    for each in page.files:
        todo_id, fields = todos.get(each.todo), each.fields
        if todo_id is None:
            continue
        if counts[todo_id, fields["name"], fields["size_bytes"]] < fields["number"]:
            missing.append((each, todo_id))
    return missing


async def _read_todos(
    read: ReadTransaction, list_id: ListId, files: Sequence[PageDetail]
) -> dict[str, TodoId]:
    """Return the todos of the files by source key: those that are in the list, and not in its trash."""
    rows = await read.connection.execute(
        select(ImportedTodoRow.source_key, ImportedTodoRow.todo_id)
        .join(TodoRow, TodoRow.id == ImportedTodoRow.todo_id)
        .where(
            ImportedTodoRow.list_id == list_id,
            ImportedTodoRow.source_key.in_(sorted({each.todo for each in files})),
            TodoRow.list_id == list_id,
            TodoRow.deleted_at.is_(None),
        )
    )
    return {row.source_key: TodoId(row.todo_id) for row in rows}


async def attach_files(
    work: UnitOfWork,
    actor: Actor,
    list_id: ListId,
    page: ImportPage,
    stored: StoredFiles,
    outcome: PageOutcome,
) -> None:
    """Attach the stored files, and give up those whose todo is gone or full, or has got them meanwhile.

    The list's stream is locked.
    """
    if not page.files:
        return
    outcome.problems += stored.problems
    present = await _read_todos(work, list_id, page.files)
    # Also those of todos that could not be created, of which nothing is stored.
    gone = [each for each in page.files if each.todo not in present]
    if gone:
        left_out_with_todos = counted(
            len(gone),
            "A file was left out: its todo is not in the list.",
            "{count} files were left out: their todos are not in the list.",
        )
        outcome.problems.append((gone[0].line, left_out_with_todos))
    # Another import of the file may have attached them after this one looked, without the lock.
    missing = await read_missing(work, list_id, page)
    for file in stored.files:
        if (file.detail, file.todo_id) not in missing:
            await _give_up(work, file)
            continue
        try:
            await commands.finish_upload(
                work, actor, file.attachment_id, file.content, todo_id=file.todo_id
            )
        except Conflict as error:
            if error.reason != "too_many_attachments":
                raise
            await _give_up(work, file)
            outcome.problems.append((file.detail.line, left_out(file.detail, sentence_of(error))))


async def _give_up(work: UnitOfWork, file: StoredFile) -> None:
    await commands.discard_upload(work, file.attachment_id, file.content.size_bytes)
