"""Routes of the mail address of a member for a list. docs/email-to-list.md.

None takes an Idempotency-Key: a saved response would store an address.
"""

from fastapi import APIRouter, Response

from api.http import rate_limits
from api.http.dependencies import CurrentActor, OpenResources, PathId, RecentlyAuthenticated
from api.http.problems import problem_responses
from api.http.rate_limits import Limits
from api.http.responses import json_response
from shared.contract.interop.inbound_mail import ListEmailAddressShape, NewListEmailAddressShape
from shared.ids import ListId
from shared.inbound_mail import commands, queries

router = APIRouter(tags=["e-mail to lists"])


@router.get("/lists/{list_id}/email-address", responses=problem_responses(401, 403, 404))
async def read_email_address(
    list_id: PathId, actor: CurrentActor, resources: OpenResources
) -> ListEmailAddressShape:
    """Say whether you have a mail address for this list, and what became of the last mails to it."""
    is_available = bool(resources.settings.inbound_mail.domain)
    async with resources.single_read() as read:
        return await queries.read_address(read, actor, ListId(list_id), is_available=is_available)


@router.post(
    "/lists/{list_id}/email-address",
    status_code=201,
    response_model=NewListEmailAddressShape,
    responses=problem_responses(401, 403, 404, 409, 429),
)
async def create_email_address(
    list_id: PathId, actor: RecentlyAuthenticated, resources: OpenResources, limits: Limits
) -> Response:
    """Make your mail address for this list. The one before stops working at once.

    The address is in this answer only. A mail from anybody to it becomes a todo that you created.
    """
    await limits.take(rate_limits.EMAIL_ADDRESS_EDIT, account=actor.user_id)
    domain = resources.settings.inbound_mail.domain
    async with resources.begin() as work:
        shape = await commands.create_address(work, actor, ListId(list_id), domain)
    return json_response(shape, 201, {"Cache-Control": "no-store"})


@router.delete(
    "/lists/{list_id}/email-address",
    status_code=204,
    responses=problem_responses(401, 403, 404),
)
async def revoke_email_address(
    list_id: PathId, actor: CurrentActor, resources: OpenResources
) -> Response:
    """Revoke your mail address for this list. It stops working at once."""
    async with resources.begin() as work:
        await commands.revoke_address(work, actor, ListId(list_id))
    return Response(status_code=204)
