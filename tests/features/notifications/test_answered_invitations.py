"""The notification of an invitation is read once the invitation is closed."""

from typing import Any

import pytest

from shared.actor import Actor
from shared.ids import user_stream
from tests.support.features.list_builder import OWNER, ListBuilder
from tests.support.world_builder import World


async def _notifications(builder: ListBuilder, user: Actor) -> Any:
    return (await builder.request(user, "GET", "/users/me/notifications")).json()


@pytest.mark.parametrize("answer", ["accept", "decline", "withdraw"])
async def test_the_notification_of_an_invitation_is_read_once_that_is_closed(
    builder: ListBuilder, world: World, answer: str
) -> None:
    ana, eve = await world.user("Ana"), await world.user("Eve")
    home = await builder.make_list({ana: OWNER})
    body = {"email": await world.email_of(eve), "role": "viewer"}
    path = f"/lists/{home}/invitations"
    invitation = (await builder.request(ana, "POST", path, body)).json()
    assert (await _notifications(builder, eve))["unread_count"] == 1

    if answer == "withdraw":
        closed = await builder.request(ana, "DELETE", f"{path}/{invitation['id']}")
    else:
        of = {"invitation_id": invitation["id"]}
        closed = await builder.request(eve, "POST", f"/invitations/{answer}", of)

    assert closed.status_code < 300, closed.text
    page = await _notifications(builder, eve)
    assert page["unread_count"] == 0
    assert page["items"][0]["read_at"] is not None
    [read] = [
        event["data"]
        for event in await builder.events(user_stream(eve.user_id))
        if event["event"] == "notification.read"
    ]
    assert (read["notification_ids"], read["unread_count"]) == ([page["items"][0]["id"]], 0)
