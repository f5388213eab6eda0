"""Presence and editing indicators, in a browser."""

from typing import Any

from playwright.async_api import Page, expect

from tests.support.web.fake_world import FakeWorld
from tests.support.web.page_actions import list_named, todo_named

RECEIVE = "frame => document.querySelector('ll-app').app.live.presence.receive(frame)"


def present(world: FakeWorld, name: str) -> dict[str, Any]:
    return {"user": world.users[name], "state": {}}


async def bounding_boxes(page: Page) -> list[Any]:
    return [await page.locator(selector).bounding_box() for selector in (".faces-button", ".rows")]


async def test_present_users_show_in_the_header_and_editors_on_the_row_and_nothing_moves(
    page: Page, world: FakeWorld
) -> None:
    house, todo = list_named(world, "House move"), todo_named(world, "Redirect the mail")
    ben, me = present(world, "Ben Okafor"), present(world, "Ana Ruiz")
    before = await page.locator(".main").inner_html()
    boxes = await bounding_boxes(page)

    await page.evaluate(RECEIVE, {"type": "presence", "list": house, "users": [me, ben]})
    editing = {"type": "editing", "list": house, "todo": todo, "field": "title"}
    await page.evaluate(RECEIVE, editing | {"user": ben["user"]})

    faces = page.locator(".faces-button")
    await expect(faces).to_have_attribute("aria-label", "3 members. Ben Okafor is here")
    await expect(faces).to_have_attribute("title", "Ben Okafor is here")
    await expect(faces.locator(".is-here")).to_have_count(1)
    row = page.locator(f"ll-todo-row[data-todo='{todo}']")
    await expect(row.locator(".editing-indicator")).to_have_text("Ben Okafor is editing the title…")
    assert before != await page.locator(".main").inner_html()
    assert boxes == await bounding_boxes(page)
    await page.evaluate(RECEIVE, {"type": "left", "list": house, "users": [ben["user"]["id"]]})
    await expect(faces).to_have_attribute("aria-label", "3 members")
    await expect(row.locator(".editing-indicator")).to_have_count(0)


async def test_while_the_device_is_offline_nobody_is_shown_as_present(
    page: Page, world: FakeWorld
) -> None:
    house, ben = list_named(world, "House move"), present(world, "Ben Okafor")
    faces = page.locator(".faces-button")
    await expect(faces.locator(".is-away")).to_have_count(2)
    await page.evaluate(RECEIVE, {"type": "presence", "list": house, "users": [ben]})
    await expect(faces.locator(".is-here")).to_have_count(1)

    # The browser says so at once; that the socket is dead is noticed later.
    await page.context.set_offline(True)

    await expect(faces.locator(".is-here")).to_have_count(0)
    await expect(faces.locator(".is-away")).to_have_count(2)
    await expect(faces).to_have_attribute("aria-label", "3 members")
    await page.context.set_offline(False)
    await expect(faces.locator(".is-here")).to_have_count(1)
