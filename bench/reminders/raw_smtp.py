"""Send prepared mails with aiosmtplib and nothing else: the least that a mail can cost.

    python -m bench.reminders.raw_smtp PORT COUNT     prints seconds and CPU seconds

The mails have the size of a reminder, and go over as many connections as a worker uses.
"""

import asyncio
import sys
import time

import aiosmtplib

from shared.clock import monotonic
from worker.event_loop import new_event_loop
from worker.jobs.executor import CONCURRENCY

SENDER, RECIPIENT = "livelist@example.com", "ana@example.com"
# A rendered reminder has 6.3 kB.
MAIL = b"Subject: Reminder\r\n\r\n" + b"x" * 76 + b"\r\n" + (b"y" * 76 + b"\r\n") * 79


async def send(port: int, count: int) -> None:
    """Send `count` mails over CONCURRENCY connections."""
    waiting = iter(range(count))

    async def send_over_one_connection() -> None:
        async with aiosmtplib.SMTP(
            hostname="127.0.0.1", port=port, start_tls=False, local_hostname="localhost"
        ) as session:
            for _ in waiting:
                await session.mail(SENDER)
                await session.rcpt(RECIPIENT)
                await session.data(MAIL)

    await asyncio.gather(*(send_over_one_connection() for _ in range(CONCURRENCY)))


def main() -> None:
    """Send, and print seconds and CPU seconds."""
    port, count = map(int, sys.argv[1:])
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        runner.run(send(port, 100))  # the first mails of a process import and compile
        began, cpu = monotonic(), time.process_time()
        runner.run(send(port, count))
        print(monotonic() - began, time.process_time() - cpu)


if __name__ == "__main__":
    main()
