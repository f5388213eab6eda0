"""Every text of the page is translated, and a mirrored page fits: walked in a made-up right-to-left language.

Each text of the catalogue stands between marks, "⟦Today⟧", so letters outside the marks are texts that no
catalogue has. Names that users wrote and dates, which are Intl's, are excepted.
"""

import json
import re

from playwright.async_api import BrowserContext, Page, Route

from shared.languages.client_catalogue import client_catalogue
from tests.support.web.fake_world import FakeWorld
from tests.support.web.page_actions import list_named, open_list, sign_in, todo_named

ENTRY_PAGES = ("/sign-in", "/sign-up", "/forgot", "/check-mail", "/reset", "/verify")
PAGES = ("/today", "/upcoming", "/trash", "/settings", "/invitation", "/nowhere", "/lists/nowhere")
MENUS = ("due", "repeat", "reminder", "priority", "labels", "assignees", "move", "more")
# The texts that a reader sees or hears, and what is wider than the window.
READ = """() => {
  const texts = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    let node = walker.currentNode;
    const { parentElement } = node;
    // Names of zones, programs and codes are not translated; comments are what users wrote.
    if (parentElement.closest('script, style, noscript, code, ' +
      '#profile-time_zone, #profile-language, [name="zone"], ' +
      'll-description, .comment-text, .row-title')) continue;
    if (!/[A-Za-z]{2}/.test(node.data)) continue;
    // An element in the middle of a sentence parts its marks.
    const isWhole = ({ textContent: text }) => text.split('⟦').length === text.split('⟧').length;
    if (parentElement.childElementCount > 0) node = parentElement;
    while (!isWhole(node) && node !== document.body) node = node.parentElement;
    texts.push(node.textContent);
  }
  for (const element of document.body.querySelectorAll('*')) {
    for (const name of ['aria-label', 'title', 'placeholder', 'data-tip', 'alt']) {
      if (element.hasAttribute(name)) texts.push(element.getAttribute(name));
    }
  }
  return texts;
}"""
TOO_WIDE = """() => {
  const { scrollWidth, clientWidth } = document.documentElement;
  return scrollWidth > clientWidth ? `${scrollWidth} px in ${clientWidth} px` : '';
}"""
GO = "(path) => document.querySelector('ll-app').app.router.go(path)"
OPEN_MENU = """(menu) => {
  const { ui } = document.querySelector('ll-app').app;
  ui.openMenu({ anchor: document.querySelector('.row-open, .icon-button'), ...menu });
}"""
OPEN_DIALOG = "(dialog) => document.querySelector('ll-app').app.ui.openDialog(dialog)"
CLOSE = """() => {
  const { ui } = document.querySelector('ll-app').app;
  ui.set({ menu: null, dialog: null, drawer: false, toasts: [], editing: null });
}"""
SETTLED = "() => new Promise((done) => requestAnimationFrame(() => setTimeout(done, 0)))"
# What Intl writes in the English of this page: names of days and months, "in 2 days", "9:00 am". And what is
# the same in all languages: keys, addresses, and the names of devices, which the server has.
KNOWN = re.compile(
    r"\b(?:(?:Mon|Tues?|Wed(?:nes)?|Thu(?:rs)?|Fri|Sat(?:ur)?|Sun)(?:day)?|Jan(?:uary)?|Feb(?:ruary)?"
    r"|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?|Oct(?:ober)?|Nov(?:ember)?"
    r"|Dec(?:ember)?|[Tt]oday|[Tt]omorrow|[Yy]esterday|now|at|and|or|in|ago|days?|hours?|minutes?|am|pm"
    r"|Alt|Esc|\w+@example\.org|(?:Chrome|Safari|Firefox) on \w+)\b"
)


def pseudo_catalogue() -> bytes:
    """Return a catalogue with a mark at both ends of each text, for a language from right to left."""
    catalogue = json.loads(client_catalogue("de"))
    return json.dumps(
        {
            # English for Intl, so that the dates above are known.
            "language": "en-GB",
            "direction": "rtl",
            "forms": ["one", "other"],
            "messages": {
                text: _marked(text)
                if isinstance(found, str)
                else [_marked(text), _marked(found[-1])]
                for text, found in catalogue["messages"].items()
            },
        }
    ).encode()


def _marked(text: str) -> str:
    return f"⟦{text}⟧"


class Walk:
    """What was found on the pages so far, by what was shown."""

    def __init__(self, page: Page, world: FakeWorld) -> None:
        self.page = page
        self.faults: list[str] = []
        self._known = _texts_of_users(world)

    async def look(self, what: str) -> None:
        await self.page.evaluate(SETTLED)
        for text in dict.fromkeys(await self.page.evaluate(READ)):
            if rest := self._untranslated(text):
                self.faults.append(f"{what}: {rest!r} in {text!r}")
        if wide := await self.page.evaluate(TOO_WIDE):
            self.faults.append(f"{what}: too wide: {wide}")

    def _untranslated(self, text: str) -> str:
        before = None
        # A translated text may be the value of another: ⟦Due ⟦tomorrow⟧⟧.
        while before != text:
            before, text = text, re.sub(r"⟦[^⟦⟧]*⟧", " ", text)
        for known in self._known:
            text = text.replace(known, " ")
        rest = KNOWN.sub(" ", text)
        return rest.strip() if re.search(r"[A-Za-z]{2}", rest) else ""


def _texts_of_users(world: FakeWorld) -> list[str]:
    names = [each["name"] for each in (*world.users.values(), *world.lists.values())]
    labels = [label["name"] for of_list in world.labels.values() for label in of_list.values()]
    titles = [todo["title"] for todo in world.todos.values()]
    bodies = [comment["text"] for comment in world.comments.values() if "text" in comment]
    shortened = [title[:length] for title in titles for length in (59, 79) if len(title) > length]
    invited = [each["list_name"] for each in world.invitations]
    found = {*names, *labels, *titles, *bodies, *shortened, *invited, "Livelist"}
    # The longest first: a title may hold the name of a list.
    return sorted(found, key=len, reverse=True)


async def _speak(page: Page) -> None:
    """Let the page have the made-up language, in place of German."""

    async def answer(route: Route) -> None:
        await route.fulfill(body=pseudo_catalogue(), content_type="application/json")

    await page.route("**/lazy_de.json", answer)
    await page.add_init_script("localStorage.setItem('livelist.language', 'de')")


async def test_every_text_for_visitors_is_translated(
    context: BrowserContext, origin: str, world: FakeWorld
) -> None:
    page = await context.new_page()
    await _speak(page)
    await page.goto(f"{origin}/sign-in")
    await page.wait_for_selector("ll-sign-in")
    walk = Walk(page, world)

    for path in ENTRY_PAGES:
        await page.evaluate(GO, path)
        await walk.look(path)

    assert await page.get_attribute("html", "dir") == "rtl"
    assert walk.faults == [], "\n".join(walk.faults)


async def test_every_text_for_users_is_translated_and_a_mirrored_page_fits(
    context: BrowserContext, origin: str, world: FakeWorld
) -> None:
    page = await context.new_page()
    world.language = "de"
    await _speak(page)
    await sign_in(page, origin)
    await open_list(page, "House move")
    house, todo = list_named(world, "House move"), todo_named(world, "Book the movers")
    walk = Walk(page, world)

    await walk.look("list")
    for path in PAGES:
        await page.evaluate(GO, path)
        await walk.look(path)
    await page.evaluate(GO, f"/lists/{house}?todo={todo}")
    await page.wait_for_selector(".comment")
    await walk.look("details")
    await page.hover(".side-lists")
    await page.evaluate("() => customElements.whenDefined('ll-more-menu')")
    for kind in MENUS:
        await page.evaluate(OPEN_MENU, {"kind": kind, "todoId": todo})
        await walk.look(f"menu {kind}")
        await page.evaluate(CLOSE)
    await page.evaluate(OPEN_MENU, {"kind": "repeat", "todoId": todo})
    await page.click("ll-repeat-menu .menu-item:has-text('Something else')")
    await walk.look("menu repeat, any rule")
    await page.evaluate(CLOSE)
    for dialog in (
        {"kind": "members", "listId": house},
        {"kind": "list"},
        {"kind": "palette"},
        {"kind": "help"},
    ):
        await page.evaluate(OPEN_DIALOG, dialog)
        await walk.look(f"dialog {dialog['kind']}")
        await page.evaluate(CLOSE)
    await page.set_viewport_size({"width": 390, "height": 844})
    for path in (f"/lists/{house}", "/today", "/settings", f"/lists/{house}?todo={todo}"):
        await page.evaluate(GO, path)
        await walk.look(f"{path} on a phone")

    assert walk.faults == [], "\n".join(walk.faults)
