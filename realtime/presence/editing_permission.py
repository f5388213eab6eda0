"""Who may say that they edit a todo: asked of the database once, remembered for a moment.

A signal is lost rather than late: a socket says two a second at most, and while one of its
questions waits for the database, a newer one takes its place.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass

from realtime.connection import Connection
from realtime.limits import Limits
from realtime.streams.backfill import DATABASE_ERRORS
from shared import metrics
from shared.access.policy import Action
from shared.clock import monotonic
from shared.contract.frames import SayEditing
from shared.errors import Forbidden, NotFound
from shared.ids import ListId, StreamId, TodoId, UserId, is_id, list_stream
from shared.resources import Resources
from shared.todos.commands.loading import load_todo_for_read

# A right that was taken away is used no longer than this, and only where somebody is present.
REMEMBERED_SECONDS = 10
# About 1 MB; a full memory is emptied.
MOST_REMEMBERED = 4096
# One read transaction's worth.
AT_ONCE = 50

log = logging.getLogger(__name__)

Answer = StreamId | NotFound | Forbidden


@dataclass(frozen=True, slots=True)
class _Question:
    user_id: UserId
    todo_id: TodoId
    action: Action


def _question(connection: Connection, frame: SayEditing) -> _Question:
    # Whoever may not edit may still comment.
    action = Action.WRITE_COMMENT if frame.field == "comment" else Action.EDIT_TODO
    return _Question(connection.user_id, TodoId(frame.todo), action)


class EditingRights:
    """`answered` is called with the list of the todo, or why there is none for this person."""

    def __init__(
        self,
        resources: Resources,
        limits: Limits,
        places: asyncio.Semaphore,
        answered: Callable[[Connection, SayEditing, Answer], None],
    ) -> None:
        self._resources = resources
        self._limits = limits
        self._places = places
        self._answered = answered
        self._next: dict[Connection, float] = {}
        self._remembered: dict[_Question, tuple[Answer, float]] = {}
        self._waiting: dict[Connection, SayEditing] = {}
        self._asked = asyncio.Event()

    def ask(self, connection: Connection, frame: SayEditing) -> None:
        """Answered now or soon; not at all if it is too much, or the database is away."""
        now = monotonic()
        if self._next.get(connection, 0) > now:
            metrics.editing_dropped.labels(why="too_many").inc()
            return
        self._next[connection] = now + self._limits.editing_seconds
        if not is_id(frame.todo):
            self._answered(connection, frame, NotFound())
            return
        found = self._remembered.get(_question(connection, frame))
        if found is not None and found[1] > now:
            self._answered(connection, frame, found[0])
        else:
            self._waiting[connection] = frame
            self._asked.set()

    def forget(self, connection: Connection) -> None:
        self._next.pop(connection, None)
        self._waiting.pop(connection, None)

    async def look_up_forever(self) -> None:
        """Questions are answered from the database, some at once; never ends."""
        while True:
            await self._asked.wait()
            self._asked.clear()
            while self._waiting:
                batch = [self._waiting.popitem() for _ in range(min(AT_ONCE, len(self._waiting)))]
                try:
                    await self._look_up(batch)
                except DATABASE_ERRORS as error:
                    log.warning("editing not told: %s", type(error).__name__)

    async def _look_up(self, batch: list[tuple[Connection, SayEditing]]) -> None:
        answers = []
        async with self._places, self._resources.begin_read() as read:
            for connection, frame in batch:
                question = _question(connection, frame)
                answer: Answer
                try:
                    assert connection.actor is not None
                    todo = await load_todo_for_read(
                        read, connection.actor, question.todo_id, question.action
                    )
                    answer = list_stream(ListId(todo.list_id))
                except (NotFound, Forbidden) as refused:
                    answer = refused
                answers.append((connection, frame, question, answer))
        until = monotonic() + REMEMBERED_SECONDS
        if len(self._remembered) + len(answers) > MOST_REMEMBERED:
            self._remembered.clear()
        for connection, frame, question, answer in answers:
            self._remembered[question] = (answer, until)
            if not connection.is_closed:
                self._answered(connection, frame, answer)
