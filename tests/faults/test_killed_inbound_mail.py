"""Mail that comes in while processes are killed: one todo for each message, and none is lost."""

import asyncio
import smtplib
import socket
from email.message import EmailMessage
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from shared.actor import Actor
from shared.attachments.rules import content_key
from shared.ids import ListId
from shared.resources import Resources
from shared.settings import Settings
from shared.tables.details.attachments import AttachmentRow
from shared.tables.interop.inbound_messages import InboundMessageRow
from shared.tables.jobs import JobRow
from tests.support.deadlines import DEADLINE_SECONDS
from tests.support.faults.forked_workers import fork_worker, worker_environment
from tests.support.inbound_mail import DOMAIN, SENDER, Mailboxes, message
from tests.support.services.smtp import SmtpServer
from tests.support.worker.job_builder import JobBuilder
from tests.support.world_builder import World
from tests.worker.conftest import builder, home, settings, smtp
from worker.cleanup import attachments as cleanup

__all__ = ["builder", "home", "settings", "smtp"]

FILES = [("one.pdf", b"%PDF-1.7 one" * 9000), ("two.pdf", b"%PDF-1.7 two" * 9000)]


def _hand_over(port: int, address: str, content: bytes) -> bool:
    """Hand a message over, as a mail server that waits for the answer. Return True if it got one."""
    try:
        with smtplib.LMTP("127.0.0.1", port, timeout=DEADLINE_SECONDS) as client:
            client.sendmail(SENDER, [address], content)
    except smtplib.SMTPServerDisconnected:
        return False
    return True


async def _wait_until_done(resources: Resources, count: int) -> None:
    done = select(func.count()).where(InboundMessageRow.state == "done")
    async with asyncio.timeout(DEADLINE_SECONDS):
        while True:
            async with resources.begin_read() as read:
                if await read.connection.scalar(done) == count:
                    return
            await asyncio.sleep(0.02)  # another process writes the database


@pytest.mark.parametrize(
    "failpoint",
    [
        "mail_stored:kill",
        # After the first, and after the second file.
        "attachment_stored:kill:1",
        "attachment_stored:kill:2",
        "effect_unsaved:kill",
        "job_finished:kill",
    ],
)
async def test_a_message_becomes_one_todo_whenever_the_worker_is_killed(
    settings: Settings,
    resources: Resources,
    world: World,
    builder: JobBuilder,
    smtp: SmtpServer,
    home: tuple[Actor, Actor, ListId],
    failpoint: str,
) -> None:
    ana, _, list_id = home
    boxes = Mailboxes(world, resources)
    address = await boxes.address(ana, list_id)
    await builder.skip_chores()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    environment = worker_environment(settings, smtp.host, smtp.port) | {
        "INBOUND_MAIL_DOMAIN": DOMAIN,
        "INBOUND_MAIL_LISTEN": f"127.0.0.1:{port}",
    }
    mail, folder = _mail_with_files(), Path(settings.data_dir)

    async with fork_worker("first", folder, environment | {"FAILPOINT": failpoint}) as first:
        await first.wait_for_line("worker ready")
        is_answered = await asyncio.to_thread(_hand_over, port, address, mail)
        assert await first.wait(DEADLINE_SECONDS) == -9
    # Nothing that was answered is lost, and what was not answered is handed over again.
    assert is_answered or failpoint == "mail_stored:kill"
    async with resources.begin() as work:
        # The lease of the dead worker would last for thirty seconds.
        is_leased = JobRow.state == "leased"
        await work.connection.execute(update(JobRow).where(is_leased).values(lease_until=work.now))
    async with fork_worker("second", folder, environment) as second:
        await second.wait_for_line("worker ready")
        for _ in range(2):
            assert await asyncio.to_thread(_hand_over, port, address, mail)
        await _wait_until_done(resources, 1)
        assert await asyncio.to_thread(_hand_over, port, address, message("Second"))
        await _wait_until_done(resources, 2)

    assert [title for title, _ in await boxes.todos(list_id)] == ["Buy milk", "Second"]
    assert await _attached(resources) == FILES
    await _clean_up(resources)
    assert await _attached(resources) == FILES
    stored = [path for path in resources.settings.attachments.folder.rglob("*") if path.is_file()]
    assert len(stored) == len(FILES)


def _mail_with_files() -> bytes:
    mail = EmailMessage()
    mail["From"], mail["Subject"], mail["Message-Id"] = SENDER, "Buy milk", "<files@example.com>"
    mail.set_content("Two litres.")
    for name, content in FILES:
        mail.add_attachment(content, maintype="application", subtype="pdf", filename=name)
    return mail.as_bytes(policy=mail.policy.clone(linesep="\r\n"))


async def _attached(resources: Resources) -> list[tuple[str, bytes]]:
    """Return name and content of each file that is attached to a todo."""
    row = AttachmentRow
    is_attached = (row.state == "ready") & row.todo_id.is_not(None)
    async with resources.begin_read() as read:
        found = await read.connection.execute(
            select(row.id, row.name).where(is_attached).order_by(row.id)
        )
        files = found.all()
    return [(file.name, await resources.objects.read_all(content_key(file.id))) for file in files]


async def _clean_up(resources: Resources) -> None:
    """Clean up as hours later, when what the killed worker stored has broken off."""
    async with resources.begin() as work:
        is_broken = AttachmentRow.state == "uploading"
        past = work.now - cleanup.MARGIN
        await work.connection.execute(update(AttachmentRow).where(is_broken).values(delete_at=past))
    await cleanup.delete_batch(resources)
