"""What a todo's status is beside done: how it is drawn, set and undone, in a browser."""

from playwright.async_api import Page, expect

from tests.support.web.fake_world import FakeWorld
from tests.support.web.page_actions import focus_row, row, settled, todo_named

MOVERS = "Book the movers"
POWER = "Cancel the electricity contract"
BOXES = "Forty boxes, tape, blankets"


def status_of(world: FakeWorld, title: str) -> object:
    return world.todos[todo_named(world, title)]["status"]


async def test_a_key_begins_a_todo_and_its_row_and_details_say_so(
    page: Page, world: FakeWorld
) -> None:
    circle = row(page, MOVERS).get_by_role("checkbox")
    await focus_row(page, MOVERS)

    await page.keyboard.press("i")

    await expect(circle).to_have_accessible_name(f"{MOVERS}, in progress, priority: high")
    await expect(row(page, MOVERS).locator(".row-open")).to_be_focused()
    await settled(page)
    assert status_of(world, MOVERS) == "in_progress"
    await page.keyboard.press("Enter")
    fact = page.locator(".fact", has_text="In progress")
    await fact.click()
    await page.locator(".menu").get_by_text("Not begun", exact=True).click()
    await expect(fact).to_have_count(0)
    await page.keyboard.press("u")
    await expect(fact).to_be_visible()
    await settled(page)
    assert status_of(world, MOVERS) == "in_progress"


async def test_a_todo_that_will_not_be_done_is_finished_but_not_ticked(
    page: Page, world: FakeWorld
) -> None:
    await row(page, MOVERS).hover()
    await row(page, MOVERS).get_by_role("button", name="More:").click()
    await page.locator(".menu-item", has_text="Won’t do").click()

    await settled(page)
    assert status_of(world, MOVERS) == "cancelled"
    await page.locator(".done-head").click()
    await expect(row(page, MOVERS).locator(".check.is-cancelled")).to_be_visible()
    await expect(row(page, MOVERS).locator(".row-title")).to_have_css(
        "text-decoration-line", "line-through"
    )
    circle = row(page, MOVERS).get_by_role("checkbox")
    await expect(circle).to_have_accessible_name(f"{MOVERS}, won’t do, priority: high")
    await expect(circle).not_to_be_checked()
    toast = page.locator(".toast", has_text="will not be done")
    await toast.get_by_role("button", name="Undo").click()
    await settled(page)
    assert status_of(world, MOVERS) == "pending"


async def test_the_status_of_all_selected_todos_is_set_by_the_bar_and_the_palette(
    page: Page, world: FakeWorld
) -> None:
    bar = page.locator("ll-selection-bar")
    await row(page, MOVERS).locator(".row-open").click(modifiers=["Control"])
    await row(page, BOXES).locator(".row-open").click(modifiers=["Shift"])

    await bar.get_by_role("button", name="Status").click()
    await page.locator(".menu").get_by_text("In progress", exact=True).click()
    await settled(page)
    assert {status_of(world, title) for title in (MOVERS, POWER, BOXES)} == {"in_progress"}

    await page.keyboard.press("Control+k")
    await page.locator(".palette-field").fill("won’t")
    await page.keyboard.press("Enter")
    await settled(page)
    assert {status_of(world, title) for title in (MOVERS, POWER, BOXES)} == {"cancelled"}
    await expect(bar.get_by_role("status")).to_have_text("")
    await page.keyboard.press("u")
    await settled(page)
    assert {status_of(world, title) for title in (MOVERS, POWER, BOXES)} == {"in_progress"}


async def test_what_is_done_stays_done_when_open_todos_are_begun(
    page: Page, world: FakeWorld
) -> None:
    await row(page, MOVERS).get_by_role("checkbox").click()
    await page.locator(".done-head").click()
    await settled(page)
    # Until its motion has ended, the row is among the open ones too.
    await expect(row(page, MOVERS)).to_have_count(1)
    await focus_row(page, MOVERS)

    await page.keyboard.press("i")

    await settled(page)
    assert status_of(world, MOVERS) == "completed"
    bar = page.locator("ll-selection-bar")
    await row(page, MOVERS).locator(".row-open").click(modifiers=["Control"])
    await expect(bar.get_by_role("button", name="Status")).to_have_count(0)
    await row(page, POWER).locator(".row-open").click(modifiers=["Control"])
    await bar.get_by_role("button", name="Status").click()
    await page.locator(".menu").get_by_text("In progress", exact=True).click()
    await settled(page)
    assert (status_of(world, MOVERS), status_of(world, POWER)) == ("completed", "in_progress")
