"""Fetch and compare the state of livelist_client, whose reducer is the reference of the tests."""

from typing import Any, cast

from livelist_client import State
from livelist_client.shapes import AccountSnapshot as AccountSnapshotJson
from livelist_client.shapes import AttachmentShape, CommentShape
from livelist_client.shapes import ListSnapshot as ListSnapshotJson
from shared.actor import Actor
from shared.attachments.queries import read_attachments
from shared.comments.queries import read_comments
from shared.contract.shapes import AccountSnapshot, ListSnapshot, MyListShape
from shared.ids import ListId, SessionId, TodoId, UserId
from shared.lists.queries import ListState, read_page_of_my_lists
from shared.snapshots import account
from shared.snapshots.lists import TODOS_PER_PAGE, list_snapshot
from shared.unit_of_work import ReadTransaction


async def fetch(read: ReadTransaction, actor: Actor) -> State:
    """Return the state of a client that starts now."""
    snapshot = await account_snapshot(read, actor)
    client = State.from_snapshot(as_json(snapshot))
    for list_id in list(client.lists):
        await fetch_list(read, actor, client, list_id)
    return client


def as_json(snapshot: AccountSnapshot) -> AccountSnapshotJson:
    return cast("AccountSnapshotJson", snapshot.model_dump(mode="json"))


async def account_snapshot(read: ReadTransaction, actor: Actor) -> AccountSnapshot:
    return AccountSnapshot.model_validate_json(await account.account_snapshot(read, actor))


async def read_lists_of_user(read: ReadTransaction, user_id: UserId) -> tuple[MyListShape, ...]:
    """Return the user's lists that are neither archived nor in the trash, the Inbox first."""
    page = await read_page_of_my_lists(
        read, Actor(user_id, "", SessionId("")), ListState.ACTIVE, None, 500
    )
    return tuple(page.items)


async def read_list(
    read: ReadTransaction,
    actor: Actor,
    list_id: ListId,
    cursor: str | None = None,
    *,
    limit: int = TODOS_PER_PAGE,
) -> ListSnapshot:
    """Return a page of the list's snapshot, of any size, as clients read it."""
    page = await list_snapshot(read, actor, list_id, cursor, limit=limit, max_bytes=10**9)
    assert page is not None
    return ListSnapshot.model_validate_json(page)


async def fetch_list(read: ReadTransaction, actor: Actor, client: State, list_id: str) -> None:
    snapshot = await read_list(read, actor, ListId(list_id))
    comments: dict[str, list[CommentShape]] = {}
    attachments: dict[str, list[AttachmentShape]] = {}
    for todo in snapshot.todos:
        page = await read_comments(read, actor, TodoId(todo.id), None, 100)
        items = [comment.model_dump(mode="json") for comment in page.comments]
        comments[todo.id] = cast("list[CommentShape]", items)
        files = await read_attachments(read, actor, TodoId(todo.id))
        items = [attachment.model_dump(mode="json") for attachment in files]
        attachments[todo.id] = cast("list[AttachmentShape]", items)
    client.set_list(
        cast("ListSnapshotJson", snapshot.model_dump(mode="json")), comments, attachments
    )


def todos_with_comments(client: State) -> set[tuple[str, str]]:
    """Return the (list, todo) ids of the todos whose comments the client has loaded.

    A todo that moved into a list is not among them until its list is fetched again.
    """
    return {
        (list_id, todo_id)
        for list_id, content in client.contents.items()
        for todo_id in content.comments
        if todo_id in content.todos
    }


def comparable(client: State, todos: set[tuple[str, str]]) -> dict[str, Any]:
    """Return the state as JSON, with the comments of these todos only."""
    return {
        "account": client.account,
        "lists": client.lists,
        "folders": client.folders,
        "personal_labels": client.personal_labels,
        "labelled_todos": client.labelled_todos,
        "invitations": client.invitations,
        "reminders": client.reminders,
        "notifications": client.notifications,
        "unread_count": client.unread_count,
        "preferences": client.preferences,
        "contents": {
            list_id: (content.members, content.labels, content.todos)
            for list_id, content in client.contents.items()
        },
        "comments": {
            todo_id: client.contents[list_id].comments.get(todo_id, {})
            for list_id, todo_id in todos
            if list_id in client.contents
        },
        "attachments": {
            todo_id: client.contents[list_id].attachments.get(todo_id, {})
            for list_id, todo_id in todos
            if list_id in client.contents
        },
    }
