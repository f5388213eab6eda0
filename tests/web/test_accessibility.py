"""axe-core finds no fault on any page, dialog and menu: light and dark, on a phone and on a desktop."""

from importlib.resources import files

import pytest
from playwright.async_api import BrowserContext, Page, ViewportSize, expect

from tests.support.web.fake_world import FakeWorld
from tests.support.web.page_actions import (
    create_api_token,
    list_named,
    open_list,
    sign_in,
    todo_named,
)

AXE = (files("axe_playwright_python") / "axe.min.js").read_text()
SIZES: dict[str, ViewportSize] = {
    "desktop": {"width": 1440, "height": 900},
    "phone": {"width": 390, "height": 844},
}
ENTRY_PAGES = (
    "/sign-in",
    "/sign-up",
    "/forgot",
    "/check-mail",
    "/reset",
    "/verify",
    "/mail-preferences",
)
PAGES = ("/today", "/upcoming", "/trash", "/settings", "/invitation", "/nowhere", "/lists/nowhere")
MENUS = ("due", "repeat", "reminder", "priority", "labels", "assignees", "move", "more")
# The violations, each with the first element in which it was found. In the dark only colours differ.
RUN = """async (only) => {
  await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
  await Promise.all(document.getAnimations().map((animation) => animation.finished.catch(() => {})));
  const all = { rules: { 'label-content-name-mismatch': { enabled: true } } };
  const options = only ? { runOnly: { type: 'rule', values: [only] } } : all;
  const { violations } = await axe.run(document, { resultTypes: ['violations'], ...options });
  return violations.map(({ id, nodes }) => `${id}: ${nodes[0].html.slice(0, 200)}`);
}"""
GO = "(path) => document.querySelector('ll-app').app.router.go(path)"
OPEN_MENU = """(menu) => {
  const { ui } = document.querySelector('ll-app').app;
  ui.openMenu({ anchor: document.querySelector('.row-open, .icon-button'), ...menu });
}"""
OPEN_DIALOG = "(dialog) => document.querySelector('ll-app').app.ui.openDialog(dialog)"
OPEN_DRAWER = "() => document.querySelector('ll-app').app.ui.set({ drawer: true })"
CLOSE = """() => {
  const { ui } = document.querySelector('ll-app').app;
  ui.set({ menu: null, dialog: null, drawer: false, toasts: [], editing: null });
}"""


class Report:
    """The violations on one page, by what was shown."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.violations: list[str] = []

    async def check(self, what: str) -> None:
        """Check what the page shows once it is loaded, in the light and in the dark."""
        # A frame whose script is on its way has no heading yet.
        await expect(self.page.locator(".skeleton")).to_have_count(0)
        for scheme, only in (("light", None), ("dark", "color-contrast")):
            await self.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
            found = await self.page.evaluate(RUN, only)
            self.violations += [f"{what}, {scheme}: {violation}" for violation in found]


@pytest.mark.parametrize("size", SIZES)
async def test_pages_for_visitors_have_no_violation(
    context: BrowserContext, origin: str, size: str
) -> None:
    page = await context.new_page()
    await page.set_viewport_size(SIZES[size])
    await page.goto(f"{origin}/sign-in")
    await page.wait_for_selector("ll-sign-in")
    await page.evaluate(AXE)
    report = Report(page)

    for path in ENTRY_PAGES:
        await page.evaluate(GO, path)
        await report.check(path)

    assert not report.violations, "\n".join(report.violations)


@pytest.mark.parametrize("size", SIZES)
async def test_pages_of_a_user_have_no_violation(
    context: BrowserContext, origin: str, world: FakeWorld, size: str
) -> None:
    page = await context.new_page()
    world.add_folder("Shopping", list_named(world, "Groceries"))
    world.lists[list_named(world, "Reading")]["placement"]["favourite"] = True
    await sign_in(page, origin)
    await open_list(page, "House move")
    await page.set_viewport_size(SIZES[size])
    await page.evaluate(AXE)
    report = Report(page)

    await report.check("list")
    await page.evaluate(OPEN_DRAWER)
    await report.check("side bar")
    await page.evaluate(CLOSE)
    for path in PAGES:
        await page.evaluate(GO, path)
        await report.check(path)
    await page.evaluate(GO, "/settings")
    await create_api_token(page, "Backup")
    await report.check("a new API token")
    house, todo = list_named(world, "House move"), todo_named(world, "Book the movers")
    await page.evaluate(GO, f"/lists/{house}?todo={todo}")
    await page.wait_for_selector(".comment")
    await report.check("details")

    assert not report.violations, "\n".join(report.violations)


@pytest.mark.parametrize("size", SIZES)
async def test_menus_and_dialogs_have_no_violation(
    context: BrowserContext, origin: str, world: FakeWorld, size: str
) -> None:
    page = await context.new_page()
    house, todo = list_named(world, "House move"), todo_named(world, "Book the movers")
    folder = world.add_folder("Shopping", house)["id"]
    await sign_in(page, origin)
    await open_list(page, "House move")
    await page.hover(".side-lists")
    await page.evaluate("() => customElements.whenDefined('ll-list-dialog')")
    await page.set_viewport_size(SIZES[size])
    await page.evaluate(AXE)
    report = Report(page)
    confirm = {"title": "Delete it?", "text": "It is gone.", "action": "Delete"}
    menus = [
        *({"kind": kind, "todoId": todo} for kind in MENUS),
        {"kind": "list", "listId": house},
        {"kind": "place", "listId": house},
        {"kind": "folder", "folderId": folder},
        {"kind": "notifications"},
    ]
    dialogs = [
        {"kind": "members", "listId": house},
        {"kind": "list"},
        {"kind": "folder"},
        {"kind": "palette"},
        {"kind": "help"},
        {"kind": "confirm", **confirm},
    ]

    for command, all_of_kind in ((OPEN_MENU, menus), (OPEN_DIALOG, dialogs)):
        for shown in all_of_kind:
            await page.evaluate(command, shown)
            await report.check(str(shown["kind"]))
            await page.evaluate(CLOSE)

    assert not report.violations, "\n".join(report.violations)
