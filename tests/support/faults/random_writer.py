"""Random writes of a user: any command on any of the user's lists."""

import asyncio
import contextlib
import random
from collections.abc import Sequence
from dataclasses import dataclass, field

from shared.actor import Actor
from shared.comments.commands import add_comment
from shared.contract.shapes import TodoStatus
from shared.errors import DomainError
from shared.ids import ListId, TodoId
from shared.labels.commands import create_label
from shared.resources import Resources
from shared.todos.commands.create import create_todo
from shared.todos.commands.edit import edit_todo
from shared.todos.commands.move import move_todo
from shared.todos.commands.trash import delete_todo, purge_todo, restore_todo
from shared.todos.rules.todo_edits import NewTodo, Placement, TodoEdit
from tests.support.realtime.websocket_client import write_event
from tests.support.world_builder import World

VERBS = ("create", "edit", "edit", "complete", "delete", "restore", "purge", "move", "comment")


@dataclass
class RandomWriter:
    """A user who writes through a process of their own; its `todos` may be out of date."""

    resources: Resources
    actor: Actor
    lists: Sequence[ListId]
    rng: random.Random
    # Shared by all writers of the same lists.
    todos: list[TodoId] = field(default_factory=list)
    # The event of a move carries no comments; a client fetches them when it opens the todo.
    moved: set[TodoId] = field(default_factory=set)

    async def write(self, times: int, seconds: float = 0.0) -> None:
        """Write that many times, spread over about `seconds`; the commands may refuse some writes."""
        for _ in range(times):
            verb = self.rng.choice(VERBS) if self.todos else "create"
            # Another writer has purged, moved or deleted the todo; then no event was recorded.
            with contextlib.suppress(DomainError):
                await self._do(verb)
            await asyncio.sleep(seconds / times)  # the pace of the writes, not a wait

    async def _do(self, verb: str) -> None:
        world, actor, list_id = World(self.resources), self.actor, self.rng.choice(self.lists)
        todo = self.rng.choice(self.todos) if self.todos else TodoId("")
        if verb == "create":
            new = NewTodo(title=f"Todo {self.rng.random()}")
            self.todos.append(
                TodoId((await world.run(create_todo, actor, list_id, new, Placement())).id)
            )
        elif verb == "edit":
            edit = TodoEdit(title=f"Title {self.rng.random()}", priority=self.rng.randrange(4))
            await world.run(edit_todo, actor, todo, edit)
        elif verb == "complete":
            status = self.rng.choice([TodoStatus.COMPLETED, TodoStatus.PENDING])
            await world.run(edit_todo, actor, todo, TodoEdit(status=status))
        elif verb == "delete":
            await world.run(delete_todo, actor, todo)
        elif verb == "restore":
            await world.run(restore_todo, actor, todo)
        elif verb == "purge":
            await world.run(purge_todo, actor, todo)
        elif verb == "move":
            self.moved.add(todo)
            await world.run(move_todo, actor, todo, list_id, Placement())
        elif todo not in self.moved:
            await world.run(add_comment, actor, todo, "Which kind?")
        else:
            await world.run(create_label, actor, list_id, f"label {self.rng.random()}")


async def write_plain(resources: Resources, list_id: ListId, times: int, seconds: float) -> None:
    """Write that many events without any other change, spread over about `seconds`."""
    for _ in range(times):
        await write_event(resources, list_id)
        await asyncio.sleep(seconds / times)  # the pace of the writes, not a wait
