"""Passkeys and second factors in the settings, where there is no authenticator to ask."""

from playwright.async_api import BrowserContext, Page, expect

from tests.support.web.fake_entities import Json, stamp
from tests.support.web.fake_world import FakeWorld


async def test_a_page_without_https_says_why_it_has_no_passkeys(
    page: Page, context: BrowserContext, world: FakeWorld, origin: str
) -> None:
    world.passkeys = [_passkey(world, "Phone")]
    await page.add_init_script("Object.defineProperty(window, 'isSecureContext', {value: false})")
    await page.goto(f"{origin}/settings")

    section = page.locator("ll-passkeys")
    await expect(section.get_by_text("Passkeys need https.")).to_be_visible()
    await expect(section.get_by_role("button", name="Add a passkey")).to_have_count(0)
    # Those that were made elsewhere can still be removed.
    await expect(section.locator(".plain-row")).to_contain_text(
        "used 3 hours ago · synced to your devices"
    )
    await page.locator("#sign-out > .button").click()
    await expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    await expect(page.get_by_role("button", name="Sign in with a passkey")).to_have_count(0)


async def test_credentials_of_another_device_appear_without_reloading(
    page: Page, world: FakeWorld, origin: str
) -> None:
    await page.goto(f"{origin}/settings")
    rows = page.locator("ll-passkeys .plain-row")
    await expect(page.get_by_role("button", name="Add a passkey")).to_be_visible()
    await expect(page.locator("ll-two-step-settings")).to_contain_text("your password alone")
    await expect(rows).to_have_count(0)

    world.passkeys = [_passkey(world, "Phone")]
    world.totp_since = stamp()
    world.record(world.own_stream, "credentials.changed", {})

    await expect(rows).to_contain_text("Phone")
    await expect(page.locator("ll-two-step-settings")).to_contain_text("Authenticator app")


async def test_an_event_does_not_take_away_the_recovery_codes_that_are_shown_once(
    page: Page, world: FakeWorld, origin: str
) -> None:
    await page.goto(f"{origin}/settings")
    section = page.locator("ll-two-step-settings")
    await section.get_by_role("button", name="Set up").click()
    await expect(section.get_by_label("Code from the app")).to_be_focused()
    await page.keyboard.type("123456")
    # The event comes before the answer, and the passkeys show that the page received it.
    world.totp_since = stamp()
    world.passkeys = [_passkey(world, "Phone")]
    world.record(world.own_stream, "credentials.changed", {})
    await expect(page.locator("ll-passkeys .plain-row")).to_contain_text("Phone")
    await page.keyboard.press("Enter")

    await expect(section.locator(".code-list li")).to_have_count(10)
    world.passkeys = []
    world.record(world.own_stream, "credentials.changed", {})
    await expect(page.locator("ll-passkeys .plain-row")).to_have_count(0)
    await expect(section.locator(".code-list li")).to_have_count(10)


def _passkey(world: FakeWorld, name: str) -> Json:
    return {
        "id": world.new_id(), "name": name, "is_backed_up": True, "created_at": stamp(days=2),
        "last_used_at": stamp(hours=3),
    }  # fmt: skip
