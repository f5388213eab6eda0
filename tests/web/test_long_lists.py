"""A list of which only the rows around the view are in the document."""

import re

import pytest
import pytest_asyncio
from playwright.async_api import Locator, Page, expect

from tests.support.web.demo_world import demo_world
from tests.support.web.fake_world import FakeWorld
from tests.support.web.page_actions import (
    focus_row,
    list_named,
    open_list,
    row,
    settled,
    todo_named,
)

TODOS = 1_000
# The goal of docs/performance.md, "Large lists".
MOST_ELEMENTS = 2_500

# The rows that a change touches, by the id of their todo; null for an element outside of the rows.
WATCH_ROWS = """() => {
  globalThis.touched = new Set();
  const list = document.querySelector('.main ll-todo-list');
  new MutationObserver((records) => {
    for (const { target } of records) {
      const element = target instanceof Element ? target : target.parentElement;
      touched.add(element.closest('ll-todo-row')?.dataset.todo ?? null);
    }
  }).observe(list, { subtree: true, childList: true, attributes: true, characterData: true });
}"""
COUNT_DRAWINGS = """() => {
  const { prototype } = customElements.get('ll-todo-list');
  const draw = prototype.draw;
  globalThis.drawings = 0;
  prototype.draw = function () {
    drawings += 1;
    return draw.call(this);
  };
}"""
# Wait until what was asked for is drawn.
DRAWN = """async () => {
  for (let frame = 0; frame < 6; frame += 1) await new Promise(requestAnimationFrame);
}"""
SCROLL_TO = "(top) => { document.querySelector('.main').scrollTop = top; }"
FIRST_IN_VIEW = """() => {
  const edge = document.querySelector('.main').getBoundingClientRect().top;
  const rows = [...document.querySelectorAll('ll-todo-row')];
  const row = rows.find((each) => each.getBoundingClientRect().top >= edge);
  return { title: row.textContent, top: row.getBoundingClientRect().top };
}"""


def add_long_list(world: FakeWorld, count: int) -> str:
    long = world.add_list("Long list", "blue")["id"]
    world.add_member(long, "Ben Okafor")
    world.add_todos(long, (f"Todo {number}" for number in range(count)))
    return str(long)


@pytest.fixture
def world() -> FakeWorld:
    """A world with a list of 1,000 todos."""
    world = demo_world()
    add_long_list(world, TODOS)
    return world


@pytest_asyncio.fixture
async def long_page(page: Page) -> Page:
    """A page on which the long list is open."""
    await open_list(page, "Long list")
    await expect(row(page, "Todo 0")).to_be_visible()
    return page


def title_in_focus(page: Page) -> Locator:
    return page.locator("ll-todo-row:focus-within .row-title")


async def scroll_to(page: Page, top: int) -> None:
    await page.evaluate(SCROLL_TO, top)
    await page.evaluate(DRAWN)


async def test_ten_thousand_todos_take_few_elements_at_both_ends(
    page: Page, world: FakeWorld
) -> None:
    huge = world.add_list("Huge list")["id"]
    world.add_todos(huge, (f"Wish {number}" for number in range(10_000)))
    world.page_size = 10_000
    await page.reload()

    await open_list(page, "Huge list")
    await expect(row(page, "Wish 0")).to_be_visible()
    at_start = await page.locator("*").count()
    await scroll_to(page, 10_000_000)
    await expect(row(page, "Wish 9999")).to_be_in_viewport()
    at_end = await page.locator("*").count()

    assert at_start <= MOST_ELEMENTS
    assert at_end <= MOST_ELEMENTS
    await expect(page.locator(".side-link[aria-current]")).to_contain_text("10000")


async def test_an_event_touches_the_row_of_its_todo_alone(
    long_page: Page, world: FakeWorld
) -> None:
    far, near = todo_named(world, "Todo 700"), todo_named(world, "Todo 3")
    await long_page.evaluate(WATCH_ROWS)

    world.edit(far, title="Far away")
    world.edit(near, title="Nearby", description="Look here")
    await expect(row(long_page, "Nearby")).to_be_visible()

    assert await long_page.evaluate("[...touched]") == [near]


async def test_many_events_at_once_are_drawn_once(long_page: Page, world: FakeWorld) -> None:
    await long_page.evaluate(COUNT_DRAWINGS)
    todo = world.todos[todo_named(world, "Todo 3")]
    frames = []
    world.muted = True
    for number in range(50):
        world.edit(todo["id"], title=f"Version {number}")
        frames.append(world.log[todo["list_id"]][-1])
    world.muted = False

    drawings = await long_page.evaluate(
        """async (frames) => {
          const { store } = document.querySelector('ll-app').app;
          const before = drawings;
          for (const frame of frames) {
            store.applyFrames([frame]);
            await Promise.resolve();
          }
          await new Promise(requestAnimationFrame);
          return drawings - before;
        }""",
        frames,
    )

    await expect(row(long_page, "Version 49")).to_be_visible()
    assert drawings == 1


async def test_a_view_is_drawn_again_after_a_frame_in_which_nothing_waited(
    long_page: Page, world: FakeWorld
) -> None:
    await long_page.evaluate(
        """async () => {
          const list = document.querySelector('ll-todo-list');
          const frame = () => new Promise(requestAnimationFrame);
          for (let at = 0; at < 3; at += 1) await frame();
          list.redraw();
          list.draw();
          await frame();
          await frame();
          // The rows were measured at the end of the last frame: now only the view waits.
          document.querySelector('ll-side-bar').redraw();
          document.querySelector('ll-side-bar').draw();
          await frame();
        }"""
    )

    world.edit(todo_named(world, "Todo 3"), title="Edited by Ben")

    await expect(row(long_page, "Edited by Ben")).to_be_visible()


async def test_a_row_ticked_while_its_list_waits_to_be_drawn_leaves_the_list(
    long_page: Page,
) -> None:
    await long_page.evaluate(
        """() => {
          // The list is drawn before its page gives it the new todos.
          document.querySelector('ll-todo-list').redraw();
          const rows = [...document.querySelectorAll('ll-todo-row')];
          rows.find((row) => row.textContent.includes('Todo 3')).querySelector('.check').click();
        }"""
    )

    await expect(row(long_page, "Todo 3")).to_have_count(0)


async def test_the_keyboard_walks_far_beyond_the_window_and_keeps_the_focus(
    long_page: Page, world: FakeWorld
) -> None:
    await focus_row(long_page, "Todo 0")

    for number in range(1, 301):
        await long_page.keyboard.press("j")
        if number % 50 == 0:
            await expect(title_in_focus(long_page)).to_have_text(f"Todo {number}")
            await expect(title_in_focus(long_page)).to_be_in_viewport(ratio=1)

    await long_page.keyboard.press("x")
    await expect(title_in_focus(long_page)).to_have_text("Todo 301")
    await long_page.keyboard.press("e")
    await long_page.keyboard.type("Edited")
    await long_page.keyboard.press("Enter")
    await expect(title_in_focus(long_page)).to_have_text("Edited")
    await settled(long_page)
    assert world.todos[todo_named(world, "Todo 300")]["status"] == "completed"
    todo_named(world, "Edited")


async def test_home_end_and_page_keys_move_the_focus_from_a_row(long_page: Page) -> None:
    await focus_row(long_page, "Todo 0")

    await long_page.keyboard.press("End")
    await expect(title_in_focus(long_page)).to_have_text(f"Todo {TODOS - 1}")
    await expect(title_in_focus(long_page)).to_be_in_viewport(ratio=1)
    await long_page.keyboard.press("PageUp")
    await expect(title_in_focus(long_page)).not_to_have_text(f"Todo {TODOS - 1}")
    title = await title_in_focus(long_page).inner_text()
    assert TODOS - 40 < int(title.removeprefix("Todo ")) < TODOS - 8
    await long_page.keyboard.press("Home")
    await expect(title_in_focus(long_page)).to_have_text("Todo 0")
    await expect(title_in_focus(long_page)).to_be_in_viewport(ratio=1)


async def test_a_row_in_focus_keeps_it_while_the_page_scrolls_away(long_page: Page) -> None:
    await focus_row(long_page, "Todo 2")
    await scroll_to(long_page, 20_000)

    await expect(title_in_focus(long_page)).to_have_text("Todo 2")
    await long_page.keyboard.press("j")
    await expect(title_in_focus(long_page)).to_have_text("Todo 3")
    await expect(title_in_focus(long_page)).to_be_in_viewport(ratio=1)


async def test_tab_goes_to_the_row_beside_one_that_was_scrolled_away(long_page: Page) -> None:
    await focus_row(long_page, "Todo 2")
    await scroll_to(long_page, 20_000)

    await long_page.keyboard.press("Tab")

    await expect(title_in_focus(long_page)).to_have_text("Todo 3")


async def test_a_title_being_typed_survives_scrolling_away_and_back(long_page: Page) -> None:
    await focus_row(long_page, "Todo 2")
    await long_page.keyboard.press("e")
    await long_page.keyboard.type("Half a sen")

    await scroll_to(long_page, 20_000)
    await scroll_to(long_page, 0)
    await long_page.keyboard.type("tence")

    await expect(long_page.locator(".row-field")).to_have_value("Half a sentence")


async def test_a_screen_reader_is_told_the_place_of_a_row_among_all(long_page: Page) -> None:
    await scroll_to(long_page, 20_000)

    rows = long_page.get_by_role("listitem").filter(has=long_page.locator(".row-title"))
    first = rows.first
    number = int((await first.locator(".row-title").inner_text()).removeprefix("Todo "))
    assert number > 100
    await expect(first).to_have_attribute("aria-posinset", str(number + 1))
    await expect(first).to_have_attribute("aria-setsize", str(TODOS))
    await expect(long_page.locator("ll-todo-list")).to_have_attribute("role", "list")
    gaps = long_page.locator("ll-todo-list > :not(ll-todo-row)")
    assert await gaps.count() == 2
    for gap in await gaps.all():
        await expect(gap).to_have_attribute("aria-hidden", "true")


async def test_a_row_can_be_dragged_far_beyond_the_window(
    long_page: Page, world: FakeWorld
) -> None:
    start = await row(long_page, "Todo 1").bounding_box()
    assert start is not None
    x, y = start["x"] + 200, start["y"] + 20
    await long_page.mouse.move(x, y)
    await long_page.mouse.down()
    await long_page.mouse.move(x, y + 20, steps=3)
    await long_page.mouse.move(x, 890, steps=5)
    await long_page.wait_for_function("() => document.querySelector('.main').scrollTop > 4000")
    await long_page.mouse.move(x, 450, steps=5)
    await long_page.evaluate(DRAWN)
    # It is shown where it lands.
    await expect(row(long_page, "Todo 1")).to_be_in_viewport()
    await long_page.mouse.up()

    await settled(long_page)
    moved = world.todos[todo_named(world, "Todo 1")]
    [body] = [body for _, path, body in world.requests if path == f"/todos/{moved['id']}/move"]
    [neighbour] = body.values()
    assert int(world.todos[neighbour]["title"].removeprefix("Todo ")) > 80
    await expect(row(long_page, "Todo 1")).to_be_in_viewport()


async def test_rows_in_view_stay_in_place_when_rows_above_them_come_and_go(
    long_page: Page, world: FakeWorld
) -> None:
    long = list_named(world, "Long list")
    await scroll_to(long_page, 20_000)
    before = await long_page.evaluate(FIRST_IN_VIEW)

    todo = world.add_todo(long, "At the top", rank="a0000005")
    world.record(long, "todo.created", {"todo": todo})
    await expect(long_page.locator(".side-link[aria-current]")).to_contain_text(str(TODOS + 1))
    after_adding = await long_page.evaluate(FIRST_IN_VIEW)
    for number in range(5):
        world.edit(todo_named(world, f"Todo {number}"), status="completed")
    await expect(long_page.locator(".side-link[aria-current]")).to_contain_text(str(TODOS - 4))
    after_ticking = await long_page.evaluate(FIRST_IN_VIEW)

    for after in (after_adding, after_ticking):
        assert after["title"] == before["title"]
        assert after["top"] == pytest.approx(before["top"], abs=1)


async def test_find_searches_the_whole_list_and_leads_to_the_row(long_page: Page) -> None:
    await long_page.keyboard.press("Control+f")
    await long_page.keyboard.type("Todo 777")
    await expect(long_page.locator(".palette-item")).to_have_count(1)
    await long_page.keyboard.press("Enter")

    await expect(title_in_focus(long_page)).to_have_text("Todo 777")
    await expect(title_in_focus(long_page)).to_be_in_viewport(ratio=1)
    await expect(long_page.locator("dialog")).to_have_count(0)


async def test_find_in_a_short_list_is_left_to_the_browser(page: Page) -> None:
    await page.keyboard.press("Control+f")

    await expect(page.locator("dialog")).to_have_count(0)
    await page.keyboard.press("/")
    await expect(page.locator("dialog")).to_have_count(1)


async def test_a_page_of_many_short_days_has_few_rows_in_the_document(
    page: Page, world: FakeWorld
) -> None:
    long = list_named(world, "Long list")
    for number in range(300):
        todo = world.todos[todo_named(world, f"Todo {number}")]
        todo["due"] = {"date": f"2031-{1 + number // 25:02d}-{1 + number % 25:02d}"}
    world.heads[long] += 1
    await page.reload()
    await page.click(".side-link[href='/upcoming']")

    await expect(page.locator(".day-title").nth(300)).to_be_attached()
    assert await page.locator("ll-todo-row").count() < 60
    await page.locator(".day-title").last.scroll_into_view_if_needed()
    await expect(row(page, "Todo 299")).to_be_in_viewport()


async def test_on_a_phone_the_document_scrolls_a_long_list(long_page: Page) -> None:
    await long_page.set_viewport_size({"width": 390, "height": 844})
    await expect(long_page.locator("ll-bottom-bar")).to_be_visible()

    await long_page.mouse.move(200, 400)
    for _ in range(10):
        await long_page.mouse.wheel(0, 2_000)
    await long_page.wait_for_function("() => scrollY > 15000")

    first = long_page.locator("ll-todo-row:visible .row-title")
    await expect(first.nth(20)).to_have_text(re.compile(r"Todo \d{3}"))
    assert await long_page.locator("ll-todo-row").count() < 80
