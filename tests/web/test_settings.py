"""The settings page, in a browser."""

from playwright.async_api import Page, expect

from tests.support.web.fake_world import FakeWorld


async def test_the_settings_show_that_mail_bounces_and_offer_to_try_again(
    page: Page, world: FakeWorld, origin: str
) -> None:
    await page.goto(f"{origin}/settings")
    banner = page.locator("ll-mail-refusal")
    await expect(page.locator("ll-email-form")).to_be_visible()
    assert await banner.count() == 0

    world.mail_refusal = "550 5.1.1"
    world.record(world.own_stream, "account.edited", {"account": world.account})
    await expect(banner).to_contain_text("Mail to ana@example.org bounces")
    await expect(banner).to_contain_text("(550 5.1.1)")
    await banner.get_by_role("button", name="Try again").click()

    await expect(banner).to_have_count(0)
    assert ("DELETE", "/users/me/mail-refusal", {}) in world.requests


async def test_an_account_is_deleted_with_its_password_only(
    page: Page, world: FakeWorld, origin: str
) -> None:
    await page.goto(f"{origin}/settings")
    form = page.locator("ll-delete-form")
    await form.get_by_role("button", name="Delete your account").click()
    await form.locator("[name=password]").fill("quiet orchard lamp")

    await form.get_by_role("button", name="Delete my account for good").click()

    await expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    assert ("DELETE", "/users/me", {"password": "quiet orchard lamp"}) in world.requests
