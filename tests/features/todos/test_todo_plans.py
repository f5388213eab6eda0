"""The plans of reads in a large database: along an index of the reader's lists, never the whole table."""

import re
import sqlite3
from collections.abc import AsyncIterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import asyncpg
import pytest
import pytest_asyncio
from sqlalchemy import Dialect
from sqlalchemy.dialects import sqlite
from sqlalchemy.dialects.postgresql import asyncpg as postgres
from sqlalchemy.engine import make_url

from shared.contract.shapes import TodoStatus
from shared.database.instants import add_functions
from shared.lists.queries import ListState, page_of_my_lists
from shared.search.queries import found_by
from shared.settings import Settings
from shared.snapshots.list_statements import snapshot_page
from shared.todos.queries.filters import Conditions
from shared.todos.queries.page_statements import (
    After,
    PageVariant,
    count_matching,
    cursor_page,
    numbered_page,
    one_todo,
)
from shared.todos.queries.sorting import Sorting, SortKey

LISTS, TODOS_PER_LIST = 400, 100
OPEN = (TodoStatus.IN_PROGRESS, TodoStatus.PENDING)
# Most lists belong to one user each of many, so that a user's lists are a small part.
POSTGRES_ROWS = f"""
INSERT INTO streams (id, epoch, head, floor)
    SELECT 'l' || l, 'e', 0, 0 FROM generate_series(1, {LISTS}) l;
INSERT INTO users (id, email, email_key, password_hash, name, bio, time_zone, locale, search_key,
                   site_role, status, mail_refusal, version, created_at, updated_at)
    SELECT 'u' || u, u, u, '', '', '', '', '', '', 'user', 'active', '', 1, now(), now()
    FROM generate_series(1, 100) u;
INSERT INTO lists (id, name, colour, version, created_at, updated_at)
    SELECT 'l' || l, '', 'blue', 1, now(), now() FROM generate_series(1, {LISTS}) l;
INSERT INTO members (list_id, user_id, role, joined_at)
    SELECT 'l' || l, 'u' || (l % 100 + 1), 'owner', now() FROM generate_series(1, {LISTS}) l;
INSERT INTO todos (id, list_id, title, description, status, priority, metadata, rank, comment_count,
                   search_text, version, created_at, updated_at, due_kind, due_date, due_sort)
    SELECT 't' || l || '-' || n, 'l' || l, 'Title', '', 'pending', n % 6, '{{}}', 'V' || n, 0,
           'title ' || n, 1, now(), now(),
           CASE WHEN n % 3 = 0 THEN 'date' END, CASE WHEN n % 3 = 0 THEN '2026-12-24' END,
           CASE WHEN n % 3 = 0 THEN timestamptz '2026-12-24 00:00Z' END
    FROM generate_series(1, {LISTS}) l, generate_series(1, {TODOS_PER_LIST}) n;
INSERT INTO comments (id, todo_id, body, search_text, mentions, created_at)
    SELECT id, id, '', 'a comment', '[]', created_at FROM todos;
ANALYZE
"""


def _sqlite_rows() -> str:
    """Return the same rows for SQLite, whose series are recursive queries."""
    series = """(WITH RECURSIVE s(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM s WHERE i < {0})
                 SELECT i AS {1} FROM s) {1}"""
    script = POSTGRES_ROWS.replace("now()", "'2026-12-24 00:00:00.000000'")
    script = script.replace("timestamptz '2026-12-24 00:00Z'", "'2026-12-24 00:00:00.000000'")
    for count, name in ((LISTS, "l"), (100, "u"), (TODOS_PER_LIST, "n")):
        rows = series.format(count, name)
        script = script.replace(f"generate_series(1, {count}) {name}", rows)
    return script


@dataclass(frozen=True)
class Explainer:
    """Returns the plan of a statement as text."""

    dialect: Dialect
    postgres: "asyncpg.Connection[Any] | None" = None
    sqlite: sqlite3.Connection | None = None

    async def plan(self, statement: Any) -> str:
        text = re.sub(r"__\[\w+\]", "'owner'", str(statement.compile(dialect=self.dialect)))
        if self.postgres is not None:
            # The plan for any values, which a prepared statement gets after a few executions.
            nulls = ", ".join(["NULL"] * max(map(int, re.findall(r"\$(\d+)", text))))
            await self.postgres.execute("SET LOCAL plan_cache_mode = force_generic_plan")
            await self.postgres.execute(f"PREPARE read AS {text}")
            rows = await self.postgres.fetch(f"EXPLAIN EXECUTE read ({nulls})")
            await self.postgres.execute("DEALLOCATE read")
            return "\n".join(row[0] for row in rows)
        assert self.sqlite is not None
        found = self.sqlite.execute(f"EXPLAIN QUERY PLAN {text}", [None] * text.count("?"))
        return "\n".join(row[3] for row in found)


@pytest_asyncio.fixture
async def explainer(settings: Settings) -> AsyncIterator[Explainer]:
    """Explain in a database with 40,000 todos of 100 users, which the end of the test removes."""
    url = make_url(settings.database.url)
    if settings.database.is_sqlite:
        connection = sqlite3.connect(str(url.database))
        add_functions(connection)
        connection.executescript(_sqlite_rows())
        yield Explainer(sqlite.dialect(), sqlite=connection)
        connection.close()
        return
    plain = url.set(drivername="postgresql").render_as_string(hide_password=False)
    opened = await asyncpg.connect(plain)
    transaction = opened.transaction()
    await transaction.start()
    await opened.execute(POSTGRES_ROWS)
    dialect = postgres.dialect()  # type: ignore[no-untyped-call]
    yield Explainer(dialect, postgres=opened)
    await transaction.rollback()
    await opened.close()


def page(
    *names: str,
    is_sqlite: bool,
    in_list: bool = False,
    sort: str = "rank",
    after: After | None = None,
    statuses: tuple[TodoStatus, ...] = (),
    words: int = 0,
    trash: bool = False,
) -> Any:
    """Return the statement of a page with conditions of these names."""
    conditions = Conditions(in_list, trash, statuses, (), names, words)
    sorting, with_total = Sorting.parse(sort), after is None
    return cursor_page(PageVariant(conditions, sorting, after, 51, with_total, is_sqlite))


# Edits would write an index on these, so a list is sorted.
SORTED_KEYS = [SortKey.UPDATED_AT, SortKey.TITLE]
# The first page, and one after a cursor.
PAGES: tuple[After | None, ...] = (None, "key")


def cases(*, is_sqlite: bool) -> dict[str, tuple[Any, str]]:
    """Return the statements, and the index of todos that each must use; "" for any."""
    find, snapshot = partial(page, is_sqlite=is_sqlite), partial(snapshot_page, is_sqlite=is_sqlite)
    of_list: dict[str, tuple[Any, str]] = {
        f"list by {sign}{key}{', next page' if after else ''}": (
            find(in_list=True, sort=f"{sign}{key}", after=after),
            "" if key in SORTED_KEYS else f"ix_todos_list_id_{key}",
        )
        for key in SortKey
        for sign in ("", "-")
        for after in PAGES
    }
    return of_list | {
        "list by due, undated": (find(in_list=True, sort="due", after="no_key"), "due_sort"),
        "due in a list": (find("due_before", in_list=True, sort="due"), "due_sort"),
        "search of a list": (find(in_list=True, words=1), ""),
        "label": (find("label", in_list=True), ""),
        "today": (find("due_before", sort="due", statuses=OPEN), "due_sort"),
        "upcoming": (find("due_after", "due_before", sort="due", statuses=OPEN), "due_sort"),
        "all lists": (find(), ""),
        "all lists by due": (find(sort="-due"), "due_sort"),
        "all lists by due, next page": (find(sort="due", after="key"), "due_sort"),
        "search of todos and comments": (found_by(2), "ix_comments_todo_id"),
        "search of all lists": (find(words=2), ""),
        "assigned to me": (find("assignee", sort="due"), ""),
        "subtasks": (find("parent_id"), ""),
        "trash": (find(trash=True), ""),
        "number of all": (count_matching(Conditions(False, False, OPEN, (), (), 1)), ""),
        "page by number": (
            numbered_page(Conditions(True, False, (), (), (), 0), Sorting()),
            "rank",
        ),
        "one todo": (one_todo(), ""),
        "snapshot": (snapshot(1, 500, is_first=True), "rank"),
        "snapshot, next page": (snapshot(1, 500, is_first=False), "rank"),
        "several snapshots": (snapshot(20, 100, is_first=True), "rank"),
    }


async def test_no_read_scans_the_table_of_todos(explainer: Explainer) -> None:
    failures = []
    for name, (statement, index) in cases(is_sqlite=explainer.sqlite is not None).items():
        plan = await explainer.plan(statement)
        scans = re.search(r"Seq Scan on (todos|comments)\b|SCAN (todos|comments)\b(?! USING)", plan)
        if scans or index not in plan or " todos" not in plan:
            failures.append(f"{name}: needs {index or 'any index'}\n{plan}")

    assert not failures, "\n\n".join(failures)


@pytest.mark.parametrize("in_list", [False, True])
async def test_a_search_reads_the_texts_once_for_page_and_total(
    explainer: Explainer, *, in_list: bool
) -> None:
    statement = page(in_list=in_list, words=1, is_sqlite=explainer.sqlite is not None)

    plan = await explainer.plan(statement)

    # By list; the rows of the page are then read by their ids.
    by_list = re.findall(r"on ix_todos_list_id\w*|todos USING INDEX ix_todos_list_id\w*", plan)
    assert len(by_list) == 1, plan


async def test_no_page_of_a_list_is_sorted_but_by_what_edits_change(explainer: Explainer) -> None:
    sorted_keys = []
    for key in SortKey:
        statement = page(in_list=True, sort=f"-{key}", is_sqlite=explainer.sqlite is not None)
        # What is sorted otherwise has the rows of the page at most.
        if re.search(r"Sort .*rows=\d{3,}", await explainer.plan(statement)):
            sorted_keys.append(key)

    assert sorted_keys == ([] if explainer.sqlite else SORTED_KEYS)


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
@pytest.mark.parametrize("after", [None, "no_key"])
async def test_todos_without_a_due_date_are_read_in_the_order_of_the_index(
    explainer: Explainer, after: After | None
) -> None:
    statement = page(in_list=True, sort="due", after=after, is_sqlite=False)

    plan = await explainer.plan(statement)

    # Sorted by id alone, all todos of the list without a due date would be read for each page.
    assert not re.search(r"Sort Key: todos\w*\.id\b", plan), plan


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
async def test_labels_and_assignees_are_gathered_once_for_a_page(explainer: Explainer) -> None:
    statement = page("due_after", "due_before", sort="due", is_sqlite=False)

    plan = await explainer.plan(statement)

    # A part of the plan of its own is executed once, however few todos Postgres expects.
    parts = {line.strip() for line in plan.splitlines()}
    assert {"CTE user_ids", "CTE label_ids"} <= parts, plan


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
async def test_a_page_of_lists_is_chosen_from_the_lists_of_the_reader(explainer: Explainer) -> None:
    plan = await explainer.plan(page_of_my_lists(ListState.ACTIVE))

    # Both the total and the page are read from one part, which begins with the reader's memberships.
    assert plan.count("CTE Scan on mine") == 2, plan
    assert plan.count("ix_members_user_id") == 1, plan
