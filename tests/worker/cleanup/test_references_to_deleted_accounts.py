"""A deleted account leaves no reference but the documented ones, in any table of the schema.

The rows are made from the schema: a new table that refers to accounts is filled, and fails if its rows
outlive the account, without a change of this file.
"""

import re
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    Integer,
    LargeBinary,
    Table,
    insert,
    select,
    update,
)

from shared.accounts.profile import delete_account_as_operator
from shared.actor import Actor
from shared.comments.commands import add_comment
from shared.contract.shapes import DueDate, Role
from shared.ids import ListId, TodoId, new_id
from shared.resources import Resources
from shared.tables import metadata
from shared.tables.lists import ListRow
from shared.tables.todos import TodoRow
from shared.todos.commands.complete import complete_todo
from shared.todos.commands.create import create_todo
from shared.todos.rules.repeat_rule import parse_rule
from shared.todos.rules.repeat_series import RepeatSpec
from shared.todos.rules.todo_edits import NewTodo, Placement
from tests.support.migrations import NULL_COLUMNS
from tests.support.worker.worker_harness import WorkerHarness
from tests.support.world_builder import World

# What keeps the id of a deleted account, which names nobody any more: docs/personal-data.md.
KEPT = {
    "admin_messages.sent_by": "which administrator wrote a message",
    "audit.actor_id": "who did what",
    "audit.user_id": "to whom",
    "audit.facts": "the id alone",
    "comments.body": "what others wrote, with a mention",
    "comments.mentions": "whom it mentioned",
    "events.frame": "ids in what clients catch up with",
    "events.stream_id": "the last event of the user's stream, which closes sockets",
    "idempotency_keys.body": "answers to others, kept for 24 hours",
    "jobs.dedupe_key": "work that was done",
    "jobs.fairness_key": "work that was done",
    "jobs.payload": "work that was done",
    "streams.id": "the position of the user's stream",
    "todo_occurrences.before": "the todo before an end, with those who wrote it",
}
# Made by commands, so that their rows are as the product writes them.
MADE_BY_COMMANDS = {
    "comments", "events", "lists", "members", "sessions", "streams", "todo_occurrences", "todos",
    "users",
}  # fmt: skip
# About no account.
OF_NO_ACCOUNT = {
    "calendar_objects",
    "guests",
    "import_chunks",
    "imported_todos",
    "jobs",
    "labels",
    "mail_kinds",
    "todo_labels",
    "workers",
}
# Refer to accounts without a foreign key, so that they outlive them.
UNBOUND = {"audit.actor_id", "audit.user_id", "admin_messages.sent_by"}
NAME = "Zqxmarker"


def _user_columns(table: Table) -> list[Column[Any]]:
    """Return the columns that refer to accounts."""
    return [
        column
        for column in table.columns
        if str(column) in UNBOUND
        or any(key.column.table.name == "users" for key in column.foreign_keys)
    ]


def _choices(table: Table) -> dict[str, str]:
    """Return the first of the values that a CHECK allows, by column."""
    checks = [check for check in table.constraints if isinstance(check, CheckConstraint)]
    text = " ".join(str(check.sqltext) for check in checks)
    return dict(re.findall(r"(\w+) IN \('(\w+)'", text))


def _value(column: Column[Any], now: Any) -> Any:
    if str(column) in NULL_COLUMNS:
        return None
    values: list[tuple[Any, Any]] = [
        (Boolean, True), (Integer, 1), (DateTime, now + timedelta(days=1)), (JSON, {}),
        (LargeBinary, b""),
    ]  # fmt: skip
    kind: Any = column.type
    kind = getattr(kind, "impl", kind)
    return next((value for type_, value in values if isinstance(kind, type_)), new_id())


def _parent(column: Column[Any], table: str) -> str:
    """Return the table whose key the column has: that of a membership is its user and its list."""
    if table != "members":
        return table
    return "users" if column.name == "user_id" else "lists"


def _row(
    table: Table, users: Mapping[str, str], parents: Mapping[str, str], now: Any
) -> dict[str, Any]:
    """Return a row whose columns of accounts are `users`, and whose other parents exist."""
    choices = _choices(table)
    row = {}
    for column in table.columns:
        targets = [key.column.table.name for key in column.foreign_keys]
        if column.name in users:
            row[column.name] = users[column.name]
        elif targets:
            row[column.name] = parents[_parent(column, targets[0])]
        elif column.name in choices:
            row[column.name] = choices[column.name]
        elif column.name == "actor_name":
            row[column.name] = NAME
        else:
            row[column.name] = _value(column, now)
    return row


async def _fill(resources: Resources, ana: Actor, ben: Actor, parents: dict[str, str]) -> set[str]:
    """Insert rows into every table that is not filled yet; return their columns of accounts.

    A table with several such columns gets another row, that belongs to Ben and refers to Ana: it
    outlives her account.
    """
    filled = set()
    async with resources.begin() as work:
        for table in metadata.sorted_tables:
            if table.name in MADE_BY_COMMANDS | OF_NO_ACCOUNT:
                continue
            columns = [column.name for column in _user_columns(table)]
            owner = "user_id" if "user_id" in columns else ""
            for of_ana in (True, False):
                if not of_ana and (len(columns) < 2 or not owner):
                    continue
                users = dict.fromkeys(columns, str(ana.user_id))
                if not of_ana:
                    users[owner] = ben.user_id
                row = _row(table, users, parents, work.now)
                await work.connection.execute(insert(table).values(row))
                if of_ana and "id" in row:
                    parents[table.name] = row["id"]
            filled |= {f"{table.name}.{name}" for name in columns}
    return filled


async def _columns_with(resources: Resources, *texts: str) -> set[str]:
    """Return the columns of all tables in which one of the texts occurs."""
    found = set()
    async with resources.begin_read() as read:
        for table in metadata.sorted_tables:
            for column in table.columns:
                for value in await read.connection.scalars(select(column)):
                    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else value
                    if any(wanted in str(text) for wanted in texts):
                        found.add(str(column))
    return found


async def _make_a_shared_list(world: World, ana: Actor, ben: Actor) -> dict[str, str]:
    """Return the parents of rows: a list of Ben's with Ana, and a todo that both wrote in."""
    list_id = await world.list(ben, (ana, Role.EDITOR), name="Shared")
    daily = RepeatSpec(parse_rule("FREQ=DAILY"))
    todo = await world.run(
        create_todo, ana, list_id,
        NewTodo(
            title="Milk", due=DueDate(date=date(2030, 1, 1)), repeat=daily
        ),
        Placement(),
    )  # fmt: skip
    todo_id = TodoId(todo.id)
    await world.run(complete_todo, ana, todo_id)
    comment = await world.run(add_comment, ana, todo_id, "Fresh.")
    await world.run(add_comment, ben, todo_id, f"@[{ana.user_id}] yes")
    async with world.resources.begin() as work:
        await work.connection.execute(
            update(TodoRow).where(TodoRow.id == todo_id).values(completed_by=ana.user_id)
        )
        # As if Ana had made the list, and then another its owner.
        await work.connection.execute(
            update(ListRow).where(ListRow.id == list_id).values(created_by=ana.user_id)
        )
    # Nobody is assigned or reminded by the commands: the rows are made from the schema.
    return {"lists": ListId(list_id), "todos": todo_id, "users": ana.user_id,
            "sessions": ana.session_id, "streams": list_id, "comments": comment.id}  # fmt: skip


async def test_no_reference_to_a_deleted_account_is_left_but_the_documented_ones(
    world: World, resources: Resources, worker: WorkerHarness
) -> None:
    ana, ben = await world.user(NAME), await world.user("Ben")
    parents = await _make_a_shared_list(world, ana, ben)
    filled = await _fill(resources, ana, ben, parents)
    before = await _columns_with(resources, ana.user_id)

    email = await world.email_of(ana)
    async with resources.begin() as work:
        assert await delete_account_as_operator(work, email)
    for _ in range(4):
        await worker.run_once()

    referring = {str(column) for table in metadata.sorted_tables for column in _user_columns(table)}
    assert filled - before == set()
    # An Inbox, of which there is one, is deleted with its account. A guest has no account.
    assert referring - before - {"lists.inbox_of", "guests.user_id"} == set()
    assert await _columns_with(resources, ana.user_id) - set(KEPT) == set()
    assert await _columns_with(resources, NAME, email) == set()
