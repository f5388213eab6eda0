"""Comments of Todoist: rows of the type `note`, which follow the row of their task. Pure.

note,"See the plan [[file {""file_name"":""plan.pdf"",""file_url"":""https://…""}]]",…,Ana (14781400),…
"""

import re
from collections.abc import Mapping
from typing import Any

import orjson

from worker.imports.fields import parse_instant, text
from worker.imports.items import ImportedComment, Options

# "Ana (14781400)": the name, and the id of the account. A match begins at the first space of a run:
# to try each of them would take the square of their number.
_ACCOUNT_ID = re.compile(r"(?<!\s)\s*+\(\d+\)$")
_FILE_BEGIN, _FILE_END = "[[file ", "}]]"
_ADDRESS = re.compile(r"https?://\S+")


def comment_of(
    cells: Mapping[str, str], line: int, list_key: str, todo_ref: str, options: Options
) -> tuple[ImportedComment, int]:
    """Return the comment of a row, and how many attached files it names."""
    body, files = _with_named_files(cells.get("CONTENT", ""))
    date = cells.get("DATE", "")
    # Instants of Todoist are in UTC, whether they say so or not.
    created_at = parse_instant(date) or parse_instant(f"{date}Z")
    if date and created_at is None:
        body = f"{date}\n{body}"
    author = cells.get("AUTHOR", "")
    return ImportedComment(
        list_key=list_key,
        todo_ref=todo_ref,
        line=line,
        body=body,
        # A file that names nobody is the importer's own, such as a template.
        author_id="" if author else options.user_id,
        author_name=_ACCOUNT_ID.sub("", author),
        created_at=created_at,
    ), files


def _with_named_files(content: str) -> tuple[str, int]:
    """Return the text with name and address in place of each attached file, and the number of these."""
    first, *parts = content.split(_FILE_BEGIN)
    pieces, count = [first], 0
    for part in parts:
        document, end, rest = part.partition(_FILE_END)
        named = _named_file(f"{document}}}") if end else ""
        count += bool(named)
        pieces.append(f"{named}{rest}" if named else f"{_FILE_BEGIN}{part}")
    return "".join(pieces).strip(), count


def _named_file(document: str) -> str:
    """Return name and address, as `plan.pdf: https://…`; empty if the JSON has neither."""
    try:
        file: Any = orjson.loads(document)
    except orjson.JSONDecodeError:
        return ""
    if not isinstance(file, dict):
        return ""
    name = text(file.get("file_name")) or text(file.get("title"))
    address = text(file.get("file_url")) or text(file.get("url"))
    return ": ".join(filter(None, (name, address if _ADDRESS.fullmatch(address) else "")))
