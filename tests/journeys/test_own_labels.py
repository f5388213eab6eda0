"""A member keeps labels for herself: on shared todos, offline, undone, filtered, and across lists."""

from playwright.async_api import expect

from tests.journeys.conftest import SignUp
from tests.support.web.page_actions import settled


async def test_labels_of_ones_own_are_seen_by_nobody_else(sign_up: SignUp) -> None:
    ines, jan = await sign_up("Ines"), await sign_up("Jan")
    page = jan.page
    await ines.share_new_list(jan, "Garden")
    for title in ("Sow the beans", "Buy compost"):
        await ines.add(title)
    chips = page.locator(".row-meta .label.is-own")
    await expect(jan.row("Buy compost")).to_be_visible()

    await jan.open_menu("Sow the beans", "l")
    await page.get_by_placeholder("Find or make a label").fill("waiting")
    await page.get_by_role("button", name="Make “waiting” only for me").click()
    await page.keyboard.press("Escape")
    await expect(chips).to_have_text(["waiting"])
    await settled(page)
    await jan.go_offline()
    await jan.choose("Buy compost", "l", "waiting")
    await expect(chips).to_have_count(2)
    await page.keyboard.press("Escape")
    await page.keyboard.press("u")
    await expect(chips).to_have_count(1)
    await jan.go_online()
    await settled(page)

    await page.keyboard.press("v")
    await page.locator(".menu").get_by_role("button", name="waiting (only for me)").click()
    await page.keyboard.press("Escape")
    await expect(page.locator(".row-title")).to_have_text(["Sow the beans"])
    await page.locator(".side-link", has_text="waiting").click()
    await expect(page.locator("h1")).to_have_text("waiting")
    await expect(page.locator(".day-title")).to_have_text(["Garden"])
    await page.reload()
    await expect(page.locator(".row-title")).to_have_text(["Sow the beans"])
    await expect(ines.page.locator(".row-title")).to_have_count(2)
    await expect(ines.page.locator(".label.is-own")).to_have_count(0)

    await page.get_by_role("button", name="Change the label “waiting”").click()
    await page.get_by_role("button", name="Delete").click()
    await expect(page.locator(".side-link", has_text="waiting")).to_have_count(0)
    await page.get_by_role("button", name="Undo").click()
    await expect(page.locator(".side-link", has_text="waiting")).to_be_visible()
    await settled(page)
    assert await jan.differences_from_server() == []


async def test_a_viewer_is_offered_labels_of_their_own_alone(sign_up: SignUp) -> None:
    ines, vito = await sign_up("Ines"), await sign_up("Vito")
    page = vito.page
    await ines.make_list("Garden")
    await ines.page.click("text=Share")
    await ines.page.get_by_label("Role", exact=True).select_option("viewer")
    await ines.page.fill(".invite-form [name=email]", vito.email)
    await ines.page.keyboard.press("Enter")
    await page.get_by_role("button", name="Join").click()
    await ines.page.keyboard.press("Escape")
    await ines.add("Sow the beans")
    await ines.open_menu("Sow the beans", "l")
    await ines.page.get_by_placeholder("Find or make a label").fill("spring")
    await ines.page.keyboard.press("Enter")
    chips = page.locator(".row-meta .label")
    await expect(chips).to_have_text(["spring"])

    await vito.open_menu("Sow the beans", "l")
    menu = page.locator("ll-label-menu")
    await expect(menu.get_by_text("Labels that nobody else sees.")).to_be_visible()
    await expect(menu.get_by_role("button")).to_have_count(0)
    await page.keyboard.type("sp")
    await expect(menu.get_by_role("button")).to_have_text(["Make “sp” only for me"])
    await page.keyboard.press("Backspace")
    await page.keyboard.press("Enter")
    await expect(chips).to_have_text(["spring", "s"])
    await expect(page.locator(".row-meta .label.is-own")).to_have_text(["s"])
    await page.keyboard.press("Escape")

    await vito.row("Sow the beans").locator(".row-open").click()
    await page.locator(".fact", has_text="Labels").click()
    await menu.get_by_role("button", name="s", exact=True).click()
    await expect(chips).to_have_text(["spring"])
    await page.keyboard.press("Escape")
    await page.locator(".fact", has_text="Labels").click()
    await menu.get_by_role("button", name="s", exact=True).click()
    await expect(page.locator(".row-meta .label.is-own")).to_have_text(["s"])
    await settled(page)
    await expect(ines.page.locator(".row-meta .label")).to_have_text(["spring"])
    assert await vito.differences_from_server() == []


async def test_selected_todos_of_several_lists_get_a_label_of_ones_own(sign_up: SignUp) -> None:
    ines = await sign_up("Ines")
    page = ines.page
    for name, title in (("Garden", "Sow the beans today"), ("House", "Paint the door today")):
        await ines.make_list(name)
        await ines.add(title)
    await page.keyboard.press("Escape")
    await page.locator(".side-link[href='/today']").click()
    rows = page.locator(".main ll-todo-row")
    await expect(rows.filter(has_text="Paint the door")).to_be_visible()
    for title in ("Sow the beans", "Paint the door"):
        await rows.filter(has_text=title).locator(".row-open").click(modifiers=["Control"])

    await page.keyboard.press("l")
    menu = page.locator(".menu")
    await menu.get_by_placeholder("Find or make a label").fill("weekend")
    # A label of a list is for the todos of that list alone.
    await expect(menu.get_by_role("button", name="Make “weekend” for everyone")).to_have_count(0)
    await expect(menu).to_contain_text("Labels of a list are for todos of one list.")
    await menu.get_by_role("button", name="Make “weekend” only for me").click()
    await page.keyboard.press("Escape")
    chips = page.locator(".row-meta .label.is-own")
    await expect(chips).to_have_text(["weekend", "weekend"])

    await page.keyboard.press("Control+z")
    await expect(chips).to_have_count(0)
    await settled(page)
    assert await ines.differences_from_server() == []
