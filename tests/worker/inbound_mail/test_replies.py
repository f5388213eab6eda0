"""Replies to mails about a todo become comments of their recipient, by the rights of the moment."""

from datetime import timedelta

from sqlalchemy import update

from shared.actor import Actor
from shared.comments.commands import add_comment
from shared.contract.shapes import Role
from shared.ids import ListId, TodoId, new_id
from shared.inbound_mail.addresses import REPLY_LIFETIME, reply_address
from shared.members.commands import change_role, remove_member
from shared.resources import Resources
from shared.settings import Settings
from shared.tables.accounts import UserRow
from shared.tables.jobs import JobRow
from shared.todos.commands.create import create_todo
from shared.todos.rules.todo_edits import NewTodo, Placement
from tests.support.inbound_mail import DOMAIN, SENDER, Mailboxes, message
from tests.support.services.smtp import ReceivedEmail, SmtpServer
from tests.support.worker.job_builder import JobBuilder
from tests.support.worker.worker_harness import WorkerHarness
from tests.support.world_builder import World
from worker.inbound_mail.reception import ACCEPTED, UNKNOWN, Reception
from worker.mail.renderer import REPLY_LINE

Home = tuple[Actor, Actor, ListId]


async def _todo(world: World, home: Home, title: str = "Book the movers") -> TodoId:
    """Ben adds a todo and assigns it to Ana, who gets a mail about it."""
    ana, ben, list_id = home
    new = NewTodo(title=title, assignees=(ana.user_id,))
    return TodoId((await world.run(create_todo, ben, list_id, new, Placement())).id)


async def _mail(resources: Resources, worker: WorkerHarness, smtp: SmtpServer) -> ReceivedEmail:
    """Return the mail of the window, which ends now."""
    before = len(smtp.received)
    async with resources.begin() as work:
        is_waiting = (JobRow.kind == "send_notifications") & (JobRow.state == "queued")
        past = work.now - timedelta(seconds=1)
        await work.connection.execute(
            update(JobRow).where(is_waiting).values(run_at=past, fair_run_at=past)
        )
    await worker.run_once()
    (mail,) = smtp.received[before:]
    return mail


def _reply_to(mail: ReceivedEmail) -> str:
    return str(mail.message["Reply-To"] or "")


async def _reply(resources: Resources, address: str, text: str = "Yes.") -> str:
    return await Reception(resources).take(message("Re: Movers", text), SENDER, address)


async def test_a_reply_becomes_a_comment_of_the_recipient(
    resources: Resources,
    world: World,
    worker: WorkerHarness,
    smtp: SmtpServer,
    home: Home,
    boxes: Mailboxes,
) -> None:
    ana, ben, _ = home
    todo_id = await _todo(world, home)
    await world.run(add_comment, ben, todo_id, f"@[{ana.user_id}] the 14th?")
    mail = await _mail(resources, worker, smtp)
    body = mail.message.get_body(("plain",))
    assert body is not None
    text = body.get_content()
    assert text.startswith(REPLY_LINE)
    quote = "".join(f"> {line}\n" for line in text.splitlines())

    answer = await _reply(
        resources,
        _reply_to(mail).upper(),
        f"The 14th.\n\nAm 30.11. um 12:00 schrieb Livelist:\n{quote}",
    )
    await worker.run_once()

    assert answer == ACCEPTED
    assert (await boxes.comments())[-1] == (ana.user_id, "The 14th.")
    assert await boxes.origins() == [None, None, SENDER]
    assert await boxes.messages() == [("done", "", False)]


async def test_a_reply_to_a_reminder_becomes_a_comment(
    resources: Resources,
    world: World,
    builder: JobBuilder,
    worker: WorkerHarness,
    smtp: SmtpServer,
    home: Home,
    boxes: Mailboxes,
) -> None:
    _, ben, list_id = home
    todo = await world.run(create_todo, ben, list_id, NewTodo(title="Movers"), Placement())
    async with resources.begin_read() as read:
        past = read.now - timedelta(seconds=1)
    await builder.add_reminder(TodoId(todo.id), ben.user_id, past)
    for _ in range(2):
        await worker.run_once()
    (mail,) = smtp.received

    assert await _reply(resources, _reply_to(mail), "Done yesterday.") == ACCEPTED
    await worker.run_once()

    assert await boxes.comments() == [(ben.user_id, "Done yesterday.")]


async def test_a_mail_about_several_todos_takes_no_replies(
    resources: Resources, world: World, worker: WorkerHarness, smtp: SmtpServer, home: Home
) -> None:
    await _todo(world, home, "One")
    await _todo(world, home, "Two")

    assert _reply_to(await _mail(resources, worker, smtp)) == ""


async def test_a_mail_to_a_viewer_takes_no_replies(
    resources: Resources, world: World, worker: WorkerHarness, smtp: SmtpServer, home: Home
) -> None:
    ana, ben, list_id = home
    await _todo(world, home)
    await world.run(change_role, ben, list_id, ana.user_id, Role.VIEWER)

    mail = await _mail(resources, worker, smtp)

    assert _reply_to(mail) == ""
    body = mail.message.get_body(("plain",))
    assert body is not None
    assert REPLY_LINE not in body.get_content()


async def test_a_reply_address_ends_with_the_right_the_address_of_the_account_and_time(
    resources: Resources,
    settings: Settings,
    world: World,
    worker: WorkerHarness,
    smtp: SmtpServer,
    home: Home,
    boxes: Mailboxes,
) -> None:
    ana, ben, list_id = home
    await _todo(world, home)
    address = _reply_to(await _mail(resources, worker, smtp))
    row_id = address.removeprefix("reply+n")[:26]
    reception = Reception(resources)
    assert await reception.check_recipient(address) == ACCEPTED
    async with resources.begin_read() as read:
        now = read.now
    keys = settings.secrets.signing_keys()
    of_ana = UserRow.id == ana.user_id
    email = f"ana.{ana.user_id[-6:]}@example.com"
    changed = {"email": "new@example.com", "email_key": "new@example.com"}
    too_old = now - REPLY_LIFETIME - timedelta(days=1)
    for made, answer in (
        (reply_address(keys, "n", row_id, email, too_old, DOMAIN), UNKNOWN),
        (reply_address([b"other"], "n", row_id, email, now, DOMAIN), UNKNOWN),
        (reply_address(keys, "n", row_id, "ben@example.com", now, DOMAIN), UNKNOWN),
        (reply_address(keys, "r", row_id, email, now, DOMAIN), UNKNOWN),
        (reply_address(keys, "n", new_id(), email, now, DOMAIN), UNKNOWN),
        (reply_address(keys, "n", row_id, email, now, DOMAIN), ACCEPTED),
    ):
        assert await reception.check_recipient(made) == answer

    async with resources.begin() as work:
        await work.connection.execute(update(UserRow).where(of_ana).values(changed))
    assert await reception.check_recipient(address) == UNKNOWN
    async with resources.begin() as work:
        back = {"email": email, "email_key": email}
        await work.connection.execute(update(UserRow).where(of_ana).values(back))
    assert await _reply(resources, address) == ACCEPTED
    await world.run(remove_member, ben, list_id, ana.user_id)
    assert await reception.check_recipient(address) == UNKNOWN
    await worker.run_once()

    assert await boxes.comments() == []
    assert await boxes.messages() == [("failed", "You may no longer comment on the todo.", True)]
