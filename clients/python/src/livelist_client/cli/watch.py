"""`livelist watch`: a line for each change, until Ctrl+C."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import click

from livelist_client.cli.choose import ListName, all_lists, choose_list
from livelist_client.cli.context import json_option, read_now, run
from livelist_client.cli.output import change_text, printable, short_id, show, show_json
from livelist_client.client import Client
from livelist_client.errors import Forbidden
from livelist_client.live.changes import Change, ChangeKind
from livelist_client.live.live import Live

VERBS = {
    "todo.created": "added",
    "todo.deleted": "removed",
    "todo.restored": "restored",
    "todo.moved_in": "moved here",
    "todo.moved_out": "moved away",
    "todo.purged": "deleted for good",
}


@click.command()
@click.argument("list_names", metavar="[LIST]…", nargs=-1, type=ListName())
@json_option
def watch(list_names: tuple[str, ...], as_json: bool) -> None:
    """Show every change of your lists as it happens. End with Ctrl+C."""

    async def work(client: Client) -> None:
        zone = (await read_now(client)).tzinfo
        async with await _follow(client, list_names) as live:
            changes = aiter(live)
            await live.wait_current()
            if not as_json:
                show(click.style("watching …", dim=True))
            async for change in changes:
                if as_json:
                    _show_frame(change)
                elif (line := change_line(change, datetime.now(zone))) is not None:
                    show(line)

    run(work)


async def _follow(client: Client, list_names: tuple[str, ...]) -> Live:
    if list_names:
        return client.follow(*[(await choose_list(client, name))["id"] for name in list_names])
    try:
        await client.account.snapshot()
    except Forbidden:
        # A token of some lists follows these alone.
        return client.follow(*[each["id"] for each in await all_lists(client)])
    return client.follow()


def _show_frame(change: Change) -> None:
    if change.frame is not None:
        show_json(change.frame)
    else:
        show_json({"type": str(change.kind), "list": change.stream})


def change_line(change: Change, now: datetime) -> str | None:
    """Return the line for a change, None for one that shows nothing."""
    if change.kind is not ChangeKind.EVENT:
        return _connection_line(change)
    frame = change.frame
    assert frame is not None
    what = _what(change, now)
    if what is None:
        return None
    at = datetime.fromisoformat(frame["at"]).astimezone(now.tzinfo)
    actor = frame["actor"]["name"] if frame["actor"] else "Livelist"
    place = click.style(printable(change.list_name), fg="blue")
    return f"{at:%H:%M:%S}  {place}  {click.style(printable(actor), bold=True)} {what}"


def _connection_line(change: Change) -> str | None:
    match change.kind:
        case ChangeKind.DISCONNECTED:
            text = "connection lost, reconnecting …"
        case ChangeKind.CONNECTED:
            text = "connected again"
        case ChangeKind.SNAPSHOT:
            text = (
                f"read again: {printable(change.list_name)}" if change.list_name else "read again"
            )
        case _:
            text = f"no longer shared with you: {printable(change.list_name)}"
    return click.style(text, dim=True)


def _what(change: Change, now: datetime) -> str | None:
    data = change.data
    if change.event == "todo.edited":
        ended = data["ended"]
        what = ended["outcome"] if ended else change_text(data, change.before, now)
        return f"edited {_todo(data['todo'])}: {what}" if what else None
    if change.event in VERBS:
        todo = data.get("todo") or change.before
        return f"{VERBS[change.event]} {_todo(todo)}" if todo else None
    say = OTHERS.get(change.event)
    return say(data) if say else None


def _todo(todo: Any) -> str:
    return f"{click.style(short_id(todo['id']), dim=True)} “{printable(todo['title'])}”"


def _one_line(text: str) -> str:
    return printable(" ".join(text.split()))


def _reactions(reactions: list[dict[str, Any]]) -> str:
    counts = (f"{each['emoji']} {len(each['user_ids'])}" for each in reactions)
    return printable(", ".join(counts)) or "no reactions left"


OTHERS: dict[str, Callable[[dict[str, Any]], str]] = {
    "comment.added": lambda data: f"commented: {_one_line(data['comment']['body'])}",
    "comment.edited": lambda data: f"edited a comment: {_one_line(data['comment']['body'])}",
    "comment.reacted": lambda data: f"reacted to a comment: {_reactions(data['reactions'])}",
    "comment.deleted": lambda data: "deleted a comment",
    "attachment.added": lambda data: f"attached {_one_line(data['attachment']['name'])}",
    "attachment.removed": lambda data: "removed a file",
    "member.added": lambda data: f"added {printable(data['member']['user']['name'])}",
    "member.removed": lambda data: "removed a member",
    "label.created": lambda data: f"created the label #{printable(data['label']['name'])}",
    "label.edited": lambda data: f"edited the label #{printable(data['label']['name'])}",
    "label.deleted": lambda data: "deleted a label",
    "list.edited": lambda data: f"edited the list “{printable(data['list']['name'])}”",
    "list.deleted": lambda data: "deleted the list",
    "list.added": lambda data: f"you have the list “{printable(data['list']['name'])}”",
    "invitation.received": lambda data: (
        f"invited you to “{printable(data['invitation']['list_name'])}”"
    ),
}
