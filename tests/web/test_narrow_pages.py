"""No page, menu or dialog scrolls sideways: at 320 and 390 pixels, at 200 % zoom, in both languages."""

import json

import pytest
from playwright.async_api import BrowserContext, Page, Route, expect

from tests.support.web.demo_world import LONG_TITLE
from tests.support.web.dialogs import OPEN_DIALOG
from tests.support.web.fake_world import FakeWorld
from tests.support.web.page_actions import list_named, open_list, sign_in, todo_named
from tests.web.test_accessibility import CLOSE, ENTRY_PAGES, GO, MENUS, OPEN_MENU

# The narrowest phone, a usual one, and a laptop's window of 1440 pixels at 200 %.
SIZES = ((320, 640), (390, 844), (720, 450))
VISITED = (*ENTRY_PAGES, "/invitation", "/device", "/join")
PAGES = ("/today", "/upcoming", "/trash", "/invitation", "/nowhere", "/lists/nowhere", "/device")
DIALOGS = ("add", "list", "folder", "palette", "help")
# What is wider than the window, or than the box that it is in.
FAULTS = """async () => {
  await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
  const faults = [];
  const { scrollWidth, clientWidth } = document.documentElement;
  if (scrollWidth > clientWidth) faults.push(`${scrollWidth} px in ${clientWidth} px`);
  for (const box of document.querySelectorAll('.menu, dialog, .detail, .entry-card')) {
    if (box.scrollWidth > box.clientWidth + 1) faults.push(`${box.className} scrolls sideways`);
  }
  return faults;
}"""
PREVIEW: dict[str, object] = {
    "id": "00000000000000000000000001",
    "file_name": "a_file_with_a_very_long_name_without_any_space_in_it_2026-11-30.csv",
    "kind": "csv",
    "state": "ready",
    "list_id": None,
    "todos_total": 2,
    "error": "",
    "lists": [{"name": "Haushaltsgegenstandsverwaltungsliste", "todos": 2}],
    "sample": [{"title": LONG_TITLE, "is_subtask": False}, {"title": "x" * 80, "is_subtask": True}],
    "problems": [{"line": 3, "text": f"“{'y' * 80}” is no date."}],
    "problem_count": 1,
    "header": ["Title", "A column with a long name"],
    "columns": {},
}


class Walk:
    def __init__(self, page: Page) -> None:
        self.page = page
        self.faults: list[str] = []

    async def look(self, what: str) -> None:
        for width, height in SIZES:
            await self.page.set_viewport_size({"width": width, "height": height})
            found = await self.page.evaluate(FAULTS)
            self.faults += [f"{what} at {width} px: {fault}" for fault in found]


async def _answer_imports(route: Route) -> None:
    is_one = route.request.url.endswith(str(PREVIEW["id"]))
    body = PREVIEW if is_one else {"items": [PREVIEW]}
    await route.fulfill(body=json.dumps(body), content_type="application/json")


@pytest.mark.parametrize("language", ["en", "de"])
async def test_nothing_is_wider_than_a_phone(
    context: BrowserContext, origin: str, world: FakeWorld, language: str
) -> None:
    page = await context.new_page()
    world.language = language
    await page.add_init_script(f"localStorage.setItem('livelist.language', '{language}')")
    await page.route("**/api/v1/imports**", _answer_imports)
    await page.goto(f"{origin}/sign-in")
    await page.wait_for_selector("ll-sign-in")
    walk = Walk(page)

    for path in VISITED:
        await page.evaluate(GO, path)
        await walk.look(path)
    await page.set_viewport_size({"width": 1440, "height": 900})
    await sign_in(page, origin)
    await open_list(page, "House move")
    await page.hover(".side-lists")
    await page.evaluate("() => customElements.whenDefined('ll-more-menu')")
    await walk.look("list")
    for path in PAGES:
        await page.evaluate(GO, path)
        await walk.look(path)
    await page.evaluate(GO, "/settings")
    await expect(page.locator(".import-preview li").first).to_be_attached()
    await walk.look("settings")
    house, todo = list_named(world, "House move"), todo_named(world, "Book the movers")
    await page.evaluate(GO, f"/lists/{house}?todo={todo}")
    await page.wait_for_selector(".comment")
    await walk.look("details")
    for kind in MENUS:
        await page.evaluate(OPEN_MENU, {"kind": kind, "todoId": todo})
        await walk.look(f"menu {kind}")
        await page.evaluate(CLOSE)
    for kind in DIALOGS:
        await page.evaluate(OPEN_DIALOG, {"kind": kind})
        await walk.look(f"dialog {kind}")
        await page.evaluate(CLOSE)
    await page.evaluate(OPEN_DIALOG, {"kind": "members", "listId": house})
    await walk.look("members")

    assert walk.faults == [], "\n".join(walk.faults)


async def test_the_field_of_a_phone_has_a_text_that_fits(page: Page) -> None:
    await page.set_viewport_size({"width": 390, "height": 844})
    await page.reload()

    await expect(page.locator(".quick-field")).to_have_attribute("placeholder", "Add a todo")
