"""Texts of the command: lines for people, JSON for programs. Pure, except for `show`."""

import json
import os
import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta, tzinfo
from typing import Any

import click

from livelist_client.errors import LivelistError
from livelist_client.shapes import TodoShape

# Enough to tell the todos of an account apart: ids begin with the time and end at random.
SHORT_ID = 6
# Control characters could move the cursor or recolour the terminal; marks of direction reorder a line.
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
PRIORITIES = ("", "low", "normal", "medium", "high", "urgent")
WEEK = 7


class ReaderGone(LivelistError):
    """Nobody reads standard output any more, as after `| head`."""


def printable(text: str) -> str:
    """Return a text of another user without what a terminal would obey."""
    return _CONTROLS.sub("�", text)


def wants_colour() -> bool | None:
    """Return False for NO_COLOR (no-color.org), None to let click look at the terminal."""
    return False if os.environ.get("NO_COLOR") else None


def show(text: str) -> None:
    """Print a line, coloured on a terminal alone. Raise ReaderGone."""
    _print(text, wants_colour())


def show_json(value: object) -> None:
    text = json.dumps(value, ensure_ascii=False)
    # Allowed in JSON, and obeyed by some terminals.
    escaped = re.sub("[\x7f-\x9f]", lambda match: f"\\u{ord(match[0]):04x}", text)
    _print(escaped, False)


def _print(text: str, colour: bool | None) -> None:
    try:
        click.echo(text, color=colour)  # flushes
    except BrokenPipeError:
        # click would end the program with the exit code of a refusal.
        raise ReaderGone from None


def short_id(todo_id: str) -> str:
    return todo_id[-SHORT_ID:]


def todo_line(
    todo: TodoShape, labels: Mapping[str, str], now: datetime, list_name: str = ""
) -> str:
    """Return one line: short id, mark, title, date, priority, labels, list."""
    is_done = todo["status"] in ("completed", "cancelled")
    parts = [
        click.style(short_id(todo["id"]), dim=True),
        {"completed": "✓", "cancelled": "✗", "in_progress": "◐"}.get(todo["status"], "○"),
        click.style(printable(todo["title"]), dim=is_done, bold=todo["priority"] >= 4),
    ]
    if todo["due"]:
        late = not is_done and is_overdue(todo, now)
        parts.append(click.style(due_text(todo, now), fg="red" if late else "cyan"))
    if todo["priority"]:
        parts.append(click.style(f"!{todo['priority']}", fg="yellow"))
    names = [labels[label] for label in todo["labels"] if label in labels]
    parts += [click.style(f"#{printable(name)}", fg="green") for name in names]
    if todo["comment_count"]:
        parts.append(click.style(f"({todo['comment_count']})", dim=True))
    if list_name:
        parts.append(click.style(f"+{printable(list_name)}", dim=True))
    return "  ".join(parts[:2]) + "  " + " ".join(parts[2:])


def due_moment(todo: TodoShape, zone: tzinfo | None) -> tuple[date, datetime | None] | None:
    """Return the day of the due date and, if it has a time, that time, as the reader's clock shows it."""
    due: Mapping[str, Any] | None = todo["due"]
    if due is None:
        return None
    if "at" not in due:
        return date.fromisoformat(due["date"]), None
    if todo["due_at"]:
        at = datetime.fromisoformat(todo["due_at"]).astimezone(zone)
    else:
        at = datetime.fromisoformat(due["at"]).replace(tzinfo=zone)
    return at.date(), at


def is_overdue(todo: TodoShape, now: datetime) -> bool:
    moment = due_moment(todo, now.tzinfo)
    if moment is None:
        return False
    day, at = moment
    return at < now if at is not None else day < now.date()


def due_text(todo: TodoShape, now: datetime) -> str:
    """Return the date as people say it: `today 09:00`, `Fri 4 Dec`."""
    moment = due_moment(todo, now.tzinfo)
    if moment is None:
        return ""
    day, at = moment
    return day_text(day, now.date()) + (f" {at:%H:%M}" if at is not None else "")


def day_text(day: date, today: date) -> str:
    names = {-1: "yesterday", 0: "today", 1: "tomorrow"}
    distance = (day - today) // timedelta(days=1)
    if distance in names:
        return names[distance]
    year = "" if day.year == today.year else f" {day.year}"
    return f"{day:%a} {day.day} {day:%b}{year}"


def change_text(data: Mapping[str, Any], before: TodoShape | None, now: datetime) -> str:
    """Return what an edited todo is now, for the fields in `changed`: `due tomorrow, !3`."""
    todo, parts = data["todo"], []
    for name in data["changed"]:
        match name:
            case "title":
                old = f" (was: {printable(before['title'])})" if before else ""
                parts.append(f"title{old}")
            case "status":
                parts.append(str(todo["status"]).replace("_", " "))
            case "due":
                parts.append(f"due {due_text(todo, now)}" if todo["due"] else "no date")
            case "priority":
                parts.append(PRIORITIES[todo["priority"]] or "no priority")
            case "due_at" | "completed_at" | "completed_by":
                pass  # said by due and status
            case _:
                parts.append(str(name))
    return ", ".join(parts)
