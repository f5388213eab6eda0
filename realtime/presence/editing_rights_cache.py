"""Ask the gate who may edit which todo, and cache the answer for 10 s."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from shared.access.policy import Action
from shared.actor import Actor, Grant
from shared.clock import monotonic
from shared.errors import Forbidden, NotFound
from shared.ids import ListId, StreamId, TodoId, UserId, list_stream
from shared.resources import Resources
from shared.todos.commands.loading import load_todo_for_read

# A role that changes is forgotten at its event. This bounds what else decides: a todo that moved.
CACHED_SECONDS = 10
# About 1 MB. When it is full it is cleared.
MAX_CACHED = 4096

# The list of the todo, or why the user may not edit it.
Answer = StreamId | NotFound | Forbidden


@dataclass(frozen=True, slots=True)
class Question:
    """May the user do this to the todo?"""

    user_id: UserId
    todo_id: TodoId
    action: Action
    grant: Grant | None


class EditingRightsCache:
    def __init__(self, resources: Resources, slots: asyncio.Semaphore) -> None:
        self._resources = resources
        self._slots = slots
        self._cached: dict[Question, tuple[Answer, float]] = {}

    def cached(self, question: Question) -> Answer | None:
        """Return the cached answer, or None if it must be read."""
        answer, until = self._cached.get(question, (None, 0.0))
        return answer if until > monotonic() else None

    def forget(self, user_id: UserId) -> None:
        """Drop the answers about a user, whose role may have changed."""
        for question in [it for it in self._cached if it.user_id == user_id]:
            del self._cached[question]

    async def read(self, questions: Mapping[Question, Actor]) -> Mapping[Question, Answer]:
        """Read the answers for these users in one transaction, cache and return them."""
        answers: dict[Question, Answer] = {}
        async with self._slots, self._resources.begin_read() as read:
            for question, actor in questions.items():
                try:
                    todo = await load_todo_for_read(read, actor, question.todo_id, question.action)
                    answers[question] = list_stream(ListId(todo.list_id))
                except (NotFound, Forbidden) as refusal:
                    answers[question] = refusal
        self._cache(answers)
        return answers

    def _cache(self, answers: Mapping[Question, Answer]) -> None:
        until = monotonic() + CACHED_SECONDS
        if len(self._cached) + len(answers) > MAX_CACHED:
            self._cached.clear()
        for question, answer in answers.items():
            self._cached[question] = (answer, until)
