"""Sign-in with a provider in browsers: a new account, and an account that exists."""

from playwright.async_api import Page, expect

from tests.journeys.conftest import OpenContext
from tests.support.services.canaille import log_in
from tests.support.web.browser_user import PASSWORD, BrowserUser

CONTINUE = "text=Continue with Canaille"


async def test_a_provider_signs_up_and_an_account_that_exists_is_linked(
    service: str, provider: str, new_context: OpenContext
) -> None:
    ana = await (await new_context()).new_page()
    await ana.goto(f"{service}/today")
    await ana.click(CONTINUE)
    await log_in(ana, "ana")
    # She is where she wanted to go.
    await expect(ana.locator(".page h1")).to_have_text("Today")
    assert ana.url == f"{service}/today"
    await ana.goto(f"{service}/settings")
    await expect(ana.locator(".profile")).to_contain_text("ana@example.com")
    await ana.click("[aria-label='Unlink Canaille']")
    await expect(ana.locator("ll-linked-sign-ins .problem")).to_contain_text("Set a password first")

    bea = BrowserUser("Bea", await (await new_context()).new_page(), service)
    bea.email = "bea@example.com"
    await bea.sign_up()
    await _sign_out(bea.page, service)
    await bea.page.click(CONTINUE)
    await log_in(bea.page, "bea")
    await expect(bea.page.locator(".lead")).to_contain_text("bea@example.com has an account here")
    await bea.page.fill("[name=email]", bea.email)
    await bea.page.fill("[name=password]", PASSWORD)
    await bea.page.keyboard.press("Enter")
    await expect(bea.page.locator("ll-toasts")).to_contain_text("Canaille signs you in from now on")
    await _sign_out(bea.page, service)
    await bea.page.click(CONTINUE)
    await expect(bea.page.locator(".page h1")).to_have_text("Inbox")
    await bea.page.goto(f"{service}/settings")
    await expect(bea.page.locator("ll-linked-sign-ins .plain-row")).to_have_count(1)


async def _sign_out(page: Page, service: str) -> None:
    await page.goto(f"{service}/settings")
    await page.locator("#sign-out > .button").click()
    await expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
