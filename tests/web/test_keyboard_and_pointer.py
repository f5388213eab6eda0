"""The client in a browser: keyboard, mouse, touch and screen reader."""

import asyncio

import pytest
from playwright.async_api import BrowserContext, Page, expect

from tests.support.web.fake_world import FakeWorld
from tests.support.web.page_actions import add, focus_row, list_named, row, settled, todo_named


async def test_the_keyboard_can_add_move_tick_and_undo(page: Page, world: FakeWorld) -> None:
    await page.keyboard.press("q")
    await page.keyboard.type("Water the plants tomorrow 9:00 !4")
    await page.keyboard.press("Enter")
    await page.keyboard.press("Escape")
    await expect(row(page, "Water the plants")).to_contain_text("tomorrow 9:00")

    await page.keyboard.press("j")
    await expect(row(page, "Book the movers").locator(".row-open")).to_be_focused()
    await page.keyboard.press("Alt+ArrowDown")
    await expect(page.locator(".row-title").first).to_have_text("Cancel the electricity contract")
    await expect(page.get_by_text("“Book the movers” is now 2 of 8.")).to_have_role("status")
    await expect(row(page, "Book the movers").locator(".row-open")).to_be_focused()

    await page.keyboard.press("x")
    await expect(page.locator(".done-head")).to_contain_text("4 completed")
    await page.keyboard.press("u")
    await expect(page.locator(".done-head")).to_contain_text("3 completed")


async def test_a_due_date_is_picked_with_the_keyboard_and_the_focus_returns(
    page: Page, world: FakeWorld
) -> None:
    await focus_row(page, "Farewell drinks with the neighbours")
    await page.keyboard.press("d")
    await expect(page.locator(".menu button").first).to_be_focused()
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")

    farewell = row(page, "Farewell drinks with the neighbours")
    await expect(farewell).to_contain_text("tomorrow")
    await expect(farewell.locator(".row-open")).to_be_focused()


async def test_a_day_is_chosen_in_the_calendar_by_keys_or_typed_in_words(
    page: Page, world: FakeWorld
) -> None:
    await focus_row(page, "Farewell drinks with the neighbours")
    await page.keyboard.press("d")
    await page.fill(".menu [name=day]", "2030-12-24")
    grid = page.get_by_role("grid", name="December 2030")
    await expect(grid.get_by_role("columnheader").first).to_have_accessible_name("Monday")
    chosen = grid.locator("[aria-selected=true]")
    await expect(chosen).to_have_text("24")
    await chosen.focus()
    for key in ("ArrowDown", "Home", "PageDown"):
        await page.keyboard.press(key)
    thirtieth = page.get_by_role("gridcell", name="Thursday, 30 January 2031")
    await expect(thirtieth).to_be_focused()
    await expect(page.locator("#month-name")).to_have_text("January 2031")
    await page.keyboard.press("Enter")
    await expect(thirtieth).to_have_attribute("aria-selected", "true")

    await page.fill(".menu [name=day]", "nonsense")
    await expect(page.locator("#day-read")).to_have_text("This date is not understood.")
    await page.fill(".menu [name=day]", "24 December 2031 at 10:30")
    await expect(page.locator("#day-read")).to_have_text("Wed, 24 Dec 2031, 10:30")
    await page.fill(".menu [name=day]", "24 December 2031")
    await expect(page.locator(".menu [name=time]")).to_have_value("")
    await page.fill(".menu [name=day]", "24 December 2031 at 18:00")
    await expect(page.locator("#day-read")).to_contain_text("24 Dec 2031")
    await page.click(".menu >> text=Set date")
    await settled(page)

    edits = [body for method, _, body in world.requests if method == "PATCH"]
    assert edits[-1]["due"] == {"at": "2031-12-24T18:00:00", "zone": "Europe/Berlin"}


async def test_a_repeat_starts_from_a_date_that_was_typed_but_not_yet_set(
    page: Page, world: FakeWorld
) -> None:
    await focus_row(page, "Farewell drinks with the neighbours")
    await page.keyboard.press("d")
    await page.fill(".menu [name=day]", "2030-12-24")
    await page.fill(".menu [name=time]", "18:00")
    await page.click(".menu >> text='Repeat'")
    await page.locator(".menu-item", has_text="Every second Tuesday").focus()
    await page.click(".menu >> text='Something else'")
    await expect(page.get_by_label("Tuesday", exact=True)).to_be_checked()
    await page.click(".menu >> text='Repeat it'")
    await settled(page)

    edits = [body for method, _, body in world.requests if method == "PATCH"]
    assert edits[-1]["due"] == {"at": "2030-12-24T18:00:00", "zone": "Europe/Berlin"}
    assert edits[-1]["repeat"]["rule"] == "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU"


async def test_a_weekly_rule_without_a_day_shows_the_weekday_of_the_due_date(
    page: Page, world: FakeWorld
) -> None:
    await focus_row(page, "Farewell drinks with the neighbours")
    await page.keyboard.press("d")
    await page.fill(".menu [name=day]", "2030-12-24")
    await page.click(".menu >> text='Repeat'")
    await page.click(".menu >> text='Something else'")
    await page.select_option(".menu [name=unit]", "WEEKLY")

    await expect(page.locator(".weekday :checked")).to_have_value("TU")


async def test_a_row_dragged_upwards_stays_there(page: Page, world: FakeWorld) -> None:
    await row(page, "Redirect the mail").hover()
    target = await row(page, "Book the movers").bounding_box()
    assert target is not None
    await page.mouse.down()
    await page.mouse.move(target["x"] + 200, target["y"] + 40, steps=4)
    await page.mouse.move(target["x"] + 200, target["y"] + 4, steps=4)
    await page.mouse.up()

    await expect(page.locator(".row-title").first).to_have_text("Redirect the mail")
    await settled(page)
    await expect(page.locator(".row-title").first).to_have_text("Redirect the mail")
    await expect(page.locator("ll-todo-detail")).to_have_count(0)


async def test_undo_restores_a_deleted_todo(page: Page, world: FakeWorld) -> None:
    await focus_row(page, "Redirect the mail")
    await page.keyboard.press("Delete")
    await expect(row(page, "Redirect the mail")).to_have_count(0)

    await page.locator(".toast").get_by_text("Undo").click()
    await expect(row(page, "Redirect the mail")).to_have_count(1)
    await settled(page)
    assert world.todos[todo_named(world, "Redirect the mail")]["deleted_at"] is None


async def test_a_todo_added_and_edited_at_once_is_edited_on_the_server(
    page: Page, world: FakeWorld
) -> None:
    world.gate = asyncio.Event()
    await add(page, "Water")
    await focus_row(page, "Water")
    await page.keyboard.press("e")
    await page.keyboard.type("Water the plants")
    await page.keyboard.press("Enter")
    world.gate.set()

    await settled(page)
    await expect(row(page, "Water the plants")).to_have_count(1)
    assert world.todos[todo_named(world, "Water the plants")]["title"] == "Water the plants"


async def test_every_control_has_a_name_and_every_field_a_label(
    page: Page, world: FakeWorld
) -> None:
    await row(page, "Book the movers").locator(".row-open").click()
    await page.wait_for_selector(".comment")

    unnamed = await page.evaluate("""
      [...document.querySelectorAll('button, a, input, textarea, select')]
        .filter((node) => !node.getAttribute('aria-label') && !node.textContent.trim())
        .filter((node) => !node.labels?.length)
        .map((node) => node.outerHTML)
    """)
    assert unnamed == []


async def test_on_a_phone_targets_are_large_and_nothing_scrolls_sideways(
    context: BrowserContext, page: Page, world: FakeWorld
) -> None:
    await page.set_viewport_size({"width": 390, "height": 844})
    await expect(page.locator("ll-bottom-bar")).to_be_visible()

    width = await page.evaluate("document.documentElement.scrollWidth")
    small = await page.evaluate("""
      [...document.querySelectorAll('ll-bottom-bar button, ll-bottom-bar a, ll-todo-row')]
        .map((node) => node.getBoundingClientRect().height).filter((height) => height < 40)
    """)
    assert width <= 390
    assert small == []


async def test_the_invitation_in_the_side_bar_can_be_declined(page: Page, world: FakeWorld) -> None:
    invitation = world.invitations[0]
    await page.get_by_role("button", name="Decline").click()
    world.record(
        world.own_stream,
        "invitation.closed",
        {"invitation_id": invitation["id"], "reason": "declined"},
    )

    await expect(page.locator(".invite-card")).to_have_count(0)


async def test_one_press_removes_the_example_todos(page: Page, world: FakeWorld) -> None:
    inbox = list_named(world, "Inbox")
    for title in ("Add a todo", "Share a list"):
        example = world.add_todo(inbox, title, metadata={"example": True})
        world.record(inbox, "todo.created", {"todo": example})
    await page.click(".side-link:has-text('Inbox')")

    await page.click("text=Clear them")

    await expect(row(page, "Share a list")).to_have_count(0)
    await expect(row(page, "Renew the passport")).to_have_count(1)
    await expect(page.locator(".banner")).to_have_count(0)


async def test_after_editing_a_title_the_focus_is_on_its_row_again(
    page: Page, world: FakeWorld
) -> None:
    await focus_row(page, "Redirect the mail")
    await page.keyboard.press("e")
    await page.keyboard.type("Redirect the post")
    await page.keyboard.press("Enter")

    await expect(row(page, "Redirect the post").locator(".row-open")).to_be_focused()


async def test_a_key_right_after_closing_a_menu_acts_on_the_row(
    page: Page, world: FakeWorld
) -> None:
    await focus_row(page, "Redirect the mail")
    await page.keyboard.press("p")
    await expect(page.locator(".menu")).to_be_visible()

    editing = await page.evaluate("""() => {
      const press = (key) => document.activeElement.dispatchEvent(
        new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));
      press('Escape');
      press('e');
      return document.querySelector('ll-app').app.ui.editing;
    }""")

    assert editing == todo_named(world, "Redirect the mail")


async def test_after_ticking_a_row_by_key_the_next_row_has_the_focus(
    page: Page, world: FakeWorld
) -> None:
    await focus_row(page, "Book the movers")
    await page.keyboard.press("x")

    await expect(row(page, "Cancel the electricity contract").locator(".row-open")).to_be_focused()


async def test_a_title_edited_in_its_row_is_sent_once_with_its_base_sequence(
    page: Page, world: FakeWorld
) -> None:
    todo_id = todo_named(world, "Redirect the mail")
    await focus_row(page, "Redirect the mail")
    await page.keyboard.press("e")
    await page.keyboard.type("Redirect the post")
    await page.keyboard.press("Enter")

    await settled(page)
    edits = [body for method, path, body in world.requests if path == f"/todos/{todo_id}"]
    assert len(edits) == 1
    assert edits[0]["title"] == "Redirect the post"
    assert "base_seq" in edits[0]
    # The Enter that saved the title does not also open the row that has the focus then.
    await expect(page.locator("ll-todo-detail")).to_have_count(0)


async def test_a_title_being_typed_survives_an_edit_by_another_member(
    page: Page, world: FakeWorld
) -> None:
    todo_id = todo_named(world, "Redirect the mail")
    await focus_row(page, "Redirect the mail")
    await page.keyboard.press("e")
    await page.keyboard.type("Redirect the po")
    todo = world.todos[todo_id]
    todo.update(title="By Ben", version=todo["version"] + 1)
    world.record(
        todo["list_id"],
        "todo.edited",
        {"todo": dict(todo), "changed": ["title"], "overwrote": None},
    )
    await page.wait_for_function(
        "id => Object.values(document.querySelector('ll-app').app.store.confirmed.contents)"
        ".some((content) => content.todos.get(id)?.title === 'By Ben')",
        arg=todo_id,
    )

    await expect(page.locator(".row-field")).to_have_value("Redirect the po")


async def test_on_a_phone_the_bottom_bar_announces_an_invitation(
    page: Page, world: FakeWorld
) -> None:
    await page.set_viewport_size({"width": 390, "height": 844})

    await page.get_by_role("button", name="1 invitation").click()
    await expect(page.locator(".invite-card")).to_be_visible()


@pytest.mark.parametrize("is_another_passed", [False, True])
async def test_the_latest_ended_occurrence_can_be_reopened_later(
    page: Page, world: FakeWorld, is_another_passed: bool
) -> None:
    todo = todo_named(world, "Farewell drinks with the neighbours")
    days = [{"date": "2030-06-04"}, {"date": "2030-06-05"}, {"date": "2030-06-06"}]
    anchor, newest, due = days
    rule = {"rule": "FREQ=DAILY", "counts_from": "schedule", "anchor": anchor, "left": None}
    ended = {"outcome": "skipped", "at": "2030-06-05T00:00:00Z", "by": world.me["id"]}
    world.occurrences = [
        {**ended, "occurrence": 2, "day": "2030-06-05", "due": newest},
        {**ended, "occurrence": 1, "day": "2030-06-04", "due": anchor},
    ]
    number, day = 3, "2030-06-06"
    if is_another_passed:
        # An app had ended the third in advance.
        world.occurrences.insert(1, {**ended, "occurrence": 3, "day": day, "due": due})
        number, due, day = 4, {"date": "2030-06-07"}, "2030-06-07"
    world.edit(todo, due=due, repeat={**rule, "occurrence": number, "day": day})

    await row(page, "Farewell drinks with the neighbours").locator(".row-open").click()
    await page.get_by_role("button", name="Take back").click()
    await settled(page)

    (body,) = [body for _, path, body in world.requests if path.endswith("/reopen")]
    assert body == {"occurrence": 2}


async def test_a_list_scrolls_at_the_edge_of_the_window_and_stays_when_details_open(
    page: Page,
) -> None:
    box = "selector => document.querySelector(selector).getBoundingClientRect().toJSON()"
    main, head = [await page.evaluate(box, selector) for selector in (".main", ".page-head")]

    await row(page, "Book the movers").click()
    await expect(page.locator(".detail")).to_be_visible()

    assert main["right"] == 1440
    assert await page.evaluate(box, ".page-head") == head
