"""The tools of the page, which are loaded after it: nobody waits for them, and their absence is said."""

import asyncio

from playwright.async_api import BrowserContext, Page, Route, expect

from tests.support.web.fake_entities import stamp
from tests.support.web.fake_world import FakeWorld
from tests.support.web.page_actions import (
    add,
    focus_row,
    open_list,
    row,
    settled,
    sign_in,
    todo_named,
    wait_until_true,
)

TOOLS = "**/lazy_tools.js"
MISSING = "The server has a newer version, or cannot be reached. Reload the page."
MOVERS = "Book the movers"


async def _open(context: BrowserContext, origin: str, released: asyncio.Event) -> Page:
    """Open a list, without its tools until they are released; the first request for them fails."""
    page = await context.new_page()
    is_first = True

    async def hold(route: Route) -> None:
        nonlocal is_first
        if is_first:
            is_first = False
            await route.abort()
            return
        await released.wait()
        await route.continue_()

    await context.route(TOOLS, hold)
    async with page.expect_event("requestfailed", lambda request: "lazy_tools" in request.url):
        await sign_in(page, origin)
    await open_list(page, "House move")
    return page


async def test_they_are_loaded_when_the_page_is_live_before_anything_needs_them(
    context: BrowserContext, origin: str
) -> None:
    page = await context.new_page()

    async with page.expect_response(TOOLS):
        await sign_in(page, origin)

    await page.wait_for_function("customElements.get('ll-menu-layer') !== undefined")


async def test_a_menu_and_a_dialog_that_wait_for_them_open_with_the_focus_and_give_it_back(
    context: BrowserContext, origin: str
) -> None:
    released = asyncio.Event()
    page = await _open(context, origin, released)
    await focus_row(page, MOVERS)

    await page.keyboard.press("d")
    await page.keyboard.press("x")
    await expect(page.locator(".menu")).to_have_count(0)
    released.set()

    await expect(page.locator(".menu button").first).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(row(page, MOVERS).locator(".row-open")).to_be_focused()
    await expect(row(page, MOVERS).locator(".check.is-done")).to_have_count(0)
    await page.keyboard.press("Control+k")
    await expect(page.locator(".palette-field")).to_be_focused()


async def test_what_waits_for_them_is_dropped_by_escape_and_by_turning_to_something_else(
    context: BrowserContext, origin: str
) -> None:
    released = asyncio.Event()
    page = await _open(context, origin, released)
    waiting, field = (
        page.locator(".toast", has_text="Loading…"),
        page.locator("ll-quick-add textarea"),
    )
    await focus_row(page, MOVERS)

    await page.keyboard.press("d")
    await expect(waiting).to_be_visible()
    await page.keyboard.press("Escape")
    await page.keyboard.press("q")
    await expect(field).to_be_focused()
    await page.keyboard.press("Escape")
    await page.locator(".page [data-menu=list]").click()
    await field.click()
    await page.keyboard.type("Mi")
    released.set()
    await wait_until_true(page, "() => customElements.get('ll-menu-layer') !== undefined")
    await expect(waiting).to_have_count(0)

    await page.keyboard.type("lk")
    await expect(field).to_have_value("Milk")
    await expect(page.locator(".menu, dialog")).to_have_count(0)


async def test_a_key_for_a_todo_that_gets_its_id_meanwhile_is_done(
    context: BrowserContext, origin: str, world: FakeWorld
) -> None:
    released, world.gate = asyncio.Event(), asyncio.Event()
    page = await _open(context, origin, released)
    await add(page, "Measure the door")
    await focus_row(page, "Measure the door")

    await page.keyboard.press("Alt+ArrowRight")
    world.gate.set()
    await settled(page)
    released.set()

    await expect(page.locator(".toast")).to_contain_text("“Measure the door” is a subtask of")
    await settled(page)
    assert world.todos[todo_named(world, "Measure the door")]["parent_id"] is not None


async def test_the_details_of_a_todo_wait_for_them(context: BrowserContext, origin: str) -> None:
    released = asyncio.Event()
    page = await _open(context, origin, released)

    await row(page, MOVERS).locator(".row-open").click()
    await expect(page.locator(".detail [aria-busy=true]")).to_be_visible()
    released.set()

    await expect(page.locator("ll-todo-detail").get_by_label("Title")).to_have_value(MOVERS)


async def test_their_absence_is_said_and_the_next_try_may_succeed(
    context: BrowserContext, origin: str
) -> None:
    page = await context.new_page()
    await context.route(TOOLS, lambda route: route.abort())
    await sign_in(page, origin)
    await open_list(page, "House move")
    await focus_row(page, MOVERS)

    await page.keyboard.press("d")
    toast = page.locator(".toast")
    await expect(toast).to_contain_text(MISSING)
    await expect(toast.get_by_role("button", name="Reload")).to_be_visible()
    await expect(row(page, MOVERS).locator(".row-open")).to_be_focused()
    await page.keyboard.press("j")
    await row(page, MOVERS).locator(".row-open").click()
    await expect(page.locator(".detail")).to_contain_text("This did not load")
    await page.get_by_role("button", name="Close details").click()
    await expect(page.locator(".detail")).to_have_count(0)
    await context.unroute(TOOLS)

    await focus_row(page, MOVERS)
    await page.keyboard.press("d")
    await expect(page.locator(".menu")).to_contain_text("Due")


async def test_a_user_who_goes_elsewhere_meanwhile_is_not_taken_to_the_comment_of_a_link(
    context: BrowserContext, world: FakeWorld, origin: str
) -> None:
    released = asyncio.Event()

    async def hold(route: Route) -> None:
        await released.wait()
        await route.continue_()

    await context.route(TOOLS, hold)
    movers = world.todos[todo_named(world, MOVERS)]
    comment = world.add_comment(movers, "Kramer?", world.users["Ben Okafor"], stamp(hours=1))
    world.signed_in = False
    page = await context.new_page()
    path = f"/lists/{movers['list_id']}?todo={movers['id']}&comment={comment['id']}"
    await page.goto(f"{origin}{path}")
    await page.fill("[name=email]", "ana@example.org")
    await page.fill("[name=password]", "correct horse battery")
    await page.click("button[type=submit]")
    await open_list(page, "Groceries")
    address = page.url

    released.set()

    await wait_until_true(page, "() => customElements.get('ll-menu-layer') !== undefined")
    await expect(page.locator(".page h1")).to_have_text("Groceries")
    assert page.url == address
