"""API tokens of users who have no password, as World.user makes them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shared.accounts.api_tokens import ApiTokenRequest, insert_token
from shared.accounts.authentication.api_token_format import make_token
from shared.actor import Actor
from shared.contract.api_tokens import TokenScope
from shared.ids import ApiTokenId, ListId, new_secret_bytes, user_stream
from shared.resources import Resources

# For the permission matrix.
API_TOKEN_ROUTES: dict[str, Any] = {
    "GET /users/me/api-tokens": None,
    "POST /users/me/api-tokens": {"name": "New", "scope": "read"},
    "PATCH /users/me/api-tokens/{token_id}": {"name": "Renamed"},
    "DELETE /users/me/api-tokens/{token_id}": None,
}


@dataclass(frozen=True)
class InsertedToken:
    id: ApiTokenId
    text: str

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.text}"}


async def insert_api_token(
    resources: Resources,
    actor: Actor,
    scope: TokenScope = TokenScope.WRITE,
    *,
    lists: tuple[ListId, ...] | None = None,
    expires_at: datetime | None = None,
) -> InsertedToken:
    """Create a token of the actor without asking for the password."""
    text = make_token(new_secret_bytes())
    async with resources.begin() as work:
        await work.lock_streams([user_stream(actor.user_id)])
        wanted = ApiTokenRequest("Script", scope, lists, expires_at)
        shape = await insert_token(work, actor, text, wanted)
    return InsertedToken(ApiTokenId(shape.id), text)
