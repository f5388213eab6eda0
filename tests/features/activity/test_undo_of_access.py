"""Undo of reactions, and of changes of who uses the list."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from sqlalchemy import update

from shared.activity.queries import read_activity
from shared.activity.undo import undo_changes
from shared.actor import Actor, Grant
from shared.contract.api_tokens import TokenScope
from shared.contract.shapes import Role
from shared.errors import Forbidden
from shared.ids import user_stream
from shared.tables.accounts import UserRow
from tests.support.features.list_builder import COMMENTER, EDITOR, OWNER, VIEWER, ListBuilder
from tests.support.world_builder import World

THUMB = "\U0001f44d"


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


@pytest.fixture
async def house(builder: ListBuilder, world: World) -> House:
    return await House(builder, world).build()


async def commented(house: House) -> str:
    todo = await house.builder.add_todo(house.ana, house.list_id, "Milk")
    path = f"/todos/{todo['id']}/comments"
    answer = await house.builder.request(house.ana, "POST", path, {"body": "Oats?"})
    return f"{path}/{answer.json()['id']}"


async def reactions(house: House, comment: str) -> list[tuple[str, Sequence[str]]]:
    items = (await house.builder.request(house.ole, "GET", comment.rsplit("/", 1)[0])).json()
    return [(each["emoji"], each["user_ids"]) for each in items["items"][0]["reactions"]]


async def test_a_reaction_is_shown_and_undone_alone_of_who_reacted(house: House) -> None:
    comment = await commented(house)
    for actor in (house.ana, house.ben):
        path = f"{comment}/reactions/{quote(THUMB)}"
        await house.builder.request(actor, "PUT", path)

    entry = await house.newest(house.ben, "comment.reacted")
    undone = await house.undo(house.ben, entry["seq"])

    assert entry["changes"] == [{"field": "reaction", "before": None, "after": THUMB}]
    assert (entry["title"], entry["is_undoable"]) == ("Milk", True)
    assert undone.status_code == 200, undone.text
    assert await reactions(house, comment) == [(THUMB, [house.ana.user_id])]
    # To undo the undo reacts again.
    assert (await house.undo_newest(house.ben, "comment.reacted")).status_code == 200
    assert await reactions(house, comment) == [(THUMB, [house.ana.user_id, house.ben.user_id])]


async def test_a_reaction_taken_back_comes_again_unless_its_comment_is_gone(house: House) -> None:
    comment = await commented(house)
    path = f"{comment}/reactions/{quote(THUMB)}"
    await house.builder.request(house.ben, "PUT", path)
    await house.builder.request(house.ben, "DELETE", path)
    entry = await house.newest(house.ben, "comment.reacted")

    assert (await house.undo(house.ben, entry["seq"])).status_code == 200
    assert await reactions(house, comment) == [(THUMB, [house.ben.user_id])]

    await house.builder.request(house.ana, "DELETE", comment)
    assert (await house.refusal(house.ben, "comment.reacted"))[0] == "purged"


async def test_a_viewer_of_today_undoes_no_reaction_of_before(house: House) -> None:
    path = f"{await commented(house)}/reactions/{quote(THUMB)}"
    await house.builder.request(house.ben, "PUT", path)
    await house.set_role(house.ana, house.ben, VIEWER)

    reason, sentence = await house.refusal(house.ben, "comment.reacted")

    assert (reason, sentence) == ("role", "Your role in this list does not allow it any more.")


async def test_an_owner_gives_a_member_the_former_role_back(house: House) -> None:
    await house.set_role(house.ana, house.ben, COMMENTER)
    entry = await house.newest(house.ana, "member.edited")

    undone = await house.undo(house.ana, entry["seq"])

    assert entry["changes"] == [{"field": "role", "before": "editor", "after": "commenter"}]
    assert (entry["subject"]["name"], entry["is_undoable"]) == ("Ben", True)
    assert undone.status_code == 200, undone.text
    assert (await house.roles())["Ben"] == "editor"


async def test_only_the_owner_who_changed_a_role_and_still_is_one_takes_it_back(
    house: House,
) -> None:
    await house.set_role(house.ana, house.ben, COMMENTER)

    others = await house.refusal(house.ole, "member.edited")
    stranger = await house.undo(await house.world.user("Eve"), 1)
    await house.set_role(house.ole, house.ana, EDITOR)
    entry = (await house.entries(house.ana))[1]
    demoted = await house.undo(house.ana, entry["seq"])

    assert others == ("not_own", "Only your own changes can be undone.")
    assert stranger.status_code == 404
    assert (entry["refusal"], demoted.status_code) == ("role", 403)
    assert (await house.roles())["Ben"] == "commenter"


async def test_a_role_that_another_owner_changed_since_stays(house: House) -> None:
    await house.set_role(house.ana, house.ben, COMMENTER)
    seq = (await house.newest(house.ana, "member.edited"))["seq"]
    await house.set_role(house.ole, house.ben, VIEWER)

    refused = await house.undo(house.ana, seq)

    assert refused.json()["detail"] == "The role was changed again since, by Ole."
    assert (await house.roles())["Ben"] == "viewer"


async def test_a_removed_member_comes_back_with_role_and_assignments(house: House) -> None:
    shared, own = [
        await house.builder.add_todo(house.ana, house.list_id, title, assignees=people)
        for title, people in (
            ("Milk", [house.ana.user_id, house.ben.user_id]),
            ("Bread", [house.ben.user_id]),
        )
    ]
    await house.builder.request(house.ana, "DELETE", f"/todos/{own['id']}")
    await house.remove(house.ana, house.ben)
    entry = await house.newest(house.ana, "member.removed")
    assert (entry["is_undoable"], entry["reason"]) == (True, "removed")

    undone = await house.undo(house.ana, entry["seq"])

    assert undone.status_code == 200, undone.text
    assert (await house.roles())["Ben"] == "editor"
    for todo in (shared, own):
        await house.builder.request(house.ana, "POST", f"/todos/{todo['id']}/restore")
        now = (await house.builder.request(house.ben, "GET", f"/todos/{todo['id']}")).json()
        assert sorted(now["assignees"]) == sorted(todo["assignees"])
    events = [
        event["event"] for event in await house.builder.events(user_stream(house.ben.user_id))
    ]
    assert events[-1] == "list.added"
    added = await house.newest(house.ana, "member.added")
    assert (added["actor"]["name"], added["subject"]["name"]) == ("Ana", "Ben")

    # The undo of it removes the member again.
    assert (await house.undo(house.ana, added["seq"])).status_code == 200
    assert "Ben" not in await house.roles()


async def test_who_left_after_a_return_is_not_taken_back_in(house: House) -> None:
    await house.remove(house.ana, house.ben)
    await house.join(house.ben, EDITOR, inviter=house.ole)
    await house.remove(house.ben, house.ben)
    [_, _, removal] = (await house.entries(house.ana))[:3]

    refused = await house.undo(house.ana, removal["seq"])

    assert removal["event"] == "member.removed"
    assert (removal["refusal"], refused.status_code) == ("changed_since", 409)
    assert "Ben" not in await house.roles()


async def test_who_declined_to_come_back_is_not_taken_back_in(house: House) -> None:
    await house.remove(house.ana, house.ben)
    body = {"email": await house.world.email_of(house.ben), "role": EDITOR}
    invitation = (await house.send(house.ole, "POST", "/invitations", body)).json()
    declined = {"invitation_id": invitation["id"]}
    answer = await house.builder.request(house.ben, "POST", "/invitations/decline", declined)
    assert answer.status_code == 204

    assert await house.refusal(house.ana, "member.removed") == (
        "declined",
        "This person declined to come back. Invite them again.",
    )


async def test_a_disabled_account_is_not_taken_back_in(house: House) -> None:
    await house.remove(house.ana, house.ben)
    async with house.builder.resources.begin() as work:
        await work.connection.execute(
            update(UserRow).where(UserRow.id == house.ben.user_id).values(status="disabled")
        )

    assert (await house.refusal(house.ana, "member.removed"))[0] == "no_account"


async def test_a_returned_member_needs_no_open_invitation(house: House) -> None:
    await house.remove(house.ana, house.ben)
    body = {"email": await house.world.email_of(house.ben), "role": VIEWER}
    await house.send(house.ole, "POST", "/invitations", body)

    assert (await house.undo_newest(house.ana, "member.removed")).status_code == 200

    assert (await house.roles())["Ben"] == "editor"
    assert (await house.send(house.ole, "GET", "/invitations")).json()["items"] == []


async def test_a_removed_guest_opens_the_link_again(house: House) -> None:
    link = (
        await house.send(house.ana, "POST", "/links", {"name": "Fair", "role": "viewer"})
    ).json()
    joined = await house.builder.client.post(
        "/api/v1/share-links/join", json={"token": link["token"], "name": "Gil"}
    )
    await house.send(house.ana, "DELETE", f"/members/{joined.json()['user']['id']}")

    reason, sentence = await house.refusal(house.ana, "member.removed")

    assert (reason, sentence.startswith("The visit of a guest has ended.")) == ("guest", True)


async def test_who_joined_undoes_it_by_leaving(house: House) -> None:
    cem = await house.world.user("Cem")
    await house.join(cem, EDITOR, inviter=house.ana)
    entry = await house.newest(cem, "member.added")
    assert (await house.newest(house.ana, "member.added"))["refusal"] == "not_own"

    assert (await house.undo(cem, entry["seq"])).status_code == 200

    assert "Cem" not in await house.roles()
    removed = await house.newest(house.ana, "member.removed")
    assert (removed["reason"], removed["undoes"]) == ("left", entry["seq"])


async def test_no_api_token_undoes_a_change_of_access(house: House, world: World) -> None:
    await house.set_role(house.ana, house.ben, COMMENTER)
    program = replace(house.ana, grant=Grant(TokenScope.WRITE))
    async with house.builder.resources.begin_read() as read:
        page = await read_activity(read, program, house.list_id)
    newest = page.items[0]

    with pytest.raises(Forbidden):
        await world.run(undo_changes, program, house.list_id, [newest.seq])

    assert newest.refusal == "role"
    assert (await house.roles())["Ben"] == "commenter"
