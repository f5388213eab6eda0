"""What every table of the schema keeps to, so that it works at any size."""

from sqlalchemy import Table, UniqueConstraint

from shared.tables import metadata


def _indexed_columns(table: Table) -> set[str]:
    """Return the columns that lead an index, the primary key or a unique constraint."""
    uniques = [found for found in table.constraints if isinstance(found, UniqueConstraint)]
    leading = [next(iter(found.columns)).name for found in (table.primary_key, *uniques)]
    return {*leading, *(next(iter(index.columns)).name for index in table.indexes)}


def test_every_foreign_key_has_an_index() -> None:
    # Without one, deleting a row of the other table reads this one from end to end, for each row.
    missing = [
        str(column)
        for table in metadata.sorted_tables
        for column in table.columns
        if column.foreign_keys and column.name not in _indexed_columns(table)
    ]

    assert missing == []
