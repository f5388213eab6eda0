"""Attach files to todos, remove them, and restore them. The todo keeps its version, as with comments.

An upload has two transactions, with the bytes between them:

    begin_upload    the quota is checked with the announced size; the row is `uploading`
    (the bytes are written to the storage under keys.content)
    finish_upload   the row is `ready`; the event is recorded, and the thumbnail becomes a job

An upload that breaks off leaves the row, by which the clean-up finds the bytes.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, insert, select, update

from shared.access.policy import Action
from shared.actor import Actor
from shared.attachments import queries, rules
from shared.attachments.rules import MAX_ATTACHMENTS_PER_TODO, MAX_UPLOADS_AT_ONCE
from shared.contract.details.attachments import AttachmentShape
from shared.contract.events import AttachmentAdded, AttachmentEdited, AttachmentRemoved
from shared.contract.jobs import MakeThumbnail
from shared.contract.shapes import TodoShape
from shared.errors import Conflict, Invalid, NotFound, TooLarge
from shared.ids import AttachmentId, ListId, TodoId, UserId, list_stream, new_id, user_stream
from shared.languages.texts import message
from shared.settings.storage.attachments import AttachmentSettings
from shared.tables.details.attachments import AttachmentRow
from shared.tables.todos import TodoRow
from shared.todos.commands.loading import load_todo_for_write
from shared.unit_of_work import UnitOfWork


@dataclass(frozen=True)
class Content:
    """What was found out about the bytes of an upload while they arrived."""

    size_bytes: int
    media_type: str


async def begin_upload(
    work: UnitOfWork,
    actor: Actor,
    todo_id: TodoId | None,
    name: str,
    announced_bytes: int | None,
    settings: AttachmentSettings,
) -> AttachmentId:
    """Reserve room for a file of the announced size, or of the largest allowed one. Return its id.

    Without `todo_id` the todo is not made yet: then `finish_upload` decides who may attach, and how many.
    Raise TooLarge, Conflict `attachment_quota`, `too_many_attachments` or `too_many_uploads`, and what
    `load_todo_for_write` raises.
    """
    if todo_id is not None:
        await _lock(work, actor, todo_id)
    size_bytes = settings.max_bytes if announced_bytes is None else announced_bytes
    require_size(size_bytes, settings)
    await _require_room(work, actor.user_id, size_bytes, settings)
    if todo_id is not None:
        await _require_turn(work, actor.user_id)
        await _require_place(work, todo_id)
    attachment_id = AttachmentId(new_id())
    await work.connection.execute(
        insert(AttachmentRow).values(
            id=attachment_id,
            todo_id=todo_id,
            uploader_id=actor.user_id,
            state="uploading",
            name=name,
            media_type=rules.BINARY,
            size_bytes=size_bytes,
            has_thumbnail=False,
            created_at=work.now,
            delete_at=work.now + rules.BROKEN_UPLOAD_AFTER,
        )
    )
    return attachment_id


async def finish_upload(
    work: UnitOfWork,
    actor: Actor,
    attachment_id: AttachmentId,
    content: Content,
    *,
    todo_id: TodoId | None = None,
) -> AttachmentShape:
    """Show the file to the members of the list. Raise Conflict, NotFound or Forbidden.

    `todo_id` is the todo of a file that began without one.
    """
    if todo_id is None:
        todo = await _lock(work, actor, await _todo_of(work, attachment_id))
    else:
        todo = await _lock(work, actor, todo_id)
        await _require_place(work, todo_id)
    return await _show(
        work,
        actor,
        todo,
        attachment_id,
        "uploading",
        {
            "todo_id": todo.id,
            "size_bytes": content.size_bytes,
            "media_type": content.media_type,
        },
    )


async def discard_upload(work: UnitOfWork, attachment_id: AttachmentId, stored_bytes: int) -> None:
    """Let the next clean-up delete what was stored of a file, and free the rest of its room at once."""
    await work.connection.execute(
        update(AttachmentRow)
        .where(AttachmentRow.id == attachment_id, AttachmentRow.state == "uploading")
        .values(state="removed", size_bytes=stored_bytes, delete_at=work.now)
    )


async def remove_attachment(work: UnitOfWork, actor: Actor, attachment_id: AttachmentId) -> None:
    """Remove a file, which can be restored for RESTORE_TIME. Raise NotFound or Forbidden."""
    todo_id = await _todo_of(work, attachment_id)
    todo = await _lock(work, actor, todo_id, also_in_trash=True)
    changed = await work.connection.execute(
        update(AttachmentRow)
        .where(AttachmentRow.id == attachment_id, AttachmentRow.state == "ready")
        .values(state="removed", delete_at=work.now + rules.RESTORE_TIME)
        .returning(AttachmentRow.id)
    )
    if changed.one_or_none() is None:
        raise NotFound
    count = await _change_count(work, todo, -1)
    event = AttachmentRemoved(attachment_id=attachment_id, todo_id=todo_id, attachment_count=count)
    work.record(list_stream(ListId(todo.list_id)), event, actor)


async def restore_attachment(
    work: UnitOfWork, actor: Actor, attachment_id: AttachmentId
) -> AttachmentShape:
    """Take a removal back. No quota is checked: a removed file counts against it.

    Raise NotFound after RESTORE_TIME, Conflict `too_many_attachments`, or Forbidden.
    """
    todo_id = await _todo_of(work, attachment_id)
    todo = await _lock(work, actor, todo_id)
    row = await queries.find_attachment(work, attachment_id)
    if row is not None and row.state == "ready":
        return queries.shape_of(row)
    if row is None or row.state != "removed":
        raise NotFound
    await _require_place(work, todo_id)
    return await _show(work, actor, todo, attachment_id, "removed", {})


async def record_thumbnail(
    work: UnitOfWork, attachment_id: AttachmentId, width: int, height: int
) -> None:
    """Tell the members of the list that a thumbnail is there. Do nothing if the file was removed."""
    list_id = await work.connection.scalar(_list_of(attachment_id))
    if list_id is None:
        return
    await work.lock_streams([list_stream(ListId(list_id))])
    await work.connection.execute(
        update(AttachmentRow)
        .where(AttachmentRow.id == attachment_id)
        .values(has_thumbnail=True, width=width, height=height)
    )
    row = await queries.find_attachment(work, attachment_id)
    # Moved to another list meanwhile, whose lock is not held: the thumbnail shows with the next read.
    is_there = await work.connection.scalar(_list_of(attachment_id)) == list_id
    if row is not None and row.state == "ready" and is_there:
        event = AttachmentEdited(attachment=queries.shape_of(row))
        work.record(list_stream(ListId(list_id)), event, None)


def require_size(size_bytes: int, settings: AttachmentSettings) -> None:
    """Raise TooLarge for a file above the limit of this site."""
    if size_bytes > settings.max_bytes:
        raise too_large(settings.max_bytes)


def too_large(max_bytes: int) -> TooLarge:
    return TooLarge(
        message("A file may have at most {size} here.", size=rules.size_in_words(max_bytes))
    )


def require_type(media_type: str, settings: AttachmentSettings) -> None:
    """Raise Invalid for a type that this site does not take."""
    if not rules.is_allowed(media_type, settings.types):
        raise Invalid(
            message(
                "Files of this type cannot be attached here, only {types}.",
                types=", ".join(settings.types),
            ),
            code="attachment_type",
        )


def _list_of(attachment_id: AttachmentId) -> Any:
    return (
        select(TodoRow.list_id)
        .join(AttachmentRow, AttachmentRow.todo_id == TodoRow.id)
        .where(AttachmentRow.id == attachment_id, TodoRow.deleted_at.is_(None))
    )


async def _todo_of(work: UnitOfWork, attachment_id: AttachmentId) -> TodoId:
    """Return the todo, which stays the same once it is set. Raise NotFound."""
    todo_id = await work.connection.scalar(
        select(AttachmentRow.todo_id).where(
            AttachmentRow.id == attachment_id,
            (AttachmentRow.delete_at.is_(None)) | (AttachmentRow.delete_at > work.now),
        )
    )
    if todo_id is None:
        raise NotFound
    return TodoId(todo_id)


async def _lock(
    work: UnitOfWork, actor: Actor, todo_id: TodoId, *, also_in_trash: bool = False
) -> TodoShape:
    _, todo = await load_todo_for_write(
        work, actor, todo_id, Action.ATTACH_FILE, also_in_trash=also_in_trash
    )
    return todo


async def _require_room(
    work: UnitOfWork, user_id: UserId, size_bytes: int, settings: AttachmentSettings
) -> None:
    """Check the quota of an account. Raise Conflict.

    Under the lock of the account's stream: two uploads to two lists would each find the last room.
    """
    await work.lock_streams([user_stream(user_id)])
    used = await queries.read_used_bytes(work, user_id)
    if used + size_bytes > settings.quota_bytes:
        detail = message(
            "This file has {size}, and {free} of the {quota} of an account are free. "
            "Removed files count until they are deleted, about two hours later.",
            size=rules.size_in_words(size_bytes),
            free=rules.size_in_words(max(settings.quota_bytes - used, 0)),
            quota=rules.size_in_words(settings.quota_bytes),
        )
        raise Conflict(detail, code="attachment_quota")


async def _require_turn(work: UnitOfWork, user_id: UserId) -> None:
    """Check how many uploads an account has under way, those without a todo left out. Raise Conflict."""
    uploads = select(func.count()).where(
        AttachmentRow.uploader_id == user_id,
        AttachmentRow.state == "uploading",
        AttachmentRow.todo_id.is_not(None),
        AttachmentRow.delete_at > work.now,
    )
    if (await work.connection.scalar(uploads) or 0) >= MAX_UPLOADS_AT_ONCE:
        raise Conflict(
            message(
                "You upload {limit} files already: wait for one of them.", limit=MAX_UPLOADS_AT_ONCE
            ),
            code="too_many_uploads",
        )


async def _require_place(work: UnitOfWork, todo_id: TodoId) -> None:
    """Check how many files a todo has, whose list is locked. Raise Conflict."""
    of_todo = select(func.count()).where(
        AttachmentRow.todo_id == todo_id, AttachmentRow.state != "removed"
    )
    if (await work.connection.scalar(of_todo) or 0) >= MAX_ATTACHMENTS_PER_TODO:
        raise Conflict(
            message("A todo has at most {limit} files.", limit=MAX_ATTACHMENTS_PER_TODO),
            code="too_many_attachments",
        )


async def _show(
    work: UnitOfWork,
    actor: Actor,
    todo: TodoShape,
    attachment_id: AttachmentId,
    expected_state: str,
    values: dict[str, Any],
) -> AttachmentShape:
    changed = await work.connection.execute(
        update(AttachmentRow)
        .where(AttachmentRow.id == attachment_id, AttachmentRow.state == expected_state)
        .values(state="ready", delete_at=None, **values)
        .returning(AttachmentRow.id)
    )
    row = await queries.find_attachment(work, attachment_id)
    if changed.one_or_none() is None or row is None:
        raise NotFound
    attachment = queries.shape_of(row)
    count = await _change_count(work, todo, 1)
    event = AttachmentAdded(attachment=attachment, attachment_count=count)
    work.record(list_stream(ListId(todo.list_id)), event, actor)
    if attachment.media_type in rules.PICTURES and not attachment.has_thumbnail:
        job = MakeThumbnail(attachment_id=attachment_id)
        work.add_job(job, dedupe_key=f"thumbnail:{attachment_id}", fairness_key=actor.user_id)
    return attachment


async def _change_count(work: UnitOfWork, todo: TodoShape, difference: int) -> int:
    count = todo.attachment_count + difference
    await work.connection.execute(
        update(TodoRow).where(TodoRow.id == todo.id).values(attachment_count=count)
    )
    return count
