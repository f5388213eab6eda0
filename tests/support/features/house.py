"""A list of two owners and an editor, whose requests change who uses it, and undo that."""

from typing import Any

import httpx

from shared.actor import Actor
from shared.contract.shapes import Role
from tests.support.features.list_builder import EDITOR, OWNER, ListBuilder
from tests.support.world_builder import World


class House:
    """A list of Ana and Ole, its owners, and of Ben, who edits it."""

    def __init__(self, builder: ListBuilder, world: World) -> None:
        self.builder, self.world = builder, world

    async def build(self) -> "House":
        self.ana, self.ole, self.ben = [
            await self.world.user(name) for name in ("Ana", "Ole", "Ben")
        ]
        roles = {self.ana: OWNER, self.ole: OWNER, self.ben: EDITOR}
        self.list_id = await self.builder.make_list(roles)
        return self

    async def send(self, actor: Actor, method: str, path: str, body: Any = None) -> httpx.Response:
        answer = await self.builder.request(actor, method, f"/lists/{self.list_id}{path}", body)
        assert answer.status_code < 300, answer.text
        return answer

    async def set_role(self, actor: Actor, member: Actor, role: Role) -> None:
        await self.send(actor, "PATCH", f"/members/{member.user_id}", {"role": role})

    async def remove(self, actor: Actor, member: Actor) -> None:
        await self.send(actor, "DELETE", f"/members/{member.user_id}")

    async def entries(self, actor: Actor) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = (await self.send(actor, "GET", "/activity")).json()["items"]
        return items

    async def newest(self, actor: Actor, event: str) -> dict[str, Any]:
        return next(entry for entry in await self.entries(actor) if entry["event"] == event)

    async def undo(self, actor: Actor, *seqs: int) -> httpx.Response:
        path = f"/lists/{self.list_id}/activity/undo"
        return await self.builder.request(actor, "POST", path, {"seqs": seqs})

    async def undo_newest(self, actor: Actor, event: str) -> httpx.Response:
        return await self.undo(actor, (await self.newest(actor, event))["seq"])

    async def refusal(self, actor: Actor, event: str) -> tuple[str, str]:
        """Return why the newest entry of this event is not undoable, and the sentence of trying."""
        entry = await self.newest(actor, event)
        answer = await self.undo(actor, entry["seq"])
        assert answer.status_code in (403, 409), answer.text
        return entry["refusal"], answer.json()["detail"]

    async def roles(self) -> dict[str, str]:
        members = (await self.send(self.ole, "GET", "/members")).json()["items"]
        return {member["user"]["name"]: member["role"] for member in members}

    async def join(self, actor: Actor, role: Role, *, inviter: Actor) -> None:
        body = {"email": await self.world.email_of(actor), "role": role}
        invitation = (await self.send(inviter, "POST", "/invitations", body)).json()
        accepted = {"invitation_id": invitation["id"]}
        answer = await self.builder.request(actor, "POST", "/invitations/accept", accepted)
        assert answer.status_code == 200, answer.text
