"""Which changes notify whom, and that notifications follow the right to read."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, select, update

from shared.actor import Actor
from shared.comments.commands import add_comment
from shared.contract.notifications import NotificationKind
from shared.ids import ListId, UserId, new_id, user_stream
from shared.members.commands import remove_member
from shared.notifications.commands import notify
from shared.notifications.rules import NewNotification
from shared.resources import Resources
from shared.tables.accounts import UserRow
from shared.tables.notifications import NotificationRow
from shared.tables.reminders import ReminderRow
from shared.unit_of_work import UnitOfWork
from tests.support.features.list_builder import (
    COMMENTER,
    EDITOR,
    OWNER,
    VIEWER,
    ListBuilder,
    recorded_statements,
)
from tests.support.world_builder import World
from worker.reminders.firing import ReminderFiring


async def read_notifications(builder: ListBuilder, user: Actor, query: str = "") -> Any:
    answer = await builder.request(user, "GET", f"/users/me/notifications{query}")
    assert answer.status_code == 200, answer.text
    return answer.json()


async def read_kinds(builder: ListBuilder, user: Actor) -> list[str]:
    return [item["kind"] for item in (await read_notifications(builder, user))["items"]]


async def comment(builder: ListBuilder, user: Actor, todo: Any, body: str) -> Any:
    answer = await builder.request(user, "POST", f"/todos/{todo['id']}/comments", {"body": body})
    assert answer.status_code == 201, answer.text
    return answer.json()


async def test_an_assigned_user_is_notified_and_the_assigning_user_is_not(
    builder: ListBuilder, world: World
) -> None:
    ana, ben = await world.user("Ana"), await world.user("Ben")
    home = await builder.make_list({ana: OWNER, ben: EDITOR})

    todo = await builder.add_todo(ben, home, assignees=[ana.user_id, ben.user_id])

    [item] = (await read_notifications(builder, ana))["items"]
    assert (item["kind"], item["todo_id"], item["list_id"]) == ("assigned", todo["id"], home)
    assert item["actor"] == {"id": ben.user_id, "name": "Ben"}
    [event] = await builder.events(user_stream(ana.user_id))
    assert (event["event"], event["data"]["notification"]) == ("notification.added", item)
    assert await read_kinds(builder, ben) == []


async def test_a_notification_holds_no_title_and_no_text(
    builder: ListBuilder, world: World
) -> None:
    ana, ben = await world.user("Ana"), await world.user("Ben")
    home = await builder.make_list({ana: OWNER, ben: EDITOR}, name="Canary list")
    todo = await builder.add_todo(ben, home, "Canary title", assignees=[ana.user_id])
    await comment(builder, ben, todo, f"Canary text for @[{ana.user_id}]")

    async with builder.resources.begin_read() as read:
        rows = [
            dict(row._asdict())
            for row in await read.connection.execute(select(NotificationRow.__table__))
        ]
    frames = await builder.events(user_stream(ana.user_id))

    assert len(rows) == len(frames) == 2
    assert "Canary" not in f"{rows} {frames}"


async def test_repeated_assignments_are_one_notification_until_it_is_read(
    builder: ListBuilder, world: World
) -> None:
    ana, ben = await world.user("Ana"), await world.user("Ben")
    home = await builder.make_list({ana: OWNER, ben: EDITOR})
    todo = await builder.add_todo(ben, home)
    path = f"/todos/{todo['id']}"

    async def reassign() -> None:
        for assignees in ([ana.user_id], [], [ana.user_id]):
            await builder.request(ben, "PATCH", path, {"assignees": assignees})

    await reassign()
    once = (await read_notifications(builder, ana))["items"]
    await builder.request(ana, "POST", "/users/me/notifications/read", {"through": once[0]["id"]})
    await builder.request(ben, "PATCH", path, {"assignees": []})
    await reassign()

    assert [item["kind"] for item in once] == ["assigned"]
    assert [
        item["read_at"] is None for item in (await read_notifications(builder, ana))["items"]
    ] == [True, False]


async def test_a_comment_notifies_mentioned_users_and_participants(
    builder: ListBuilder, world: World
) -> None:
    ana, ben, cleo, dan, eve = [
        await world.user(name) for name in ("Ana", "Ben", "Cleo", "Dan", "Eve")
    ]
    home = await builder.make_list({ana: OWNER, ben: EDITOR, cleo: COMMENTER, dan: VIEWER})
    todo = await builder.add_todo(ana, home, assignees=[ben.user_id])

    posted = await comment(
        builder, cleo, todo, f"@[{dan.user_id}] @[{eve.user_id}] @[{cleo.user_id}]"
    )
    await comment(builder, ana, todo, "Thanks")

    # Ana created the todo. Ben is assigned: two comments are one notification. Cleo has commented
    # before, and is not notified of her own comment. Eve is no member: her mention is only text.
    assert await read_kinds(builder, ana) == ["commented"]
    assert await read_kinds(builder, ben) == ["commented", "assigned"]
    assert await read_kinds(builder, cleo) == ["commented"]
    assert await read_kinds(builder, dan) == ["mentioned"]
    assert await read_kinds(builder, eve) == []
    assert (await read_notifications(builder, dan))["items"][0]["comment_id"] == posted["id"]


async def test_an_edited_comment_notifies_only_newly_mentioned_users(
    builder: ListBuilder, world: World
) -> None:
    ana, ben, cleo = [await world.user(name) for name in ("Ana", "Ben", "Cleo")]
    home = await builder.make_list({ana: OWNER, ben: EDITOR, cleo: COMMENTER})
    todo = await builder.add_todo(ana, home)
    posted = await comment(builder, ana, todo, f"@[{ben.user_id}]")

    body = {"body": f"@[{ben.user_id}] @[{cleo.user_id}]"}
    await builder.request(ana, "PATCH", f"/todos/{todo['id']}/comments/{posted['id']}", body)

    assert await read_kinds(builder, ben) == ["mentioned"]
    assert await read_kinds(builder, cleo) == ["mentioned"]


async def test_an_invitation_notifies_the_account_of_the_address(
    builder: ListBuilder, world: World
) -> None:
    ana, eve = await world.user("Ana"), await world.user("Eve")
    home = await builder.make_list({ana: OWNER})
    body = {"email": await world.email_of(eve), "role": "viewer"}

    invitation = (await builder.request(ana, "POST", f"/lists/{home}/invitations", body)).json()

    [item] = (await read_notifications(builder, eve))["items"]
    assert (item["kind"], item["invitation_id"]) == ("invited", invitation["id"])


async def test_removal_deletes_notifications_of_the_list_and_adds_one_about_itself(
    builder: ListBuilder, world: World
) -> None:
    ana, ben = await world.user("Ana"), await world.user("Ben")
    home = await builder.make_list({ana: OWNER, ben: EDITOR}, name="Groceries")
    other = await builder.make_list({ana: OWNER, ben: EDITOR})
    await builder.add_todo(ana, other, assignees=[ben.user_id])
    todo = await builder.add_todo(ana, home, assignees=[ben.user_id])
    await comment(builder, ana, todo, f"@[{ben.user_id}]")

    await builder.request(ana, "DELETE", f"/lists/{home}/members/{ben.user_id}")
    await comment(builder, ana, todo, f"@[{ben.user_id}] are you still there?")

    page = await read_notifications(builder, ben)
    assert [(item["kind"], item["list_name"]) for item in page["items"]] == [
        ("removed", "Groceries"), ("assigned", None),
    ]  # fmt: skip
    assert page["unread_count"] == 2
    names = [frame["event"] for frame in await builder.events(user_stream(ben.user_id))]
    assert names[-3:] == ["notification.removed", "list.removed", "notification.added"]


async def test_leaving_a_list_adds_no_notification(builder: ListBuilder, world: World) -> None:
    ana, ben = await world.user("Ana"), await world.user("Ben")
    home = await builder.make_list({ana: OWNER, ben: EDITOR})
    await builder.add_todo(ana, home, assignees=[ben.user_id])

    await builder.request(ben, "DELETE", f"/lists/{home}/members/{ben.user_id}")

    assert await read_kinds(builder, ben) == []


async def test_a_comment_concurrent_with_a_removal_leaves_no_notification(
    builder: ListBuilder, world: World
) -> None:
    ana, ben = await world.user("Ana"), await world.user("Ben")
    for _ in range(5):
        home = await builder.make_list({ana: OWNER, ben: EDITOR})
        todo = await builder.add_todo(ana, home)

        await asyncio.gather(
            comment(builder, ana, todo, f"@[{ben.user_id}]"),
            world.run(remove_member, ana, home, ben.user_id),
        )

        left = [
            item
            for item in (await read_notifications(builder, ben))["items"]
            if item["list_id"] == home
        ]
        assert [item["kind"] for item in left] == ["removed"]


async def test_a_rolled_back_change_notifies_nobody(builder: ListBuilder, world: World) -> None:
    ana, ben = await world.user("Ana"), await world.user("Ben")
    home = await builder.make_list({ana: OWNER, ben: EDITOR})
    todo = await builder.add_todo(ana, home)

    with pytest.raises(RuntimeError, match="after all"):
        await world.run(_comment_and_fail, ana, todo, ben)

    assert await read_kinds(builder, ben) == []


async def _comment_and_fail(work: UnitOfWork, ana: Actor, todo: Any, ben: Actor) -> None:
    await add_comment(work, ana, todo["id"], f"@[{ben.user_id}]")
    raise RuntimeError("not after all")


async def test_marking_notifications_read_by_id_and_up_to_an_id(
    builder: ListBuilder, world: World
) -> None:
    ana, ben, eve = [await world.user(name) for name in ("Ana", "Ben", "Eve")]
    home = await builder.make_list({ana: OWNER, ben: EDITOR})
    for number in range(4):
        await builder.add_todo(ana, home, f"Number {number}", assignees=[ben.user_id])
    newest, third, second, first = [
        item["id"] for item in (await read_notifications(builder, ben))["items"]
    ]
    read = "/users/me/notifications/read"

    first_time = await builder.request(ben, "POST", read, {"notification_ids": [third]})
    again = await builder.request(ben, "POST", read, {"notification_ids": [third]})
    up_to = await builder.request(ben, "POST", read, {"through": second})
    stranger = await builder.request(eve, "POST", read, {"notification_ids": [newest]})

    assert [answer.json()["unread_count"] for answer in (first_time, again, up_to)] == [3, 3, 1]
    assert stranger.json() == {"unread_count": 0}
    unread = await read_notifications(builder, ben, "?unread=true")
    assert [item["id"] for item in unread["items"]] == [newest]
    events = await builder.events(user_stream(ben.user_id))
    posted = [frame["data"] for frame in events if frame["event"] == "notification.read"]
    assert [(data["notification_ids"], data["through"]) for data in posted] == [
        ([third], None), ([], second),
    ]  # fmt: skip
    assert first < second


@pytest.mark.parametrize("body", [{}, {"notification_ids": []}, {"through": "x"}, {"ids": ["a"]}])
async def test_marking_read_needs_exactly_one_selection(
    builder: ListBuilder, world: World, body: Any
) -> None:
    ana = await world.user("Ana")

    answer = await builder.request(ana, "POST", "/users/me/notifications/read", body)

    assert answer.status_code == 422


async def test_notifications_come_in_pages_the_newest_first(
    builder: ListBuilder, world: World
) -> None:
    ana, ben = await world.user("Ana"), await world.user("Ben")
    home = await builder.make_list({ana: OWNER, ben: EDITOR})
    for number in range(5):
        await builder.add_todo(ana, home, f"Number {number}", assignees=[ben.user_id])

    first = await read_notifications(builder, ben, "?limit=3")
    rest = await read_notifications(builder, ben, f"?limit=3&cursor={first['next_cursor']}")

    ids = [item["id"] for item in first["items"] + rest["items"]]
    assert ids == sorted(ids, reverse=True)
    assert (len(ids), first["total"], rest["next_cursor"]) == (5, 5, None)


async def test_notifying_takes_as_many_statements_for_many_recipients(
    builder: ListBuilder, world: World
) -> None:
    ana = await world.user("Ana")
    users = [await world.user(f"P{number}") for number in range(12)]
    home = await builder.make_list({ana: OWNER} | dict.fromkeys(users, COMMENTER))
    todos = [await builder.add_todo(ana, home) for _ in range(2)]

    counts = []
    for todo, named in zip(todos, (users[:2], users), strict=True):
        body = {"body": " ".join(f"@[{user.user_id}]" for user in named)}
        async with recorded_statements(builder.served) as statements:
            answer = await builder.request(ana, "POST", f"/todos/{todo['id']}/comments", body)
        assert answer.status_code == 201
        counts.append(len(statements))

    assert counts[0] == counts[1]
    assert [await read_kinds(builder, user) for user in users[2:]] == [["mentioned"]] * 10


async def test_a_kind_that_is_turned_off_adds_no_row(builder: ListBuilder, world: World) -> None:
    ana, ben = await world.user("Ana"), await world.user("Ben")
    home = await builder.make_list({ana: OWNER, ben: EDITOR})
    # Push stays on for this kind, but Ben has no subscribed browser.
    preferences = {"channels": {"assigned": {"in_app": False, "mail": False}}}

    edited = await builder.request(ben, "PATCH", "/users/me/preferences", preferences)
    todo = await builder.add_todo(ana, home, assignees=[ben.user_id])
    await comment(builder, ana, todo, f"@[{ben.user_id}]")

    channels = edited.json()["channels"]
    assert channels["assigned"] == {"in_app": False, "mail": False, "push": True}
    assert channels["mentioned"]["in_app"] is True
    assert await read_kinds(builder, ben) == ["mentioned"]
    async with builder.resources.begin_read() as read:
        of_ben = NotificationRow.user_id == ben.user_id
        rows = await read.connection.scalars(select(NotificationRow.kind).where(of_ben))
        assert list(rows) == ["mentioned"]
    [event] = [
        event
        for event in await builder.events(user_stream(ben.user_id))
        if "pref" in event["event"]
    ]
    assert event["data"]["preferences"] == edited.json()


async def test_turning_a_channel_off_and_on_restores_the_defaults(
    builder: ListBuilder, world: World
) -> None:
    ben = await world.user("Ben")
    before = (await builder.request(ben, "GET", "/users/me/preferences")).json()

    for on in (False, True):
        preferences = {"channels": {"mentioned": {"in_app": on}}}
        await builder.request(ben, "PATCH", "/users/me/preferences", preferences)

    assert (await builder.request(ben, "GET", "/users/me/preferences")).json() == before


async def test_notifications_caused_by_a_deleted_account_have_no_actor(
    resources: Resources, builder: ListBuilder, world: World
) -> None:
    ana, ben = await world.user("Ana"), await world.user("Ben")
    home = await builder.make_list({ana: OWNER, ben: EDITOR})
    await builder.add_todo(ana, home, assignees=[ben.user_id])

    async with resources.begin() as work:
        await work.connection.execute(delete(UserRow).where(UserRow.id == ana.user_id))

    assert [item["actor"] for item in (await read_notifications(builder, ben))["items"]] == [None]


async def test_notifying_a_user_without_a_stream_does_nothing(world: World) -> None:
    new = NewNotification(UserId(new_id()), NotificationKind.REMOVED, ListId(new_id()))

    await world.run(notify, None, [new])

    assert await world.events(user_stream(new.user_id)) == []


async def test_a_due_reminder_is_notified_once(
    resources: Resources, builder: ListBuilder, world: World
) -> None:
    ana = await world.user("Ana")
    home = await builder.make_list({ana: OWNER})
    kept, done = await builder.add_todo(ana, home), await builder.add_todo(ana, home)
    async with resources.begin() as work:
        soon = work.now + timedelta(hours=1)
    for todo in (kept, done):
        await builder.request(
            ana, "POST", f"/todos/{todo['id']}/reminders", {"at": soon.isoformat()}
        )
    await builder.request(ana, "POST", f"/todos/{done['id']}/complete", {})
    async with resources.begin() as work:
        await work.connection.execute(
            update(ReminderRow).values(next_fire_at=work.now - timedelta(minutes=1))
        )

    await asyncio.gather(*(ReminderFiring(resources).fire_due() for _ in range(3)))

    found = [
        (item["kind"], item["todo_id"], item["actor"])
        for item in (await read_notifications(builder, ana))["items"]
    ]
    assert found == [("reminded", kept["id"], None)]
