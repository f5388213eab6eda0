"""Web Push in a browser: subscribe, keep and forget the subscription."""

import asyncio

import pytest
from playwright.async_api import BrowserContext, Locator, Page, expect

from shared.ids import new_p256_key
from shared.push_vapid import public_key
from tests.support.web.browser import ACTION_TIMEOUT_MS
from tests.support.web.fake_world import FakeWorld

# No push service is reachable here that would give out an endpoint: the test gives it.
PUSH_MANAGER = """
  const KEPT = 'test.subscribed'; // survives the page, as a subscription does
  const subscription = (key) => ({
    options: { applicationServerKey: key },
    endpoint: 'https://push.example.net/this-browser',
    toJSON: () => ({ endpoint: 'https://push.example.net/this-browser', expirationTime: null,
                     keys: { p256dh: 'point', auth: 'secret' } }),
    unsubscribe: async () => { localStorage.removeItem(KEPT); return true; },
  });
  PushManager.prototype.subscribe = async function ({ userVisibleOnly, applicationServerKey }) {
    if (!userVisibleOnly) throw new Error('must be visible');
    localStorage.setItem(KEPT, applicationServerKey);
    return subscription(bytes(applicationServerKey));
  };
  PushManager.prototype.getSubscription = async () => {
    const key = localStorage.getItem(KEPT);
    return key && subscription(bytes(key));
  };
  const bytes = (key) => Uint8Array.from(atob(key.replaceAll('-', '+').replaceAll('_', '/')),
    (letter) => letter.charCodeAt(0)).buffer;
"""
REDUNDANT = """
  navigator.serviceWorker.register = async () => {
    const installing = Object.assign(new EventTarget(), { state: 'redundant' });
    setTimeout(() => installing.dispatchEvent(new Event('statechange')));
    return { installing, waiting: null, active: null };
  };
"""
SUBSCRIPTIONS = "/users/me/push-subscriptions"
STORED = "['test.subscribed', 'livelist.push'].map((key) => localStorage.getItem(key))"


@pytest.fixture
def context(own_context: BrowserContext) -> BrowserContext:
    """A profile with service workers."""
    return own_context


async def test_a_press_subscribes_this_device_and_another_unsubscribes_it(
    page: Page, context: BrowserContext, world: FakeWorld, origin: str
) -> None:
    settings = await _turn_on(page, context, world, origin)
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


async def test_a_subscription_that_the_server_lost_is_sent_again_at_the_next_visit(
    page: Page, context: BrowserContext, world: FakeWorld, origin: str
) -> None:
    await _turn_on(page, context, world, origin)

    world.devices.clear()
    async with page.expect_response(
        lambda response: response.request.method == "POST" and SUBSCRIPTIONS in response.url
    ):
        await page.goto(origin)

    assert world.devices == ["https://push.example.net/this-browser"]


@pytest.mark.parametrize("how", ["here", "while no page was open"])
async def test_signing_out_removes_the_subscription_from_the_browser(
    page: Page, context: BrowserContext, world: FakeWorld, origin: str, how: str
) -> None:
    await _turn_on(page, context, world, origin)

    if how == "here":
        await page.get_by_role("button", name="Sign out", exact=True).last.click()
    else:
        world.signed_in = False
        await page.goto(origin)

    await expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    async with asyncio.timeout(ACTION_TIMEOUT_MS / 1000):
        while await page.evaluate(STORED) != [None, None]:
            pass  # the page has no sign of it; each evaluation gives it time to run


async def test_a_subscription_of_another_account_is_not_taken_over(
    page: Page, context: BrowserContext, world: FakeWorld, origin: str
) -> None:
    await _turn_on(page, context, world, origin)
    await page.evaluate("localStorage.setItem('livelist.push', 'another account')")
    world.devices.clear()

    await page.reload()
    settings = page.locator("ll-push-settings")
    await expect(settings.get_by_role("button", name="Turn on for this device")).to_be_visible()

    assert world.devices == []


async def test_a_service_worker_that_never_starts_is_reported_and_can_be_retried(
    page: Page, context: BrowserContext, world: FakeWorld, origin: str
) -> None:
    world.push_key = public_key(new_p256_key())
    await context.grant_permissions(["notifications"], origin=origin)
    await page.add_init_script(REDUNDANT)
    await page.goto(f"{origin}/settings")
    button = page.get_by_role("button", name="Turn on for this device")

    await button.click()

    await expect(page.get_by_text("The browser could not subscribe")).to_be_visible()
    await expect(button).to_be_enabled()


async def _turn_on(page: Page, context: BrowserContext, world: FakeWorld, origin: str) -> Locator:
    """Turn push on for this device. Return the section of the settings page."""
    world.push_key = public_key(new_p256_key())
    await context.grant_permissions(["notifications"], origin=origin)
    await page.add_init_script(PUSH_MANAGER)
    await page.goto(f"{origin}/settings")
    settings = page.locator("ll-push-settings")
    await settings.get_by_role("button", name="Turn on for this device").click()
    await expect(settings).to_contain_text("This device shows what is ticked")
    return settings


async def test_the_settings_say_that_the_operator_has_not_set_up_push(
    page: Page, origin: str
) -> None:
    await page.goto(f"{origin}/settings")

    settings = page.locator("ll-push-settings")
    await expect(settings).to_contain_text("has not set up notifications for devices")
    assert await settings.get_by_role("button").count() == 0
