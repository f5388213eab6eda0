"""All dialogs of the web client, each with what it is called."""

from typing import Any

from playwright.async_api import Page

from tests.support.web.fake_world import FakeWorld
from tests.support.web.page_actions import list_named, todo_named

_LATER = ("lazy_activity_dialog.js", "lazy_attachment_section.js", "lazy_comment_versions.js")
_LOAD = """async (names) => {
  const { src } = document.querySelector('script[type=module]');
  for (const name of ['lazy_tools.js', ...names]) await import(new URL(name, src));
}"""
OPEN_MENU = """(menu) => document.querySelector('ll-app').app.ui.openMenu({
  anchor: document.querySelector('.row-open'), ...menu,
})"""
OPEN_DIALOG = """(dialog) => document.querySelector('ll-app').app.ui.openDialog({
  answer: () => {}, run: () => {}, nameOf: String, ...dialog,
})"""


async def load_dialogs(page: Page) -> None:
    """Load the scripts of all dialogs, as some come with a first use."""
    await page.evaluate(_LOAD, _LATER)


def all_menus(world: FakeWorld) -> list[tuple[str, dict[str, Any]]]:
    """Return each kind of menu with what it is called."""
    house, movers = list_named(world, "House move"), todo_named(world, "Book the movers")
    of_todos = {
        "status": "Status", "due": "Due date", "repeat": "Repeat", "reminder": "Remind me",
        "priority": "Priority", "labels": "Labels", "assignees": "Assign", "move": "Move to a list",
        "more": "More",
    }  # fmt: skip
    several = {"todoId": movers, "todoIds": [movers, todo_named(world, "Redirect the mail")]}
    return [
        *(
            (f"{does}: Book the movers", {"kind": kind, "todoId": movers})
            for kind, does in of_todos.items()
        ),
        ("Priority: 2 todos", {"kind": "priority", **several}),
        ("More about House move", {"kind": "list", "listId": house}),
        ("Move “House move”", {"kind": "place", "listId": house}),
        ("More about Cabin", {"kind": "folder", "folderId": world.add_folder("Cabin")["id"]}),
        ("View: House move", {"kind": "view", "listId": house}),
        ("Notifications", {"kind": "notifications"}),
        ("Account of Ana Ruiz", {"kind": "account"}),
    ]


def all_dialogs(world: FakeWorld) -> list[tuple[str, dict[str, Any]]]:
    """Return each kind of dialog with what it is called."""
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
