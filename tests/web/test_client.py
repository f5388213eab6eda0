"""The client in a browser, against a server that misbehaves on purpose."""

import asyncio

import pytest
from playwright.async_api import BrowserContext, Locator, Page, expect

from tests.web.conftest import PATIENCE_MS
from tests.web.fake_world import World


def todo_named(world: World, title: str) -> str:
    return str(next(todo["id"] for todo in world.todos.values() if todo["title"] == title))


def list_named(world: World, name: str) -> str:
    return str(next(row["id"] for row in world.lists.values() if row["name"] == name))


def row(page: Page, title: str) -> Locator:
    return page.locator("ll-todo-row", has=page.locator(f".row-title:text-is('{title}')"))


SETTLED = """() => new Promise((resolve) => {
  const { store } = document.querySelector('ll-app').app;
  const look = () => store.pending.length === 0 && (store.removeEventListener('change', look), resolve());
  store.addEventListener('change', look);
  look();
})"""


async def settled(page: Page) -> None:
    """The server's own word about every change is on the page."""
    await asyncio.wait_for(page.evaluate(SETTLED), PATIENCE_MS / 1000)


async def add(page: Page, title: str) -> None:
    await page.fill("ll-quick-add input", title)
    await page.keyboard.press("Enter")


async def test_a_new_todo_is_there_before_the_server_has_answered(page: Page, world: World) -> None:
    world.gate = asyncio.Event()

    await add(page, "Water the plants")
    await expect(row(page, "Water the plants")).to_be_visible()
    assert "Water the plants" not in {todo["title"] for todo in world.todos.values()}

    world.gate.set()
    await settled(page)
    await expect(row(page, "Water the plants")).to_have_count(1)


async def test_a_refused_change_is_taken_back_with_a_sentence_and_can_be_tried_again(
    page: Page, world: World
) -> None:
    refusal = {"code": "forbidden", "detail": "Not you."}
    world.refusals.append(("POST", "/todos", 403, refusal))

    await add(page, "Water the plants")
    toast = page.locator(".toast.is-warning")
    await expect(toast).to_contain_text(
        "The todo was not added. Your role in this list does not allow that."
    )
    await expect(row(page, "Water the plants")).to_have_count(0)

    await toast.get_by_text("Try again").click()
    await expect(row(page, "Water the plants")).to_have_count(1)
    await settled(page)


async def test_a_tick_that_is_refused_unticks_that_todo_alone(page: Page, world: World) -> None:
    world.refusals.append(("POST", "/todos", 409, {"code": "conflict", "detail": "No."}))

    await row(page, "Redirect the mail").get_by_role("checkbox").click()
    await row(page, "Paint samples for the kitchen").get_by_role("checkbox").click()

    await expect(page.locator(".toast.is-warning")).to_contain_text("It could not be ticked")
    await expect(row(page, "Redirect the mail").get_by_role("checkbox")).not_to_be_checked()
    await expect(page.locator(".done-head")).to_contain_text("4 completed")


async def test_a_change_made_elsewhere_appears_by_itself(page: Page, world: World) -> None:
    world.edit(todo_named(world, "Redirect the mail"), title="Redirect the post")

    await expect(row(page, "Redirect the post")).to_be_visible()


async def test_offline_edits_survive_a_reload_and_are_sent_in_order(
    page: Page, world: World
) -> None:
    world.reachable = False
    await world.hang_up(1012)
    await expect(page.locator(".side .badge")).to_contain_text("Offline")
    await add(page, "First while offline")
    await add(page, "Second while offline")
    await row(page, "First while offline").get_by_role("checkbox").click()
    await expect(page.locator(".side .badge")).to_contain_text("3 pending")
    before = len(world.requests)

    await page.reload()
    world.reachable = True
    await page.wait_for_selector(".side .badge.is-live")
    await settled(page)

    writes = [
        (method, path.split("/")[-1], body.get("title"))
        for method, path, body in world.requests[before:]
        if method == "POST" and path.startswith("/todos")
    ]
    done = [write for write in writes if write[1] == "complete"]
    assert list(dict.fromkeys(write[2] for write in writes if write[2])) == [
        "First while offline",
        "Second while offline",
    ]
    assert len(done) == 1
    assert world.todos[todo_named(world, "First while offline")]["status"] == "completed"
    assert [t["title"] for t in world.todos.values()].count("Second while offline") == 1


async def test_missed_events_come_after_a_reconnect_without_a_new_snapshot(
    page: Page, world: World
) -> None:
    await world.hang_up(4005)
    world.edit(todo_named(world, "Redirect the mail"), title="Redirect the post")
    snapshots = sum(path.endswith("/snapshot") for _, path, _ in world.requests)

    await expect(row(page, "Redirect the post")).to_be_visible()
    await page.wait_for_selector(".side .badge.is-live")
    assert sum(path.endswith("/snapshot") for _, path, _ in world.requests) == snapshots


async def test_when_history_was_trimmed_the_client_takes_a_new_snapshot(
    page: Page, world: World
) -> None:
    house = list_named(world, "House move")
    await world.hang_up(4005)
    world.muted = True
    world.edit(todo_named(world, "Redirect the mail"), title="Redirect the post")
    world.edit(todo_named(world, "Farewell drinks with the neighbours"), title="Farewell dinner")
    world.log[house].clear()
    world.floors[house] = world.heads[house]
    world.muted = False

    await expect(row(page, "Redirect the post")).to_be_visible()
    await expect(row(page, "Farewell dinner")).to_be_visible()
    await page.wait_for_selector(".side .badge.is-live")


async def test_a_gap_in_the_events_is_noticed_and_filled_in_order(page: Page, world: World) -> None:
    world.muted = True
    world.edit(todo_named(world, "Redirect the mail"), title="Lost on the way")
    world.muted = False
    world.edit(todo_named(world, "Farewell drinks with the neighbours"), title="Farewell dinner")

    await expect(row(page, "Lost on the way")).to_be_visible()
    await expect(row(page, "Farewell dinner")).to_be_visible()


async def test_a_list_that_a_ping_shows_to_be_behind_twice_is_asked_for_again(
    page: Page, world: World
) -> None:
    world.muted = True
    world.edit(todo_named(world, "Redirect the mail"), title="Lost on the way")
    world.muted = False

    await world.ping()
    await world.ping()

    await expect(row(page, "Lost on the way")).to_be_visible()


async def test_a_field_in_use_keeps_its_draft_when_somebody_changes_it(
    page: Page, world: World
) -> None:
    await row(page, "Redirect the mail").locator(".row-open").click()
    notes = page.get_by_label("Notes", exact=True)
    await notes.fill("Ask at the counter")

    world.edit(todo_named(world, "Redirect the mail"), notes="Do it online")
    await expect(page.locator(".draft-note")).to_contain_text("your words are kept")
    await expect(notes).to_have_value("Ask at the counter")

    await page.get_by_text("Use the other version").click()
    await expect(notes).to_have_value("Do it online")


async def test_somebody_elses_change_elsewhere_does_not_take_the_focus_or_the_text(
    page: Page, world: World
) -> None:
    await page.fill("ll-quick-add input", "Half a sen")

    world.edit(todo_named(world, "Redirect the mail"), title="Redirect the post")
    await expect(row(page, "Redirect the post")).to_be_visible()
    await page.keyboard.type("tence")

    await expect(page.locator("ll-quick-add input")).to_have_value("Half a sentence")


async def test_being_removed_from_a_list_is_said_plainly(page: Page, world: World) -> None:
    house = list_named(world, "House move")

    world.record(
        house, "member.removed", {"user_id": world.me["id"], "reason": "removed"}, by="Ben Okafor"
    )
    world.record(world.own_stream, "list.removed", {"list_id": house, "reason": "removed"})

    await expect(page.locator(".main")).to_contain_text("You are no longer in this list")
    await expect(page.locator(".side")).not_to_contain_text("House move")


@pytest.mark.parametrize("code", [4401, 4403])
async def test_a_session_that_was_ended_leads_to_sign_in_with_a_reason(
    page: Page, world: World, code: int
) -> None:
    world.signed_in = False
    await world.hang_up(code)

    await expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    await expect(page.locator(".toast")).to_contain_text("Sign in again")


async def test_a_page_that_the_server_does_not_understand_stops_and_says_so(
    page: Page, world: World
) -> None:
    await world.hang_up(4409)

    badge = page.locator(".side .badge")
    await expect(badge).to_contain_text("Not connected")
    await badge.hover()
    await expect(page.locator(".side .badge-note")).to_contain_text("older than the server")
    assert not world.sockets


async def test_hovering_the_badge_tells_when_the_list_was_last_proven_current(
    page: Page, world: World
) -> None:
    await world.ping()
    await page.locator(".side .badge").hover()

    await expect(page.locator(".side .badge-note")).to_contain_text("Proven current just now")


async def test_hands_on_the_keyboard_can_add_move_tick_and_undo(page: Page, world: World) -> None:
    await page.keyboard.press("q")
    await page.keyboard.type("Water the plants tomorrow 9:00 !4")
    await page.keyboard.press("Enter")
    await page.keyboard.press("Escape")
    await expect(row(page, "Water the plants")).to_contain_text("tomorrow 9:00")

    await page.keyboard.press("j")
    await expect(row(page, "Book the movers").locator(".row-open")).to_be_focused()
    await page.keyboard.press("Alt+ArrowDown")
    await expect(page.locator(".row-title").first).to_have_text("Cancel the electricity contract")
    await expect(row(page, "Book the movers").locator(".row-open")).to_be_focused()

    await page.keyboard.press("x")
    await expect(page.locator(".done-head")).to_contain_text("4 completed")
    await page.keyboard.press("u")
    await expect(page.locator(".done-head")).to_contain_text("3 completed")


async def test_a_due_date_is_picked_with_the_keyboard_and_the_focus_returns(
    page: Page, world: World
) -> None:
    await row(page, "Farewell drinks with the neighbours").locator(".row-open").focus()
    await page.keyboard.press("d")
    await expect(page.locator(".menu button").first).to_be_focused()
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")

    farewell = row(page, "Farewell drinks with the neighbours")
    await expect(farewell).to_contain_text("tomorrow")
    await expect(farewell.locator(".row-open")).to_be_focused()


async def test_a_row_dragged_upwards_stays_there(page: Page, world: World) -> None:
    await row(page, "Redirect the mail").hover()
    target = await row(page, "Book the movers").bounding_box()
    assert target is not None
    await page.mouse.down()
    await page.mouse.move(target["x"] + 200, target["y"] + 40, steps=4)
    await page.mouse.move(target["x"] + 200, target["y"] + 4, steps=4)
    await page.mouse.up()

    await expect(page.locator(".row-title").first).to_have_text("Redirect the mail")
    await settled(page)
    await expect(page.locator(".row-title").first).to_have_text("Redirect the mail")
    await expect(page.locator("ll-todo-detail")).to_have_count(0)


async def test_what_was_deleted_comes_back_with_undo(page: Page, world: World) -> None:
    await row(page, "Redirect the mail").locator(".row-open").focus()
    await page.keyboard.press("Delete")
    await expect(row(page, "Redirect the mail")).to_have_count(0)

    await page.locator(".toast").get_by_text("Undo").click()
    await expect(row(page, "Redirect the mail")).to_have_count(1)
    await settled(page)
    assert world.todos[todo_named(world, "Redirect the mail")]["deleted_at"] is None


async def test_a_todo_added_and_edited_at_once_is_edited_on_the_server(
    page: Page, world: World
) -> None:
    world.gate = asyncio.Event()
    await add(page, "Water")
    await row(page, "Water").locator(".row-open").focus()
    await page.keyboard.press("e")
    await page.keyboard.type("Water the plants")
    await page.keyboard.press("Enter")
    world.gate.set()

    await settled(page)
    await expect(row(page, "Water the plants")).to_have_count(1)
    assert world.todos[todo_named(world, "Water the plants")]["title"] == "Water the plants"


async def test_two_windows_of_one_person_show_the_same(
    page: Page, context: BrowserContext, world: World
) -> None:
    other = await context.new_page()
    await other.goto(page.url)
    await other.wait_for_selector(".side .badge.is-live")

    await add(page, "Water the plants")

    await expect(row(other, "Water the plants")).to_be_visible()
    await expect(row(page, "Water the plants")).to_have_count(1)


async def test_a_list_of_several_pages_is_loaded_whole(
    context: BrowserContext, world: World, origin: str
) -> None:
    world.page_size = 60
    page = await context.new_page()
    await page.goto(f"{origin}/sign-in")
    await page.fill("[name=email]", "ana@example.org")
    await page.fill("[name=password]", "correct horse battery")
    await page.keyboard.press("Enter")
    await page.click("text=Launch week")

    await expect(page.locator("ll-todo-row")).to_have_count(200)


async def test_every_control_has_a_name_and_every_field_a_label(page: Page, world: World) -> None:
    await row(page, "Book the movers").locator(".row-open").click()
    await page.wait_for_selector(".comment")

    nameless = await page.evaluate("""
      [...document.querySelectorAll('button, a, input, textarea, select')]
        .filter((node) => !node.getAttribute('aria-label') && !node.textContent.trim())
        .filter((node) => !node.labels?.length)
        .map((node) => node.outerHTML)
    """)
    assert nameless == []


async def test_on_a_phone_targets_are_large_and_nothing_scrolls_sideways(
    context: BrowserContext, page: Page, world: World
) -> None:
    await page.set_viewport_size({"width": 390, "height": 844})
    await expect(page.locator("ll-bottom-bar")).to_be_visible()

    wide = await page.evaluate("document.documentElement.scrollWidth")
    small = await page.evaluate("""
      [...document.querySelectorAll('ll-bottom-bar button, ll-bottom-bar a, ll-todo-row')]
        .map((node) => node.getBoundingClientRect().height).filter((height) => height < 40)
    """)
    assert wide <= 390
    assert small == []


async def test_the_invitation_in_the_side_bar_can_be_declined(page: Page, world: World) -> None:
    invitation = world.invitations[0]
    await page.get_by_role("button", name="Decline").click()
    world.record(
        world.own_stream,
        "invitation.closed",
        {"invitation_id": invitation["id"], "reason": "declined"},
    )

    await expect(page.locator(".invite-card")).to_have_count(0)


async def test_a_wrong_password_is_answered_in_words_and_the_address_is_kept(
    context: BrowserContext, world: World, origin: str
) -> None:
    page = await context.new_page()
    await page.goto(f"{origin}/sign-in")
    await page.fill("[name=email]", "ana@example.org")
    await page.fill("[name=password]", "wrong-password")
    await page.click("button[type=submit]")

    await expect(page.get_by_role("alert")).to_contain_text("do not match")
    await expect(page.locator("[name=email]")).to_have_value("ana@example.org")


async def test_the_link_in_a_mail_is_taken_out_of_the_address_and_posted(
    context: BrowserContext, world: World, origin: str
) -> None:
    page = await context.new_page()
    await page.goto(f"{origin}/verify#token=secret-token")

    await expect(page.locator(".page h1")).to_have_text("Inbox")
    assert ("POST", "/auth/verify-email", {"token": "secret-token"}) in world.requests
    assert "secret-token" not in page.url


async def test_the_examples_of_the_first_minute_go_in_one_press(page: Page, world: World) -> None:
    inbox = list_named(world, "Inbox")
    for title in ("Add a todo", "Share a list"):
        example = world.add_todo(inbox, title, metadata={"example": True})
        world.record(inbox, "todo.created", {"todo": example})
    await page.click(".side-link:has-text('Inbox')")

    await page.click("text=Clear them")

    await expect(row(page, "Share a list")).to_have_count(0)
    await expect(row(page, "Renew the passport")).to_have_count(1)
    await expect(page.locator(".notice")).to_have_count(0)
