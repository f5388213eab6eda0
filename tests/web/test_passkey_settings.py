"""Passkeys in the settings and on the sign-in page, where there is no authenticator to ask."""

from playwright.async_api import BrowserContext, Page, expect

from tests.support.web.fake_entities import stamp
from tests.support.web.fake_world import FakeWorld


async def test_a_page_without_https_says_why_it_has_no_passkeys(
    page: Page, context: BrowserContext, world: FakeWorld, origin: str
) -> None:
    world.passkeys = [
        {
            "id": world.new_id(), "name": "Phone", "is_backed_up": True, "created_at": stamp(days=2),
            "last_used_at": stamp(hours=3),
        }
    ]  # fmt: skip
    await page.add_init_script("Object.defineProperty(window, 'isSecureContext', {value: false})")
    await page.goto(f"{origin}/settings")

    section = page.locator("ll-passkeys")
    await expect(section.get_by_text("Passkeys need https.")).to_be_visible()
    await expect(section.get_by_role("button", name="Add a passkey")).to_have_count(0)
    # Those that were made elsewhere can still be removed.
    await expect(section.locator(".plain-row")).to_contain_text(
        "used 3 hours ago · synced to your devices"
    )
    await page.locator(".settings-section > .button", has_text="Sign out").click()
    await expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    await expect(page.get_by_role("button", name="Sign in with a passkey")).to_have_count(0)
