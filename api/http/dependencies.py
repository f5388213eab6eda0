"""Dependencies of routes: the opened resources, the client's address, and the signed-in actor.

Every dependency is `async def`, also if it awaits nothing. FastAPI calls the others in a thread,
and coming back from it through the interpreter's lock takes up to 5 ms in a busy process.
"""

from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import OAuth2PasswordBearer
from pydantic import AfterValidator

from api.http.api_tokens.external_actors import check_external
from api.http.api_tokens.guests import check_guest
from api.http.api_tokens.scopes import check_scope
from api.http.api_tokens.second_factor_check import check_second_factor
from api.http.client_address import client_address
from shared.accounts.authentication.credentials import EVERY_PRINCIPAL, authenticate
from shared.accounts.authentication.step_up import require_recent_authentication
from shared.actor import Actor
from shared.contract.api_tokens import Audience
from shared.errors import NotFound, Unauthenticated
from shared.ids import is_id
from shared.resources import Resources

bearer_token = OAuth2PasswordBearer(tokenUrl="/api/v1/auth/token", auto_error=False)


async def get_resources(request: Request) -> Resources:
    resources: Resources = request.app.state.resources
    return resources


OpenResources = Annotated[Resources, Depends(get_resources)]


async def get_client_address(request: Request, resources: OpenResources) -> str:
    return client_address(request.scope, resources.settings.web.trusted_proxies)


ClientAddress = Annotated[str, Depends(get_client_address)]


async def current_actor(
    request: Request,
    resources: OpenResources,
    address: ClientAddress,
    token: Annotated[str | None, Depends(bearer_token)],
) -> Actor:
    """Return the actor of the live session, API token or guest that the bearer token names.

    Raise Unauthenticated, or Forbidden where the API token or the guest does not reach, or for a
    user who must set up a second factor first.
    """
    if not token:
        raise Unauthenticated
    actor = await authenticate(
        resources, token, address, accepts=EVERY_PRINCIPAL, audience=Audience.API
    )
    method, path = request.scope["method"], request.scope["route"].path
    check_scope(actor, method, path)
    check_external(actor, method, path)
    check_second_factor(resources.settings, actor, path)
    check_guest(actor, path)
    return actor


CurrentActor = Annotated[Actor, Depends(current_actor)]


async def recently_authenticated(actor: CurrentActor, resources: OpenResources) -> Actor:
    """Return the actor if their session proved a short while ago whose it is.

    Raise StepUpRequired, or Forbidden `session_required` for anything but a session.
    """
    async with resources.single_read() as read:
        await require_recent_authentication(read, actor)
    return actor


# The actor of a route that changes credentials, or what cannot be undone.
RecentlyAuthenticated = Annotated[Actor, Depends(recently_authenticated)]


def _require_id_form(text: str) -> str:
    # A text that cannot be an id is answered like an unknown id, and never reaches the database.
    if not is_id(text):
        raise NotFound
    return text


# An id in a path.
PathId = Annotated[str, AfterValidator(_require_id_form)]
