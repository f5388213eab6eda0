"""A user with a browser of their own, on a real service."""

import itertools
import re
from datetime import UTC, datetime, timedelta
from typing import Any

from playwright.async_api import Locator, Page, WebSocketRoute, expect

from shared.clock import monotonic
from tests.support.deadlines import http_client
from tests.support.web.browser import ACTION_TIMEOUT_MS
from tests.support.web.dev_mail import mail_link
from tests.support.web.page_actions import add, focus_row, row, settled

PASSWORD = "violet-harbour-lantern-52"

# What differs between the state of the page and snapshots fetched now. Members are compared by id.
DIFFERENCES = """async () => {
  const { app } = document.querySelector('ll-app');
  const sorted = (value) => JSON.stringify(value, (_key, inner) =>
    inner && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort()) : inner);
  const byId = (items) => Object.fromEntries(items.map((item) => [item.id, item]));
  const differences = [];
  for (const [id, content] of Object.entries(app.store.shown.contents)) {
    const { body } = await app.session.call('GET', `/lists/${id}/snapshot`);
    const pairs = {
      todos: [content.todos, byId(body.todos)], labels: [content.labels, byId(body.labels)],
      count: [app.store.shown.lists[id].open_count, body.list.open_count],
      stream: [app.store.shown.streams[id].seq, body.stream.seq],
      list: [app.store.shown.lists[id].name, body.list.name],
    };
    for (const [what, [shown, stored]] of Object.entries(pairs)) {
      if (sorted(shown) !== sorted(stored)) differences.push([what, sorted(shown), sorted(stored)]);
    }
  }
  return differences;
}"""

_NUMBERS = itertools.count(1)


class BrowserUser:
    """A user, and the page on which they work."""

    def __init__(self, name: str, page: Page, service: str) -> None:
        self.name, self.page, self.service = name, page, service
        # The service lives longer than a test, and another test may have a user of that name.
        self.email = f"{name.lower()}.{next(_NUMBERS)}@example.org"
        self._sockets: list[WebSocketRoute] = []

    # Account and connection

    async def sign_up(self) -> None:
        page = self.page
        await page.route_web_socket(re.compile("/ws$"), self._forward_socket)
        await page.goto(f"{self.service}/sign-up")
        await page.fill("[name=name]", self.name)
        await page.fill("[name=email]", self.email)
        await page.fill("[name=password]", PASSWORD)
        await page.click("button[type=submit]")
        await page.wait_for_selector("h1:has-text('Check your mail')")
        await page.goto(await mail_link(self.service, self.email, "verify"))
        await expect(page.locator(".page h1")).to_have_text("Inbox")
        await self.wait_until_live()

    async def wait_until_live(self) -> None:
        await self.page.wait_for_selector(".side .badge.is-live", state="attached")

    async def go_offline(self) -> None:
        """Let no request through and close the open socket, as when a laptop is shut."""
        await self.page.context.set_offline(True)
        for socket in self._sockets:
            await socket.close(code=4005)
        self._sockets.clear()
        await self.page.wait_for_selector(".side .badge.is-offline", state="attached")

    async def go_online(self) -> None:
        await self.page.context.set_offline(False)
        await self.wait_until_live()

    def _forward_socket(self, socket: WebSocketRoute) -> None:
        # The browser's offline switch does not close open sockets: go_offline() closes this route.
        socket.connect_to_server()
        self._sockets.append(socket)

    # Lists and members

    async def make_list(self, name: str) -> None:
        await self.page.click("[aria-label='New list']")
        await self.page.fill("#list-name", name)
        await self.page.keyboard.press("Enter")
        await self.page.wait_for_selector(f".page h1:has-text('{name}')")

    async def invite(self, guest: "BrowserUser") -> None:
        """Invite another user to the open list. The dialog stays open."""
        await self.page.click("text=Share")
        await self.page.fill(".invite-form [name=email]", guest.email)
        await self.page.keyboard.press("Enter")

    async def remove_member(self, name: str) -> None:
        await self.page.click(".faces-button")
        await self.page.click(f"[aria-label='Remove {name}']")
        await self.page.get_by_role("button", name="Remove", exact=True).click()

    async def share_new_list(self, guest: "BrowserUser", name: str) -> None:
        """Make a list and invite another user, who joins from the notifications."""
        await self.make_list(name)
        await self.invite(guest)
        await expect(self.page.locator(".members")).to_contain_text("Invited")
        await guest.page.locator(".bell").click()
        notification = guest.page.locator(".notification-row")
        await expect(notification).to_contain_text(f"{self.name} invites you to")
        await notification.get_by_role("button", name="Join").click()
        await expect(guest.page.locator(".page h1")).to_have_text(name)
        await expect(self.page.locator(".members")).to_contain_text(guest.name)
        await self.page.keyboard.press("Escape")

    # Todos

    def row(self, title: str) -> Locator:
        return row(self.page, title)

    async def titles(self) -> list[str]:
        return await self.page.locator("ll-todo-row .row-title").all_inner_texts()

    async def add(self, title: str) -> None:
        await add(self.page, title)

    async def press_on(self, title: str, *keys: str) -> None:
        """Focus the todo's row and press keys."""
        await focus_row(self.page, title)
        for key in keys:
            await self.page.keyboard.press(key)

    async def open_menu(self, title: str, key: str) -> None:
        """Open a menu on the todo's row by its key."""
        await self.press_on(title, key)
        await expect(self.page.locator(".menu")).to_be_visible()

    async def choose(self, title: str, key: str, choice: str) -> None:
        """Open a menu on the todo's row and press one of its entries."""
        await self.open_menu(title, key)
        await self.page.locator(".menu").get_by_text(choice, exact=True).click()

    async def edit_title(self, title: str, new_title: str) -> None:
        """Edit the title in the todo's row."""
        await self.press_on(title, "e")
        await self.page.keyboard.type(new_title)
        await self.page.keyboard.press("Enter")

    async def set_reminder_by_rest(self, title: str, *, in_seconds: float) -> None:
        """Set a reminder to the second, which the menu of the page does not offer."""
        async with http_client(f"{self.service}/api/v1") as client:
            body = {"email": self.email, "password": PASSWORD}
            token = (await client.post("/auth/login", json=body)).json()["access_token"]
            client.headers["Authorization"] = f"Bearer {token}"
            found = (await client.get("/todos", params={"search": title})).json()["items"]
            at = datetime.now(UTC) + timedelta(seconds=in_seconds)
            path = f"/todos/{found[0]['id']}/reminders"
            answer = await client.post(path, json={"at": at.isoformat()})
        assert answer.status_code == 201, answer.text

    async def differences_from_server(self) -> Any:
        """Return what differs between the page and the server, once every change is confirmed.

        The event of a change may arrive after its answer, so differences are looked for again.
        """
        await settled(self.page)
        deadline = monotonic() + ACTION_TIMEOUT_MS / 1000
        while True:
            differences = await self.page.evaluate(DIFFERENCES)
            if not differences or monotonic() > deadline:
                return differences
