"""What every table of the schema keeps to, so that it works at any size."""

from sqlalchemy import Table, UniqueConstraint

from shared.tables import metadata


def _indexes(table: Table) -> list[list[str]]:
    """Return the columns of each index, of the primary key and of each unique constraint, in order."""
    uniques = [found for found in table.constraints if isinstance(found, UniqueConstraint)]
    keys = [[column.name for column in found.columns] for found in (table.primary_key, *uniques)]
    return [*keys, *([column.name for column in index.columns] for index in table.indexes)]


def test_every_foreign_key_has_an_index() -> None:
    # Without one, deleting a row of the other table reads this one from end to end, for each row.
    missing = [
        f"{table.name}: {', '.join(key.column_keys)}"
        for table in metadata.sorted_tables
        for key in table.foreign_key_constraints
        if not any(
            set(index[: len(key.column_keys)]) == set(key.column_keys) for index in _indexes(table)
        )
    ]

    assert missing == []
