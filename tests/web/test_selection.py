"""Several todos are selected and changed at once: by mouse, by keyboard and on a phone."""

from playwright.async_api import Page, expect

from tests.support.web.fake_todo_answers import delete_todo
from tests.support.web.fake_world import FakeWorld
from tests.support.web.page_actions import focus_row, row, settled, todo_named
from tests.web.test_accessibility import AXE, Report

MOVERS, POWER, BOXES = (
    "Book the movers",
    "Cancel the electricity contract",
    "Forty boxes, tape, blankets",
)


def bulk_bodies(world: FakeWorld) -> list[object]:
    return [
        body for method, path, body in world.requests if (method, path) == ("PATCH", "/todos/bulk")
    ]


async def test_rows_selected_by_mouse_are_changed_together_and_undone_together(
    page: Page, world: FakeWorld
) -> None:
    bar = page.locator("ll-selection-bar")
    await row(page, MOVERS).locator(".row-open").click(modifiers=["Control"])
    await row(page, BOXES).locator(".row-open").click(modifiers=["Shift"])
    await expect(bar.get_by_role("status")).to_have_text("3 selected")
    await expect(row(page, POWER).locator(".row-open")).to_have_attribute("aria-pressed", "true")

    await bar.get_by_role("button", name="Priority").click()
    await page.locator(".menu").get_by_text("Low", exact=True).click()
    await settled(page)
    ids = [todo_named(world, title) for title in (MOVERS, POWER, BOXES)]
    changed = [world.todos[todo_id]["priority"] for todo_id in ids]
    await page.keyboard.press("Control+z")
    await settled(page)

    assert len(set(changed)) == 1
    assert [world.todos[todo_id]["priority"] for todo_id in ids] == [4, 5, 0]
    first = bulk_bodies(world)[0]
    assert isinstance(first, dict)
    assert sorted(first["ids"]) == sorted(ids)


async def test_the_keyboard_selects_deletes_and_restores(page: Page, world: FakeWorld) -> None:
    status = page.locator("ll-selection-bar").get_by_role("status")
    await focus_row(page, MOVERS)
    await page.keyboard.press("Shift+X")
    await page.keyboard.press("Shift+ArrowDown")
    await expect(status).to_have_text("2 selected")
    await expect(row(page, POWER).locator(".row-open")).to_be_focused()

    # Another member deletes one of them.
    delete_todo(world, {}, None, todo_named(world, POWER))
    await expect(status).to_have_text("1 selected")
    await focus_row(page, BOXES)
    await page.keyboard.press("x")
    await expect(status).to_have_text("2 selected")
    await page.keyboard.press("Delete")
    await expect(row(page, MOVERS)).to_have_count(0)
    await expect(status).to_have_text("")
    await expect(row(page, "Paint samples for the kitchen").locator(".row-open")).to_be_focused()
    await page.keyboard.press("u")

    await expect(row(page, MOVERS)).to_be_visible()
    await expect(row(page, BOXES)).to_be_visible()
    await focus_row(page, MOVERS)
    await page.keyboard.press("Shift+X")
    await page.keyboard.press("Escape")
    await expect(status).to_have_text("")
    await expect(row(page, MOVERS).locator(".row-open")).to_be_focused()


async def test_selected_todos_are_duplicated_and_undone_as_one(page: Page) -> None:
    await focus_row(page, MOVERS)
    await page.keyboard.press("Shift+X")
    await page.keyboard.press("Shift+ArrowDown")
    await page.keyboard.press("Shift+D")
    await expect(page.locator(".toast")).to_contain_text("2 todos are there twice.")
    await expect(row(page, MOVERS)).to_have_count(2)
    await page.keyboard.press("u")
    await expect(row(page, MOVERS)).to_have_count(1)


async def test_on_a_phone_a_long_press_selects_and_taps_go_on(page: Page) -> None:
    await page.set_viewport_size({"width": 390, "height": 844})
    touch = await page.context.new_cdp_session(page)
    await touch.send("Emulation.setTouchEmulationEnabled", {"enabled": True})
    # It waits until the rows stand still in the smaller window.
    await row(page, MOVERS).locator(".row-open").click(trial=True)
    box = await row(page, MOVERS).locator(".row-title").bounding_box()
    assert box
    point = {"x": box["x"] + 20, "y": box["y"] + 8}
    await touch.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [point]})
    await expect(row(page, MOVERS)).to_contain_class("is-dragged")
    await touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    await page.locator(".menu").get_by_role("button", name="Select").click()
    status = page.locator("ll-selection-bar").get_by_role("status")
    await expect(status).to_have_text("1 selected")
    await expect(page.locator(".row.is-dragged")).to_have_count(0)

    await row(page, BOXES).locator(".row-open").click()
    await expect(status).to_have_text("2 selected")
    await expect(page.locator("ll-todo-detail")).to_have_count(0)
    await page.evaluate(AXE)
    report = Report(page)
    await report.check("selection on a phone")
    await touch.send("Emulation.setTouchEmulationEnabled", {"enabled": False})
    await page.set_viewport_size({"width": 1440, "height": 900})
    await report.check("selection on a desktop")
    assert report.violations == []


async def test_a_selection_ends_with_its_page(page: Page) -> None:
    await focus_row(page, MOVERS)
    await page.keyboard.press("Shift+X")

    await page.locator(".side").get_by_text("Today", exact=True).click()

    await expect(page.locator("ll-selection-bar").get_by_role("status")).to_have_text("")


async def test_a_right_click_on_a_selected_row_is_about_all_of_them(
    page: Page, world: FakeWorld
) -> None:
    await row(page, MOVERS).locator(".row-open").click(modifiers=["Control"])
    await row(page, POWER).locator(".row-open").click(modifiers=["Control"])
    await row(page, POWER).locator(".row-title").click(button="right")
    menu = page.get_by_role("dialog", name="More: 2 todos")
    await menu.get_by_role("button", name="Priority").click()
    await page.locator(".menu").get_by_text("Low", exact=True).click()
    await settled(page)
    ids = [todo_named(world, title) for title in (MOVERS, POWER)]
    assert [world.todos[todo_id]["priority"] for todo_id in ids] == [1, 1]
    # The menu key does the same.
    await row(page, MOVERS).locator(".row-open").focus()
    await page.keyboard.press("ContextMenu")
    await menu.get_by_role("button", name="Move to the trash").click()
    await expect(page.locator(".toast")).to_contain_text("2 todos are in the trash.")
    await page.keyboard.press("u")
    await expect(row(page, MOVERS)).to_be_visible()


async def test_a_right_click_on_another_row_ends_the_selection(page: Page) -> None:
    status = page.locator("ll-selection-bar").get_by_role("status")
    await row(page, MOVERS).locator(".row-open").click(modifiers=["Control"])
    await row(page, POWER).locator(".row-open").click(modifiers=["Control"])
    await expect(status).to_have_text("2 selected")

    await row(page, BOXES).locator(".row-title").click(button="right")

    await expect(page.get_by_role("dialog", name=f"More: {BOXES}")).to_be_visible()
    await expect(status).to_have_text("")
