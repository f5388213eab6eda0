"""The commands that show and change lists."""

from collections.abc import Callable, Coroutine
from typing import Any

import click

from livelist_client.cli.choose import ListName, all_lists, choose_list
from livelist_client.cli.context import json_option, run
from livelist_client.cli.output import printable, show, show_json
from livelist_client.client import Client
from livelist_client.shapes import MyListShape

LIST = ListName()


@click.group(invoke_without_command=True)
@json_option
@click.pass_context
def lists(context: click.Context, as_json: bool) -> None:
    """Show your lists and how many todos are open in each; or change one."""
    if context.invoked_subcommand:
        return

    async def work(client: Client) -> None:
        found = await all_lists(client)
        if as_json:
            show_json(found)
            return
        for each in found:
            show(f"{each['open_count']:5}  {printable(each['name'])}")

    run(work)


@lists.command()
@click.argument("name", nargs=-1, required=True)
@json_option
def create(name: tuple[str, ...], as_json: bool) -> None:
    """Make a list: livelist lists create Groceries."""
    _change(lambda client: client.lists.create(name=" ".join(name)), "created", as_json=as_json)


@lists.command()
@click.argument("list_name", metavar="LIST", type=LIST)
@click.argument("name")
@json_option
def rename(list_name: str, name: str, as_json: bool) -> None:
    """Give a list another name."""

    async def work(client: Client) -> MyListShape:
        chosen = await choose_list(client, list_name)
        return await client.lists.edit(chosen["id"], name=name)

    _change(work, "renamed", as_json=as_json)


@lists.command()
@click.argument("list_name", metavar="LIST", type=LIST)
@json_option
def archive(list_name: str, as_json: bool) -> None:
    """Put a list away; nothing in it changes until it is unarchived."""

    async def work(client: Client) -> MyListShape:
        chosen = await choose_list(client, list_name)
        return await client.lists.edit(chosen["id"], archived=True)

    _change(work, "archived", as_json=as_json)


@lists.command()
@click.argument("list_name", metavar="LIST")
@json_option
def unarchive(list_name: str, as_json: bool) -> None:
    """Bring an archived list back."""

    async def work(client: Client) -> MyListShape:
        chosen = await choose_list(client, list_name, "archived")
        return await client.lists.edit(chosen["id"], archived=False)

    _change(work, "unarchived", as_json=as_json)


def _change(
    work: Callable[[Client], Coroutine[Any, Any, MyListShape]], verb: str, *, as_json: bool
) -> None:
    changed = run(work)
    if as_json:
        show_json(changed)
    else:
        show(f"{verb}  {printable(changed['name'])}")
