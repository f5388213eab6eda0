"""What was typed and not sent: it survives a reload, other pages, Escape, refusals and lost rights."""

import asyncio

from playwright.async_api import Locator, Page, Route, expect

from shared.contract.shapes import Role
from tests.support.web.fake_world import FakeWorld
from tests.support.web.page_actions import (
    IS_SAVED,
    add,
    edit_description,
    open_list,
    row,
    sign_in,
    todo_named,
    wait_until_true,
)

TODO = "Redirect the mail"
NO_ROOM_FOR_CHANGES = """() => {
  const { put } = IDBObjectStore.prototype;
  IDBObjectStore.prototype.put = function (...row) {
    if (this.name === 'outbox') return this.transaction.abort();
    return put.apply(this, row);
  };
}"""
REFUSED = {"code": "forbidden", "detail": "Your role in this list does not allow that."}


async def open_todo(page: Page) -> None:
    await row(page, TODO).locator(".row-open").click()
    await page.wait_for_selector(".detail-title textarea")


async def open_todo_without_room(page: Page, world: FakeWorld) -> None:
    """Open the todo with a browser that stores drafts but no change, and without the server."""
    await wait_until_true(page, IS_SAVED)
    await open_todo(page)
    await page.evaluate(NO_ROOM_FOR_CHANGES)
    world.reachable = False
    await world.close_sockets(1012)
    await expect(page.locator(".side .badge")).to_contain_text("Offline")


def title(page: Page) -> Locator:
    return page.locator(".detail-title textarea")


def description(page: Page) -> Locator:
    return page.locator(".detail-description textarea")


def comment(page: Page) -> Locator:
    return page.get_by_label("Write a comment")


def quick_add(page: Page) -> Locator:
    return page.locator(".quick-field")


async def test_half_typed_words_are_in_their_fields_after_a_reload(
    page: Page, world: FakeWorld
) -> None:
    await quick_add(page).fill("Buy boxes tomor")
    await open_todo(page)
    await page.get_by_label("Add a subtask").fill("Find the for")
    await comment(page).fill("Half a thou")
    await title(page).fill("Redirect all the mail")
    await page.reload()

    await expect(title(page)).to_have_value("Redirect all the mail")
    await expect(page.get_by_text("Not saved yet.")).to_be_visible()
    await expect(comment(page)).to_have_value("Half a thou")
    await expect(page.get_by_label("Add a subtask")).to_have_value("Find the for")
    await expect(quick_add(page)).to_have_value("Buy boxes tomor")
    assert world.todos[todo_named(world, TODO)]["title"] == TODO

    await page.get_by_role("button", name="Save", exact=True).click()

    await expect(row(page, "Redirect all the mail")).to_be_visible()
    await expect(page.get_by_text("Not saved yet.")).to_have_count(0)
    await page.reload()
    await expect(title(page)).to_have_value("Redirect all the mail")
    await expect(page.get_by_text("Not saved yet.")).to_have_count(0)


async def test_words_whose_change_cannot_be_stored_are_in_their_fields_after_a_reload(
    page: Page, world: FakeWorld
) -> None:
    await open_todo_without_room(page, world)
    await add(page, "Buy boxes")
    subtask = page.get_by_label("Add a subtask")
    await subtask.fill("Find the form")
    await subtask.press("Enter")
    await comment(page).fill("It takes a week")
    await comment(page).press("Enter")
    await title(page).fill("Redirect all the mail")
    await title(page).press("Enter")
    await expect(page.locator(".side .badge")).to_contain_text("4")
    await expect(quick_add(page)).to_have_value("")
    await page.reload()

    await expect(title(page)).to_have_value("Redirect all the mail")
    await expect(page.get_by_text("Not saved yet.")).to_be_visible()
    await expect(comment(page)).to_have_value("It takes a week")
    await expect(subtask).to_have_value("Find the form")
    await expect(quick_add(page)).to_have_value("Buy boxes")


async def test_a_description_is_not_lost_before_its_first_pause(page: Page) -> None:
    await open_todo(page)
    before = await page.locator(".description .markdown").inner_text()
    await (await edit_description(page)).fill("Typed at once")
    await page.reload()

    await expect(description(page)).to_have_value("Typed at once")

    await page.get_by_role("button", name="Discard").click()
    await expect(page.locator(".description .markdown")).to_have_text(before)
    await page.reload()
    await expect(page.locator(".description .markdown")).to_have_text(before)


async def test_half_typed_words_are_there_when_the_user_comes_back(page: Page) -> None:
    await quick_add(page).fill("Buy boxes")
    await open_todo(page)
    await comment(page).fill("Half a thought")
    await page.locator(".row-open").first.click()
    await expect(comment(page)).to_have_value("")
    await open_list(page, "Groceries")
    await expect(quick_add(page)).to_have_value("")

    await open_list(page, "House move")
    await open_todo(page)

    await expect(quick_add(page)).to_have_value("Buy boxes")
    await expect(comment(page)).to_have_value("Half a thought")


async def test_escape_takes_no_words_away(page: Page) -> None:
    await quick_add(page).fill("Buy boxes")
    await page.keyboard.press("Escape")
    await expect(quick_add(page)).to_have_value("Buy boxes")
    await expect(quick_add(page)).not_to_be_focused()

    await open_todo(page)
    await title(page).fill("Redirect nothing")
    await page.keyboard.press("Escape")
    await expect(title(page)).to_have_value(TODO)
    await expect(page.get_by_text("Not saved: “Redirect nothing”.")).to_be_visible()

    await page.get_by_role("button", name="Save", exact=True).click()
    await expect(row(page, "Redirect nothing")).to_be_visible()


async def test_the_answer_for_a_new_list_leaves_the_name_of_the_next_one(page: Page) -> None:
    may_answer = asyncio.Event()

    async def hold(route: Route) -> None:
        await may_answer.wait()
        await route.continue_()

    await page.route("**/api/v1/lists", hold)
    new_list, name = page.get_by_label("New list", exact=True), page.locator("#list-name")
    await new_list.click()
    await name.fill("Orchard")
    async with page.expect_request("**/api/v1/lists"):
        await page.keyboard.press("Enter")
    await page.keyboard.press("Escape")
    await expect(name).to_have_count(0)
    address = page.url
    await new_list.click()
    await name.fill("Garden shed")

    may_answer.set()

    await expect(page.get_by_text("Orchard", exact=True).first).to_be_visible()
    await expect(name).to_have_value("Garden shed")
    assert page.url == address
    await page.keyboard.press("Escape")
    await new_list.click()
    await expect(name).to_have_value("Garden shed")


async def test_a_name_in_a_dialog_is_there_after_a_reload_until_it_is_cancelled(
    page: Page,
) -> None:
    new_list, name = page.get_by_label("New list", exact=True), page.locator("#list-name")
    await new_list.click()
    await expect(name).to_have_value("")
    await page.keyboard.type("Garden shed")
    await page.reload()
    await new_list.click()
    await expect(name).to_have_value("Garden shed")
    await expect(page.get_by_text("You typed this before, and did not save it.")).to_be_visible()
    await expect(name).to_have_accessible_description("You typed this before, and did not save it.")
    await page.keyboard.press("End")
    await page.keyboard.type("s")
    await page.keyboard.press("Escape")
    await new_list.click()
    await expect(name).to_have_value("Garden sheds")
    await page.get_by_role("button", name="Cancel", exact=True).click()
    await new_list.click()
    await expect(name).to_have_value("")
    await page.keyboard.type("Orchard")
    await page.keyboard.press("Enter")
    await expect(page.locator(".page h1")).to_have_text("Orchard")
    await new_list.click()
    await expect(name).to_have_value("")
    await page.keyboard.press("Escape")

    more = page.get_by_label("More about this list")
    await more.click()
    await page.get_by_role("button", name="Name, colour, icon").click()
    await page.keyboard.press("End")
    await page.keyboard.type(" of pears")
    await page.reload()
    await expect(page.locator(".page h1")).to_have_text("Orchard")
    await expect(page.locator(".lost-draft")).to_have_count(0)
    await more.click()
    await page.get_by_role("button", name="Name, colour, icon").click()
    await expect(page.get_by_text("The name is still “Orchard”.")).to_be_visible()
    await name.fill("")
    await expect(name).to_have_value("")
    await name.fill("Orchard of pears")
    await page.keyboard.press("Enter")
    await expect(page.locator(".page h1")).to_have_text("Orchard of pears")


async def test_a_refused_title_stays_and_is_not_told_as_a_change_by_others(
    page: Page, world: FakeWorld
) -> None:
    await open_todo(page)
    await title(page).fill("Redirect it all")
    world.refusals.append(("PATCH", "/todos", 403, REFUSED))
    await page.keyboard.press("Enter")

    await expect(page.get_by_text("This could not be saved.")).to_be_visible()
    await expect(title(page)).to_have_value("Redirect it all")
    await expect(page.get_by_text("meanwhile")).to_have_count(0)


async def test_a_user_who_is_made_a_viewer_while_typing_can_copy_the_words(
    page: Page, world: FakeWorld
) -> None:
    house = world.todos[todo_named(world, TODO)]["list_id"]
    await open_todo(page)
    await title(page).press("End")
    await page.keyboard.type(" and more")
    world.lists[house]["role"] = Role.VIEWER
    member = world.members[house][world.me["id"]]
    member["role"] = Role.VIEWER
    world.record(house, "member.edited", {"member": member, "before": Role.OWNER})

    lost = page.locator(".lost-draft")
    await expect(lost).to_contain_text("You typed this in “House move”")
    await expect(lost.locator("textarea")).to_have_value(f"{TODO} and more")
    await expect(title(page)).to_have_value(TODO)

    await lost.get_by_role("button", name="Discard").click()
    await expect(lost).to_have_count(0)


async def test_words_for_a_list_that_is_gone_can_be_copied(page: Page, world: FakeWorld) -> None:
    house = world.todos[todo_named(world, TODO)]["list_id"]
    await quick_add(page).fill("Buy boxes")

    world.record(world.own_stream, "list.removed", {"list_id": house, "reason": "removed"})

    lost = page.locator(".lost-draft")
    await expect(lost.locator("textarea")).to_have_value("Buy boxes")


async def test_words_survive_the_end_of_the_session(
    page: Page, world: FakeWorld, origin: str
) -> None:
    await open_todo(page)
    await comment(page).fill("Half a thought")
    other = await page.context.new_page()
    await other.goto(f"{origin}/api/v1/none")
    await other.evaluate("new BroadcastChannel('livelist.session').postMessage('signed-out')")
    await expect(page.get_by_role("heading", name="Sign in")).to_be_visible()

    await sign_in(page, origin)
    await open_list(page, "House move")
    await open_todo(page)

    await expect(comment(page)).to_have_value("Half a thought")
