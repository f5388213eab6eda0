"""What was told and not read comes by mail: together, once, to who may read it, until they stop it."""

import re
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from sqlalchemy import delete, select, update

from shared.actor import Actor
from shared.comments.commands import add_comment
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
from worker.notifications.notification_email import record_sent

Asked = tuple[Actor, Actor, ListId, TodoId]


@pytest.fixture
async def asked(world: World) -> Asked:
    """Ben assigned Ana a todo and mentioned her; she has seen none of it."""
    ana, ben = await world.user("Ana"), await world.user("Ben")
    home = await world.list(ben, (ana, Role.EDITOR), name="House move")
    new = NewTodo(title="Book the movers", assignees=(ana.user_id,))
    todo = await world.run(create_todo, ben, home, new, Placement())
    await world.run(add_comment, ben, TodoId(todo.id), f"@[{ana.user_id}] the 14th?")
    return ana, ben, home, TodoId(todo.id)


async def _time_passes(resources: Resources) -> None:
    """The window is over: its mail is due."""
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


def _stop(mail: ReceivedEmail) -> str:
    """Returns the address a mail program would post to, below the site."""
    found = re.fullmatch(
        r"<http://localhost:8000(/api/v1/mail/unsubscribe\?\S+)>",
        _headers(mail)["List-Unsubscribe"],
    )
    assert found, _headers(mail)
    return found[1]


async def test_all_that_is_unread_comes_in_one_mail_once(
    resources: Resources, worker: WorkerHarness, smtp: SmtpServer, asked: Asked
) -> None:
    await worker.run_once()
    early = list(smtp.received)
    await _time_passes(resources)
    for _ in range(2):
        await worker.run_once()

    [mail] = smtp.received
    assert early == []
    assert mail.subject == "2 things wait for you"
    for part in ("plain", "html"):
        assert "Ben assigned you “Book the movers”" in mail.body(part)
        assert "Ben mentioned you on “Book the movers”" in mail.body(part)
        assert "the 14th?" not in mail.body(part)


async def _told_in_windows(settings: Settings, titles: tuple[str, ...]) -> Actor:
    """Returns Ana, whom Ben mentioned on one todo in each of so many windows."""
    clock = ManualClock(datetime(2026, 11, 20, 9, 1, tzinfo=UTC))
    async with open_resources(settings, clock) as then:
        world = World(then)
        ana, ben = await world.user("Ana"), await world.user("Ben")
        home = await world.list(ben, (ana, Role.EDITOR))
        for title in titles:
            todo = await world.run(create_todo, ben, home, NewTodo(title=title), Placement())
            await world.run(add_comment, ben, TodoId(todo.id), f"@[{ana.user_id}]")
            clock.advance(MAIL_WINDOW)
    return ana


async def test_windows_that_are_due_at_once_mail_each_thing_once(
    settings: Settings, resources: Resources, worker: WorkerHarness, smtp: SmtpServer
) -> None:
    titles = ("Book the movers", "Find boxes", "Call the landlord")
    await _told_in_windows(settings, titles)

    await _time_passes(resources)
    for _ in range(2):
        await worker.run_once()

    assert sorted(mail.subject for mail in smtp.received) == sorted(
        f"Ben mentioned you on “{title}”" for title in titles
    )


async def test_what_may_have_been_mailed_is_not_in_the_next_mail_either(
    settings: Settings,
    resources: Resources,
    builder: JobBuilder,
    worker: WorkerHarness,
    smtp: SmtpServer,
) -> None:
    await _told_in_windows(settings, ("Book the movers", "Find boxes"))
    async with resources.begin_read() as read:
        of_mails = JobRow.kind == "send_notifications"
        first = await read.connection.scalar(
            select(JobRow.id).where(of_mails).order_by(JobRow.run_at).limit(1)
        )
    assert first is not None
    await builder.update_row(JobRow, first, in_doubt_count=1)

    await _time_passes(resources)
    for _ in range(2):
        await worker.run_once()

    assert [mail.subject for mail in smtp.received] == ["Ben mentioned you on “Find boxes”"]
    assert (await builder.read_job(JobId(first))).state == "dead"


async def test_what_was_mailed_is_noted_under_the_lock_it_is_read_under(
    resources: Resources, world: World, asked: Asked
) -> None:
    ana, *_ = asked

    async with resources.begin() as work:
        await record_sent(work, SendNotifications(user_id=ana.user_id, until=work.now))
        held = work.head(user_stream(ana.user_id))

    assert held.stream == user_stream(ana.user_id)


async def test_whose_account_is_gone_is_not_named_in_a_mail(
    resources: Resources, world: World, worker: WorkerHarness, smtp: SmtpServer, asked: Asked
) -> None:
    _, ben, *_ = asked
    async with resources.begin() as work:
        await work.connection.execute(delete(UserRow).where(UserRow.id == ben.user_id))

    await _time_passes(resources)
    await worker.run_once()

    [mail] = smtp.received
    assert "Somebody assigned you “Book the movers”" in mail.body("plain")
    assert "Ben" not in mail.body("plain") + mail.body("html")


async def test_what_was_read_on_the_screen_is_not_mailed(
    resources: Resources, world: World, worker: WorkerHarness, smtp: SmtpServer, asked: Asked
) -> None:
    ana, *_ = asked
    async with resources.begin_read() as read:
        ids = list(await read.connection.scalars(select(NotificationRow.id)))
    await world.run(mark_notifications_read, ana, through=max(ids))

    await _time_passes(resources)
    await worker.run_once()

    assert smtp.received == []


async def test_who_was_removed_meanwhile_is_mailed_no_title(
    resources: Resources, world: World, worker: WorkerHarness, smtp: SmtpServer, asked: Asked
) -> None:
    ana, ben, home, _ = asked
    wish = {NotificationKind.REMOVED: {"mail": True}}
    await world.run(edit_preferences, ana, ana.user_id, wish)
    await world.run(remove_member, ben, home, ana.user_id)

    await _time_passes(resources)
    await worker.run_once()

    [mail] = smtp.received
    assert mail.subject == "Ben removed you from “House move”"
    assert "movers" not in mail.body("plain") + mail.body("html")


async def test_a_press_on_unsubscribe_stops_those_mails_without_a_sign_in(
    resources: Resources,
    world: World,
    worker: WorkerHarness,
    smtp: SmtpServer,
    client: httpx.AsyncClient,
    asked: Asked,
) -> None:
    ana, ben, _, todo = asked
    await _time_passes(resources)
    await worker.run_once()
    [mail] = smtp.received
    path = _stop(mail)

    looked = await client.get(path)
    chosen = [await _chosen(world, ana)]
    form = {"List-Unsubscribe": "One-Click"}
    posted = [await client.post(path, data=form), await client.post(path, files=form)]
    chosen.append(await _chosen(world, ana))
    await world.run(add_comment, ben, todo, f"@[{ana.user_id}] hello?")
    await _time_passes(resources)
    await worker.run_once()

    assert _headers(mail)["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert (looked.status_code, [one.status_code for one in posted]) == (303, [200, 200])
    assert looked.headers["Location"].startswith("http://localhost:8000/mail-preferences#token=")
    assert [(mails["mentioned"], mails["reminded"]) for mails in chosen] == [
        (True, True), (False, True),
    ]  # fmt: skip
    assert len(smtp.received) == 1
    [event] = [
        one for one in await world.events(user_stream(ana.user_id)) if "pref" in one["event"]
    ]
    assert event["actor"] is None


async def _chosen(world: World, person: Actor) -> dict[str, bool]:
    found = await world.query(read_preferences, person.user_id)
    return {kind.value: ways.mail for kind, ways in found.channels.items()}


async def test_the_link_opens_which_mails_come_and_nothing_else(
    resources: Resources,
    world: World,
    worker: WorkerHarness,
    smtp: SmtpServer,
    client: httpx.AsyncClient,
    asked: Asked,
) -> None:
    ana, *_ = asked
    await _time_passes(resources)
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
    refusals = [(one.status_code, one.json()["code"]) for one in (forged, elsewhere, after)]
    assert refusals == [(422, "link_invalid")] * 3
    assert (await _chosen(world, ana))["reminded"] is False


async def test_mails_of_reminders_can_be_stopped_and_say_so_themselves(
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

    stopped = await client.post(_stop(smtp.received[0]), data={"List-Unsubscribe": "One-Click"})
    second = await builder.add_reminder(todo, ana.user_id, due)
    await worker.run_once()
    await worker.run_once()

    assert stopped.status_code == 200
    assert len(smtp.received) == 1
    row = await builder.read_row(ReminderRow, second)
    assert (row.state, row.detail) == ("sent", "Not mailed, by choice.")
    assert row.sent_at is not None
    assert (await builder.event_names(ana))[-1] == "reminder.sent"


async def test_who_wants_reminders_in_no_way_has_them_cancelled(
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


async def test_an_invitation_to_a_stranger_has_no_link_to_stop_and_one_to_an_account_has(
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
