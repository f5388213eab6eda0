"""Labels that a user keeps for themselves, on todos of any list that they may read."""

from typing import Any

import httpx
import pytest
from sqlalchemy import select

from shared.actor import Actor
from shared.contract.own_lists.colours import Colour
from shared.contract.shapes import Role
from shared.errors import Conflict, Invalid, NotFound
from shared.ids import ListId, PersonalLabelId, TodoId, list_stream, new_id, user_stream
from shared.lists.commands import delete_list, restore_list
from shared.members.commands import remove_member
from shared.personal_labels import commands
from shared.personal_labels.commands import (
    PersonalLabelEdit,
    create_personal_label,
    delete_personal_label,
    edit_personal_label,
    label_todos,
)
from shared.personal_labels.queries import read_labelled_todos, read_personal_labels
from shared.resources import Resources
from shared.tables.labels import TodoPersonalLabelRow
from shared.todos.commands.create import create_todo
from shared.todos.commands.duplicate import duplicate_todo
from shared.todos.commands.move import move_todo
from shared.todos.commands.trash import delete_todo, purge_todo, restore_todo
from shared.todos.rules.todo_edits import NewTodo, Placement
from tests.support.api_tokens import insert_api_token
from tests.support.features.list_builder import API, ListBuilder, recorded_statements
from tests.support.realtime.snapshots import account_snapshot
from tests.support.world_builder import World


async def todo_in(world: World, user: Actor, list_id: ListId, title: str = "Milk") -> TodoId:
    return TodoId(
        (await world.run(create_todo, user, list_id, NewTodo(title=title), Placement())).id
    )


async def label_of(world: World, user: Actor, name: str, *todos: TodoId) -> PersonalLabelId:
    """Make a label of the user, put it on these todos, and return its id."""
    label_id = PersonalLabelId((await world.run(create_personal_label, user, name)).id)
    if todos:
        await world.run(label_todos, user, {todo_id: [label_id] for todo_id in todos})
    return label_id


async def labelled(world: World, user: Actor) -> list[tuple[str, list[str]]]:
    found = await world.query(read_labelled_todos, user)
    # What an answer says, the snapshot of the account says too.
    assert tuple(found) == (await world.query(account_snapshot, user)).labelled_todos
    return [(todo.todo_id, todo.personal_labels) for todo in found]


async def test_a_viewer_labels_todos_and_nobody_else_learns_of_it(world: World) -> None:
    ana, ben = await world.user("Ana"), await world.user("Ben")
    shared = await world.list(ana, (ben, Role.VIEWER))
    milk = await todo_in(world, ana, shared)
    seen, events = await world.query(account_snapshot, ana), await world.events(list_stream(shared))

    label_id = await label_of(world, ben, "waiting", milk)

    assert await labelled(world, ben) == [(milk, [label_id])]
    assert await labelled(world, ana) == []
    assert await world.query(account_snapshot, ana) == seen
    assert await world.events(list_stream(shared)) == events
    (*_, event) = await world.events(user_stream(ben.user_id))
    assert (event["event"], event["data"]) == (
        "labelled_todos.set",
        {"todos": [{"todo_id": milk, "personal_labels": [label_id]}]},
    )


@pytest.mark.parametrize("same", ["Work", "WORK", "ｗork"])
async def test_a_name_is_unique_among_the_own_labels(world: World, same: str) -> None:
    ana, ben = await world.user("Ana"), await world.user("Ben")
    await label_of(world, ana, "work")
    other = await label_of(world, ana, "home")

    for refused in (
        world.run(create_personal_label, ana, same),
        world.run(edit_personal_label, ana, other, PersonalLabelEdit(name=same)),
    ):
        with pytest.raises(Conflict) as conflict:
            await refused
        assert conflict.value.reason == "label_exists"
    await label_of(world, ben, same)


async def test_labels_are_edited_and_deleted_from_all_todos(world: World) -> None:
    ana = await world.user()
    list_id = await world.list(ana)
    milk, oats = await todo_in(world, ana, list_id), await todo_in(world, ana, list_id, "Oats")
    kept, gone = await label_of(world, ana, "b", milk), await label_of(world, ana, "a")
    await world.run(label_todos, ana, {milk: [gone, kept], oats: [gone]})

    edit = PersonalLabelEdit(colour=Colour.RED)
    edited = await world.run(edit_personal_label, ana, kept, edit)
    before = await world.events(user_stream(ana.user_id))
    assert await world.run(edit_personal_label, ana, kept, edit) == edited
    await world.run(label_todos, ana, {oats: [gone]})
    assert await world.events(user_stream(ana.user_id)) == before

    await world.run(delete_personal_label, ana, gone)

    assert await world.query(read_personal_labels, ana) == (edited,)
    assert await labelled(world, ana) == [(milk, [kept])]


async def test_foreign_ids_are_like_unknown_ones_and_all_or_none_is_labelled(world: World) -> None:
    ana, ben = await world.user("Ana"), await world.user("Ben")
    mine, of_ben = await world.list(ana), await world.list(ben)
    milk, hidden = await todo_in(world, ana, mine), await todo_in(world, ben, of_ben)
    label_id, foreign = await label_of(world, ana, "a"), await label_of(world, ben, "b")

    for todo_id in (hidden, TodoId(new_id())):
        with pytest.raises(NotFound):
            await world.run(label_todos, ana, {milk: [label_id], todo_id: [label_id]})
    for unknown in (foreign, PersonalLabelId(new_id())):
        with pytest.raises(Invalid):
            await world.run(label_todos, ana, {milk: [label_id, unknown]})
        with pytest.raises(NotFound):
            await world.run(edit_personal_label, ana, unknown, PersonalLabelEdit(name="c"))
        with pytest.raises(NotFound):
            await world.run(delete_personal_label, ana, unknown)

    assert await labelled(world, ana) == []


async def test_labels_end_with_the_access_to_the_todo(world: World, resources: Resources) -> None:
    ana, ben = await world.user("Ana"), await world.user("Ben")
    shared = await world.list(ana, (ben, Role.VIEWER))
    private, common = await world.list(ana), await world.list(ana, (ben, Role.VIEWER))
    todos = [await todo_in(world, ana, shared, title) for title in ("1", "2", "3")]
    label_id = await label_of(world, ben, "waiting", *todos)
    of_ana = await label_of(world, ana, "hers", *todos)

    await world.run(move_todo, ana, todos[0], private, Placement())
    await world.run(move_todo, ana, todos[1], common, Placement())
    # Ids of one millisecond have no order.
    assert dict(await labelled(world, ben)) == {todos[1]: [label_id], todos[2]: [label_id]}
    await world.run(remove_member, ana, shared, ben.user_id)

    assert await labelled(world, ben) == [(todos[1], [label_id])]
    assert {todo_id for todo_id, _ in await labelled(world, ana)} == set(todos)
    async with resources.begin_read() as read:
        rows = await read.connection.execute(select(*TodoPersonalLabelRow.__table__.c))
        assert {row.label_id for row in rows} == {label_id, of_ana}


async def test_the_trash_keeps_labels_and_refuses_new_ones(world: World) -> None:
    ana, ben = await world.user("Ana"), await world.user("Ben")
    shared = await world.list(ana, (ben, Role.VIEWER))
    milk, oats = await todo_in(world, ana, shared), await todo_in(world, ana, shared, "Oats")
    label_id = await label_of(world, ben, "waiting", milk, oats)

    await world.run(delete_todo, ana, milk)
    with pytest.raises(Conflict) as refused:
        await world.run(label_todos, ben, {milk: []})
    await world.run(restore_todo, ana, milk)
    await world.run(delete_list, ana, shared)
    with pytest.raises(NotFound):
        await world.run(label_todos, ben, {milk: []})
    await world.run(restore_list, ana, shared)
    await world.run(delete_todo, ana, oats)
    await world.run(purge_todo, ana, oats)

    assert refused.value.reason == "in_trash"
    assert await labelled(world, ben) == [(milk, [label_id])]


async def test_a_copy_has_none(world: World) -> None:
    ana = await world.user()
    milk = await todo_in(world, ana, await world.list(ana))
    label_id = await label_of(world, ana, "waiting", milk)

    await world.run(duplicate_todo, ana, milk)

    assert await labelled(world, ana) == [(milk, [label_id])]


async def test_the_limits(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "MAX_LABELS_PER_USER", 2)
    monkeypatch.setattr(commands, "MAX_LABELS_ON_TODOS", 3)
    ana = await world.user()
    list_id = await world.list(ana)
    milk, oats = await todo_in(world, ana, list_id), await todo_in(world, ana, list_id, "Oats")
    both = [await label_of(world, ana, name) for name in ("a", "b")]

    with pytest.raises(Conflict) as too_many:
        await label_of(world, ana, "c")
    await world.run(label_todos, ana, {milk: both, oats: both[:1]})
    with pytest.raises(Conflict) as on_todos:
        await world.run(label_todos, ana, {oats: both})
    # What replaces others takes their room.
    await world.run(label_todos, ana, {milk: both[1:], oats: both})

    assert too_many.value.reason == on_todos.value.reason == "too_many_labels"


async def test_many_todos_take_as_many_statements_as_one(
    world: World, resources: Resources
) -> None:
    ana = await world.user()
    list_id = await world.list(ana)
    todos = [await todo_in(world, ana, list_id, str(number)) for number in range(20)]
    label_id = await label_of(world, ana, "waiting")

    async with recorded_statements(resources) as few:
        await world.run(label_todos, ana, {todos[0]: [label_id]})
    async with recorded_statements(resources) as many:
        await world.run(label_todos, ana, {todo_id: [label_id] for todo_id in todos[1:]})

    assert len(few) == len(many)


async def test_the_routes_and_the_filter(
    builder: ListBuilder, world: World, client: httpx.AsyncClient, resources: Resources
) -> None:
    ana, ben = await world.user("Ana"), await world.user("Ben")
    one, two = await world.list(ana), await world.list(ana, (ben, Role.EDITOR))
    milk, oats = await todo_in(world, ana, one), await todo_in(world, ana, two, "Oats")
    await todo_in(world, ana, one, "Rye")

    async def send(user: Actor, method: str, path: str, body: Any = None) -> Any:
        return (await builder.request(user, method, path, body)).json()

    made = await send(ana, "POST", "/personal-labels", {"name": " waiting ", "colour": "red"})
    todos = [{"todo_id": each, "personal_labels": [made["id"]]} for each in sorted([milk, oats])]
    sent = await send(ana, "PATCH", "/labelled-todos", {"todos": todos})
    twice = await send(ana, "PATCH", "/labelled-todos", {"todos": [todos[0], todos[0]]})
    path = f"/personal-labels/{made['id']}"
    edited = await send(ana, "PATCH", path, {"name": "waits"})
    found = await send(ana, "GET", f"/todos?personal_label={made['id']}&sort=title")
    of_other = await send(ben, "GET", f"/todos?personal_label={made['id']}")

    assert made == {"id": made["id"], "name": "waiting", "colour": "red"}
    assert sent == await send(ana, "GET", "/labelled-todos") == {"items": todos}
    assert twice["errors"][0]["code"] == "twice"
    assert edited == {**made, "name": "waits"}
    assert await send(ana, "GET", "/personal-labels") == {"items": [edited]}
    assert [todo["id"] for todo in found["items"]] == [milk, oats]
    assert of_other["items"] == []
    token = await insert_api_token(resources, ana, lists=(one,))
    for refused in ("/labelled-todos", "/personal-labels"):
        assert (await client.get(API + refused, headers=token.headers)).status_code == 403
    assert (await builder.request(ana, "DELETE", path)).status_code == 204
    assert await world.query(read_labelled_todos, ana) == []
