"""Which list and which todo the user means: an id, the end of an id, or words of the name."""

from collections.abc import Iterable

import click
from click.shell_completion import CompletionItem

from livelist_client.cli.context import Unclear
from livelist_client.cli.output import SHORT_ID, printable, short_id
from livelist_client.cli.settings import Names, read_names, write_names
from livelist_client.client import Client
from livelist_client.errors import NotFound
from livelist_client.shapes import LabelShape, MyListShape, TodoShape, TodoStatus

ID_LENGTH = 26
OPEN: list[TodoStatus] = ["pending", "in_progress"]
CLOSED: list[TodoStatus] = ["completed", "cancelled"]
# More choices than these help nobody.
SHOWN_CHOICES = 10


async def all_lists(client: Client) -> list[MyListShape]:
    """Return the active lists as the user ordered them, the Inbox first, and keep their names."""
    lists = sorted(
        await client.lists.all(),
        key=lambda each: (not each["is_inbox"], each["placement"]["rank"], each["id"]),
    )
    names = read_names()
    names.lists = {each["id"]: each["name"] for each in lists}
    write_names(names)
    return lists


async def choose_list(client: Client, text: str, state: str = "active") -> MyListShape:
    """Return the list of that id or name. Hyphens stand for spaces. Raise Unclear."""
    lists = await (all_lists(client) if state == "active" else client.lists.all(state))
    wanted = _plain(text)
    exact = [each for each in lists if text == each["id"] or _plain(each["name"]) == wanted]
    found = exact or [each for each in lists if wanted in _plain(each["name"])]
    if len(found) == 1:
        return found[0]
    if not found:
        raise Unclear(f"No list is called “{text}”.")
    choices = ", ".join(f"“{each['name']}”" for each in found[:SHOWN_CHOICES])
    raise Unclear(f"“{text}” may be {choices}.")


def _plain(name: str) -> str:
    return name.casefold().replace("-", " ").strip()


async def label_names(client: Client, todos: Iterable[TodoShape]) -> dict[str, str]:
    """Return the names of the labels of these todos, by id: a request for each list with labels."""
    labelled = {todo["list_id"] for todo in todos if todo["labels"]}
    return {
        label["id"]: label["name"]
        for list_id in sorted(labelled)
        for label in await client.labels.all(list_id)
    }


async def choose_labels(
    client: Client, list_id: str, wanted: Iterable[str]
) -> tuple[list[LabelShape], list[str]]:
    """Return the labels of these names in the list, and the names that the list has not."""
    by_name = {_plain(label["name"]): label for label in await client.labels.all(list_id)}
    found, unknown = [], []
    for name in wanted:
        label = by_name.get(_plain(name))
        if label is None:
            unknown.append(name)
        else:
            found.append(label)
    return found, unknown


async def choose_todo(
    client: Client, text: str, states: list[TodoStatus] = OPEN, otherwise: list[TodoStatus] = CLOSED
) -> TodoShape:
    """Return the todo that the text means, among those in `states`, else in `otherwise`. Raise Unclear."""
    if len(text) == ID_LENGTH and text.isalnum():
        try:
            return await client.todos.get(text)
        except NotFound:
            pass  # a title may have 26 letters
    for wanted in (states, otherwise):
        found = [todo async for todo in client.todos.find(status=wanted) if matches(todo, text)]
        exact = [todo for todo in found if todo["id"].endswith(text.lower())]
        exact = exact or [todo for todo in found if todo["title"].casefold() == text.casefold()]
        found = exact or found
        if len(found) == 1:
            return found[0]
        if found:
            raise Unclear(_choices(text, found))
    raise Unclear(f"No todo is “{text}”.")


def matches(todo: TodoShape, text: str) -> bool:
    """Return True if the text ends the id, or if each of its words is in the title."""
    if len(text) >= SHORT_ID - 2 and todo["id"].endswith(text.lower()):
        return True
    title = todo["title"].casefold()
    words = text.casefold().split()
    return bool(words) and all(word in title for word in words)


def _choices(text: str, todos: list[TodoShape]) -> str:
    lines = [f"“{text}” may be one of these; name it by its id:"]
    lines += [
        f"  {short_id(todo['id'])}  {printable(todo['title'])}" for todo in todos[:SHOWN_CHOICES]
    ]
    if len(todos) > SHOWN_CHOICES:
        lines.append(f"  and {len(todos) - SHOWN_CHOICES} more")
    return "\n".join(lines)


def remember_todos(todos: Iterable[TodoShape]) -> None:
    """Keep ids and titles for completion."""
    names = read_names()
    names.todos = {todo["id"]: todo["title"] for todo in todos}
    write_names(names)


class ListName(click.ParamType[str]):
    """The name of a list, completed from the cache."""

    name = "list"

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        names: Names = read_names()
        return [
            CompletionItem(name)
            for name in names.lists.values()
            if name.casefold().startswith(incomplete.casefold())
        ]


class TodoName(click.ParamType[str]):
    """A todo, completed by its short id with the title as help."""

    name = "todo"

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        return [
            CompletionItem(short_id(todo_id), help=printable(title))
            for todo_id, title in read_names().todos.items()
            if short_id(todo_id).startswith(incomplete.lower())
            or incomplete.casefold() in title.casefold()
        ]
