"""Text as people send it, made safe to keep: normal form, no control characters, no bombs.

Source of the rules: docs/security.md, "Input".
"""

import unicodedata
from typing import Annotated

from pydantic import AfterValidator, StringConstraints

# Zalgo text stacks hundreds of marks on one letter and makes browsers crawl; real scripts need
# fewer than five (Vietnamese two, Hebrew with cantillation four).
MARKS_IN_A_ROW = 8


def _is_refused(character: str) -> bool:
    category = unicodedata.category(character)
    return category in ("Cs", "Cc") and character not in "\n\t"


def clean(text: str) -> str:
    """Returns `text` in NFC with surrounding white space removed.

    Raises ValueError for control characters (NUL breaks Postgres), lone surrogates (they break
    UTF-8) and piles of combining marks.
    """
    text = text.replace("\r\n", "\n")
    if any(_is_refused(character) for character in text):
        raise ValueError("control characters are not allowed")
    text = unicodedata.normalize("NFC", text).strip()
    row = 0
    for character in text:
        row = row + 1 if unicodedata.category(character) in ("Mn", "Me") else 0
        if row > MARKS_IN_A_ROW:
            raise ValueError("too many combining marks in a row")
    return text


def one_line(text: str) -> str:
    """Returns clean `text`; raises ValueError when it holds a line break or a tab."""
    text = clean(text)
    if "\n" in text or "\t" in text:
        raise ValueError("line breaks are not allowed here")
    return text


def search_key(text: str) -> str:
    """Returns `text` as searches compare it: compatibility form, case folded, on both databases.

    SQLite's lower() knows ASCII only, so the folding is ours and stored beside the row.
    """
    return unicodedata.normalize("NFKC", text).casefold()


def email_key(email: str) -> str:
    """Returns the form in which addresses are compared: one person, one account."""
    return unicodedata.normalize("NFKC", email.strip()).casefold()


def like_pattern(word: str) -> str:
    """Returns a LIKE pattern (escape character: backslash) that matches `word` literally."""
    escaped = word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"


_Length = StringConstraints
# Measured twice: before, so that nobody makes us normalise a megabyte; and after, because normal
# form can be longer (U+FB2C becomes three characters), and columns are as wide as they say.
Line50 = Annotated[
    str, _Length(max_length=50), AfterValidator(one_line), _Length(min_length=1, max_length=50)
]
Line200 = Annotated[
    str, _Length(max_length=200), AfterValidator(one_line), _Length(min_length=1, max_length=200)
]
Line500 = Annotated[
    str, _Length(max_length=500), AfterValidator(one_line), _Length(min_length=1, max_length=500)
]
# 50,000 characters is a long article; a frame with it still fits the outbox of one socket.
Prose = Annotated[
    str, _Length(max_length=50_000), AfterValidator(clean), _Length(max_length=50_000)
]
