"""axe-core finds no fault on any page, dialog and menu: light and dark, on a phone and on a desktop."""

from importlib.resources import files

import pytest
from playwright.async_api import BrowserContext, Page, ViewportSize, expect

from tests.support.web.dialogs import OPEN_DIALOG, all_dialogs, load_dialogs
from tests.support.web.fake_world import FakeWorld
from tests.support.web.page_actions import (
    create_api_token,
    list_named,
    open_list,
    row,
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
MENUS = ("due", "repeat", "reminder", "priority", "labels", "assignees", "move", "more", "status")
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
    await load_dialogs(page)
    await page.set_viewport_size(SIZES[size])
    await page.evaluate(AXE)
    report = Report(page)
    menus = [
        *({"kind": kind, "todoId": todo} for kind in MENUS),
        {"kind": "list", "listId": house},
        {"kind": "place", "listId": house},
        {"kind": "folder", "folderId": folder},
        {"kind": "view", "listId": house},
        {"kind": "notifications"},
        {"kind": "account"},
    ]
    dialogs = [dialog for _, dialog in all_dialogs(world)]
    for command, all_of_kind in ((OPEN_MENU, menus), (OPEN_DIALOG, dialogs)):
        for shown in all_of_kind:
            await page.evaluate(command, shown)
            await report.check(str(shown["kind"]))
            await page.evaluate(CLOSE)

    assert not report.violations, "\n".join(report.violations)


@pytest.mark.parametrize("size", SIZES)
async def test_a_page_in_use_has_no_violation(page: Page, world: FakeWorld, size: str) -> None:
    await page.set_viewport_size(SIZES[size])
    await page.evaluate(AXE)
    report = Report(page)

    await page.locator(".quick-field").fill("Pay the rent tomorrow 9:00 !4 #call #new")
    await page.locator(".quick-parts > *").first.wait_for()
    await report.check("what a new todo means")
    await page.keyboard.press("Enter")
    await page.keyboard.press("Escape")
    await row(page, "Book the movers").locator(".row-open").focus()
    await page.keyboard.press("e")
    await report.check("a title that is edited")
    await page.keyboard.press("Escape")
    await row(page, "Book the movers").locator(".check").click()
    await page.locator(".toast").first.wait_for()
    await page.locator(".done-head").click()
    await report.check("completed todos, and a toast")
    await page.keyboard.press("/")
    await page.locator(".palette-field").fill("movers")
    await report.check("what was found")
    await page.evaluate(CLOSE)
    await row(page, "Redirect the mail").locator(".row-title").hover()
    await page.mouse.down()
    await page.mouse.move(200, 300, steps=4)
    await expect(page.locator(".row-in-hand")).to_be_visible()
    await report.check("a row in the hand")
    await page.keyboard.press("Escape")
    await page.mouse.up()
    await page.context.set_offline(True)
    await page.evaluate("dispatchEvent(new Event('offline'))")
    await page.wait_for_selector(".badge:not(.is-live)", state="attached")
    await report.check("without a network")
    await page.context.set_offline(False)

    assert not report.violations, "\n".join(report.violations)
