"""Every column of the schema is exported with the data of an account, or left out for a stated reason."""

import re
from collections.abc import Iterable
from pathlib import Path

from sqlalchemy import Column

from shared.accounts.personal_data.exclusions import EXCLUDED_COLUMNS, EXCLUDED_TABLES
from shared.accounts.personal_data.sections import SECTIONS
from shared.tables import metadata

EXPORTED_TABLES = {section.table.__tablename__ for section in SECTIONS}


def _exported_columns() -> Iterable[str]:
    for section in SECTIONS:
        columns = section.table.__table__.c
        yield from (str(columns[name]) for name in section.columns)
        # A computed field of the name of a column stands for it.
        yield from (str(columns[name]) for name in section.computed if name in columns)
        yield from (
            f"{column.table.element.name}.{column.name}"
            for column in section.computed.values()
            if hasattr(column, "table") and hasattr(column.table, "element")
        )


def _columns_of_exported_tables() -> list[Column[object]]:
    tables = [table for table in metadata.sorted_tables if table.name in EXPORTED_TABLES]
    return [column for table in tables for column in table.columns]


def test_every_table_is_exported_or_left_out_for_a_reason() -> None:
    tables = set(metadata.tables)

    undecided = tables - EXPORTED_TABLES - set(EXCLUDED_TABLES)
    assert undecided == set(), "add a section, or a reason: shared/accounts/personal_data/"
    assert set(EXCLUDED_TABLES) - tables == set()
    assert EXPORTED_TABLES & set(EXCLUDED_TABLES) == set()


def test_every_column_is_exported_or_left_out_for_a_reason() -> None:
    exported = set(_exported_columns())
    columns = {str(column) for column in _columns_of_exported_tables()}

    undecided = columns - exported - set(EXCLUDED_COLUMNS)
    assert undecided == set(), "add it to a section, or a reason: shared/accounts/personal_data/"
    assert set(EXCLUDED_COLUMNS) - columns == set()
    assert exported & set(EXCLUDED_COLUMNS) == set()


def test_no_secret_is_exported() -> None:
    secret = re.compile("hash|nonce|secret|endpoint|p256dh|auth$|key")
    exported = {column for column in _exported_columns() if secret.search(column.partition(".")[2])}

    assert exported == set()


def test_every_section_is_documented() -> None:
    page = Path("docs/personal-data.md").read_text()

    assert [section.name for section in SECTIONS if f"`{section.name}`" not in page] == []
