"""People who write: any verb, on any of their lists, as the dice fall."""

import asyncio
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
    """One person at a process of their own. What they know of the lists may be old: that is life."""

    resources: Resources
    actor: Actor
    lists: Sequence[ListId]
    dice: random.Random
    # Shared by all who write to the same lists.
    todos: list[TodoId] = field(default_factory=list)
    # Comments do not travel with the event of a move: a client fetches them when it looks.
    moved: set[TodoId] = field(default_factory=set)
    refused: int = 0

    async def write(self, times: int, seconds: float = 0.0) -> None:
        """Has written so often, spread over about `seconds`. A refusal is an answer, too."""
        for _ in range(times):
            verb = self.dice.choice(VERBS) if self.todos else "create"
            try:
                await self._do(verb)
            except DomainError:
                # Somebody else was faster: it is gone, moved or in the trash. Nothing was recorded.
                self.refused += 1
            await asyncio.sleep(seconds / times)  # the pace of the writes, not a wait

    async def _do(self, verb: str) -> None:
        world, who, some = World(self.resources), self.actor, self.dice.choice(self.lists)
        todo = self.dice.choice(self.todos) if self.todos else TodoId("")
        if verb == "create":
            new = NewTodo(title=f"Todo {self.dice.random()}")
            self.todos.append(TodoId((await world.do(create_todo, who, some, new, Placement())).id))
        elif verb == "edit":
            edit = TodoEdit(title=f"Title {self.dice.random()}", priority=self.dice.randrange(4))
            await world.do(edit_todo, who, todo, edit)
        elif verb == "complete":
            status = self.dice.choice([TodoStatus.COMPLETED, TodoStatus.PENDING])
            await world.do(edit_todo, who, todo, TodoEdit(status=status))
        elif verb == "delete":
            await world.do(delete_todo, who, todo)
        elif verb == "restore":
            await world.do(restore_todo, who, todo)
        elif verb == "purge":
            await world.do(purge_todo, who, todo)
        elif verb == "move":
            self.moved.add(todo)
            await world.do(move_todo, who, todo, some, Placement())
        elif todo not in self.moved:
            await world.do(add_comment, who, todo, "Which kind?")
        else:
            await world.do(create_label, who, some, f"label {self.dice.random()}")


async def write_plain(resources: Resources, list_id: ListId, times: int, seconds: float) -> None:
    """Has written events that change nothing else, spread over about `seconds`."""
    for _ in range(times):
        await write_event(resources, list_id)
        await asyncio.sleep(seconds / times)  # the pace of the writes, not a wait
