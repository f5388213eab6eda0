"""Todos, their comments and the user's own reminders."""

from collections.abc import AsyncIterator
from typing import NotRequired, TypedDict, Unpack
from urllib.parse import quote

from livelist_client.rest.requests import Requests
from livelist_client.shapes import (
    CommentShape,
    CommentVersionShape,
    CommentVersionsShape,
    EditBody,
    EditedTodoShape,
    MoveBody,
    NewTodoBody,
    PageCommentShape,
    PageReminderShape,
    ReminderBody,
    ReminderShape,
    SnoozeBody,
    TodoPage,
    TodoShape,
    TodoStatus,
)

PAGE = 100


class TodoFilter(TypedDict):
    """What `GET /todos` filters and sorts by."""

    list_id: NotRequired[str]
    status: NotRequired[TodoStatus | list[TodoStatus]]
    priority: NotRequired[int]
    min_priority: NotRequired[int]
    assignee: NotRequired[str]
    label: NotRequired[str]
    parent_id: NotRequired[str]
    due_after: NotRequired[str]
    due_before: NotRequired[str]
    zone: NotRequired[str]
    search: NotRequired[str]
    trash: NotRequired[bool]
    sort: NotRequired[str]


class Todos:
    """`client.todos`"""

    def __init__(self, requests: Requests) -> None:
        self._requests = requests

    async def find(self, **wanted: Unpack[TodoFilter]) -> AsyncIterator[TodoShape]:
        """Yield the todos that match, page by page, so that a program may stop early."""
        cursor: str | None = None
        while True:
            query = {**wanted, "cursor": cursor, "limit": PAGE, "total": False}
            page: TodoPage = await self._requests.get("todos", query)
            for todo in page["items"]:
                yield todo
            cursor = page["next_cursor"]
            if cursor is None:
                return

    async def get(self, todo_id: str) -> TodoShape:
        found: TodoShape = await self._requests.get(f"todos/{todo_id}")
        return found

    async def add(self, **fields: Unpack[NewTodoBody]) -> TodoShape:
        """Add a todo, to the Inbox if `list_id` is missing."""
        added: TodoShape = (await self._requests.write("POST", "todos", fields)).body
        return added

    async def edit(self, todo_id: str, **changes: Unpack[EditBody]) -> EditedTodoShape:
        edited: EditedTodoShape = (
            await self._requests.write("PATCH", f"todos/{todo_id}", changes)
        ).body
        return edited

    async def move(self, todo_id: str, **target: Unpack[MoveBody]) -> TodoShape:
        return await self._post(todo_id, "move", target)

    async def complete(self, todo_id: str, occurrence: int | None = None) -> TodoShape:
        """Complete the todo; `occurrence` names the one of a repeating todo that the caller saw."""
        return await self._post(todo_id, "complete", {"occurrence": occurrence})

    async def reopen(self, todo_id: str, occurrence: int | None = None) -> TodoShape:
        return await self._post(todo_id, "reopen", {"occurrence": occurrence})

    async def delete(self, todo_id: str) -> None:
        """Move the todo and its subtasks to the trash."""
        await self._requests.write("DELETE", f"todos/{todo_id}")

    async def restore(self, todo_id: str) -> TodoShape:
        return await self._post(todo_id, "restore", None)

    async def _post(
        self, todo_id: str, verb: str, body: "MoveBody | dict[str, int | None] | None"
    ) -> TodoShape:
        answer = await self._requests.write("POST", f"todos/{todo_id}/{verb}", body)
        todo: TodoShape = answer.body
        return todo


class Comments:
    """`client.comments`"""

    def __init__(self, requests: Requests) -> None:
        self._requests = requests

    async def all(self, todo_id: str) -> list[CommentShape]:
        found: list[CommentShape] = []
        cursor: str | None = None
        while True:
            page: PageCommentShape = await self._requests.get(
                f"todos/{todo_id}/comments", {"limit": PAGE, "cursor": cursor}
            )
            found += page["items"]
            cursor = page["next_cursor"]
            if cursor is None:
                return found

    async def add(self, todo_id: str, body: str) -> CommentShape:
        path = f"todos/{todo_id}/comments"
        added: CommentShape = (await self._requests.write("POST", path, {"body": body})).body
        return added

    async def edit(self, todo_id: str, comment_id: str, body: str) -> CommentShape:
        path = f"todos/{todo_id}/comments/{comment_id}"
        edited: CommentShape = (await self._requests.write("PATCH", path, {"body": body})).body
        return edited

    async def delete(self, todo_id: str, comment_id: str) -> None:
        await self._requests.write("DELETE", f"todos/{todo_id}/comments/{comment_id}")

    async def versions(self, todo_id: str, comment_id: str) -> list[CommentVersionShape]:
        """Return the earlier texts of a comment, the oldest first."""
        found: CommentVersionsShape = await self._requests.get(
            f"todos/{todo_id}/comments/{comment_id}/versions"
        )
        return found["items"]

    async def react(self, todo_id: str, comment_id: str, emoji: str) -> CommentShape:
        """React with one emoji, unless it is done already."""
        path = _reaction_path(todo_id, comment_id, emoji)
        reacted: CommentShape = (await self._requests.write("PUT", path)).body
        return reacted

    async def take_back_reaction(self, todo_id: str, comment_id: str, emoji: str) -> None:
        await self._requests.write("DELETE", _reaction_path(todo_id, comment_id, emoji))


def _reaction_path(todo_id: str, comment_id: str, emoji: str) -> str:
    return f"todos/{todo_id}/comments/{comment_id}/reactions/{quote(emoji, safe='')}"


class Reminders:
    """`client.reminders`"""

    def __init__(self, requests: Requests) -> None:
        self._requests = requests

    async def all(self, todo_id: str) -> list[ReminderShape]:
        found: PageReminderShape = await self._requests.get(f"todos/{todo_id}/reminders")
        return found["items"]

    async def set(self, todo_id: str, **when: Unpack[ReminderBody]) -> ReminderShape:
        """Set a reminder `at` an instant, or `minutes_before` the due date."""
        path = f"todos/{todo_id}/reminders"
        reminder: ReminderShape = (await self._requests.write("POST", path, when)).body
        return reminder

    async def snooze(
        self, todo_id: str, reminder_id: str, **until: Unpack[SnoozeBody]
    ) -> ReminderShape:
        path = f"todos/{todo_id}/reminders/{reminder_id}/snooze"
        reminder: ReminderShape = (await self._requests.write("POST", path, until)).body
        return reminder

    async def remove(self, todo_id: str, reminder_id: str) -> None:
        await self._requests.write("DELETE", f"todos/{todo_id}/reminders/{reminder_id}")
