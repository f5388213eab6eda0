"""Presence and editing indicators, in a browser."""

from typing import Any

from playwright.async_api import Page, expect

from tests.support.web.fake_world import World
from tests.support.web.page_actions import list_named, todo_named

HEAR = "frame => document.querySelector('ll-app').app.live.presence.receive(frame)"


def person(world: World, name: str) -> dict[str, Any]:
    return {"user": world.users[name], "state": {}}


async def test_who_is_here_is_said_in_the_header_and_hands_on_the_row_and_nothing_moves(
    page: Page, world: World
) -> None:
    house, todo = list_named(world, "House move"), todo_named(world, "Redirect the mail")
    ben, me = person(world, "Ben Okafor"), {"user": world.me, "state": {}}
    before = await page.locator(".main").inner_html()
    boxes = [await page.locator(one).bounding_box() for one in (".faces-button", ".rows")]

    await page.evaluate(HEAR, {"type": "presence", "list": house, "users": [me, ben]})
    signal = {"type": "editing", "list": house, "todo": todo, "field": "title"}
    await page.evaluate(HEAR, signal | {"user": ben["user"]})

    faces = page.locator(".faces-button")
    await expect(faces).to_have_attribute("aria-label", "3 members. Ben Okafor is here")
    await expect(faces).to_have_attribute("title", "Ben Okafor is here")
    await expect(faces.locator(".is-here")).to_have_count(1)
    row = page.locator(f"ll-todo-row[data-todo='{todo}']")
    await expect(row.locator(".editing-indicator")).to_have_text(
        "BOBen Okafor is editing the title…"
    )
    assert before != await page.locator(".main").inner_html()
    assert boxes == [await page.locator(one).bounding_box() for one in (".faces-button", ".rows")]
    await page.evaluate(HEAR, {"type": "left", "list": house, "users": [ben["user"]["id"]]})
    await expect(faces).to_have_attribute("aria-label", "3 members")
    await expect(row.locator(".editing-indicator")).to_have_count(0)
