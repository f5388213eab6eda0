"""A connected application for the permission matrix, and its routes."""

from datetime import timedelta
from typing import Any

from shared.accounts.oauth.clients import COMMAND_LINE
from shared.accounts.oauth.grants import Requested, allow
from shared.actor import Actor
from shared.contract.api_tokens import Audience, TokenScope
from shared.contract.interop.oauth import Choice
from tests.support.world_builder import World

_REQUEST = {
    "response_type": "code",
    "client_id": COMMAND_LINE.id,
    "redirect_uri": "http://127.0.0.1:49152/callback",
    "code_challenge": "x" * 43,
    "code_challenge_method": "S256",
}
OAUTH_ROUTES: dict[str, Any] = {
    "POST /oauth/requests": _REQUEST,
    "POST /oauth/grants": {"request": _REQUEST, "scope": "read", "list_ids": ["{list_id}"]},
    "POST /oauth/device-requests": {"user_code": "BBBB-BBBB"},
    "POST /oauth/device-decisions": {"user_code": "BBBB-BBBB", "decision": "deny"},
    "GET /users/me/applications": None,
    "DELETE /users/me/applications/{application_id}": None,
}


async def insert_application(world: World, user: Actor) -> dict[str, str]:
    """Connect an application. Return what stands for it in paths."""
    requested = Requested(COMMAND_LINE, TokenScope.READ, Audience.API)
    choice = Choice(scope=TokenScope.READ)
    expires_at = world.resources.clock.now() + timedelta(hours=1)
    return {"application_id": await world.run(allow, user, requested, choice, expires_at)}
