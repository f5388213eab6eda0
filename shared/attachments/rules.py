"""Limits of attachments, their names, and their types as their content shows them. Pure."""

import codecs
import re
from collections.abc import Sequence
from datetime import timedelta

import puremagic

from shared.text import without_bidi_controls

# A receipt for each day of a month, and room for their second pages.
MAX_ATTACHMENTS_PER_TODO = 100
# A browser sends three at a time; a program that begins more has lost some.
MAX_UPLOADS_AT_ONCE = 10
# The largest file in this time needs 2.5 Mbit/s at 512 MiB, and a telephone sends 25 MiB at 0.25 Mbit/s.
UPLOAD_TIME = timedelta(minutes=30)
# An upload that is older has broken off: its process died.
BROKEN_UPLOAD_AFTER = timedelta(hours=2)
# The web client offers to undo a removal for some seconds; a program has time to ask its user.
RESTORE_TIME = timedelta(hours=1)
# Signatures are in the first bytes; those of a tape archive end at 262.
HEAD_BYTES = 8 * 1024
# How much text is searched for markup: a browser that guesses reads 1,445 bytes at most.
BINARY = "application/octet-stream"
# Of no attachment: an archive that is stored to be imported (shared/imports/stored_archives.py).
IMPORTED_ARCHIVE = "application/x-livelist-import"
# Those of which a thumbnail is made, by decoders that everybody's browser has too.
PICTURES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})

_OFFICE = "application/vnd.openxmlformats-officedocument."
_OPEN_DOCUMENT = "application/vnd.oasis.opendocument."
_ZIP = "application/zip"
# What may be kept in a ZIP archive: its signature does not tell them apart, the name does.
_IN_ZIP = frozenset(
    {
        _ZIP, "application/epub+zip",
        f"{_OFFICE}wordprocessingml.document", f"{_OFFICE}spreadsheetml.sheet",
        f"{_OFFICE}presentationml.presentation",
        f"{_OPEN_DOCUMENT}text", f"{_OPEN_DOCUMENT}spreadsheet", f"{_OPEN_DOCUMENT}presentation",
    }
)  # fmt: skip
# Other types become BINARY: a type that nobody thought of may be one that a program runs.
_KNOWN = PICTURES | {"image/heif", "image/heic", "image/avif", "image/tiff", "application/pdf"}
_KNOWN_PREFIXES = ("audio/", "video/")
# A tag, a declaration, or a processing instruction.
_MARKUP = re.compile(r"<[!?/a-z]", re.IGNORECASE)
_CONTROL = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")


def file_name(text: str) -> str:
    """Return the last part of a path, without bidirectional controls, which hide the ending of a name."""
    return without_bidi_controls(re.split(r"[/\\]", text)[-1]).strip()


def media_type_of(head: bytes, name: str) -> str:
    """Return the type that the first HEAD_BYTES of a file show. `name` decides between equal signatures.

    HTML, SVG, XML, scripts, programs and what is unknown are BINARY.
    """
    try:
        # A name only adds a match; without an ending it is not read as a path.
        matches = puremagic.magic_string(head, name if "." in name else None)
    except (puremagic.PureError, ValueError):
        matches = []
    types = [str(match.mime_type) for match in matches]
    if head.startswith(b"PK\x03\x04"):
        named = (match for match in matches if name.lower().endswith(match.extension or "?"))
        return next((str(each.mime_type) for each in named if each.mime_type in _IN_ZIP), _ZIP)
    for media_type in types:
        if media_type in _KNOWN or media_type.startswith(_KNOWN_PREFIXES):
            return media_type
    return "text/plain" if _is_plain_text(head) else BINARY


def _is_plain_text(head: bytes) -> bool:
    try:
        # The last character may be cut.
        text = codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return False
    return not (_CONTROL.search(text) or _MARKUP.search(text) or text.startswith("#!"))


def is_allowed(media_type: str, allowed: Sequence[str]) -> bool:
    """Return True if `allowed`, such as image/* and application/pdf, names the type or is empty."""
    family = media_type.partition("/")[0]
    return not allowed or media_type in allowed or f"{family}/*" in allowed


def size_in_words(size_bytes: int) -> str:
    """Return a size as a sentence says it: 900 kB, 24.5 MB, 1 GB."""
    for unit, size in (("GB", 1024**3), ("MB", 1024**2)):
        if size_bytes >= size:
            return f"{round(size_bytes / size, 1):g} {unit}"
    return f"{-(-size_bytes // 1024)} kB"


def content_key(attachment_id: str) -> str:
    """Return the key of the bytes in the storage. Names that users gave are in no key."""
    return f"files/{attachment_id}"


def thumbnail_key(attachment_id: str) -> str:
    return f"thumbnails/{attachment_id}"
