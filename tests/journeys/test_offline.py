"""A user works without a network, over a reload; the other one sees all of it once it is back."""

from playwright.async_api import FilePayload, expect

from tests.journeys.conftest import SignUp
from tests.support.web.page_actions import IS_SAVED, settled, wait_until_stored, wait_until_true

PLAN: FilePayload = {"name": "plan.txt", "mimeType": "text/plain", "buffer": b"Two vans"}
IS_ACTIVE = "async () => (await navigator.serviceWorker.ready).active.state === 'activated'"


async def test_what_is_done_offline_over_a_reload_reaches_the_server_once(sign_up: SignUp) -> None:
    mia, noa = await sign_up("Mia"), await sign_up("Noa")
    await mia.share_new_list(noa, "House move")
    await mia.add("Find boxes")
    await mia.add("Book movers")
    await expect(noa.row("Book movers")).to_be_visible()
    await settled(mia.page)
    await wait_until_true(mia.page, IS_ACTIVE)
    await wait_until_true(mia.page, IS_SAVED)

    await mia.go_offline()
    await mia.add("Buy tape")
    await mia.row("Find boxes").get_by_role("checkbox").click()
    await mia.edit_title("Book movers", "Book the movers")
    await mia.row("Buy tape").locator(".row-open").click()
    await mia.page.get_by_label("Write a comment").fill("Two rolls")
    await mia.page.keyboard.press("Enter")
    await mia.make_list("Cabin")
    await mia.add("Chop wood")
    await wait_until_stored(mia.page, 6)
    await mia.page.reload()

    await expect(mia.row("Chop wood")).to_be_visible()
    await mia.edit_title("Chop wood", "Chop the wood")
    await mia.page.locator(".side").get_by_text("House move", exact=True).click()
    await expect(mia.row("Book the movers")).to_be_visible()
    await mia.row("Buy tape").get_by_role("checkbox").click()
    await mia.add("Return the keys")
    await wait_until_stored(mia.page, 9)
    await mia.go_online()

    for user in (mia, noa):
        await expect(user.page.locator("ll-todo-row .row-title")).to_have_text(
            ["Book the movers", "Return the keys"]
        )
        await expect(user.page.locator(".done-head")).to_contain_text("2 completed")
    await noa.page.locator(".done-head").click()
    await noa.row("Buy tape").locator(".row-open").click()
    await expect(noa.page.locator(".comment-text")).to_have_text(["Two rolls"])
    await mia.page.locator(".side").get_by_text("Cabin", exact=True).click()
    await expect(mia.page.locator("ll-todo-row .row-title")).to_have_text(["Chop the wood"])
    await expect(noa.page.locator(".side")).not_to_contain_text("Cabin")
    assert await mia.differences_from_server() == []
    assert await noa.differences_from_server() == []


async def test_comments_and_files_that_were_never_opened_load_by_themselves_when_online_again(
    sign_up: SignUp,
) -> None:
    ada, bo = await sign_up("Ada"), await sign_up("Bo")
    await ada.share_new_list(bo, "House move")
    await ada.add("Book movers")
    await bo.row("Book movers").locator(".row-open").click()
    await bo.page.locator("input[name=files]").set_input_files([PLAN])
    await bo.page.get_by_label("Write a comment").fill("Friday is free")
    await bo.page.keyboard.press("Enter")
    await expect(ada.row("Book movers").get_by_label("1 comment")).to_be_visible()
    await expect(ada.row("Book movers").get_by_label("1 file")).to_be_visible()

    await ada.go_offline()
    await ada.row("Book movers").locator(".row-open").click()

    details = ada.page.locator("ll-todo-detail")
    await expect(details).to_contain_text("Comments are loaded when this device is online again.")
    await expect(details).to_contain_text("Files are loaded when this device is online again.")
    await expect(details.get_by_role("button", name="Try again")).to_have_count(0)
    await ada.go_online()
    await expect(details.locator(".comment-text")).to_have_text(["Friday is free"])
    await expect(details.locator(".file-name")).to_have_text(["plan.txt"])
    await expect(details).not_to_contain_text("online again")
