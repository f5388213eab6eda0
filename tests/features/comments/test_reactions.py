"""Reactions to comments: who reacts, with what, and what others see of it."""

from typing import Any
from urllib.parse import quote

from shared.ids import user_stream
from tests.support.features.list_builder import (
    COMMENTER,
    EDITOR,
    OWNER,
    VIEWER,
    ListBuilder,
    recorded_statements,
)
from tests.support.world_builder import World

THUMB, HEART = "\U0001f44d", "\u2764\ufe0f"
FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466"


class Thread:
    """A todo with a comment of Ana, who owns the list; Ben may edit, Cleo comment, Vic look."""

    def __init__(self, builder: ListBuilder, world: World) -> None:
        self.builder, self.world = builder, world
        self.users: dict[str, Any] = {}

    async def build(self) -> "Thread":
        roles = {"Ana": OWNER, "Ben": EDITOR, "Cleo": COMMENTER, "Vic": VIEWER}
        for name in roles:
            self.users[name] = await self.world.user(name)
        members = {self.users[name]: role for name, role in roles.items()}
        self.list_id = await self.builder.make_list(members)
        self.todo = await self.builder.add_todo(self.users["Ana"], self.list_id)
        self.path = f"/todos/{self.todo['id']}/comments"
        answer = await self.builder.request(self.users["Ana"], "POST", self.path, {"body": "Hello"})
        self.comment = answer.json()
        return self

    def id_of(self, name: str) -> str:
        return str(self.users[name].user_id)

    async def react(self, name: str, emoji: str, method: str = "PUT") -> Any:
        path = f"{self.path}/{self.comment['id']}/reactions/{quote(emoji, safe='')}"
        return await self.builder.request(self.users[name], method, path)

    async def reactions(self) -> list[tuple[str, list[str]]]:
        answer = await self.builder.request(self.users["Vic"], "GET", self.path)
        [comment] = answer.json()["items"]
        return [(each["emoji"], each["user_ids"]) for each in comment["reactions"]]


async def test_members_react_and_all_reactions_are_in_the_event_and_the_comment(
    builder: ListBuilder, world: World
) -> None:
    thread = await Thread(builder, world).build()
    ben, cleo = thread.id_of("Ben"), thread.id_of("Cleo")

    statuses = [
        (await thread.react(name, emoji)).status_code
        for name, emoji in (("Ben", THUMB), ("Ben", HEART), ("Cleo", THUMB), ("Cleo", FAMILY))
    ]
    again = await thread.react("Cleo", THUMB)

    assert statuses == [200] * 4
    expected = [(THUMB, [ben, cleo]), (HEART, [ben]), (FAMILY, [cleo])]
    assert await thread.reactions() == expected
    shapes = [{"emoji": emoji, "user_ids": users} for emoji, users in expected]
    assert again.json() == thread.comment | {"reactions": shapes}
    events = [e for e in await builder.events(thread.list_id) if e["event"] == "comment.reacted"]
    assert len(events) == 4  # none for what was there
    assert events[-1]["data"] == {
        "comment_id": thread.comment["id"],
        "todo_id": thread.todo["id"],
        "reactions": shapes,
    }
    own = await builder.events(user_stream(thread.users["Ana"].user_id))
    assert [event["event"] for event in own if "notification" in event["event"]] == []


async def test_a_reaction_is_taken_back_and_only_ones_own(
    builder: ListBuilder, world: World
) -> None:
    thread = await Thread(builder, world).build()
    for name in ("Ben", "Cleo"):
        await thread.react(name, THUMB)

    answers = [await thread.react("Ben", THUMB, "DELETE") for _ in range(2)]
    other = await thread.react("Ana", THUMB, "DELETE")

    assert [answer.status_code for answer in (*answers, other)] == [204] * 3
    assert await thread.reactions() == [(THUMB, [thread.id_of("Cleo")])]
    events = [event["event"] for event in await builder.events(thread.list_id)]
    assert events.count("comment.reacted") == 3


async def test_who_may_not_comment_may_not_react(builder: ListBuilder, world: World) -> None:
    thread = await Thread(builder, world).build()
    thread.users["Eve"] = await world.user("Eve")

    assert (await thread.react("Vic", THUMB)).status_code == 403
    assert (await thread.react("Eve", THUMB)).status_code == 404
    assert await thread.reactions() == []


async def test_a_reaction_is_one_emoji(builder: ListBuilder, world: World) -> None:
    thread = await Thread(builder, world).build()

    for text in ("+1", THUMB * 2, "a", THUMB + "!", "\U0001f44d" * 40):
        answer = await thread.react("Ben", text)
        assert answer.status_code == 422, text
    assert await thread.reactions() == []


async def test_reactions_cost_no_statement_when_comments_are_read(
    builder: ListBuilder, world: World
) -> None:
    thread = await Thread(builder, world).build()
    for name, emoji in (("Ben", THUMB), ("Cleo", HEART), ("Ana", HEART)):
        await thread.react(name, emoji)

    async with recorded_statements(builder.served) as statements:
        await thread.reactions()

    assert len(statements) == 1
