"""Handle the `editing` frames of this node's sockets, and the indicators of other nodes.

An indicator that would arrive late is dropped: it would show a field that the user has left. A
socket may send two indicators a second. While an indicator waits for the database, a newer one of
the same socket replaces it.
"""

import asyncio
import logging
from dataclasses import dataclass

from realtime.connection import Connection
from realtime.limits import Limits
from realtime.presence.editing_rights_cache import Answer, EditingRightsCache, Question
from realtime.presence.pending_changes import EditingIndicator, PendingChanges
from realtime.presence.room_registry import RoomRegistry
from realtime.read_limits import DATABASE_ERRORS
from shared import metrics
from shared.access.policy import Action
from shared.actor import Actor
from shared.clock import monotonic
from shared.contract.frames import Failed, SayEditing
from shared.errors import Forbidden, NotFound
from shared.ids import TodoId, is_id

# One read transaction's worth of questions.
QUESTIONS_AT_ONCE = 50

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Request:
    """A frame to be answered, and the UserShape of its sender, JSON already."""

    frame: SayEditing
    user: bytes


class EditingIndicators:
    def __init__(
        self,
        limits: Limits,
        rights: EditingRightsCache,
        registry: RoomRegistry,
        local_changes: PendingChanges,
        remote_changes: PendingChanges,
    ) -> None:
        self._limits = limits
        self._rights = rights
        self._registry = registry
        self._local_changes = local_changes
        self._remote_changes = remote_changes
        self._next_at: dict[Connection, float] = {}
        self._waiting: dict[Connection, _Request] = {}
        self._requested = asyncio.Event()

    def handle(self, connection: Connection, frame: SayEditing, user: bytes) -> None:
        """Pass the indicator on, now or soon, if the user may edit the todo.

        Drop it if the socket sends too many, or if the database is away.
        """
        now = monotonic()
        if self._next_at.get(connection, 0) > now:
            metrics.editing_dropped.labels(reason="too_many").inc()
            return
        self._next_at[connection] = now + self._limits.editing_interval_seconds
        request = _Request(frame, user)
        if not is_id(frame.todo):
            self._answer(connection, request, NotFound())
            return
        answer = self._rights.cached(_question(connection, frame))
        if answer is not None:
            self._answer(connection, request, answer)
        else:
            self._waiting[connection] = request
            self._requested.set()

    def receive(self, indicator: EditingIndicator) -> None:
        """Pass on an indicator from another node."""
        if indicator.stream in self._registry.rooms:
            self._local_changes.add_indicator(indicator)

    def detach(self, connection: Connection) -> None:
        self._next_at.pop(connection, None)
        self._waiting.pop(connection, None)

    async def read_rights_forever(self) -> None:
        """Answer the requests for which the database must be read, many in one transaction."""
        while True:
            await self._requested.wait()
            self._requested.clear()
            while self._waiting:
                try:
                    await self._read_some_rights()
                except DATABASE_ERRORS as error:
                    log.warning("editing indicators dropped: %s", type(error).__name__)

    async def _read_some_rights(self) -> None:
        count = min(QUESTIONS_AT_ONCE, len(self._waiting))
        batch = [self._waiting.popitem() for _ in range(count)]
        actors: dict[Question, Actor] = {}
        for connection, request in batch:
            assert connection.actor is not None
            actors[_question(connection, request.frame)] = connection.actor
        answers = await self._rights.read(actors)
        for connection, request in batch:
            if not connection.is_closed:
                answer = answers[_question(connection, request.frame)]
                self._answer(connection, request, answer)

    def _answer(self, connection: Connection, request: _Request, answer: Answer) -> None:
        frame = request.frame
        if isinstance(answer, Forbidden):
            connection.send(Failed(re=frame.id, code="forbidden", detail=answer.detail))
        elif isinstance(answer, NotFound) or not self._registry.is_present(connection, answer):
            # The same for a todo that does not exist, that the user may not read, or in whose list
            # the socket is not present.
            detail = NotFound().detail
            connection.send(Failed(re=frame.id, code="not_found", detail=detail))
        else:
            indicator = EditingIndicator(
                answer, frame.todo, frame.field, connection.user_id, request.user
            )
            self._local_changes.add_indicator(indicator)
            self._remote_changes.add_indicator(indicator)


def _question(connection: Connection, frame: SayEditing) -> Question:
    # A user who may not edit the todo may still comment on it.
    action = Action.WRITE_COMMENT if frame.field == "comment" else Action.EDIT_TODO
    assert connection.actor is not None
    return Question(connection.user_id, TodoId(frame.todo), action, connection.actor.grant)
