"""Routes of /users/me/api-tokens: credentials for programs. docs/api-tokens.md.

Creating one takes no Idempotency-Key: a saved response would store the secret.
"""

from typing import Annotated

from fastapi import APIRouter, Response
from pydantic import AfterValidator, Field

from api.http.command_runner import Runner
from api.http.dependencies import CurrentActor, OpenResources, PathId, RecentlyAuthenticated
from api.http.problems import problem_responses
from api.http.responses import json_response
from shared.accounts import api_tokens
from shared.accounts.api_tokens import ApiTokenRequest
from shared.contract.api_tokens import ApiTokenShape, NewApiTokenShape, TokenScope
from shared.contract.base import Body, Id, SentInstant
from shared.contract.shapes import (
    Items,
)
from shared.ids import ApiTokenId, ListId
from shared.text import name

# A token for more lists than this reaches all of them.
MAX_LISTS = 100

router = APIRouter(tags=["users"])


TokenName = Annotated[str, Field(min_length=1, max_length=100), AfterValidator(name)]


class RenamingApiToken(Body):
    name: TokenName


class NewApiTokenBody(Body):
    name: TokenName
    scope: TokenScope
    list_ids: Annotated[list[Id], Field(min_length=1, max_length=MAX_LISTS)] | None = Field(
        default=None, description="The only lists that the token reaches; absent or null: all."
    )
    expires_at: SentInstant | None = Field(
        default=None, description="Absent or null: the token works until it is revoked."
    )

    def wanted(self) -> ApiTokenRequest:
        lists = None if self.list_ids is None else tuple(map(ListId, self.list_ids))
        return ApiTokenRequest(self.name, self.scope, lists, self.expires_at)


@router.get("/users/me/api-tokens", responses=problem_responses(401, 403))
async def read_api_tokens(actor: CurrentActor, resources: OpenResources) -> Items[ApiTokenShape]:
    """List your API tokens, newest first, without their secrets."""
    async with resources.single_read() as read:
        return Items(items=tuple(await api_tokens.read_api_tokens(read, actor)))


@router.post(
    "/users/me/api-tokens",
    status_code=201,
    response_model=NewApiTokenShape,
    responses=problem_responses(401, 403, 404, 409, 422),
)
async def create_api_token(
    body: NewApiTokenBody, actor: RecentlyAuthenticated, resources: OpenResources
) -> Response:
    """Create an API token for a program. Its secret is in this answer only."""
    async with resources.begin() as work:
        shape = await api_tokens.create_api_token(work, actor, body.wanted())
    return json_response(shape, 201, {"Cache-Control": "no-store"})


@router.patch(
    "/users/me/api-tokens/{token_id}",
    response_model=ApiTokenShape,
    responses=problem_responses(401, 403, 404, 422),
)
async def rename_api_token(token_id: PathId, body: RenamingApiToken, runner: Runner) -> Response:
    """Give an API token another name. What it allows cannot be changed: create another one."""
    return await runner.run(
        lambda work: api_tokens.rename_api_token(
            work, runner.actor, ApiTokenId(token_id), body.name
        )
    )


@router.delete(
    "/users/me/api-tokens/{token_id}", status_code=204, responses=problem_responses(401, 403, 404)
)
async def revoke_api_token(
    token_id: PathId, actor: RecentlyAuthenticated, resources: OpenResources
) -> Response:
    """Revoke an API token. Its sockets and event streams end at once."""
    async with resources.begin() as work:
        await api_tokens.revoke_api_token(work, actor, ApiTokenId(token_id))
    return Response(status_code=204)
