"""Lists, their labels and members, and snapshots."""

from collections.abc import AsyncIterator
from typing import Unpack

from livelist_client.rest.requests import Requests
from livelist_client.shapes import (
    AccountShape,
    AccountSnapshot,
    ItemsLabelShape,
    ItemsMemberShape,
    LabelEditBody,
    LabelShape,
    ListEditBody,
    ListSnapshot,
    ListSnapshots,
    MemberShape,
    MyListShape,
    NewLabelBody,
    NewListBody,
    PageMyListShape,
)

# The most that the server returns in a page.
PAGE = 100


class Lists:
    """`client.lists`"""

    def __init__(self, requests: Requests) -> None:
        self._requests = requests

    async def all(self, state: str = "active") -> list[MyListShape]:
        """Return all lists of the user that are `active`, `archived` or in the `trash`, the Inbox first."""
        found: list[MyListShape] = []
        cursor: str | None = None
        while True:
            page: PageMyListShape = await self._requests.get(
                "lists", {"state": state, "limit": PAGE, "cursor": cursor}
            )
            found += page["items"]
            cursor = page["next_cursor"]
            if cursor is None:
                return found

    async def get(self, list_id: str) -> MyListShape:
        found: MyListShape = await self._requests.get(f"lists/{list_id}")
        return found

    async def create(self, **fields: Unpack[NewListBody]) -> MyListShape:
        created: MyListShape = (await self._requests.write("POST", "lists", fields)).body
        return created

    async def edit(self, list_id: str, **changes: Unpack[ListEditBody]) -> MyListShape:
        edited = await self._requests.write("PATCH", f"lists/{list_id}", changes)
        body: MyListShape = edited.body
        return body

    async def delete(self, list_id: str) -> None:
        """Move the list to the trash."""
        await self._requests.write("DELETE", f"lists/{list_id}")

    async def restore(self, list_id: str) -> MyListShape:
        restored: MyListShape = (
            await self._requests.write("POST", f"lists/{list_id}/restore")
        ).body
        return restored

    async def members(self, list_id: str) -> list[MemberShape]:
        found: ItemsMemberShape = await self._requests.get(f"lists/{list_id}/members")
        return found["items"]

    async def snapshot(self, list_id: str) -> ListSnapshot:
        """Return the whole list at the position of its first page, all pages joined."""
        first: ListSnapshot = await self._requests.get(f"lists/{list_id}/snapshot")
        return await self._with_all_pages(first)

    async def snapshots(self) -> AsyncIterator[ListSnapshot]:
        """Yield the snapshot of every active list of the user."""
        cursor: str | None = None
        while True:
            page: ListSnapshots = await self._requests.get(
                "users/me/list-snapshots", {"cursor": cursor}
            )
            for first in page["items"]:
                yield await self._with_all_pages(first)
            cursor = page["next_cursor"]
            if cursor is None:
                return

    async def _with_all_pages(self, first: ListSnapshot) -> ListSnapshot:
        # Pages are read at different moments: of two versions of a todo the higher one counts.
        todos = {todo["id"]: todo for todo in first["todos"]}
        cursor = first["next_cursor"]
        while cursor is not None:
            page: ListSnapshot = await self._requests.get(
                f"lists/{first['list']['id']}/snapshot", {"cursor": cursor}
            )
            for todo in page["todos"]:
                known = todos.get(todo["id"])
                if known is None or known["version"] <= todo["version"]:
                    todos[todo["id"]] = todo
            cursor = page["next_cursor"]
        return {**first, "todos": [*todos.values()], "next_cursor": None}


class Labels:
    """`client.labels`"""

    def __init__(self, requests: Requests) -> None:
        self._requests = requests

    async def all(self, list_id: str) -> list[LabelShape]:
        found: ItemsLabelShape = await self._requests.get(f"lists/{list_id}/labels")
        return found["items"]

    async def create(self, list_id: str, **fields: Unpack[NewLabelBody]) -> LabelShape:
        created = await self._requests.write("POST", f"lists/{list_id}/labels", fields)
        body: LabelShape = created.body
        return body

    async def edit(
        self, list_id: str, label_id: str, **changes: Unpack[LabelEditBody]
    ) -> LabelShape:
        path = f"lists/{list_id}/labels/{label_id}"
        edited: LabelShape = (await self._requests.write("PATCH", path, changes)).body
        return edited

    async def delete(self, list_id: str, label_id: str) -> None:
        await self._requests.write("DELETE", f"lists/{list_id}/labels/{label_id}")


class Account:
    """`client.account`"""

    def __init__(self, requests: Requests) -> None:
        self._requests = requests

    async def get(self) -> AccountShape:
        found: AccountShape = await self._requests.get("users/me")
        return found

    async def snapshot(self) -> AccountSnapshot:
        """Return the user's own data: account, lists, invitations, reminders, notifications."""
        found: AccountSnapshot = await self._requests.get("users/me/snapshot")
        return found
