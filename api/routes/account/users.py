"""Routes of /users/me: the signed-in user's account. Those of other accounts: administration/accounts.py.

Routes that ask for the password take no Idempotency-Key: a retry with the key would be answered
without checking the password.
"""

from fastapi import APIRouter, Response
from pydantic import Field

from api.http import rate_limits
from api.http.command_runner import Runner
from api.http.conditional_requests import NOT_MODIFIED, ExpectedVersions
from api.http.dependencies import (
    CurrentActor,
    OpenResources,
    RecentlyAuthenticated,
)
from api.http.large_answers import OpenPageReader
from api.http.problems import problem_responses
from api.http.rate_limits import Limits
from api.routes.account.account_fields import (
    AvatarUrl,
    Bio,
    Email,
    Language,
    Locale,
    NewPassword,
    Password,
    PersonName,
    ZoneName,
    absent,
)
from api.routes.account.email_links import AcceptedShape
from shared.accounts import bounces, email_change, password_change, profile, queries
from shared.accounts.personal_data import deletion
from shared.accounts.profile import ProfileEdit
from shared.contract.base import Body
from shared.contract.notifications import HourCycle, WeekStart
from shared.contract.personal_data import AccountDeletionShape
from shared.contract.shapes import (
    AccountShape,
    AccountSnapshot,
)
from shared.snapshots.account import account_snapshot

router = APIRouter(tags=["users"])


class EditingProfile(Body):
    """An absent field stays as it is. Null removes the picture."""

    name: PersonName = Field(default_factory=absent)
    bio: Bio = Field(default_factory=absent)
    avatar_url: AvatarUrl | None = None
    time_zone: ZoneName = Field(default_factory=absent)
    locale: Locale = Field(default_factory=absent)
    language: Language = Field(default_factory=absent)
    week_start: WeekStart = Field(default_factory=absent)
    hour_cycle: HourCycle = Field(default_factory=absent)

    def edit(self) -> ProfileEdit:
        removes_picture = "avatar_url" in self.model_fields_set and self.avatar_url is None
        return ProfileEdit(
            self.name,
            self.bio,
            "" if removes_picture else self.avatar_url,
            self.time_zone,
            self.locale,
            self.language,
            self.week_start,
            self.hour_cycle,
        )


class ReplacingProfile(Body):
    """An absent biography or picture is removed; the zone and the other preferences stay."""

    name: PersonName
    bio: Bio = ""
    avatar_url: AvatarUrl | None = None
    time_zone: ZoneName = Field(default_factory=absent)
    locale: Locale = Field(default_factory=absent)
    language: Language = Field(default_factory=absent)
    week_start: WeekStart = Field(default_factory=absent)
    hour_cycle: HourCycle = Field(default_factory=absent)

    def edit(self) -> ProfileEdit:
        return ProfileEdit(
            self.name,
            self.bio,
            self.avatar_url or "",
            self.time_zone,
            self.locale,
            self.language,
            self.week_start,
            self.hour_cycle,
        )


class ChangingPassword(Body):
    current_password: Password
    new_password: NewPassword


class ChangingEmail(Body):
    email: Email


@router.get("/users/me", responses=problem_responses(401) | NOT_MODIFIED)
async def read_my_account(
    actor: CurrentActor, resources: OpenResources, response: Response
) -> AccountShape:
    """Read your account."""
    async with resources.single_read() as read:
        account = await queries.read_my_account(read, actor)
    response.headers["ETag"] = f'"{account.version}"'
    return account


@router.get(
    "/users/me/snapshot", response_model=AccountSnapshot, responses=problem_responses(401, 429, 503)
)
async def read_my_snapshot(actor: CurrentActor, pages: OpenPageReader) -> Response:
    """Read all your own data: account, lists, invitations, reminders, notifications, preferences.

    Includes the position from which to subscribe to your own stream.
    """
    async with pages.resources.single_read() as read:
        content = await account_snapshot(read, actor)
    return pages.response(actor, content)


@router.patch("/users/me", responses=problem_responses(401, 412, 422), response_model=AccountShape)
async def edit_my_account(
    body: EditingProfile, runner: Runner, expected_versions: ExpectedVersions
) -> Response:
    """Edit your account, and return it."""
    return await runner.run(
        lambda work: profile.edit_profile(
            work, runner.actor, body.edit(), expected_versions=expected_versions
        )
    )


@router.put("/users/me", responses=problem_responses(401, 412, 422), response_model=AccountShape)
async def replace_my_account(
    body: ReplacingProfile, runner: Runner, expected_versions: ExpectedVersions
) -> Response:
    """Replace what your account says about you, and return it."""
    return await runner.run(
        lambda work: profile.edit_profile(
            work, runner.actor, body.edit(), expected_versions=expected_versions
        )
    )


@router.delete("/users/me", responses=problem_responses(401, 403, 409))
async def delete_my_account(
    actor: RecentlyAuthenticated, resources: OpenResources
) -> AccountDeletionShape:
    """Delete your account, with your Inbox and the lists that only you are in, after some days.

    Every session ends now. Until `delete_at` you can sign in to keep the account: `DELETE
    /users/me/deletion`. Refused while other members would be left in a list without an owner.
    """
    days = resources.settings.accounts.account_deletion_grace_days
    async with resources.begin() as work:
        return await deletion.request_deletion(work, actor, days)


@router.post(
    "/users/me/password", status_code=204, responses=problem_responses(401, 403, 422, 429, 503)
)
async def change_my_password(
    body: ChangingPassword, actor: CurrentActor, resources: OpenResources, limits: Limits
) -> Response:
    """Set a new password, and sign every other device out."""
    await limits.take(rate_limits.PASSWORD_CONFIRMATION, account=actor.user_id)
    await password_change.change_password(
        resources,
        actor,
        body.current_password.get_secret_value(),
        body.new_password.get_secret_value(),
    )
    return Response(status_code=204)


@router.post("/users/me/email", status_code=202, responses=problem_responses(401, 403, 422, 429))
async def change_my_email(
    body: ChangingEmail, actor: RecentlyAuthenticated, resources: OpenResources, limits: Limits
) -> AcceptedShape:
    """Mail a link to a new address. The address changes once the link is followed."""
    await limits.take(rate_limits.EMAIL_CHANGE, account=actor.user_id)
    async with resources.begin() as work:
        await email_change.change_email(work, resources.settings, actor, body.email)
    return AcceptedShape()


@router.delete(
    "/users/me/mail-refusal",
    responses=problem_responses(401, 422, 429),
    response_model=AccountShape,
)
async def lift_mail_refusal(runner: Runner, limits: Limits) -> Response:
    """Send mail to your address again, after its mail server rejected it."""
    await limits.take(rate_limits.MAIL_RETRY, account=runner.actor.user_id)
    actor = runner.actor
    return await runner.run(lambda work: bounces.lift_suppression(work, actor, actor.user_id))
