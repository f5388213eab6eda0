"""Write, move and delete calendar objects by the commands of todos, labels and reminders.

Each function runs in one transaction, which locks the list's stream first, then streams of users:

    authorize ── find the object ── compare its tag ── labels ── todo ── reminders ── names
"""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select

from shared.access import gate
from shared.access.policy import Action
from shared.actor import Actor
from shared.caldav import changes, names, objects
from shared.caldav.mapping import kept_text
from shared.caldav.objects import CalendarObject
from shared.caldav.todo_writing import create_todo_of, edit_todo_of
from shared.calendar_objects.calendar_todo import CalendarTodo
from shared.contract.events import TodoEdited
from shared.contract.shapes import TodoShape
from shared.errors import Conflict, Invalid, NotFound
from shared.ids import LabelId, ListId, TodoId, list_stream, user_stream
from shared.labels.commands import create_label
from shared.reminders.commands import remove_reminder, set_reminder
from shared.reminders.queries import find_reminders
from shared.reminders.rules import ReminderTrigger
from shared.tables.labels import LabelRow
from shared.tables.reminders import ReminderRow
from shared.text import name_key
from shared.todos.commands.edit import edit_todo
from shared.todos.commands.move import move_todo
from shared.todos.commands.trash import delete_todo
from shared.todos.persistence import rows
from shared.todos.persistence.early_endings import take_early_endings
from shared.todos.rules.todo_edits import Placement, TodoEdit
from shared.todos.rules.todo_rules import MAX_LABELS_PER_TODO, new_version
from shared.unit_of_work import UnitOfWork


class PreconditionFailed(Conflict):
    """The object is not the one that the request is about (RFC 9110, section 13)."""

    def __init__(self) -> None:
        super().__init__("It was changed or deleted meanwhile, or it exists already.")


class UidConflict(Conflict):
    """Another object of the list has the UID, or the object has another one (RFC 4791, 5.3.2.1)."""

    def __init__(self, name: str) -> None:
        super().__init__("Another object of this list has this UID, or this object another one.")
        self.name = name


@dataclass(frozen=True)
class Condition:
    """What If-Match and If-None-Match ask for. `tags` of None: any; of an empty set: none."""

    tags: frozenset[str] | None = None
    must_exist: bool = False
    must_not_exist: bool = False

    def check(self, found: CalendarObject | None) -> None:
        """Raise PreconditionFailed unless the object that exists, if any, is as asked for."""
        if found is None:
            if self.must_exist or self.tags is not None:
                raise PreconditionFailed
        elif self.must_not_exist or (self.tags is not None and found.etag not in self.tags):
            raise PreconditionFailed


async def put_object(
    work: UnitOfWork,
    actor: Actor,
    list_id: ListId,
    name: str,
    new: CalendarTodo,
    condition: Condition,
) -> bool:
    """Create or edit the todo of an object; return True if it was created.

    An object whose todo is in the trash is restored. What changes nothing records no event.
    Raise NotFound, Forbidden, PreconditionFailed, UidConflict, Invalid, Conflict.
    """
    await gate.authorize_write(work, actor, list_id, Action.EDIT_TODO)
    found = (await objects.read_named(work, actor, list_id, [name])).get(name)
    is_live = found is not None and found.todo.deleted_at is None
    condition.check(found if is_live else None)
    if found is not None and not is_live and found.uid != new.uid:
        # Another todo, which an app writes under the name of one in the trash.
        found = None
    same_uid = await names.find_by_uid(work, list_id, new.uid)
    if same_uid is not None and (found is None or same_uid != found.todo.id):
        raise UidConflict(await names.name_of(work, same_uid))
    if found is not None and found.uid != new.uid:
        raise UidConflict(found.name)
    await _lock_users(work, actor, found)
    # While this write ends occurrences, its own parts count, and not those that it replaces.
    before = await take_early_endings(work, TodoId(found.todo.id)) if found and found.kept else {}
    parent = await names.find_parent(work, list_id, found, new.parent_uid)
    labels = await _labels(work, actor, list_id, found, new.labels)
    if found is None:
        todo = await create_todo_of(work, actor, list_id, new, labels, parent)
    else:
        todo = await edit_todo_of(work, actor, found, new, labels, parent)
    await _set_reminders(work, actor, TodoId(todo.id), found, changes.triggers(new))
    kept, absent = kept_text(new), new.parent_uid if todo.parent_id is None else None
    is_kept = found is not None and (found.kept, found.absent_parent_uid) == (kept, absent)
    endings = changes.early_endings(new, before, actor, work.now)
    # `before` was taken. An object that an earlier release kept has endings that were not stored.
    if before or endings or not is_kept:
        await names.save(work, TodoId(todo.id), new.uid, name, absent, kept, endings)
        if found is not None and not is_kept and todo.version == found.todo.version:
            # For the other programs of the list's members, which ask what changed.
            _record_new_version(work, actor, todo)
    if found is None:
        await _adopt_subtasks(work, actor, list_id, todo, new.uid)
    return found is None


async def delete_object(
    work: UnitOfWork, actor: Actor, list_id: ListId, name: str, condition: Condition
) -> None:
    """Put the todo of an object into the trash, with its subtasks. Raise as `put_object`."""
    await gate.authorize_write(work, actor, list_id, Action.DELETE_TODO)
    found = await _load_live(work, actor, list_id, name)
    condition.check(found)
    await delete_todo(work, actor, TodoId(found.todo.id))


async def move_object(
    work: UnitOfWork,
    actor: Actor,
    list_id: ListId,
    name: str,
    target: ListId,
    condition: Condition,
) -> None:
    """Move the todo of an object to another list, where it keeps its name. Raise as `put_object`."""
    locked = [list_id, target]
    await gate.authorize_writes(work, actor, locked, Action.EDIT_TODO)
    found = await _load_live(work, actor, list_id, name)
    condition.check(found)
    there = (await objects.read_named(work, actor, target, [name])).get(name)
    if there is not None and there.todo.deleted_at is None:
        raise PreconditionFailed
    if await names.find_by_uid(work, target, found.uid) is not None:
        raise UidConflict(name)
    await move_todo(work, actor, TodoId(found.todo.id), target, Placement())


async def _load_live(work: UnitOfWork, actor: Actor, list_id: ListId, name: str) -> CalendarObject:
    found = (await objects.read_named(work, actor, list_id, [name])).get(name)
    if found is None or found.todo.deleted_at is not None:
        raise NotFound
    return found


async def _lock_users(work: UnitOfWork, actor: Actor, found: CalendarObject | None) -> None:
    """Lock the streams of all users whose reminders the write may change, in one call.

    The commands lock some of them again, in an order of their own.
    """
    users = {actor.user_id}
    if found is not None:
        reminders = await find_reminders(work, ReminderRow.todo_id == found.todo.id)
        users |= {reminder.user_id for reminder in reminders}
    await work.lock_streams(map(user_stream, sorted(users)))


async def _labels(
    work: UnitOfWork,
    actor: Actor,
    list_id: ListId,
    found: CalendarObject | None,
    wanted: Iterable[str],
) -> list[LabelId] | None:
    """Return the labels of these names, made where the list has none; None if nothing changes."""
    by_key = {name_key(name): name for name in map(changes.label_name, wanted)}
    present = {name_key(name) for name in found.label_names} if found else set()
    if by_key.keys() == present:
        return None
    if len(by_key) > MAX_LABELS_PER_TODO:
        detail = f"CATEGORIES: a todo has at most {MAX_LABELS_PER_TODO} labels."
        raise Invalid.field("CATEGORIES", "too_many", detail)
    rows = await work.connection.execute(
        select(LabelRow.id, LabelRow.name_key).where(LabelRow.list_id == list_id)
    )
    ids = {row.name_key: row.id for row in rows}
    for key, name in by_key.items():
        if key not in ids:
            ids[key] = (await create_label(work, actor, list_id, name)).id
    return [LabelId(ids[key]) for key in by_key]


async def _set_reminders(
    work: UnitOfWork,
    actor: Actor,
    todo_id: TodoId,
    found: CalendarObject | None,
    wanted: list[ReminderTrigger],
) -> None:
    present = set(found.reminders) if found else set()
    if present == set(wanted):
        return
    own = (ReminderRow.todo_id == todo_id, ReminderRow.user_id == actor.user_id)
    for reminder in await find_reminders(work, *own) if present else ():
        if reminder.trigger not in wanted:
            await remove_reminder(work, actor, todo_id, reminder.id)
    for trigger in wanted:
        if trigger not in present:
            try:
                await set_reminder(work, actor, todo_id, trigger)
            except Invalid:
                # It is past: apps send old alarms with each change of a todo.
                continue


def _record_new_version(work: UnitOfWork, actor: Actor, todo: TodoShape) -> None:
    newer = new_version(todo, work.now)
    rows.update_todos(work, [newer], [])
    work.record(list_stream(ListId(todo.list_id)), TodoEdited(todo=newer, changed=()), actor)


async def _adopt_subtasks(
    work: UnitOfWork, actor: Actor, list_id: ListId, todo: TodoShape, uid: str
) -> None:
    """Make subtasks of the todos that came before their parent."""
    if todo.parent_id is not None:
        return
    for child in await names.find_waiting_for(work, list_id, uid):
        await edit_todo(work, actor, child, TodoEdit(parent_id=TodoId(todo.id)))
        await names.clear_absent_parent(work, child)
