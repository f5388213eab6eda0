"""What a page can do beyond adding and changing a todo: views, copies, subtasks, the palette."""

import pytest
from playwright.async_api import Page, expect

from tests.support.web.fake_world import FakeWorld
from tests.support.web.page_actions import focus_row, row, settled, todo_named
from tests.web.test_accessibility import AXE, Report

MOVERS, POWER, BOXES = (
    "Book the movers",
    "Cancel the electricity contract",
    "Forty boxes, tape, blankets",
)


async def run_command(page: Page, text: str) -> None:
    """Open the palette, type, and press Enter on the first entry."""
    await page.keyboard.press("Control+k")
    await page.locator(".palette-field").fill(text)
    await expect(page.locator(".palette-item").first).to_contain_text(text)
    await page.keyboard.press("Enter")


async def test_the_palette_acts_on_the_todo_in_focus_and_on_the_list(
    page: Page, world: FakeWorld
) -> None:
    await focus_row(page, POWER)
    await run_command(page, "Duplicate")
    await expect(row(page, POWER)).to_have_count(2)
    await expect(row(page, POWER).nth(1).locator(".row-open")).to_be_focused()
    await page.keyboard.press("u")
    await expect(row(page, POWER)).to_have_count(1)

    await focus_row(page, POWER)
    await run_command(page, "Priority…")
    await page.locator(".menu").get_by_text("Low", exact=True).click()
    await expect(row(page, POWER).locator(".check.p1")).to_have_count(1)
    await run_command(page, "Group: Label")
    await expect(page.locator(".day-title").first).to_be_visible()
    await settled(page)

    views = [body for method, path, body in world.requests if path.endswith("/view")]
    assert [view["group"] for view in views] == ["label"]


async def test_a_todo_becomes_a_subtask_by_key_and_by_drag(page: Page, world: FakeWorld) -> None:
    movers = todo_named(world, MOVERS)
    await focus_row(page, POWER)
    await page.keyboard.press("Alt+ArrowRight")
    await expect(row(page, POWER)).to_have_count(0)
    await expect(row(page, MOVERS).locator(".row-open")).to_be_focused()
    await settled(page)
    assert world.todos[todo_named(world, POWER)]["parent_id"] == movers
    await page.keyboard.press("u")
    await expect(row(page, POWER)).to_have_count(1)

    target = await row(page, MOVERS).bounding_box()
    assert target
    await row(page, BOXES).locator(".row-title").hover()
    await page.mouse.down()
    await page.mouse.move(target["x"] + 80, target["y"] + target["height"] / 2, steps=4)
    await expect(row(page, MOVERS)).to_contain_class("is-target")
    await page.mouse.up()
    await expect(row(page, BOXES)).to_have_count(0)
    await settled(page)
    assert world.todos[todo_named(world, BOXES)]["parent_id"] == movers

    await focus_row(page, MOVERS)
    await page.keyboard.press("Alt+ArrowRight")
    await expect(page.locator(".toast").last).to_contain_text("There is no todo above it.")


@pytest.mark.parametrize("width", [390, 1440])
async def test_the_view_and_its_menu_have_no_violation(page: Page, width: int) -> None:
    await page.set_viewport_size({"width": width, "height": 900})
    await page.evaluate(AXE)
    report = Report(page)
    await page.keyboard.press("v")
    await page.get_by_label("Group").select_option("due")
    await page.locator(".menu").get_by_role("button", name="Urgent").click()
    await report.check("the menu")
    await page.keyboard.press("Escape")
    await report.check("groups")
    await page.keyboard.press("v")
    await page.get_by_label("Words").fill("piano")
    await page.keyboard.press("Escape")
    await expect(page.get_by_text("Nothing fits the filter")).to_be_visible()
    await report.check("nothing")

    assert report.violations == []
