"""Cases of the sync law for personal labels, and for the loss of access to todos that have some.

Registers them when imported.
"""

from shared.contract.shapes import Role
from shared.ids import PersonalLabelId, TodoId
from shared.lists.commands import delete_list
from shared.members.commands import change_role, remove_member
from shared.personal_labels.commands import (
    PersonalLabelEdit,
    create_personal_label,
    delete_personal_label,
    edit_personal_label,
    label_todos,
)
from shared.todos.commands.move import move_todo
from shared.todos.commands.trash import delete_todo, purge_todo
from shared.todos.rules.todo_edits import Placement
from tests.support.realtime.sync_cases import SyncFixture, records


async def label(given: SyncFixture, name: str, *todos: TodoId) -> PersonalLabelId:
    """Put a new label of Ana's on these todos."""
    made = await given.do(create_personal_label, given.ana, name)
    label_id = PersonalLabelId(made.id)
    if todos:
        await given.do(label_todos, given.ana, {todo_id: [label_id] for todo_id in todos})
    return label_id


@records("personal_label.set")
async def ana_makes_a_label_and_renames_it(given: SyncFixture) -> None:
    label_id = await label(given, "waiting")
    edit = PersonalLabelEdit(name="Waiting")
    await given.do(edit_personal_label, given.ana, label_id, edit)


@records("personal_label.removed")
async def ana_deletes_a_label_that_is_on_todos(given: SyncFixture) -> None:
    kept, removed = await label(given, "soon", given.milk), await label(given, "waiting")
    both = [kept, removed]
    await given.do(label_todos, given.ana, {given.milk: both, given.oats: [removed]})
    await given.do(delete_personal_label, given.ana, removed)


@records("labelled_todos.set")
async def ana_labels_todos_and_takes_a_label_back(given: SyncFixture) -> None:
    await label(given, "waiting", given.milk, given.oats)
    await given.do(label_todos, given.ana, {given.oats: []})


@records("labelled_todos.set")
async def ana_leaves_a_list_with_todos_that_she_labelled(given: SyncFixture) -> None:
    await label(given, "waiting", given.milk)
    await given.do(change_role, given.ana, given.groceries, given.ben.user_id, Role.OWNER)
    await given.do(remove_member, given.ben, given.groceries, given.ana.user_id)


@records("labelled_todos.set")
async def ben_takes_a_todo_that_ana_labelled_out_of_her_sight(given: SyncFixture) -> None:
    await label(given, "waiting", given.milk, given.oats)
    own = await given.world.list(given.ben)
    await given.do(move_todo, given.ben, given.milk, own, Placement())


@records("labelled_todos.set")
async def a_todo_that_ana_labelled_is_purged(given: SyncFixture) -> None:
    await label(given, "waiting", given.milk, given.oats)
    await given.do(delete_todo, given.ben, given.milk)
    await given.do(purge_todo, given.ana, given.milk)


@records("labelled_todos.set")
async def a_list_with_todos_that_ana_labelled_goes_to_the_trash(given: SyncFixture) -> None:
    await label(given, "waiting", given.milk)
    await given.do(delete_list, given.ana, given.groceries)
