"""Fold the texts of comments, as searches compare them.

Revision: 0076, after 0075. On Postgres in transactions of few rows, while the site is in use; a migration
that was interrupted can be run again. A comment that a process of the code before writes meanwhile has no
folded text, so searches do not find it until it is edited.
"""

import re
import unicodedata
from collections.abc import Mapping
from typing import Literal

import sqlalchemy as sa
from alembic import op

revision = "0076"
down_revision = "0075"
branch_labels = None
depends_on = None

# A comment has at most 40 kB, so a batch some 20 MB; nearly all have less than a kilobyte.
BATCH = 500
COMMENTS = sa.table("comments", *map(sa.column, ("id", "body", "search_text")))
_MENTION = re.compile(r"@\[[0-9a-z]{26}\]")


def upgrade() -> None:
    if op.get_bind().dialect.name != "postgresql":
        _fold_all()
        return
    with op.get_context().autocommit_block():
        _fold_all()


def downgrade() -> None:
    """Leave the texts: 0075 drops their column."""


def _fold_all() -> None:
    connection = op.get_bind()
    update = (
        sa.update(COMMENTS)
        # A comment that was edited since it was read has its new text already.
        .where(COMMENTS.c.id == sa.bindparam("the_id"), COMMENTS.c.search_text == "")
        .values(search_text=sa.bindparam("text"))
    )
    page = sa.select(COMMENTS.c.id, COMMENTS.c.body).order_by(COMMENTS.c.id).limit(BATCH)
    after = ""
    while rows := connection.execute(page.where(COMMENTS.c.id > after)).all():
        texts = [
            {"the_id": row.id, "text": _search_key(_MENTION.sub("@", row.body))} for row in rows
        ]
        connection.execute(update, texts)
        after = rows[-1].id


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
