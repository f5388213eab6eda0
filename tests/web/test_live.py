"""The client in a browser while the server refuses, hangs up, loses events or is offline."""

import asyncio

import pytest
from playwright.async_api import BrowserContext, Page, expect

from tests.support.services.processes import wait_until
from tests.support.web.fake_world import EPOCH, FakeWorld, send_if_open
from tests.support.web.page_actions import (
    add,
    edit_description,
    list_named,
    open_list,
    row,
    settled,
    sign_in,
    todo_named,
    wait_until_stored,
)


async def test_a_new_todo_shows_before_the_server_has_answered(
    page: Page, world: FakeWorld
) -> None:
    world.gate = asyncio.Event()

    await add(page, "Water the plants")
    await expect(row(page, "Water the plants")).to_be_visible()
    assert "Water the plants" not in {todo["title"] for todo in world.todos.values()}

    world.gate.set()
    await settled(page)
    await expect(row(page, "Water the plants")).to_have_count(1)


async def test_a_refused_change_is_taken_back_with_a_message_and_can_be_retried(
    page: Page, world: FakeWorld
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


async def test_a_tick_that_is_refused_unticks_that_todo_alone(page: Page, world: FakeWorld) -> None:
    world.refusals.append(("POST", "/todos", 409, {"code": "conflict", "detail": "No."}))

    await row(page, "Redirect the mail").get_by_role("checkbox").click()
    await row(page, "Paint samples for the kitchen").get_by_role("checkbox").click()

    await expect(page.locator(".toast.is-warning")).to_contain_text("The todo could not be ticked")
    await expect(row(page, "Redirect the mail").get_by_role("checkbox")).not_to_be_checked()
    await expect(page.locator(".done-head")).to_contain_text("4 completed")


async def test_a_change_by_another_member_appears_by_itself(page: Page, world: FakeWorld) -> None:
    world.edit(todo_named(world, "Redirect the mail"), title="Redirect the post")

    await expect(row(page, "Redirect the post")).to_be_visible()


async def test_offline_edits_survive_a_reload_and_are_sent_in_order(
    page: Page, world: FakeWorld
) -> None:
    world.reachable = False
    await world.close_sockets(1012)
    await expect(page.locator(".side .badge")).to_contain_text("Offline")
    await add(page, "First while offline")
    await add(page, "Second while offline")
    await row(page, "First while offline").get_by_role("checkbox").click()
    await expect(page.locator(".side .badge")).to_contain_text("3 pending")
    await wait_until_stored(page, 3)
    requests_before = len(world.requests)

    await page.reload()
    world.reachable = True
    await page.wait_for_selector(".side .badge.is-live")
    await settled(page)

    writes = [
        (method, path.split("/")[-1], body.get("title"))
        for method, path, body in world.requests[requests_before:]
        if method == "POST" and path.startswith("/todos")
    ]
    completions = [write for write in writes if write[1] == "complete"]
    assert list(dict.fromkeys(write[2] for write in writes if write[2])) == [
        "First while offline",
        "Second while offline",
    ]
    assert len(completions) == 1
    assert world.todos[todo_named(world, "First while offline")]["status"] == "completed"
    assert [todo["title"] for todo in world.todos.values()].count("Second while offline") == 1


async def test_missed_events_come_after_a_reconnect_without_a_new_snapshot(
    page: Page, world: FakeWorld
) -> None:
    await world.close_sockets(4005)
    world.edit(todo_named(world, "Redirect the mail"), title="Redirect the post")
    snapshots = sum(path.endswith("/snapshot") for _, path, _ in world.requests)

    await expect(row(page, "Redirect the post")).to_be_visible()
    await page.wait_for_selector(".side .badge.is-live")
    assert sum(path.endswith("/snapshot") for _, path, _ in world.requests) == snapshots


async def test_when_history_was_trimmed_the_client_takes_a_new_snapshot(
    page: Page, world: FakeWorld
) -> None:
    house = list_named(world, "House move")
    await world.close_sockets(4005)
    world.muted = True
    world.edit(todo_named(world, "Redirect the mail"), title="Redirect the post")
    world.edit(todo_named(world, "Farewell drinks with the neighbours"), title="Farewell dinner")
    world.log[house].clear()
    world.floors[house] = world.heads[house]
    world.muted = False

    await expect(row(page, "Redirect the post")).to_be_visible()
    await expect(row(page, "Farewell dinner")).to_be_visible()
    await page.wait_for_selector(".side .badge.is-live")


async def test_a_list_that_was_reset_is_followed_again_though_presence_was_refused(
    page: Page, world: FakeWorld
) -> None:
    house = list_named(world, "House move")
    [ws] = world.sockets
    world.sockets[ws].discard(house)
    reset = {"type": "reset", "list": house, "epoch": EPOCH, "seq": world.heads[house]}
    error = {"type": "error", "detail": "", "list": house}
    codes = ("not_subscribed", "too_many_presences", "too_large")
    frames = [{**reset, "reason": "trimmed"}, *({**error, "code": code} for code in codes)]

    # In one message, so that the new snapshot cannot arrive before the last frame.
    await send_if_open(ws, {"type": "batch", "frames": frames})
    await wait_until(lambda: house in world.sockets[ws], what="following the list again")
    world.edit(todo_named(world, "Redirect the mail"), title="Redirect the post")

    await expect(row(page, "Redirect the post")).to_be_visible()


async def test_a_gap_in_the_events_is_detected_and_backfilled_in_order(
    page: Page, world: FakeWorld
) -> None:
    world.muted = True
    world.edit(todo_named(world, "Redirect the mail"), title="Lost on the way")
    world.muted = False
    world.edit(todo_named(world, "Farewell drinks with the neighbours"), title="Farewell dinner")

    await expect(row(page, "Lost on the way")).to_be_visible()
    await expect(row(page, "Farewell dinner")).to_be_visible()


async def test_when_most_notifications_are_removed_older_ones_are_loaded(
    page: Page, world: FakeWorld
) -> None:
    ids = [world.add_notification() for _ in range(60)]
    await page.reload()
    await page.wait_for_selector(".side .badge.is-live")

    for notification_id in ids[15:]:
        del world.notifications[notification_id]
    removed = {"notification_ids": ids[15:], "unread_count": 15}
    world.record(world.own_stream, "notification.removed", removed)
    await page.get_by_role("button", name="15 unread").first.click()

    await expect(page.locator(".notification-row")).to_have_count(15)


async def test_a_list_that_two_pings_show_to_lag_is_subscribed_again(
    page: Page, world: FakeWorld
) -> None:
    world.muted = True
    world.edit(todo_named(world, "Redirect the mail"), title="Lost on the way")
    world.muted = False

    await world.ping()
    await world.ping()

    await expect(row(page, "Lost on the way")).to_be_visible()


async def test_a_field_being_edited_keeps_its_draft_when_another_member_changes_it(
    page: Page, world: FakeWorld
) -> None:
    await row(page, "Redirect the mail").locator(".row-open").click()
    description = await edit_description(page)
    await description.fill("Ask at the counter")

    world.edit(todo_named(world, "Redirect the mail"), description="Do it online")
    await expect(page.locator(".draft-note")).to_contain_text("your words are kept")
    await expect(description).to_have_value("Ask at the counter")

    await page.get_by_text("Use the other version").click()
    await expect(description).to_have_value("Do it online")


async def test_a_change_to_another_todo_takes_neither_the_focus_nor_the_text(
    page: Page, world: FakeWorld
) -> None:
    await page.fill("ll-quick-add textarea", "Half a sen")

    world.edit(todo_named(world, "Redirect the mail"), title="Redirect the post")
    await expect(row(page, "Redirect the post")).to_be_visible()
    await page.keyboard.type("tence")

    await expect(page.locator("ll-quick-add textarea")).to_have_value("Half a sentence")


async def test_the_page_of_a_list_says_that_the_user_was_removed(
    page: Page, world: FakeWorld
) -> None:
    house = list_named(world, "House move")

    world.record(
        house, "member.removed", {"user_id": world.me["id"], "reason": "removed"}, by="Ben Okafor"
    )
    world.record(world.own_stream, "list.removed", {"list_id": house, "reason": "removed"})

    await expect(page.locator(".main")).to_contain_text("You are no longer in this list")
    await expect(page.locator(".side")).not_to_contain_text("House move")


@pytest.mark.parametrize("code", [4401, 4403])
async def test_a_revoked_session_leads_to_the_sign_in_page_with_a_reason(
    page: Page, world: FakeWorld, code: int
) -> None:
    world.signed_in = False
    await world.close_sockets(code)

    await expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    await expect(page.locator(".toast")).to_contain_text("Sign in again")


async def test_a_page_older_than_the_server_stops_and_says_so(page: Page, world: FakeWorld) -> None:
    await world.close_sockets(4409)

    badge = page.locator(".side .badge")
    await expect(badge).to_contain_text("Not connected")
    await badge.hover()
    await expect(page.locator(".side .badge-note")).to_contain_text("older than the server")
    assert not world.sockets


async def test_hovering_the_badge_shows_when_the_list_was_last_proven_current(
    page: Page, world: FakeWorld
) -> None:
    await world.ping()
    await page.locator(".side .badge").hover()

    await expect(page.locator(".side .badge-note")).to_contain_text("Proven current just now")


async def test_two_windows_of_one_user_show_the_same(
    page: Page, context: BrowserContext, world: FakeWorld
) -> None:
    other = await context.new_page()
    await other.goto(page.url)
    await other.wait_for_selector(".side .badge.is-live")

    await add(page, "Water the plants")

    await expect(row(other, "Water the plants")).to_be_visible()
    await expect(row(page, "Water the plants")).to_have_count(1)


async def test_a_list_of_several_pages_is_loaded_whole(
    context: BrowserContext, world: FakeWorld, origin: str
) -> None:
    world.page_size = 60
    page = await context.new_page()
    await sign_in(page, origin)
    await open_list(page, "Launch week")

    last = row(page, "Check the translation of page 200")
    await row(page, "Check the translation of page 1").locator(".row-open").focus()
    await page.keyboard.press("End")
    await expect(last).to_have_attribute("aria-posinset", "200")
