"""What was made of a mail stays marked when it is copied, or comes back."""

from shared.activity.undo import undo_changes
from shared.comments.commands import add_comment, delete_comment
from shared.ids import CommentId, TodoId, list_stream
from shared.inbound_mail.origins import (
    mark_comment,
    mark_todo,
    read_origins_of_comments,
    read_origins_of_todos,
)
from shared.tables.todos import TodoRow
from shared.todos.commands.create import create_todo
from shared.todos.commands.duplicate import duplicate_todo
from shared.todos.commands.duplicate_list import duplicate_list
from shared.todos.queries.shapes import select_shapes, shape_of
from shared.todos.rules.todo_edits import NewTodo, Placement
from tests.support.world_builder import World

EVE = "eve@example.com"


async def test_copies_of_todos_are_marked(world: World) -> None:
    ana = await world.user("Ana")
    home = await world.list(ana)
    todo, _ = [
        await world.run(create_todo, ana, home, NewTodo(title=title), Placement())
        for title in ("Pay me", "Mine")
    ]
    subtask = NewTodo(title="Today", parent_id=TodoId(todo.id))
    await world.run(create_todo, ana, home, subtask, Placement())
    await world.run(mark_todo, todo.id, EVE)

    copy = await world.run(duplicate_todo, ana, TodoId(todo.id))
    new_list = await world.run(duplicate_list, ana, home, "Copy")

    async with world.resources.begin_read() as read:
        rows = await read.connection.execute(
            select_shapes().where(TodoRow.list_id.in_([home, new_list.id]))
        )
        titles = {each.id: each.title for each in map(shape_of, rows)}
        marks = await read_origins_of_todos(read, titles)
    assert marks[copy.id] == EVE
    assert sorted(titles[todo_id] for todo_id in marks) == ["Pay me"] * 4
    assert len(titles) == 10


async def test_a_restored_comment_is_marked(world: World) -> None:
    ana = await world.user("Ana")
    home = await world.list(ana)
    todo = await world.run(create_todo, ana, home, NewTodo(title="Pay me"), Placement())
    comment = await world.run(add_comment, ana, TodoId(todo.id), "Now")
    await world.run(mark_comment, comment.id, EVE)
    await world.run(delete_comment, ana, TodoId(todo.id), CommentId(comment.id))
    deleted = (await world.events(list_stream(home)))[-1]

    await world.run(undo_changes, ana, home, [deleted["seq"]])

    async with world.resources.begin_read() as read:
        assert await read_origins_of_comments(read, [comment.id]) == {comment.id: EVE}
