"""The menu of the account, signing out from where it is looked for, and the labels in the side bar."""

import pytest
from playwright.async_api import BrowserContext, Locator, Page, expect

from tests.support.web.fake_world import FakeWorld
from tests.support.web.page_actions import open_list, sign_in
from tests.web.test_accessibility import AXE, RUN


def account_button(page: Page) -> Locator:
    return page.get_by_role("button", name="Account of Ana Ruiz")


async def test_the_account_has_a_menu_by_keyboard(page: Page) -> None:
    await page.evaluate(AXE)
    button = account_button(page)
    await button.focus()
    await page.keyboard.press("Enter")
    menu = page.locator("ll-account-menu")
    await expect(menu.get_by_text("ana@example.org")).to_be_visible()
    await expect(menu.get_by_role("button", name="Settings")).to_be_focused()
    assert await page.evaluate(RUN, None) == []
    await page.keyboard.press("Escape")
    await expect(button).to_be_focused()

    await page.keyboard.press("Enter")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    await expect(page.locator("ll-help")).to_be_visible()
    await page.keyboard.press("Escape")

    await button.press("Enter")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="Settings", level=1)).to_be_visible()


async def test_a_long_name_is_one_line_above_the_side_bar(page: Page, world: FakeWorld) -> None:
    name = page.locator(".me-name")
    one = await name.bounding_box()
    account = {**world.account, "name": "Anastasia Lindqvist-Ruiz"}
    world.record(world.own_stream, "account.edited", {"account": account})

    await expect(name).to_have_text("Anastasia Lindqvist-Ruiz")

    long, bell = await name.bounding_box(), await page.locator(".side .bell").bounding_box()
    assert one
    assert long
    assert bell
    assert long["height"] == one["height"]
    assert long["x"] + long["width"] < bell["x"]


@pytest.mark.parametrize("width", [1440, 390])
async def test_the_menu_of_the_account_signs_out(page: Page, width: int) -> None:
    await page.set_viewport_size({"width": width, "height": 844})
    if width == 390:
        await page.locator(".bottom-item").first.click()
    await account_button(page).click()

    await page.locator("ll-account-menu").get_by_role("button", name="Sign out").click()

    await expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


async def test_the_settings_have_a_section_that_signs_out(page: Page, origin: str) -> None:
    await page.goto(f"{origin}/settings")

    await page.locator(".settings-nav").get_by_role("link", name="Sign out").click()

    section = page.get_by_role("heading", name="Sign out")
    await expect(section).to_be_in_viewport()
    await page.locator("#sign-out").get_by_role("button", name="Sign out").click()
    await expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


async def test_the_address_of_a_section_is_the_same_in_every_language(
    page: Page, world: FakeWorld, origin: str
) -> None:
    world.language = "de"

    await page.goto(f"{origin}/settings#devices")

    await expect(page.get_by_role("heading", name="Geräte")).to_be_in_viewport()


async def test_labels_have_a_heading_that_folds_them_away(
    context: BrowserContext, world: FakeWorld, origin: str
) -> None:
    page = await context.new_page()
    await sign_in(page, origin)
    await open_list(page, "House move")
    heading = page.locator(".side").get_by_role("heading", name="My labels")
    await expect(heading).to_have_count(0)
    label = {"id": world.new_id(), "name": "waiting", "colour": "purple"}
    world.personal_labels[label["id"]] = label
    await page.reload()
    link = page.locator(".side-link", has_text="waiting")
    await expect(link).to_be_visible()

    await heading.get_by_role("button", expanded=True).press("Enter")

    await expect(link).to_have_count(0)
    await page.reload()
    await heading.get_by_role("button", expanded=False).click()
    await expect(link).to_be_visible()
