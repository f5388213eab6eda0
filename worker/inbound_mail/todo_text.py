"""Make title, description and labels of a todo, or a comment, of a mail. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from email.utils import parseaddr

from shared.comments.rules import MAX_COMMENT_LENGTH
from shared.errors import Invalid
from shared.ids import LabelId
from shared.inbound_mail.addresses import text_without_secrets
from shared.text import NotAcceptableError, clean, name_key, title
from shared.todos.rules.todo_rules import MAX_LABELS_PER_TODO
from worker.inbound_mail.mime_reader import MailContent
from worker.inbound_mail.quotes import cut_quotes, is_only_quote

MAX_TITLE, MAX_DESCRIPTION = 500, 50_000
# Their names are a list to read; a mail with more has a gallery.
MAX_NAMED_ATTACHMENTS = 20
NO_SUBJECT = "Mail without a subject"
_PREFIX = re.compile(r"(?:\s*(?:re|fwd?|aw|wg|tr|sv|antw)\s*:)+\s*", re.IGNORECASE)
_MARK = re.compile(r"(.*\S)\s+(?:#(\S{1,50})|!([1-5]))", re.DOTALL)
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


@dataclass(frozen=True)
class TodoText:
    title: str
    description: str
    labels: tuple[LabelId, ...] = ()
    priority: int = 0


def body_text(mail: MailContent) -> str:
    """Return what the description has of the mail. A long one takes seconds: call it in a thread."""
    return storable(cut_quotes(mail.text, line_of(mail.subject)))


def todo_text(
    mail: MailContent,
    body: str,
    labels: Mapping[str, LabelId],
    email_key: str,
    refused: Sequence[str] = (),
) -> TodoText:
    """Return the todo. `labels` are those of the list by `name_key`, `email_key` is its author's.

    `refused` has a line for each file that is not attached.
    """
    subject = line_of(mail.subject)
    marked, found, priority = _marks(_PREFIX.sub("", subject, count=1), labels)
    short = _title(marked) or _title(body.partition("\n")[0]) or NO_SUBJECT
    is_cut = len(marked) > MAX_TITLE
    parts = [marked if is_cut else "", body, *_notes(mail, email_key), _refused(refused)]
    description = "\n\n".join(part for part in parts if part)
    return TodoText(short, _shorten(description, MAX_DESCRIPTION), found, priority)


def reply_text(mail: MailContent) -> str:
    """Return what stands above the quote of a reply. A long one takes seconds: call it in a thread."""
    body = storable(cut_quotes(mail.text))
    return "" if is_only_quote(body) else body


def comment_text(body: str, attached: Sequence[str], refused: Sequence[str]) -> str:
    """Return the comment of a reply. Raise Invalid if there is nothing to say.

    `attached` are the names of the files that came with it, `refused` has a line for each other one.
    """
    files = "" if body or not attached else f"Attached: {', '.join(attached)}"
    text = "\n\n".join(part for part in (body, files, _refused(refused)) if part)
    if not text:
        raise Invalid("The mail has no text of its own.")
    return _shorten(text, MAX_COMMENT_LENGTH)


def storable(text: str) -> str:
    """Return the text without what we do not store; empty if that is not enough."""
    try:
        return text_without_secrets(clean(_CONTROL.sub("", text.replace("\r\n", "\n"))))
    except NotAcceptableError:
        return ""


def _marks(subject: str, labels: Mapping[str, LabelId]) -> tuple[str, tuple[LabelId, ...], int]:
    """Return the subject without `#label` and `!3` at its end, the labels and the priority."""
    found: dict[LabelId, None] = {}
    priority = 0
    while mark := _MARK.fullmatch(subject):
        if mark[3] and not priority:
            priority = int(mark[3])
        elif (
            mark[2]
            and (label := labels.get(name_key(mark[2])))
            and (len(found) < MAX_LABELS_PER_TODO)
        ):
            found[label] = None
        else:
            break
        subject = mark[1]
    return subject, tuple(found), priority


def _title(text: str) -> str:
    """Return the text as a title; empty for one of which nothing can be seen."""
    try:
        return title(_shorten(line_of(text), MAX_TITLE))
    except NotAcceptableError:
        return ""


def line_of(text: str) -> str:
    """Return the text as one line that can be stored; empty if that is not possible."""
    # A subject is not longer than its header. Cut before it is normalized, which makes it longer.
    return storable(re.sub(r"\s+", " ", text[:10_000]))


def _shorten(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"


def _notes(mail: MailContent, email_key: str) -> list[str]:
    """Return who wrote it, unless the author of the todo did, and whether all was read."""
    sender = _shorten(line_of(mail.sender), 300)
    # The address, not the name before it, which anybody may write.
    is_own = parseaddr(mail.sender)[1].lower() == email_key
    notes = ["" if is_own or not sender else f"From: {sender}"]
    if mail.is_cut:
        notes.append("Parts of this mail were not read: it has too many.")
    return notes


def _refused(lines: Sequence[str]) -> str:
    if not lines:
        return ""
    named = [f"- {line}" for line in lines[:MAX_NAMED_ATTACHMENTS]]
    if more := len(lines) - len(named):
        named.append(f"- and {more} more")
    return "\n".join(["Not attached:", *named])
