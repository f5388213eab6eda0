"""Cut what a mail quotes and its signature off the end. Pure.

Cut too little rather than too much: only what mail programs write is known, only at the end of the text, and
a text of which nothing would stay is left whole.
"""

import re

from worker.mail.renderer import REPLY_LINES

# A longer "signature" is text after a line that happens to be "--".
MAX_SIGNATURE_LINES = 15
# "On Mon, 30 Nov 2026 at 12:00, Ana\n<ana@example.org> wrote:" breaks into two lines, rarely three.
_MAX_ATTRIBUTION_LINES = 3
_DASHES = re.compile(
    r"-{2,12}\s{0,4}(?:Original Message|Ursprüngliche Nachricht|Message d'origine|Mensaje original|"
    r"Oorspronkelijk bericht|Messaggio originale)\s{0,4}-{2,12}",
    re.IGNORECASE,
)
# The header that Outlook writes above a quote, in the languages it is most used in.
_FROM = re.compile(r"\*?(?:From|Von|De|Van|Da):\*?\s{0,4}\S.*", re.IGNORECASE)
_SENT = re.compile(
    r"\*?(?:Sent|Date|Gesendet|Datum|Envoyé|Enviado|Verzonden|Inviato|To|An|À|Para|Aan|A)\s?:\*?\s{0,4}\S.*",
    re.IGNORECASE,
)
_FORWARDED = re.compile(r"\s*(?:fwd?|wg|tr|rv|i)\s*:", re.IGNORECASE)


def cut_quotes(text: str, subject: str = "") -> str:
    """Return the text without a quote and a signature at its end; never empty unless the text is.

    In a forwarded mail, known by its subject, the quote is what matters: nothing is cut.
    """
    if _FORWARDED.match(subject):
        return text.strip()
    lines = text.split("\n")
    for end in (_end_above_reply_line(lines), _end_above_header(lines)):
        if end is not None and _has_text(lines[:end]):
            lines = lines[:end]
    for end in (_end_above_quote(lines), _end_above_signature(lines)):
        if end is not None and _has_text(lines[:end]):
            lines = lines[:end]
    # A signature can stand above the quote, and a quote above the signature.
    end = _end_above_quote(lines)
    if end is not None and _has_text(lines[:end]):
        lines = lines[:end]
    return "\n".join(lines).strip()


def is_only_quote(text: str) -> bool:
    """Return True if nothing of what `cut_quotes` left is its author's: a quote or a signature alone.

    An answer below a quote with marks is text. Below one without marks nobody can tell where it begins.
    """
    lines = text.split("\n")
    ends = [_end_above_header(lines), _end_above_quote(lines), _end_above_signature(lines)]
    if not REPLY_LINES.isdisjoint(line.strip() for line in lines):
        ends.append(_end_above_reply_line(lines))
    return any(end is not None and not _has_text(lines[:end]) for end in ends)


def _has_text(lines: list[str]) -> bool:
    return any(line.strip() for line in lines)


def _is_quote(line: str) -> bool:
    return line.lstrip().startswith(">")


def _end_above_reply_line(lines: list[str]) -> int | None:
    """Return the number of lines above our line, and above the attribution before it."""
    for number, line in enumerate(lines):
        if line.strip().lstrip("> ").rstrip() in REPLY_LINES:
            return _above_attribution(lines, number)
    return None


def _end_above_header(lines: list[str]) -> int | None:
    for number, line in enumerate(lines):
        stripped = line.strip()
        if _DASHES.fullmatch(stripped):
            return number
        if not _FROM.fullmatch(stripped):
            continue
        following = [each.strip() for each in lines[number + 1 : number + 4]]
        if sum(map(bool, map(_SENT.fullmatch, following))) >= 2:
            # Outlook draws a line above it.
            is_ruled = number > 0 and re.fullmatch(r"[_-]{5,}", lines[number - 1].strip())
            return number - 1 if is_ruled else number
    return None


def _end_above_quote(lines: list[str]) -> int | None:
    """Return the number of lines above the quote that ends the text, and above its attribution."""
    end = len(lines)
    while end and not lines[end - 1].strip():
        end -= 1
    first = end
    while first and (_is_quote(lines[first - 1]) or not lines[first - 1].strip()):
        first -= 1
    while first < end and not _is_quote(lines[first]):
        first += 1
    return None if first == end else _above_attribution(lines, first)


def _above_attribution(lines: list[str], first: int) -> int:
    """Return the number of lines above an attribution, "… wrote:", that ends right before `first`."""
    end = first
    while end and not lines[end - 1].strip():
        end -= 1
    for count in range(1, min(_MAX_ATTRIBUTION_LINES, end) + 1):
        lead = [line.strip() for line in lines[end - count : end]]
        if not all(lead) or any(map(_is_quote, lead)):
            break
        joined = " ".join(lead)
        if joined.endswith(":") and re.search(r"\d", joined) and re.search(r"[<@]|\d:\d\d", joined):
            return end - count
    return first


def _end_above_signature(lines: list[str]) -> int | None:
    """Return the number of lines above "-- " (RFC 3676, 4.3), of which the last one counts."""
    for number in range(len(lines) - 1, max(-1, len(lines) - MAX_SIGNATURE_LINES - 2), -1):
        if lines[number].rstrip() == "--":
            return number
    return None
