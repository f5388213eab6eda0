"""The focus after a menu, keys of an input method, Undo buttons, and what a field looks like at first."""

import asyncio

import pytest
from playwright.async_api import Page, expect

from tests.support.web.fake_entities import stamp
from tests.support.web.fake_world import FakeWorld
from tests.support.web.page_actions import focus_row, row, settled, todo_named

COMPOSED_ENTER = """(field) => {
  const keys = { key: 'Enter', bubbles: true, cancelable: true };
  for (const more of [{ isComposing: true }, { keyCode: 229 }]) {
    field.dispatchEvent(new KeyboardEvent('keydown', { ...keys, ...more }));
  }
}"""


async def test_a_click_into_a_field_while_a_menu_is_open_gives_it_the_focus(page: Page) -> None:
    await focus_row(page, "Book the movers")
    await page.keyboard.press("p")
    await expect(page.locator("ll-priority-menu")).to_be_visible()

    await page.locator("ll-quick-add textarea").click()
    await expect(page.locator("ll-priority-menu")).to_have_count(0)
    await page.keyboard.type("x?")

    await expect(page.locator("ll-quick-add textarea")).to_have_value("x?")
    await expect(page.locator("dialog")).to_have_count(0)


async def test_an_enter_that_ends_a_composition_sends_nothing(page: Page, world: FakeWorld) -> None:
    await row(page, "Book the movers").locator(".row-open").click()
    comment = page.get_by_label("Write a comment")
    await comment.fill("か")
    await comment.evaluate(COMPOSED_ENTER)
    await focus_row(page, "Redirect the mail")
    await page.keyboard.press("e")
    title = page.locator(".row-field")
    await title.fill("か")
    await title.evaluate(COMPOSED_ENTER)

    await expect(title).to_have_value("か")
    await expect(comment).to_have_value("か")
    assert all(method == "GET" for method, path, _ in world.requests if path.startswith("/todos"))


async def test_the_undo_of_a_message_undoes_what_the_message_is_about(
    page: Page, world: FakeWorld
) -> None:
    await row(page, "Redirect the mail").locator(".check").click()
    undo = page.locator(".toast").get_by_role("button", name="Undo")
    await focus_row(page, "Paint samples for the kitchen")
    await page.keyboard.press("Alt+ArrowUp")

    await undo.click()

    await settled(page)
    assert world.todos[todo_named(world, "Redirect the mail")]["status"] == "pending"
    moved = [path for method, path, _ in world.requests if path.endswith("/move")]
    assert len(moved) == 1, "the move was undone instead"


async def test_undo_by_ctrl_z_says_what_it_undid_in_the_place_of_the_message(page: Page) -> None:
    toasts = page.locator(".toast")
    await focus_row(page, "Redirect the mail")
    await page.keyboard.press("x")
    await focus_row(page, "Paint samples for the kitchen")
    await page.keyboard.press("Delete")
    await expect(toasts).to_have_text(["“Paint samples for the kitchen” is in the trash.Undo"])

    await page.keyboard.press("Control+z")
    await expect(toasts).to_have_text(["Undone: “Paint samples for the kitchen” was deleted."])
    await expect(row(page, "Paint samples for the kitchen")).to_be_visible()

    await page.keyboard.press("Control+z")
    await expect(toasts).to_have_text(["Undone: “Redirect the mail” was completed."])

    await page.locator("ll-quick-add textarea").type("abc")
    await page.keyboard.press("Control+z")
    await expect(toasts).to_have_text(["Undone: “Redirect the mail” was completed."])


@pytest.mark.parametrize("keys", [["u"], ["Control", "z"]])
async def test_an_undo_key_that_is_held_down_undoes_one_change(page: Page, keys: list[str]) -> None:
    for title in ("Redirect the mail", "Paint samples for the kitchen"):
        await focus_row(page, title)
        await page.keyboard.press("Delete")
        await expect(row(page, title)).to_have_count(0)
    for key in keys:
        await page.keyboard.down(key)
    for _ in range(4):
        await page.keyboard.down(keys[-1])
    for key in keys:
        await page.keyboard.up(key)

    await expect(page.locator(".toast")).to_contain_text("Undone: “Paint samples for the kitchen”")
    await settled(page)
    await expect(row(page, "Paint samples for the kitchen")).to_be_visible()
    await expect(row(page, "Redirect the mail")).to_have_count(0)


async def test_undone_is_said_once_the_server_has_taken_it(page: Page, world: FakeWorld) -> None:
    toasts = page.locator(".toast")
    await focus_row(page, "Paint samples for the kitchen")
    await page.keyboard.press("Delete")
    await expect(toasts).to_contain_text("is in the trash.")
    await settled(page)
    world.gate = asyncio.Event()
    await page.keyboard.press("Control+z")
    await expect(row(page, "Paint samples for the kitchen")).to_be_visible()
    await expect(toasts).to_have_count(0)
    await focus_row(page, "Redirect the mail")
    await page.keyboard.press("Delete")
    await expect(toasts).to_contain_text("“Redirect the mail” is in the trash.")

    world.gate.set()
    await expect(toasts).to_contain_text("Undone: “Paint samples for the kitchen” was deleted.")
    await toasts.get_by_role("button", name="Dismiss").click()
    await expect(toasts).to_contain_text("“Redirect the mail” is in the trash.")


async def test_an_undo_that_is_refused_is_not_said_to_be_done(page: Page, world: FakeWorld) -> None:
    await focus_row(page, "Paint samples for the kitchen")
    await page.keyboard.press("Delete")
    await settled(page)
    world.refusals.append(("POST", "/todos", 409, {"code": "conflict", "detail": "No."}))

    await page.locator(".toast").get_by_role("button", name="Undo").click()

    await expect(page.locator(".toast.is-warning")).to_be_visible()
    await settled(page)
    await expect(page.locator(".toast")).not_to_contain_text("more")
    await expect(page.locator(".toast")).not_to_contain_text("Undone")


async def test_a_double_click_presses_one_toast(page: Page) -> None:
    await page.evaluate(
        """() => {
          const { ui } = document.querySelector('ll-app').app;
          window.presses = 0;
          const count = { action: 'Undo', run: () => window.presses++ };
          ui.toast('First.', count);
          ui.toast('Second.', count);
        }"""
    )
    toast = page.locator(".toast")
    undo = toast.get_by_role("button", name="Undo")
    await undo.dblclick()
    await expect(toast).to_have_text("First.Undo")
    assert await page.evaluate("window.presses") == 1

    await undo.click()
    await expect(toast).to_have_count(0)
    assert await page.evaluate("window.presses") == 2


async def test_a_move_to_another_list_can_be_undone_from_its_message(
    page: Page, world: FakeWorld
) -> None:
    await row(page, "Redirect the mail").drag_to(page.locator(".side").get_by_text("Groceries"))
    toast = page.locator(".toast")
    await expect(toast).to_contain_text("“Redirect the mail” is in “Groceries”.")

    await toast.get_by_role("button", name="Undo").click()
    await expect(row(page, "Redirect the mail")).to_be_visible()
    await settled(page)
    todo = world.todos[todo_named(world, "Redirect the mail")]
    assert world.lists[todo["list_id"]]["name"] == "House move"


async def test_a_short_title_is_one_line_tall_at_first(page: Page) -> None:
    await row(page, "Redirect the mail").locator(".row-open").click()

    title = page.locator("ll-todo-detail").get_by_label("Title")
    await expect(title).to_have_value("Redirect the mail")
    lines = await title.evaluate(
        "(field) => field.clientHeight / parseFloat(getComputedStyle(field).lineHeight)"
    )
    assert lines < 1.9


async def test_a_picture_that_cannot_be_loaded_leaves_the_initials(
    page: Page, world: FakeWorld, origin: str
) -> None:
    world.me["avatar_url"] = f"{origin}/api/v1/no-picture"
    await page.reload()

    me = page.locator(".me .avatar")
    await expect(me).to_have_attribute("data-initials", "AR")
    await expect(me.locator("img.is-broken")).to_have_count(1)


@pytest.mark.parametrize("change", ["deleted", "completed"])
async def test_a_title_being_typed_gives_its_letters_to_no_other_row(
    page: Page, world: FakeWorld, change: str
) -> None:
    todo = todo_named(world, "Redirect the mail")
    statuses = {key: each["status"] for key, each in world.todos.items() if key != todo}
    await focus_row(page, "Redirect the mail")
    await page.keyboard.press("e")
    await page.keyboard.type("Redirect all")
    if change == "completed":
        world.edit(todo, status="completed")
    else:
        data = {"todo_id": todo, "deleted_at": stamp()}
        world.record(world.todos[todo]["list_id"], "todo.deleted", data, by="Ben Okafor")
    await expect(page.locator(".row-field")).to_have_count(0)

    await page.keyboard.type("x")
    await page.keyboard.press("Backspace")

    await settled(page)
    assert {key: each["status"] for key, each in world.todos.items() if key != todo} == statuses
    assert [method for method, _, _ in world.requests if method == "DELETE"] == []
    if change == "deleted":
        await expect(page.get_by_label("Your words")).to_have_value("Redirect all")


async def test_one_toast_is_shown_and_not_over_what_is_in_use(page: Page) -> None:
    show = """([text, more]) => document.querySelector('ll-app').app.ui.toast(text, more)"""
    toast = page.locator(".toast")
    await page.evaluate(show, ["That was not kept.", {"tone": "warning", "stays": True}])
    await page.evaluate(show, ["It is done.", {}])
    await expect(toast).to_have_count(1)
    await expect(toast).to_contain_text("That was not kept.1 more")
    await toast.get_by_role("button", name="Dismiss").click()
    await expect(toast).to_have_text("It is done.")

    await row(page, "Book the movers").locator(".row-open").click()
    comment = page.get_by_label("Write a comment")
    for width, height in ((1440, 500), (390, 844)):
        await page.set_viewport_size({"width": width, "height": height})
        await page.evaluate(show, ["It is done.", {"stays": True, "slot": "test"}])
        await comment.focus()
        await comment.scroll_into_view_if_needed()
        await page.evaluate("() => document.querySelector('ll-toasts').draw()")
        [field, box] = [await comment.bounding_box(), await toast.bounding_box()]
        assert field
        assert box
        assert box["y"] >= field["y"] + field["height"] or box["y"] + box["height"] <= field["y"]
        # Nor does the button that sends what is in the field move it.
        await comment.press("Tab")
        assert await toast.bounding_box() == box


async def test_a_toast_stays_where_it_is_over_a_field_of_the_height_of_the_page(page: Page) -> None:
    show = "(text) => document.querySelector('ll-app').app.ui.toast(text)"
    await page.evaluate(
        """() => {
          const field = document.createElement('textarea');
          field.style = 'position: fixed; inset: 0; width: 100%; height: 100%';
          document.body.append(field);
          field.focus();
        }"""
    )
    await page.evaluate(show, "It is done.")
    toast = page.locator(".toast")
    places = []
    for _ in range(3):
        await page.evaluate("() => document.querySelector('ll-toasts').draw()")
        places.append(await toast.evaluate("(each) => each.getBoundingClientRect().top > 400"))
    assert places == [True, True, True]
