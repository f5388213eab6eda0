"""Signing out: nothing that was typed is lost unasked, and nothing of the user stays on the device."""

import asyncio

import pytest
from playwright.async_api import BrowserContext, FilePayload, Page, Route, expect

from shared.clock import monotonic
from tests.support.services.processes import wait_until
from tests.support.web.browser import ACTION_TIMEOUT_MS
from tests.support.web.fake_world import FakeWorld
from tests.support.web.page_actions import (
    IS_SAVED,
    add,
    edit_description,
    row,
    todo_named,
    wait_until_stored,
    wait_until_true,
)

FORGET_BY_ANOTHER_WINDOW = """() => {
  const channel = new BroadcastChannel('livelist.session');
  channel.postMessage('leaving');
  channel.postMessage('signed-out');
}"""

# The server ends the sockets of all windows before the window that signs out has told the others.
END_WHILE_ANOTHER_WINDOW_DELETES = """async () => {
  const channel = new BroadcastChannel('livelist.session');
  channel.postMessage('deleting');
  const { session } = document.querySelector('ll-app').app;
  while (!session.isLeaving) await new Promise((resolve) => setTimeout(resolve));
  session.end();
}"""
RENEW = """() => {
  globalThis.renewing = document.querySelector('ll-app').app.session.token({ fresh: true });
}"""
LATE_REQUEST = """() => document.querySelector('ll-app').app.session
  .call('GET', '/users/me').catch(({ status }) => status)"""


# All that the page's origin keeps: rows of all databases, keys, and the paths of stored files.
LEFT_BEHIND = """async () => {
  const rows = [];
  for (const { name } of await indexedDB.databases()) {
    const opening = indexedDB.open(name);
    await new Promise((resolve) => (opening.onsuccess = resolve));
    for (const store of opening.result.objectStoreNames) {
      const reading = opening.result.transaction(store).objectStore(store).getAll();
      await new Promise((resolve) => (reading.onsuccess = resolve));
      rows.push(...reading.result.map((row) => [name, store, JSON.stringify(row)]));
    }
    opening.result.close();
  }
  const files = [];
  for (const name of await caches.keys()) {
    for (const { url } of await (await caches.open(name)).keys()) files.push(new URL(url).pathname);
  }
  const worker = await navigator.serviceWorker.getRegistration();
  const notifications = (await worker?.getNotifications() ?? []).map(({ title }) => title);
  const keys = Object.keys({ ...localStorage, ...sessionStorage });
  if (document.cookie) keys.push(document.cookie);
  return { rows, files, notifications, keys };
}"""
ONE_FILE_WAITS = """() => {
  const counts = JSON.parse(localStorage.getItem('files-waiting') ?? '{}');
  return Object.values(counts).join() === '1';
}"""
KEEP_FILE_OF_ANOTHER_USER = """async () => {
  const opening = indexedDB.open('livelist-files');
  await new Promise((resolve) => (opening.onsuccess = resolve));
  const writing = opening.result.transaction('files', 'readwrite');
  writing.objectStore('files').put({ key: 'k', userId: 'bob', name: 'bob.txt' });
  await new Promise((resolve) => (writing.oncomplete = resolve));
  opening.result.close();
  const counts = JSON.parse(localStorage.getItem('files-waiting'));
  localStorage.setItem('files-waiting', JSON.stringify({ ...counts, bob: 1 }));
  return true;
}"""
SHOW_NOTIFICATION = """async () => {
  const worker = await navigator.serviceWorker.ready;
  await worker.showNotification('Call Aunt Mai', { body: 'in House move' });
  return (await worker.getNotifications()).length === 1;
}"""


@pytest.fixture
def context(own_context: BrowserContext) -> BrowserContext:
    """A profile with service workers."""
    return own_context


async def sign_out(page: Page) -> None:
    await page.keyboard.press("Control+k")
    await page.get_by_role("combobox").fill("Sign out")
    await page.keyboard.press("Enter")


async def expect_nothing_left(page: Page) -> None:
    """Wait until the browser keeps nothing but files that are the same for every user."""
    deadline = monotonic() + ACTION_TIMEOUT_MS / 1000
    while True:
        left = await page.evaluate(LEFT_BEHIND)
        left["files"] = [path for path in left["files"] if not path.startswith("/assets/")]
        found = {what: content for what, content in left.items() if content}
        if not found:
            return
        assert monotonic() < deadline, found


async def type_description(page: Page, text: str) -> None:
    """Type a description, which is not saved before the typing has paused."""
    await row(page, "Redirect the mail").locator(".row-open").click()
    await (await edit_description(page)).fill(text)


async def test_a_description_typed_just_before_signing_out_is_sent(
    page: Page, world: FakeWorld
) -> None:
    await type_description(page, "Both names on the form.")

    await sign_out(page)

    await expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    todo = world.todos[todo_named(world, "Redirect the mail")]
    assert todo["description"] == "Both names on the form."
    await expect(page.locator(".toast")).to_have_count(0)


async def test_a_description_is_kept_when_another_window_signs_out(
    page: Page, world: FakeWorld, origin: str
) -> None:
    await type_description(page, "Ask at the counter.")
    other = await page.context.new_page()
    await other.goto(f"{origin}/api/v1/none")

    await other.evaluate(FORGET_BY_ANOTHER_WINDOW)
    await expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    await expect(page.locator(".toast")).to_have_count(0)
    await page.fill("[name=email]", "ana@example.org")
    await page.fill("[name=password]", "correct horse battery")
    await page.click("button[type=submit]")

    todo = world.todos[todo_named(world, "Redirect the mail")]
    await wait_until(
        lambda: todo["description"] == "Ask at the counter.", what="the kept description"
    )


async def test_signing_out_leaves_nothing_of_the_user_in_the_browser(
    page: Page, world: FakeWorld
) -> None:
    other = await page.context.new_page()
    await other.goto(page.url)
    await expect(row(other, "Redirect the mail")).to_be_visible()
    await page.bring_to_front()
    world.add_folder("Shopping")
    await page.reload()
    folder = page.locator(".side-folder .side-link[aria-expanded]")
    await folder.click()
    await expect(folder).to_have_attribute("aria-expanded", "false")
    await page.context.grant_permissions(["notifications"])
    assert await page.evaluate(SHOW_NOTIFICATION)
    await wait_until_true(page, IS_SAVED)
    before = await page.evaluate(LEFT_BEHIND)
    assert {name for name, _, _ in before["rows"]} >= {"livelist-state"}
    assert "Redirect the mail" in str(before["rows"])
    assert "livelist.collapsed-folders" in before["keys"]

    await sign_out(page)

    await expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    await expect(other.get_by_role("heading", name="Sign in")).to_be_visible()
    await expect_nothing_left(page)
    # Nor does the next visit show anything, with a network or without.
    world.reachable = False
    await page.reload()
    await expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    await expect_nothing_left(page)


async def test_a_request_after_signing_out_renews_no_session(page: Page, world: FakeWorld) -> None:
    await sign_out(page)
    await expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    before = len(world.requests)

    status = await page.evaluate(LATE_REQUEST)

    assert status == 401
    assert [path for _, path, _ in world.requests[before:] if path == "/auth/refresh"] == []
    await expect_nothing_left(page)


async def test_an_answer_after_the_end_of_the_session_signs_nobody_in(page: Page) -> None:
    asked, answered = asyncio.Event(), asyncio.Event()

    async def answer_later(route: Route) -> None:
        response = await route.fetch()
        asked.set()
        await answered.wait()
        await route.fulfill(response=response)

    await page.route("**/auth/refresh", answer_later)
    await page.evaluate(RENEW)
    await asked.wait()

    await page.evaluate("() => document.querySelector('ll-app').app.session.end()")
    await expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    answered.set()

    assert await page.evaluate("() => renewing") is None
    await expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    assert await page.evaluate("() => Object.keys(localStorage)") == []


async def test_a_window_that_the_server_ends_first_leaves_nothing_either(page: Page) -> None:
    other = await page.context.new_page()
    await other.goto(page.url)
    await other.locator("ll-quick-add textarea").fill("Water the plants")
    await wait_until_true(other, "() => document.querySelector('ll-app').app.drafts.size === 1")

    # Without the window that signs out: what it deletes must not hide what this one keeps.
    await page.close()

    await other.evaluate(END_WHILE_ANOTHER_WINDOW_DELETES)

    await expect(other.get_by_role("heading", name="Sign in")).to_be_visible()
    await expect_nothing_left(other)


async def test_a_text_typed_in_another_window_is_a_reason_to_ask(page: Page) -> None:
    other = await page.context.new_page()
    await other.goto(page.url)
    await other.locator("ll-quick-add textarea").fill("Water the plants")
    await wait_until_true(other, "() => document.querySelector('ll-app').app.drafts.size === 1")
    await page.bring_to_front()

    await sign_out(page)

    dialog = page.get_by_role("dialog")
    await expect(dialog).to_contain_text("One text that you typed was not saved.")
    await dialog.get_by_role("button", name="Sign out and delete").click()
    await expect_nothing_left(page)


async def test_a_file_that_waits_is_a_reason_to_ask_and_those_of_other_users_stay(
    page: Page, world: FakeWorld
) -> None:
    await row(page, "Redirect the mail").locator(".row-open").click()
    chooser = page.locator("input[name=files]")
    await expect(chooser).to_be_attached()
    world.reachable = False
    await world.close_sockets(1012)
    await expect(page.locator(".side .badge")).to_contain_text("Offline")
    plan: FilePayload = {"name": "plan.txt", "mimeType": "text/plain", "buffer": b"plan"}
    await chooser.set_input_files([plan])
    await wait_until_true(page, ONE_FILE_WAITS)
    assert await page.evaluate(KEEP_FILE_OF_ANOTHER_USER)

    await sign_out(page)
    dialog = page.get_by_role("dialog")
    await expect(dialog).to_contain_text("One file has not been sent yet.")
    await dialog.get_by_role("button", name="Sign out and delete").click()

    await expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    await wait_until_true(page, f"async () => (await ({LEFT_BEHIND})()).rows.length === 1")
    left = await page.evaluate(LEFT_BEHIND)
    assert [(name, "bob" in row) for name, _, row in left["rows"]] == [("livelist-files", True)]
    assert left["keys"] == ["files-waiting"]


@pytest.mark.parametrize("choice", ["delete", "keep"])
async def test_what_was_not_sent_is_deleted_or_kept_as_the_user_says(
    page: Page, world: FakeWorld, choice: str
) -> None:
    world.reachable = False
    await world.close_sockets(1012)
    await expect(page.locator(".side .badge")).to_contain_text("Offline")
    await add(page, "Water the plants")
    await wait_until_stored(page, 1)

    await sign_out(page)
    dialog = page.get_by_role("dialog")
    await expect(dialog).to_contain_text("One change has not been sent yet.")
    # What keeps is the main button.
    await expect(dialog.locator(".primary, .solid")).to_have_text(
        "Sign out and keep what is not sent"
    )
    await dialog.get_by_role("button", name=f"Sign out and {choice}").click()
    await expect(page.get_by_role("heading", name="Sign in")).to_be_visible()

    if choice == "delete":
        await expect_nothing_left(page)
        return
    await wait_until_stored(page, 1)
    world.reachable = True
    await page.fill("[name=email]", "ana@example.org")
    await page.fill("[name=password]", "correct horse battery")
    await page.click("button[type=submit]")
    await wait_until(
        lambda: "Water the plants" in {todo["title"] for todo in world.todos.values()},
        what="the kept change",
    )
