"""Two devices of one user: one signs the other out."""

from playwright.async_api import expect

from tests.journeys.conftest import OpenContext, SignUp
from tests.support.web.browser_user import PASSWORD


async def test_one_device_signs_out_the_other_whose_open_page_says_so(
    sign_up: SignUp, new_context: OpenContext
) -> None:
    gina = await sign_up("Gina")
    page = gina.page
    await page.goto(f"{gina.service}/settings#devices")
    rows = page.locator("ll-session-list .plain-row")
    await expect(rows).to_have_count(1)
    await expect(rows).to_contain_text("This device")
    await expect(rows).to_contain_text("with the link in a mail")

    other = await (await new_context()).new_page()
    await other.goto(f"{gina.service}/sign-in")
    await other.fill("[name=email]", gina.email)
    await other.fill("[name=password]", PASSWORD)
    await other.keyboard.press("Enter")
    await expect(other.locator(".page h1")).to_have_text("Inbox")
    # The open page of the first device shows the second without a reload.
    await expect(rows).to_have_count(2)
    there = rows.filter(has_not_text="This device")
    await expect(there).to_contain_text("Signed in with your password")
    await there.get_by_role("button", name="Sign out").click()

    await expect(other.get_by_role("heading", name="Sign in")).to_be_visible()
    await expect(other.locator(".toast")).to_contain_text(
        "signed out on this device from elsewhere"
    )
    await expect(rows).to_have_count(1)
    log = page.locator("ll-security-log li")
    await expect(log.first).to_contain_text("You signed out a device")
    await expect(log.first).to_contain_text("from 127.0.0.1")
    await page.get_by_label("Show", exact=True).select_option("account")
    await expect(log).to_have_count(2)
    await expect(log.first).to_contain_text("You confirmed your address.")
    await page.get_by_label("Show", exact=True).select_option("")
    await expect(log.first).to_contain_text("You signed out a device")
