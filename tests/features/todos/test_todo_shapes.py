"""Todo shapes as commands read them: complete, in one statement."""

from datetime import UTC, datetime

from sqlalchemy import insert

from shared.contract.shapes import DueDate, DueTime
from shared.ids import LabelId, ListId, TodoId, list_stream, new_id
from shared.resources import Resources
from shared.tables.labels import LabelRow
from shared.tables.lists import ListRow
from shared.tables.todos import AssigneeRow, TodoLabelRow, TodoRow
from shared.todos.queries import shapes
from tests.support.features.list_builder import recorded_statements
from tests.support.world_builder import World

AT = datetime(2026, 11, 21, 12, 0, 0, 123456, UTC)


async def _list_of(resources: Resources, ranks: list[str]) -> tuple[ListId, list[TodoId]]:
    list_id, ids = ListId(new_id()), [TodoId(new_id()) for _ in ranks]
    async with resources.begin() as work:
        await work.open_stream(list_stream(list_id))
        await work.connection.execute(
            insert(ListRow).values(id=list_id, name="Home", created_at=AT, updated_at=AT)
        )
        rows = [
            {
                "id": todo_id,
                "list_id": list_id,
                "title": "Milk",
                "metadata": {"shop": [1, None]},
                "rank": rank,
                "created_at": AT,
                "updated_at": AT,
            }
            for todo_id, rank in zip(ids, ranks, strict=True)
        ]
        await work.connection.execute(insert(TodoRow), rows)
    return list_id, ids


async def test_a_shape_has_everything_in_the_tables(resources: Resources, world: World) -> None:
    ana, ben = await world.user("Ana"), await world.user("Ben")
    list_id, (first_id, second_id, third_id) = await _list_of(resources, ["1", "2", "3"])
    label = LabelId(new_id())
    async with resources.begin() as work:
        await work.connection.execute(
            insert(LabelRow).values(
                id=label, list_id=list_id, name="Shop", name_key="shop", created_at=AT
            )
        )
        await work.connection.execute(insert(TodoLabelRow).values(todo_id=first_id, label_id=label))
        assignees = [{"todo_id": first_id, "user_id": user.user_id} for user in (ben, ana)]
        await work.connection.execute(insert(AssigneeRow), assignees)
        update = TodoRow.__table__.update()  # type: ignore[attr-defined]
        fixed = {"due_kind": "fixed", "due_local": "2026-12-24T09:00:00", "due_at": AT}
        await work.connection.execute(
            update.where(TodoRow.id == second_id).values(**fixed, due_zone="Europe/Berlin")
        )
        await work.connection.execute(
            update.where(TodoRow.id == third_id).values(due_kind="date", due_date="2026-12-24")
        )

    async with resources.begin_read() as read:
        found = await shapes.read_todos(read, [first_id, second_id, third_id])
    first, second, third = found[first_id], found[second_id], found[third_id]

    assert first.assignees == sorted([ana.user_id, ben.user_id])
    assert (first.labels, first.metadata, first.created_at) == ([label], {"shop": [1, None]}, AT)
    assert second.due == DueTime(at="2026-12-24T09:00:00", zone="Europe/Berlin")
    assert third.due == DueDate(date=(datetime(2026, 12, 24, tzinfo=UTC)).date())
    assert second.due_at == AT


async def test_reading_many_todos_takes_as_many_statements_as_reading_few(
    resources: Resources,
) -> None:
    _, few = await _list_of(resources, ["a"])
    _, many = await _list_of(resources, [f"a{number:04}" for number in range(1, 501)])

    counts = []
    for ids in (few, many):
        async with recorded_statements(resources) as statements, resources.begin_read() as read:
            assert len(await shapes.read_todos(read, ids)) == len(ids)
        counts.append(len(statements))

    assert counts == [1, 1]
