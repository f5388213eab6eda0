"""Words the browser tests share: a row, a list by its name, adding, and everything settled."""

import asyncio

from playwright.async_api import Locator, Page

from tests.support.web.fake_world import World
from tests.web.conftest import PATIENCE_MS


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
