"""The menus of a todo and of a list, and the field that adds a todo, in a browser."""

import pytest
from playwright.async_api import Page, expect

from tests.support.web.fake_world import FakeWorld
from tests.support.web.page_actions import focus_row, list_named, row, settled, todo_named
from tests.web.test_accessibility import AXE, RUN

DRINKS = "Farewell drinks with the neighbours"


async def _open_menu(page: Page, key: str) -> None:
    """Open a menu of the row, and wait until letters go to the menu."""
    await focus_row(page, DRINKS)
    await page.keyboard.press(key)
    await expect(page.locator(".menu-item").first).to_be_focused()


@pytest.mark.parametrize(
    ("typed", "items", "priority"),
    [
        ("u", ["Urgent"], 5),
        # No item is left after the second letter, so it is ignored.
        ("mx", ["Medium"], 3),
        ("ur\b\bl", ["Low"], 1),
    ],
)
async def test_typing_narrows_a_menu_down(
    page: Page, world: FakeWorld, typed: str, items: list[str], priority: int
) -> None:
    await _open_menu(page, "p")
    for letter in typed:
        await page.keyboard.press("Backspace" if letter == "\b" else letter)

    await expect(page.locator(".menu-item:visible .menu-label")).to_have_text(items)
    await page.keyboard.press("Enter")
    await settled(page)
    [edit] = [body for method, _, body in world.requests if method == "PATCH"]
    assert edit["priority"] == priority


async def test_a_menu_is_whole_again_when_it_is_opened_again(page: Page) -> None:
    await _open_menu(page, "d")
    await page.keyboard.type("tom")
    shown = page.locator(".menu-item:visible .menu-label")
    await expect(shown.first).to_have_text("Tomorrow")
    await expect(page.locator(".menu-item:visible", has_text="Today")).to_have_count(0)
    await page.keyboard.press("Escape")

    await _open_menu(page, "d")

    await expect(shown.first).to_have_text("Today")
    await page.keyboard.type("tom")
    await page.keyboard.press("Enter")
    await expect(row(page, DRINKS)).to_contain_text("tomorrow")


async def test_a_usual_repeat_is_set_by_one_press_and_shows_its_dates_before(
    page: Page, world: FakeWorld
) -> None:
    await _open_menu(page, "d")
    await page.keyboard.type("rep")
    await page.keyboard.press("Enter")
    await expect(page.locator(".menu .repeat-text")).to_have_text("Every day")
    await page.click(".menu >> text='Every weekday'")
    await settled(page)

    await expect(page.locator(".menu")).to_have_count(0)
    [edit] = [body for method, _, body in world.requests if method == "PATCH"]
    assert edit["repeat"]["rule"] == "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"


async def test_the_menu_of_the_inbox_offers_what_an_inbox_can(page: Page, world: FakeWorld) -> None:
    await page.locator(".side-link", has_text="Inbox").click()
    await page.locator(".page-head").get_by_label("More about this list").click()

    items = page.locator(".menu-item")
    await expect(items.filter(has_text="Export…")).to_be_visible()
    await expect(items.filter(has_text="Calendar feed…")).to_be_visible()
    for text in ("Members", "Name and colour", "Archive", "Leave", "trash"):
        await expect(items.filter(has_text=text)).to_have_count(0)


async def test_the_last_owner_is_not_offered_to_leave(page: Page, world: FakeWorld) -> None:
    menu = page.locator(".page-head").get_by_label("More about this list")
    leave = page.locator(".menu-item", has_text="Leave this list")
    await menu.click()
    await expect(page.locator(".menu-item", has_text="Members")).to_be_visible()
    await expect(leave).to_have_count(0)
    await page.keyboard.press("Escape")

    house = list_named(world, "House move")
    member = world.members[house][world.users["Ben Okafor"]["id"]]
    world.record(house, "member.edited", {"member": member | {"role": "owner"}})

    await menu.click()
    await expect(leave).to_be_visible()


@pytest.mark.parametrize("path", ["/upcoming", "/settings", "/trash"])
async def test_the_plus_of_a_phone_opens_a_field_to_type_in(
    page: Page, origin: str, path: str
) -> None:
    await page.set_viewport_size({"width": 390, "height": 844})
    await page.goto(f"{origin}{path}")

    await page.get_by_label("Add a todo", exact=True).click()

    await expect(page.locator("ll-quick-add textarea")).to_be_focused()


async def test_enter_does_not_make_a_label_of_the_users_own_public(
    page: Page, world: FakeWorld
) -> None:
    own = {"id": "0" * 25 + "P", "name": "divorce", "colour": "red"}
    world.personal_labels[own["id"]] = own
    await page.reload()
    await focus_row(page, DRINKS)
    await page.keyboard.press("l")
    await page.fill(".menu input", "divorce")
    await page.keyboard.press("Enter")
    await settled(page)

    sent = [path for method, path, _ in world.requests if method != "GET" and "label" in path]
    assert sent == ["/labelled-todos"]


async def test_the_page_of_a_label_keeps_its_address_once_the_label_has_its_id(page: Page) -> None:
    await page.evaluate("() => document.querySelector('ll-app').app.router.go('/labels/new:1')")
    await page.evaluate("() => document.querySelector('ll-app').app.store.rename('new:1', 'real')")

    await page.wait_for_url("**/labels/real")


async def test_the_last_day_of_a_repeat_is_chosen_in_the_calendar_or_typed_in_words(
    page: Page, world: FakeWorld
) -> None:
    await page.evaluate(AXE)
    await focus_row(page, "Redirect the mail")
    await page.keyboard.press("d")
    await page.locator(".menu").get_by_text("Repeat", exact=True).click()
    await page.get_by_text("Something else").click()
    await page.locator("[name=end]").select_option("UNTIL")
    field = page.get_by_label("Last day")
    calendar = page.get_by_role("grid")
    await expect(calendar).to_be_in_viewport(ratio=1)
    await expect(page.locator("[type=date]")).to_have_count(0)
    assert await page.evaluate(RUN, None) == []

    await field.fill("nothing like a day")
    await expect(page.get_by_text("This date is not understood.")).to_be_visible()
    await field.fill("2030-03-14")
    await expect(page.locator(".repeat-text")).to_contain_text("until 14 March 2030")
    await calendar.get_by_role("gridcell", name="20 March 2030").click()
    await expect(page.locator(".repeat-text")).to_contain_text("until 20 March 2030")
    await page.get_by_role("button", name="Repeat it").click()
    await settled(page)

    repeat = world.todos[todo_named(world, "Redirect the mail")]["repeat"]
    assert repeat["rule"] == "FREQ=DAILY;UNTIL=20300320"
