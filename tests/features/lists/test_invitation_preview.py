"""What the token of an invitation's mail shows to its reader, who need not have an account."""

from typing import Any

import httpx

from shared.contract.shapes import Role
from shared.ids import new_id
from shared.members.invitations import withdraw_invitation
from tests.support.features.invitations import id_of, invite, token_of
from tests.support.world_builder import World


async def test_the_token_of_the_mail_says_who_invites_to_which_list(
    world: World, client: httpx.AsyncClient
) -> None:
    ana, ben = await world.user("Ana"), await world.user("Ben")
    list_id = await world.list(ana, name="Trip")
    invitation = await invite(world, ana, list_id, ben, Role.EDITOR)
    keys = world.resources.settings.secrets.signing_keys()
    token = await token_of(world, invitation, keys)

    async def preview(sent: str) -> tuple[int, Any]:
        answer = await client.post("/api/v1/invitations/preview", json={"token": sent})
        body = answer.json()
        return answer.status_code, body.get("code") or body

    shown = await preview(token)
    twice = await preview(token)
    id_alone, other_mac, other_row = (
        invitation.id, f"{invitation.id}.{'A' * 43}", f"{new_id()}.{token.partition('.')[2]}",
    )  # fmt: skip
    refused = [await preview(each) for each in (id_alone, other_mac, other_row)]
    await world.run(withdraw_invitation, ana, list_id, id_of(invitation))
    refused.append(await preview(token))

    # No address: a mail that is forwarded does not say to whom it went.
    assert shown == (200, {"list_name": "Trip", "invited_by": "Ana", "role": "editor"})
    assert twice == shown
    assert set(refused) == {(404, "not_found")}
