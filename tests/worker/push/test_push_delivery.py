"""A push reaches its device alone, and shows only what its user may read."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import orjson
import pytest
from cryptography.exceptions import InvalidTag
from sqlalchemy import select, update

from shared import push_vapid
from shared.accounts.authentication.sessions import revoke_other_sessions, sign_out
from shared.actor import Actor
from shared.contract.notifications import NotificationKind
from shared.contract.shapes import Role
from shared.ids import InvitationId, ListId, TodoId, new_p256_key
from shared.members.commands import remove_member
from shared.members.invitations import invite_member, withdraw_invitation
from shared.notifications.commands import mark_notifications_read, notify
from shared.notifications.preferences import edit_preferences
from shared.notifications.rules import NewNotification
from shared.resources import Resources
from shared.settings import Settings
from shared.tables.accounts import UserRow
from shared.tables.members import InvitationRow
from shared.tables.notifications import NotificationRow, PushSubscriptionRow
from shared.tables.todos import TodoRow
from shared.todos.commands.trash import delete_todo
from tests.support.services.push_service import PushService
from tests.support.services.smtp import SmtpServer
from tests.support.worker.job_builder import JobBuilder
from tests.support.worker.push import PushScenario, assign, push_jobs, subscribe_browser
from tests.support.worker.worker_harness import WorkerHarness
from tests.support.world_builder import World
from worker.reminders.firing import ReminderFiring


async def test_a_notification_is_shown_on_every_device_of_its_user_and_on_no_other(
    world: World,
    worker: WorkerHarness,
    service: PushService,
    settings: Settings,
    home: tuple[Actor, Actor, ListId],
) -> None:
    ana, ben, list_id = home
    key = worker.pushes.public_key
    phone = await subscribe_browser(world, ana, service, key)
    laptop = await subscribe_browser(world, await world.another_session(ana), service, key)
    bens_phone = await subscribe_browser(world, ben, service, key)
    todo = await assign(world, ben, list_id, ana)

    for _ in range(2):
        await worker.run_once()

    assert len(service.received) == 2
    pushes = {f"{service.origin}{push.path}": push for push in service.received}
    shown = [
        orjson.loads(device.decrypt(pushes[device.endpoint].body)) for device in (phone, laptop)
    ]
    assert shown[0] == shown[1]
    assert shown[0] | {"id": ""} == {
        "id": "",
        "title": "Ben assigned you “Book the movers”",
        "body": "House move",
        "link": f"http://localhost:8000/lists/{list_id}?todo={todo}",
    }
    with pytest.raises(InvalidTag):
        bens_phone.decrypt(pushes[phone.endpoint].body)
    assert b"movers" not in pushes[phone.endpoint].body


async def test_the_service_sees_the_sender_urgency_ttl_and_size_and_no_content(
    worker: WorkerHarness,
    service: PushService,
    settings: Settings,
    scenario: PushScenario,
) -> None:
    await scenario.assign()

    await worker.run_once()

    [push] = service.received
    claims = push.claims()
    now = worker.resources.clock.now().timestamp()
    assert claims["key"] == push_vapid.public_key(settings.push.private_key())
    assert claims["aud"] == service.origin
    assert claims["sub"] == "mailto:livelist@example.com"
    assert now < claims["exp"] <= now + 24 * 3600
    known = {name: push.headers[name] for name in ("content-encoding", "urgency")}
    assert known == {"content-encoding": "aes128gcm", "urgency": "normal"}
    assert 86_300 < int(push.headers["ttl"]) <= 86_400
    assert len(push.headers["topic"]) <= 32
    assert len(push.body) <= 4096


async def test_a_reminder_is_pushed_immediately_and_mailed_too(
    world: World, builder: JobBuilder, worker: WorkerHarness, service: PushService, smtp: SmtpServer
) -> None:
    ana = await world.user("Ana")
    phone = await subscribe_browser(world, ana, service, worker.pushes.public_key)
    list_id = await builder.make_list(ana)
    todo = await builder.add_todo(list_id, title="Call the plumber " + "🪠" * 400)
    await builder.add_reminder(todo, ana.user_id, builder.now - timedelta(seconds=1))

    for _ in range(2):
        await worker.run_once()

    [push] = service.received
    shown = orjson.loads(phone.decrypt(push.body))
    assert shown["title"].startswith("Call the plumber 🪠")
    assert (len(shown["title"]), shown["title"][-1]) == (200, "…")
    assert shown["body"] == "Reminder · Groceries"
    assert push.headers["urgency"] == "high"
    assert 14_300 < int(push.headers["ttl"]) <= 14_400
    assert len(smtp.received) == 1


async def test_a_reminder_of_a_todo_completed_meanwhile_is_not_pushed(
    world: World,
    builder: JobBuilder,
    worker: WorkerHarness,
    service: PushService,
    resources: Resources,
) -> None:
    ana = await world.user("Ana")
    await subscribe_browser(world, ana, service, worker.pushes.public_key)
    todo = await builder.add_todo(await builder.make_list(ana))
    await builder.add_reminder(todo, ana.user_id, builder.now - timedelta(seconds=1))
    await ReminderFiring(resources).fire_due()

    await builder.update_row(TodoRow, todo, status="completed", completed_at=builder.now)
    for _ in range(2):
        await worker.run_once()

    assert service.received == []
    assert [job.state for job in await push_jobs(resources)] == ["cancelled"]


Change = Callable[[World, Actor, Actor, ListId, TodoId], Awaitable[object]]


async def _read_notification(
    world: World, ana: Actor, ben: Actor, home: ListId, todo: TodoId
) -> None:
    await world.run(mark_notifications_read, ana, through="z" * 26)


async def _remove_member(world: World, ana: Actor, ben: Actor, home: ListId, todo: TodoId) -> None:
    await world.run(remove_member, ben, home, ana.user_id)


async def _delete_todo(world: World, ana: Actor, ben: Actor, home: ListId, todo: TodoId) -> None:
    await world.run(delete_todo, ben, todo)


async def _turn_off_pushes(
    world: World, ana: Actor, ben: Actor, home: ListId, todo: TodoId
) -> None:
    preferences = {NotificationKind.ASSIGNED: {"push": False}}
    await world.run(edit_preferences, ana, ana.user_id, preferences)


async def _sign_out(world: World, ana: Actor, ben: Actor, home: ListId, todo: TodoId) -> None:
    await world.run(sign_out, ana)


async def _revoke_session_from_another_device(
    world: World, ana: Actor, ben: Actor, home: ListId, todo: TodoId
) -> None:
    await world.run(revoke_other_sessions, await world.another_session(ana))


async def _disable_account(
    world: World, ana: Actor, ben: Actor, home: ListId, todo: TodoId
) -> None:
    async with world.resources.begin() as work:
        await work.connection.execute(
            update(UserRow).where(UserRow.id == ana.user_id).values(status="disabled")
        )


async def _change_vapid_key(
    world: World, ana: Actor, ben: Actor, home: ListId, todo: TodoId
) -> None:
    async with world.resources.begin() as work:
        other = push_vapid.public_key(new_p256_key())
        await work.connection.execute(update(PushSubscriptionRow).values(server_key=other))


async def _wait_a_day(world: World, ana: Actor, ben: Actor, home: ListId, todo: TodoId) -> None:
    async with world.resources.begin() as work:
        await work.connection.execute(
            update(NotificationRow).values(created_at=work.now - timedelta(hours=24))
        )


@pytest.mark.parametrize(
    "change",
    [
        _wait_a_day,
        _read_notification,
        _remove_member,
        _delete_todo,
        _turn_off_pushes,
        _sign_out,
        _revoke_session_from_another_device,
        _disable_account,
        _change_vapid_key,
    ],
)
async def test_a_notification_that_became_obsolete_is_not_pushed(
    world: World,
    worker: WorkerHarness,
    service: PushService,
    scenario: PushScenario,
    change: Change,
) -> None:
    todo = await scenario.assign()

    await change(world, scenario.ana, scenario.ben, scenario.list_id, todo)
    await worker.run_once()

    assert service.received == []
    assert [job.state for job in await scenario.jobs()] == ["cancelled"]


async def test_no_job_is_added_for_a_device_that_is_signed_out(
    world: World,
    scenario: PushScenario,
) -> None:
    await world.run(sign_out, scenario.ana)

    await scenario.assign()

    assert await scenario.jobs() == []


async def test_an_invitation_push_names_no_list_and_a_withdrawn_one_is_not_pushed(
    world: World, worker: WorkerHarness, service: PushService, home: tuple[Actor, Actor, ListId]
) -> None:
    _, ben, list_id = home
    eve, fay = await world.user("Eve"), await world.user("Fay")
    phone = await subscribe_browser(world, eve, service, worker.pushes.public_key)
    await subscribe_browser(world, fay, service, worker.pushes.public_key)
    await world.run(invite_member, ben, list_id, await world.email_of(eve), Role.VIEWER)
    await world.run(invite_member, ben, list_id, await world.email_of(fay), Role.VIEWER)
    async with world.resources.begin_read() as read:
        email = await world.email_of(fay)
        found = select(InvitationRow.id).where(InvitationRow.email == email)
        withdrawn = InvitationId((await read.connection.execute(found)).scalar_one())
    await world.run(withdraw_invitation, ben, list_id, withdrawn)

    await worker.run_once()

    [push] = service.received
    shown = orjson.loads(phone.decrypt(push.body))
    assert (shown["title"], shown["body"]) == ("Ben invited you to a list", "")


async def test_the_ttl_counts_from_the_creation_of_the_notification(
    world: World, worker: WorkerHarness, service: PushService, scenario: PushScenario
) -> None:
    await scenario.assign()
    async with world.resources.begin() as work:
        ten_hours_ago = work.now - timedelta(hours=10)
        await work.connection.execute(update(NotificationRow).values(created_at=ten_hours_ago))

    await worker.run_once()

    [push] = service.received
    assert 14 * 3600 - 100 < int(push.headers["ttl"]) <= 14 * 3600


async def test_notifications_of_one_bulk_action_are_one_push_with_their_number(
    world: World, worker: WorkerHarness, service: PushService, scenario: PushScenario
) -> None:
    todos = [await scenario.assign(scenario.ben) for _ in range(5)]

    async with world.resources.begin() as work:
        notifications = [
            NewNotification(
                scenario.ana.user_id, NotificationKind.ASSIGNED, scenario.list_id, todo_id
            )
            for todo_id in todos
        ]
        await notify(work, scenario.ben, notifications)
    await worker.run_once()

    [push] = service.received
    shown = orjson.loads(scenario.phone.decrypt(push.body))
    assert shown["title"] == "Ben assigned you “Book the movers”"
    assert shown["body"] == "and 4 more"
