"""Make title, description and labels of a todo, or a comment, of a mail. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parseaddr

from shared.comments.rules import MAX_COMMENT_LENGTH
from shared.errors import Invalid
from shared.ids import LabelId
from shared.inbound_mail.addresses import text_without_secrets
from shared.text import NotAcceptableError, clean, name_key, title
from shared.todos.rules.todo_rules import MAX_LABELS_PER_TODO
from worker.inbound_mail.mime_reader import Attachment, MailContent
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
    return storable(cut_quotes(mail.text, _line(mail.subject)))


def todo_text(
    mail: MailContent, body: str, labels: Mapping[str, LabelId], email_key: str
) -> TodoText:
    """Return the todo. `labels` are those of the list by `name_key`, `email_key` is its author's."""
    subject = _line(mail.subject)
    marked, found, priority = _marks(_PREFIX.sub("", subject, count=1), labels)
    short = _title(marked) or _title(body.partition("\n")[0]) or NO_SUBJECT
    is_cut = len(marked) > MAX_TITLE
    parts = [marked if is_cut else "", body, *_notes(mail, email_key)]
    description = "\n\n".join(part for part in parts if part)
    return TodoText(short, _shorten(description, MAX_DESCRIPTION), found, priority)


def comment_text(mail: MailContent) -> str:
    """Return the text of a reply above its quote. Raise Invalid for a mail without any.

    A long one takes seconds: call it in a thread.
    """
    body = storable(cut_quotes(mail.text))
    if is_only_quote(body):
        body = ""
    text = "\n\n".join(part for part in (body, _attachments(mail)) if part)
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
        return title(_shorten(_line(text), MAX_TITLE))
    except NotAcceptableError:
        return ""


def _line(text: str) -> str:
    # A subject is not longer than its header. Cut before it is normalized, which makes it longer.
    return storable(re.sub(r"\s+", " ", text[:10_000]))


def _shorten(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"


def _notes(mail: MailContent, email_key: str) -> list[str]:
    """Return who wrote it, unless the author of the todo did, and what is not kept."""
    sender = _shorten(_line(mail.sender), 300)
    # The address, not the name before it, which anybody may write.
    is_own = parseaddr(mail.sender)[1].lower() == email_key
    notes = ["" if is_own or not sender else f"From: {sender}", _attachments(mail)]
    if mail.is_cut:
        notes.append("Parts of this mail were not read: it has too many.")
    return notes


def _attachments(mail: MailContent) -> str:
    if not mail.attachments:
        return ""
    named = mail.attachments[:MAX_NAMED_ATTACHMENTS]
    lines = [f"- {_line(each.name) or 'file'} ({_size(each)})" for each in named]
    if more := len(mail.attachments) - len(named):
        lines.append(f"- and {more} more")
    return "\n".join(["Attachments, which are not stored:", *lines])


def _size(attachment: Attachment) -> str:
    if attachment.size < 1_000_000:
        return f"{max(1, attachment.size // 1000)} kB"
    return f"{attachment.size / 1_000_000:.1f} MB"
