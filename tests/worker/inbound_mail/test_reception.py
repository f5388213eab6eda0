"""Mail to a list, from a real client by LMTP and SMTP to the todo in the list; and by the command."""

import asyncio
import base64
import io
import smtplib
import socket
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress

import pytest
from sqlalchemy import delete, select, update

from shared.actor import Actor
from shared.contract.shapes import Role
from shared.ids import ListId
from shared.inbound_mail.commands import create_address, revoke_address
from shared.inbound_mail.receiving import MAX_MESSAGES_TO_ONE
from shared.lists.commands import delete_list
from shared.members.commands import change_role
from shared.resources import Resources
from shared.settings import Settings
from shared.tables.accounts import UserRow
from shared.tables.interop.inbound_messages import InboundMessageRow
from shared.tables.lists import ListRow
from tests.support.deadlines import DEADLINE_SECONDS
from tests.support.inbound_mail import DOMAIN, SENDER, Mailboxes, message
from tests.support.worker.worker_harness import WorkerHarness
from tests.support.world_builder import World
from worker.inbound_mail import listener, receive_command
from worker.inbound_mail.listener import (
    MAX_COMMANDS,
    MAX_CONNECTIONS,
    MAX_RECIPIENTS,
    joint_answer,
)

# A client waits so long for an answer before a test fails.


def _send(
    client: type[smtplib.SMTP], port: int, to: list[str], content: bytes, sender: str = SENDER
) -> dict[str, tuple[int, bytes]]:
    """Send a message. Return the recipients that were refused. Raise an SMTPException."""
    with client("127.0.0.1", port, timeout=DEADLINE_SECONDS) as opened:
        return opened.sendmail(sender, to, content)


async def send(
    client: type[smtplib.SMTP], port: int, to: list[str], content: bytes, sender: str = SENDER
) -> dict[str, tuple[int, bytes]]:
    return await asyncio.to_thread(_send, client, port, to, content, sender)


@pytest.mark.parametrize("client", [smtplib.LMTP, smtplib.SMTP])
async def test_a_mail_becomes_one_todo_of_the_member_however_often_it_is_handed_over(
    client: type[smtplib.SMTP],
    port: int,
    boxes: Mailboxes,
    worker: WorkerHarness,
    list_of_ana: tuple[Actor, ListId],
) -> None:
    ana, list_id = list_of_ana
    address = await boxes.address(ana, list_id)
    mail = message("Buy milk", "Two litres.\n\n-- \nAna")

    for _ in range(3):
        assert await send(client, port, [address.upper()], mail) == {}
    assert await boxes.messages() == [("stored", "", True)]
    await worker.run_once()
    await send(client, port, [address], mail)
    await worker.run_once()

    assert [title for title, _ in await boxes.todos(list_id)] == ["Buy milk"]
    assert (await boxes.todos(list_id))[0][1].startswith("Two litres.")
    assert await boxes.origins() == [SENDER]
    assert await boxes.messages() == [("done", "", False)]


async def test_unknown_revoked_and_ended_addresses_get_the_same_answer(
    port: int,
    boxes: Mailboxes,
    world: World,
    resources: Resources,
    home: tuple[Actor, Actor, ListId],
) -> None:
    ana, ben, list_id = home
    answers = {}

    async def answer(case: str, address: str) -> None:
        with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
            await send(smtplib.SMTP, port, [address], message())
        ((code, text),) = refused.value.recipients.values()
        answers[case] = (code, text)

    address = await boxes.address(ana, list_id)
    await answer("other domain", address.replace(DOMAIN, "example.org"))
    await answer("no secret", f"ana@{DOMAIN}")
    await answer("unknown", f"list+llm_{'a' * 32}@{DOMAIN}")
    await answer("forged reply", f"reply+n{'0' * 26}ffff{'a' * 24}@{DOMAIN}")
    await world.run(change_role, ben, list_id, ana.user_id, Role.COMMENTER)
    await answer("not an editor any more", address)
    await world.run(change_role, ben, list_id, ana.user_id, Role.EDITOR)
    renewed = await boxes.address(ana, list_id)
    await answer("before the renewal", address)
    await world.run(revoke_address, ana, list_id)
    await answer("revoked", renewed)
    address = await boxes.address(ben, list_id)
    async with resources.begin() as work:
        of_ben = UserRow.id == ben.user_id
        await work.connection.execute(update(UserRow).where(of_ben).values(status="disabled"))
    await answer("disabled account", address)
    async with resources.begin() as work:
        await work.connection.execute(update(UserRow).where(of_ben).values(status="active"))
    await world.run(delete_list, ben, list_id)
    await answer("list in the trash", address)

    assert set(answers.values()) == {(550, b"5.1.1 There is no such address")}
    assert len(answers) == 9
    assert await boxes.messages() == []


async def test_a_secret_address_is_neither_stored_nor_shown_to_other_members(
    port: int,
    boxes: Mailboxes,
    resources: Resources,
    worker: WorkerHarness,
    list_of_ana: tuple[Actor, ListId],
) -> None:
    ana, list_id = list_of_ana
    address = await boxes.address(ana, list_id)
    secret = address.partition("+")[2].partition("@")[0]
    reply = f"reply+n{'0' * 26}ffff{'a' * 24}"

    mail = message("Movers", f"To: {address}\n{reply}@x", to=address)
    encoded = base64.b64encode(f"To: {address}\n".encode() * 3)
    await send(smtplib.SMTP, port, [address], mail + b"\r\n" + encoded)
    async with resources.begin_read() as read:
        content = await read.connection.scalar(select(InboundMessageRow.content))
    await worker.run_once()

    assert content is not None
    for shown in (secret.encode(), encoded, b"Movers"):
        assert shown not in content
    [(_, description)] = await boxes.todos(list_id)
    assert "llm_..." in description
    assert secret not in description
    assert reply not in description


async def test_lmtp_answers_for_each_recipient(
    port: int, boxes: Mailboxes, worker: WorkerHarness, home: tuple[Actor, Actor, ListId]
) -> None:
    ana, ben, list_id = home
    known = [await boxes.address(ana, list_id), await boxes.address(ben, list_id)]

    def hand_over() -> list[int]:
        # smtplib reads one answer about a message; LMTP has one for each recipient.
        with smtplib.LMTP("127.0.0.1", port, timeout=DEADLINE_SECONDS) as client:
            client.ehlo()
            client.mail(SENDER)
            recipients = [client.rcpt(each)[0] for each in (*known, f"nobody@{DOMAIN}")]
            return [*recipients, client.data(message("Tent"))[0], client.getreply()[0]]

    assert await asyncio.to_thread(hand_over) == [250, 250, 550, 250, 250]
    await worker.run_once()
    # Each is the todo of another member.
    assert [title for title, _ in await boxes.todos(list_id)] == ["Tent", "Tent"]


async def test_automatic_mail_is_refused_after_its_headers(
    port: int, boxes: Mailboxes, list_of_ana: tuple[Actor, ListId]
) -> None:
    address = await boxes.address(*list_of_ana)

    for sender, mail in (("", message()), (SENDER, message(auto_submitted="auto-replied"))):
        with pytest.raises(smtplib.SMTPDataError) as refused:
            await send(smtplib.SMTP, port, [address], mail, sender)
        assert refused.value.smtp_code == 550

    assert await boxes.messages() == []


async def test_a_message_that_is_too_large_is_refused_for_all_its_recipients(
    port: int, boxes: Mailboxes, home: tuple[Actor, Actor, ListId]
) -> None:
    ana, ben, list_id = home
    to = [await boxes.address(ana, list_id), await boxes.address(ben, list_id)]
    # smtplib does not read the extensions of LMTP, and so does not ask for the limit.
    large = message("Large", "line\n" * 230_000)

    def offer() -> list[int]:
        with smtplib.LMTP("127.0.0.1", port, timeout=DEADLINE_SECONDS) as client:
            client.ehlo()
            assert client.esmtp_features["size"] == str(1024 * 1024)
            client.mail(SENDER)
            for address in to:
                client.rcpt(address)
            first = client.data(large)
            return [first[0], client.getreply()[0]]

    assert await asyncio.to_thread(offer) == [552, 552]
    assert await boxes.messages() == []


async def test_a_connection_that_sends_without_an_end_is_closed(
    port: int, boxes: Mailboxes, list_of_ana: tuple[Actor, ListId]
) -> None:
    address = await boxes.address(*list_of_ana)

    def flood() -> None:
        with smtplib.SMTP("127.0.0.1", port, timeout=DEADLINE_SECONDS) as client:
            client.ehlo()
            client.mail(SENDER)
            client.rcpt(address)
            client.docmd("DATA")
            assert client.sock is not None
            for _ in range(10_000):  # 160 MB, if nobody stops it
                client.sock.sendall(b"x" * 16_384)

    with pytest.raises(OSError, match=r"reset|pipe|closed"):
        await asyncio.to_thread(flood)


async def test_connections_and_recipients_are_limited(
    port: int, boxes: Mailboxes, list_of_ana: tuple[Actor, ListId]
) -> None:
    address = await boxes.address(*list_of_ana)

    def occupy() -> tuple[int, list[int]]:
        opened = [
            smtplib.SMTP("127.0.0.1", port, timeout=DEADLINE_SECONDS)
            for _ in range(MAX_CONNECTIONS)
        ]
        try:
            with pytest.raises(smtplib.SMTPConnectError) as refused:
                smtplib.SMTP("127.0.0.1", port, timeout=DEADLINE_SECONDS)
            opened[0].ehlo()
            opened[0].mail(SENDER)
            spellings = [address.replace("house-move", f"list-{n}") for n in range(12)]
            return refused.value.smtp_code, [opened[0].rcpt(each)[0] for each in spellings]
        finally:
            for client in opened:
                with suppress(smtplib.SMTPException):
                    client.quit()

    code, answers = await asyncio.to_thread(occupy)
    assert code == 421
    assert answers == [250] * MAX_RECIPIENTS + [452, 452]


async def test_a_connection_is_not_kept_by_commands_that_do_nothing(port: int) -> None:
    def repeat(command: str, most: int) -> int:
        with smtplib.SMTP("127.0.0.1", port, timeout=DEADLINE_SECONDS) as client:
            client.ehlo()
            return next(n for n in range(most + 2) if client.docmd(command)[0] == 421)

    for command in ("NOOP", "RSET"):
        most = MAX_COMMANDS[command]
        assert await asyncio.to_thread(repeat, command, most) == most


async def test_a_connection_ends_at_its_age(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    # Well below the time for one command.
    monkeypatch.setattr(listener, "MAX_LIFETIME_SECONDS", 0.2)

    def wait_for_end() -> bytes:
        with socket.create_connection(("127.0.0.1", port), DEADLINE_SECONDS) as client:
            greeting = client.recv(1000)
            assert greeting.startswith(b"220")
            return client.recv(1)

    assert await asyncio.to_thread(wait_for_end) == b""


async def test_too_much_mail_is_deferred_and_not_lost(
    port: int, boxes: Mailboxes, list_of_ana: tuple[Actor, ListId]
) -> None:
    address = await boxes.address(*list_of_ana)
    first = message("0")
    await send(smtplib.LMTP, port, [address], first)
    for number in range(1, MAX_MESSAGES_TO_ONE):
        await send(smtplib.LMTP, port, [address], message(str(number)))

    with pytest.raises(smtplib.SMTPDataError) as deferred:
        await send(smtplib.SMTP, port, [address], message("Too much"))

    assert deferred.value.smtp_code == 452
    # One that is stored already is answered as before.
    assert await send(smtplib.SMTP, port, [address], first) == {}


async def test_a_mail_to_a_list_that_takes_no_todo_fails_with_a_reason(
    port: int,
    boxes: Mailboxes,
    world: World,
    worker: WorkerHarness,
    home: tuple[Actor, Actor, ListId],
) -> None:
    ana, ben, list_id = home
    await send(smtplib.LMTP, port, [await boxes.address(ana, list_id)], message())
    await world.run(change_role, ben, list_id, ana.user_id, Role.VIEWER)

    await worker.run_once()

    assert await boxes.todos(list_id) == []
    assert await boxes.messages() == [("failed", "You may no longer add todos to the list.", True)]


def test_one_answer_of_smtp_defers_while_any_recipient_is_deferred() -> None:
    assert joint_answer(["250 a", "550 b", "452 c"]) == "452 c"
    assert joint_answer(["550 b", "250 a"]) == "250 a"
    assert joint_answer(["550 b", "550 b"]) == "550 b"


@pytest.fixture
def receive(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Awaitable[int]]:
    """Returns a function that runs the command, as a mail server does, and returns its exit code."""

    async def run(recipient: str, content: bytes, sender: str = SENDER, **more: str) -> int:
        given = {
            "DATABASE_URL": settings.database.url,
            "DATA_DIR": str(settings.data_dir),
            "REDIS_URL": settings.redis.url,
            "INBOUND_MAIL_DOMAIN": DOMAIN,
            "INBOUND_MAIL_MAX_MEBIBYTES": "1",
        }
        for name, value in (given | more).items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
        return await asyncio.to_thread(receive_command.run, ["--from", sender, recipient])

    return run


async def test_the_command_takes_a_message_from_standard_input(
    receive: Callable[..., Awaitable[int]],
    boxes: Mailboxes,
    worker: WorkerHarness,
    list_of_ana: tuple[Actor, ListId],
) -> None:
    ana, list_id = list_of_ana
    address = await boxes.address(ana, list_id)
    mail = message("Buy milk")

    assert await receive(address, mail) == 0
    assert await receive(address, mail) == 0
    assert await receive(f"nobody@{DOMAIN}", mail) == 67
    assert await receive(address, mail, "") == 77
    assert await receive(address, b"x" * (1024 * 1024 + 1)) == 65
    assert await receive(address, b"X: y\r\n" * 2_000) == 65
    assert await receive(address, mail, INBOUND_MAIL_DOMAIN="") == 75
    assert await receive(address, mail, INBOUND_MAIL_MAX_MEBIBYTES="many") == 75
    nowhere = "postgresql+asyncpg://nobody@127.0.0.1:1/none"
    assert await receive(address, mail, DATABASE_URL=nowhere, INBOUND_MAIL_MAX_MEBIBYTES="1") == 75
    assert receive_command.run(["--from"]) == 64
    await worker.run_once()

    assert [title for title, _ in await boxes.todos(list_id)] == ["Buy milk"]


async def test_of_two_addresses_at_once_one_is_left(
    boxes: Mailboxes, world: World, list_of_ana: tuple[Actor, ListId]
) -> None:
    made = await asyncio.gather(
        *(world.run(create_address, *list_of_ana, DOMAIN) for _ in range(4))
    )

    assert len({each.address for each in made}) == 4


async def test_a_purged_list_takes_its_messages_with_it(
    port: int, boxes: Mailboxes, resources: Resources, list_of_ana: tuple[Actor, ListId]
) -> None:
    ana, list_id = list_of_ana
    await send(smtplib.LMTP, port, [await boxes.address(ana, list_id)], message())

    async with resources.begin() as work:
        await work.connection.execute(delete(ListRow).where(ListRow.id == list_id))

    assert await boxes.messages() == []
