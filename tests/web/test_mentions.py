"""Whom a comment mentions: by first or whole name, in any case, picked or typed; never by accident."""

import pytest
from playwright.async_api import Page, expect

from tests.support.web.fake_world import World
from tests.support.web.page_actions import row, settled
from tests.web.conftest import Js

PEOPLE = [
    {"id": "1", "name": "Ada Lovelace"},
    {"id": "2", "name": "Ben"},
    {"id": "3", "name": "Åsa (Ops)"},
    {"id": "4", "name": "Max Ek"},
    {"id": "5", "name": "Max Berg"},
    # Nobody knows which of them is meant.
    {"id": "6", "name": "Kim Ek"},
    {"id": "7", "name": "Kim Ek"},
]


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("@Ada Lovelace look", "@[1] look"),
        ("@ada lovelace, @ADA: look", "@[1], @[1]: look"),
        ("@Bennington and ben@Ben.example", "@Bennington and ben@Ben.example"),
        ("(@Ben) @åsa (ops)!", "(@[2]) @[3]!"),
        ("@Max or @Max Berg?", "@Max or @[5]?"),
        ("@Benä", "@Benä"),
        ("https://example.org/@ben", "https://example.org/@ben"),
        ("@Kim Ek", "@Kim Ek"),
    ],
)
async def test_a_name_after_at_mentions_who_is_meant_and_nobody_else(
    js: Js, text: str, sent: str
) -> None:
    found = await js(
        "return (await load('format/mentions.js')).withIds(input.text, input.people)",
        {"text": text, "people": PEOPLE},
    )

    assert found == sent


async def test_members_are_offered_for_the_name_being_typed(js: Js) -> None:
    source = """
      const { offered } = await load('format/mentions.js');
      return input.texts.map((text) => offered(text, input.people).users.map(({ id }) => id).join(''));
    """
    texts = ["ask @", "ask @a", "ask @be", "@max b", "@Ada Lovelace", "@Ada Lovelace ok", "a@b"]

    found = await js(source, {"texts": texts, "people": PEOPLE})

    assert found == ["1234567", "1", "25", "5", "", "", ""]


async def test_a_member_is_picked_for_a_mention_with_the_keyboard(page: Page, world: World) -> None:
    await row(page, "Book the movers").locator(".row-open").click()
    field = page.get_by_label("Write a comment")
    await field.press_sequentially("Thanks @b")
    await expect(page.get_by_role("option").locator(".menu-label")).to_have_text(["Ben Okafor"])

    await field.press("Enter")
    await expect(field).to_have_value("Thanks @Ben Okafor ")
    await field.press("Enter")
    await settled(page)

    ben = world.users["Ben Okafor"]["id"]
    assert [c["body"] for c in world.comments.values()][-1] == f"Thanks @[{ben}]"
