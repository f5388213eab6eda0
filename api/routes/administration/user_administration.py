"""Routes of administrators about users: invite, reset. The others are in accounts.py."""

from fastapi import APIRouter, Response
from pydantic import Field

from api.http import rate_limits
from api.http.command_runner import Runner
from api.http.dependencies import OpenResources, PathId, RecentlyAuthenticated
from api.http.problems import problem_responses
from api.http.rate_limits import Limits
from api.routes.account.account_fields import Email, PersonName
from api.routes.account.email_links import AcceptedShape
from shared.accounts.registration import Registration
from shared.administration import users
from shared.contract.base import Body
from shared.contract.shapes import ManagedAccountShape, SiteRole
from shared.ids import UserId
from shared.unit_of_work import UnitOfWork

router = APIRouter(prefix="/admin/users", tags=["administration"])


class InvitedUserBody(Body):
    email: Email
    name: PersonName | None = Field(
        default=None, description="The address up to the @ without one; the user can change it."
    )
    site_role: SiteRole = SiteRole.USER


@router.post(
    "",
    status_code=201,
    responses=problem_responses(401, 403, 409, 422, 429),
    response_model=ManagedAccountShape,
)
async def invite_user(
    body: InvitedUserBody,
    actor: RecentlyAuthenticated,
    runner: Runner,
    resources: OpenResources,
    limits: Limits,
) -> Response:
    """Mail an address a link that makes an account, also while registration is closed.

    The account is `pending` until the link is followed, and removed after 7 days without that.
    """
    await limits.take(rate_limits.ADMIN_MESSAGE, account=actor.user_id)
    site = resources.settings.site
    registration = Registration(
        body.email,
        "",
        body.name or body.email.partition("@")[0][:100],
        time_zone=site.default_time_zone,
        locale=site.default_locale,
    )
    return await runner.run(
        lambda work: users.invite_user(work, actor, registration, body.site_role),
        status=201,
    )


@router.post(
    "/{user_id}/invitation",
    status_code=202,
    responses=problem_responses(401, 403, 404, 409, 422, 429),
    response_model=AcceptedShape,
)
async def invite_again(
    user_id: PathId, actor: RecentlyAuthenticated, runner: Runner, limits: Limits
) -> Response:
    """Mail a user who has not activated the account the link again."""
    await limits.take(rate_limits.ADMIN_MESSAGE, account=actor.user_id)

    async def send(work: UnitOfWork) -> AcceptedShape:
        await users.invite_again(work, actor, UserId(user_id))
        return AcceptedShape()

    return await runner.run(send, status=202)


@router.post(
    "/{user_id}/password-reset",
    status_code=202,
    responses=problem_responses(401, 403, 404, 409, 422, 429),
    response_model=AcceptedShape,
)
async def send_password_reset(
    user_id: PathId, actor: RecentlyAuthenticated, runner: Runner, limits: Limits
) -> Response:
    """Mail a user the link that sets a new password. Nobody else learns the password."""
    await limits.take(rate_limits.ADMIN_MESSAGE, account=actor.user_id)

    async def send(work: UnitOfWork) -> AcceptedShape:
        await users.send_password_reset(work, actor, UserId(user_id))
        return AcceptedShape()

    return await runner.run(send, status=202)


@router.delete(
    "/{user_id}/mail-refusal",
    responses=problem_responses(401, 403, 404, 422),
    response_model=ManagedAccountShape,
)
async def lift_mail_refusal_of_user(
    user_id: PathId, actor: RecentlyAuthenticated, runner: Runner
) -> Response:
    """Send mail to a user's address again, after its mail server rejected it."""
    return await runner.run(lambda work: users.lift_suppression(work, actor, UserId(user_id)))
