"""A right click on a row opens its menu at the pointer; the browser keeps its own where it is of use."""

from playwright.async_api import Browser, Page, expect

from tests.support.web.fake_world import FakeWorld
from tests.support.web.page_actions import list_named, row, sign_in
from tests.support.web.touch import Finger, open_phone

MOVERS = "Book the movers"
# Counts the menus that the browser would have opened.
COUNT = """() => {
  window.ownMenus = 0;
  addEventListener('contextmenu', (event) => { window.ownMenus += event.defaultPrevented ? 0 : 1; });
}"""
SELECT = """(title) => getSelection().selectAllChildren(title)"""


async def test_a_right_click_opens_the_menu_of_the_row_at_the_pointer(page: Page) -> None:
    await page.evaluate(COUNT)
    title = row(page, MOVERS).locator(".row-title")
    box = await title.bounding_box()
    assert box

    await title.click(button="right", position={"x": 90, "y": 8})

    menu = page.locator(".menu", has=page.locator("ll-more-menu"))
    await expect(menu.get_by_text("Duplicate")).to_be_visible()
    at = await menu.bounding_box()
    assert at
    assert abs(at["x"] - (box["x"] + 90)) < 3
    assert abs(at["y"] - (box["y"] + 8)) < 10
    # What is chosen there opens at the same place.
    await menu.get_by_text("Labels").click()
    labels = await page.locator(".menu", has=page.locator("ll-label-menu")).bounding_box()
    assert labels
    assert (labels["x"], labels["y"]) == (at["x"], at["y"])
    await page.keyboard.press("Escape")
    await expect(row(page, MOVERS).locator(".row-open")).to_be_focused()
    await expect(page.locator("ll-todo-detail")).to_have_count(0)
    assert await page.evaluate("window.ownMenus") == 0


async def test_a_click_with_ctrl_opens_the_menu_as_it_does_on_a_mac(page: Page) -> None:
    # There the browser sends the event for a menu while the main button is down.
    await (
        row(page, MOVERS)
        .locator(".row-title")
        .evaluate(
            """(title) => {
          const more = { bubbles: true, cancelable: true, ctrlKey: true, button: 0, buttons: 1 };
          title.dispatchEvent(new PointerEvent('pointerdown', { ...more, pointerId: 1 }));
          title.dispatchEvent(new MouseEvent('contextmenu', more));
          title.dispatchEvent(new PointerEvent('pointerup', { ...more, buttons: 0, pointerId: 1 }));
        }"""
        )
    )

    await expect(page.locator(".menu", has=page.locator("ll-more-menu"))).to_be_visible()


async def test_with_shift_in_fields_and_on_selected_text_the_browser_opens_its_own_menu(
    page: Page,
) -> None:
    await page.evaluate(COUNT)
    title = row(page, MOVERS).locator(".row-title")
    await title.click(button="right", modifiers=["Shift"])
    await title.evaluate(SELECT)
    await title.click(button="right")
    await page.evaluate("getSelection().empty()")
    await row(page, MOVERS).locator(".row-open").focus()
    await page.keyboard.press("e")
    await page.locator(".row-field").click(button="right")
    await page.keyboard.press("Escape")

    await expect(page.locator(".menu")).to_have_count(0)
    assert await page.evaluate("window.ownMenus") == 3


async def test_the_menu_key_opens_the_menu_of_the_row_in_focus(page: Page) -> None:
    await row(page, MOVERS).locator(".row-open").focus()

    await page.keyboard.press("ContextMenu")

    await expect(page.locator("ll-more-menu")).to_be_visible()


async def test_a_long_press_opens_one_menu_at_the_foot_of_a_phone(
    chromium: Browser, origin: str, world: FakeWorld
) -> None:
    context = await open_phone(chromium)
    page = await context.new_page()
    await sign_in(page, origin)
    await page.evaluate(
        "(path) => document.querySelector('ll-app').app.router.go(path)",
        f"/lists/{list_named(world, 'House move')}",
    )
    await page.evaluate(COUNT)
    finger = await Finger.on(page)
    await finger.put_on(row(page, MOVERS).locator(".row-title"))
    await expect(row(page, MOVERS)).to_contain_class("is-dragged")
    # What Android sends while the finger is still down.
    await row(page, MOVERS).locator(".row-title").dispatch_event("contextmenu", {"button": 0})
    await expect(page.locator("ll-more-menu")).to_have_count(0)
    await finger.lift()

    await expect(page.locator("ll-more-menu")).to_have_count(1)
    assert await page.evaluate("window.ownMenus") == 0
    await context.close()
