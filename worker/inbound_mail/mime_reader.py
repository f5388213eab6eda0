"""Read the parts of a message that a stranger wrote. Pure.

Headers are read by Python's parser, parts are divided here: Python's parser follows any depth, at a cost of
depth times lines. All is bounded, and what cannot be read is left out or shown as it is; nothing raises.
Source: RFC 5322, RFC 2045 to 2047.
"""

import binascii
import mimetypes
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from email.parser import BytesHeaderParser

from worker.html_text import html_to_text

# Mail programs nest four deep: mixed, related, alternative, and a forwarded one.
MAX_DEPTH = 8
# A mail with a hundred photos; each further one would only lengthen the description.
MAX_PARTS = 100
# Of one text part. A description holds 50,000 characters; markup is twenty times its text.
MAX_TEXT_BYTES = 1024 * 1024
# Of one part within the message.
MAX_PART_HEADER_BYTES = 16 * 1024
# In characters; what is stored is shorter.
MAX_NAME = 1000
CHUNK_BYTES = 64 * 1024
# Logos of signatures have 2 to 20 kB; a photo within the text, as telephones send it, has a hundred.
MAX_DECORATION_BYTES = 32 * 1024
# Decoders for text. Of Python's others some take quadratic time (punycode, idna).
_CHARSET = re.compile(
    r"utf-?8|us-ascii|ascii|iso-?8859-\d{1,2}|latin-?1|windows-125\d|cp125\d|cp437|cp850|koi8-[ru]|"
    r"gb2312|gbk|gb18030|big5|shift_jis|euc-(?:jp|kr)|iso-2022-(?:jp|kr)|utf-16(?:le|be)?|macintosh",
    re.IGNORECASE,
)
_END_OF_HEADERS = re.compile(rb"\r?\n\r?\n")
# Line ends, and what is in a part by mistake, are not part of base64 (RFC 2045, 6.8).
_NOT_BASE64 = bytes(
    set(range(256)) - set(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=")
)
_PADDING = re.compile(rb"=+")


@dataclass(frozen=True)
class Attachment:
    """A file of a mail. `size` is what it has at most once it is decoded, in bytes.

    `is_decoration`: a small picture within the text, as the logo of a signature.
    """

    name: str
    size: int
    body: bytes = b""
    encoding: str = ""
    is_decoration: bool = False

    def chunks(self) -> Iterator[bytes]:
        """Yield the decoded bytes, of which never more than CHUNK_BYTES are decoded at a time."""
        if self.encoding == "quoted-printable":
            yield from _quoted_printable_chunks(self.body)
        elif self.encoding == "base64":
            for texts in _base64_texts(self.body):
                yield b"".join(map(_bytes_of, texts))
        else:
            for start in range(0, len(self.body), CHUNK_BYTES):
                yield self.body[start : start + CHUNK_BYTES]

    def is_whole(self) -> bool:
        """Return whether all is decoded. A single letter of base64 is less than a byte."""
        if self.encoding != "base64":
            return True
        return all(len(text) % 4 != 1 for texts in _base64_texts(self.body) for text in texts)


@dataclass
class MailContent:
    """What a todo is made of."""

    subject: str = ""
    sender: str = ""
    plain: list[str] = field(default_factory=list)
    html: list[str] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    parts: int = 0
    # More parts, or deeper ones, than are read.
    is_cut: bool = False

    @property
    def text(self) -> str:
        """Return the plain text; without one, the text of the HTML."""
        plain = "\n\n".join(self.plain)
        return plain if plain.strip() else "\n\n".join(map(html_to_text, self.html))


def read_mail(content: bytes) -> MailContent:
    """Return what the message holds. Takes milliseconds for a megabyte, whatever is in it."""
    mail = MailContent()
    header, body = _divide(content)
    message = BytesHeaderParser().parsebytes(header)
    mail.subject = header_text(message, "subject")
    mail.sender = header_text(message, "from")
    _add(mail, message, body, 0)
    return mail


def header_text(message: "Message[str, str]", name: str) -> str:
    """Return a header field with its encoded words decoded; empty without one."""
    value = message.get(name)
    if value is None:
        return ""
    # A header that holds bytes outside ASCII is no str.
    raw = str(value)[:10_000]
    try:
        chunks = decode_header(raw)
    except (HeaderParseError, ValueError):
        return raw
    return "".join(
        chunk if isinstance(chunk, str) else decode_text(chunk, charset or "utf-8")
        for chunk, charset in chunks
    )


def decode_text(content: bytes, charset: str) -> str:
    """Return the text. Bytes that its charset, or an unknown one, does not have become marks."""
    known = charset if _CHARSET.fullmatch(charset) else "utf-8"
    try:
        return content.decode(known, "replace")
    except (LookupError, ValueError):
        return content.decode("utf-8", "replace")


def _add(mail: MailContent, message: "Message[str, str]", body: bytes, depth: int) -> None:
    mail.parts += 1
    kind = message.get_content_type()
    boundary = _boundary(message) if message.get_content_maintype() == "multipart" else b""
    if boundary:
        for part in _split(body, boundary):
            if mail.parts >= MAX_PARTS or depth >= MAX_DEPTH:
                mail.is_cut = True
                return
            header, inner = _divide(part)
            if len(header) <= MAX_PART_HEADER_BYTES:
                _add(mail, BytesHeaderParser().parsebytes(header), inner, depth + 1)
        return
    name = _file_name(message)
    is_text = kind in ("text/plain", "text/html") and not name
    disposition = message.get_content_disposition()
    if not is_text or disposition == "attachment":
        size = _size(message, body)
        is_within_text = disposition == "inline" or (not disposition and "content-id" in message)
        is_small = kind.startswith("image/") and size < MAX_DECORATION_BYTES
        mail.attachments.append(
            Attachment(
                name or _name_of_kind(kind),
                size,
                body,
                _encoding(message),
                is_decoration=is_within_text and is_small,
            )
        )
        return
    text = decode_text(_decode(message, body), message.get_content_charset() or "utf-8")
    (mail.html if kind == "text/html" else mail.plain).append(text.replace("\r\n", "\n"))


def _divide(part: bytes) -> tuple[bytes, bytes]:
    """Return header and body."""
    if part.startswith((b"\r\n", b"\n")):
        return b"", part.lstrip(b"\r\n")
    found = _END_OF_HEADERS.search(part)
    return (part[: found.end()], part[found.end() :]) if found else (part, b"")


def _boundary(message: "Message[str, str]") -> bytes:
    try:
        found = message.get_boundary() or ""
        # RFC 2046, 5.1.1: at most 70 characters.
        return found.encode("ascii", "surrogateescape") if len(found) <= 200 else b""
    except (ValueError, LookupError, AssertionError):
        return b""


def _split(body: bytes, boundary: bytes) -> Iterator[bytes]:
    """Yield what is between the lines of the boundary."""
    delimiter = re.compile(
        rb"(?:\A|\r?\n)--" + re.escape(boundary) + rb"(--)?[ \t]{0,80}(?:\r?\n|\Z)"
    )
    found = delimiter.search(body)
    while found and not found[1]:
        # The line break before the next delimiter belongs to it, and may end this one.
        after = delimiter.search(body, found.end() - (body[found.end() - 1 : found.end()] == b"\n"))
        yield body[found.end() : after.start() if after else len(body)]
        found = after


def _decode(message: "Message[str, str]", body: bytes) -> bytes:
    encoding = _encoding(message)
    if encoding == "base64":
        # Four characters for three bytes, and the line ends. What follows the padding is no part of the
        # text: mailing lists add lines there.
        letters = body[: MAX_TEXT_BYTES * 3 // 2].translate(None, _NOT_BASE64)
        return _bytes_of(letters.partition(b"=")[0])[:MAX_TEXT_BYTES]
    if encoding == "quoted-printable":
        return binascii.a2b_qp(body[: MAX_TEXT_BYTES * 3])[:MAX_TEXT_BYTES]
    return body[:MAX_TEXT_BYTES]


def _base64_texts(body: bytes) -> Iterator[list[bytes]]:
    """Yield the letters of each CHUNK_BYTES of a base64 part, divided where there is padding.

    A file may be several encoded pieces one after the other, each with or without its padding.
    """
    rest = b""
    for start in range(0, len(body), CHUNK_BYTES):
        letters = rest + body[start : start + CHUNK_BYTES].translate(None, _NOT_BASE64)
        *ended, last = _PADDING.split(letters)
        whole = len(last) // 4 * 4
        rest = last[whole:]
        yield [*ended, last[:whole]]
    yield [rest]


def _bytes_of(letters: bytes) -> bytes:
    """Decode base64 without padding. A last letter that makes no byte is left out."""
    if len(letters) % 4 == 1:
        letters = letters[:-1]
    return binascii.a2b_base64(letters + b"=" * (-len(letters) % 4))


def _quoted_printable_chunks(body: bytes) -> Iterator[bytes]:
    start = 0
    while start < len(body):
        end = start + CHUNK_BYTES
        if end < len(body):
            end = body.rfind(b"\n", start, end) + 1 or end
            # Not within an encoded byte, which has three characters.
            cut = body.rfind(b"=", end - 2, end)
            end = cut if cut > start and body[end - 1 : end] != b"\n" else end
        yield binascii.a2b_qp(body[start:end])
        start = end


def _encoding(message: "Message[str, str]") -> str:
    return str(message.get("content-transfer-encoding", "")).strip().lower()


def _name_of_kind(kind: str) -> str:
    """Return a name for a file without one: image.png."""
    family = kind.partition("/")[0]
    return f"{family}{mimetypes.guess_extension(kind) or '.bin'}"[:MAX_NAME]


def _size(message: "Message[str, str]", body: bytes) -> int:
    encoding = _encoding(message)
    if encoding == "quoted-printable":
        return sum(map(len, _quoted_printable_chunks(body)))
    if encoding != "base64":
        return len(body)
    return (len(body) - body.count(b"\n") - body.count(b"\r")) * 3 // 4


def _file_name(message: "Message[str, str]") -> str:
    try:
        name = message.get_filename() or ""
    except (ValueError, LookupError, AssertionError):
        return ""
    try:
        chunks = decode_header(name)
    except (HeaderParseError, ValueError):
        return name[:MAX_NAME]
    return "".join(
        chunk if isinstance(chunk, str) else decode_text(chunk, charset or "utf-8")
        for chunk, charset in chunks
    )[:MAX_NAME]
