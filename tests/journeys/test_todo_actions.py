"""Every action on a todo, done in the browser; then the page shows what the database holds."""

from playwright.async_api import expect

from tests.journeys.conftest import SignUp
from tests.support.web.page_actions import settled


async def test_after_every_kind_of_action_the_page_and_the_database_agree(sign_up: SignUp) -> None:
    dora = await sign_up("Dora")
    page = dora.page
    await dora.make_list("Garden")
    for title in ("Sow the beans", "Buy compost", "Mend the fence", "Water the roses"):
        await dora.add(title)
    await page.keyboard.press("Escape")

    await dora.choose("Sow the beans", "d", "Tomorrow")
    await dora.choose("Sow the beans", "p", "Urgent")
    await dora.press_on("Buy compost", "l")
    await page.keyboard.type("shop")
    await page.keyboard.press("Enter")
    await page.keyboard.press("Escape")
    await expect(dora.row("Buy compost")).to_contain_text("shop")
    await dora.choose("Buy compost", "a", "Dora (me)")
    await page.keyboard.press("Escape")
    await dora.edit_title("Mend the fence", "Paint the fence")
    await dora.choose("Water the roses", "m", "Inbox")
    await dora.row("Paint the fence").get_by_role("checkbox").click()
    await expect(dora.row("Paint the fence")).to_have_count(0)
    await page.keyboard.press("u")
    await expect(dora.row("Paint the fence")).to_have_count(1)
    await dora.press_on("Paint the fence", "Alt+ArrowUp", "Delete")
    await expect(dora.row("Paint the fence")).to_have_count(0)
    await page.keyboard.press("u")
    await expect(dora.row("Paint the fence")).to_have_count(1)

    await dora.row("Sow the beans").locator(".row-open").click()
    await page.get_by_label("Add a subtask").fill("Find the seeds")
    await page.keyboard.press("Enter")
    await page.get_by_label("Description", exact=True).fill("Two rows, 40 cm apart")
    await page.fill("[name=body]", "Ask @Dora")
    await page.keyboard.press("Enter")
    await expect(page.locator(".comment .mention")).to_have_text("@Dora")
    await expect(dora.row("Sow the beans")).to_contain_text("0/1")

    assert await dora.differences_from_server() == []
    assert await page.locator(".toast.is-warning").count() == 0
    shown = await dora.titles()
    await page.reload()
    await dora.wait_until_live()
    await expect(page.locator(".comment .mention")).to_have_text("@Dora")
    await expect(page.locator(".description .markdown")).to_have_text("Two rows, 40 cm apart")
    await expect(page.locator("ll-todo-row .row-title")).to_have_text(shown)


async def test_todos_and_whole_lists_are_restored_from_the_trash(sign_up: SignUp) -> None:
    emil = await sign_up("Emil")
    page = emil.page
    await emil.make_list("Garden")
    await emil.add("Sow the beans")
    await page.keyboard.press("Escape")
    await emil.press_on("Sow the beans", "Delete")
    await settled(page)

    await page.click("text=Trash")
    beans = page.locator(".plain-row", has_text="Sow the beans")
    await beans.get_by_role("button", name="Restore").click()
    await expect(beans).to_have_count(0)
    await page.click(".side-link:has-text('Garden')")
    await expect(emil.row("Sow the beans")).to_be_visible()

    await page.click("[aria-label='More about this list']")
    await page.locator(".menu").get_by_text("Move to the trash").click()
    await expect(page.locator(".side")).not_to_contain_text("Garden")
    await page.click("text=Trash")
    await (
        page.locator(".plain-row", has_text="Garden").get_by_role("button", name="Restore").click()
    )
    await page.click(".side-link:has-text('Garden')")
    await expect(emil.row("Sow the beans")).to_be_visible()
    assert await emil.differences_from_server() == []


async def test_a_subtask_dragged_out_offline_is_a_todo_for_the_other_member_too(
    sign_up: SignUp,
) -> None:
    ana, ben = await sign_up("Ana"), await sign_up("Ben")
    await ana.share_new_list(ben, "House move")
    for title in ("Plan the move", "Buy boxes"):
        await ana.add(title)
    await ana.press_on("Buy boxes", "Alt+ArrowRight")
    await expect(ben.row("Plan the move")).to_contain_text("0/1")
    await expect(ben.row("Buy boxes")).to_have_count(0)

    await ana.row("Plan the move").locator(".row-open").click()
    await ana.go_offline()
    await ana.row("Buy boxes").locator(".row-title").hover()
    await ana.page.mouse.down()
    target = await ana.row("Plan the move").bounding_box()
    assert target
    await ana.page.mouse.move(target["x"] + 60, target["y"] + target["height"] * 0.9, steps=6)
    await ana.page.mouse.up()
    await expect(ana.page.locator(".toast").last).to_contain_text("is a todo of its own")
    await ana.go_online()

    await expect(ben.row("Buy boxes")).to_be_visible()
    assert await ben.titles() == ["Plan the move", "Buy boxes"]
    assert await ana.differences_from_server() == []
    # The same by key, also its undo.
    await ana.press_on("Buy boxes", "Alt+ArrowRight")
    await expect(ben.row("Buy boxes")).to_have_count(0)
    await ana.press_on("Buy boxes", "Alt+ArrowLeft")
    await expect(ben.row("Buy boxes")).to_be_visible()
    await ana.page.keyboard.press("u")
    await expect(ben.row("Buy boxes")).to_have_count(0)
    assert await ben.differences_from_server() == []
