"""The commands that change todos."""

from datetime import datetime
from typing import Any

import click

from livelist_client.cli.choose import (
    OPEN,
    ListName,
    TodoName,
    all_lists,
    choose_labels,
    choose_list,
    choose_todo,
    label_names,
)
from livelist_client.cli.context import Unclear, json_option, read_now, run
from livelist_client.cli.output import printable, short_id, show, show_json, todo_line
from livelist_client.cli.quick_text import QuickText, read_due, read_quick_text
from livelist_client.client import Client
from livelist_client.shapes import DueDateBody, DueTimeBody, EditBody, NewTodoBody, TodoShape

TODO = TodoName()
LIST = ListName()
PRIORITY = click.IntRange(0, 5)


@click.command()
@click.argument("text", nargs=-1, required=True)
@click.option("--list", "list_name", type=LIST, help="The list; your Inbox by default.")
@click.option("--due", help="The date, such as 'tomorrow 9' or 2026-12-24.")
@click.option("--priority", type=PRIORITY, help="0 none to 5 urgent.")
@click.option("--label", "labels", multiple=True, help="A label of the list; may be repeated.")
@click.option("--plain", is_flag=True, help="Read no dates and signs in the text.")
@json_option
def add(
    text: tuple[str, ...],
    list_name: str | None,
    due: str | None,
    priority: int | None,
    labels: tuple[str, ...],
    plain: bool,
    as_json: bool,
) -> None:
    """Add a todo: livelist add "call Ben tomorrow 9 #home +Work !4"."""

    async def work(client: Client) -> None:
        now = await read_now(client)
        joined = " ".join(text)
        quick = QuickText(joined) if plain else read_quick_text(joined, now)
        if due is not None:
            quick.due_on, quick.due_time = _parse_due(due, now)
        fields: NewTodoBody = {"title": quick.title}
        chosen_priority = quick.priority if priority is None else priority
        if chosen_priority is not None:
            fields["priority"] = chosen_priority
        if quick.due_on is not None:
            fields["due"] = _due_body(quick, now)
        await _set_place(client, fields, list_name or quick.list_name, [*quick.labels, *labels])
        await _report(client, await client.todos.add(**fields), now, "added", as_json=as_json)

    run(work)


async def _set_place(
    client: Client, fields: NewTodoBody, list_name: str, labels: list[str]
) -> None:
    """Set the list and the labels; a label that the list has not is created."""
    if list_name:
        fields["list_id"] = (await choose_list(client, list_name))["id"]
    if not labels:
        return
    lists = [] if list_name else await all_lists(client)
    list_id = fields.get("list_id") or next(it["id"] for it in lists if it["is_inbox"])
    fields["list_id"] = list_id
    found, unknown = await choose_labels(client, list_id, labels)
    found += [await client.labels.create(list_id, name=name) for name in dict.fromkeys(unknown)]
    fields["labels"] = [label["id"] for label in found]


def _parse_due(text: str, now: datetime) -> tuple[Any, Any]:
    due = read_due(text, now)
    if due is None:
        raise click.BadParameter(f"“{text}” is no date that is understood.", param_hint="--due")
    return due


def _due_body(quick: QuickText, now: datetime) -> DueDateBody | DueTimeBody:
    assert quick.due_on is not None
    if quick.due_time is None:
        return {"date": quick.due_on.isoformat()}
    at = f"{quick.due_on.isoformat()}T{quick.due_time:%H:%M}:00"
    zone = getattr(now.tzinfo, "key", None)
    # Without the account's zone the time is that of whoever reads it.
    return {"at": at, "zone": zone} if zone else {"at": at}


async def _report(
    client: Client, todo: TodoShape, now: datetime, verb: str, *, as_json: bool
) -> None:
    if as_json:
        show_json(todo)
    else:
        labels = await label_names(client, [todo])
        show(f"{verb}  {todo_line(todo, labels, now)}")


@click.command()
@click.argument("todos", nargs=-1, required=True, type=TODO, metavar="TODO…")
@json_option
def done(todos: tuple[str, ...], as_json: bool) -> None:
    """Complete todos. TODO is an id, its last letters, or words of the title."""

    async def work(client: Client) -> None:
        now = await read_now(client)
        # All are found before the first is completed: a wrong name changes nothing.
        chosen = [await choose_todo(client, text) for text in todos]
        for todo in chosen:
            occurrence = todo["repeat"]["occurrence"] if todo["repeat"] else None
            completed = await client.todos.complete(todo["id"], occurrence)
            await _report(client, completed, now, "done", as_json=as_json)

    run(work)


@click.command()
@click.argument("todo", type=TODO)
@json_option
def reopen(todo: str, as_json: bool) -> None:
    """Open a completed todo again."""

    async def work(client: Client) -> None:
        now = await read_now(client)
        chosen = await choose_todo(client, todo, ["completed", "cancelled"], OPEN)
        await _report(
            client, await client.todos.reopen(chosen["id"]), now, "reopened", as_json=as_json
        )

    run(work)


@click.command()
@click.argument("todo", type=TODO)
@click.option("--title")
@click.option("--description")
@click.option("--due", help="A date, or 'none'.")
@click.option("--priority", type=PRIORITY, help="0 none to 5 urgent.")
@click.option("--label", "labels", multiple=True, help="Add a label; may be repeated.")
@click.option("--unlabel", "unlabels", multiple=True, help="Remove a label; may be repeated.")
@json_option
def edit(
    todo: str,
    title: str | None,
    description: str | None,
    due: str | None,
    priority: int | None,
    labels: tuple[str, ...],
    unlabels: tuple[str, ...],
    as_json: bool,
) -> None:
    """Change a todo: livelist edit "call Ben" --due friday."""

    async def work(client: Client) -> None:
        now = await read_now(client)
        changes: EditBody = {}
        if title is not None:
            changes["title"] = title
        if description is not None:
            changes["description"] = description
        if priority is not None:
            changes["priority"] = priority
        if due == "none":
            changes["due"] = None
        elif due is not None:
            day, at = _parse_due(due, now)
            changes["due"] = _due_body(QuickText("", due_on=day, due_time=at), now)
        chosen = await choose_todo(client, todo)
        if labels or unlabels:
            changes["labels"] = await _changed_labels(client, chosen, labels, unlabels)
        if not changes:
            raise click.UsageError("Say what to change: see livelist edit --help.")
        await _report(
            client, await client.todos.edit(chosen["id"], **changes), now, "edited", as_json=as_json
        )

    run(work)


async def _changed_labels(
    client: Client, todo: TodoShape, added: tuple[str, ...], removed: tuple[str, ...]
) -> list[str]:
    found, unknown = await choose_labels(client, todo["list_id"], [*added, *removed])
    if unknown:
        raise Unclear(f"The list has no label “{unknown[0]}”.")
    ids = [label["id"] for label in found]
    plus, minus = ids[: len(added)], set(ids[len(added) :])
    return [each for each in dict.fromkeys([*todo["labels"], *plus]) if each not in minus]


@click.command()
@click.argument("todo", type=TODO)
@click.argument("list_name", metavar="[LIST]", required=False, type=LIST)
@click.option("--before", type=TODO, help="Put it before this todo.")
@click.option("--after", type=TODO, help="Put it after this todo.")
@json_option
def move(
    todo: str, list_name: str | None, before: str | None, after: str | None, as_json: bool
) -> None:
    """Move a todo to a list, or to another place of its list."""
    if not (list_name or before or after) or (before and after):
        raise click.UsageError("Name a list, or one of --before and --after.")

    async def work(client: Client) -> None:
        now = await read_now(client)
        chosen = await choose_todo(client, todo)
        target: dict[str, Any] = {}
        if list_name:
            target["list_id"] = (await choose_list(client, list_name))["id"]
        if before or after:
            neighbour = await choose_todo(client, before or after or "")
            target["before_id" if before else "after_id"] = neighbour["id"]
            target.setdefault("list_id", neighbour["list_id"])
        await _report(
            client, await client.todos.move(chosen["id"], **target), now, "moved", as_json=as_json
        )

    run(work)


@click.command()
@click.argument("todos", nargs=-1, required=True, type=TODO, metavar="TODO…")
@json_option
def rm(todos: tuple[str, ...], as_json: bool) -> None:
    """Move todos to the trash, where they stay for 30 days."""

    async def work(client: Client) -> None:
        chosen = [await choose_todo(client, text) for text in todos]
        for todo in chosen:
            await client.todos.delete(todo["id"])
            if as_json:
                show_json({"deleted": todo["id"]})
            else:
                show(f"removed  {short_id(todo['id'])}  {printable(todo['title'])}")

    run(work)


@click.command()
@click.argument("todo", type=TODO)
@click.argument("text", nargs=-1)
@json_option
def comment(todo: str, text: tuple[str, ...], as_json: bool) -> None:
    """Comment on a todo; without a text, show its comments."""

    async def work(client: Client) -> None:
        chosen = await choose_todo(client, todo)
        if text:
            found = [await client.comments.add(chosen["id"], " ".join(text))]
        else:
            found = await client.comments.all(chosen["id"])
        if as_json:
            show_json(found[0] if text else found)
            return
        for each in found:
            author = each["author"]["name"] if each["author"] else "Somebody"
            show(f"{click.style(printable(author), bold=True)}  {printable(each['body'])}")

    run(work)
