"""Two members rename, recolour and delete a label of their list, also without a network."""

from playwright.async_api import Locator, Page, expect

from tests.journeys.conftest import SignUp
from tests.support.web.browser_user import BrowserUser
from tests.support.web.page_actions import settled


async def make_label(user: BrowserUser, title: str, name: str) -> None:
    await user.open_menu(title, "l")
    await user.page.get_by_placeholder("Find or make a label").fill(name)
    await user.page.keyboard.press("Enter")
    await user.page.keyboard.press("Escape")


async def open_dialog(user: BrowserUser, title: str, label: str) -> Locator:
    await user.open_menu(title, "l")
    await user.page.get_by_role("button", name=f"Change the label “{label}”").click()
    return user.page.locator("ll-label-dialog")


def chips(page: Page) -> Locator:
    return page.locator(".row-meta .label")


async def test_members_rename_recolour_and_delete_a_label_of_their_list(sign_up: SignUp) -> None:
    ines, jan = await sign_up("Ines"), await sign_up("Jan")
    await ines.share_new_list(jan, "Garden")
    for title in ("Sow the beans", "Buy compost"):
        await ines.add(title)
    await make_label(ines, "Sow the beans", "spring")
    await make_label(ines, "Buy compost", "shop")
    await ines.choose("Sow the beans", "l", "shop")
    await ines.page.keyboard.press("Escape")
    await expect(chips(jan.page)).to_have_count(3)

    await jan.go_offline()
    dialog = await open_dialog(jan, "Buy compost", "shop")
    await dialog.get_by_label("Name").fill("Spring")
    await dialog.get_by_role("button", name="Save").click()
    await expect(dialog).to_contain_text("This list has a label of that name already.")
    await dialog.get_by_label("Name").fill("errand")
    await dialog.get_by_role("radio", name="Red").check(force=True)
    await jan.page.keyboard.press("Enter")
    errand = jan.page.locator(".row-meta .label.hue-red", has_text="errand")
    await expect(errand).to_have_count(2)
    # The focus is back at the row that the menu was about.
    await expect(jan.row("Buy compost").locator(".row-open")).to_be_focused()
    await expect(chips(ines.page).filter(has_text="shop")).to_have_count(2)
    await jan.go_online()
    await expect(ines.page.locator(".row-meta .label.hue-red", has_text="errand")).to_have_count(2)

    await jan.go_offline()
    dialog = await open_dialog(jan, "Sow the beans", "errand")
    await dialog.get_by_role("button", name="Delete").click()
    await expect(chips(jan.page)).to_have_text(["spring"])
    await jan.go_online()
    await expect(chips(ines.page)).to_have_text(["spring"])
    await jan.page.get_by_role("button", name="Undo").click()
    await expect(chips(ines.page).filter(has_text="errand")).to_have_count(2)
    await settled(jan.page)
    assert await jan.differences_from_server() == []
    assert await ines.differences_from_server() == []


async def test_a_label_that_another_member_deletes_leaves_the_open_dialog(sign_up: SignUp) -> None:
    ines, jan = await sign_up("Ines"), await sign_up("Jan")
    await ines.share_new_list(jan, "Garden")
    await ines.add("Sow the beans")
    await make_label(ines, "Sow the beans", "spring")
    await expect(chips(jan.page)).to_have_text(["spring"])
    dialog = await open_dialog(jan, "Sow the beans", "spring")

    await (await open_dialog(ines, "Sow the beans", "spring")).get_by_text("Delete").click()

    await expect(dialog).to_contain_text("This label is no longer here.")
    await dialog.get_by_role("button", name="Close").click()
    await expect(chips(jan.page)).to_have_count(0)
