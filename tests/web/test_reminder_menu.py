"""The menu that sets a reminder, in a browser."""

from playwright.async_api import Page, expect

from tests.support.web.fake_world import FakeWorld
from tests.support.web.page_actions import focus_row


async def test_the_menu_says_that_reminder_mails_are_off(page: Page, world: FakeWorld) -> None:
    await focus_row(page, "Farewell drinks with the neighbours")
    await page.keyboard.press("r")
    await expect(page.locator(".menu-title")).to_have_text("Remind me by email")
    await page.keyboard.press("Escape")

    world.preferences["channels"]["reminded"]["mail"] = False
    world.record(world.own_stream, "preferences.edited", {"preferences": world.preferences})

    await page.keyboard.press("r")
    await expect(page.locator(".menu")).to_contain_text("Mails of reminders are off.")
    await page.click(".menu >> text=Change in settings")
    await expect(
        page.get_by_text("Mails of reminders are off: the others bring none")
    ).to_be_visible()


async def test_a_reminder_in_the_past_is_refused_without_an_offer_to_retry(
    page: Page, world: FakeWorld
) -> None:
    past = {"code": "invalid", "detail": "The time is past."}
    world.refusals.append(("POST", "/todos", 422, past))

    await focus_row(page, "Farewell drinks with the neighbours")
    await page.keyboard.press("r")
    await page.fill(".menu [name=day]", "2020-01-01")
    await page.fill(".menu [name=time]", "08:00")
    await page.locator(".menu").get_by_role("button", name="Remind me", exact=True).click()
    await expect(page.locator(".toast")).to_contain_text("This time is past.")
    await page.click(".menu >> text='In an hour'")

    toast = page.locator(".toast.is-warning")
    await expect(toast).to_contain_text("The reminder was not set.")
    await expect(toast.get_by_text("Try again")).to_have_count(0)
