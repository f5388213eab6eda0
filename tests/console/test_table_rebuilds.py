"""Migrations of populated databases: no row is lost, also where SQLite copies a table."""

from pathlib import Path
from typing import Any

import pytest
from alembic.runtime.migration import MigrationContext, MigrationInfo
from alembic.util import CommandError
from sqlalchemy import text

from console.schema import upgrade as running
from console.schema.upgrade import SCRIPTS, check_foreign_keys, upgrade
from shared import tables
from shared.settings import Settings
from tests.support.migrations import (
    ROWS,
    add_revision,
    count_rows,
    fill_tables,
    on_connection,
    read_tables,
)

ADD_CHECK = """
with op.batch_alter_table("todos") as batch:
    batch.create_check_constraint("ck_todos_of_a_test", "version >= 0")
"""
# Tables whose rows a migration deletes on purpose.
EMPTIED = {"0004": {"events"}}
REVISIONS = sorted(path.name[:4] for path in (SCRIPTS / "versions").glob("[0-9]*.py"))


def test_a_rebuild_of_a_table_keeps_every_row_of_every_table(
    empty_database: Settings, tmp_path: Path
) -> None:
    upgrade(empty_database)
    on_connection(empty_database, fill_tables)
    before = on_connection(empty_database, read_tables)

    upgrade(empty_database, scripts=add_revision(tmp_path, ADD_CHECK))

    assert set(before) == set(tables.metadata.tables)
    assert all(len(rows) == ROWS for rows in before.values())
    assert on_connection(empty_database, read_tables) == before


# Postgres has foreign keys on, and deletes or refuses what SQLite would orphan.
@pytest.mark.parametrize("empty_database", ["sqlite"], indirect=True)
def test_rows_without_the_row_they_refer_to_stop_the_migration(
    empty_database: Settings, tmp_path: Path
) -> None:
    upgrade(empty_database)
    on_connection(empty_database, fill_tables)
    before = on_connection(empty_database, read_tables)
    orphaning = ADD_CHECK + "op.execute(\"DELETE FROM todos WHERE id = 'row-1'\")"

    with pytest.raises(CommandError, match="of comments \\(missing in todos\\)"):
        upgrade(empty_database, scripts=add_revision(tmp_path, orphaning))

    assert on_connection(empty_database, read_tables) == before
    revisions = on_connection(
        empty_database,
        lambda found: (
            found.execute(text("SELECT version_num FROM alembic_version")).scalars().all()
        ),
    )
    assert revisions == [REVISIONS[-1]]


def test_every_migration_runs_on_a_populated_database(
    empty_database: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fails for a column NOT NULL without server default, and for a migration that loses rows."""
    counts: dict[str, int] = {}
    applied: list[str] = []

    def compare_and_fill(ctx: MigrationContext, step: MigrationInfo, **others: Any) -> None:
        check_foreign_keys(ctx, step, **others)
        revision, connection = step.up_revision_id, ctx.connection
        assert revision is not None
        assert connection is not None
        found = count_rows(connection)
        kept = set(found) & set(counts) - EMPTIED.get(revision, set())
        assert {name: found[name] for name in kept} == {name: counts[name] for name in kept}
        fill_tables(connection)
        counts.clear()
        counts.update(count_rows(connection))
        applied.append(revision)

    # Called at the end of each migration, in its transaction. One run loads the migrations once.
    monkeypatch.setattr(running, "check_foreign_keys", compare_and_fill)
    upgrade(empty_database)

    assert applied == REVISIONS
    assert counts == dict.fromkeys(tables.metadata.tables, ROWS)
    assert on_connection(empty_database, count_rows) == counts


def test_a_column_that_old_rows_cannot_have_is_refused(
    empty_database: Settings, tmp_path: Path
) -> None:
    """`test_every_migration_runs_on_a_populated_database` catches it: this shows that it would."""
    upgrade(empty_database)
    on_connection(empty_database, fill_tables)
    column = 'op.add_column("todos", sa.Column("effort", sa.Integer(), nullable=False))'

    with pytest.raises(Exception, match=r"(?i)not null|null value"):
        upgrade(empty_database, scripts=add_revision(tmp_path, column))
