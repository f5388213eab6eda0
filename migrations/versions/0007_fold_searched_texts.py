"""Fold the searched texts of todos and users anew: without accents, hyphens and invisible characters.

Revision: 0007, after 0006. On Postgres in transactions of BATCH rows, while the site is in use; a migration
that was interrupted can be run again. Processes of the code before search for the old form and write it:
stop them before.
"""

import re
import unicodedata
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

# 5,000 rows take Postgres some 0.2 s, for which an edit of one of them waits.
BATCH = 5_000
TODOS = sa.table("todos", *map(sa.column, ("id", "title", "description", "search_text")))
USERS = sa.table("users", *map(sa.column, ("id", "name", "email", "search_key")))


def upgrade() -> None:
    _fold_all(_search_key)


def downgrade() -> None:
    _fold_all(lambda text: unicodedata.normalize("NFKC", text).casefold())


def _fold_all(fold: Callable[[str], str]) -> None:
    if op.get_bind().dialect.name != "postgresql":
        _fold_tables(fold)
        return
    with op.get_context().autocommit_block():
        _fold_tables(fold)


def _fold_tables(fold: Callable[[str], str]) -> None:
    _fold_rows(USERS, USERS.c.search_key, lambda row: fold(f"{row.name} {row.email}"))
    _fold_rows(TODOS, TODOS.c.search_text, lambda row: fold(f"{row.title}\n{row.description}"))


def _fold_rows(
    table: sa.TableClause, column: sa.ColumnElement[str], folded: Callable[[sa.Row[Any]], str]
) -> None:
    """Write the column where it changes, in the order of ids.

    A row that was edited since it was read is left: the edit has written its text.
    """
    connection = op.get_bind()
    in_order = sa.select(table).order_by(table.c.id).limit(BATCH)
    update = (
        sa.update(table)
        .where(table.c.id == sa.bindparam("the_id"), column == sa.bindparam("old"))
        .values({column: sa.bindparam("new")})
    )
    after, read = "", 0
    while rows := connection.execute(in_order.where(table.c.id > after)).all():
        after, read = rows[-1].id, read + len(rows)
        changes = [
            {"the_id": row.id, "old": getattr(row, column.name), "new": folded(row)} for row in rows
        ]
        if changed := [change for change in changes if change["old"] != change["new"]]:
            connection.execute(update, changed)
        if len(rows) == BATCH:
            print(f"{read:,} rows of {table.name} are read.", flush=True)


# A copy of shared/text.py as it was at this revision.
_QUOTES = {
    **dict.fromkeys(map(ord, "\u00b4\u02b9\u02bb\u02bc\u02c8\u05f3\u2018\u2019\u201a\u201b"), "'"),
    **dict.fromkeys(map(ord, "\u2032\u2035\u2039\u203a"), "'"),
    **dict.fromkeys(map(ord, "\u00ab\u00bb\u05f4\u201c\u201d\u201e\u201f\u2033\u2036"), '"'),
    **dict.fromkeys(map(ord, "\u301d\u301e\u301f"), '"'),
}
_LETTERS = str.maketrans(
    {
        "ß": "ss", "æ": "ae", "œ": "oe", "þ": "th", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "ħ": "h",
        "ŧ": "t", "\u0131": "i", "\u03c2": "\u03c3",
    }
    | dict.fromkeys("\u058a\u05be\u2010\u2011\u2012\u2013\u2014\u2015\u2043\u2212\u2e3a\u2e3b", "-")
)  # fmt: skip
_UNSEARCHED = re.compile(
    "(?<![\u0438\u0443])\u0306|[\u0300-\u0305\u0307-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff"
    "\ufe20-\ufe2f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670"
    "\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed"
    "\u00ad\u061c\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufe00-\ufe0f\ufeff"
    "\U000e0100-\U000e01ef]"
)
_DASHES = re.compile(r"(?<=[^\s-])-+|(?<!\S)-+(?=[^\s-])")


def _search_key(text: str) -> str:
    if text.isascii():
        return _DASHES.sub("", text.lower())
    text = unicodedata.normalize("NFKD", text.translate(_QUOTES)).lower().translate(_LETTERS)
    text = unicodedata.normalize("NFC", _UNSEARCHED.sub("", text))
    return _DASHES.sub("", text)
