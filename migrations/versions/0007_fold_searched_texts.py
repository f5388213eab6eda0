"""Fold the searched texts of todos and users anew: without accents, hyphens and invisible characters.

Revision: 0007, after 0006. On Postgres in transactions of few rows and bytes, while the site is in use; a
migration that was interrupted can be run again. Processes of the code before search for the old form and
write it: stop them before.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Literal

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

# 5,000 short rows take Postgres some 0.2 s, for which an edit of one of them waits.
BATCH = 5_000
# A todo can have 0.2 MB of text, and 5,000 of those would take gigabytes of memory.
BATCH_BYTES = 4 * 1024 * 1024
TODOS = sa.table("todos", *map(sa.column, ("id", "title", "description", "search_text")))
USERS = sa.table("users", *map(sa.column, ("id", "name", "email", "search_key")))


def upgrade() -> None:
    _fold_all(_search_key)


def downgrade() -> None:
    _fold_all(_old_key)


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
    update = (
        sa.update(table)
        .where(table.c.id == sa.bindparam("the_id"), column == sa.bindparam("old"))
        .values({column: sa.bindparam("new")})
    )
    for first, last in _batches(table):
        rows = connection.execute(sa.select(table).where(table.c.id.between(first, last))).all()
        changes = [
            {"the_id": row.id, "old": getattr(row, column.name), "new": folded(row)} for row in rows
        ]
        if changed := [change for change in changes if change["old"] != change["new"]]:
            connection.execute(update, changed)


def _batches(table: sa.TableClause) -> Iterator[tuple[str, str]]:
    """Yield the first and the last id of BATCH rows or BATCH_BYTES of text at most; of one row at least."""
    connection = op.get_bind()
    # Postgres knows the bytes without reading the text. The older SQLite counts characters.
    length = sa.func.length if connection.dialect.name == "sqlite" else sa.func.octet_length
    texts = [length(column) for column in table.c if column.name != "id"]
    sizes = sa.select(table.c.id, sum(texts, start=sa.literal(0)).label("size"))
    in_order = sizes.order_by(table.c.id).limit(BATCH)
    after, read = "", 0
    while rows := connection.execute(in_order.where(table.c.id > after)).all():
        first, size = rows[0].id, 0
        for row in rows:
            if size and size + row.size > BATCH_BYTES:
                yield first, after
                first, size = row.id, 0
            after, size = row.id, size + row.size
        yield first, after
        read += len(rows)
        if len(rows) == BATCH:
            print(f"{read:,} rows of {table.name} are read.", flush=True)


# A copy of shared/text.py as it was at this revision.
_QUOTES = {
    **dict.fromkeys("\u00b4\u02b9\u02bb\u02bc\u02c8\u05f3\u2018\u2019\u201a\u201b", "'"),
    **dict.fromkeys("\u2032\u2035\u2039\u203a", "'"),
    **dict.fromkeys("\u00ab\u00bb\u05f4\u201c\u201d\u201e\u201f\u2033\u2036", '"'),
    **dict.fromkeys("\u301d\u301e\u301f", '"'),
}
_LETTERS = {
    "ß": "ss", "æ": "ae", "œ": "oe", "þ": "th", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "ħ": "h",
    "ŧ": "t", "\u0131": "i", "\u03c2": "\u03c3",
    **dict.fromkeys("\u058a\u05be\u2010\u2011\u2012\u2013\u2014\u2015\u2043\u2212\u2e3a\u2e3b", "-"),
}  # fmt: skip
_UNSEARCHED = {
    chr(number): ""
    for first, last in (
        (0x0300, 0x0305), (0x0307, 0x036F), (0x0483, 0x0489), (0x1AB0, 0x1AFF),
        (0x1DC0, 0x1DFF), (0x20D0, 0x20FF), (0xFE20, 0xFE2F), (0x0591, 0x05BD),
        (0x05BF, 0x05BF), (0x05C1, 0x05C1), (0x05C2, 0x05C2), (0x05C4, 0x05C4),
        (0x05C5, 0x05C5), (0x05C7, 0x05C7), (0x0610, 0x061A), (0x0640, 0x0640),
        (0x064B, 0x065F), (0x0670, 0x0670), (0x06D6, 0x06DC), (0x06DF, 0x06E4),
        (0x06E7, 0x06E7), (0x06E8, 0x06E8), (0x06EA, 0x06ED), (0x00AD, 0x00AD),
        (0x061C, 0x061C), (0x180B, 0x180F), (0x200B, 0x200F), (0x202A, 0x202E),
        (0x2060, 0x2064), (0x2066, 0x2069), (0xFE00, 0xFE0F), (0xFEFF, 0xFEFF),
        (0xE0100, 0xE01EF),
    )
    for number in range(first, last + 1)
}  # fmt: skip
_REPLACED = {**_LETTERS, **_UNSEARCHED}
_BREVE = re.compile("\u0306(?<![\u0438\u0443]\u0306)")
_LONE_DASHES = re.compile(r"(?<!\S)-+(?!\S)")
# Stored texts can hold marks in rows of any length, which normalization sorts in quadratic time.
MAX_NORMALIZED_MARKS = 30


def _old_key(text: str) -> str:
    return _normalized("NFKC", text).casefold()


def _search_key(text: str) -> str:
    if text.isascii():
        text = text.lower()
    else:
        text = _normalized("NFKD", _replaced(text, _QUOTES)).lower()
        if "\u0306" in text:
            text = _BREVE.sub("", text)
        text = _replaced(text, _REPLACED)
        text = _normalized("NFC", text)
    if "-" in text:
        text = _LONE_DASHES.sub("\0", text).replace("-", "").replace("\0", "-")
    return text


def _replaced(text: str, replacements: Mapping[str, str]) -> str:
    for character in set(text):
        if character in replacements:
            text = text.replace(character, replacements[character])
    return text


def _normalized(form: Literal["NFC", "NFKC", "NFKD"], text: str) -> str:
    return unicodedata.normalize(form, _with_few_marks(text))


def _with_few_marks(text: str) -> str:
    marks = {
        character
        for character in set(text)
        if unicodedata.category(character)[0] == "M" or character in "\uff9e\uff9f"
    }
    if not marks:
        return text
    kept, row = [], 0
    for character in text:
        row = row + 1 if character in marks else 0
        if row <= MAX_NORMALIZED_MARKS:
            kept.append(character)
    return "".join(kept)
