"""Commands of admins and of the operator on accounts."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import select

from shared.accounts import queries
from shared.accounts.administration import (
    AccountEdit,
    activate_as_operator,
    edit_as_operator,
    edit_user,
    send_admin_message,
)
from shared.accounts.authentication import passwords
from shared.accounts.authentication.credentials import authenticate
from shared.accounts.authentication.sign_in import sign_in
from shared.accounts.queries import UserFilter
from shared.accounts.registration import Registration, insert_account
from shared.actor import Actor
from shared.contract.shapes import AccountShape, AccountStatus, SiteRole
from shared.errors import Conflict, Forbidden, NotFound, Unauthenticated
from shared.ids import UserId, new_id
from shared.resources import Resources
from shared.tables.accounts import AdminMessageRow, UserRow
from tests.support.registration import LAPTOP, PASSWORD, Registrar, tokens_of
from tests.support.world_builder import World

ANA = "ana@example.com"


async def _edit(
    resources: Resources, actor: Actor, user_id: UserId, **changes: Any
) -> AccountShape:
    async with resources.begin() as work:
        return await edit_user(work, actor, user_id, AccountEdit(**changes))


@pytest.mark.parametrize("role", [SiteRole.USER, SiteRole.MODERATOR])
async def test_only_admins_change_accounts(
    world: World, resources: Resources, role: SiteRole
) -> None:
    actor, ben = await world.user(site_role=role), await world.user("Ben")

    for user_id in (ben.user_id, UserId(new_id())):
        with pytest.raises(Forbidden):
            await _edit(resources, actor, user_id, name="Mine")
        with pytest.raises(Forbidden):
            async with resources.begin() as work:
                await send_admin_message(work, actor, user_id, "Hello", "You.")


@pytest.mark.parametrize(
    ("role", "may"), [(SiteRole.USER, False), (SiteRole.MODERATOR, True), (SiteRole.ADMIN, True)]
)
async def test_moderators_and_admins_read_accounts(
    world: World, resources: Resources, role: SiteRole, may: bool
) -> None:
    actor, ben = await world.user(site_role=role), await world.user("Ben")

    async with resources.begin_read() as read:
        if may:
            assert (await queries.read_account(read, actor, ben.user_id)).name == "Ben"
            assert (await queries.read_accounts(read, actor, UserFilter(), 1, 10)).total == 2
        else:
            with pytest.raises(Forbidden):
                await queries.read_account(read, actor, ben.user_id)
            with pytest.raises(Forbidden):
                await queries.read_accounts(read, actor, UserFilter(), 1, 10)


async def test_users_are_filtered_searched_and_paged(world: World, resources: Resources) -> None:
    admin = await world.user("Ada", site_role=SiteRole.ADMIN)
    for name in ("Zoë Müller", "Bo_b", "Boab"):
        await world.user(name)
    await world.user("Dora", status="disabled")

    async def names(user_filter: UserFilter, page: int = 1, size: int = 10) -> list[str]:
        async with resources.begin_read() as read:
            found = await queries.read_accounts(read, admin, user_filter, page, size)
        return [account.name for account in found.items]

    assert await names(UserFilter(site_role=SiteRole.ADMIN)) == ["Ada"]
    assert await names(UserFilter(status=AccountStatus.DISABLED)) == ["Dora"]
    assert await names(UserFilter(words="MÜLLER zoë")) == ["Zoë Müller"]
    assert await names(UserFilter(words="o_b")) == ["Bo_b"]
    assert await names(UserFilter(words="%")) == []
    assert await names(UserFilter(), 1, 2) == ["Dora", "Boab"]
    async with resources.begin_read() as read:
        last = await queries.read_accounts(read, admin, UserFilter(), 3, 2)
    assert (last.total, last.total_pages, last.has_next, last.has_prev) == (5, 3, False, True)


async def test_disabling_revokes_every_session_and_closes_its_sockets(
    registrar: Registrar, world: World, resources: Resources
) -> None:
    admin = await world.user("Ada", site_role=SiteRole.ADMIN)
    ana = await registrar.register_and_verify()

    shape = await _edit(resources, admin, ana.actor.user_id, disabled=True)

    assert shape.status is AccountStatus.DISABLED
    with pytest.raises(Unauthenticated):
        await authenticate(resources, ana.access_token)
    names = [event["event"] for event in await registrar.events(ana.actor.user_id)]
    assert names[-3:] == ["account.edited", "session.revoked", "account.disabled"]
    with pytest.raises(Forbidden):
        await sign_in(resources, ANA, PASSWORD, LAPTOP)


async def test_enabling_restores_the_account_but_no_session(
    registrar: Registrar, world: World, resources: Resources
) -> None:
    admin = await world.user("Ada", site_role=SiteRole.ADMIN)
    ana = await registrar.register_and_verify()
    await _edit(resources, admin, ana.actor.user_id, disabled=True)

    await _edit(resources, admin, ana.actor.user_id, disabled=False)

    with pytest.raises(Unauthenticated):
        await authenticate(resources, ana.access_token)
    await sign_in(resources, ANA, PASSWORD, LAPTOP)


async def test_enabling_does_not_verify_an_address(
    registrar: Registrar, world: World, resources: Resources
) -> None:
    admin = await world.user("Ada", site_role=SiteRole.ADMIN)
    await registrar.register(ANA)
    account = await registrar.account(ANA)

    await _edit(resources, admin, account.id, disabled=True)
    shape = await _edit(resources, admin, account.id, disabled=False)

    assert shape.status is AccountStatus.PENDING


@pytest.mark.parametrize("changes", [{"disabled": True}, {"site_role": SiteRole.USER}])
async def test_no_admin_changes_their_own_role_or_status(
    world: World, resources: Resources, changes: dict[str, Any]
) -> None:
    admin = await world.user("Ada", site_role=SiteRole.ADMIN)
    await world.user("Bea", site_role=SiteRole.ADMIN)

    with pytest.raises(Forbidden) as caught:
        await _edit(resources, admin, admin.user_id, **changes)

    assert caught.value.reason == "not_yourself"


async def test_two_admins_who_demote_each_other_leave_one(
    world: World, resources: Resources
) -> None:
    ada = await world.user("Ada", site_role=SiteRole.ADMIN)
    bea = await world.user("Bea", site_role=SiteRole.ADMIN)

    outcomes = await asyncio.gather(
        _edit(resources, ada, bea.user_id, site_role=SiteRole.USER),
        _edit(resources, bea, ada.user_id, disabled=True),
        return_exceptions=True,
    )

    assert sum(isinstance(outcome, Conflict) for outcome in outcomes) == 1
    async with resources.begin_read() as read:
        admins = await read.connection.scalars(
            select(UserRow.id).where(UserRow.site_role == "admin", UserRow.status == "active")
        )
        assert len(list(admins)) == 1


async def test_a_change_of_role_is_audited_and_takes_effect_at_once(
    registrar: Registrar, world: World, resources: Resources
) -> None:
    admin = await world.user("Ada", site_role=SiteRole.ADMIN)
    ana = await registrar.register_and_verify()
    await authenticate(resources, ana.access_token)

    await _edit(resources, admin, ana.actor.user_id, site_role=SiteRole.MODERATOR)

    actor = await authenticate(resources, ana.access_token)
    assert actor.site_role is SiteRole.MODERATOR
    (row,) = await registrar.audit("account.role_changed")
    assert row.actor_id == admin.user_id
    assert row.facts == {"before": "user", "after": "moderator"}


async def test_an_unknown_account_cannot_be_edited(world: World, resources: Resources) -> None:
    admin = await world.user("Ada", site_role=SiteRole.ADMIN)

    with pytest.raises(NotFound):
        await _edit(resources, admin, UserId(new_id()), name="Nobody")


async def test_an_admin_sends_a_message_to_one_user(
    registrar: Registrar, world: World, resources: Resources
) -> None:
    admin, ben = await world.user("Ada", site_role=SiteRole.ADMIN), await world.user("Ben")

    async with resources.begin() as work:
        await send_admin_message(work, admin, ben.user_id, "Hello", "The site moves on Monday.")

    async with resources.begin_read() as read:
        row = (await read.connection.execute(select(AdminMessageRow.__table__))).one()
    assert (row.user_id, row.sent_by, row.subject) == (ben.user_id, admin.user_id, "Hello")
    assert await registrar.jobs() == [("send_admin_message", {"message_id": row.id})]


async def test_the_operator_creates_an_admin_without_a_mail(
    registrar: Registrar, resources: Resources
) -> None:
    hashed = await passwords.hash_password(PASSWORD)
    async with resources.begin() as work:
        user_id = await insert_account(work, Registration(ANA, PASSWORD, "Ana"), hashed)
        assert user_id is not None
        await activate_as_operator(work, user_id, SiteRole.ADMIN)

    signed_in = tokens_of(await sign_in(resources, ANA, PASSWORD, LAPTOP))
    assert signed_in.actor.site_role is SiteRole.ADMIN
    assert await registrar.jobs() == []


async def test_the_operator_cannot_demote_the_last_admin_either(
    world: World, resources: Resources
) -> None:
    admin = await world.user("Ada", site_role=SiteRole.ADMIN)
    async with resources.begin_read() as read:
        email = (await queries.read_my_account(read, admin)).email

    with pytest.raises(Conflict):
        async with resources.begin() as work:
            await edit_as_operator(work, email, AccountEdit(site_role=SiteRole.USER))
