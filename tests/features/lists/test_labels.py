"""Labels of a list: unique names, and removal from the todos on deletion."""

import pytest
from sqlalchemy import func, insert, select

from shared.contract.shapes import Colour, Role
from shared.errors import Conflict, Forbidden, NotFound
from shared.ids import LabelId, list_stream, new_id
from shared.labels import commands
from shared.labels.commands import LabelEdit, create_label, delete_label, edit_label
from shared.labels.queries import read_labels
from shared.tables.todos import TodoLabelRow, TodoRow
from tests.support.world_builder import World


async def test_labels_are_read_in_alphabetical_order(world: World) -> None:
    ana = await world.user()
    list_id = await world.list(ana)
    for name in ("zebra", "Apple", "émile", "mango"):
        await world.run(create_label, ana, list_id, name)

    labels = await world.query(read_labels, ana, list_id)

    assert [label.name for label in labels] == ["Apple", "mango", "zebra", "émile"]


@pytest.mark.parametrize("same", ["Work", "WORK", "ｗork"])
async def test_a_label_name_is_unique_whatever_its_spelling(world: World, same: str) -> None:
    ana = await world.user()
    list_id = await world.list(ana)
    await world.run(create_label, ana, list_id, "work")
    other = await world.run(create_label, ana, list_id, "home")

    with pytest.raises(Conflict) as created:
        await world.run(create_label, ana, list_id, same)
    with pytest.raises(Conflict) as edited:
        await world.run(edit_label, ana, list_id, LabelId(other.id), LabelEdit(name=same))

    assert created.value.reason == edited.value.reason == "label_exists"
    await world.run(create_label, ana, await world.list(ana), same)


async def test_the_longest_folding_name_fits(world: World) -> None:
    ana = await world.user()
    list_id = await world.list(ana)

    label = await world.run(create_label, ana, list_id, "\ufdfa" * 50)

    assert await world.query(read_labels, ana, list_id) == (label,)


async def test_the_event_of_an_edited_label_is_complete(world: World) -> None:
    ana = await world.user()
    list_id = await world.list(ana)
    label = await world.run(create_label, ana, list_id, "work", Colour.RED)

    edited = await world.run(edit_label, ana, list_id, LabelId(label.id), LabelEdit(name="WORK"))
    again = await world.run(edit_label, ana, list_id, LabelId(label.id), LabelEdit(name="WORK"))

    assert (edited.name, edited.colour) == ("WORK", Colour.RED)
    assert again == edited
    events = await world.events(list_stream(list_id), 2)
    assert [event["event"] for event in events] == ["label.created", "label.edited"]
    assert events[1]["data"]["label"] == edited.model_dump(mode="json")


async def test_a_deleted_label_is_removed_from_all_todos(world: World) -> None:
    ana = await world.user()
    list_id, todo_id = await world.list(ana), new_id()
    gone = await world.run(create_label, ana, list_id, "gone")
    kept = await world.run(create_label, ana, list_id, "kept")
    async with world.resources.begin() as work:
        await work.connection.execute(
            insert(TodoRow).values(
                id=todo_id, list_id=list_id, title="x", rank="V",
                created_at=work.now, updated_at=work.now,
            )
        )  # fmt: skip
        await work.connection.execute(
            insert(TodoLabelRow),
            [{"todo_id": todo_id, "label_id": label.id} for label in (gone, kept)],
        )

    await world.run(delete_label, ana, list_id, LabelId(gone.id))

    assert await world.query(read_labels, ana, list_id) == (kept,)
    async with world.resources.begin_read() as read:
        assert await read.connection.scalar(select(TodoLabelRow.label_id)) == kept.id
        assert await read.connection.scalar(select(func.count()).select_from(TodoLabelRow)) == 1
    last = (await world.events(list_stream(list_id)))[-1]
    assert (last["event"], last["data"]) == ("label.deleted", {"label_id": gone.id})


async def test_a_label_of_another_list_is_not_found(world: World) -> None:
    ana = await world.user()
    list_id, other_id = await world.list(ana), await world.list(ana)
    label = await world.run(create_label, ana, list_id, "work")

    with pytest.raises(NotFound):
        await world.run(edit_label, ana, other_id, LabelId(label.id), LabelEdit(name="x"))
    with pytest.raises(NotFound):
        await world.run(delete_label, ana, other_id, LabelId(label.id))


@pytest.mark.parametrize("role", [Role.COMMENTER, Role.VIEWER])
async def test_members_who_cannot_edit_todos_cannot_edit_labels(world: World, role: Role) -> None:
    ana, ben = await world.user("Ana"), await world.user("Ben")
    list_id = await world.list(ana, (ben, role))
    label_id = LabelId((await world.run(create_label, ana, list_id, "work")).id)

    with pytest.raises(Forbidden):
        await world.run(create_label, ben, list_id, "home")
    with pytest.raises(Forbidden):
        await world.run(edit_label, ben, list_id, label_id, LabelEdit(name="home"))
    with pytest.raises(Forbidden):
        await world.run(delete_label, ben, list_id, label_id)
    assert len(await world.query(read_labels, ben, list_id)) == 1


async def test_the_number_of_labels_of_a_list_is_limited(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commands, "MAX_LABELS_PER_LIST", 1)
    ana = await world.user()
    list_id = await world.list(ana)
    await world.run(create_label, ana, list_id, "work")

    with pytest.raises(Conflict) as refused:
        await world.run(create_label, ana, list_id, "home")

    assert refused.value.reason == "too_many_labels"
