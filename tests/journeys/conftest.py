"""The whole service as a newcomer starts it, and people with browsers of their own."""

import asyncio
import itertools
import re
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Locator, Page, WebSocketRoute, expect

from console.processes.broker import free_port
from tests.support.services.processes import running
from tests.support.web.browser import chromium, open_context

__all__ = ["chromium"]

PASSWORD = "violet-harbour-lantern-52"
# The worker looks for jobs twice a second; a cold one needs a moment more.
MAIL_SECONDS = 20


@pytest_asyncio.fixture(scope="session")
async def service(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """Run `./livelist up` on a folder of its own, and yield its origin."""
    folder: Path = tmp_path_factory.mktemp("journey")
    port = free_port()
    environment = {
        "DATA_DIR": str(folder),
        "PORT": str(port),
        "HOST": "127.0.0.1",
        "REDIS_URL": "",
        "DATABASE_URL": "",
        "RATE_LIMITS": "false",
    }
    async with running("up", [sys.executable, "-m", "console", "up"], environment) as child:
        await child.wait_for_line("is ready", deadline=60)
        yield f"http://localhost:{port}"


async def mail_link(service: str, to: str, page: str) -> str:
    """Return the link to `page` in the newest mail to `to`, once it is there."""
    link = re.compile(rf"{re.escape(service)}/{page}#token=\S+")
    async with httpx.AsyncClient() as client, asyncio.timeout(MAIL_SECONDS):
        while True:
            for mail in (await client.get(f"{service}/dev/mail.json")).json():
                if to in mail["to"] and (found := link.search(mail["text"])):
                    return found[0]
            # Another process writes it, which gives no event to wait for.
            await asyncio.sleep(0.05)


async def reminders_mailed(service: str, to: str, title: str) -> int:
    """Return how many mails remind `to` of the todo."""
    async with httpx.AsyncClient() as client:
        mails = (await client.get(f"{service}/dev/mail.json")).json()
    return sum(to in mail["to"] and title in mail["subject"] for mail in mails)


async def mail_of_reminder(service: str, to: str, title: str) -> None:
    """The mail that reminds `to` of the todo is there."""
    async with asyncio.timeout(MAIL_SECONDS):
        while not await reminders_mailed(service, to, title):
            await asyncio.sleep(0.05)  # as in mail_link()


_NUMBERS = itertools.count(1)


class Person:
    """Somebody with a name, an address and a browser window."""

    def __init__(self, name: str, page: Page, service: str) -> None:
        self.name, self.page, self.service = name, page, service
        # The service lives longer than a journey, and another may have an Ana too.
        self.email = f"{name.lower()}.{next(_NUMBERS)}@example.org"
        self.lines: list[WebSocketRoute] = []

    async def sign_up(self) -> None:
        page = self.page
        await page.route_web_socket(re.compile("/ws$"), self._carry)
        await page.goto(f"{self.service}/sign-up")
        await page.fill("[name=name]", self.name)
        await page.fill("[name=email]", self.email)
        await page.fill("[name=password]", PASSWORD)
        await page.click("button[type=submit]")
        await page.wait_for_selector("h1:has-text('Check your mail')")
        await page.goto(await mail_link(self.service, self.email, "verify"))
        await expect(page.locator(".page h1")).to_have_text("Inbox")
        await self.is_live()

    async def is_live(self) -> None:
        await self.page.wait_for_selector(".side .badge.is-live", state="attached")

    async def sleep(self) -> None:
        """The lid is shut: no request gets through, and the open socket is gone."""
        await self.page.context.set_offline(True)
        for line in self.lines:
            await line.close(code=4005)
        self.lines.clear()
        await self.page.wait_for_selector(".side .badge.is-offline", state="attached")

    async def wake(self) -> None:
        await self.page.context.set_offline(False)
        await self.is_live()

    def _carry(self, line: WebSocketRoute) -> None:
        # The browser's own offline switch leaves open sockets alone: ours goes through here.
        line.connect_to_server()
        self.lines.append(line)

    async def remind_by_rest(self, title: str, *, in_seconds: float) -> None:
        """Sets a reminder to the second, which the page's own choices do not offer."""
        async with httpx.AsyncClient(base_url=f"{self.service}/api/v1") as client:
            body = {"email": self.email, "password": PASSWORD}
            token = (await client.post("/auth/login", json=body)).json()["access_token"]
            client.headers["Authorization"] = f"Bearer {token}"
            found = (await client.get("/todos", params={"search": title})).json()["items"]
            at = datetime.now(UTC) + timedelta(seconds=in_seconds)
            answer = await client.post(
                f"/todos/{found[0]['id']}/reminders", json={"at": at.isoformat()}
            )
        assert answer.status_code == 201, answer.text

    async def make_list(self, name: str) -> None:
        await self.page.click("[aria-label='New list']")
        await self.page.fill("#list-name", name)
        await self.page.keyboard.press("Enter")
        await self.page.wait_for_selector(f".page h1:has-text('{name}')")

    async def add(self, title: str) -> None:
        await self.page.fill("ll-quick-add input", title)
        await self.page.keyboard.press("Enter")

    def row(self, title: str) -> Locator:
        return self.page.locator(
            "ll-todo-row", has=self.page.locator(f".row-title:text-is('{title}')")
        )

    async def titles(self) -> list[str]:
        return await self.page.locator("ll-todo-row .row-title").all_inner_texts()


MakePerson = Callable[[str], Awaitable[Person]]


@pytest_asyncio.fixture
async def person(chromium: Browser, service: str) -> AsyncIterator[MakePerson]:
    opened: list[BrowserContext] = []

    async def make(name: str) -> Person:
        context = await open_context(chromium)
        opened.append(context)
        newcomer = Person(name, await context.new_page(), service)
        await newcomer.sign_up()
        return newcomer

    yield make
    for context in opened:
        await context.close()
