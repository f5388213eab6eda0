"""The app without a network: it opens with the last state, takes edits, and goes on from there."""

import pytest
from playwright.async_api import BrowserContext, FilePayload, Page, expect

from tests.support.services.processes import wait_until
from tests.support.web.demo_world import demo_world
from tests.support.web.fake_server import serving
from tests.support.web.fake_world import FakeWorld
from tests.support.web.page_actions import (
    IS_SAVED,
    add,
    open_list,
    row,
    settled,
    sign_in,
    todo_named,
    wait_until_stored,
    wait_until_true,
)

IS_ACTIVE = "async () => (await navigator.serviceWorker.ready).active.state === 'activated'"
# What a later version of the page left before the others, until the server went back to this one.
STORE_UNKNOWN_CHANGE = """async () => {
  const opening = indexedDB.open('livelist');
  await new Promise((resolve) => (opening.onsuccess = resolve));
  const store = opening.result.transaction('outbox', 'readwrite').objectStore('outbox');
  const reading = store.getAll();
  await new Promise((resolve) => (reading.onsuccess = resolve));
  const [{ user }] = reading.result;
  const mutation = { key: 'k1', kind: 'poll.add', fields: { title: 'When do we meet?' } };
  store.put({ n: 0, user, key: mutation.key, mutation });
  await new Promise((resolve) => (store.transaction.oncomplete = resolve));
  opening.result.close();
  return true;
}"""
# The names of what the page may load later and has stored.
STORED_LATER = """async () => {
  const files = [];
  for (const name of await caches.keys()) {
    for (const { url } of await (await caches.open(name)).keys()) files.push(url);
  }
  return files.flatMap((url) => url.match(/lazy_.*/)?.[0] ?? []).sort();
}"""
# No catalogue: the page is in English.
FIRST_SCRIPTS = ["lazy_attachment_section.js", "lazy_quick_add.js", "lazy_tools.js"]
MORE_SCRIPTS = ["lazy_admin.js", "lazy_rare_pages.js", "lazy_settings_page.js"]
ARE_COMMENTS_STORED = """async () => {
  const opening = indexedDB.open('livelist-state');
  await new Promise((resolve) => (opening.onsuccess = resolve));
  const reading = opening.result.transaction('lists').objectStore('lists').getAll();
  await new Promise((resolve) => (reading.onsuccess = resolve));
  opening.result.close();
  return reading.result.some(({ text }) => text.includes('The 14th is free.'));
}"""
SNAPSHOTS = ("/users/me/list-snapshots", "/snapshot")


@pytest.fixture
def context(own_context: BrowserContext) -> BrowserContext:
    """A profile with service workers."""
    return own_context


async def _lose_server(world: FakeWorld) -> None:
    world.reachable = False
    await world.close_sockets(1012)


async def _add_without_server(page: Page, world: FakeWorld) -> None:
    """Add a todo that cannot be sent, and see it after a reload."""
    await _lose_server(world)
    await add(page, "Water the plants")
    await wait_until_stored(page, 1)
    await page.reload()
    await expect(row(page, "Water the plants")).to_be_visible()


def _snapshots_of_lists(world: FakeWorld) -> list[str]:
    return [
        path
        for method, path, _ in world.requests
        if method == "GET" and path.endswith(SNAPSHOTS) and path != "/users/me/snapshot"
    ]


async def test_it_opens_without_the_server_with_the_last_state_of_all_lists(
    context: BrowserContext,
) -> None:
    async with serving() as server:
        server.world = demo_world()
        page = await context.new_page()
        await sign_in(page, server.origin)
        await open_list(page, "House move")
        await wait_until_true(page, IS_ACTIVE)
        await wait_until_true(page, IS_SAVED)
        await page.close()
    await context.set_offline(True)

    page = await context.new_page()
    await page.goto(server.origin)

    await expect(page.get_by_role("heading", name="Inbox")).to_be_visible()
    await expect(page.locator(".side .badge")).to_contain_text("Offline")
    await page.click("text=House move")
    await expect(row(page, "Redirect the mail")).to_be_visible()
    await page.goto(f"{server.origin}/today")
    await expect(page.locator("ll-todo-row").first).to_be_visible()


async def test_comments_that_were_read_are_there_after_a_reload_without_the_server(
    page: Page, world: FakeWorld
) -> None:
    movers = world.todos[todo_named(world, "Book the movers")]
    world.add_comment(movers, "The 14th is free.", world.me, movers["created_at"])
    await row(page, "Book the movers").locator(".row-open").click()
    read = page.locator(".comment-text", has_text="The 14th is free.")
    await expect(read).to_be_visible()
    await wait_until_true(page, ARE_COMMENTS_STORED)
    await _lose_server(world)

    await page.reload()

    await expect(page.locator(".side .badge")).to_contain_text("Offline")
    await expect(read).to_be_visible()
    await expect(page.locator("ll-todo-detail")).not_to_contain_text("could not be loaded")


async def test_tools_that_were_never_opened_are_there_without_the_server(
    context: BrowserContext,
) -> None:
    async with serving() as server:
        server.world = demo_world()
        page = await context.new_page()
        await sign_in(page, server.origin)
        await open_list(page, "House move")
        await wait_until_true(page, f"async () => (await ({STORED_LATER})()).length >= 3")
        await wait_until_true(page, IS_SAVED)
        first = await page.evaluate(STORED_LATER)
    await context.set_offline(True)
    await page.reload()
    await expect(row(page, "Redirect the mail")).to_be_visible()

    await page.keyboard.press("Shift+?")

    await expect(page.get_by_role("dialog")).to_contain_text("Keyboard")
    await page.keyboard.press("Escape")
    await row(page, "Redirect the mail").locator(".row-open").click()
    await expect(page.locator("ll-attachments")).to_be_attached()
    assert first == FIRST_SCRIPTS


async def test_a_second_visit_stores_all_scripts(context: BrowserContext, origin: str) -> None:
    page = await context.new_page()
    await sign_in(page, origin)
    await wait_until_true(page, f"async () => (await ({STORED_LATER})()).length >= 3")

    await page.reload()

    await wait_until_true(page, f"async () => (await ({STORED_LATER})()).length >= 8")
    assert set(await page.evaluate(STORED_LATER)) > {*FIRST_SCRIPTS, *MORE_SCRIPTS}


async def test_the_first_change_asks_the_browser_to_keep_what_is_stored(page: Page) -> None:
    await page.evaluate(
        "() => { navigator.storage.persist = async () => { window.asked = true; }; }"
    )
    before = await page.evaluate("window.asked")

    await add(page, "Water the plants")

    await wait_until_true(page, "() => window.asked === true")
    assert before is None


async def test_what_the_browser_removed_is_said_once(page: Page, world: FakeWorld) -> None:
    origin = await page.evaluate("location.origin")
    await wait_until_true(page, IS_SAVED)
    await page.goto("about:blank")
    session = await page.context.new_cdp_session(page)
    evicted = {"origin": origin, "storageTypes": "indexeddb,cache_storage,service_workers"}
    await session.send("Storage.clearDataForOrigin", evicted)

    await page.goto(origin)

    said = page.locator(".toast", has_text="This browser has removed its copy of your lists")
    await expect(said).to_be_visible()
    await wait_until_true(page, IS_SAVED)
    await page.reload()
    await expect(page.locator(".side .badge")).to_have_text("Live")
    await expect(said).to_have_count(0)
    assert await page.evaluate("document.cookie") != ""


async def test_edits_without_the_server_are_there_after_reloads_and_sent_once(
    page: Page, world: FakeWorld
) -> None:
    await wait_until_true(page, IS_SAVED)
    await _add_without_server(page, world)
    await row(page, "Water the plants").get_by_role("checkbox").click()
    await wait_until_stored(page, 2)
    await page.reload()
    await expect(page.locator(".side .badge")).to_contain_text("2 pending")
    world.edit(todo_named(world, "Redirect the mail"), title="Redirect the post")

    world.reachable = True
    await expect(page.locator(".side .badge")).to_have_text("Live")
    await settled(page)

    await expect(row(page, "Redirect the post")).to_be_visible()
    todos = [todo for todo in world.todos.values() if todo["title"] == "Water the plants"]
    assert [todo["status"] for todo in todos] == ["completed"]


async def test_a_reload_goes_on_from_the_stored_positions_without_snapshots_of_lists(
    page: Page, world: FakeWorld
) -> None:
    await wait_until_true(page, IS_SAVED)
    await page.goto("about:blank")
    world.edit(todo_named(world, "Redirect the mail"), title="Redirect the post")
    world.requests.clear()

    await page.go_back()

    await expect(row(page, "Redirect the post")).to_be_visible()
    await expect(page.locator(".side .badge")).to_have_text("Live")
    assert _snapshots_of_lists(world) == []


async def test_a_list_whose_history_was_trimmed_meanwhile_is_read_again(
    page: Page, world: FakeWorld
) -> None:
    await wait_until_true(page, IS_SAVED)
    await page.goto("about:blank")
    todo = todo_named(world, "Redirect the mail")
    world.edit(todo, title="Redirect the post")
    house = world.todos[todo]["list_id"]
    world.floors[house] = world.heads[house]

    await page.go_back()

    await expect(row(page, "Redirect the post")).to_be_visible()
    assert _snapshots_of_lists(world)[-1] == f"/lists/{house}/snapshot"


async def test_when_the_session_has_ended_the_user_is_told_and_unsent_changes_are_kept(
    page: Page, world: FakeWorld
) -> None:
    await wait_until_true(page, IS_SAVED)
    await _add_without_server(page, world)

    world.signed_in = False
    world.reachable = True

    await expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    await expect(page.locator(".toast")).to_contain_text("You have been signed out.")
    await page.fill("[name=email]", "ana@example.org")
    await page.fill("[name=password]", "correct horse battery")
    await page.click("button[type=submit]")
    await wait_until(
        lambda: "Water the plants" in {todo["title"] for todo in world.todos.values()},
        what="the kept change",
    )


async def test_a_change_of_an_unknown_kind_is_set_aside_and_the_rest_is_sent(
    page: Page, world: FakeWorld
) -> None:
    await wait_until_true(page, IS_SAVED)
    await _lose_server(world)
    await add(page, "Water the plants")
    await wait_until_stored(page, 1)
    await wait_until_true(page, STORE_UNKNOWN_CHANGE)
    await page.reload()

    await expect(page.locator(".toast")).to_contain_text("Another version of this page")
    await expect(page.locator("ll-lost-drafts textarea")).to_have_value("When do we meet?")
    await expect(page.locator(".side .badge")).to_contain_text("1 pending")
    world.reachable = True
    await wait_until_stored(page, 0)
    assert "Water the plants" in {todo["title"] for todo in world.todos.values()}


async def test_a_file_of_a_refused_todo_and_the_name_of_a_refused_list_are_offered(
    page: Page, world: FakeWorld
) -> None:
    await wait_until_true(page, IS_SAVED)
    await _lose_server(world)
    await add(page, "Water the plants")
    await row(page, "Water the plants").locator(".row-open").click()
    plan: FilePayload = {"name": "plan.txt", "mimeType": "text/plain", "buffer": b"plan"}
    await page.locator("input[name=files]").set_input_files([plan])
    await expect(page.locator(".file-name")).to_have_text("plan.txt")
    await page.get_by_role("button", name="New list").first.click()
    await page.get_by_label("Name").fill("Cabin")
    await page.keyboard.press("Enter")
    await wait_until_stored(page, 2)
    refusal = {"code": "forbidden", "detail": "Your role in this list does not allow that."}
    world.refusals = [("POST", path, 403, refusal) for path in ("/todos", "/lists")]

    world.reachable = True

    await expect(page.locator("ll-lost-drafts textarea")).to_have_value("Cabin")
    lost = page.locator("ll-lost-files")
    await expect(lost).to_contain_text("“plan.txt” is not attached")
    async with page.expect_download() as download:
        await lost.get_by_role("button", name="Save file").click()
    assert (await (await download.value).path()).read_bytes() == b"plan"
    await page.reload()
    await expect(lost).to_contain_text("“plan.txt” is not attached")
    await lost.get_by_role("button", name="Discard").click()
    await expect(lost).to_be_empty()


async def test_two_windows_show_the_same_unsent_changes_and_send_each_once(
    page: Page, world: FakeWorld
) -> None:
    other = await page.context.new_page()
    await other.goto(page.url)
    await expect(row(other, "Redirect the mail")).to_be_visible()
    await expect(other.locator(".side .badge")).to_have_text("Live")
    await _lose_server(world)
    await add(page, "Water the plants")
    await expect(row(other, "Water the plants")).to_be_visible()
    await row(other, "Water the plants").get_by_role("checkbox").click()
    await expect(page.locator(".side .badge")).to_contain_text("2 pending")

    # The window that made the todo is gone before it could be sent.
    await page.close()
    before = len(world.requests)
    world.reachable = True
    await expect(other.locator(".side .badge")).to_have_text("Live")
    await settled(other)

    # A try of the closed window may have arrived as well: the key of the change made it count once.
    sent = [path for method, path, _ in world.requests[before:] if method == "POST"]
    assert len([path for path in sent if path == "/todos"]) in (1, 2)
    assert len([path for path in sent if path.endswith("/complete")]) == 1
    todos = [todo for todo in world.todos.values() if todo["title"] == "Water the plants"]
    assert [todo["status"] for todo in todos] == ["completed"]


async def test_a_list_made_without_the_server_is_made_once_with_its_todos(
    page: Page, world: FakeWorld
) -> None:
    await wait_until_true(page, IS_SAVED)
    await _lose_server(world)
    await expect(page.locator(".side .badge")).to_contain_text("Offline")
    await page.get_by_role("button", name="New list").first.click()
    await page.get_by_label("Name").fill("Cabin")
    await page.keyboard.press("Enter")
    await expect(page.locator(".page h1")).to_contain_text("Cabin")
    await add(page, "Chop wood")
    await wait_until_stored(page, 2)
    await page.reload()
    await expect(row(page, "Chop wood")).to_be_visible()

    world.reachable = True
    await expect(page.locator(".side .badge")).to_have_text("Live")
    await settled(page)

    [cabin] = [row["id"] for row in world.lists.values() if row["name"] == "Cabin"]
    await page.wait_for_url(f"**/lists/{cabin}")
    await expect(row(page, "Chop wood")).to_be_visible()
    assert [todo["title"] for todo in world.todos_of(cabin)] == ["Chop wood"]


async def test_what_another_app_shares_is_in_the_field_of_the_inbox(
    page: Page, origin: str
) -> None:
    address = "https://example.org/soup"
    field = page.locator("ll-quick-add textarea")
    await page.click("text=Inbox")
    await field.fill("Call Aunt Mai")
    await page.goto(f"{origin}/share?title=Soup&text=Cook this: {address}&url={address}")

    await expect(field).to_have_value(f"Call Aunt Mai\nSoup Cook this: {address}")
    await expect(page).to_have_url(f"{origin}/")
