"""What people are told, what they are not told, and that it follows the deed and the right to read."""

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


async def told(builder: ListBuilder, person: Actor, query: str = "") -> Any:
    answer = await builder.request(person, "GET", f"/users/me/notifications{query}")
    assert answer.status_code == 200, answer.text
    return answer.json()


async def kinds(builder: ListBuilder, person: Actor) -> list[str]:
    return [one["kind"] for one in (await told(builder, person))["items"]]


async def comment(builder: ListBuilder, person: Actor, todo: Any, body: str) -> Any:
    answer = await builder.request(person, "POST", f"/todos/{todo['id']}/comments", {"body": body})
    assert answer.status_code == 201, answer.text
    return answer.json()


async def test_an_assigned_user_is_notified_and_the_assigning_user_is_not(
    builder: ListBuilder, world: World
) -> None:
    ana, ben = await world.user("Ana"), await world.user("Ben")
    home = await builder.make_list({ana: OWNER, ben: EDITOR})

    todo = await builder.add_todo(ben, home, assignees=[ana.user_id, ben.user_id])

    [one] = (await told(builder, ana))["items"]
    assert (one["kind"], one["todo_id"], one["list_id"]) == ("assigned", todo["id"], home)
    assert one["actor"] == {"id": ben.user_id, "name": "Ben"}
    [event] = await builder.events(user_stream(ana.user_id))
    assert (event["event"], event["data"]["notification"]) == ("notification.added", one)
    assert await kinds(builder, ben) == []


async def test_a_notification_holds_no_title_and_no_text(
    builder: ListBuilder, world: World
) -> None:
    ana, ben = await world.user("Ana"), await world.user("Ben")
    home = await builder.make_list({ana: OWNER, ben: EDITOR}, name="Canary list")
    todo = await builder.add_todo(ben, home, "Canary title", assignees=[ana.user_id])
    await comment(builder, ben, todo, f"Canary text for @[{ana.user_id}]")

    async with builder.resources.begin_read() as read:
        rows = [
            dict(row._mapping)
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

    async def toss() -> None:
        for assignees in ([ana.user_id], [], [ana.user_id]):
            await builder.request(ben, "PATCH", path, {"assignees": assignees})

    await toss()
    once = (await told(builder, ana))["items"]
    await builder.request(ana, "POST", "/users/me/notifications/read", {"through": once[0]["id"]})
    await builder.request(ben, "PATCH", path, {"assignees": []})
    await toss()

    assert [one["kind"] for one in once] == ["assigned"]
    assert [one["read_at"] is None for one in (await told(builder, ana))["items"]] == [True, False]


async def test_a_comment_notifies_mentioned_users_and_participants(
    builder: ListBuilder, world: World
) -> None:
    ana, ben, cleo, dan, eve = [
        await world.user(name) for name in ("Ana", "Ben", "Cleo", "Dan", "Eve")
    ]
    home = await builder.make_list({ana: OWNER, ben: EDITOR, cleo: COMMENTER, dan: VIEWER})
    todo = await builder.add_todo(ana, home, assignees=[ben.user_id])

    said = await comment(
        builder, cleo, todo, f"@[{dan.user_id}] @[{eve.user_id}] @[{cleo.user_id}]"
    )
    await comment(builder, ana, todo, "Thanks")

    assert await kinds(builder, ana) == ["commented"]  # she made the todo
    assert await kinds(builder, ben) == ["commented", "assigned"]  # two comments, one line
    assert await kinds(builder, cleo) == ["commented"]  # she has spoken; not of her own words
    assert await kinds(builder, dan) == ["mentioned"]
    assert await kinds(builder, eve) == []  # no member: only text
    assert (await told(builder, dan))["items"][0]["comment_id"] == said["id"]


async def test_an_edited_comment_notifies_only_newly_mentioned_users(
    builder: ListBuilder, world: World
) -> None:
    ana, ben, cleo = [await world.user(name) for name in ("Ana", "Ben", "Cleo")]
    home = await builder.make_list({ana: OWNER, ben: EDITOR, cleo: COMMENTER})
    todo = await builder.add_todo(ana, home)
    said = await comment(builder, ana, todo, f"@[{ben.user_id}]")

    body = {"body": f"@[{ben.user_id}] @[{cleo.user_id}]"}
    await builder.request(ana, "PATCH", f"/todos/{todo['id']}/comments/{said['id']}", body)

    assert await kinds(builder, ben) == ["mentioned"]
    assert await kinds(builder, cleo) == ["mentioned"]


async def test_an_invitation_notifies_the_account_of_the_address(
    builder: ListBuilder, world: World
) -> None:
    ana, eve = await world.user("Ana"), await world.user("Eve")
    home = await builder.make_list({ana: OWNER})
    body = {"email": await world.email_of(eve), "role": "viewer"}

    invitation = (await builder.request(ana, "POST", f"/lists/{home}/invitations", body)).json()

    [one] = (await told(builder, eve))["items"]
    assert (one["kind"], one["invitation_id"]) == ("invited", invitation["id"])


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

    page = await told(builder, ben)
    assert [(one["kind"], one["list_name"]) for one in page["items"]] == [
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

    assert await kinds(builder, ben) == []


async def test_a_comment_concurrent_with_a_removal_leaves_no_notification(
    builder: ListBuilder, world: World
) -> None:
    ana, ben = await world.user("Ana"), await world.user("Ben")
    for _ in range(5):
        home = await builder.make_list({ana: OWNER, ben: EDITOR})
        todo = await builder.add_todo(ana, home)

        await asyncio.gather(
            comment(builder, ana, todo, f"@[{ben.user_id}]"),
            world.do(remove_member, ana, home, ben.user_id),
        )

        left = [one for one in (await told(builder, ben))["items"] if one["list_id"] == home]
        assert [one["kind"] for one in left] == ["removed"]


async def test_a_rolled_back_change_notifies_nobody(builder: ListBuilder, world: World) -> None:
    ana, ben = await world.user("Ana"), await world.user("Ben")
    home = await builder.make_list({ana: OWNER, ben: EDITOR})
    todo = await builder.add_todo(ana, home)

    with pytest.raises(RuntimeError, match="after all"):
        await world.do(_comment_and_fail, ana, todo, ben)

    assert await kinds(builder, ben) == []


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
    newest, third, second, first = [one["id"] for one in (await told(builder, ben))["items"]]
    read = "/users/me/notifications/read"

    one = await builder.request(ben, "POST", read, {"notification_ids": [third]})
    again = await builder.request(ben, "POST", read, {"notification_ids": [third]})
    up_to = await builder.request(ben, "POST", read, {"through": second})
    stranger = await builder.request(eve, "POST", read, {"notification_ids": [newest]})

    assert [answer.json()["unread_count"] for answer in (one, again, up_to)] == [3, 3, 1]
    assert stranger.json() == {"unread_count": 0}
    unread = await told(builder, ben, "?unread=true")
    assert [item["id"] for item in unread["items"]] == [newest]
    events = await builder.events(user_stream(ben.user_id))
    said = [frame["data"] for frame in events if frame["event"] == "notification.read"]
    assert [(data["notification_ids"], data["through"]) for data in said] == [
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

    first = await told(builder, ben, "?limit=3")
    rest = await told(builder, ben, f"?limit=3&cursor={first['next_cursor']}")

    ids = [one["id"] for one in first["items"] + rest["items"]]
    assert ids == sorted(ids, reverse=True)
    assert (len(ids), first["total"], rest["next_cursor"]) == (5, 5, None)


async def test_notifying_takes_as_many_statements_for_many_recipients(
    builder: ListBuilder, world: World
) -> None:
    ana = await world.user("Ana")
    people = [await world.user(f"P{number}") for number in range(12)]
    home = await builder.make_list({ana: OWNER} | dict.fromkeys(people, COMMENTER))
    todos = [await builder.add_todo(ana, home) for _ in range(2)]

    counts = []
    for todo, named in zip(todos, (people[:2], people), strict=True):
        body = {"body": " ".join(f"@[{one.user_id}]" for one in named)}
        async with recorded_statements(builder.served) as statements:
            answer = await builder.request(ana, "POST", f"/todos/{todo['id']}/comments", body)
        assert answer.status_code == 201
        counts.append(len(statements))

    assert counts[0] == counts[1]
    assert [await kinds(builder, one) for one in people[2:]] == [["mentioned"]] * 10


async def test_a_kind_that_is_turned_off_adds_no_row(builder: ListBuilder, world: World) -> None:
    ana, ben = await world.user("Ana"), await world.user("Ben")
    home = await builder.make_list({ana: OWNER, ben: EDITOR})
    # Pushes of it they want, and have no device.
    wish = {"channels": {"assigned": {"in_app": False, "mail": False}}}

    edited = await builder.request(ben, "PATCH", "/users/me/preferences", wish)
    todo = await builder.add_todo(ana, home, assignees=[ben.user_id])
    await comment(builder, ana, todo, f"@[{ben.user_id}]")

    channels = edited.json()["channels"]
    assert channels["assigned"] == {"in_app": False, "mail": False, "push": True}
    assert channels["mentioned"]["in_app"] is True
    assert await kinds(builder, ben) == ["mentioned"]
    async with builder.resources.begin_read() as read:
        of_ben = NotificationRow.user_id == ben.user_id
        rows = await read.connection.scalars(select(NotificationRow.kind).where(of_ben))
        assert list(rows) == ["mentioned"]
    [event] = [
        one for one in await builder.events(user_stream(ben.user_id)) if "pref" in one["event"]
    ]
    assert event["data"]["preferences"] == edited.json()


async def test_turning_a_channel_off_and_on_restores_the_defaults(
    builder: ListBuilder, world: World
) -> None:
    ben = await world.user("Ben")
    before = (await builder.request(ben, "GET", "/users/me/preferences")).json()

    for on in (False, True):
        wish = {"channels": {"mentioned": {"in_app": on}}}
        await builder.request(ben, "PATCH", "/users/me/preferences", wish)

    assert (await builder.request(ben, "GET", "/users/me/preferences")).json() == before


async def test_notifications_caused_by_a_deleted_account_have_no_actor(
    resources: Resources, builder: ListBuilder, world: World
) -> None:
    ana, ben = await world.user("Ana"), await world.user("Ben")
    home = await builder.make_list({ana: OWNER, ben: EDITOR})
    await builder.add_todo(ana, home, assignees=[ben.user_id])

    async with resources.begin() as work:
        await work.connection.execute(delete(UserRow).where(UserRow.id == ana.user_id))

    assert [one["actor"] for one in (await told(builder, ben))["items"]] == [None]


async def test_notifying_a_user_without_a_stream_does_nothing(world: World) -> None:
    gone = NewNotification(UserId(new_id()), NotificationKind.REMOVED, ListId(new_id()))

    await world.do(notify, None, [gone])

    assert await world.events(user_stream(gone.user_id)) == []


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
        (one["kind"], one["todo_id"], one["actor"]) for one in (await told(builder, ana))["items"]
    ]
    assert found == [("reminded", kept["id"], None)]
