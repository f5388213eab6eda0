"""An API token can get another name."""

import httpx

from tests.support.api_tokens import insert_api_token
from tests.support.features.sign_in import bearer_headers
from tests.support.registration import Registrar
from tests.support.world_builder import World


async def test_a_token_is_renamed_and_its_secret_works_on(
    client: httpx.AsyncClient, registrar: Registrar, world: World
) -> None:
    ana = (await registrar.register_and_verify()).actor
    token = await insert_api_token(world.resources, ana)
    bearer = await bearer_headers(client)
    path = f"/api/v1/users/me/api-tokens/{token.id}"

    renamed = await client.patch(path, json={"name": "  Night backup "}, headers=bearer)

    assert (renamed.status_code, renamed.json()["name"]) == (200, "Night backup")
    assert "token" not in renamed.json()
    assert (await client.get("/api/v1/lists", headers=token.headers)).status_code == 200
    (entry,) = await registrar.audit("api_token.renamed")
    assert entry.facts == {"token_id": token.id, "before": "Script", "after": "Night backup"}
    (event,) = await registrar.events(ana.user_id, "api_token.renamed")
    assert event["data"] == {"token_id": token.id}
    # The same name again changes nothing.
    await client.patch(path, json={"name": "Night backup"}, headers=bearer)
    assert len(await registrar.audit("api_token.renamed")) == 1
    assert (await client.patch(path, json={"name": ""}, headers=bearer)).status_code == 422
    ben = await world.user("Ben")
    other = await insert_api_token(world.resources, ben)
    theirs = path.replace(token.id, other.id)
    assert (await client.patch(theirs, json={"name": "x"}, headers=bearer)).status_code == 404
