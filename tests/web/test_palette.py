"""The palette has every action of the menus, and knows what it is about however it is opened."""

import pytest
from playwright.async_api import Page, expect

from tests.support.web.page_actions import focus_row, row

MOVERS = "Book the movers"
BOXES = "Forty boxes, tape, blankets"
# Where the palette must say what an action is about, it has other words than the menu.
NAMED = {
    "Webhooks": "Webhooks of the list",
    "Activity": "Activity of the list",
    "Duplicate": "Duplicate the list",
    "Move to the trash": "Move the list to the trash",
    "Add to favourites": "Add “House move” to favourites",
    "Move up, down, to a folder…": "Move “House move” to a folder…",
}


async def entries(page: Page) -> list[str]:
    await expect(page.locator(".palette-field")).to_be_focused()
    return await page.locator(".palette-label").all_inner_texts()


async def menu_items(page: Page) -> list[str]:
    await expect(page.locator(".menu-item").first).to_be_visible()
    items = await page.locator(".menu-item .menu-label").all_inner_texts()
    await page.keyboard.press("Escape")
    return items


def missing(items: list[str], offered: list[str]) -> list[str]:
    """Return the items of a menu that the palette lacks. The palette may say more: “Due date…”."""
    return [item for item in items if not any(entry.startswith(item) for entry in offered)]


async def test_the_palette_has_every_action_of_the_menu_of_a_todo(page: Page) -> None:
    await row(page, MOVERS).hover()
    await row(page, MOVERS).get_by_role("button", name="More:").click()
    in_row = await menu_items(page)
    await row(page, MOVERS).locator(".row-open").click()
    await page.locator(".detail-bar").get_by_role("button", name="More").click()
    in_details = await menu_items(page)

    await page.keyboard.press("Control+k")

    offered = await entries(page)
    assert "Won’t do" in in_row
    assert missing(in_row, offered) == []
    assert missing(in_details, offered) == []
    assert {"Activity of the todo", "Attach files"} <= set(offered)
    # In the details the title is a field.
    assert set(in_row) - set(in_details) == {"Edit the title", "Open details"}


async def test_the_palette_has_every_action_of_the_menu_of_a_list(page: Page) -> None:
    await page.locator(".page-head").get_by_label("More about this list").click()
    items = [NAMED.get(item, item) for item in await menu_items(page)]

    await page.keyboard.press("Control+k")

    assert missing(items, await entries(page)) == []


async def test_the_palette_has_every_action_of_the_bar_of_selected_todos(page: Page) -> None:
    await row(page, MOVERS).locator(".row-open").click(modifiers=["Control"])
    await row(page, BOXES).locator(".row-open").click(modifiers=["Control"])
    bar = await page.locator(".selection-action").all_inner_texts()
    assert "Duplicate" in bar

    await page.keyboard.press("Control+k")

    assert missing(bar, await entries(page)) == []


async def test_the_palette_goes_to_every_section_of_the_settings(page: Page) -> None:
    await page.keyboard.press("Control+k")
    await expect(page.locator(".palette-field")).to_be_focused()
    of_settings = page.locator(
        ".palette-item", has=page.locator(".palette-hint", has_text="Settings")
    )
    offered = await of_settings.locator(".palette-label").all_inner_texts()
    await page.keyboard.press("Escape")
    await page.locator(".side-link", has_text="Settings").click()

    await expect(page.locator(".settings-nav a")).to_have_text(offered)


@pytest.mark.parametrize("opener", ["key", "side bar", "bar of a phone"])
async def test_a_search_offers_what_can_be_done_to_the_list_and_the_open_todo(
    page: Page, opener: str
) -> None:
    await row(page, MOVERS).locator(".row-open").click()
    await expect(page.locator("ll-todo-detail")).to_be_visible()
    if opener == "key":
        await focus_row(page, MOVERS)
        await page.keyboard.press("/")
    elif opener == "side bar":
        await page.locator(".side-tools").get_by_role("button", name="Search").click()
    else:
        await page.set_viewport_size({"width": 390, "height": 844})
        await page.get_by_role("button", name="Close details").click()
        await page.locator(".bottom-item", has_text="Search").click()

    offered = await entries(page)

    assert {"Members", "Filter, sort and group…"} <= set(offered)
    assert ("Make a subtask of the one above" in offered) == (opener != "bar of a phone")


async def test_files_chosen_in_the_palette_are_attached_to_the_todo(page: Page) -> None:
    await focus_row(page, MOVERS)
    await page.keyboard.press("Control+k")
    await page.locator(".palette-field").fill("attach")
    await expect(page.locator(".palette-item").first).to_contain_text("Attach files")
    async with page.expect_file_chooser() as choosing:
        await page.keyboard.press("Enter")

    chooser = await choosing.value
    await chooser.set_files({"name": "Plan.txt", "mimeType": "text/plain", "buffer": b"A plan."})

    await expect(page.locator("ll-todo-detail .file-name")).to_have_text("Plan.txt")
