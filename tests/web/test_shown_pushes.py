"""What the service worker shows when a message is pushed, and what a press on it opens."""

import asyncio
import json
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.async_api import BrowserContext, CDPSession, Page, Worker

from tests.support.web.browser import ACTION_TIMEOUT_MS

# Reports each notification that the service worker has shown: one promise for each push.
REPORTS = """(() => {
  const show = self.registration.showNotification.bind(self.registration);
  const shown = [], waiting = [];
  const match = () => {
    while (shown.length && waiting.length) waiting.shift()(shown.shift());
  };
  self.registration.showNotification = async (...all) => {
    await show(...all);
    shown.push(null);
    match();
  };
  self.nextShown = () => new Promise((resolve) => { waiting.push(resolve); match(); });
})()"""
# A browser opens a window only after a press of the user: the test replaces both.
PRESS = """async () => {
  const opened = [];
  self.clients.openWindow = async (address) => { opened.push(address); };
  const [notification] = await self.registration.getNotifications();
  const press = new NotificationEvent('notificationclick', { notification });
  let done;
  Object.defineProperty(press, 'waitUntil', { value: (promise) => { done = promise; } });
  self.dispatchEvent(press);
  await done;
  return opened;
}"""
IS_ACTIVE = "navigator.serviceWorker.ready.then(() => null)"
PUSHED = {"id": "n1", "title": "Ben assigned you “Movers”", "body": "House", "link": "/today"}
SHOWN = """async () => {
  const worker = await navigator.serviceWorker.ready;
  return (await worker.getNotifications()).map(({ title, body, tag, data }) => ({ title, body, tag, data }));
}"""


@pytest.fixture
def context(own_context: BrowserContext) -> BrowserContext:
    """A profile with service workers."""
    return own_context


async def test_the_service_worker_shows_what_is_pushed(
    page: Page, context: BrowserContext, origin: str
) -> None:
    device = await _device(page, context, origin)

    for body in ("House", "House, again"):
        await device.push(PUSHED | {"body": body})

    assert await page.evaluate(SHOWN) == [{
        "title": PUSHED["title"], "body": "House, again", "tag": "n1", "data": {"link": "/today"},
    }]  # fmt: skip


@pytest.mark.parametrize(
    ("link", "opened"), [("/today", "/today"), ("https://elsewhere.example/", ""), (None, "/")]
)
async def test_a_press_on_a_notification_opens_its_link_here_and_closes_it(
    page: Page, context: BrowserContext, origin: str, link: str | None, opened: str
) -> None:
    device = await _device(page, context, origin)
    await device.push(PUSHED | {"link": link})

    assert await device.worker.evaluate(PRESS) == [f"{origin}{opened}"]

    assert await page.evaluate(SHOWN) == []


@dataclass(frozen=True)
class _Device:
    """A browser whose service worker is active, and the CDP session that delivers pushes to it."""

    worker: Worker
    cdp: CDPSession
    origin: str
    registration_id: str

    async def push(self, pushed: dict[str, Any]) -> None:
        address = {"origin": self.origin, "registrationId": self.registration_id}
        await self.cdp.send(
            "ServiceWorker.deliverPushMessage", address | {"data": json.dumps(pushed)}
        )
        async with asyncio.timeout(ACTION_TIMEOUT_MS / 1000):
            # Chromium reports a notification as closed until it is on the screen.
            await self.worker.evaluate("nextShown()")


async def _device(page: Page, context: BrowserContext, origin: str) -> _Device:
    await context.grant_permissions(["notifications"], origin=origin)
    cdp = await context.new_cdp_session(page)
    activated: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    def on_version(event: dict[str, Any]) -> None:
        for version in event["versions"]:
            if version["status"] == "activated" and not activated.done():
                activated.set_result(version["registrationId"])

    cdp.on("ServiceWorker.workerVersionUpdated", on_version)
    await cdp.send("ServiceWorker.enable")
    await page.evaluate(IS_ACTIVE)
    workers = context.service_workers
    worker = workers[0] if workers else await context.wait_for_event("serviceworker")
    await worker.evaluate(REPORTS)
    async with asyncio.timeout(ACTION_TIMEOUT_MS / 1000):
        return _Device(worker, cdp, origin, await activated)
