"""A subtask that is dragged into its list: the room that it gets there, and where a completed one lands."""

from playwright.async_api import Page, expect

from tests.support.web.fake_entities import stamp
from tests.support.web.fake_world import FakeWorld
from tests.support.web.page_actions import row, settled, todo_named, wait_until_true
from tests.web.test_dragging import BOXES, HAND, MOVERS, PERMIT, POWER, move_to, take

# Whether the last open row, where it is shown, ends above the head of the completed todos.
IS_ROOM = """async () => {
  await Promise.all(document.getAnimations().map((animation) => animation.finished.catch(() => {})));
  const rows = document.querySelectorAll('ll-list-page ll-todo-list:first-of-type ll-todo-row');
  const last = Math.max(...[...rows].map((row) => row.getBoundingClientRect().bottom));
  return last <= document.querySelector('.done-head').getBoundingClientRect().top;
}"""


async def test_the_rows_that_make_way_for_a_subtask_do_not_cover_the_completed_ones(
    page: Page,
) -> None:
    await row(page, MOVERS).locator(".row-open").click()
    head = page.locator("ll-list-page .done-head")
    before = await head.bounding_box()
    await take(page, PERMIT)
    await move_to(page, row(page, BOXES), 0.1)
    await expect(page.locator(HAND)).to_contain_text(PERMIT)

    await wait_until_true(page, IS_ROOM)

    await page.keyboard.press("Escape")
    await page.mouse.up()
    assert await head.bounding_box() == before


async def test_a_completed_subtask_is_shown_to_land_among_the_completed_ones(
    page: Page, world: FakeWorld
) -> None:
    subtask = todo_named(world, PERMIT)
    world.edit(subtask, status="completed", completed_at=stamp())
    await row(page, MOVERS).locator(".row-open").click()
    await take(page, PERMIT)
    await move_to(page, row(page, BOXES), 0.1)
    await expect(page.locator(".done")).to_contain_class("is-target")
    await expect(page.locator(".is-target")).to_have_count(1)
    # On the middle of a row it would still become a subtask of that.
    await move_to(page, row(page, POWER), 0.5)
    await expect(row(page, POWER)).to_contain_class("is-target")
    await move_to(page, row(page, BOXES), 0.9)
    await page.mouse.up()

    await expect(page.locator("ll-list-page .done-head")).to_contain_text("4 completed")
    await settled(page)
    assert world.todos[subtask]["parent_id"] is None
    assert [path for _, path, _ in world.requests if path.endswith("/move")] == []
