"""What an export reads: rows of the account, in a database in which almost all rows are those of others."""

import json
import sqlite3
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any

import asyncpg
import pytest_asyncio
from sqlalchemy import Dialect
from sqlalchemy.dialects import sqlite
from sqlalchemy.dialects.postgresql import asyncpg as postgres
from sqlalchemy.engine import make_url

from shared.accounts.personal_data.sections import SECTIONS
from shared.database.instants import add_functions
from shared.settings import Settings
from tests.support.export_rows import ACCOUNT, ROWS, script

# Of the 5,000 rows of each table. The account has four, and its lists have a hundred.
MAX_ROWS = ROWS // 5
# To read a row takes SQLite four instructions at least.
MAX_INSTRUCTIONS = 4 * MAX_ROWS


@dataclass(frozen=True)
class Meter:
    """Executes statements for the account; returns the rows found, and what was read too much."""

    dialect: Dialect
    postgres: "asyncpg.Connection[Any] | None" = None
    sqlite: sqlite3.Connection | None = None

    async def measure(self, statement: Any) -> tuple[int, str]:
        compiled = statement.compile(
            dialect=self.dialect, compile_kwargs={"render_postcompile": True}
        )
        text = str(compiled)
        values = compiled.construct_params({"user_id": ACCOUNT})
        if self.sqlite is not None:
            return self._measure_sqlite(text, [values[name] for name in compiled.positiontup])
        assert self.postgres is not None
        literals = [
            f"'{values[name]}'" if isinstance(values[name], str) else str(values[name])
            for name in compiled.positiontup
        ]
        await self.postgres.execute(f"PREPARE read AS {text}")
        explain = f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) EXECUTE read ({', '.join(literals)})"
        plan = json.loads(await self.postgres.fetchval(explain))[0]["Plan"]
        await self.postgres.execute("DEALLOCATE read")
        read = list(_reads(plan))
        too_much = [text for count, text in read if count > MAX_ROWS]
        return int(plan["Actual Rows"]), "; ".join(too_much)

    def _measure_sqlite(self, text: str, values: list[Any]) -> tuple[int, str]:
        assert self.sqlite is not None
        instructions = 0

        def count() -> None:
            nonlocal instructions
            instructions += 10

        self.sqlite.set_progress_handler(count, 10)
        found = self.sqlite.execute(text, values).fetchall()
        self.sqlite.set_progress_handler(None, 0)
        if instructions <= MAX_INSTRUCTIONS:
            return len(found), ""
        plan = self.sqlite.execute(f"EXPLAIN QUERY PLAN {text}", values)
        return len(found), f"{instructions} instructions: " + "; ".join(row[3] for row in plan)


def _reads(node: dict[str, Any]) -> Iterator[tuple[float, str]]:
    """Yield the number of rows that each scan of a table or an index went through."""
    rows = node["Actual Rows"] + sum(
        node.get(f"Rows Removed by {kind}", 0) for kind in ("Filter", "Index Recheck")
    )
    if "Scan" in node["Node Type"]:
        name = node.get("Relation Name") or node.get("Index Name") or ""
        yield rows * node["Actual Loops"], f"{node['Node Type']} of {name}: {rows} rows"
    for part in node.get("Plans", []):
        yield from _reads(part)


@pytest_asyncio.fixture
async def meter(settings: Settings) -> AsyncIterator[Meter]:
    url = make_url(settings.database.url)
    if settings.database.is_sqlite:
        connection = sqlite3.connect(str(url.database))
        add_functions(connection)
        connection.executescript(script(is_sqlite=True))
        yield Meter(sqlite.dialect(), sqlite=connection)
        connection.close()
        return
    opened = await asyncpg.connect(url.set(drivername="postgresql").render_as_string(False))
    transaction = opened.transaction()
    await transaction.start()
    await opened.execute(script(is_sqlite=False))
    # The plan for any account, which a prepared statement gets after a few executions.
    await opened.execute("SET LOCAL plan_cache_mode = force_generic_plan")
    # Tables this small are in memory: otherwise reading one whole costs less than fifty keys of it.
    await opened.execute("SET LOCAL random_page_cost = 1")
    yield Meter(postgres.dialect(), postgres=opened)  # type: ignore[no-untyped-call]
    await transaction.rollback()
    await opened.close()


async def test_no_page_and_no_count_of_an_export_walks_a_table(meter: Meter) -> None:
    failures, counts = [], {}
    for section in SECTIONS:
        after = [0 if name == "number" else "0" for name in section.key]
        for name, statement in (
            ("first page", section.page(None)),
            ("next page", section.page(after)),
            ("count", section.count()),
        ):
            counts[f"{section.name} {name}"], too_much = await meter.measure(statement)
            if too_much:
                failures.append(f"{section.name}, {name}: {too_much}")

    assert not failures, "\n".join(failures)
    # Otherwise the conditions would not have been tried.
    assert {name for name, count in counts.items() if not count} == set()
    assert counts["todos first page"] == 4
