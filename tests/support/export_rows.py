"""Rows for every table of an export, made from the schema: a few of one account, and thousands of others."""

import re
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    Integer,
    LargeBinary,
    String,
    Table,
)

from shared.accounts.personal_data.sections import SECTIONS
from shared.tables import metadata

ACCOUNT = "u1"
USERS, LISTS, ROWS = 2_000, 500, 5_000
# Row n of each table is of an account and in a list. Ours owns l1, with three todos, and wrote one in l2.
# Half of the rows are those of five accounts.
_USER = (
    "CASE WHEN n IN (1, 2, 3, 499) THEN 'u1' WHEN n % 2 = 0 THEN 'u' || (2 + n % 5)"
    f" ELSE 'u' || (n % {USERS} + 1) END"
)
_LIST = f"CASE WHEN n <= 3 THEN 'l1' ELSE 'l' || (2 + n % {LISTS - 1}) END"
_COUNTS = {
    "users": USERS,
    "preferences": USERS,
    "totp": USERS,
    "calendar_preferences": USERS,
    "inbound_addresses": USERS,
    "streams": LISTS,
    "lists": LISTS,
}
_REFERENCES = {
    ("preferences", "users"): "'u' || n",
    ("totp", "users"): "'u' || n",
    ("calendar_preferences", "users"): "'u' || n",
    ("calendar_preferences", "lists"): f"'l' || (n % {LISTS} + 1)",
    ("inbound_addresses", "users"): "'u' || n",
    ("inbound_addresses", "lists"): f"'l' || (n % {LISTS} + 1)",
    ("lists", "users"): "'u' || n",
    ("lists", "streams"): "'l' || n",
}
_IDS = {"users": "'u' || n", "streams": "'l' || n"}
# Without foreign keys, so that they outlive accounts.
_UNBOUND = ("audit.user_id", "audit.actor_id")
# A reminder has an instant or minutes before the due time; an upload that has not ended, a time limit.
_FILLED = ("reminders.at", "attachments.delete_at")
_NOW = "'2026-12-24 00:00:00.000000'"


def script(*, is_sqlite: bool) -> str:
    """Return the statements that fill the tables."""
    exported = {section.table.__tablename__ for section in SECTIONS} | {"streams"}
    statements = [
        _members(is_sqlite=is_sqlite)
        if table.name == "members"
        else _insert(table, is_sqlite=is_sqlite)
        for table in metadata.sorted_tables
        if table.name in exported
    ]
    return ";\n".join([*statements, "" if is_sqlite else "ANALYZE"])


def _members(*, is_sqlite: bool) -> str:
    lists, users = (_series(count, is_sqlite=is_sqlite) for count in (LISTS, USERS - LISTS))
    now = _now(is_sqlite=is_sqlite)
    return (
        "INSERT INTO members (list_id, user_id, role, joined_at)"
        f" SELECT 'l' || n, 'u' || n, 'owner', {now} FROM {lists}"
        f" UNION ALL SELECT 'l2', 'u1', 'editor', {now}"
        f" UNION ALL SELECT 'l' || (3 + n % {LISTS - 2}), 'u' || (n + {LISTS}), 'viewer', {now}"
        f" FROM {users}"
    )


def _insert(table: Table, *, is_sqlite: bool) -> str:
    columns = [column for column in table.columns if not _is_null(column)]
    names = ", ".join(f'"{column.name}"' for column in columns)
    values = ", ".join(_value(column, is_sqlite=is_sqlite) for column in columns)
    rows = _series(_COUNTS.get(table.name, ROWS), is_sqlite=is_sqlite)
    return f'INSERT INTO "{table.name}" ({names}) SELECT {values} FROM {rows}'


def _series(count: int, *, is_sqlite: bool) -> str:
    if not is_sqlite:
        return f"generate_series(1, {count}) n"
    return (
        f"(WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < {count})"
        " SELECT n FROM s) series"
    )


def _now(*, is_sqlite: bool) -> str:
    return _NOW if is_sqlite else f"timestamptz {_NOW}"


def _is_null(column: Column[Any]) -> bool:
    if column.foreign_keys:
        return str(column) in ("todos.parent_id", "lists.inbox_of", "webhooks.list_id")
    return bool(column.nullable) and str(column) not in (*_UNBOUND, *_FILLED)


def _value(column: Column[Any], *, is_sqlite: bool) -> str:
    table = column.table
    targets = [key.column.table.name for key in column.foreign_keys]
    if targets or str(column) in _UNBOUND:
        # The user of a webhook is also a member of its list, if it has one.
        target = targets[0] if targets and "users" not in targets else "users"
        default = {"users": _USER, "lists": _LIST}.get(target, f"'{target}' || n")
        return _REFERENCES.get((table.name, target), default)
    if column.primary_key and not isinstance(column.type, String):
        return "n"
    if column.name == "id":
        return _IDS.get(table.name, f"'{table.name}' || n")
    checks = [check for check in table.constraints if isinstance(check, CheckConstraint)]
    choices = re.findall(rf"{column.name} IN \('(\w+)'", " ".join(str(c.sqltext) for c in checks))
    return f"'{choices[0]}'" if choices else _value_of_type(column, is_sqlite=is_sqlite)


def _value_of_type(column: Column[Any], *, is_sqlite: bool) -> str:
    values: list[tuple[Any, str]] = [
        (Boolean, "1" if is_sqlite else "true"),
        (Integer, "1"),
        (DateTime, _now(is_sqlite=is_sqlite)),
        (JSON, "'{}'"),
        (LargeBinary, "''"),
    ]
    kind: Any = column.type
    kind = getattr(kind, "impl", kind)
    return next(
        (value for type_, value in values if isinstance(kind, type_)), f"'{column.name}' || n"
    )
