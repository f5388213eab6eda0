"""Routes of invitations: send, list, withdraw, accept, decline."""

from typing import Annotated

from fastapi import APIRouter, Response
from pydantic import Field, model_validator

from api.http import rate_limits
from api.http.command_runner import Runner
from api.http.dependencies import CurrentActor, OpenResources, PathId
from api.http.problems import problem_responses
from api.http.rate_limits import Limits
from api.http.responses import json_response
from api.routes.account.account_fields import Email, LinkToken
from shared.contract.base import Body, Id
from shared.contract.shapes import (
    InvitationShape,
    Items,
    MyListShape,
    Role,
    SentInvitationShape,
)
from shared.contract.share_links import InvitationPreviewShape
from shared.ids import InvitationId, ListId
from shared.members import invitations, queries
from shared.text import NotAcceptableError
from shared.unit_of_work import UnitOfWork

router = APIRouter(tags=["members"], responses=problem_responses(401, 404, 422))


class InvitationBody(Body):
    email: Email
    role: Role


class AcceptBody(Body):
    """Exactly one of the token from the mail and the id of an invitation to your own address."""

    token: Annotated[LinkToken, Field(min_length=1)] | None = None
    invitation_id: Id | None = None

    @model_validator(mode="after")
    def check_one(self) -> "AcceptBody":
        if (self.token is None) is (self.invitation_id is None):
            raise NotAcceptableError("give token or invitation_id, one of them")
        return self


class InvitationTokenBody(Body):
    token: Annotated[LinkToken, Field(min_length=1)]


class DeclineBody(Body):
    invitation_id: Id


@router.get(
    "/lists/{list_id}/invitations",
    response_model=Items[SentInvitationShape],
    responses=problem_responses(403),
)
async def list_invitations(
    resources: OpenResources, actor: CurrentActor, list_id: PathId
) -> Response:
    """List the open invitations to a list, oldest first, with failed mails; for its owners."""
    async with resources.single_read() as read:
        shapes = await queries.read_invitations(read, actor, ListId(list_id))
    return json_response(Items[SentInvitationShape](items=shapes))


@router.post(
    "/lists/{list_id}/invitations",
    status_code=201,
    response_model=InvitationShape,
    responses=problem_responses(403, 409, 429),
)
async def invite_member(runner: Runner, list_id: PathId, body: InvitationBody) -> Response:
    """Invite an address by mail, for 14 days. An older invitation to the address is withdrawn."""

    async def invite(work: UnitOfWork) -> InvitationShape:
        return await invitations.invite_member(
            work, runner.actor, ListId(list_id), body.email, body.role
        )

    return await runner.run(invite, status=201)


@router.delete(
    "/lists/{list_id}/invitations/{invitation_id}",
    status_code=204,
    responses=problem_responses(403),
)
async def withdraw_invitation(runner: Runner, list_id: PathId, invitation_id: PathId) -> Response:
    """Withdraw an open invitation. The link in its mail stops working."""

    async def withdraw(work: UnitOfWork) -> None:
        await invitations.withdraw_invitation(
            work, runner.actor, ListId(list_id), InvitationId(invitation_id)
        )

    return await runner.run(withdraw)


@router.post("/invitations/preview", responses=problem_responses(429))
async def preview_invitation(
    resources: OpenResources, limits: Limits, body: InvitationTokenBody
) -> InvitationPreviewShape:
    """Read who invites to which list, with the token of the mail. It does not use the token."""
    await limits.take(rate_limits.LINK_TOKEN)
    keys = resources.settings.secrets.signing_keys()
    async with resources.single_read() as read:
        return await queries.preview_invitation(read, keys, body.token)


@router.post(
    "/invitations/accept", response_model=MyListShape, responses=problem_responses(403, 409)
)
async def accept_invitation(runner: Runner, resources: OpenResources, body: AcceptBody) -> Response:
    """Accept an invitation and become a member.

    The mail's token admits whichever account is signed in, once; to the role of an owner it admits only
    the account of the invited address. An id admits only the account whose verified address was invited.
    """

    async def accept(work: UnitOfWork) -> MyListShape:
        if body.token is not None:
            keys = resources.settings.secrets.signing_keys()
            return await invitations.accept_invitation_by_token(
                work, runner.actor, keys, body.token
            )
        invitation_id = InvitationId(body.invitation_id or "")
        return await invitations.accept_invitation_by_id(work, runner.actor, invitation_id)

    return await runner.run(accept)


@router.post("/invitations/decline", status_code=204)
async def decline_invitation(runner: Runner, body: DeclineBody) -> Response:
    """Decline an invitation to your own verified address."""

    async def decline(work: UnitOfWork) -> None:
        invitation_id = InvitationId(body.invitation_id)
        await invitations.decline_invitation(work, runner.actor, invitation_id)

    return await runner.run(decline)
