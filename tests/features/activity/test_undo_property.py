"""Random changes of one user, undone from the newest to the oldest, leave the lists as they were."""

import random
from collections.abc import Awaitable, Callable
from itertools import groupby
from typing import Any

import httpx
import pytest

from shared.actor import Actor
from shared.ids import ListId
from tests.support.features.list_builder import EDITOR, OWNER, ListBuilder
from tests.support.world_builder import World

CHANGES = 60
# What a user sees of a todo; versions, times and the numbers of occurrences go on.
SEEN = (
    "id", "title", "description", "status", "priority", "due", "metadata", "parent_id", "assignees",
    "labels", "comment_count",
)  # fmt: skip


class RandomChanges:
    """Changes of two lists that `actor` owns and `other` edits, and what the lists look like."""

    def __init__(
        self, builder: ListBuilder, actor: Actor, other: Actor, lists: list[ListId], seed: int
    ) -> None:
        self._builder = builder
        self._actor = actor
        self._lists = lists
        self._people = [actor.user_id, other.user_id]
        self._random = random.Random(seed)

    async def request(self, method: str, path: str, body: Any = None) -> httpx.Response:
        answer = await self._builder.request(self._actor, method, path, body)
        assert answer.status_code < 500, (method, path, body, answer.text)
        return answer

    async def change(self) -> None:
        kinds: list[Callable[[], Awaitable[Any]]] = [
            self._create, self._edit, self._edit, self._edit, self._complete, self._delete,
            self._restore, self._move, self._move, self._label, self._comment, self._bulk,
            self._rename, self._repeat,
        ]  # fmt: skip
        await self._random.choice(kinds)()

    async def seen(self) -> Any:
        """Return what a user sees of both lists, in order, without the trash."""
        found = []
        for list_id in self._lists:
            snapshot = (await self.request("GET", f"/lists/{list_id}/snapshot")).json()
            todos = sorted(snapshot["todos"], key=lambda todo: (todo["rank"], todo["id"]))
            comments = [
                [comment["body"] for comment in await self._comments(todo)] for todo in todos
            ]
            rules = [todo["repeat"] and todo["repeat"]["rule"] for todo in todos]
            labels = sorted(
                (label["id"], label["name"], label["colour"]) for label in snapshot["labels"]
            )
            kept = [{name: todo[name] for name in SEEN} for todo in todos]
            name = snapshot["list"]["name"], snapshot["list"]["colour"]
            found.append((name, labels, kept, rules, comments))
        return found

    async def entries(self, heads: dict[ListId, int]) -> list[tuple[ListId, dict[str, Any]]]:
        """Return the entries of both lists after these positions, newest first."""
        found: list[tuple[ListId, dict[str, Any]]] = []
        for list_id in self._lists:
            before: int | None = None
            while True:
                query = "" if before is None else f"&before={before}"
                path = f"/lists/{list_id}/activity?limit=100{query}"
                page = (await self.request("GET", path)).json()
                found += [(list_id, each) for each in page["items"] if each["seq"] > heads[list_id]]
                before = page["next_before"]
                if before is None or before <= heads[list_id]:
                    break
        return sorted(found, key=lambda each: (each[1]["at"], each[1]["seq"]), reverse=True)

    async def _todos(self, state: str = "") -> list[dict[str, Any]]:
        found = []
        for list_id in self._lists:
            path = f"/todos?list_id={list_id}&limit=100{state}"
            found += (await self.request("GET", path)).json()["items"]
        return found

    async def _any(self, state: str = "") -> dict[str, Any]:
        todos = await self._todos(state)
        return self._random.choice(todos) if todos else await self._create()

    async def _create(self) -> Any:
        list_id = self._random.choice(self._lists)
        body: dict[str, Any] = {"list_id": list_id, "title": self._word()}
        parents = [todo for todo in await self._todos() if todo["list_id"] == list_id]
        if parents and self._random.random() < 0.4:
            body["parent_id"] = self._random.choice(parents)["id"]
        answer = await self.request("POST", "/todos", body)
        if answer.status_code == 422:
            del body["parent_id"]
            answer = await self.request("POST", "/todos", body)
        return answer.json()

    async def _edit(self) -> None:
        todo = await self._any()
        labels = await self._labels(todo["list_id"])
        some = self._random.sample(labels, min(len(labels), 2))
        body = self._random.choice(
            [
                {"title": self._word(), "priority": self._random.randint(0, 5)},
                {"description": self._word() * 200},
                {"due": {"date": f"2026-12-{self._random.randint(1, 28):02}"}},
                {"status": self._random.choice(["pending", "in_progress", "cancelled"])},
                {"metadata": {"a": self._random.randint(0, 9)}},
                {"assignees": self._random.sample(self._people, self._random.randint(0, 2))},
                {"labels": [label["id"] for label in some]},
                {"parent_id": None},
            ]
        )
        await self.request("PATCH", f"/todos/{todo['id']}", body)

    async def _repeat(self) -> None:
        todo = await self._any()
        if todo["repeat"] is None:
            body = {"due": {"date": "2026-12-01"}, "repeat": {"rule": "FREQ=DAILY;COUNT=3"}}
            await self.request("PATCH", f"/todos/{todo['id']}", body)
            return
        occurrence = {"occurrence": todo["repeat"]["occurrence"]}
        verb = self._random.choice(["skip", "complete", "reopen"])
        if verb == "reopen":
            occurrence["occurrence"] -= 1
        await self.request("POST", f"/todos/{todo['id']}/{verb}", occurrence)

    async def _complete(self) -> None:
        todo = await self._any()
        verb = self._random.choice(["complete", "complete", "reopen"])
        await self.request("POST", f"/todos/{todo['id']}/{verb}", {})

    async def _delete(self) -> None:
        await self.request("DELETE", f"/todos/{(await self._any())['id']}")

    async def _restore(self) -> None:
        todo = await self._any("&trash=true")
        await self.request("POST", f"/todos/{todo['id']}/restore")

    async def _move(self) -> None:
        todo = await self._any()
        body: dict[str, Any] = {}
        others = [each for each in await self._todos() if each["id"] != todo["id"]]
        if self._random.random() < 0.4:
            body["list_id"] = self._random.choice(self._lists)
        elif near := [each for each in others if each["list_id"] == todo["list_id"]]:
            body["before_id"] = self._random.choice(near)["id"]
        await self.request("POST", f"/todos/{todo['id']}/move", body)

    async def _labels(self, list_id: str) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = (
            await self.request("GET", f"/lists/{list_id}/labels")
        ).json()["items"]
        return items

    async def _label(self) -> None:
        list_id = self._random.choice(self._lists)
        labels = await self._labels(list_id)
        path = f"/lists/{list_id}/labels"
        if not labels or self._random.random() < 0.5:
            await self.request("POST", path, {"name": self._word()})
        elif self._random.random() < 0.5:
            label = self._random.choice(labels)["id"]
            await self.request("PATCH", f"{path}/{label}", {"name": self._word()})
        else:
            await self.request("DELETE", f"{path}/{self._random.choice(labels)['id']}")

    async def _comments(self, todo: dict[str, Any]) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = (
            await self.request("GET", f"/todos/{todo['id']}/comments")
        ).json()["items"]
        return items

    async def _comment(self) -> None:
        todo = await self._any()
        comments = await self._comments(todo)
        path = f"/todos/{todo['id']}/comments"
        if not comments or self._random.random() < 0.5:
            await self.request("POST", path, {"body": self._word()})
        elif self._random.random() < 0.5:
            await self.request("PATCH", f"{path}/{comments[0]['id']}", {"body": self._word()})
        else:
            await self.request("DELETE", f"{path}/{comments[0]['id']}")

    async def _bulk(self) -> None:
        todos = await self._todos()
        ids = [todo["id"] for todo in self._random.sample(todos, min(len(todos), 3))]
        if not ids:
            return
        change = self._random.choice([{"status": "completed"}, {"priority": 3}, {"deleted": True}])
        await self.request("PATCH", "/todos/bulk", {"ids": ids, "changes": change})

    async def _rename(self) -> None:
        list_id = self._random.choice(self._lists)
        await self.request("PATCH", f"/lists/{list_id}", {"name": self._word()})

    def _word(self) -> str:
        return "".join(self._random.choices("abcdefghij", k=6))


@pytest.mark.parametrize("seed", range(3))
async def test_undoing_all_changes_from_the_newest_to_the_oldest_restores_the_lists(
    builder: ListBuilder, world: World, seed: int
) -> None:
    ana, ben = await world.user("Ana"), await world.user("Ben")
    lists = [await builder.make_list({ana: OWNER, ben: EDITOR}) for _ in range(2)]
    changes = RandomChanges(builder, ana, ben, lists, seed)
    for _ in range(CHANGES // 3):
        await changes.change()
    seen = await changes.seen()
    heads = {list_id: len(await builder.events(list_id)) for list_id in lists}
    for _ in range(CHANGES):
        await changes.change()

    found = await changes.entries(heads)
    # What one command changed is undone together.
    for (list_id, _), group in groupby(found, lambda each: (each[0], each[1]["at"])):
        entries = [entry for _, entry in group]
        body = {"seqs": [entry["seq"] for entry in entries]}
        answer = await changes.request("POST", f"/lists/{list_id}/activity/undo", body)
        assert answer.status_code == 200, f"{entries} {answer.text}"

    assert await changes.seen() == seen
