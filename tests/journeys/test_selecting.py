"""Several todos are selected and changed at once, also offline; another member sees it live."""

from playwright.async_api import expect

from tests.journeys.conftest import SignUp
from tests.support.web.page_actions import settled

TITLES = ("Sow the beans", "Buy compost", "Mend the fence", "Water the roses")


async def test_selected_todos_are_changed_offline_moved_and_undone_as_one(sign_up: SignUp) -> None:
    gerda, hanno = await sign_up("Gerda"), await sign_up("Hanno")
    page = gerda.page
    await gerda.share_new_list(hanno, "Garden")
    for title in TITLES:
        await gerda.add(title)
    await page.keyboard.press("Escape")
    await settled(page)
    await expect(hanno.row(TITLES[-1])).to_be_visible()

    await gerda.row(TITLES[0]).locator(".row-open").click(modifiers=["ControlOrMeta"])
    await expect(page.locator("ll-selection-bar")).to_contain_text("1 selected")
    await gerda.go_offline()
    await gerda.row(TITLES[2]).locator(".row-open").click(modifiers=["Shift"])
    bar = page.locator("ll-selection-bar")
    await expect(bar.get_by_role("status")).to_have_text("3 selected")
    await page.keyboard.press("p")
    await page.locator(".menu").get_by_text("Urgent", exact=True).click()
    await gerda.press_on(TITLES[2], "c")
    await expect(gerda.row(TITLES[0])).to_have_count(0)
    await gerda.go_online()
    await settled(page)

    for title in TITLES[:3]:
        await expect(hanno.row(title)).to_have_count(0)
    await page.keyboard.press("u")
    for title in TITLES[:3]:
        await expect(hanno.row(title).locator(".check.p5")).to_have_count(1)
    await page.keyboard.press("u")
    for title in TITLES[:3]:
        await expect(hanno.row(title).locator(".check.p0")).to_have_count(1)

    await gerda.press_on(TITLES[1], "Shift+X", "Shift+ArrowDown", "m")
    await page.locator(".menu").get_by_text("Inbox", exact=True).click()
    for title in TITLES[1:3]:
        await expect(hanno.row(title)).to_have_count(0)
    await page.keyboard.press("u")
    await expect(hanno.page.locator(".row-title")).to_have_text(TITLES)

    await gerda.press_on(TITLES[0], "Shift+D")
    await expect(hanno.page.locator(".row-title")).to_have_text([TITLES[0], *TITLES])
    await gerda.press_on(TITLES[1], "Alt+ArrowRight")
    await expect(hanno.row(TITLES[1])).to_have_count(0)
    await expect(hanno.page.locator("ll-todo-row").nth(1)).to_contain_text("0/1")
    await page.keyboard.press("u")
    await page.keyboard.press("u")
    await expect(hanno.page.locator(".row-title")).to_have_text(TITLES)
    assert await gerda.differences_from_server() == []
    assert await hanno.differences_from_server() == []

    await hanno.page.get_by_label("More about this list").click()
    await hanno.page.locator(".menu").get_by_text("Duplicate", exact=True).click()
    await expect(hanno.page.locator(".page h1")).to_have_text("Garden (copy)")
    await expect(hanno.page.locator(".row-title")).to_have_text(TITLES)
    await hanno.page.locator(".toast").get_by_role("button", name="Undo").click()
    await expect(hanno.page.locator(".page h1")).to_have_text("Garden")
