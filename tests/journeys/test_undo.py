"""Undo of the page's own changes, by key and by the buttons of messages, on the real service."""

from playwright.async_api import expect

from tests.journeys.conftest import SignUp
from tests.support.web.page_actions import settled


async def test_a_move_that_is_undone_offline_brings_everything_back(sign_up: SignUp) -> None:
    ana, ben = await sign_up("Ana"), await sign_up("Ben")
    await ana.share_new_list(ben, "House move")
    await ana.add("Find boxes")
    await ana.add("Book movers")
    await ana.choose("Find boxes", "a", "Ben")
    await ana.page.keyboard.press("Escape")
    await ana.row("Find boxes").locator(".row-open").click()
    await ana.page.get_by_label("Add a subtask").fill("Ask the shop")
    await ana.page.keyboard.press("Enter")
    await ana.page.get_by_role("button", name="Close details").click()
    await settled(ana.page)
    await expect(ben.row("Find boxes")).to_contain_text("0/1")

    await ana.go_offline()
    await ana.choose("Find boxes", "m", "Inbox")
    await expect(ana.page.locator(".toast").last).to_contain_text("is in the Inbox")
    await expect(ana.row("Find boxes")).to_have_count(0)
    await ana.page.keyboard.press("Control+z")
    await expect(ana.row("Find boxes")).to_contain_text("0/1")
    await ana.go_online()
    await settled(ana.page)

    for user in (ana, ben):
        await expect(user.page.locator("ll-todo-row .row-title")).to_have_text(
            ["Find boxes", "Book movers"]
        )
        await expect(user.row("Find boxes")).to_contain_text("0/1")
        await expect(user.row("Find boxes").locator(".avatar[data-initials='B']")).to_have_count(1)
    assert await ana.differences_from_server() == []


async def test_a_deleted_comment_comes_back_by_its_message(sign_up: SignUp) -> None:
    ana = await sign_up("Ana")
    await ana.make_list("House move")
    await ana.add("Find boxes")
    await ana.row("Find boxes").locator(".row-open").click()
    await ana.page.get_by_label("Write a comment").fill("Twenty boxes")
    await ana.page.keyboard.press("Enter")
    await settled(ana.page)
    texts = ana.page.locator(".comment-text")

    await ana.go_offline()
    await ana.page.locator(".comment-actions").get_by_role("button", name="Delete").click()
    await expect(texts).to_have_count(0)
    toast = ana.page.locator(".toast").last
    await toast.get_by_role("button", name="Undo").click()
    await expect(toast).to_have_text("Undone: comment on “Find boxes” deleted.")
    await expect(texts).to_have_text(["Twenty boxes"])
    await ana.go_online()
    await settled(ana.page)

    await expect(texts).to_have_text(["Twenty boxes"])
    assert await ana.differences_from_server() == []


async def test_what_was_cleared_or_archived_comes_back_by_its_message(sign_up: SignUp) -> None:
    ana = await sign_up("Ana")
    page, toast = ana.page, ana.page.locator(".toast").last
    await page.keyboard.press("u")
    await expect(toast).to_contain_text("There is nothing to undo.")
    await toast.get_by_role("button", name="Activity").click()
    await expect(page.locator(".activity-entry").first).to_contain_text("Added “")
    await page.keyboard.press("Escape")

    await page.get_by_role("button", name="Clear them").click()
    await expect(page.locator("ll-todo-row")).to_have_count(0)
    await toast.get_by_role("button", name="Undo").click()
    await expect(page.locator("ll-todo-row")).to_have_count(3)
    await settled(page)

    await ana.make_list("House move")
    await page.get_by_role("button", name="More").first.click()
    await page.get_by_role("button", name="Archive", exact=True).click()
    await expect(toast).to_contain_text("“House move” is in the archive.")
    await toast.get_by_role("button", name="Undo").click()
    await expect(page.get_by_text("This list is archived.")).to_have_count(0)

    await page.keyboard.press("Escape")
    await page.get_by_role("button", name="More").first.click()
    await page.get_by_role("button", name="Archive", exact=True).click()
    await page.locator(".banner").get_by_role("button", name="Take out of the archive").click()
    await expect(page.get_by_text("This list is archived.")).to_have_count(0)
    await settled(page)
    assert await ana.differences_from_server() == []


async def test_an_activity_that_did_not_load_is_loaded_once_the_page_is_live(
    sign_up: SignUp,
) -> None:
    ana = await sign_up("Ana")
    await ana.make_list("House move")
    await ana.add("Find boxes")
    await settled(ana.page)
    await ana.page.get_by_role("button", name="More").first.click()
    await ana.page.get_by_role("button", name="Activity").click()
    entries = ana.page.locator(".activity-entry")
    await expect(entries.first).to_contain_text("Added “Find boxes”")
    await ana.page.keyboard.press("Escape")

    await ana.go_offline()
    await ana.page.get_by_role("button", name="More").first.click()
    await ana.page.get_by_role("button", name="Activity").click()
    again = ana.page.get_by_role("button", name="Try again")
    await again.click()
    await expect(again).to_be_enabled()
    await expect(entries).to_have_count(0)
    await ana.go_online()

    await expect(entries.first).to_contain_text("Added “Find boxes”")
    await expect(again).to_have_count(0)


async def test_undo_goes_on_in_another_tab_and_after_a_reload(sign_up: SignUp) -> None:
    ana = await sign_up("Ana")
    page, toast = ana.page, ana.page.locator(".toast").last
    await ana.make_list("House move")
    await ana.add("Find boxes")
    await ana.add("Book movers")
    await ana.press_on("Find boxes", "x")
    await ana.press_on("Book movers", "Delete")
    await settled(page)
    titles = page.locator("ll-todo-row .row-title")

    other = await page.context.new_page()
    await other.goto(page.url)
    await other.wait_for_selector(".side .badge.is-live", state="attached")
    await other.keyboard.press("Control+z")
    await expect(other.locator(".toast").last).to_contain_text("Undone: “Book movers” was deleted.")
    await expect(titles).to_have_text(["Book movers"])
    await other.close()

    await page.keyboard.press("Control+z")
    await expect(toast).to_contain_text("Undone: “Find boxes” was completed.")
    await expect(titles).to_have_text(["Find boxes", "Book movers"])
    await settled(page)

    await page.reload()
    await ana.wait_until_live()
    await page.keyboard.press("Control+z")
    await expect(toast).to_have_text("Undone: “Book movers” was added.")
    await expect(titles).to_have_text(["Find boxes"])
    await ana.go_offline()
    await page.keyboard.press("Control+z")
    await expect(toast).to_contain_text("was added. It shows once the server is reached.")
    await expect(titles).to_have_text(["Find boxes"])
    await ana.go_online()
    await expect(titles).to_have_count(0)
    await page.keyboard.press("Control+z")
    await expect(toast).to_contain_text("There is nothing to undo.")
    assert await ana.differences_from_server() == []
