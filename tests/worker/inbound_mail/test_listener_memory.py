"""What a connection of the mail listener holds while a message comes in."""

import asyncio
import socket
import tracemalloc

from shared.actor import Actor
from shared.ids import ListId
from tests.support.deadlines import DEADLINE_SECONDS
from tests.support.inbound_mail import Mailboxes

# A client waits so long for an answer before a test fails.


async def test_a_message_of_empty_lines_takes_no_more_memory_than_a_few_of_its_size(
    port: int, boxes: Mailboxes, list_of_ana: tuple[Actor, ListId]
) -> None:
    address = await boxes.address(*list_of_ana)
    size = 768 * 1024

    def hand_over() -> bytes:
        with socket.create_connection(("127.0.0.1", port), DEADLINE_SECONDS) as client:
            answers = client.makefile("rb")
            answers.readline()
            for command in (
                "HELO e.org",
                "MAIL FROM:<ana@example.com>",
                f"RCPT TO:<{address}>",
                "DATA",
            ):
                client.sendall(f"{command}\r\n".encode())
                answers.readline()
            client.sendall(b"Subject: Lines\r\n" + b"\r\n" * (size // 2) + b"text\r\n.\r\n")
            return answers.readline()

    tracemalloc.start()
    answer = await asyncio.to_thread(hand_over)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert answer.startswith(b"250"), answer
    assert peak < 10 * size
