"""Routes of /auth/sessions and /ws-ticket: the devices that are signed in, and tickets for sockets.

They take no Idempotency-Key: a saved response would store a ticket in the database.
"""

from fastapi import APIRouter, Response

from api.http import rate_limits
from api.http.dependencies import CurrentActor, OpenResources, PathId
from api.http.problems import problem_responses
from api.http.rate_limits import Limits
from shared.accounts import queries
from shared.accounts.authentication import sessions
from shared.accounts.authentication.tickets import issue_ticket
from shared.contract.base import Shape
from shared.contract.sessions import SessionShape
from shared.ids import SessionId

router = APIRouter(tags=["auth"])


class TicketShape(Shape):
    ticket: str
    expires_in: int


class SessionsShape(Shape):
    items: list[SessionShape]


@router.get("/auth/sessions", responses=problem_responses(401))
async def read_sessions(actor: CurrentActor, resources: OpenResources) -> SessionsShape:
    """List the devices that are signed in."""
    async with resources.single_read() as read:
        return SessionsShape(items=await queries.read_my_sessions(read, actor))


@router.delete("/auth/sessions", status_code=204, responses=problem_responses(401))
async def revoke_other_sessions(actor: CurrentActor, resources: OpenResources) -> Response:
    """Sign every other device out."""
    async with resources.begin() as work:
        await sessions.revoke_other_sessions(work, actor)
    return Response(status_code=204)


@router.delete(
    "/auth/sessions/{session_id}", status_code=204, responses=problem_responses(401, 404)
)
async def revoke_session(
    session_id: PathId, actor: CurrentActor, resources: OpenResources
) -> Response:
    """Sign one device out."""
    async with resources.begin() as work:
        await sessions.revoke_session(work, actor, SessionId(session_id))
    return Response(status_code=204)


@router.post("/ws-ticket", tags=["live"], responses=problem_responses(401, 429))
async def ws_ticket(
    actor: CurrentActor, response: Response, resources: OpenResources, limits: Limits
) -> TicketShape:
    """Issue a ticket that opens one socket, once, within 30 s."""
    await limits.take(rate_limits.SOCKET_TICKET, account=actor.user_id)
    async with resources.begin() as work:
        ticket, seconds = await issue_ticket(work, actor)
    response.headers["Cache-Control"] = "no-store"
    return TicketShape(ticket=ticket, expires_in=seconds)
