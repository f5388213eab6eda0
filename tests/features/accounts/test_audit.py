"""The audit: read by the account concerned and by admins."""

import httpx
import pytest

from shared.accounts.authentication.access_tokens import make_access_token
from shared.accounts.authentication.sign_in import sign_in
from shared.contract.shapes import Role, SiteRole
from shared.errors import Unauthenticated
from shared.members.commands import remove_member
from shared.resources import Resources
from shared.settings import Settings
from tests.support.features.sign_in import bearer_headers
from tests.support.registration import LAPTOP, Registrar
from tests.support.world_builder import World

V1 = "/api/v1"


async def test_a_user_reads_what_happened_to_their_account(
    client: httpx.AsyncClient, registrar: Registrar, resources: Resources, world: World
) -> None:
    ana = (await registrar.register_and_verify()).actor
    owner = await world.user("Ben")
    list_id = await world.list(owner, (ana, Role.EDITOR))
    with pytest.raises(Unauthenticated):
        await sign_in(resources, "ana@example.com", "a wrong guess", LAPTOP)
    await world.run(remove_member, owner, list_id, ana.user_id)
    bearer = await bearer_headers(client)

    page = (await client.get(f"{V1}/users/me/audit", headers=bearer)).json()

    entries = {entry["action"]: entry for entry in page["items"]}
    assert entries["sign_in.failed"]["address"] == LAPTOP.address
    assert entries["member.removed"]["actor_id"] == owner.user_id
    assert entries["member.removed"]["address"] == ""
    assert page["next_cursor"] is None
    others = await world.user("Cem")
    assert {entry["user_id"] for entry in page["items"]} == {ana.user_id}
    assert others.user_id not in str(page)


async def test_admins_read_all_entries_in_pages(
    client: httpx.AsyncClient, registrar: Registrar, world: World, settings: Settings
) -> None:
    for number in range(30):
        await registrar.register_and_verify(f"user{number}@example.com")
    admin = await world.user("Ada", site_role=SiteRole.ADMIN)
    now = world.resources.clock.now()
    token, _ = make_access_token(settings, admin.user_id, admin.session_id, now)
    bearer = {"Authorization": f"Bearer {token}"}

    newest = (await client.get(f"{V1}/audit", headers=bearer)).json()
    older = (await client.get(f"{V1}/audit?before={newest['next_cursor']}", headers=bearer)).json()
    verified = (await client.get(f"{V1}/audit?action=account.verified", headers=bearer)).json()

    ids = [entry["id"] for entry in newest["items"] + older["items"]]
    assert ids == sorted(set(ids), reverse=True)
    assert len(newest["items"]) == 50
    assert len(verified["items"]) == 30
