"""Channels of notifications: repetition with mail or push alone, and whose stream is locked."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from shared.contract.jobs import SendPush
from shared.contract.notifications import NotificationKind
from shared.ids import ListId, TodoId, new_id, user_stream
from shared.notifications.commands import notify
from shared.notifications.rules import NewNotification
from shared.resources import Resources
from shared.tables.jobs import JobRow
from shared.tables.notifications import NotificationRow
from tests.features.notifications.test_notifications import comment
from tests.support.features.list_builder import EDITOR, OWNER, ListBuilder
from tests.support.services.push_service import PushService
from tests.support.world_builder import World


async def test_a_user_with_mail_alone_is_notified_again_once_the_mail_is_written(
    resources: Resources, builder: ListBuilder, world: World
) -> None:
    ana, ben = await world.user("Ana"), await world.user("Ben")
    home = await builder.make_list({ana: OWNER, ben: EDITOR})
    preferences = {"channels": {"commented": {"in_app": False, "mail": True}}}
    await builder.request(ana, "PATCH", "/users/me/preferences", preferences)
    todo = await builder.add_todo(ana, home)

    async def count() -> int:
        async with resources.begin_read() as read:
            return len(list(await read.connection.scalars(select(NotificationRow.id))))

    async def after_two_comments(**values: Any) -> int:
        async with resources.begin() as work:
            await work.connection.execute(update(NotificationRow).values(**values))
        for _ in range(2):
            await comment(builder, ben, todo, "And?")
        return await count()

    hour_ago = resources.clock.now() - timedelta(hours=1)
    counted_rows = [
        await after_two_comments(mail_due=True),
        # Its mail was sent; or was due, and never sent.
        await after_two_comments(mail_due=False),
        await after_two_comments(mail_due=True, created_at=hour_ago),
    ]

    assert counted_rows == [1, 2, 3]


async def test_only_recipients_who_want_the_notification_are_locked(
    resources: Resources, builder: ListBuilder, world: World
) -> None:
    ana, ben, cleo = [await world.user(name) for name in ("Ana", "Ben", "Cleo")]
    preferences = {"channels": {"commented": {"in_app": False, "mail": False}}}
    await builder.request(ben, "PATCH", "/users/me/preferences", preferences)
    home = ListId(new_id())
    notifications = [
        NewNotification(user.user_id, NotificationKind.COMMENTED, home, TodoId(new_id()))
        for user in (ben, cleo)
    ]

    async with resources.begin() as work:
        await notify(work, ana, notifications)
        assert work.head(user_stream(cleo.user_id)).seq == 1
        with pytest.raises(KeyError):
            work.head(user_stream(ben.user_id))


async def test_a_user_with_push_alone_is_notified_again_after_a_while(
    resources: Resources, builder: ListBuilder, world: World
) -> None:
    ana, ben = await world.user("Ana"), await world.user("Ben")
    home = await builder.make_list({ana: OWNER, ben: EDITOR})
    preferences = {"channels": {"commented": {"in_app": False, "mail": False, "push": True}}}
    await builder.request(ana, "PATCH", "/users/me/preferences", preferences)
    body = PushService().browser().body | {"endpoint": "https://push.example.net/x"}
    await builder.request(ana, "POST", "/users/me/push-subscriptions", body)
    todo = await builder.add_todo(ana, home)

    async def pushes_after_two_comments() -> int:
        for _ in range(2):
            await comment(builder, ben, todo, "And?")
        async with resources.begin_read() as read:
            pushes = select(JobRow.id).where(JobRow.kind == SendPush.kind)
            return len(list(await read.connection.scalars(pushes)))

    at_once = await pushes_after_two_comments()
    hour_ago = resources.clock.now() - timedelta(hours=1)
    async with resources.begin() as work:
        await work.connection.execute(update(NotificationRow).values(created_at=hour_ago))

    assert (at_once, await pushes_after_two_comments()) == (1, 2)
