"""Every dialog has a name that a screen reader says: its heading, where it has one."""

import re
from typing import Any

from playwright.async_api import Page, expect

from api import web_client
from tests.support.web.fake_world import FakeWorld
from tests.support.web.page_actions import list_named, todo_named
from tests.web.test_accessibility import CLOSE

TYPES = (web_client.FOLDER / "types/client.d.ts").read_text()
LATER = ("lazy_activity_dialog.js", "lazy_attachment_section.js", "lazy_comment_versions.js")
LOAD = """async (names) => {
  const { src } = document.querySelector('script[type=module]');
  for (const name of ['lazy_tools.js', ...names]) await import(new URL(name, src));
}"""
OPEN = """(dialog) => document.querySelector('ll-app').app.ui.openDialog({
  answer: () => {}, run: () => {}, nameOf: String, ...dialog,
})"""


def _dialogs(world: FakeWorld) -> list[tuple[str, dict[str, Any]]]:
    """Return what each dialog is called, and the dialog."""
    house, movers = list_named(world, "House move"), todo_named(world, "Book the movers")
    todo = world.todos[movers]
    comment = world.add_comment(todo, "The 14th.", world.me, todo["created_at"])
    picture = {
        "id": "a", "name": "Plan.png", "media_type": "image/png", "size_bytes": 1, "width": 1,
        "height": 1, "has_thumbnail": False, "uploader": None, "created_at": todo["created_at"],
    }  # fmt: skip
    confirmation = {"title": "Delete it?", "text": "It is gone.", "action": "Delete"}
    return [
        ("Add a todo", {"kind": "add"}),
        ("Share “House move”", {"kind": "members", "listId": house}),
        ("Export “House move”", {"kind": "export", "listId": house}),
        ("Activity of “House move”", {"kind": "activity", "listId": house}),
        ("E-mail to “House move”", {"kind": "email-address", "listId": house}),
        ("New list", {"kind": "list"}),
        ("Name, colour, icon", {"kind": "list", "listId": house}),
        ("New folder", {"kind": "folder"}),
        ("New label only for me", {"kind": "label"}),
        ("Search or go to", {"kind": "palette"}),
        ("Changes of a comment", {"kind": "comment-versions", "todo": todo, "comment": comment}),
        ("Plan.png", {"kind": "picture", "listId": house, "todoId": movers, "file": picture}),
        ("Keyboard shortcuts", {"kind": "help"}),
        ("Confirm that it is you", {"kind": "step-up", "methods": ["password"]}),
        ("Delete it?", {"kind": "confirm", **confirmation}),
    ]


async def test_every_dialog_is_called_as_its_heading(page: Page, world: FakeWorld) -> None:
    dialogs = _dialogs(world)
    [kinds, confirmation] = re.findall(
        r"export (?:type Dialog|interface Confirmation)\b.*?\n(?=export)", TYPES, re.DOTALL
    )[::-1]
    known = set(re.findall(r"kind: '([a-z-]+)'", kinds + confirmation))
    assert {dialog["kind"] for _, dialog in dialogs} == known
    await page.evaluate(LOAD, LATER)

    for name, dialog in dialogs:
        await page.evaluate(OPEN, dialog)
        shown = page.get_by_role("dialog", name=name, exact=True)
        await expect(shown).to_be_visible()
        if dialog["kind"] not in ("add", "palette"):
            await expect(shown.get_by_role("heading", name=name, exact=True)).to_be_visible()
        await page.evaluate(CLOSE)
