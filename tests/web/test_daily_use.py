"""Daily use: where the focus is, the way back after signing in, menus by letters, what is not sent."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.async_api import BrowserContext, Page, expect

from tests.support.web.fake_world import FakeWorld
from tests.support.web.page_actions import (
    add,
    focus_row,
    list_named,
    row,
    settled,
    todo_named,
)

DRINKS = "Farewell drinks with the neighbours"


async def test_after_a_tick_with_the_mouse_the_keys_go_on_from_that_row(page: Page) -> None:
    await row(page, "Paint samples for the kitchen").locator(".check").click()
    await expect(row(page, "Paint samples for the kitchen")).to_have_count(0)
    focused = page.locator("ll-todo-row:focus-within .row-title")
    await expect(focused).to_contain_text("Write down the meter readings")

    await page.keyboard.press("j")
    await expect(focused).to_have_text("Redirect the mail")


async def test_a_new_list_has_the_focus_in_its_quick_add(page: Page) -> None:
    await page.locator(".side").get_by_role("button", name="New list").click()
    await page.get_by_label("Name", exact=True).fill("Garden")
    await page.keyboard.press("Enter")

    await expect(page.get_by_role("heading", name="Garden")).to_be_visible()
    await expect(page.locator("ll-quick-add textarea")).to_be_focused()


async def test_a_new_list_has_the_focus_in_its_quick_add_offline_too(
    page: Page, world: FakeWorld
) -> None:
    world.reachable = False
    await world.close_sockets(1012)
    await expect(page.locator(".side .badge")).to_contain_text("Offline")
    await page.locator(".side").get_by_role("button", name="New list").click()
    await page.get_by_label("Name", exact=True).fill("Garden")
    await page.keyboard.press("Enter")

    await expect(page.get_by_role("heading", name="Garden")).to_be_visible()
    await expect(page.locator("ll-quick-add textarea")).to_be_focused()
    link = page.locator(".side-link", has_text="Garden")
    await expect(link.get_by_role("img", name="Not sent yet")).to_be_visible()
    await expect(page.locator(".side-link").get_by_role("img", name="Not sent yet")).to_have_count(
        1
    )


@pytest.mark.parametrize(
    ("path", "field"),
    [("/sign-in", "email"), ("/sign-up", "name"), ("/forgot", "email"), ("/lists/x", "email")],
)
async def test_the_first_field_has_the_focus_when_an_entry_page_opens(
    context: BrowserContext, origin: str, path: str, field: str
) -> None:
    page = await context.new_page()
    await page.goto(f"{origin}{path}")

    await expect(page.locator(f"[name={field}]")).to_be_focused()


async def test_after_the_session_ended_the_same_user_comes_back_to_the_open_todo(
    page: Page, world: FakeWorld
) -> None:
    await row(page, "Redirect the mail").locator(".row-open").click()
    await expect(page.locator("ll-todo-detail")).to_be_visible()
    address = page.url

    world.signed_in = False
    await world.close_sockets(4401)
    await expect(page.locator("[name=email]")).to_be_focused()
    await page.reload()
    await expect(page.locator("[name=email]")).to_be_focused()
    await page.fill("[name=email]", "ana@example.org")
    await page.fill("[name=password]", "correct horse battery")
    await page.click("button[type=submit]")

    await expect(page.locator("ll-todo-detail").get_by_label("Title")).to_have_value(
        "Redirect the mail"
    )
    assert page.url == address


@pytest.mark.parametrize(
    ("key", "typed", "changes"),
    [
        ("a", "ben", {"assignees": ["Ben Okafor"]}),
        ("l", "ca", {"labels": ["call"]}),
    ],
)
async def test_labels_and_people_are_chosen_by_their_first_letters(
    page: Page, world: FakeWorld, key: str, typed: str, changes: dict[str, list[str]]
) -> None:
    await focus_row(page, DRINKS)
    await page.keyboard.press(key)
    await expect(page.locator(".menu :focus")).to_have_count(1)
    await page.keyboard.type(typed)
    await expect(page.locator(".menu-item:visible .menu-label").first).to_have_text(
        next(iter(changes.values()))[0]
    )
    await page.keyboard.press("Enter")
    await settled(page)

    [edit] = [body for method, _, body in world.requests if method == "PATCH"]
    house = list_named(world, "House move")
    names = {
        "assignees": {key: row["user"]["name"] for key, row in world.members[house].items()},
        "labels": {key: row["name"] for key, row in world.labels[house].items()},
    }
    [(field, expected)] = changes.items()
    assert [names[field][each] for each in edit[field]] == expected


async def test_menus_are_narrowed_by_german_words_too(page: Page, world: FakeWorld) -> None:
    world.language = "de"
    await page.reload()
    for key, typed, found in (
        ("p", "dri", "Dringend"),
        ("d", "mor", "Morgen"),
        ("d", "nach", "Nächste Woche"),
    ):
        await focus_row(page, DRINKS)
        await page.keyboard.press(key)
        await expect(page.locator(".menu-item").first).to_be_focused()
        await page.keyboard.type(typed)
        await expect(page.locator(".menu-item:visible .menu-label").first).to_have_text(found)
        await page.keyboard.press("Escape")


async def test_the_days_that_are_offered_say_their_date_with_the_weekday(page: Page) -> None:
    await focus_row(page, DRINKS)
    await page.keyboard.press("d")

    today = datetime.now(ZoneInfo("Europe/Berlin")).date()
    monday = today + timedelta(days=7 - today.weekday())
    for label, date in (
        ("Today", today),
        ("Tomorrow", today + timedelta(days=1)),
        ("Next week", monday),
    ):
        hint = page.locator(".menu-item", has_text=label).first.locator(".menu-hint")
        await expect(hint).to_have_text(f"{date:%a} {date.day} {date:%b}")


async def test_a_change_that_waits_is_marked_in_its_row(page: Page, world: FakeWorld) -> None:
    mark = page.get_by_role("img", name="Not sent yet")
    await expect(mark).to_have_count(0)
    world.reachable = False
    await world.close_sockets(1012)
    await expect(page.locator(".side .badge")).to_contain_text("Offline")

    await add(page, "Water the plants")
    await focus_row(page, "Redirect the mail")
    await page.keyboard.press("Shift+D")

    await expect(
        row(page, "Water the plants").get_by_role("img", name="Not sent yet")
    ).to_be_visible()
    await expect(mark).to_have_count(2)

    world.reachable = True
    await expect(page.locator(".side .badge")).to_have_text("Live")
    await settled(page)
    await expect(mark).to_have_count(0)


async def test_a_refused_change_is_marked_in_its_row_until_its_words_are_dealt_with(
    page: Page, world: FakeWorld
) -> None:
    todo_id = todo_named(world, "Redirect the mail")
    problem = {"code": "forbidden", "detail": "No."}
    world.refusals.append(("PATCH", f"/todos/{todo_id}", 403, problem))
    await focus_row(page, "Redirect the mail")
    await page.keyboard.press("e")
    await page.keyboard.type("Redirect all mail")
    await page.keyboard.press("Enter")

    mark = row(page, "Redirect the mail").get_by_role("img", name="A change was not kept")
    await expect(mark).to_be_visible()
    await focus_row(page, "Redirect the mail")
    await page.keyboard.press("e")
    await expect(page.locator(".row-field")).to_have_value("Redirect all mail")
    await page.keyboard.press("Enter")
    await settled(page)
    await expect(page.get_by_role("img", name="A change was not kept")).to_have_count(0)
    assert world.todos[todo_id]["title"] == "Redirect all mail"


async def test_a_search_finds_comments_and_forgives_a_typo(page: Page) -> None:
    options = page.get_by_role("option")
    await page.keyboard.press("/")
    field = page.get_by_role("combobox")
    await field.fill("take the piano")
    comment = options.filter(has_text="Comment: Kramer can do the 14th, and they take the piano.")
    await expect(comment).to_contain_text("Book the movers")

    await field.fill("redirct")
    await expect(options.first).to_contain_text("Redirect the mail")
    note = page.get_by_text("Nothing has “redirct” as typed; this is like it.")
    await expect(note).to_be_visible()
    await field.fill("redirect")
    await expect(note).to_have_count(0)

    await field.fill("take the piano")
    await comment.click()
    await expect(page.locator("ll-todo-detail").get_by_label("Title")).to_have_value(
        "Book the movers"
    )


async def test_a_search_without_the_server_finds_what_is_at_hand(
    page: Page, world: FakeWorld
) -> None:
    await row(page, "Book the movers").locator(".row-open").click()
    await expect(page.locator("ll-comment-thread")).to_contain_text("they take the piano")
    world.reachable = False
    await world.close_sockets(1012)
    await expect(page.locator(".side .badge")).to_contain_text("Offline")
    options = page.get_by_role("option")

    await page.locator(".row-open").first.focus()
    await page.keyboard.press("/")
    await page.get_by_role("combobox").fill("take pianno")
    found = options.filter(has_text="Comment: Kramer can do the 14th, and they take the piano.")
    await expect(found).to_be_visible()
