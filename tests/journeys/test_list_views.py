"""How a user looks at a list is theirs, on all their devices, and live; other members see it all."""

from playwright.async_api import expect

from tests.journeys.conftest import SignUp
from tests.support.web.page_actions import settled

ALL = ["Sow the beans", "Buy compost", "Mend the fence"]


async def test_a_view_is_remembered_for_one_member_and_set_offline(sign_up: SignUp) -> None:
    ines, jan = await sign_up("Ines"), await sign_up("Jan")
    page = ines.page
    await ines.share_new_list(jan, "Garden")
    for title in ALL:
        await ines.add(title)
    await page.keyboard.press("Escape")
    await ines.choose(ALL[0], "p", "Urgent")
    await ines.choose(ALL[1], "d", "Today")
    await settled(page)

    await page.keyboard.press("v")
    await page.locator(".menu").get_by_role("button", name="Urgent").click()
    await page.keyboard.press("Escape")
    await expect(page.locator(".row-title")).to_have_text(ALL[:1])
    await expect(page.locator(".view-note")).to_contain_text("2 todos are hidden by the filter.")
    await settled(page)
    await page.reload()
    await ines.wait_until_live()
    await expect(page.locator(".row-title")).to_have_text(ALL[:1])
    await expect(jan.page.locator(".row-title")).to_have_text(ALL)

    await ines.add("Water the roses")
    await page.keyboard.press("Escape")
    await expect(page.locator(".view-new")).to_contain_text("1 new todo does not fit the filter.")
    await expect(ines.row("Water the roses")).to_be_visible()
    await jan.choose(ALL[2], "p", "Urgent")
    await expect(page.locator(".view-new ~ .rows .row-title")).to_have_text([ALL[0], ALL[2]])

    await ines.go_offline()
    await page.get_by_role("button", name="Clear the filter").click()
    await page.keyboard.press("v")
    await page.get_by_label("Group").select_option("due")
    await page.keyboard.press("Escape")
    await expect(page.locator(".day-title")).to_contain_text(["Today", "Without a due date"])
    await ines.go_online()
    await settled(page)
    await page.reload()
    await expect(page.locator(".day-title")).to_have_count(2)
    assert await jan.differences_from_server() == []
