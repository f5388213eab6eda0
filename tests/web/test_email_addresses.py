"""The mail address of a list, in a browser."""

from playwright.async_api import Page, expect

from tests.support.web.fake_world import FakeWorld
from tests.support.web.page_actions import settled


async def test_an_address_is_made_copied_replaced_and_revoked(
    page: Page, world: FakeWorld, origin: str
) -> None:
    await page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=origin)
    await settled(page)
    menu = page.get_by_role("button", name="More about this list")
    dialog = page.get_by_role("dialog")
    address = dialog.get_by_label("Your address")

    await menu.click()
    await page.get_by_role("button", name="E-mail to this list").click()
    await expect(dialog.get_by_role("button", name="Revoke")).to_have_count(0)
    await dialog.get_by_role("button", name="Make address").click()
    await expect(address).to_have_value("house-move+llm_2@in.example.org")
    await dialog.get_by_role("button", name="Copy").click()
    await expect(page.get_by_text("Copied.")).to_be_visible()
    assert await page.evaluate("navigator.clipboard.readText()") == await address.input_value()
    await dialog.get_by_role("button", name="Close").click()

    await menu.click()
    await page.get_by_role("button", name="E-mail to this list").click()
    await expect(dialog).to_contain_text("You have an address")
    await dialog.get_by_role("button", name="New address").click()
    await expect(address).to_be_visible()
    await dialog.get_by_role("button", name="Revoke").click()
    await expect(page.get_by_text("The address is revoked.")).to_be_visible()
    assert world.email_addresses == {}
