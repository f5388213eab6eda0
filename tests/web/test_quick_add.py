"""Quick add in a browser: readings that can be refused, new labels, reminders, and pasted lines."""

import asyncio

import pytest
from playwright.async_api import Page, Route, expect

from tests.support.web.fake_world import FakeWorld
from tests.support.web.page_actions import (
    list_named,
    open_list,
    row,
    settled,
    sign_in,
    todo_named,
    wait_for_reader,
)
from tests.web.test_accessibility import AXE, RUN

FIELD = "ll-quick-add textarea"
# A real paste needs the permission to read the clipboard; the event is the same.
PASTE = """(field, text) => {
  const clipboardData = new DataTransfer();
  clipboardData.setData('text/plain', text);
  field.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }));
}"""
LINES = "- [ ] Pack the kitchen\n    1. Plates\n    2. Glasses\n- [x] Ask for boxes\n"


async def test_a_refused_reading_returns_to_the_title(page: Page, world: FakeWorld) -> None:
    await page.fill(FIELD, "Watch the launch tomorrow 9:00 !4")
    chips = page.locator(".quick-chip")
    await expect(chips).to_have_count(2)

    await page.get_by_role("button", name="keep “tomorrow 9:00” in the title").click()
    await expect(chips).to_have_count(1)
    await page.keyboard.press("Enter")
    await settled(page)

    todo = next(each for each in world.todos.values() if each["title"].startswith("Watch"))
    assert (todo["title"], todo["due"]) == ("Watch the launch tomorrow 9:00", None)
    assert todo["priority"] == 4


async def test_a_refused_reading_stays_refused_after_a_reload(page: Page, world: FakeWorld) -> None:
    await page.fill(FIELD, "Watch the launch tomorrow 9:00 #transport")
    await page.get_by_role("button", name="keep “tomorrow 9:00” in the title").click()
    await page.get_by_role("button", name="New label #transport").click()
    chip = page.get_by_role("button", name="keep “#transport” in the title")
    await expect(chip).to_be_visible()

    await open_list(page, "Groceries")
    await expect(page.locator(FIELD)).to_have_value("")
    await page.reload()
    await open_list(page, "House move")

    await expect(page.locator(FIELD)).to_have_value("Watch the launch tomorrow 9:00 #transport")
    await expect(page.locator(".quick-chip")).to_have_count(1)
    await expect(chip).to_be_visible()
    await page.fill(FIELD, "")
    await page.fill(FIELD, "Watch the launch tomorrow 9:00")
    await expect(page.locator(".quick-chip")).to_have_count(1)


async def test_an_unknown_label_is_made_when_it_is_wanted(page: Page, world: FakeWorld) -> None:
    await page.fill(FIELD, "Rent a van #transport")
    await page.get_by_role("button", name="New label #transport").click()
    # The pointer is still there: only over its cross the words are struck through.
    chip = page.get_by_role("button", name="keep “#transport” in the title")
    await expect(chip).to_have_css("text-decoration-line", "none")
    await chip.locator(".icon").hover()
    await expect(chip).to_have_css("text-decoration-line", "line-through")
    await page.keyboard.press("Enter")
    await settled(page)

    todo = next(each for each in world.todos.values() if each["title"] == "Rent a van")
    made = world.labels[list_named(world, "House move")][todo["labels"][0]]
    assert made["name"] == "transport"


async def test_remind_me_sets_a_reminder(page: Page, world: FakeWorld) -> None:
    await page.fill(FIELD, "remind me tomorrow 8am to call")
    await page.keyboard.press("Enter")
    await settled(page)

    todo = next(each for each in world.todos.values() if each["title"] == "call")
    reminders = [each for each in world.reminders.values() if each["todo_id"] == todo["id"]]
    assert len(reminders) == 1
    assert todo["due"] is None


async def test_pasted_lines_become_todos_and_are_undone_together(
    page: Page, world: FakeWorld
) -> None:
    before = len(world.todos)
    await page.locator(FIELD).evaluate(PASTE, LINES)
    await page.get_by_role("button", name="Add 4 todos").click()
    await expect(row(page, "Pack the kitchen").get_by_text("0/2")).to_be_visible()
    await settled(page)
    added = list(world.todos.values())[before:]
    assert [(todo["title"], todo["status"]) for todo in added] == [
        ("Pack the kitchen", "pending"),
        ("Plates", "pending"),
        ("Glasses", "pending"),
        ("Ask for boxes", "completed"),
    ]

    await page.get_by_role("button", name="Undo").click()

    await expect(row(page, "Pack the kitchen")).to_have_count(0)
    await settled(page)
    assert all(todo["deleted_at"] for todo in added)


@pytest.mark.parametrize("text", ["Only one line\n", "- milk"])
async def test_one_pasted_line_is_pasted_as_usual(page: Page, text: str) -> None:
    await page.locator(FIELD).evaluate(PASTE, text)

    await expect(page.locator("dialog")).to_have_count(0)


async def test_pasted_lines_are_read_and_can_be_edited_first(page: Page, world: FakeWorld) -> None:
    await page.locator(FIELD).evaluate(PASTE, "- milk tomorrow\n- bread !4")
    dialog = page.get_by_role("dialog")
    await expect(dialog).to_contain_text("High (!4)")
    await dialog.get_by_role("button", name="Edit first").click()
    await expect(page.locator(FIELD)).to_have_value("milk tomorrow\nbread !4")
    await expect(page.locator(".quick-count")).to_have_text("2 todos")

    await page.get_by_role("button", name="keep “tomorrow” in the title").click()
    await page.keyboard.press("Enter")
    await settled(page)

    added = {todo["title"]: todo for todo in world.todos.values()}
    assert added["milk tomorrow"]["due"] is None
    assert added["bread"]["priority"] == 4


async def test_shift_enter_begins_another_todo(page: Page, world: FakeWorld) -> None:
    await page.locator(FIELD).press_sequentially("Boil eggs")
    await page.keyboard.press("Shift+Enter")
    await page.keyboard.type("Peel eggs every day at 9")
    await page.keyboard.press("Enter")
    await expect(row(page, "Boil eggs")).to_be_visible()
    await settled(page)

    todo = next(each for each in world.todos.values() if each["title"] == "Peel eggs")
    assert todo["repeat"]["rule"] == "FREQ=DAILY"
    await expect(page.locator(FIELD)).to_have_value("")


async def test_subtasks_are_added_in_plain_words(page: Page, world: FakeWorld) -> None:
    await row(page, "Book the movers").locator(".row-open").click()
    field = page.get_by_label("Add a subtask")
    await field.fill("Ask for a price tomorrow !4 +Groceries")
    chips = page.locator(".subtask-add .quick-chip")
    await expect(chips).to_have_count(2)
    await page.get_by_role("button", name="keep “tomorrow” in the title").click()
    await page.reload()
    await expect(field).to_have_value("Ask for a price tomorrow !4 +Groceries")
    await field.focus()
    await expect(chips).to_have_text(["High (!4)"])
    await page.keyboard.press("Enter")
    await expect(field).to_have_value("")
    await page.keyboard.type("Measure the piano")
    await page.keyboard.press("Shift+Enter")
    await page.keyboard.type("Call them every day at 9")
    await expect(page.locator(".subtask-add .quick-count")).to_have_text("2 subtasks")
    await page.keyboard.press("Enter")
    await settled(page)

    parent = todo_named(world, "Book the movers")
    added = {each["title"]: each for each in world.todos.values() if each["parent_id"] == parent}
    price = added["Ask for a price tomorrow +Groceries"]
    assert (price["due"], price["priority"], price["list_id"]) == (
        None,
        4,
        list_named(world, "House move"),
    )
    assert added["Call them"]["repeat"]["rule"] == "FREQ=DAILY"
    await page.get_by_role("button", name="Undo").click()
    await settled(page)
    assert added["Measure the piano"]["deleted_at"]
    assert added["Call them"]["deleted_at"]
    assert not price["deleted_at"]


async def test_lines_that_are_pasted_as_subtasks_are_all_read(page: Page, world: FakeWorld) -> None:
    await row(page, "Book the movers").locator(".row-open").click()
    field = page.get_by_label("Add a subtask")
    await field.focus()
    await wait_for_reader(page)
    await field.evaluate(PASTE, "- Pack !4\n  - Plates tomorrow")
    dialog = page.get_by_role("dialog")
    await expect(dialog).to_contain_text("High (!4)")
    await dialog.get_by_role("button", name="Add 2 subtasks").click()
    await settled(page)

    parent = todo_named(world, "Book the movers")
    added = {each["title"]: each for each in world.todos.values() if each["parent_id"] == parent}
    assert added["Pack"]["priority"] == 4
    assert added["Plates"]["due"] is not None


@pytest.mark.parametrize("width", [1440, 390])
async def test_chips_say_their_date_and_are_refused_by_keyboard(
    page: Page, world: FakeWorld, width: int
) -> None:
    await page.set_viewport_size({"width": width, "height": 844})
    await page.evaluate(AXE)
    await page.fill(FIELD, "Pay rent every month on the 1st at 9 remind me 1h before p1 @nobody")
    chips = page.locator(".quick-chip")
    await expect(chips).to_have_count(3)
    await expect(chips.first).to_contain_text("On the 1st of every month · next")
    await expect(page.locator(".quick-add [role=status]")).to_contain_text("Urgent (p1)")
    assert await page.evaluate(RUN, None) == []
    field = await page.locator(".quick-add").bounding_box()
    assert field
    for box in [await chip.bounding_box() for chip in await chips.all()]:
        assert box
        assert box["x"] >= field["x"]
        assert box["x"] + box["width"] <= field["x"] + field["width"]

    await page.locator(FIELD).focus()
    await page.keyboard.press("Tab")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Backspace")
    await expect(chips).to_have_count(2)
    await expect(page.locator(FIELD)).to_be_focused()
    await page.keyboard.press("Enter")
    await settled(page)

    todo = next(each for each in world.todos.values() if each["title"].startswith("Pay rent"))
    assert todo["title"] == "Pay rent remind me 1h before @nobody"
    assert (todo["priority"], todo["repeat"]["rule"]) == (5, "FREQ=MONTHLY;BYMONTHDAY=1")


async def test_a_todo_is_added_as_typed_when_nothing_can_read_it(
    page: Page, world: FakeWorld
) -> None:
    await page.route("**/lazy_quick_add.js", lambda route: route.abort())
    await page.fill(FIELD, "Sweep the yard tomorrow")
    await page.keyboard.press("Enter")
    await expect(row(page, "Sweep the yard tomorrow")).to_be_visible()
    await settled(page)

    assert any(todo["title"] == "Sweep the yard tomorrow" for todo in world.todos.values())
    await expect(page.get_by_text("Added as it was typed")).to_be_visible()


async def test_todos_typed_before_words_can_be_read_are_all_added_in_order(
    page: Page, world: FakeWorld
) -> None:
    released = asyncio.Event()

    async def hold(route: Route) -> None:
        await released.wait()
        await route.continue_()

    await page.route("**/lazy_quick_add.js", hold)
    for title in ("Sow the beans tomorrow", "Buy compost"):
        await page.fill(FIELD, title)
        await page.keyboard.press("Enter")
    await page.fill(FIELD, "Mend the fe")
    released.set()

    await expect(row(page, "Sow the beans")).to_be_visible()
    await expect(row(page, "Buy compost")).to_be_visible()
    await expect(page.locator(FIELD)).to_have_value("Mend the fe")


async def test_a_todo_that_nothing_could_read_is_there_after_the_end_of_the_session(
    page: Page, world: FakeWorld, origin: str
) -> None:
    released = asyncio.Event()

    async def hold(route: Route) -> None:
        await released.wait()
        await route.abort()

    await page.route("**/lazy_quick_add.js", hold)
    await page.fill(FIELD, "Sow the beans tomorrow")
    await page.keyboard.press("Enter")
    other = await page.context.new_page()
    await other.goto(f"{origin}/api/v1/none")
    await other.evaluate("new BroadcastChannel('livelist.session').postMessage('signed-out')")
    await expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    released.set()

    await sign_in(page, origin)
    await page.reload()
    await open_list(page, "House move")

    await expect(page.locator(FIELD)).to_have_value("Sow the beans tomorrow")
    assert all("Sow" not in todo["title"] for todo in world.todos.values())


async def test_what_reads_words_is_loaded_with_the_field_not_with_the_page(page: Page) -> None:
    async with page.expect_response("**/lazy_quick_add.js"):
        await page.locator(FIELD).focus()
