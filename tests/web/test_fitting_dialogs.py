"""Every dialog and menu lies within its window, with its buttons inside and its words whole."""

import json

import pytest
from playwright.async_api import BrowserContext, Page, Route, expect

from tests.support.web.dialogs import OPEN_DIALOG
from tests.support.web.fake_world import FakeWorld
from tests.support.web.page_actions import (
    add,
    list_named,
    open_list,
    sign_in,
    todo_named,
    wait_until_stored,
)
from tests.web.test_accessibility import CLOSE, OPEN_MENU

SIZES = ((1280, 800), (1280, 620), (390, 844))
BOX = "dialog[open], .menu:popover-open"
# What hangs out of the window or the box, is cut, or is broken inside a word.
FAULTS = """async (selector) => {
  await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
  await Promise.all(document.getAnimations().map((animation) => animation.finished.catch(() => {})));
  const box = document.querySelector(selector);
  const outer = box.getBoundingClientRect();
  const faults = [];
  // Scrolling leaves fractions of a pixel.
  const isIn = (inner, left, top, right, bottom) =>
    inner.left > left - 1 && inner.top > top - 1 && inner.right < right + 1
    && inner.bottom < bottom + 1;
  if (!isIn(outer, 0, 0, innerWidth, innerHeight)) faults.push('hangs out of the window');
  const { left, top, right, bottom } = outer;
  for (const button of box.querySelectorAll('button')) {
    button.scrollIntoView({ block: 'nearest' });
    if (!isIn(button.getBoundingClientRect(), left, top, right, bottom)) {
      faults.push(`“${button.textContent || button.ariaLabel}” is not inside`);
    }
  }
  const texts = document.createTreeWalker(box, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    for (const { 0: word, index } of texts.currentNode.data.matchAll(/[\\p{L}\\p{N}]+/gu)) {
      const range = document.createRange();
      range.setStart(texts.currentNode, index);
      range.setEnd(texts.currentNode, index + word.length);
      const lines = new Set([...range.getClientRects()].map((line) => Math.round(line.top)));
      if (lines.size > 1) faults.push(`“${word}” is broken`);
    }
  }
  const body = box.querySelector('.dialog-body') ?? box;
  body.scrollTop = body.scrollHeight;
  const close = box.querySelector('.dialog-head > .icon-button')?.getBoundingClientRect();
  if (close && !document.elementFromPoint(close.x + close.width / 2, close.y + close.height / 2)
    ?.closest('.dialog-head > .icon-button')) faults.push('the button that closes is out of reach');
  return faults;
}"""


ACTIVITY = {
    "items": [
        {
            "seq": 40 - number,
            "at": f"2026-11-30T09:{59 - number}:00Z",
            "actor": {"id": "0", "name": "Ben Okafor"},
            "event": "list.edited",
            "changes": [{"field": "icon", "before": "", "after": "🏠"}],
            "undoes": None,
            "is_undone": False,
            "is_undoable": True,
            "refusal": None,
        }
        for number in range(30)
    ],
    "next_before": None,
    "people": [],
    "labels": [],
}


async def _answer_activity(route: Route) -> None:
    await route.fulfill(body=json.dumps(ACTIVITY), content_type="application/json")


class Look:
    def __init__(self, page: Page) -> None:
        self.page = page
        self.faults: list[str] = []

    async def look(self, what: str) -> None:
        size = self.page.viewport_size
        found = await self.page.evaluate(FAULTS, BOX)
        self.faults += [f"{what} at {size}: {fault}" for fault in found]

    async def dialog(self, what: str) -> None:
        for width, height in SIZES:
            await self.page.set_viewport_size({"width": width, "height": height})
            await self.look(what)


@pytest.mark.parametrize("language", ["de", "en"])
async def test_dialogs_and_menus_lie_within_the_window(
    context: BrowserContext, origin: str, world: FakeWorld, language: str
) -> None:
    page = await context.new_page()
    world.language = language
    await page.add_init_script(f"localStorage.setItem('livelist.language', '{language}')")
    await page.route("**/activity?**", _answer_activity)
    await page.set_viewport_size({"width": 1280, "height": 800})
    house, todo = list_named(world, "House move"), todo_named(world, "Book the movers")
    await sign_in(page, origin)
    await open_list(page, "House move")
    await page.hover(".side-lists")
    await page.evaluate("() => customElements.whenDefined('ll-view-menu')")
    look = Look(page)

    await page.evaluate(OPEN_MENU, {"kind": "list", "listId": house})
    await page.click(f".menu-item:has-text('{'Verlauf' if language == 'de' else 'Activity'}')")
    await expect(page.locator(".activity-entry")).to_have_count(30)
    await look.dialog("activity")
    await page.evaluate(CLOSE)
    for kind in ("help", "list", "members", "export", "folder"):
        await page.evaluate(OPEN_DIALOG, {"kind": kind, "listId": house})
        await expect(page.locator("dialog[open] button").first).to_be_visible()
        await look.dialog(kind)
        await page.evaluate(CLOSE)
    for width, height in SIZES:
        await page.set_viewport_size({"width": width, "height": height})
        for menu in ({"kind": "due", "todoId": todo}, {"kind": "view", "listId": house}):
            await page.evaluate(OPEN_MENU, menu)
            await look.look(menu["kind"])
            if menu["kind"] == "due" and height == 800:
                cut = "([box]) => box.scrollHeight - box.clientHeight"
                assert await page.locator(BOX).evaluate_all(cut) <= 0, "the last row is cut"
            await page.evaluate(CLOSE)
    await page.set_viewport_size({"width": 1280, "height": 800})
    world.reachable = False
    await world.close_sockets(1012)
    await expect(page.locator(".side .badge")).to_contain_text("Offline")
    await add(page, "Water the plants")
    await wait_until_stored(page, 1)
    await page.keyboard.press("Control+k")
    await page.get_by_role("combobox").fill("Abmelden" if language == "de" else "Sign out")
    await page.keyboard.press("Enter")
    await expect(page.locator("dialog.is-confirm .button")).to_have_count(3)
    await look.dialog("sign out")

    assert look.faults == [], "\n".join(look.faults)
