"""The client on a phone: touch, gestures, the add button, and Back."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from tests.support.web.fake_world import FakeWorld
from tests.support.web.page_actions import list_named, row, settled, sign_in, todo_named
from tests.support.web.touch import Finger, open_phone

MOVERS, POWER = "Book the movers", "Cancel the electricity contract"
GO = "(path) => document.querySelector('ll-app').app.router.go(path)"
TOOLS = "() => document.querySelector('ll-selection-bar') !== null"
# After each touch the page is busy, and draws before the browser goes on.
SLOW = """() => {
  window.clicks = 0;
  addEventListener('click', () => window.clicks++, { capture: true });
  addEventListener('touchend', () => {
    const begun = performance.now();
    while (performance.now() - begun < 200);
  });
}"""
A_WHILE = "() => new Promise((resolve) => setTimeout(resolve, 300))"
# How far around its middle a check circle takes a tap, each way.
HIT_AREAS = """() => [...document.querySelectorAll('.check')].map((check) => {
  const { left, top, width, height } = check.getBoundingClientRect();
  const [x, y] = [left + width / 2, top + height / 2];
  const reach = (dx, dy) => {
    let distance = 0;
    while (check.contains(document.elementFromPoint(x + dx * distance, y + dy * distance))) {
      distance++;
    }
    return distance;
  };
  return Math.min(reach(1, 0) + reach(-1, 0), reach(0, 1) + reach(0, -1)) - 1;
})"""


@pytest_asyncio.fixture
async def phone(chromium: Browser, origin: str, world: FakeWorld) -> AsyncIterator[Page]:
    """A phone on which Ana is signed in, in the list "House move"."""
    context = await open_phone(chromium)
    page = await context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    await sign_in(page, origin)
    await page.evaluate(GO, f"/lists/{list_named(world, 'House move')}")
    await expect(row(page, MOVERS)).to_be_visible()
    yield page
    await context.close()
    assert not errors


async def _finger_after_a_touch(phone: Page) -> Finger:
    """Return a finger, once its first touch has loaded what follows swipes."""
    finger = await Finger.on(phone)
    await finger.put_on(row(phone, MOVERS).locator(".row-title"))
    await finger.lift()
    await expect(phone.locator("ll-todo-detail")).to_be_visible()
    await phone.wait_for_function(TOOLS)
    await phone.go_back()
    return finger


async def test_the_add_button_opens_a_focused_field_on_every_page(
    phone: Page, world: FakeWorld
) -> None:
    for path in ("/upcoming", "/today", "/", "/trash", "/settings", "/lists/nowhere"):
        await phone.keyboard.press("Escape")
        await expect(phone.locator("dialog")).to_have_count(0)
        await phone.evaluate(GO, path)
        await phone.tap(".bottom-add")
        await expect(phone.locator(".quick-field:focus")).to_be_visible()
        assert await phone.evaluate("location.pathname") == path

    await phone.keyboard.type("Water the plants")
    await phone.keyboard.press("Enter")
    await expect(phone.locator("dialog")).to_have_count(0)
    await expect(phone.locator(".toast")).to_contain_text("Added to “Inbox”.")
    await settled(phone)
    inbox = list_named(world, "Inbox")
    assert world.todos[todo_named(world, "Water the plants")]["list_id"] == inbox
    assert await phone.evaluate("location.pathname") == "/lists/nowhere"


async def test_a_long_press_offers_what_can_be_done_and_selects(phone: Page) -> None:
    finger = await Finger.on(phone)
    await finger.put_on(row(phone, MOVERS).locator(".row-title"))
    await expect(row(phone, MOVERS)).to_contain_class("is-dragged")
    await finger.lift()

    menu = phone.locator(".menu")
    for label in ("Due date", "Priority", "Assign", "Labels", "Move to the trash"):
        await expect(menu.get_by_role("button", name=label)).to_be_visible()
    await menu.get_by_role("button", name="Select").tap()
    status = phone.locator("ll-selection-bar").get_by_role("status")
    await expect(status).to_have_text("1 selected")

    # While todos are selected, a long press selects.
    await finger.put_on(row(phone, POWER).locator(".row-title"))
    await expect(row(phone, POWER)).to_contain_class("is-dragged")
    await finger.lift()
    await expect(status).to_have_text("2 selected")


async def test_a_viewer_is_offered_what_is_private_by_a_long_press(
    phone: Page, world: FakeWorld
) -> None:
    house = list_named(world, "House move")
    member = world.members[house][world.me["id"]]
    world.lists[house]["role"] = member["role"] = "viewer"
    world.record(house, "member.edited", {"member": member, "before": "owner"})
    await expect(phone.locator("ll-quick-add")).to_have_count(0)

    finger = await Finger.on(phone)
    await finger.put_on(row(phone, MOVERS).locator(".row-title"))
    await expect(row(phone, MOVERS)).to_contain_class("is-dragged")
    await finger.lift()

    labels = phone.locator("ll-more-menu .menu-label")
    await expect(labels).to_have_text(["Open details", "Remind me", "Labels"])
    await labels.get_by_text("Labels").tap()
    await expect(phone.locator("ll-label-menu").get_by_text("Only for me")).to_be_visible()


async def test_swiping_right_ticks_and_swiping_left_opens_the_due_menu(
    phone: Page, world: FakeWorld
) -> None:
    finger = await _finger_after_a_touch(phone)
    hint = phone.locator(".swipe-hint")

    await finger.swipe(row(phone, POWER).locator(".row-title"), right=60)
    await expect(hint).to_have_text("Complete")
    await finger.lift()
    await expect(hint).to_have_count(0)
    await finger.swipe(row(phone, POWER).locator(".row-title"), right=120)
    await expect(hint).to_contain_class("is-enough")
    await finger.lift()
    await expect(phone.locator(".done-head")).to_contain_text("4 completed")
    await settled(phone)
    assert world.todos[todo_named(world, POWER)]["status"] == "completed"

    await finger.swipe(row(phone, MOVERS).locator(".row-title"), right=-120)
    await expect(hint).to_have_text("Due date")
    await finger.lift()
    await expect(phone.locator(".menu ll-due-picker")).to_be_visible()
    await expect(phone.locator("ll-todo-detail")).to_have_count(0)


async def test_a_tap_right_after_a_quick_swipe_counts(phone: Page) -> None:
    finger = await _finger_after_a_touch(phone)
    movers, menu = row(phone, MOVERS), phone.locator(".menu")
    for day in ("today", "tomorrow", "today"):
        await finger.swipe(movers.locator(".row-title"), right=-120)
        await finger.lift()
        await expect(menu.locator("ll-due-picker")).to_be_visible()
        await menu.get_by_text(day.capitalize(), exact=True).first.tap()
        await expect(movers).to_contain_text(day)


async def test_the_menu_of_a_long_press_stays_open_on_a_slow_phone(phone: Page) -> None:
    await phone.evaluate(SLOW)
    finger, menu = await Finger.on(phone), phone.locator("ll-more-menu")
    for _ in range(3):
        await finger.put_on(row(phone, MOVERS).locator(".row-title"))
        await expect(row(phone, MOVERS)).to_contain_class("is-dragged")
        await finger.lift()
        await expect(menu).to_have_count(1)
        # The browser has had the time to make a click of the lifted finger.
        await phone.evaluate(A_WHILE)
        await expect(menu).to_have_count(1)
        await phone.keyboard.press("Escape")
        await expect(menu).to_have_count(0)
    assert await phone.evaluate("window.clicks") == 0


async def test_a_finger_that_moves_down_scrolls_and_swipes_nothing(
    phone: Page, world: FakeWorld
) -> None:
    for number in range(30):
        world.add_todo(list_named(world, "House move"), f"Box {number}")
    await phone.reload()
    await expect(row(phone, "Box 29")).to_be_attached()
    finger = await Finger.on(phone)
    await finger.swipe(row(phone, "Redirect the mail").locator(".row-title"), right=40, down=-300)
    await finger.lift()

    await phone.wait_for_function("() => scrollY > 100")
    await expect(phone.locator(".swipe-hint")).to_have_count(0)
    await expect(phone.locator("ll-todo-detail")).to_have_count(0)


async def test_back_closes_the_topmost_thing_only(phone: Page, world: FakeWorld) -> None:
    house = f"/lists/{list_named(world, 'House move')}"
    await phone.evaluate(GO, "/today")
    await phone.evaluate(GO, house)
    await row(phone, MOVERS).locator(".row-open").tap()
    detail, menu = phone.locator("ll-todo-detail"), phone.locator(".menu")
    await detail.get_by_role("button", name="Priority").tap()
    await expect(menu).to_be_visible()

    await phone.go_back()
    await expect(menu).to_have_count(0)
    await expect(detail).to_be_visible()
    await phone.go_back()
    await expect(detail).to_have_count(0)
    await phone.get_by_role("button", name="1 invitation").tap()
    drawer = phone.locator(".with-drawer")
    await expect(drawer).to_be_visible()
    await phone.locator(".side").get_by_role("button", name="Notifications").tap()
    await expect(menu).to_be_visible()
    await phone.go_back()
    await expect(menu).to_have_count(0)
    await expect(drawer).to_be_visible()
    await phone.go_back()
    await expect(drawer).to_have_count(0)
    await phone.locator("ll-bottom-bar").get_by_role("button", name="Search").tap()
    await expect(phone.locator("dialog")).to_be_visible()
    await phone.go_back()
    await expect(phone.locator("dialog")).to_have_count(0)
    await expect(phone.get_by_role("heading", name="House move")).to_be_visible()
    await phone.go_back()
    await expect(phone.get_by_role("heading", name="Today", exact=True).first).to_be_visible()


async def test_what_was_closed_otherwise_needs_no_second_back(
    phone: Page, world: FakeWorld
) -> None:
    await phone.evaluate(GO, "/today")
    await phone.evaluate(GO, f"/lists/{list_named(world, 'House move')}")
    await row(phone, MOVERS).locator(".row-open").tap()
    await phone.get_by_role("button", name="Close details").tap()
    await phone.locator("ll-bottom-bar").get_by_role("button", name="Search").tap()
    await phone.keyboard.press("Escape")
    await expect(phone.locator("dialog")).to_have_count(0)

    await phone.go_back()
    await expect(phone.get_by_role("heading", name="Today", exact=True).first).to_be_visible()


async def test_details_that_a_menu_covered_stay_closed(phone: Page, world: FakeWorld) -> None:
    await phone.evaluate(GO, "/today")
    await phone.evaluate(GO, f"/lists/{list_named(world, 'House move')}")
    detail, menu = phone.locator("ll-todo-detail"), phone.locator(".menu")
    for todo in (MOVERS, POWER):
        await row(phone, todo).locator(".row-open").tap()
        await detail.get_by_role("button", name="Priority").tap()
        await menu.locator("button").first.tap()
        await expect(menu).to_have_count(0)
        await phone.get_by_role("button", name="Close details").tap()
        await expect(detail).to_have_count(0)
    await phone.locator("ll-bottom-bar").get_by_role("button", name="Search").tap()
    await expect(phone.locator("dialog")).to_be_visible()

    await phone.go_back()
    await expect(phone.locator("dialog")).to_have_count(0)
    await expect(phone.get_by_role("heading", name="House move")).to_be_visible()
    await expect(detail).to_have_count(0)
    await phone.go_back()
    await expect(phone.get_by_role("heading", name="Today", exact=True).first).to_be_visible()
    await expect(detail).to_have_count(0)


@pytest.mark.parametrize("path", ["", "?todo="])
async def test_check_circles_take_a_tap_on_44_pixels(
    phone: Page, world: FakeWorld, path: str
) -> None:
    todo = todo_named(world, MOVERS) if path else ""
    await phone.emulate_media(reduced_motion="reduce")
    await phone.evaluate(GO, f"/lists/{list_named(world, 'House move')}{path}{todo}")
    if path:
        await phone.wait_for_selector(".comment")
    areas = [area for area in await phone.evaluate(HIT_AREAS) if area > 1]

    assert areas
    assert min(areas) >= 44
