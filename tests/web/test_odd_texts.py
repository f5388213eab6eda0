"""Texts from outside that name what every JavaScript object inherits, and views that fail."""

import pytest
from playwright.async_api import Page, expect

from tests.support.web.fake_world import FakeWorld
from tests.support.web.page_actions import open_list, row, todo_named

INHERITED = ("constructor", "__proto__", "toString", "hasOwnProperty")
# A priority that no version of the server sends: the row cannot name it.
BREAK_A_ROW = """(id) => {
  const { store } = document.querySelector('ll-app').app;
  store.addPending({ key: 'k', kind: 'todo.edit', at: '', todo_id: id, changes: { repeat: { rule: 9 } } });
}"""


async def test_a_mention_of_an_inherited_name_leaves_the_thread_readable(
    page: Page, world: FakeWorld
) -> None:
    todo = world.todos[todo_named(world, "Book the movers")]
    for name in INHERITED:
        world.add_comment(todo, f"hi @[{name}]", world.users["Ben Okafor"], todo["created_at"])

    await row(page, "Book the movers").locator(".row-open").click()

    await expect(page.get_by_text("hi @somebody")).to_have_count(len(INHERITED))
    await expect(page.get_by_text("Kramer can do the 14th")).to_be_visible()


@pytest.mark.parametrize("name", INHERITED)
async def test_an_inherited_name_in_an_address_is_a_list_and_a_todo_that_do_not_exist(
    page: Page, origin: str, name: str
) -> None:
    await page.goto(f"{origin}/lists/{name}?todo={name}")

    await expect(page.get_by_text("There is nothing here")).to_be_visible()
    await expect(page.get_by_text("This todo is no longer here.")).to_be_visible()
    await expect(page.locator(".badge.is-live").first).to_be_visible()


@pytest.mark.parametrize("path", ["toString", "nowhere", "today/5", "lists", "lists/%E0%A4%A"])
async def test_an_unknown_address_says_so(page: Page, origin: str, path: str) -> None:
    await page.goto(f"{origin}/{path}")

    await expect(page.get_by_text("There is no such page")).to_be_visible()
    await page.get_by_role("link", name="Go to the Inbox").click()
    await expect(page.get_by_role("heading", name="Inbox")).to_be_visible()


async def test_a_row_that_cannot_be_drawn_leaves_the_other_rows(
    page: Page, origin: str, world: FakeWorld
) -> None:
    other = await page.context.new_page()
    errors: list[str] = []
    other.on("pageerror", lambda error: errors.append(str(error)))
    await other.goto(origin)
    await open_list(other, "House move")

    await other.evaluate(BREAK_A_ROW, todo_named(world, "Book the movers"))

    await expect(other.get_by_text("This part of the page cannot be shown.")).to_be_visible()
    await expect(row(other, "Redirect the mail")).to_be_visible()
    assert errors, "the error is hidden from the browser's console"
