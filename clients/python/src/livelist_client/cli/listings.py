"""The commands that show todos."""

from datetime import datetime, timedelta
from typing import Any

import click

from livelist_client.cli.choose import (
    OPEN,
    ListName,
    all_lists,
    choose_list,
    label_names,
    remember_todos,
)
from livelist_client.cli.context import json_option, read_now, run
from livelist_client.cli.output import due_moment, printable, show, show_json, todo_line
from livelist_client.client import Client
from livelist_client.shapes import TodoShape

LIST = ListName()


@click.command(name="list")
@click.argument("list_name", metavar="[LIST]", required=False, type=LIST)
@click.option("--all", "with_closed", is_flag=True, help="Completed todos too.")
@click.option("--search", help="Only todos with these words.")
@json_option
def list_todos(list_name: str | None, with_closed: bool, search: str | None, as_json: bool) -> None:
    """Show the open todos of a list, or of all lists."""

    async def work(client: Client) -> None:
        chosen = [await choose_list(client, list_name)] if list_name else await all_lists(client)
        query: dict[str, Any] = {} if with_closed else {"status": OPEN}
        if search:
            query["search"] = search
        if list_name:
            query["list_id"] = chosen[0]["id"]
        todos = [todo async for todo in client.todos.find(**query)]
        if not with_closed and not search and not list_name:
            remember_todos(todos)
        if as_json:
            show_json(todos)
            return
        now = await read_now(client)
        for each in chosen:
            inside = sorted(
                (todo for todo in todos if todo["list_id"] == each["id"]),
                key=lambda todo: (todo["rank"], todo["id"]),
            )
            if inside or list_name:
                show(click.style(printable(each["name"]), bold=True))
                await _show_todos(client, inside, now, {})

    run(work)


@click.command()
@json_option
def today(as_json: bool) -> None:
    """Show what is overdue or due today, in all lists."""

    async def work(client: Client) -> None:
        now = await read_now(client)
        zone = getattr(now.tzinfo, "key", None)
        tomorrow = (now + timedelta(days=1)).date().isoformat()
        query: dict[str, Any] = {"due_before": tomorrow, "sort": "due", "status": OPEN}
        if zone:
            query["zone"] = zone
        found = [todo async for todo in client.todos.find(**query)]
        todos = [
            todo
            for todo in found
            if (moment := due_moment(todo, now.tzinfo)) and moment[0] <= now.date()
        ]
        if as_json:
            show_json(todos)
            return
        names = {each["id"]: each["name"] for each in await all_lists(client)}
        await _show_todos(client, todos, now, names)
        if not todos:
            show("Nothing is due today.")

    run(work)


async def _show_todos(
    client: Client, todos: list[TodoShape], now: datetime, list_names: dict[str, str]
) -> None:
    labels = await label_names(client, todos)
    for todo in todos:
        indent = "    " if todo["parent_id"] else ""
        show(indent + todo_line(todo, labels, now, list_names.get(todo["list_id"], "")))
