"""Routes of the signed-in user's notifications and notification preferences."""

from typing import Annotated, Self

from fastapi import APIRouter, Query, Response
from pydantic import Field, StrictBool, model_validator

from api.http.command_runner import Runner
from api.http.dependencies import CurrentActor, OpenResources
from api.http.problems import problem_responses
from api.routes.account.account_fields import absent
from api.routes.query_types import QueryFlag, QueryInteger
from shared.contract.base import Body, Id
from shared.contract.notifications import (
    NotificationKind,
    NotificationPage,
    PreferencesShape,
    UnreadShape,
)
from shared.notifications import commands, preferences, queries
from shared.text import NotAcceptableError

router = APIRouter(tags=["notifications"], responses=problem_responses(401, 422))


class ReadBody(Body):
    """Exactly one of `notification_ids` and `through`."""

    notification_ids: Annotated[list[Id], Field(min_length=1, max_length=100)] = Field(
        default_factory=list
    )
    through: Id | None = Field(None, description="Mark this notification and all older ones.")

    @model_validator(mode="after")
    def check_one(self) -> Self:
        if bool(self.notification_ids) == (self.through is not None):
            raise NotAcceptableError("must name notification_ids or through, and not both")
        return self


class ChannelsBody(Body):
    """An absent field stays as it is."""

    in_app: StrictBool = Field(default_factory=absent)
    mail: StrictBool = Field(default_factory=absent)
    push: StrictBool = Field(default_factory=absent)


class PreferencesBody(Body):
    """An absent field stays as it is."""

    channels: dict[NotificationKind, ChannelsBody] = Field(default_factory=dict)
    digest: StrictBool = Field(default_factory=absent)
    digest_hour: Annotated[int, Field(strict=True, ge=0, le=23)] = Field(default_factory=absent)

    def channel_changes(self) -> dict[NotificationKind, dict[str, bool]]:
        return {
            kind: channels.model_dump(exclude_unset=True)
            for kind, channels in self.channels.items()
        }


@router.get("/users/me/notifications", response_model=NotificationPage)
async def list_notifications(
    resources: OpenResources,
    actor: CurrentActor,
    cursor: Annotated[Id | None, Query()] = None,
    limit: Annotated[QueryInteger, Query(ge=1, le=100)] = 50,
    unread: Annotated[QueryFlag, Query(description="Only unread notifications.")] = False,
) -> Response:
    """List your notifications of the last 30 days, newest first."""
    async with resources.single_read() as read:
        page = await queries.read_page(read, actor.user_id, cursor, limit, only_unread=unread)
    return Response(page.model_dump_json(), media_type="application/json")


@router.post("/users/me/notifications/read", response_model=UnreadShape)
async def mark_notifications_read(runner: Runner, body: ReadBody) -> Response:
    """Mark notifications as read, on all your devices."""
    return await runner.run(
        lambda work: commands.mark_notifications_read(
            work, runner.actor, notification_ids=body.notification_ids, through=body.through
        )
    )


@router.get("/users/me/preferences", response_model=PreferencesShape)
async def read_preferences(resources: OpenResources, actor: CurrentActor) -> Response:
    """Read your notification preferences: the channels of each kind, and the digest."""
    async with resources.single_read() as read:
        shape = await queries.read_preferences(read, actor.user_id)
    return Response(shape.model_dump_json(), media_type="application/json")


@router.patch("/users/me/preferences", response_model=PreferencesShape)
async def edit_preferences(runner: Runner, body: PreferencesBody) -> Response:
    """Edit your notification preferences; absent fields stay as they are."""
    return await runner.run(
        lambda work: preferences.edit_preferences(
            work,
            runner.actor,
            runner.actor.user_id,
            body.channel_changes(),
            digest=body.digest,
            digest_hour=body.digest_hour,
        )
    )
