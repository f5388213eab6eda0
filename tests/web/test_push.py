"""Pushes in a browser: turned on by a press, shown by the service worker, opened by a press on them."""

import asyncio
import json
from typing import Any

from playwright.async_api import BrowserContext, Page, expect

from shared.ids import new_p256_key
from shared.vapid import public_key
from tests.web.fake_world import World

# This browser's maker has no service here that would give out an endpoint: that one answer is ours.
NO_MAKER = """
  let mine = null;
  const subscription = (key) => ({
    options: { applicationServerKey: key },
    endpoint: 'https://push.example.net/this-browser',
    toJSON: () => ({ endpoint: 'https://push.example.net/this-browser', expirationTime: null,
                     keys: { p256dh: 'point', auth: 'secret' } }),
    unsubscribe: async () => { mine = null; return true; },
  });
  PushManager.prototype.subscribe = async function ({ userVisibleOnly, applicationServerKey }) {
    if (!userVisibleOnly) throw new Error('must be visible');
    mine = subscription(Uint8Array.from(atob(applicationServerKey.replaceAll('-', '+').replaceAll('_', '/')),
      (letter) => letter.charCodeAt(0)).buffer);
    return mine;
  };
  PushManager.prototype.getSubscription = async () => mine;
"""
SHOWN = """async () => {
  const worker = await navigator.serviceWorker.getRegistration('/web/push_worker.js');
  return (await worker.getNotifications()).map(({ title, body, tag, data }) => ({ title, body, tag, data }));
}"""


async def test_a_press_subscribes_this_device_and_another_ends_it(
    page: Page, context: BrowserContext, world: World, origin: str
) -> None:
    world.push_key = public_key(new_p256_key())
    await context.grant_permissions(["notifications"], origin=origin)
    await page.add_init_script(NO_MAKER)
    await page.goto(f"{origin}/settings")
    settings = page.locator("ll-push-settings")

    await settings.get_by_role("button", name="Turn on for this device").click()
    await expect(settings).to_contain_text("This device shows what is ticked")
    subscribed = list(world.devices)
    await settings.get_by_role("button", name="Turn off").click()
    await expect(settings.get_by_role("button", name="Turn on for this device")).to_be_visible()

    assert subscribed == ["https://push.example.net/this-browser"]
    assert world.devices == []
    posted = [body for method, path, body in world.requests if (method, path[-13:]) == (
        "POST", "subscriptions",
    )]  # fmt: skip
    assert posted[0] == {
        "endpoint": subscribed[0], "keys": {"p256dh": "point", "auth": "secret"},
    }  # fmt: skip


async def test_where_the_operator_set_up_none_settings_say_so(page: Page, origin: str) -> None:
    await page.goto(f"{origin}/settings")

    settings = page.locator("ll-push-settings")
    await expect(settings).to_contain_text("has not set up notifications for devices")
    assert await settings.get_by_role("button").count() == 0


async def test_the_service_worker_shows_what_is_pushed(
    page: Page, context: BrowserContext, origin: str
) -> None:
    await context.grant_permissions(["notifications"], origin=origin)
    tools = await context.new_cdp_session(page)
    registered: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    def look(event: dict[str, Any]) -> None:
        for one in event["versions"]:
            if one["status"] == "activated" and not registered.done():
                registered.set_result(one["registrationId"])

    tools.on("ServiceWorker.workerVersionUpdated", look)
    await tools.send("ServiceWorker.enable")
    await page.evaluate("navigator.serviceWorker.register('/web/push_worker.js').then(() => null)")
    async with asyncio.timeout(10):
        registration_id = await registered
    pushed = {"id": "n1", "title": "Ben assigned you “Movers”", "body": "House", "link": "/today"}

    for _ in range(2):
        await tools.send(
            "ServiceWorker.deliverPushMessage",
            {"origin": origin, "registrationId": registration_id, "data": json.dumps(pushed)},
        )

    async with asyncio.timeout(10):
        while not (shown := await page.evaluate(SHOWN)):
            pass  # a turn for the worker, which tells nobody what it has shown
    assert shown == [{
        "title": pushed["title"], "body": "House", "tag": "n1", "data": {"link": "/today"},
    }]  # fmt: skip
