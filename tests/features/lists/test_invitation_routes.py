"""Invitations over REST: who may answer, and that answers reveal nothing."""

from typing import Any

import pytest

from shared.actor import Actor
from shared.ids import ListId, new_id
from shared.members.invitations import invite_member
from tests.support.features.answers import same_but_request_id
from tests.support.features.invitations import token_of
from tests.support.features.list_builder import EDITOR, ListBuilder
from tests.support.world_builder import World

UNKNOWN_ID = "0" * 26


@pytest.mark.parametrize(
    "body",
    [
        {"email": "nonsense", "role": "viewer"}, {"email": "a@b@c.example", "role": "viewer"},
        {"email": "x" * 250 + "@example.com", "role": "viewer"}, {"email": "a@example.com"},
        {"email": "a@example.com", "role": "god"}, {"email": "a@example.com\nBcc: b", "role": "owner"},
    ],
)  # fmt: skip
async def test_an_invitation_needs_an_address_and_a_role(
    builder: ListBuilder, world: World, body: dict[str, str]
) -> None:
    ana = await world.user()
    list_id = await world.list(ana)

    answer = await builder.request(ana, "POST", f"/lists/{list_id}/invitations", body)

    assert answer.status_code == 422
    assert body["email"] not in answer.text


@pytest.mark.parametrize(
    "body", [{}, {"token": "a", "invitation_id": UNKNOWN_ID}, {"token": None}, {"token": ""},
             {"token": "x" * 201}, {"invitation_id": "x"}]
)  # fmt: skip
async def test_an_acceptance_names_a_token_or_an_invitation(
    builder: ListBuilder, world: World, body: dict[str, Any]
) -> None:
    ana = await world.user()

    assert (await builder.request(ana, "POST", "/invitations/accept", body)).status_code == 422


async def test_an_invitation_does_not_reveal_whether_there_is_an_account(
    builder: ListBuilder, world: World
) -> None:
    ana, ben = await world.user("Ana"), await world.user("Ben")
    list_id = await world.list(ana)

    answers = [
        await builder.request(
            ana, "POST", f"/lists/{list_id}/invitations", {"email": email, "role": "viewer"}
        )
        for email in (await world.email_of(ben), "ben.unknown@example.com")
    ]

    known, unknown = answers
    assert known.status_code == unknown.status_code == 201
    assert known.headers.keys() == unknown.headers.keys()
    assert ben.user_id not in known.text + str(known.headers)
    assert "livelist-seq" not in known.headers


async def test_the_token_of_the_mail_admits_one_member_once(
    builder: ListBuilder, world: World
) -> None:
    ana, ben, cem = [await world.user(name) for name in ("Ana", "Ben", "Cem")]
    list_id = await world.list(ana)
    token = await invite_and_get_token(builder, world, ana, list_id, ben)

    joined = await builder.request(cem, "POST", "/invitations/accept", {"token": token})
    again = await builder.request(cem, "POST", "/invitations/accept", {"token": token})
    unknown = await builder.request(cem, "POST", "/invitations/accept", {"token": "nonsense"})

    assert (joined.status_code, joined.json()["role"]) == (200, "editor")
    assert joined.json() == (await builder.request(cem, "GET", f"/lists/{list_id}")).json()
    assert again.status_code == unknown.status_code == 404
    assert same_but_request_id(again) == same_but_request_id(unknown)


async def test_a_retried_acceptance_gets_the_first_answer(
    builder: ListBuilder, world: World
) -> None:
    ana, ben = await world.user("Ana"), await world.user("Ben")
    token = await invite_and_get_token(builder, world, ana, await world.list(ana), ben)

    answers = [
        await builder.request(
            ben, "POST", "/invitations/accept", {"token": token}, Idempotency_Key="k"
        )
        for _ in range(2)
    ]

    assert answers[0].status_code == 200
    assert answers[0].content == answers[1].content


async def test_only_the_invited_address_answers_an_invitation_by_id(
    builder: ListBuilder, world: World
) -> None:
    ana, ben, cem = [await world.user(name) for name in ("Ana", "Ben", "Cem")]
    for verb, done in (("accept", 200), ("decline", 204)):
        list_id = await world.list(ana)
        invitation = await world.run(invite_member, ana, list_id, await world.email_of(ben), EDITOR)
        body = {"invitation_id": invitation.id}

        stranger = await builder.request(cem, "POST", f"/invitations/{verb}", body)
        unknown = await builder.request(
            cem, "POST", f"/invitations/{verb}", {"invitation_id": new_id()}
        )
        meant = await builder.request(ben, "POST", f"/invitations/{verb}", body)

        assert stranger.status_code == 404
        assert same_but_request_id(stranger) == same_but_request_id(unknown)
        assert meant.status_code == done


async def invite_and_get_token(
    builder: ListBuilder, world: World, ana: Actor, list_id: ListId, invitee: Actor
) -> str:
    """Invite a user, and return the token in the mail to them."""
    invitation = await world.run(invite_member, ana, list_id, await world.email_of(invitee), EDITOR)
    return await token_of(world, invitation, builder.settings.secrets.signing_keys())
