"""What happens to half-typed words while the todo they are about gets its id, or is changed by others."""

import asyncio

import pytest
from playwright.async_api import Page, expect

from shared.contract.shapes import TodoStatus
from tests.support.web.fake_world import FakeWorld
from tests.support.web.page_actions import (
    add,
    focus_row,
    row,
    settled,
    todo_named,
)

KEPT = "What you typed for “Redirect the mail” is kept in its details."
# The places of all drafts, and the text of each.
DRAFTS = """() => Object.fromEntries(
  document.querySelector('ll-app').app.drafts.without(() => false)
    .map(([place, { text }]) => [place, text]))"""


async def add_unanswered(page: Page, world: FakeWorld, title: str) -> asyncio.Event:
    """Add a todo whose creation the server answers once the returned event is set."""
    world.gate = asyncio.Event()
    await add(page, title)
    await expect(row(page, title)).to_be_visible()
    return world.gate


async def answer(page: Page, world: FakeWorld, gate: asyncio.Event) -> None:
    world.gate = None
    gate.set()
    await settled(page)


async def test_a_title_is_typed_on_while_its_new_todo_gets_its_id(
    page: Page, world: FakeWorld
) -> None:
    gate = await add_unanswered(page, world, "Call the plumber")
    await page.keyboard.press("Escape")
    await focus_row(page, "Call the plumber")
    await page.keyboard.press("e")
    field = page.locator(".row-field")
    await field.press("End")
    await page.keyboard.type(" about the")

    await answer(page, world, gate)

    await expect(field).to_be_focused()
    await page.keyboard.type(" boiler")
    todo = todo_named(world, "Call the plumber")
    assert await page.evaluate(DRAFTS) == {f"title {todo}": "Call the plumber about the boiler"}
    await page.keyboard.press("Enter")
    await expect(row(page, "Call the plumber about the boiler")).to_be_visible()
    await settled(page)
    assert world.todos[todo]["title"] == "Call the plumber about the boiler"
    assert await page.evaluate(DRAFTS) == {}


async def test_a_title_in_the_row_is_typed_on_although_the_new_todo_is_open(
    page: Page, world: FakeWorld
) -> None:
    gate = await add_unanswered(page, world, "Call the plumber")
    await page.keyboard.press("Escape")
    await row(page, "Call the plumber").locator(".row-open").click()
    await focus_row(page, "Call the plumber")
    await page.keyboard.press("e")
    field = page.locator(".row-field")
    await field.press("End")
    await page.keyboard.type(" about the")

    await answer(page, world, gate)

    await expect(field).to_be_focused()
    todo = todo_named(world, "Call the plumber")
    assert page.url.endswith(f"?todo={todo}")
    await page.keyboard.type(" boiler")
    await page.keyboard.press("Enter")
    await settled(page)
    assert world.todos[todo]["title"] == "Call the plumber about the boiler"


async def test_a_menu_stays_open_while_its_new_todo_gets_its_id(
    page: Page, world: FakeWorld
) -> None:
    gate = await add_unanswered(page, world, "Call the plumber")
    await page.keyboard.press("Escape")
    await row(page, "Call the plumber").locator(".row-open").click()
    await focus_row(page, "Call the plumber")
    await page.keyboard.press("p")
    await expect(page.locator("ll-priority-menu")).to_be_visible()

    await answer(page, world, gate)

    await page.locator("ll-priority-menu").get_by_text("Urgent").click()
    await settled(page)
    assert world.todos[todo_named(world, "Call the plumber")]["priority"] == 5


@pytest.mark.parametrize(
    ("opener", "menu"),
    [
        (".page [data-menu=list]", "ll-list-menu"),
        (".page .view-button", "ll-view-menu"),
        (".side-item:has-text('Garden') .side-more", "ll-list-menu"),
    ],
)
async def test_a_menu_stays_open_while_its_new_list_gets_its_id(
    page: Page, world: FakeWorld, opener: str, menu: str
) -> None:
    world.reachable = False
    await world.close_sockets(1012)
    await expect(page.locator(".side .badge")).to_contain_text("Offline")
    await page.locator(".side").get_by_role("button", name="New list").click()
    await page.get_by_label("Name", exact=True).fill("Garden")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="Garden")).to_be_visible()
    await page.locator(opener).click()
    await expect(page.locator(f".menu {menu}")).to_be_visible()
    focused = await page.evaluate_handle("document.activeElement")

    world.reachable = True
    await expect(page.locator(".side .badge")).to_have_text("Live")
    await settled(page)

    [garden] = [row["id"] for row in world.lists.values() if row["name"] == "Garden"]
    await page.wait_for_url(f"**/lists/{garden}")
    await expect(page.locator(f".menu {menu}")).to_be_visible()
    assert await focused.evaluate("(element) => element === document.activeElement")
    await page.keyboard.press("Escape")
    await expect(page.locator(".menu")).to_have_count(0)
    await expect(page.locator(opener)).to_be_focused()


async def test_notes_are_typed_on_while_their_new_todo_gets_its_id(
    page: Page, world: FakeWorld
) -> None:
    gate = await add_unanswered(page, world, "Call the plumber")
    await page.keyboard.press("Escape")
    await row(page, "Call the plumber").locator(".row-open").click()
    field = page.get_by_label("Description", exact=True)
    await field.press_sequentially("Ask for the ")

    await answer(page, world, gate)

    await expect(field).to_be_focused()
    todo = todo_named(world, "Call the plumber")
    await page.keyboard.type("price")
    await expect(field).to_have_value("Ask for the price")
    await field.blur()
    await settled(page)
    assert world.todos[todo]["description"] == "Ask for the price"
    assert await page.evaluate(DRAFTS) == {}


async def test_half_a_title_is_not_saved_when_another_member_completes_the_todo(
    page: Page, world: FakeWorld
) -> None:
    todo = todo_named(world, "Redirect the mail")
    await focus_row(page, "Redirect the mail")
    await page.keyboard.press("e")
    await page.keyboard.type("Redirect everyth")

    world.edit(todo, status=TodoStatus.COMPLETED)

    toast = page.locator(".toast", has_text=KEPT)
    await expect(toast).to_be_visible()
    await settled(page)
    assert world.todos[todo]["title"] == "Redirect the mail"
    assert await page.evaluate(DRAFTS) == {f"title {todo}": "Redirect everyth"}
    await toast.get_by_role("button", name="Open").click()
    await expect(page.locator(".detail-title textarea")).to_have_value("Redirect everyth")
    await page.get_by_role("button", name="Save", exact=True).click()
    await settled(page)
    assert world.todos[todo]["title"] == "Redirect everyth"


async def test_a_title_is_typed_on_when_another_member_moves_the_todo_in_the_list(
    page: Page, world: FakeWorld
) -> None:
    todo = todo_named(world, "Redirect the mail")
    await focus_row(page, "Redirect the mail")
    await page.keyboard.press("e")
    await page.keyboard.type("Redirect every")

    world.edit(todo, rank="0")
    await expect(page.locator("ll-todo-row").first).to_have_attribute("data-todo", todo)
    await page.keyboard.type("thing")
    await page.keyboard.press("Enter")

    await settled(page)
    assert world.todos[todo]["title"] == "Redirect everything"


async def test_words_for_a_todo_that_another_member_deletes_can_be_copied(
    page: Page, world: FakeWorld
) -> None:
    todo = todo_named(world, "Redirect the mail")
    await row(page, "Redirect the mail").locator(".row-open").click()
    title = page.locator(".detail-title textarea")
    await title.press("End")
    await page.keyboard.type(" and more")

    data = {"todo_id": todo, "deleted_at": "2030-01-01T00:00:00.000000Z"}
    world.record(world.todos[todo]["list_id"], "todo.deleted", data, by="Ben Okafor")

    lost = page.locator(".lost-draft textarea")
    await expect(lost).to_have_value("Redirect the mail and more")
