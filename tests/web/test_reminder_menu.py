"""Setting a reminder: it says when no mail will come, and what cannot be is not tried again."""

from playwright.async_api import Page, expect

from tests.support.web.fake_world import World
from tests.support.web.page_actions import row


async def test_the_menu_says_when_mails_of_reminders_are_off(page: Page, world: World) -> None:
    await row(page, "Farewell drinks with the neighbours").locator(".row-open").focus()
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


async def test_what_can_never_succeed_is_not_offered_again(page: Page, world: World) -> None:
    past = {"code": "invalid", "detail": "The time is past."}
    world.refusals.append(("POST", "/todos", 422, past))

    await row(page, "Farewell drinks with the neighbours").locator(".row-open").focus()
    await page.keyboard.press("r")
    assert await page.get_attribute(".menu [name=at]", "min")
    await page.click(".menu >> text='In an hour'")

    toast = page.locator(".toast.is-warning")
    await expect(toast).to_contain_text("The reminder was not set.")
    await expect(toast.get_by_text("Try again")).to_have_count(0)
