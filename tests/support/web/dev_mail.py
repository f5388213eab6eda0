"""Read the mails that a service in development mode kept instead of sending them."""

import asyncio
import re
from typing import Any

from tests.support.deadlines import DEADLINE_SECONDS, http_client


async def mails_to(service: str, email: str) -> list[dict[str, Any]]:
    """Return the mails to an address, newest first."""
    async with http_client() as client:
        mails = (await client.get(f"{service}/dev/mail.json")).json()
    return [mail for mail in mails if email in mail["to"]]


async def mail_link(service: str, email: str, page: str) -> str:
    """Wait for a mail to the address with a link to `page`, and return the newest such link."""
    link = re.compile(rf"{re.escape(service)}/{page}#token=\S+")
    async with asyncio.timeout(DEADLINE_SECONDS):
        while True:
            for mail in await mails_to(service, email):
                if found := link.search(mail["text"]):
                    return found[0]
            # Another process writes the mail, which gives no event to wait for.
            await asyncio.sleep(0.05)


async def count_mails(service: str, email: str, subject: str) -> int:
    """Return how many mails to the address have these words in their subject."""
    return sum(subject in mail["subject"] for mail in await mails_to(service, email))


async def wait_for_mail(service: str, email: str, subject: str) -> None:
    async with asyncio.timeout(DEADLINE_SECONDS):
        while not await count_mails(service, email, subject):
            await asyncio.sleep(0.05)  # as in mail_link()
