"""Two-step verification in the browser: set it up, then sign in by a code and by a recovery code."""

import asyncio
from pathlib import Path

import pyotp
from playwright.async_api import expect

from shared.clock import SystemClock
from tests.journeys.conftest import SignUp
from tests.support.web.browser_user import PASSWORD, BrowserUser


def _code(secret: str, steps: int = 0) -> str:
    return pyotp.TOTP(secret).at(SystemClock().now(), counter_offset=steps)


async def _first_step(user: BrowserUser) -> None:
    page = user.page
    await page.locator("#sign-out > .button").click()
    # The settings have a field for an address, too.
    await expect(page.get_by_role("heading", name="Sign in", exact=True)).to_be_visible()
    await page.fill("[name=email]", user.email)
    await page.fill("[name=password]", PASSWORD)
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="Two-step verification")).to_be_visible()


async def test_a_second_factor_is_set_up_and_signs_in(sign_up: SignUp) -> None:
    tove = await sign_up("Tove")
    page = tove.page
    await page.goto(f"{tove.service}/settings")
    section = page.locator("ll-two-step-settings")
    await section.get_by_role("button", name="Set up").click()
    await expect(section.get_by_label("Code from the app")).to_be_focused()
    image = section.get_by_alt_text("QR code")
    await expect(image).to_be_visible()
    assert await image.evaluate("image => image.complete && image.naturalWidth > 100")
    await section.get_by_text("Cannot scan it?").click()
    secret = (await section.locator("code").inner_text()).replace(" ", "")

    # The code of the step before: the sign-in below can then use that of this step.
    await section.get_by_label("Code from the app").fill(_code(secret, -1))
    await page.keyboard.press("Enter")
    codes = section.locator(".code-list li")
    await expect(codes).to_have_count(10)
    recovery_code = await codes.first.inner_text()
    async with page.expect_download() as downloading:
        await section.get_by_role("button", name="Download").click()
    downloaded = await (await downloading.value).path()
    assert recovery_code in await asyncio.to_thread(Path(downloaded).read_text)
    await section.get_by_role("button", name="I have kept them").click()
    await expect(section).to_contain_text("10 of 10 left.")

    await _first_step(tove)
    field = page.get_by_label("Code", exact=True)
    await expect(field).to_be_focused()
    assert await field.get_attribute("autocomplete") == "one-time-code"
    await page.keyboard.type("000000")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("alert")).to_contain_text("This code is not right.")
    await field.fill(_code(secret))
    await page.keyboard.press("Enter")
    await expect(page.locator(".page h1")).to_have_text("Inbox")

    await page.goto(f"{tove.service}/settings")
    await _first_step(tove)
    await page.get_by_role("button", name="Use a recovery code").click()
    await expect(page.get_by_label("Recovery code")).to_be_focused()
    await page.keyboard.type(recovery_code.upper())
    await page.keyboard.press("Enter")
    await expect(page.locator(".page h1")).to_have_text("Inbox")
    await page.goto(f"{tove.service}/settings")
    await expect(section).to_contain_text("9 of 10 left.")

    await section.get_by_role("button", name="Replace the authenticator app").click()
    await section.get_by_role("button", name="Set up").click()
    await section.get_by_text("Cannot scan it?").click()
    secret = (await section.locator("code").inner_text()).replace(" ", "")
    await section.get_by_label("Code from the app").fill(_code(secret))
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("The authenticator app is replaced.")).to_be_visible()
    await expect(section).to_contain_text("9 of 10 left.")
