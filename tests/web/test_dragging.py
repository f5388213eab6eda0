"""Dragging rows: what the page shows meanwhile, at the edges, over the side bar, and between groups."""

from playwright.async_api import Browser, Locator, Page, expect

from shared.contract.shapes import Role
from tests.support.web.fake_world import FakeWorld
from tests.support.web.page_actions import (
    list_named,
    row,
    settled,
    sign_in,
    todo_named,
    wait_until_true,
)
from tests.support.web.touch import Finger, open_phone

MOVERS, POWER, BOXES = (
    "Book the movers",
    "Cancel the electricity contract",
    "Forty boxes, tape, blankets",
)
PIANO, PERMIT = "Measure the piano", "Ask for a parking permit"
HAND = ".row-in-hand"
GO = "(path) => document.querySelector('ll-app').app.router.go(path)"
# Whether the first rows that are shown, from top to bottom, have these titles.
STARTS_WITH = """async (titles) => {
  await new Promise(requestAnimationFrame);
  const shown = [...document.querySelectorAll('ll-todo-row')]
    .map((row) => [row.getBoundingClientRect().top, row.querySelector('.row-title').textContent])
    .sort(([a], [b]) => a - b);
  return titles.every((title, at) => shown[at][1] === title);
}"""
ORDER = "() => [...document.querySelectorAll('.row-title')].map(({ textContent }) => textContent)"


async def take(page: Page, title: str) -> None:
    """Take a row in the hand."""
    await row(page, title).locator(".row-title").hover()
    await page.mouse.down()


async def move_to(page: Page, element: Locator, part: float, steps: int = 6) -> None:
    """Move the mouse over an element, from its top (0) to its bottom (1)."""
    box = await element.bounding_box()
    assert box
    await page.mouse.move(box["x"] + 60, box["y"] + box["height"] * part, steps=steps)


def rank_of(world: FakeWorld, title: str) -> str:
    return str(world.todos[todo_named(world, title)]["rank"])


async def test_rows_make_way_for_the_dragged_one_where_it_lands(
    page: Page, world: FakeWorld
) -> None:
    await take(page, MOVERS)
    await move_to(page, row(page, BOXES), 0.9)
    await expect(page.locator(HAND)).to_contain_text(MOVERS)
    await wait_until_true(page, STARTS_WITH, [POWER, BOXES, MOVERS])
    await page.keyboard.press("Escape")
    await wait_until_true(page, STARTS_WITH, [MOVERS, POWER, BOXES])
    await page.mouse.up()

    await take(page, MOVERS)
    await move_to(page, row(page, BOXES), 0.9)
    await page.mouse.up()
    await wait_until_true(page, STARTS_WITH, [POWER, BOXES, MOVERS])
    await settled(page)
    movers = todo_named(world, MOVERS)
    bodies = [body for _, path, body in world.requests if path == f"/todos/{movers}/move"]
    assert bodies == [{"after_id": todo_named(world, BOXES)}]
    await expect(page.locator(f"{HAND}, .is-dragged, .is-target")).to_have_count(0)


async def test_a_row_stays_in_the_hand_over_the_side_bar_and_moves_to_a_list(
    page: Page, world: FakeWorld
) -> None:
    await page.locator(".side").get_by_text("Today", exact=True).click()
    groceries = page.locator(".side [data-drop-list]", has_text="Groceries")
    await take(page, BOXES)
    await move_to(page, groceries, 0.5)
    await expect(groceries).to_contain_class("is-target")

    hand, side = await page.locator(HAND).bounding_box(), await groceries.bounding_box()
    assert hand
    assert side
    assert hand["x"] < side["x"] + side["width"]
    assert abs(hand["y"] - side["y"]) < 60
    await page.mouse.up()
    await settled(page)
    assert world.todos[todo_named(world, BOXES)]["list_id"] == list_named(world, "Groceries")


async def test_a_row_dragged_into_another_group_gets_its_label(
    page: Page, world: FakeWorld
) -> None:
    await page.keyboard.press("v")
    await page.get_by_label("Group").select_option("label")
    await page.keyboard.press("Escape")
    group = page.locator("[data-drop-group]", has=page.locator("h2", has_text="buy"))
    await take(page, POWER)
    await move_to(page, group.locator("h2"), 0.5)
    await expect(group).to_contain_class("is-target")
    await page.mouse.up()

    await expect(group.locator(".row-title", has_text=POWER)).to_be_visible()
    await settled(page)
    labels = world.labels[list_named(world, "House move")]
    assert [labels[each]["name"] for each in world.todos[todo_named(world, POWER)]["labels"]] == [
        "buy"
    ]


async def test_a_finger_that_holds_a_row_at_the_edge_scrolls_the_page(
    chromium: Browser, origin: str, world: FakeWorld
) -> None:
    house = list_named(world, "House move")
    world.add_todos(house, (f"Box {number}" for number in range(30)))
    context = await open_phone(chromium)
    page = await context.new_page()
    await sign_in(page, origin)
    await page.evaluate(GO, f"/lists/{house}")
    finger = await Finger.on(page)

    await finger.put_on(row(page, MOVERS).locator(".row-title"))
    await expect(row(page, MOVERS)).to_contain_class("is-dragged")
    # Above the bottom bar, which is not a part of the list.
    bar = await page.locator("ll-bottom-bar").bounding_box()
    movers = await row(page, MOVERS).locator(".row-title").bounding_box()
    assert bar
    assert movers
    await finger.move(down=bar["y"] - 20 - movers["y"])
    await page.wait_for_function("() => scrollY > 700")
    await finger.move(down=-300)
    await finger.wait_for_row()
    await finger.lift()
    # The row lands in the frame after the finger was lifted, which a busy machine draws late.
    await wait_until_true(page, f"async () => ({ORDER})().indexOf('{MOVERS}') > 8")
    await settled(page)
    await context.close()


async def test_subtasks_are_dragged_dated_and_moved_by_key_as_todos_are(
    page: Page, world: FakeWorld
) -> None:
    movers = todo_named(world, MOVERS)
    await row(page, MOVERS).locator(".row-open").click()
    detail = page.locator("ll-todo-detail")
    first, second = "Measure the piano", "Ask for a parking permit"
    await expect(detail.locator(".row-title")).to_have_text([first, second])
    await take(page, second)
    await move_to(page, row(page, first), 0.1)
    await page.mouse.up()
    await expect(detail.locator(".row-title")).to_have_text([second, first])
    await settled(page)
    bodies = [body for _, path, body in world.requests if path.endswith("/move")]
    assert bodies == [{"before_id": todo_named(world, first)}]

    await detail.get_by_label("Add a subtask").fill("Pay")
    await page.keyboard.press("Enter")
    await row(page, second).locator(".row-open").focus()
    await page.keyboard.press("j")
    await expect(row(page, first).locator(".row-open")).to_be_focused()
    await page.keyboard.press("k")
    await page.keyboard.press("d")
    await page.keyboard.press("t")
    await page.keyboard.press("o")
    await page.keyboard.press("d")
    await page.keyboard.press("Enter")
    await expect(row(page, second)).to_contain_text("today")
    await settled(page)
    assert world.todos[todo_named(world, second)]["due"] is not None
    assert world.todos[todo_named(world, second)]["parent_id"] == movers


async def test_a_second_finger_does_not_take_over_the_press_of_the_first(
    chromium: Browser, origin: str, world: FakeWorld
) -> None:
    context = await open_phone(chromium)
    page = await context.new_page()
    await sign_in(page, origin)
    await page.evaluate(GO, f"/lists/{list_named(world, 'House move')}")
    await expect(row(page, POWER)).to_be_visible()
    # Of two fingers the browser itself often makes a gesture: what it says of each is what counts.
    moved = await page.evaluate(
        """([first, second]) => {
          const rows = [...document.querySelectorAll('ll-todo-row')];
          const titled = (title) => rows.map((row) => row.querySelector('.row-title'))
            .find((found) => found.textContent === title);
          const send = (element, kind, pointerId, clientX, clientY) =>
            element.dispatchEvent(new PointerEvent(kind, {
              pointerId, clientX, clientY, bubbles: true, pointerType: 'mouse', button: 0,
            }));
          const dragged = () => [...document.querySelectorAll('.is-dragged')]
            .map((row) => row.querySelector('.row-title').textContent);
          send(titled(first), 'pointerdown', 7, 100, 100);
          send(titled(second), 'pointerdown', 8, 100, 200);
          send(titled(second), 'pointermove', 8, 100, 300);
          const afterSecond = dragged();
          send(titled(first), 'pointermove', 7, 100, 150);
          const afterFirst = dragged();
          send(titled(second), 'pointerup', 8, 100, 300);
          const still = dragged();
          send(titled(first), 'pointercancel', 7, 100, 150);
          return [afterSecond, afterFirst, still, dragged()];
        }""",
        [MOVERS, POWER],
    )
    await context.close()

    assert moved == [[], [MOVERS], [MOVERS], []]


async def test_a_subtask_dragged_between_the_rows_of_its_list_becomes_a_todo_there(
    page: Page, world: FakeWorld
) -> None:
    movers, subtask = todo_named(world, MOVERS), todo_named(world, PERMIT)
    kept = dict(world.todos[subtask])
    await row(page, MOVERS).locator(".row-open").click()
    listed = page.locator("ll-list-page ll-todo-list").first
    await take(page, PERMIT)
    await move_to(page, row(page, MOVERS), 0.5)
    # It is a subtask of that todo already.
    await expect(page.locator(".is-target")).to_have_count(0)
    await move_to(page, row(page, BOXES), 0.1)
    await expect(page.locator(HAND)).to_contain_text(PERMIT)
    await page.mouse.up()

    titles = listed.locator(".row-title")
    await expect(titles.nth(2)).to_have_text(PERMIT)
    await expect(page.locator("ll-todo-detail .row-title")).to_have_count(1)
    await expect(page.locator(".toast").last).to_contain_text("is a todo of its own")
    await settled(page)
    now = world.todos[subtask]
    assert now["parent_id"] is None
    for field in ("title", "status", "due", "assignees", "labels", "priority"):
        assert now[field] == kept[field]
    assert rank_of(world, POWER) < rank_of(world, PERMIT) < rank_of(world, BOXES)

    # One undo takes back both: the place and the todo it is a subtask of.
    await page.locator(".toast").last.get_by_role("button", name="Undo").click()
    await expect(page.locator("ll-todo-detail .row-title")).to_have_count(2)
    await settled(page)
    assert world.todos[subtask]["parent_id"] == movers
    assert rank_of(world, PIANO) < rank_of(world, PERMIT) < rank_of(world, POWER)
    assert await page.locator(f"{HAND}, .is-dragged, .is-target").count() == 0


async def test_on_a_phone_a_subtask_is_dragged_onto_the_heading_of_subtasks(
    chromium: Browser, origin: str, world: FakeWorld
) -> None:
    context = await open_phone(chromium)
    page = await context.new_page()
    await sign_in(page, origin)
    await page.evaluate(GO, f"/lists/{list_named(world, 'House move')}")
    await row(page, MOVERS).locator(".row-title").tap()
    before = rank_of(world, PERMIT)
    heading = page.locator("[data-drop-out]")
    await heading.scroll_into_view_if_needed()
    finger = await Finger.on(page)
    await finger.put_on(row(page, PERMIT).locator(".row-title"))
    await expect(row(page, PERMIT)).to_contain_class("is-dragged")
    # The long press may be for the menu.
    await expect(heading.locator(".drop-out")).to_be_hidden()
    await finger.move(down=10, steps=1)
    await expect(heading.locator(".drop-out")).to_be_visible()
    at, under = await row(page, PERMIT).bounding_box(), await heading.bounding_box()
    assert at
    assert under
    await finger.move(down=under["y"] + under["height"] / 2 - (at["y"] + at["height"] / 2) - 10)
    await expect(heading).to_contain_class("is-target")
    await finger.lift()

    await expect(page.locator(".toast").last).to_contain_text("is a todo of its own")
    await expect(heading.locator(".drop-out")).to_be_hidden()
    await settled(page)
    assert world.todos[todo_named(world, PERMIT)]["parent_id"] is None
    assert rank_of(world, PERMIT) == before
    await context.close()


async def test_a_viewer_is_not_offered_to_drag_a_subtask_out(
    chromium: Browser, origin: str, world: FakeWorld
) -> None:
    house = list_named(world, "House move")
    world.members[house][world.me["id"]]["role"] = world.lists[house]["role"] = Role.VIEWER
    context = await open_phone(chromium)
    page = await context.new_page()
    await sign_in(page, origin)
    await page.evaluate(GO, f"/lists/{house}")
    await row(page, MOVERS).locator(".row-title").tap()
    await row(page, PERMIT).scroll_into_view_if_needed()
    finger = await Finger.on(page)
    await finger.put_on(row(page, PERMIT).locator(".row-title"))
    await expect(row(page, PERMIT)).to_contain_class("is-dragged")
    await finger.move(down=20)
    await expect(page.locator("[data-drop-out] .drop-out")).to_be_hidden()
    await finger.lift()
    await context.close()


async def test_a_subtask_dropped_below_the_rows_of_its_list_becomes_its_last_todo(
    page: Page, world: FakeWorld
) -> None:
    await row(page, MOVERS).locator(".row-open").click()
    # Neither its list nor the details: nothing changes.
    await take(page, PERMIT)
    await move_to(page, page.locator(".side").get_by_text("Today", exact=True), 0.5)
    await page.mouse.up()
    await expect(page.locator(f"{HAND}, .is-dragged")).to_have_count(0)
    await take(page, PERMIT)
    await move_to(page, page.locator("ll-list-page .done-head"), 0.5)
    await expect(page.locator(HAND)).to_contain_text(PERMIT)
    await page.mouse.up()

    listed = page.locator("ll-list-page ll-todo-list").first
    await expect(listed.locator(".row-title").last).to_have_text(PERMIT)
    await settled(page)
    assert world.todos[todo_named(world, PERMIT)]["parent_id"] is None
    drinks = todo_named(world, "Farewell drinks with the neighbours")
    bodies = [body for _, path, body in world.requests if path.endswith("/move")]
    assert bodies == [{"after_id": drinks}]


async def test_a_subtask_dragged_over_groups_marks_the_list_not_a_group(
    page: Page, world: FakeWorld
) -> None:
    await page.keyboard.press("v")
    await page.get_by_label("Group").select_option("label")
    await page.keyboard.press("Escape")
    group = page.locator("[data-drop-group]", has=page.locator("h2", has_text="buy"))
    await row(page, MOVERS).locator(".row-open").click()
    before = rank_of(world, PERMIT)
    await take(page, PERMIT)
    for place in (group.locator(".row").first, group.locator("h2")):
        await move_to(page, place, 0.5)
        await expect(page.locator(".is-target")).to_have_count(1)
        await expect(page.locator("ll-list-page .page")).to_contain_class("is-target")
    await page.mouse.up()

    await expect(page.locator("ll-list-page .row-title", has_text=PERMIT)).to_be_visible()
    await settled(page)
    now = world.todos[todo_named(world, PERMIT)]
    assert (now["parent_id"], now["labels"], now["rank"]) == (None, [], before)


async def test_the_pane_below_the_dragged_subtask_scrolls(page: Page, world: FakeWorld) -> None:
    house, movers = list_named(world, "House move"), todo_named(world, MOVERS)
    world.add_todos(house, (f"Box {number}" for number in range(30)))
    for number in range(30):
        world.add_todo(house, f"Step {number}", parent_id=movers)
    await page.reload()
    await row(page, MOVERS).locator(".row-open").click()
    await expect(row(page, "Step 29")).to_be_attached()
    main, details = page.locator(".main"), page.locator(".detail-body")
    heading = page.locator("[data-drop-out]")
    await main.evaluate("(pane) => pane.scrollTo(0, 300)")
    await heading.evaluate("(heading) => heading.scrollIntoView()")
    scrolled = await details.evaluate("(pane) => pane.scrollTop")
    listed = await main.evaluate("(pane) => pane.scrollTop")
    assert scrolled > 0
    await take(page, PERMIT)
    await move_to(page, row(page, "Box 5"), 0.1)
    await expect(page.locator(HAND)).to_contain_text(PERMIT)
    # At once, with no row of the details on the way.
    await move_to(page, heading, 0.5, steps=1)
    await page.wait_for_function(
        "(before) => document.querySelector('.detail-body').scrollTop < before", arg=scrolled
    )
    assert await main.evaluate("(pane) => pane.scrollTop") == listed
    await page.keyboard.press("Escape")
    await page.mouse.up()
