"""A description is drawn as Markdown, edited as text, and its tasks are checked in place."""

from playwright.async_api import Page, expect

from tests.support.services.processes import wait_until
from tests.support.web.fake_world import FakeWorld
from tests.support.web.page_actions import edit_description, row, todo_named

TODO = "Redirect the mail"
TEXT = "## Papers\n\n- [ ] form *B*\n- [x] passport\n\nSee https://example.org/mail."


async def test_a_description_is_drawn_edited_and_its_tasks_are_checked(
    page: Page, world: FakeWorld
) -> None:
    todo = world.todos[todo_named(world, TODO)]
    world.edit(str(todo["id"]), description=TEXT)
    await row(page, TODO).locator(".row-open").click()
    drawn = page.locator(".description .markdown")

    await expect(drawn.get_by_role("heading", name="Papers")).to_be_visible()
    await expect(drawn.locator("em")).to_have_text("B")
    await expect(drawn.get_by_role("link")).to_have_attribute("rel", "noopener noreferrer nofollow")
    await drawn.get_by_role("checkbox", name="form").click()
    await expect(drawn.locator("input:checked")).to_have_count(2)
    await wait_until(
        lambda: world.todos[str(todo["id"])]["description"] == TEXT.replace("[ ]", "[x]"),
        what="the checked task",
    )

    field = await edit_description(page)
    await expect(field).to_be_focused()
    await expect(field).to_have_value(TEXT.replace("[ ]", "[x]"))
    await field.fill("**Done**")
    await page.keyboard.press("Escape")

    await expect(drawn.locator("strong")).to_have_text("Done")


async def test_the_keyboard_opens_a_description(page: Page) -> None:
    await row(page, TODO).locator(".row-open").click()
    await page.get_by_role("button", name="Edit description").focus()
    await page.keyboard.press("Enter")

    await expect(page.get_by_label("Description", exact=True)).to_be_focused()


async def test_a_detail_shows_what_is_set_and_offers_the_rest(page: Page) -> None:
    await row(page, TODO).locator(".row-open").click()
    facts = page.locator(".facts .fact")

    await expect(page.locator(".facts")).not_to_contain_text("None")
    await expect(facts.nth(0)).to_contain_text("Due")
    await expect(page.locator(".fact.is-offered")).to_have_text(
        ["Repeat", "Remind me", "Priority", "Labels", "Assigned"]
    )
    lines = [await facts.nth(number).bounding_box() for number in (1, 2)]
    assert lines[0] is not None
    assert lines[1] is not None
    assert lines[0]["y"] == lines[1]["y"]

    await page.locator(".fact.is-offered", has_text="Priority").click()
    await page.locator(".menu-item", has_text="Urgent").click()

    await expect(facts.nth(1)).to_contain_text("Urgent")
    await expect(facts.nth(1)).to_be_focused()
    await expect(page.locator(".fact.is-offered")).to_have_count(4)


async def test_a_list_is_printed_as_a_checklist(page: Page) -> None:
    await row(page, TODO).wait_for()

    await page.emulate_media(media="print")

    for hidden in (".side", ".page-actions", "ll-quick-add"):
        await expect(page.locator(hidden).first).to_be_hidden()
    await expect(page.locator(".page h1")).to_be_visible()
    await expect(row(page, TODO).locator(".check-ring")).to_be_visible()
