"""The migrations and shared/tables describe the same database."""

from pathlib import Path

import pytest
from sqlalchemy import Connection

from console.schema.upgrade import upgrade
from shared import tables
from shared.settings import Settings
from tests.support.migrations import add_revision, on_connection
from tests.support.schema_facts import schema_facts

# What a migration may do to todos that shared/tables does not know, and the facts that then differ.
DIFFERENCES = {
    'batch.create_check_constraint("ck_todos_x", "version >= 0")': {"check todos"},
    'batch.drop_constraint(op.f("ck_todos_status"), type_="check")': {"check todos"},
    'batch.alter_column("rank", nullable=True)': {"column todos.rank"},
    'batch.alter_column("version", server_default="1")': {"column todos.version"},
    'batch.alter_column("title", type_=sa.String(900))': {"column todos.title"},
    'batch.add_column(sa.Column("effort", sa.Integer()))': {"column todos.effort"},
    'batch.create_unique_constraint("uq_todos_x", ["rank"])': {"unique todos", "index CREATE"},
    'batch.drop_constraint("fk_todos_list_id_lists", type_="foreignkey")': {"foreign key"},
    'batch.drop_index("ix_todos_subtasks")': {"index CREATE"},
}


def of_tables(connection: Connection) -> set[str]:
    """Create the tables of shared/tables in the empty database; return its facts."""
    tables.metadata.create_all(connection)
    return schema_facts(connection)


@pytest.fixture
def expected(empty_database: Settings) -> set[str]:
    """The facts of a database made from shared/tables, which is rolled back."""
    found: set[str] = set()

    def run(connection: Connection) -> None:
        found.update(of_tables(connection))
        connection.rollback()

    on_connection(empty_database, run)
    return found


def test_the_migrated_schema_is_that_of_the_tables(
    empty_database: Settings, expected: set[str]
) -> None:
    upgrade(empty_database)

    found = on_connection(empty_database, schema_facts)

    assert (sorted(expected - found), sorted(found - expected)) == ([], []), (
        "The migrations and shared/tables differ (missing, left over): "
        './livelist migration "what it does" writes the next migration.'
    )


@pytest.mark.parametrize("change", DIFFERENCES)
def test_a_difference_is_seen_and_a_rebuild_makes_no_other(
    empty_database: Settings, expected: set[str], tmp_path: Path, change: str
) -> None:
    with_change = f'with op.batch_alter_table("todos") as batch:\n    {change}'

    upgrade(empty_database, scripts=add_revision(tmp_path, with_change))

    different = expected ^ on_connection(empty_database, schema_facts)
    subjects = {" ".join(fact.split()[:2]).rstrip(":") for fact in different}
    assert subjects
    assert subjects <= DIFFERENCES[change]
