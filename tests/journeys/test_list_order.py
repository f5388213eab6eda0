"""A user puts lists in order, in folders and among the favourites; another tab follows, also offline."""

from playwright.async_api import Locator, Page, expect

from tests.journeys.conftest import SignUp
from tests.support.web.browser_user import BrowserUser
from tests.support.web.page_actions import settled

# The lists of the side bar as they are shown: names of headings, folders and lists.
SHOWN = ".side-lists h2, .side-lists .side-item:visible .side-name"


def row(page: Page, name: str) -> Locator:
    return page.locator(".side-item", has=page.locator(f".side-name:text-is('{name}')"))


async def drag(page: Page, name: str, onto: str, at: float) -> None:
    """Drag a list or folder onto another one: `at` 0 is its upper edge, 1 its lower edge."""
    start, end = await row(page, name).bounding_box(), await row(page, onto).bounding_box()
    assert start
    assert end
    await page.mouse.move(start["x"] + 60, start["y"] + 15)
    await page.mouse.down()
    await page.mouse.move(start["x"] + 60, start["y"] + 25)
    await page.mouse.move(end["x"] + 60, end["y"] + at * end["height"], steps=4)
    await page.mouse.up()


async def drag_on_phone(page: Page, name: str, onto: str) -> None:
    """Open the drawer of a phone, press a list long, and drag it onto the middle of a folder."""
    await page.set_viewport_size({"width": 390, "height": 844})
    await page.get_by_role("button", name="Lists", exact=True).click()
    await page.wait_for_function("() => document.getAnimations().length === 0")
    touch = await page.context.new_cdp_session(page)
    await touch.send("Emulation.setTouchEmulationEnabled", {"enabled": True})
    start, end = await row(page, name).bounding_box(), await row(page, onto).bounding_box()
    assert start
    assert end
    points = [{"x": box["x"] + 40, "y": box["y"] + box["height"] / 2} for box in (start, end)]
    await touch.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": points[:1]})
    await expect(row(page, name)).to_contain_class("is-dragged")
    await touch.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": points[1:]})
    await touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    await touch.send("Emulation.setTouchEmulationEnabled", {"enabled": False})


async def open_tab(user: BrowserUser) -> Page:
    tab = await user.page.context.new_page()
    await tab.goto(user.service)
    await tab.wait_for_selector(".side .badge.is-live")
    await tab.hover(".side-lists")
    for page in (user.page, tab):
        await page.evaluate("() => customElements.whenDefined('ll-list-drag')")
    return tab


async def make_folder(page: Page, name: str) -> None:
    await page.get_by_role("button", name="New folder").click()
    await page.locator("#folder-name").fill(name)
    await page.keyboard.press("Enter")


async def choose(page: Page, name: str, *entries: str) -> None:
    """Choose entries of the menu of a list or folder, one after the other."""
    await row(page, name).hover()
    await row(page, name).get_by_role("button", name="More about").click()
    for entry in entries:
        await page.locator(".menu-item", has_text=entry).click()


async def test_lists_keep_the_order_that_their_user_gives_them(sign_up: SignUp) -> None:
    ana = await sign_up("Ana")
    page = ana.page
    for name in ("House", "Office", "Sports", "Travel"):
        await ana.make_list(name)
    tab = await open_tab(ana)

    await make_folder(page, "Home")
    await expect(page.locator(".side-empty")).to_have_text("No lists in here yet")
    await drag(page, "House", "Home", 0.5)
    await choose(page, "Travel", "Add to favourites")
    await drag(page, "Sports", "Office", 0.1)

    expected = ["Favourites", "Travel", "Lists", "Sports", "Office", "Home", "House"]
    for each in (page, tab):
        await expect(each.locator(SHOWN)).to_have_text(expected)

    await row(page, "Office").locator("a").focus()
    await page.keyboard.press("Alt+ArrowUp")
    await expect(page.locator(".toasts")).to_contain_text("“Office” is 1 of 2.")
    await expect(row(page, "Office").locator("a")).to_be_focused()
    await page.keyboard.press("u")
    await expect(tab.locator(SHOWN)).to_have_text(expected)

    await choose(page, "Sports", "Name, colour, icon")
    await page.get_by_role("radio", name="⚽").check()
    await page.get_by_role("button", name="Save").click()
    await expect(row(tab, "Sports").locator(".list-icon")).to_have_text("⚽")

    await ana.go_offline()
    await make_folder(page, "Clubs")
    await choose(page, "Sports", "Move up, down", "Clubs")
    await drag(page, "Clubs", "Home", 0.1)
    moved = ["Favourites", "Travel", "Lists", "Office", "Clubs", "Sports", "Home", "House"]
    await expect(page.locator(SHOWN)).to_have_text(moved)
    await ana.go_online()
    await settled(page)
    await expect(tab.locator(SHOWN)).to_have_text(moved)

    await row(page, "Home").get_by_role("button", name="Home", exact=True).click()
    await page.reload()
    await expect(row(page, "House")).to_have_count(0)
    await choose(page, "Home", "Delete folder")
    await expect(tab.locator(SHOWN)).to_have_text(
        ["Favourites", "Travel", "Lists", "Office", "House", "Clubs", "Sports"]
    )
    await drag_on_phone(tab, "House", "Clubs")
    await expect(page.locator(SHOWN)).to_have_text(
        ["Favourites", "Travel", "Lists", "Office", "Clubs", "Sports", "House"]
    )

    await choose(page, "Office", "Archive")
    await page.get_by_role("button", name="Archived").click()
    await page.get_by_role("button", name="Restore Office").click()
    await expect(page.get_by_role("button", name="Archived")).to_have_count(0)
    await expect(row(tab, "Office")).to_be_visible()
    assert await ana.differences_from_server() == []
