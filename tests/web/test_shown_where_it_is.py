"""A todo that was added out of sight, and a comment that was found: the page leads there."""

import asyncio

import pytest
from playwright.async_api import Page, expect

from tests.support.web.fake_entities import stamp
from tests.support.web.fake_world import FakeWorld
from tests.support.web.page_actions import (
    IS_SAVED,
    add,
    list_named,
    open_list,
    row,
    settled,
    todo_named,
    wait_for_reader,
    wait_until_true,
)

VIEW = {
    "sort": "title",
    "group": "none",
    "filter": {
        "text": "",
        "statuses": [],
        "priorities": [],
        "labels": [],
        "personal_labels": [],
        "assignees": [],
        "due": None,
    },
}
FOUND = "I **would** take [Kramer](https://kramer.example/offer), for `940 €`"


# Whether what is painted for the mark ends where the comments beside it begin.
IS_MARK_APART = """(comment) => {
  comment.style.transition = 'none';
  comment.classList.add('is-found');
  const spreads = getComputedStyle(comment).boxShadow.match(/[\\d.]+(?=px)/g) ?? [];
  const spread = Math.max(0, ...spreads.map(Number));
  const { top, bottom } = comment.getBoundingClientRect();
  const before = comment.previousElementSibling.getBoundingClientRect();
  const after = comment.nextElementSibling.getBoundingClientRect();
  return top - spread >= before.bottom - 0.5 && bottom + spread <= after.top + 0.5;
}"""


@pytest.mark.parametrize("width", [1440, 390])
async def test_a_todo_that_is_added_out_of_sight_can_be_shown(
    page: Page, world: FakeWorld, width: int
) -> None:
    await open_list(page, "Launch week")
    await page.set_viewport_size({"width": width, "height": 844})

    await add(page, "Proofread everything")

    toast = page.locator(".toast", has_text="Added “Proofread everything”.")
    await settled(page)
    await toast.get_by_role("button", name="Show").click()
    shown = row(page, "Proofread everything")
    await expect(shown).to_be_in_viewport(ratio=1)
    await expect(shown.locator(".row-open")).to_be_focused()
    await expect(toast).to_have_count(0)


async def test_the_toast_about_a_todo_out_of_sight_undoes_it_too(
    page: Page, world: FakeWorld
) -> None:
    await open_list(page, "Launch week")
    await add(page, "Proofread everything")
    toast = page.locator(".toast", has_text="Added “Proofread everything”.")
    await expect(toast.locator(".toast-action")).to_have_text(["Show", "Undo"])
    await settled(page)

    await toast.get_by_role("button", name="Undo").click()

    await expect(page.locator(".toast")).to_contain_text(
        "Undone: “Proofread everything” was added."
    )
    await settled(page)
    assert world.todos[todo_named(world, "Proofread everything")]["deleted_at"]


async def test_a_todo_that_is_added_in_sight_is_not_announced(page: Page) -> None:
    await add(page, "Proofread everything")

    await expect(row(page, "Proofread everything")).to_be_in_viewport(ratio=1)
    await settled(page)
    await expect(page.locator(".toast")).to_have_count(0)


async def test_a_todo_that_is_sorted_out_of_sight_can_be_shown(
    page: Page, world: FakeWorld
) -> None:
    launch = list_named(world, "Launch week")
    world.lists[launch]["view"] = VIEW
    world.record(world.own_stream, "list.view_set", {"list_id": launch, "view": VIEW})
    await open_list(page, "Launch week")
    await page.locator(".view-part").wait_for()

    await add(page, "Zip the archive")

    await page.locator(".toast").get_by_role("button", name="Show").click()
    await expect(row(page, "Zip the archive").locator(".row-open")).to_be_focused()


async def test_a_new_todo_that_does_not_fit_the_filter_is_told_of(
    page: Page, world: FakeWorld
) -> None:
    launch = list_named(world, "Launch week")
    view = {**VIEW, "filter": {**VIEW["filter"], "text": "translation"}}  # type: ignore[dict-item]
    world.lists[launch]["view"] = view
    world.record(world.own_stream, "list.view_set", {"list_id": launch, "view": view})
    await open_list(page, "Launch week")
    await page.locator(".view-part").first.wait_for()
    field = page.locator("ll-quick-add textarea")
    await field.fill("Proofread everything")
    await wait_for_reader(page)
    # The field keeps the focus while the list is scrolled.
    await page.locator(".main").evaluate("(main) => main.scrollTo(0, 2000)")

    await field.evaluate("(field) => field.form.requestSubmit()")

    toast = page.locator(".toast")
    await expect(toast).to_contain_text("It does not fit the filter.")
    await toast.get_by_role("button", name="Show").click()
    await expect(row(page, "Proofread everything").locator(".row-open")).to_be_focused()


async def test_a_todo_for_another_day_than_that_of_the_page_says_where_it_is(
    page: Page, origin: str
) -> None:
    await page.goto(f"{origin}/today")

    await add(page, "Water the plants 2030-03-14")

    await expect(page.locator(".toast")).to_contain_text("Added to “Inbox”.")


async def test_the_link_of_a_mail_leads_to_the_comment(
    page: Page, world: FakeWorld, origin: str
) -> None:
    movers, ben = world.todos[todo_named(world, "Book the movers")], world.users["Ben Okafor"]
    comment = world.add_comment(movers, FOUND, ben, stamp(hours=1))
    for number in range(30):
        world.add_comment(movers, f"Something else {number}", ben, stamp(minutes=30))
    todo = f"{origin}/lists/{movers['list_id']}?todo={movers['id']}"

    await page.goto(f"{todo}&comment={comment['id']}")

    shown = page.locator(f"#comment-{comment['id']}")
    await expect(shown).to_be_focused()
    await expect(shown).to_be_in_viewport(ratio=1)
    await expect(page).to_have_url(todo)
    # What goes on loading does not take it out of view.
    await page.go_back()
    await expect(page.locator("ll-todo-detail")).to_have_count(0)


async def test_the_link_of_a_mail_leads_to_the_comment_after_the_session_has_ended(
    page: Page, world: FakeWorld, origin: str
) -> None:
    movers, ben = world.todos[todo_named(world, "Book the movers")], world.users["Ben Okafor"]
    comment = world.add_comment(movers, FOUND, ben, stamp(hours=1))
    todo = f"{origin}/lists/{movers['list_id']}?todo={movers['id']}"
    # The page opens with what is stored, before the server says that the session has ended.
    await wait_until_true(page, IS_SAVED)
    world.signed_in = False

    await page.goto(f"{todo}&comment={comment['id']}")
    await expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    await page.fill("[name=email]", "ana@example.org")
    await page.fill("[name=password]", "correct horse battery")
    await page.click("button[type=submit]")

    await expect(page.locator(f"#comment-{comment['id']}")).to_be_focused()
    await expect(page).to_have_url(todo)


@pytest.mark.parametrize("motion", ["no-preference", "reduce"])
async def test_a_comment_that_was_found_is_shown_marked_and_in_plain_words(
    page: Page, world: FakeWorld, motion: str
) -> None:
    await page.emulate_media(reduced_motion=motion)  # type: ignore[arg-type]
    movers = world.todos[todo_named(world, "Book the movers")]
    ben = world.users["Ben Okafor"]
    found = world.add_comment(movers, FOUND, ben, stamp(hours=1))
    for number in range(30):
        world.add_comment(movers, f"Something else {number}", ben, stamp(minutes=30))
    await open_list(page, "Groceries")
    await page.keyboard.press("Escape")
    await page.keyboard.press("/")
    await page.keyboard.type("Kramer")

    entry = page.locator(".palette-item", has_text="for 940 €")
    await expect(entry.locator(".palette-found")).to_have_text(
        "Comment: I would take Kramer, for 940 €"
    )
    # Looked for by the page itself, in each frame: it is marked for 2.5 s.
    marking = asyncio.create_task(page.wait_for_selector(f"#comment-{found['id']}.is-found"))
    await entry.click()

    await marking
    comment = page.locator(f"#comment-{found['id']}")
    await expect(comment).to_be_focused()
    await expect(comment).to_be_in_viewport(ratio=1)
    await expect(comment).not_to_contain_class("is-found")
    assert await comment.evaluate(IS_MARK_APART)


async def test_a_notification_of_a_comment_leads_to_the_comment(
    page: Page, world: FakeWorld
) -> None:
    movers, ben = world.todos[todo_named(world, "Book the movers")], world.users["Ben Okafor"]
    comment = world.add_comment(movers, FOUND, ben, stamp(hours=1))
    for number in range(30):
        world.add_comment(movers, f"Something else {number}", ben, stamp(minutes=30))
    world.add_notification(
        kind="commented",
        actor={"id": ben["id"], "name": ben["name"]},
        list_id=movers["list_id"],
        todo_id=movers["id"],
        comment_id=comment["id"],
    )
    await page.reload()
    await open_list(page, "Groceries")
    await page.keyboard.press("n")

    marking = asyncio.create_task(page.wait_for_selector(f"#comment-{comment['id']}.is-found"))
    await page.locator(".notification-link").click()

    await marking
    shown = page.locator(f"#comment-{comment['id']}")
    await expect(shown).to_be_focused()
    await expect(shown).to_be_in_viewport(ratio=1)
