"""Who may answer an invitation, and that it is answered once."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from shared.actor import Actor
from shared.contract.shapes import InvitationShape, Role, SentInvitationShape
from shared.errors import Conflict, Forbidden, NotFound
from shared.ids import ListId, list_stream, new_id, user_stream
from shared.lists.commands import create_inbox, delete_list, restore_list
from shared.lists.queries import read_my_list
from shared.members.commands import remove_member
from shared.members.invitations import (
    accept_invitation_by_id,
    accept_invitation_by_token,
    decline_invitation,
    invite_member,
    withdraw_invitation,
)
from shared.members.queries import read_invitations, read_invitations_of_user
from shared.signed_links import Purpose, make
from shared.tables.accounts import AuditRow, UserRow
from shared.tables.jobs import JobRow
from tests.support.features.invitations import KEYS, age, id_of, invite, nonce_of, token_of
from tests.support.registration import Registrar
from tests.support.world_builder import World

OWNER, EDITOR, VIEWER = Role.OWNER, Role.EDITOR, Role.VIEWER
OTHER_KEYS = (b"s" * 32,)


async def test_an_invitation_is_mailed_and_recorded_for_the_invited_account(world: World) -> None:
    ana, ben = await world.user("Ana"), await world.user("Ben")
    list_id = await world.list(ana)

    invitation = await invite(world, ana, list_id, ben, EDITOR)

    sent = SentInvitationShape(**dict(invitation), mail_failure="")
    assert await world.query(read_invitations, ana, list_id) == (sent,)
    assert await world.query(read_invitations_of_user, ben.user_id) == (invitation,)
    (event,) = await world.events(user_stream(ben.user_id))
    assert event["event"] == "invitation.received"
    assert event["data"]["invitation"] == invitation.model_dump(mode="json")
    async with world.resources.begin_read() as read:
        job = (await read.connection.execute(select(JobRow.kind, JobRow.payload))).one()
    assert job == ("send_invitation", {"invitation_id": invitation.id})


async def test_the_token_of_the_mail_admits_an_account_with_any_address(world: World) -> None:
    ana, ben, cem = [await world.user(name) for name in ("Ana", "Ben", "Cem")]
    list_id = await world.list(ana)
    invitation = await invite(world, ana, list_id, ben, EDITOR)

    joined = await world.run(
        accept_invitation_by_token, cem, KEYS, await token_of(world, invitation)
    )

    assert joined.role is EDITOR
    assert joined == await world.query(read_my_list, cem.user_id, list_id)
    assert (await world.events(list_stream(list_id)))[-1]["event"] == "member.added"
    assert (await world.events(user_stream(cem.user_id)))[-1]["event"] == "list.added"
    closed = (await world.events(user_stream(ben.user_id)))[-1]
    assert closed["event"] == "invitation.closed"
    assert closed["data"] == {"invitation_id": invitation.id, "reason": "accepted"}
    async with world.resources.begin_read() as read:
        audited = await read.connection.execute(
            select(AuditRow.user_id, AuditRow.facts).where(AuditRow.action == "invitation.accepted")
        )
    user_id, facts = audited.one()
    assert (user_id, facts["by"]) == (cem.user_id, "token_at_other_address")


async def test_an_invitation_is_not_for_the_owner_of_a_similar_domain(
    world: World, registrar: Registrar
) -> None:
    ana = await world.user("Ana")
    list_id = await world.list(ana)
    other = (await registrar.register_and_verify("a@strasse.example")).actor

    invitation = await world.run(invite_member, ana, list_id, "a@straße.example", EDITOR)

    assert await world.query(read_invitations_of_user, other.user_id) == ()
    with pytest.raises(NotFound):
        await world.run(accept_invitation_by_id, other, id_of(invitation))


async def test_an_invitation_to_the_a_label_is_for_the_account_of_the_domain(
    world: World, registrar: Registrar
) -> None:
    ana = await world.user("Ana")
    list_id = await world.list(ana)
    invitee = (await registrar.register_and_verify("a@straße.example")).actor

    invitation = await world.run(invite_member, ana, list_id, "A@xn--strae-oqa.example", EDITOR)

    assert await world.query(read_invitations_of_user, invitee.user_id) == (invitation,)
    joined = await world.run(accept_invitation_by_id, invitee, id_of(invitation))
    assert joined.role is EDITOR


async def test_the_inviter_is_told_that_another_address_joined(world: World) -> None:
    ana, ben, cem = [await world.user(name) for name in ("Ana", "Ben", "Cem")]
    list_id = await world.list(ana)
    invitation = await invite(world, ana, list_id, ben, EDITOR)

    await world.run(accept_invitation_by_token, cem, KEYS, await token_of(world, invitation))

    async with world.resources.begin_read() as read:
        audited = await read.connection.execute(
            select(AuditRow.id, AuditRow.user_id).where(
                AuditRow.action == "invitation.accepted_elsewhere"
            )
        )
        jobs = await read.connection.execute(
            select(JobRow.payload).where(JobRow.kind == "send_security_notice")
        )
    audit_id, user_id = audited.one()
    assert user_id == ana.user_id
    assert jobs.scalar_one()["audit_id"] == audit_id


async def test_an_owner_is_admitted_at_the_invited_address_only(world: World) -> None:
    ana, ben, cem = [await world.user(name) for name in ("Ana", "Ben", "Cem")]
    list_id = await world.list(ana)
    token = await token_of(world, await invite(world, ana, list_id, ben, OWNER))

    with pytest.raises(Forbidden) as caught:
        await world.run(accept_invitation_by_token, cem, KEYS, token)
    joined = await world.run(accept_invitation_by_token, ben, KEYS, token)

    assert caught.value.reason == "invitation_not_for_you"
    assert joined.role is OWNER


async def test_a_token_works_once(world: World) -> None:
    ana, ben, cem = [await world.user(name) for name in ("Ana", "Ben", "Cem")]
    invitation = await invite(world, ana, await world.list(ana), ben)
    token = await token_of(world, invitation)
    await world.run(accept_invitation_by_token, ben, KEYS, token)

    for again in (ben, cem):
        with pytest.raises(NotFound):
            await world.run(accept_invitation_by_token, again, KEYS, token)


async def test_of_two_concurrent_acceptances_one_succeeds(world: World) -> None:
    ana, ben, cem = [await world.user(name) for name in ("Ana", "Ben", "Cem")]
    for _ in range(10):
        invitation = await invite(world, ana, await world.list(ana), ben)
        token = await token_of(world, invitation)

        outcomes = await asyncio.gather(
            *(world.run(accept_invitation_by_token, user, KEYS, token) for user in (ben, cem)),
            return_exceptions=True,
        )

        assert sum(isinstance(outcome, NotFound) for outcome in outcomes) == 1


async def test_a_token_of_another_key_nonce_or_row_is_refused(world: World) -> None:
    ana, ben = await world.user("Ana"), await world.user("Ben")
    invitation = await invite(world, ana, await world.list(ana), ben)
    other = await world.run(
        invite_member, ana, ListId(invitation.list_id), "dan@example.com", VIEWER
    )
    good = await token_of(world, invitation)
    signature = good.partition(".")[2]

    for token in (
        "", "nonsense", new_id(), good[:-1], f"{other.id}.{signature}", f"{new_id()}.{signature}",
        make(KEYS, Purpose.ACCEPT_INVITATION, invitation.id, "another nonce"),
        make(KEYS, Purpose.VERIFY_EMAIL, invitation.id, await nonce_of(world, invitation)),
    ):  # fmt: skip
        with pytest.raises(NotFound):
            await world.run(accept_invitation_by_token, ben, KEYS, token)
    with pytest.raises(NotFound):
        await world.run(accept_invitation_by_token, ben, OTHER_KEYS, good)


async def test_an_invitation_id_admits_only_the_invited_address(world: World) -> None:
    ana, ben, cem = [await world.user(name) for name in ("Ana", "Ben", "Cem")]
    invitation = await invite(world, ana, await world.list(ana), ben)

    for answer in (accept_invitation_by_id, decline_invitation):
        with pytest.raises(NotFound):
            await world.run(answer, cem, id_of(invitation))
    joined = await world.run(accept_invitation_by_id, ben, id_of(invitation))

    assert joined.id == invitation.list_id
    assert await world.query(read_invitations_of_user, ben.user_id) == ()


async def test_an_unverified_address_sees_and_answers_no_invitation(world: World) -> None:
    ana, ben = await world.user("Ana"), await world.user("Ben")
    async with world.resources.begin() as work:
        await work.connection.execute(
            update(UserRow).where(UserRow.id == ben.user_id).values(verified_at=None)
        )

    invitation = await invite(world, ana, await world.list(ana), ben)

    assert await world.query(read_invitations_of_user, ben.user_id) == ()
    assert await world.events(user_stream(ben.user_id)) == []
    with pytest.raises(NotFound):
        await world.run(accept_invitation_by_id, ben, id_of(invitation))


async def test_a_declined_invitation_cannot_be_accepted(world: World) -> None:
    ana, ben = await world.user("Ana"), await world.user("Ben")
    list_id = await world.list(ana)
    invitation = await invite(world, ana, list_id, ben)

    await world.run(decline_invitation, ben, id_of(invitation))

    await assert_nobody_can_answer(world, ben, invitation)
    assert await world.query(read_invitations, ana, list_id) == ()
    last = (await world.events(user_stream(ben.user_id)))[-1]
    assert last["data"] == {"invitation_id": invitation.id, "reason": "declined"}


async def test_a_withdrawn_invitation_cannot_be_accepted(world: World) -> None:
    ana, ben = await world.user("Ana"), await world.user("Ben")
    list_id = await world.list(ana)
    invitation = await invite(world, ana, list_id, ben)

    await world.run(withdraw_invitation, ana, list_id, id_of(invitation))

    await assert_nobody_can_answer(world, ben, invitation)
    with pytest.raises(NotFound):
        await world.run(withdraw_invitation, ana, list_id, id_of(invitation))
    last = (await world.events(user_stream(ben.user_id)))[-1]
    assert last["data"] == {"invitation_id": invitation.id, "reason": "withdrawn"}


async def test_an_expired_invitation_is_neither_accepted_nor_listed(world: World) -> None:
    ana, ben = await world.user("Ana"), await world.user("Ben")
    list_id = await world.list(ana)
    invitation = await invite(world, ana, list_id, ben)
    assert invitation.expires_at - invitation.created_at == timedelta(days=14)

    await age(world, invitation, by=timedelta(days=14))

    await assert_nobody_can_answer(world, ben, invitation)
    assert await world.query(read_invitations, ana, list_id) == ()
    assert await world.query(read_invitations_of_user, ben.user_id) == ()
    with pytest.raises(NotFound):
        await world.run(withdraw_invitation, ana, list_id, id_of(invitation))
    await invite(world, ana, list_id, ben)


async def test_an_invitation_belongs_to_its_list(world: World) -> None:
    ana, ben = await world.user("Ana"), await world.user("Ben")
    invitation = await invite(world, ana, await world.list(ana), ben)
    other_list = await world.list(ana)

    with pytest.raises(NotFound):
        await world.run(withdraw_invitation, ana, other_list, id_of(invitation))

    await world.run(accept_invitation_by_id, ben, id_of(invitation))


async def test_a_newer_invitation_to_an_address_replaces_the_older(world: World) -> None:
    ana, ben = await world.user("Ana"), await world.user("Ben")
    list_id = await world.list(ana)
    older = await invite(world, ana, list_id, ben, OWNER)
    email = (await world.email_of(ben)).upper()

    newer = await world.run(invite_member, ana, list_id, email, VIEWER)

    (shown,) = await world.query(read_invitations, ana, list_id)
    assert shown.id == newer.id
    await assert_nobody_can_answer(world, ben, older)
    assert (await world.run(accept_invitation_by_id, ben, id_of(newer))).role is VIEWER
    names = [event["event"] for event in await world.events(user_stream(ben.user_id))]
    assert names[:3] == ["invitation.received", "invitation.closed", "invitation.received"]


async def test_trashing_a_list_withdraws_its_invitations_for_good(world: World) -> None:
    ana, ben = await world.user("Ana"), await world.user("Ben")
    list_id = await world.list(ana)
    invitation = await invite(world, ana, list_id, ben)

    await world.run(delete_list, ana, list_id)
    await assert_nobody_can_answer(world, ben, invitation)
    await world.run(restore_list, ana, list_id)

    await assert_nobody_can_answer(world, ben, invitation)
    assert (await world.events(user_stream(ben.user_id)))[-1]["event"] == "invitation.closed"


async def test_members_are_not_invited_again(world: World) -> None:
    ana, ben = await world.user("Ana"), await world.user("Ben")
    list_id = await world.list(ana, (ben, VIEWER))

    for user in (ana, ben):
        with pytest.raises(Conflict) as refused:
            await invite(world, ana, list_id, user)
        assert refused.value.reason == "already_member"


async def test_a_member_who_follows_another_invitation_does_not_use_it(world: World) -> None:
    ana, ben = await world.user("Ana"), await world.user("Ben")
    list_id = await world.list(ana, (ben, VIEWER))
    invitation = await world.run(invite_member, ana, list_id, "bens.partner@example.com", EDITOR)

    with pytest.raises(Conflict) as refused:
        await world.run(accept_invitation_by_token, ben, KEYS, await token_of(world, invitation))

    assert refused.value.reason == "already_member"
    sent = SentInvitationShape(**dict(invitation), mail_failure="")
    assert await world.query(read_invitations, ana, list_id) == (sent,)


async def test_an_inbox_cannot_be_shared(world: World) -> None:
    ana, ben = await world.user("Ana"), await world.user("Ben")
    inbox = await world.run(create_inbox, ana.user_id)

    with pytest.raises(Conflict) as refused:
        await invite(world, ana, ListId(inbox.id), ben)

    assert refused.value.reason == "inbox"


@pytest.mark.parametrize("role", [role for role in Role if role is not OWNER])
async def test_only_owners_invite_read_and_withdraw(world: World, role: Role) -> None:
    ana, ben = await world.user("Ana"), await world.user("Ben")
    list_id = await world.list(ana, (ben, role))
    invitation = await world.run(invite_member, ana, list_id, "dan@example.com", VIEWER)

    with pytest.raises(Forbidden):
        await world.run(invite_member, ben, list_id, "eve@example.com", VIEWER)
    with pytest.raises(Forbidden):
        await world.query(read_invitations, ben, list_id)
    with pytest.raises(Forbidden):
        await world.run(withdraw_invitation, ben, list_id, id_of(invitation))


async def test_invitations_of_an_owner_who_left_are_withdrawn(world: World) -> None:
    ana, ben = await world.user("Ana"), await world.user("Ben")
    list_id = await world.list(ana, (ben, OWNER))
    invitation = await world.run(invite_member, ben, list_id, "ben.again@example.com", OWNER)
    token = await token_of(world, invitation)

    await world.run(remove_member, ana, list_id, ben.user_id)

    with pytest.raises(NotFound):
        await world.run(accept_invitation_by_token, ben, KEYS, token)


async def test_an_invitation_by_a_disabled_account_is_refused(world: World) -> None:
    ana, ben = await world.user("Ana"), await world.user("Ben")
    invitation = await invite(world, ana, await world.list(ana), ben)

    async with world.resources.begin() as work:
        await work.connection.execute(
            update(UserRow).where(UserRow.id == ana.user_id).values(status="disabled")
        )

    await assert_nobody_can_answer(world, ben, invitation)


async def assert_nobody_can_answer(world: World, ben: Actor, invitation: InvitationShape) -> None:
    for answer in (accept_invitation_by_id, decline_invitation):
        with pytest.raises(NotFound):
            await world.run(answer, ben, id_of(invitation))
    with pytest.raises(NotFound):
        await world.run(accept_invitation_by_token, ben, KEYS, await token_of(world, invitation))
