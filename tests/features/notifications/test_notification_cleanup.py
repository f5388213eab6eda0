"""Old notifications are removed in bounded batches, and open clients receive the removal."""

from datetime import timedelta
from typing import Any

from sqlalchemy import update

from shared.actor import Actor
from shared.ids import user_stream
from shared.notifications.commands import remove_expired_notifications
from shared.resources import Resources
from shared.tables.notifications import NotificationRow
from tests.support.features.list_builder import EDITOR, OWNER, ListBuilder
from tests.support.world_builder import World
from worker.cleanup.chores import CHORES


async def listed(builder: ListBuilder, actor: Actor) -> Any:
    answer = await builder.request(actor, "GET", "/users/me/notifications")
    return answer.json()["items"]


async def test_cleaning_up_old_notifications_records_their_removal(
    resources: Resources, builder: ListBuilder, world: World
) -> None:
    ana, ben = await world.user("Ana"), await world.user("Ben")
    home = await builder.make_list({ana: OWNER, ben: EDITOR})
    await builder.add_todo(ana, home, assignees=[ben.user_id])
    [old] = await listed(builder, ben)
    async with resources.begin() as work:
        long_ago = work.now - timedelta(days=31)
        await work.connection.execute(update(NotificationRow).values(created_at=long_ago))
    await builder.add_todo(ana, home, assignees=[ben.user_id])

    while await CHORES["notifications"](resources):
        pass

    assert len(await listed(builder, ben)) == 1
    event = (await builder.events(user_stream(ben.user_id)))[-1]
    assert (event["event"], event["data"]) == (
        "notification.removed", {"notification_ids": [old["id"]], "unread_count": 1},
    )  # fmt: skip


async def test_a_cleanup_batch_is_bounded_for_any_number_of_users(
    resources: Resources, builder: ListBuilder, world: World
) -> None:
    ana, *others = [await world.user(name) for name in ("Ana", "Ben", "Cem", "Dai")]
    home = await builder.make_list({ana: OWNER} | dict.fromkeys(others, EDITOR))
    for _ in range(3):
        await builder.add_todo(ana, home, assignees=[user.user_id for user in others])
    async with resources.begin() as work:
        long_ago = work.now - timedelta(days=31)
        await work.connection.execute(update(NotificationRow).values(created_at=long_ago))

    gone = [
        await world.run(remove_expired_notifications, [user.user_id for user in others], 4)
        for _ in range(4)
    ]

    assert gone == [4, 4, 1, 0]
