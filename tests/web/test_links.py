"""Addresses in a comment, in a browser."""

from playwright.async_api import Page, expect

from tests.support.web.page_actions import row, settled


async def test_an_address_in_a_comment_opens_apart_from_the_list(page: Page) -> None:
    await row(page, "Book the movers").locator(".row-open").click()
    field = page.get_by_label("Write a comment")
    await field.fill("Prices: https://movers.example/prices.")
    await field.press("Enter")
    await settled(page)

    link = page.locator(".comment-text a")
    await expect(link).to_have_attribute("href", "https://movers.example/prices")
    await expect(link).to_have_attribute("target", "_blank")
    await expect(link).to_have_attribute("rel", "noopener noreferrer nofollow")
    await expect(page.locator(".comment-text").last).to_have_text(
        "Prices: https://movers.example/prices."
    )
