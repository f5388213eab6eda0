"""Actions of the browser tests: sign in, open a list, find a todo's row, add, wait for the server."""

import asyncio

from playwright.async_api import Locator, Page

from tests.support.web.browser import ACTION_TIMEOUT_MS
from tests.support.web.fake_world import FakeWorld

COUNT_STORED = """async (count) => {
  const opening = indexedDB.open('livelist');
  await new Promise((resolve) => (opening.onsuccess = resolve));
  const counting = opening.result.transaction('outbox').objectStore('outbox').count();
  await new Promise((resolve) => (counting.onsuccess = resolve));
  opening.result.close();
  return counting.result === count;
}"""

# True once the stored state has reached what is confirmed on the page.
IS_SAVED = """async () => {
  const { store } = document.querySelector('ll-app').app;
  const opening = indexedDB.open('livelist-state');
  await new Promise((resolve) => (opening.onsuccess = resolve));
  if (opening.result.objectStoreNames.length === 0) return false;
  const reading = opening.result.transaction('accounts').objectStore('accounts').getAll();
  await new Promise((resolve) => (reading.onsuccess = resolve));
  opening.result.close();
  const [row] = reading.result;
  return row !== undefined
    && JSON.stringify(JSON.parse(row.text).streams) === JSON.stringify(store.confirmed.streams)
    && Object.values(store.confirmed.lists).every(({ id, archived_at, deleted_at }) =>
      archived_at || deleted_at || store.confirmed.contents[id]);
}"""
SETTLED = """() => new Promise((resolve) => {
  const { store } = document.querySelector('ll-app').app;
  const isAdding = () => document.querySelector('.quick-add[aria-busy=true]');
  const check = () =>
    store.pending.length === 0 && !isAdding() && (store.removeEventListener('change', check), resolve());
  store.addEventListener('change', check);
  check();
})"""

# The page imports the same script, which is evaluated once. Without a network it may not be there.
READER_LOADED = """async () => {
  const { src } = document.querySelector('script[type=module]');
  await import(new URL('lazy_quick_add.js', src)).catch(() => {});
}"""


async def sign_in(page: Page, origin: str) -> None:
    """Sign in as Ana of the fake world, and wait until the page has left the form.

    A test that loads another page before that would cancel the request that signs in.
    """
    await page.goto(f"{origin}/sign-in")
    await page.fill("[name=email]", "ana@example.org")
    await page.fill("[name=password]", "correct horse battery")
    await page.click("button[type=submit]")
    await page.wait_for_url(lambda url: not url.endswith("/sign-in"))


async def open_list(page: Page, name: str) -> None:
    """Open a list from the side bar, and wait until the page follows its events."""
    await page.click(f"text={name}")
    await page.wait_for_selector(f".page h1:has-text('{name}')")
    await page.wait_for_selector(".badge.is-live")


def todo_named(world: FakeWorld, title: str) -> str:
    """Return the id of the todo."""
    return str(next(todo["id"] for todo in world.todos.values() if todo["title"] == title))


def list_named(world: FakeWorld, name: str) -> str:
    """Return the id of the list."""
    return str(next(row["id"] for row in world.lists.values() if row["name"] == name))


def row(page: Page, title: str) -> Locator:
    return page.locator("ll-todo-row", has=page.locator(f".row-title:text-is('{title}')"))


async def edit_description(page: Page) -> Locator:
    """Open the text field of the open todo's description. Return it."""
    await page.locator(".description").click()
    return page.get_by_label("Description", exact=True)


async def focus_row(page: Page, title: str) -> None:
    """Focus the todo's row, so that the keyboard shortcuts act on it."""
    await row(page, title).locator(".row-open").focus()


async def settled(page: Page) -> None:
    """Wait until the server has confirmed every change made on the page."""
    await asyncio.wait_for(page.evaluate(SETTLED), ACTION_TIMEOUT_MS / 1000)


async def wait_until_true(page: Page, expression: str, arg: object = None) -> None:
    """Wait until an asynchronous function of the page returns true.

    wait_for_function() would take the promise itself for true.
    """
    async with asyncio.timeout(ACTION_TIMEOUT_MS / 1000):
        while not await page.evaluate(expression, arg):
            pass  # each evaluation gives the page time to run


async def wait_until_stored(page: Page, count: int) -> None:
    """Wait until the outbox in IndexedDB holds `count` changes.

    The page counts a change as pending some milliseconds before it is stored.
    """
    await wait_until_true(page, COUNT_STORED, count)


async def wait_for_reader(page: Page) -> None:
    """Wait until quick add can read words. It adds what was typed as it is after 3 s."""
    await page.evaluate(READER_LOADED)


async def add(page: Page, title: str) -> None:
    """Add a todo with quick add."""
    await page.fill("ll-quick-add textarea", title)
    await wait_for_reader(page)
    await page.keyboard.press("Enter")


async def create_api_token(page: Page, name: str) -> None:
    """Create a token in the settings, by keyboard, and wait until its secret is shown."""
    section = page.locator("ll-api-tokens")
    await section.get_by_label("What is it for?").focus()
    await page.keyboard.type(name)
    await page.keyboard.press("Enter")
    await section.get_by_label(f"The token “{name}”").wait_for()
