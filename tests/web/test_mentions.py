"""Mentions in a comment, in a browser."""

from playwright.async_api import Page, expect

from tests.support.web.fake_world import FakeWorld
from tests.support.web.page_actions import row, settled


async def test_a_member_is_picked_for_a_mention_with_the_keyboard(
    page: Page, world: FakeWorld
) -> None:
    await row(page, "Book the movers").locator(".row-open").click()
    field = page.get_by_label("Write a comment")
    await field.press_sequentially("Thanks @b")
    await expect(page.get_by_role("option").locator(".menu-label")).to_have_text(["Ben Okafor"])

    await field.press("Enter")
    await expect(field).to_have_value("Thanks @Ben Okafor ")
    await field.press("Enter")
    await settled(page)

    ben = world.users["Ben Okafor"]["id"]
    assert [comment["body"] for comment in world.comments.values()][-1] == f"Thanks @[{ben}]"
