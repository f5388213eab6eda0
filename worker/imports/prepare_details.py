"""Make comments and past occurrences of the file ones that we can store. Pure."""

import re
from typing import Any

from babel.dates import format_date
from pydantic import ValidationError

from shared.attachments.rules import file_name
from shared.clock import as_rfc3339
from shared.comments.emoji import is_emoji
from shared.comments.rules import (
    MAX_COMMENT_LENGTH,
    MAX_EMOJI_PER_COMMENT,
    MAX_VERSIONS,
    MAX_VERSIONS_BYTES,
)
from shared.contract.shapes import Ending, RepeatShape, TodoStatus
from shared.errors import Invalid
from shared.languages.texts import Amount, message, translator
from shared.text import normalized, without_bidi_controls
from shared.todos.rules.due import parse_due_date, parse_due_time
from shared.todos.rules.repeat_rule import parse_rule
from shared.todos.rules.repeat_series import Due
from shared.zones import zone_or_utc
from worker.imports.items import (
    Detail,
    ImportedComment,
    ImportedFile,
    ImportedOccurrence,
    Options,
)
from worker.imports.prepare import Unusable, line_of

MAX_NAME = 100
# Of an attachment, as its upload has it.
MAX_FILE_NAME = 200
# As shared/text.py refuses them, without line break and tab.
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


def prepare_detail(detail: Detail, options: Options) -> tuple[dict[str, Any], list[str]]:
    """Return the fields as a page stores them, and notes about what is left out. Raise Unusable."""
    if isinstance(detail, ImportedComment):
        return _comment(detail, options)
    if isinstance(detail, ImportedFile):
        return _file(detail), []
    return _occurrence(detail), []


def _file(file: ImportedFile) -> dict[str, Any]:
    """Return the file with a name as an upload may have it."""
    name = file_name(line_of(file.name))[:MAX_FILE_NAME].strip() or "file"
    return {"path": file.path, "name": name, "size_bytes": file.size_bytes}


def _comment(comment: ImportedComment, options: Options) -> tuple[dict[str, Any], list[str]]:
    body = _clean(comment.body)
    if not body:
        raise Unusable("A comment without text was left out.")
    notes: list[str] = []
    is_own = bool(options.user_id) and comment.author_id == options.user_id
    if not is_own:
        body = f"{_heading(comment, options)}\n{body}"
    if len(body) > MAX_COMMENT_LENGTH:
        body = body[: MAX_COMMENT_LENGTH - 1] + "…"
        notes.append(
            message(
                "A comment was shortened to {limit} characters.", limit=Amount(MAX_COMMENT_LENGTH)
            )
        )
    created_at, edited_at = comment.created_at, comment.edited_at
    return {
        "body": body,
        "created_at": None if created_at is None else as_rfc3339(created_at),
        "edited_at": None if edited_at is None else as_rfc3339(edited_at),
        "earlier": _earlier(comment) if is_own else [],
        "reactions": _own_reactions(comment, options),
    }, notes


def _clean(text: str) -> str:
    text = without_bidi_controls(_CONTROL.sub("", text.replace("\r\n", "\n")))
    return normalized("NFC", text).strip()


def _earlier(comment: ImportedComment) -> list[dict[str, str]]:
    """Return the newest earlier texts that a comment may keep. Those of others are not the importer's."""
    kept: list[dict[str, str]] = []
    size = 0
    for text, written_at in reversed(comment.earlier[-MAX_VERSIONS:]):
        body = _clean(text)[:MAX_COMMENT_LENGTH]
        size += len(body.encode())
        if size > MAX_VERSIONS_BYTES:
            break
        if body and written_at is not None:
            kept.insert(0, {"body": body, "written_at": as_rfc3339(written_at)})
    return kept


def _own_reactions(comment: ImportedComment, options: Options) -> list[str]:
    """Return the emoji with which the importer reacted: nobody reacts in the name of another."""
    own = [emoji for emoji, user_id in comment.reactions if user_id == options.user_id != ""]
    return list(dict.fromkeys(filter(is_emoji, own)))[:MAX_EMOJI_PER_COMMENT]


def _heading(comment: ImportedComment, options: Options) -> str:
    """Return who wrote the comment, which its importer adds: nobody speaks in the name of another."""
    t = translator(options.language)
    name = line_of(comment.author_name)[:MAX_NAME] or message("a former member")
    if comment.created_at is None:
        return t("From {name}:", name=name)
    day = comment.created_at.astimezone(zone_or_utc(options.zone)).date()
    month = format_date(day, "MMMM", locale=t.language)
    return t(
        "From {name}, {day} {month} {year}:", name=name, day=day.day, month=month, year=day.year
    )


def _occurrence(occurrence: ImportedOccurrence) -> dict[str, Any]:
    """Return the occurrence with what the todo was before it ended, to undo the end."""
    try:
        repeat = RepeatShape.model_validate(
            {**occurrence.repeat, "occurrence": occurrence.occurrence}
        )
        parse_rule(repeat.rule)
        _check_due(repeat.anchor)
        outcome, status = Ending(occurrence.outcome), TodoStatus(occurrence.status)
    except (ValidationError, Invalid, ValueError):
        raise Unusable("A past occurrence cannot be read and was left out.") from None
    due, ended_at = occurrence.due, occurrence.ended_at
    if due is None or ended_at is None or not occurrence.occurrence or outcome is Ending.REOPENED:
        raise Unusable("A past occurrence cannot be read and was left out.")
    return {
        "occurrence": occurrence.occurrence,
        "outcome": outcome.value,
        "ended_at": as_rfc3339(ended_at),
        "before": {
            "due": due.model_dump(mode="json"),
            "repeat": repeat.model_dump(mode="json"),
            "status": status.value,
            "subtasks": [],
        },
    }


def _check_due(due: Due) -> None:
    """Raise Invalid for a date of a year, or a zone, that no todo can have."""
    value = due.model_dump(mode="json")
    if "date" in value:
        parse_due_date(value["date"])
    else:
        parse_due_time(value["at"], value["zone"])
