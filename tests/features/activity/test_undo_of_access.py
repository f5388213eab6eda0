"""Undo of reactions, and of changes of who uses the list."""

from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import quote

import pytest
from sqlalchemy import update

from shared.activity.queries import read_activity
from shared.activity.undo import undo_changes
from shared.actor import Grant
from shared.contract.api_tokens import TokenScope
from shared.errors import Forbidden
from shared.ids import user_stream
from shared.tables.accounts import UserRow
from tests.support.features.house import House
from tests.support.features.list_builder import COMMENTER, EDITOR, VIEWER
from tests.support.world_builder import World

THUMB = "\U0001f44d"


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
    assert events[-3:] == ["list.added", "notification.removed", "notification.added"]
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
        "invite_again",
        "This person cannot be taken back in without being asked. Invite them again.",
    )


async def test_a_disabled_account_is_not_taken_back_in(house: House) -> None:
    await house.remove(house.ana, house.ben)
    async with house.builder.resources.begin() as work:
        await work.connection.execute(
            update(UserRow).where(UserRow.id == house.ben.user_id).values(status="disabled")
        )

    assert (await house.refusal(house.ana, "member.removed"))[0] == "invite_again"


async def test_who_is_invited_already_is_asked_and_not_taken_back_in(house: House) -> None:
    await house.remove(house.ana, house.ben)
    body = {"email": await house.world.email_of(house.ben), "role": VIEWER}
    await house.send(house.ole, "POST", "/invitations", body)

    assert await house.refusal(house.ana, "member.removed") == (
        "invited",
        "This person is invited already.",
    )
    assert len((await house.send(house.ole, "GET", "/invitations")).json()["items"]) == 1


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

    with pytest.raises(Forbidden) as refused:
        await world.run(undo_changes, program, house.list_id, [newest.seq])

    assert (newest.refusal, refused.value.reason) == ("role", "session_required")
    assert (await house.roles())["Ben"] == "commenter"
