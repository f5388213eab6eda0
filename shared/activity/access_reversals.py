"""The commands that undo a reaction, and a change of who uses the list."""

from shared.activity.entries import Entry
from shared.activity.rules import State, reaction_of, reverse_entry
from shared.activity.sentences import SENTENCES
from shared.actor import Actor
from shared.comments.reactions import react, take_back_reaction
from shared.contract.details.activity import Refusal
from shared.contract.shapes import Role
from shared.database.statements import defer_inserts
from shared.errors import Conflict
from shared.ids import CommentId, ListId, TodoId, UserId
from shared.members.commands import change_role, remove_member, restore_member
from shared.tables.todos import AssigneeRow
from shared.todos.persistence.save_changes import save_changes
from shared.todos.queries import shapes
from shared.todos.rules.todo_change import TodoChange
from shared.todos.rules.todo_rules import MAX_ASSIGNEES_PER_TODO, new_version
from shared.unit_of_work import UnitOfWork


async def change_reaction_back(
    work: UnitOfWork, actor: Actor, list_id: ListId, entry: Entry, state: State
) -> None:
    todo_id, comment_id = TodoId(entry.todo_id or ""), CommentId(entry.comment_id or "")
    if reverse_entry(entry, state).values["reaction"] is None:
        await take_back_reaction(work, actor, todo_id, comment_id, reaction_of(entry))
    else:
        await react(work, actor, todo_id, comment_id, reaction_of(entry))


async def change_role_back(
    work: UnitOfWork, actor: Actor, list_id: ListId, entry: Entry, state: State
) -> None:
    role = Role(reverse_entry(entry, state).values["role"])
    await change_role(work, actor, list_id, UserId(entry.member_id or ""), role)


async def take_out_member(
    work: UnitOfWork, actor: Actor, list_id: ListId, entry: Entry, state: State
) -> None:
    await remove_member(work, actor, list_id, UserId(entry.member_id or ""))


async def take_in_member(
    work: UnitOfWork, actor: Actor, list_id: ListId, entry: Entry, state: State
) -> None:
    """Make the removed user a member again, and assign the todos that are still here."""
    user_id = UserId(entry.member_id or "")
    role = Role((entry.before or {})["role"])
    try:
        await restore_member(work, actor, list_id, user_id, role)
    except Conflict as error:
        if error.reason != "too_many_lists":
            raise
        # In how many lists a former member is concerns nobody here.
        raise Conflict(SENTENCES[Refusal.INVITE_AGAIN], code="cannot_undo") from error
    todo_ids = entry.context["todo_ids"]
    assigned = await shapes.read_todos(work, todo_ids) if todo_ids else {}
    todos = [
        todo
        for todo in assigned.values()
        if todo.list_id == list_id and len(todo.assignees) < MAX_ASSIGNEES_PER_TODO
    ]
    # Members' pages hold no todos of the trash, and would take one from an event.
    in_trash = [
        {"todo_id": todo.id, "user_id": user_id} for todo in todos if todo.deleted_at is not None
    ]
    defer_inserts(work.connection, AssigneeRow, in_trash)
    changes = [
        TodoChange(
            new_version(todo, work.now, assignees=sorted({*todo.assignees, user_id})),
            todo,
            ("assignees",),
        )
        for todo in todos
        if todo.deleted_at is None
    ]
    await save_changes(work, actor, changes)
