"""Unread notifications are mailed together, once, to users who may read them and have not unsubscribed."""

import re
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from sqlalchemy import delete, select, update

from shared.actor import Actor
from shared.comments.commands import add_comment
from shared.comments.queries import read_comments
from shared.contract.jobs import SendNotifications
from shared.contract.notifications import NotificationKind
from shared.contract.shapes import Role
from shared.ids import JobId, ListId, TodoId, user_stream
from shared.members.commands import remove_member
from shared.members.invitations import invite_member
from shared.notifications.commands import mark_notifications_read
from shared.notifications.preferences import edit_preferences
from shared.notifications.queries import read_preferences
from shared.notifications.rules import CHANNELS, MAIL_WINDOW
from shared.notifications.unsubscribe_links import void_unsubscribe_tokens
from shared.resources import Resources, open_resources
from shared.settings import Settings
from shared.tables.accounts import UserRow
from shared.tables.jobs import JobRow
from shared.tables.notifications import NotificationRow
from shared.tables.reminders import ReminderRow
from shared.todos.commands.create import create_todo
from shared.todos.rules.todo_edits import NewTodo, Placement
from tests.support.clock import ManualClock
from tests.support.services.smtp import ReceivedEmail, SmtpServer
from tests.support.worker.job_builder import JobBuilder
from tests.support.worker.worker_harness import WorkerHarness
from tests.support.world_builder import World
from worker.mail.email_batches import ComposedEmail
from worker.mail.renderer import EmailRenderer
from worker.notifications.notification_email import compose_notifications

# Ana, Ben, Ben's list and the todo.
Unread = tuple[Actor, Actor, ListId, TodoId]


@pytest.fixture
async def unread(world: World) -> Unread:
    """Ben assigned Ana a todo and mentioned her; she has read neither notification."""
    ana, ben = await world.user("Ana"), await world.user("Ben")
    home = await world.list(ben, (ana, Role.EDITOR), name="House move")
    new = NewTodo(title="Book the movers", assignees=(ana.user_id,))
    todo = await world.run(create_todo, ben, home, new, Placement())
    await world.run(add_comment, ben, TodoId(todo.id), f"@[{ana.user_id}] the 14th?")
    return ana, ben, home, TodoId(todo.id)


async def _end_window(resources: Resources) -> None:
    """Make the mails of all windows due."""
    async with resources.begin() as work:
        await work.connection.execute(
            update(JobRow)
            .where(JobRow.kind == "send_notifications", JobRow.state == "queued")
            .values(run_at=work.now - timedelta(seconds=1), fair_run_at=work.now)
        )


def _headers(mail: ReceivedEmail) -> dict[str, str]:
    return {
        name: (mail.message[name] or "").strip()
        for name in ("List-Unsubscribe", "List-Unsubscribe-Post")
    }


def _unsubscribe_path(mail: ReceivedEmail) -> str:
    """Return the path and query that a mail program posts to."""
    found = re.fullmatch(
        r"<http://localhost:8000(/api/v1/mail/unsubscribe\?\S+)>",
        _headers(mail)["List-Unsubscribe"],
    )
    assert found, _headers(mail)
    return found[1]


async def test_unread_notifications_are_mailed_in_one_mail_once(
    resources: Resources, worker: WorkerHarness, smtp: SmtpServer, unread: Unread
) -> None:
    await worker.run_once()
    before_the_end = list(smtp.received)
    await _end_window(resources)
    for _ in range(2):
        await worker.run_once()

    [mail] = smtp.received
    assert before_the_end == []
    assert mail.subject == "2 things wait for you"
    for part in ("plain", "html"):
        assert "Ben assigned you “Book the movers”" in mail.body(part)
        assert "Ben mentioned you on “Book the movers”" in mail.body(part)
        assert "the 14th?" not in mail.body(part)


async def test_a_mail_about_a_comment_links_to_the_comment(
    resources: Resources, world: World, worker: WorkerHarness, smtp: SmtpServer, unread: Unread
) -> None:
    _, ben, home, todo = unread
    await _end_window(resources)
    await worker.run_once()

    [mail] = smtp.received
    [comment] = (await world.query(read_comments, ben, todo, None, 10)).comments
    link = f"http://localhost:8000/lists/{home}?todo={todo}"
    assert re.findall(r"http://localhost:8000/lists/\S+", mail.body("plain")) == [
        link,
        f"{link}&comment={comment.id}",
    ]


async def _notify_in_windows(settings: Settings, titles: tuple[str, ...]) -> None:
    """Let Ben mention Ana on one todo in each of several windows."""
    clock = ManualClock(datetime(2026, 11, 20, 9, 1, tzinfo=UTC))
    async with open_resources(settings, clock) as then:
        world = World(then)
        ana, ben = await world.user("Ana"), await world.user("Ben")
        home = await world.list(ben, (ana, Role.EDITOR))
        for title in titles:
            todo = await world.run(create_todo, ben, home, NewTodo(title=title), Placement())
            await world.run(add_comment, ben, TodoId(todo.id), f"@[{ana.user_id}]")
            clock.advance(MAIL_WINDOW)


async def test_windows_that_are_due_at_once_mail_each_notification_once(
    settings: Settings, resources: Resources, worker: WorkerHarness, smtp: SmtpServer
) -> None:
    titles = ("Book the movers", "Find boxes", "Call the landlord")
    await _notify_in_windows(settings, titles)

    await _end_window(resources)
    for _ in range(2):
        await worker.run_once()

    assert sorted(mail.subject for mail in smtp.received) == sorted(
        f"Ben mentioned you on “{title}”" for title in titles
    )


async def test_notifications_of_a_mail_in_doubt_are_not_in_the_next_mail(
    settings: Settings,
    resources: Resources,
    builder: JobBuilder,
    worker: WorkerHarness,
    smtp: SmtpServer,
) -> None:
    await _notify_in_windows(settings, ("Book the movers", "Find boxes"))
    async with resources.begin_read() as read:
        first = await read.connection.scalar(
            select(JobRow.id)
            .where(JobRow.kind == "send_notifications")
            .order_by(JobRow.run_at)
            .limit(1)
        )
    assert first is not None
    await builder.update_row(JobRow, first, in_doubt_count=1)

    await _end_window(resources)
    for _ in range(2):
        await worker.run_once()

    assert [mail.subject for mail in smtp.received] == ["Ben mentioned you on “Find boxes”"]
    assert (await builder.read_job(JobId(first))).state == "dead"


async def test_recording_a_mail_locks_the_stream_that_reading_notifications_locks(
    resources: Resources, settings: Settings, unread: Unread
) -> None:
    ana, *_ = unread
    async with resources.begin() as work:
        of_ana = (JobRow.kind == "send_notifications") & (JobRow.fairness_key == ana.user_id)
        payload = await work.connection.scalar(select(JobRow.payload).where(of_ana))
        jobs = [SendNotifications.model_validate(payload)]
        [composed] = await compose_notifications(work, EmailRenderer(settings), jobs)

    # The stream that is locked while the mail is recorded (worker/mail/email_batches.py).
    assert isinstance(composed, ComposedEmail)
    assert composed.stream == user_stream(ana.user_id)


async def test_a_deleted_account_is_not_named_in_a_mail(
    resources: Resources, world: World, worker: WorkerHarness, smtp: SmtpServer, unread: Unread
) -> None:
    _, ben, *_ = unread
    async with resources.begin() as work:
        await work.connection.execute(delete(UserRow).where(UserRow.id == ben.user_id))

    await _end_window(resources)
    await worker.run_once()

    [mail] = smtp.received
    assert "Somebody assigned you “Book the movers”" in mail.body("plain")
    assert "Ben" not in mail.body("plain") + mail.body("html")


async def test_notifications_that_were_read_are_not_mailed(
    resources: Resources, world: World, worker: WorkerHarness, smtp: SmtpServer, unread: Unread
) -> None:
    ana, *_ = unread
    async with resources.begin_read() as read:
        ids = list(await read.connection.scalars(select(NotificationRow.id)))
    await world.run(mark_notifications_read, ana, through=max(ids))

    await _end_window(resources)
    await worker.run_once()

    assert smtp.received == []


async def test_a_removed_member_is_mailed_no_title(
    resources: Resources, world: World, worker: WorkerHarness, smtp: SmtpServer, unread: Unread
) -> None:
    ana, ben, home, _ = unread
    preferences = {NotificationKind.REMOVED: {"mail": True}}
    await world.run(edit_preferences, ana, ana.user_id, preferences)
    await world.run(remove_member, ben, home, ana.user_id)

    await _end_window(resources)
    await worker.run_once()

    [mail] = smtp.received
    assert mail.subject == "Ben removed you from “House move”"
    assert "movers" not in mail.body("plain") + mail.body("html")


async def test_one_click_unsubscribing_stops_such_mails_without_signing_in(
    resources: Resources,
    world: World,
    worker: WorkerHarness,
    smtp: SmtpServer,
    client: httpx.AsyncClient,
    unread: Unread,
) -> None:
    ana, ben, _, todo = unread
    await _end_window(resources)
    await worker.run_once()
    [mail] = smtp.received
    path = _unsubscribe_path(mail)

    redirect = await client.get(path)
    preferences = [await _mail_preferences(world, ana)]
    form = {"List-Unsubscribe": "One-Click"}
    posted = [await client.post(path, data=form), await client.post(path, files=form)]
    preferences.append(await _mail_preferences(world, ana))
    await world.run(add_comment, ben, todo, f"@[{ana.user_id}] hello?")
    await _end_window(resources)
    await worker.run_once()

    assert _headers(mail)["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    statuses = [answer.status_code for answer in posted]
    assert (redirect.status_code, statuses) == (303, [200, 200])
    assert redirect.headers["Location"].startswith("http://localhost:8000/mail-preferences#token=")
    assert [(mails["mentioned"], mails["reminded"]) for mails in preferences] == [
        (True, True), (False, True),
    ]  # fmt: skip
    assert len(smtp.received) == 1
    events = await world.events(user_stream(ana.user_id))
    [edited] = [event for event in events if "pref" in event["event"]]
    assert edited["actor"] is None


async def _mail_preferences(world: World, user: Actor) -> dict[str, bool]:
    preferences = await world.query(read_preferences, user.user_id)
    return {kind.value: channels.mail for kind, channels in preferences.channels.items()}


async def test_the_unsubscribe_link_gives_access_to_mail_preferences_and_nothing_else(
    resources: Resources,
    world: World,
    worker: WorkerHarness,
    smtp: SmtpServer,
    client: httpx.AsyncClient,
    unread: Unread,
) -> None:
    ana, *_ = unread
    await _end_window(resources)
    await worker.run_once()
    [token] = re.findall(r"mail-preferences#token=([\w.-]+)&", smtp.received[0].body("plain"))
    api = "/api/v1/mail/preferences"

    read = await client.post(api, json={"token": token})
    edited = await client.patch(api, json={"token": token, "mail": {"reminded": False}})
    forged = await client.post(api, json={"token": token[:-1] + ("A" if token[-1] != "A" else "B")})
    elsewhere = await client.post("/api/v1/auth/verify-email", json={"token": token})
    await world.run(void_unsubscribe_tokens, ana.user_id)
    after = await client.patch(api, json={"token": token, "mail": {"reminded": True}})

    email = await world.email_of(ana)
    assert read.json()["email"] == f"a…@{email.partition('@')[2]}"
    assert edited.json()["mail"] == read.json()["mail"] | {"reminded": False}
    rejected = [
        (answer.status_code, answer.json()["code"]) for answer in (forged, elsewhere, after)
    ]
    assert rejected == [(422, "link_invalid")] * 3
    assert (await _mail_preferences(world, ana))["reminded"] is False


async def test_unsubscribing_from_reminder_mails_keeps_reminders_without_mail(
    world: World,
    builder: JobBuilder,
    worker: WorkerHarness,
    smtp: SmtpServer,
    client: httpx.AsyncClient,
) -> None:
    ana = await world.user("Ana")
    todo = await builder.add_todo(await builder.make_list(ana), title="Call the plumber")
    due = builder.now - timedelta(seconds=1)
    await builder.add_reminder(todo, ana.user_id, due)
    await worker.run_once()
    await worker.run_once()

    unsubscribed = await client.post(
        _unsubscribe_path(smtp.received[0]), data={"List-Unsubscribe": "One-Click"}
    )
    second = await builder.add_reminder(todo, ana.user_id, due)
    await worker.run_once()
    await worker.run_once()

    assert unsubscribed.status_code == 200
    assert len(smtp.received) == 1
    row = await builder.read_row(ReminderRow, second)
    assert (row.state, row.detail) == ("sent", "Not mailed, by choice.")
    assert row.sent_at is not None
    assert (await builder.event_names(ana))[-1] == "reminder.sent"


async def test_reminders_of_a_user_with_no_channel_for_them_are_cancelled(
    world: World, builder: JobBuilder, worker: WorkerHarness, smtp: SmtpServer
) -> None:
    ana = await world.user("Ana")
    none = {NotificationKind.REMINDED: dict.fromkeys(CHANNELS, False)}
    await world.run(edit_preferences, ana, ana.user_id, none)
    todo = await builder.add_todo(await builder.make_list(ana))
    reminder = await builder.add_reminder(todo, ana.user_id, builder.now - timedelta(seconds=1))

    await worker.run_once()

    row = await builder.read_row(ReminderRow, reminder)
    assert (row.state, row.detail) == ("cancelled", "Not sent: they do not want such mails.")
    assert smtp.received == []


async def test_only_an_invitation_to_a_user_has_an_unsubscribe_link(
    world: World, worker: WorkerHarness, smtp: SmtpServer
) -> None:
    ana, eve = await world.user("Ana"), await world.user("Eve")
    home = await world.list(ana)
    for email in ("nobody@example.org", await world.email_of(eve)):
        await world.run(invite_member, ana, home, email, Role.VIEWER)

    await worker.run_once()
    await worker.run_once()

    has_link = {
        mail.recipients[0]: bool(_headers(mail)["List-Unsubscribe"]) for mail in smtp.received
    }
    assert has_link == {"nobody@example.org": False, await world.email_of(eve): True}
