"""Routes of /users about any account, as moderators and admins see them."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response
from pydantic import AfterValidator, Field

from api.http import rate_limits
from api.http.command_runner import Runner
from api.http.conditional_requests import NOT_MODIFIED, ExpectedVersions
from api.http.dependencies import (
    CurrentActor,
    OpenResources,
    PathId,
    RecentlyAuthenticated,
    recently_authenticated,
)
from api.http.problems import problem_responses
from api.http.rate_limits import Limits
from api.routes.account.account_fields import (
    PersonName,
    absent,
)
from api.routes.account.email_links import AcceptedShape
from api.routes.query_types import QueryFlag, QueryInteger
from shared.accounts import administration, profile, queries
from shared.accounts.administration import AccountEdit
from shared.accounts.queries import UserFilter
from shared.contract.base import Body
from shared.contract.shapes import (
    AccountStatus,
    ManagedAccountShape,
    NumberedPage,
    SiteRole,
)
from shared.ids import UserId
from shared.text import clean, name, one_line
from shared.unit_of_work import UnitOfWork

router = APIRouter(tags=["users"])


class EditingUser(Body):
    """An absent field stays as it is."""

    name: PersonName = Field(default_factory=absent)
    site_role: SiteRole = Field(default_factory=absent)
    status: Literal[AccountStatus.ACTIVE, AccountStatus.DISABLED] = Field(default_factory=absent)

    def edit(self) -> AccountEdit:
        disabled = {"disabled": self.status is AccountStatus.DISABLED}
        return AccountEdit(
            self.name, self.site_role, **(disabled if "status" in self.model_fields_set else {})
        )


class Message(Body):
    subject: Annotated[str, Field(min_length=1, max_length=200), AfterValidator(name)]
    body: Annotated[str, Field(min_length=1, max_length=10_000), AfterValidator(clean)]


@router.get("/users", responses=problem_responses(401, 403, 422))
async def read_users(
    actor: CurrentActor,
    resources: OpenResources,
    role: SiteRole | None = None,
    status: AccountStatus | None = None,
    q: Annotated[
        str,
        Query(max_length=200, description="Words that must all occur in the name or address."),
        AfterValidator(one_line),
    ] = "",
    mail_refused: Annotated[
        QueryFlag | None, Query(description="Whether a mail server rejected the address.")
    ] = None,
    page: Annotated[QueryInteger, Query(ge=1, le=1_000_000)] = 1,
    page_size: Annotated[QueryInteger, Query(ge=1, le=100)] = 50,
    size: Annotated[
        QueryInteger | None, Query(ge=1, le=100, description="The same as page_size.")
    ] = None,
) -> NumberedPage[ManagedAccountShape]:
    """List all accounts, newest first; for moderators and admins."""
    async with resources.single_read() as read:
        return await queries.read_accounts(
            read, actor, UserFilter(role, status, q, mail_refused), page, size or page_size
        )


@router.get("/users/{user_id}", responses=problem_responses(401, 403, 404) | NOT_MODIFIED)
async def read_user(
    user_id: PathId, actor: CurrentActor, resources: OpenResources, response: Response
) -> ManagedAccountShape:
    """Read your own account; for moderators and admins any."""
    async with resources.single_read() as read:
        account = await queries.read_account(read, actor, UserId(user_id))
    response.headers["ETag"] = f'"{account.version}"'
    return account


@router.patch(
    "/users/{user_id}",
    responses=problem_responses(401, 403, 404, 409, 412, 422),
    response_model=ManagedAccountShape,
)
async def edit_user(
    user_id: PathId,
    body: EditingUser,
    runner: Runner,
    resources: OpenResources,
    expected_versions: ExpectedVersions,
) -> Response:
    """Edit an account, and return it; for admins. Disabling signs it out everywhere, at once.
    Enabling an account with `delete_at` stops its deletion, and its user gets a mail about it.

    To change a role or to enable needs a recent sign-in or step-up.
    """
    if body.edit().gives_access:
        await recently_authenticated(runner.actor, resources)
    response = await runner.run(
        lambda work: administration.edit_user(
            work, runner.actor, UserId(user_id), body.edit(), expected_versions=expected_versions
        )
    )
    # A new name is an event in every list of the user; admins must not learn which lists these are.
    del response.headers["Livelist-Seq"]
    return response


@router.delete(
    "/users/{user_id}",
    status_code=204,
    responses=problem_responses(401, 403, 404, 409, 422),
)
async def delete_user(user_id: PathId, actor: RecentlyAuthenticated, runner: Runner) -> Response:
    """Delete an account as its user can; for admins. Their own takes `DELETE /users/me`.

    Refused while other members would be left in a list without an owner.
    """
    response = await runner.run(
        lambda work: profile.delete_user(work, actor, UserId(user_id)), status=204
    )
    # Admins must not learn in which lists the user was.
    del response.headers["Livelist-Seq"]
    return response


@router.post(
    "/users/{user_id}/notify",
    status_code=202,
    responses=problem_responses(401, 403, 404, 422, 429),
    response_model=AcceptedShape,
)
async def notify_user(user_id: PathId, body: Message, runner: Runner, limits: Limits) -> Response:
    """Mail a message to an account; for admins."""
    await limits.take(rate_limits.ADMIN_MESSAGE, account=runner.actor.user_id)

    async def send(work: UnitOfWork) -> AcceptedShape:
        await administration.send_admin_message(
            work, runner.actor, UserId(user_id), body.subject, body.body
        )
        return AcceptedShape()

    return await runner.run(send, status=202)
