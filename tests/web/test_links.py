"""Addresses in a comment lead there, and nothing else does."""

from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.support.web.page_actions import row, settled
from tests.web.conftest import Js


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("see https://example.org/a?b=c#d now", ["see ", {"href": "https://example.org/a?b=c#d"}, " now"]),
        ("(http://example.org).", ["(", {"href": "http://example.org"}, ")."]),
        ("https://example.org/a_(b), yes", [{"href": "https://example.org/a_(b)"}, ", yes"]),
        ("HTTPS://Example.org/ä!", [{"href": "HTTPS://Example.org/ä"}, "!"]),
        ("https://a.example https://b.example",
         [{"href": "https://a.example"}, " ", {"href": "https://b.example"}]),
        ("javascript:alert(1) data:text/html,x example.org ftp://example.org xhttps://example.org",
         ["javascript:alert(1) data:text/html,x example.org ftp://example.org xhttps://example.org"]),
        ("https:// and https://[", ["https:// and https://["]),
        ("", []),
    ],
)  # fmt: skip
async def test_a_text_is_split_at_its_addresses(js: Js, text: str, parts: list[Any]) -> None:
    source = "return (await load('format/links.js')).withLinks(input)"

    assert await js(source, text) == parts


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
