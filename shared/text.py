"""Text as users send it, made safe to store: normal form, no control characters, few marks.

Source of the rules: docs/security.md, "Input".
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from typing import Annotated, Literal

import email_validator
import idna
from email_validator import ValidatedEmail
from pydantic import AfterValidator, StringConstraints

# "Zalgo" text stacks hundreds of combining marks on one letter, which makes browsers crawl; real
# scripts need fewer than five (Vietnamese two, Hebrew with cantillation four).
MAX_COMBINING_MARKS = 8
# Normalization sorts the marks in a row in quadratic time: 50,000 held the event loop for 6 s. No language
# writes thirty (UAX 15, 13: Stream-Safe Text).
MAX_NORMALIZED_MARKS = 30
# Half-width Japanese sound marks: the only letters that NFKC and NFKD turn into marks.
_LETTERS_AS_MARKS = "\uff9e\uff9f"

# Unicode's categories Cc and Cs, which never grow, without line break and tab. One search: a loop over
# the characters of the longest description held the event loop for 10 ms.
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


# RFC 6762 reserves .local for multicast DNS, but company networks use it for mail. The library names
# this list as the place to say so.
email_validator.SPECIAL_USE_DOMAIN_NAMES.remove("local")


class NotAcceptableError(ValueError):
    """Raised by validators. The message is a rule for the client, without the value that was sent.

    The message of any other ValueError comes from a library and may repeat the value, so it is not
    shown (api/http/problems.py).
    """


def clean(text: str) -> str:
    """Return `text` in NFC with surrounding white space removed.

    Raise NotAcceptableError for control characters (NUL breaks Postgres), lone surrogates (they break
    UTF-8) and more than MAX_COMBINING_MARKS in a row.
    """
    text = text.replace("\r\n", "\n")
    if _CONTROL.search(text):
        raise NotAcceptableError("control characters are not allowed")
    if text.isascii():
        return text.strip()  # already in NFC, and without marks
    _refuse_stacked_marks(text)
    text = unicodedata.normalize("NFC", text).strip()
    _refuse_stacked_marks(text)  # again, as some marks become two
    return text


def _refuse_stacked_marks(text: str) -> None:
    if len(_with_few_marks(text, MAX_COMBINING_MARKS, _is_stacked)) < len(text):
        raise NotAcceptableError("too many combining marks in a row")


def _is_stacked(character: str) -> bool:
    # The vowels of Mc that stand beside a letter (combining class 0) are repeated in chats.
    return unicodedata.category(character) != "Mc" or unicodedata.combining(character) > 0


def _with_few_marks(
    text: str, most: int, is_counted: Callable[[str], bool] = lambda _mark: True
) -> str:
    """Return `text` without the marks that follow `most` others in a row."""
    marks = {
        character
        for character in set(text)
        if (unicodedata.category(character)[0] == "M" or character in _LETTERS_AS_MARKS)
        and is_counted(character)
    }
    if not marks:
        return text
    kept, row = [], 0
    for character in text:
        row = row + 1 if character in marks else 0
        if row <= most:
            kept.append(character)
    return "".join(kept)


def normalized(form: Literal["NFC", "NFKC", "NFKD"], text: str) -> str:
    """Return the text in this form of Unicode. Of many marks in a row, the first ones stay.

    Sorting a long row of marks takes quadratic time, and other users write them.
    """
    return unicodedata.normalize(form, _with_few_marks(text, MAX_NORMALIZED_MARKS))


# The line and paragraph separators of Unicode, which come with text that was pasted from documents.
_SEPARATORS = re.compile("[\u2028\u2029]+")


def one_line(text: str) -> str:
    """Return `clean` text. Raise NotAcceptableError when it holds a line break or a tab.

    Unicode's separators of lines become spaces.
    """
    text = clean(text if text.isascii() else _SEPARATORS.sub(" ", text))
    if "\n" in text or "\t" in text:
        raise NotAcceptableError("line breaks are not allowed here")
    return text


# The embeddings, overrides and isolates of the bidirectional algorithm (UAX 9, 2.1 to 2.5). Unclosed
# they reorder the text that follows: "Ana\u202e" turns the rest of a sentence around.
_BIDI_CONTROL = re.compile("[\u202a-\u202e\u2066-\u2069]")
# What shows nothing: white space, Default_Ignorable_Code_Point of Unicode, the empty Braille pattern.
_INVISIBLE = (
    "\\s\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2800"
    "\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d159\U0001d173-\U0001d17a"
    "\U000e0000-\U000e0fff"
)
_VISIBLE = re.compile(f"[^{_INVISIBLE}]")
_UNSEEN = re.compile("[" + _INVISIBLE.removeprefix("\\s") + "]")
# What shows nothing and joins nothing: two names that differ by it alone look the same. Joiners (emoji,
# Persian), direction marks and variation selectors stay, and tags in flags such as that of Scotland.
_PADDING = re.compile(
    "(\U0001f3f4[\U000e0020-\U000e007f]{1,16})|"
    "[\u00ad\u180e\u200b\u2060-\u2064\u206a-\u206f\ufeff\ufff0-\ufffb\U000e0000-\U000e00ff]"
)


def title(text: str) -> str:
    """Return `one_line` text without bidirectional controls, which pasted text often holds.

    Raise NotAcceptableError for a text of which nothing can be seen.
    """
    # Before the rest, as marks on both sides of a control come together.
    return _require_visible(one_line(without_bidi_controls(text)))


def name(text: str) -> str:
    """Return `one_line` text that may stand inside sentences and in subjects of mails.

    Characters that only pad it, such as a zero-width space, are dropped. Raise NotAcceptableError for
    bidirectional controls, and for a text of which nothing can be seen.
    """
    # Before the rest, as marks on both sides come together.
    if not text.isascii():
        text = _PADDING.sub(r"\1", _require_visible(text))
    text = one_line(text)
    if _BIDI_CONTROL.search(text):
        raise NotAcceptableError(
            "characters that change the direction of text are not allowed here"
        )
    return _require_visible(text)


def visible(text: str) -> str:
    """Return `text` without characters that show nothing, except white space. For names of strangers."""
    return text if text.isascii() else _UNSEEN.sub("", text)


def without_bidi_controls(text: str) -> str:
    """Return `text` without characters that reorder what follows them."""
    return text if text.isascii() else _BIDI_CONTROL.sub("", text)


def _require_visible(text: str) -> str:
    # Unassigned characters count as visible: they may be letters of a newer Unicode. An empty text
    # has its own error, from the minimum length. A mark needs a letter to stand on.
    visible = (found.group() for found in _VISIBLE.finditer(text))
    if text and all(unicodedata.category(character)[0] == "M" for character in visible):
        raise NotAcceptableError("must hold a character that can be seen")
    return text


def name_key(text: str) -> str:
    """Return `text` as names of labels are compared: compatibility form, case folded, on both databases.

    SQLite's lower() knows ASCII only, so the key is computed here and stored with the row.
    """
    return normalized("NFKC", text).casefold()


# Searches, docs/decisions/0027. web/format/folding.js does the same; tests/web/test_folding.py compares
# the two for every character. Quotes come before NFKD, which makes a space and a mark of U+00B4.
_QUOTES = {
    **dict.fromkeys("\u00b4\u02b9\u02bb\u02bc\u02c8\u05f3\u2018\u2019\u201a\u201b", "'"),
    **dict.fromkeys("\u2032\u2035\u2039\u203a", "'"),
    **dict.fromkeys("\u00ab\u00bb\u05f4\u201c\u201d\u201e\u201f\u2033\u2036", '"'),
    **dict.fromkeys("\u301d\u301e\u301f", '"'),
}
# Letters that NFKD leaves as they are, and dashes.
_LETTERS = {
    "ß": "ss", "æ": "ae", "œ": "oe", "þ": "th", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "ħ": "h",
    "ŧ": "t", "\u0131": "i", "\u03c2": "\u03c3",
    **dict.fromkeys("\u058a\u05be\u2010\u2011\u2012\u2013\u2014\u2015\u2043\u2212\u2e3a\u2e3b", "-"),
}  # fmt: skip
# Marks of Latin, Greek and Cyrillic letters, of Hebrew points and Arabic vowels, and the stretching of
# Arabic words; then what shows nothing. In other scripts marks are vowels or make another letter. The
# breve of Cyrillic makes one too.
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
# Dashes between spaces; all others are dropped, so that "email" finds "e-mail".
_LONE_DASHES = re.compile(r"(?<!\S)-+(?!\S)")


def search_key(text: str) -> str:
    """Return `text` as searches compare it: without case, accents and invisible characters."""
    if text.isascii():
        text = text.lower()
    else:
        text = normalized("NFKD", _replaced(text, _QUOTES)).lower()
        if "\u0306" in text:
            text = _BREVE.sub("", text)
        text = _replaced(text, _REPLACED)
        text = normalized("NFC", text)
    if "-" in text:
        text = _LONE_DASHES.sub("\0", text).replace("-", "").replace("\0", "-")
    return text


def _replaced(text: str, replacements: Mapping[str, str]) -> str:
    # One replacement for each different character: a pass over the characters of the longest description
    # held the event loop for 20 ms.
    for character in set(text):
        if character in replacements:
            text = text.replace(character, replacements[character])
    return text


# Addresses. Mail servers compare domains by their A-label, the ASCII form of IDNA 2008 (RFC 5891). There
# straße.example and strasse.example are two domains with two owners; case folding or NFKC would make
# them one. Local parts are compared by case and NFC only: weiß and weiss are two mailboxes.


def validated_address(text: str) -> ValidatedEmail:
    """Return the parts of an address. Do not look its domain up. Raise NotAcceptableError."""
    try:
        # Also domains that only a company's own network knows, such as .internal.
        return email_validator.validate_email(
            text, check_deliverability=False, globally_deliverable=False
        )
    except email_validator.EmailNotValidError:
        raise NotAcceptableError("is not an e-mail address") from None


def email_key(address: str) -> str:
    """Return the form in which addresses are compared: equal for two spellings of one mailbox.

    Accept any text: what is no address is compared by case and NFC.
    """
    local, at, domain = address.strip().rpartition("@")
    if not at:
        return _lower(domain)
    return f"{_lower(local)}@{domain_key(domain)}"


def domain_key(domain: str) -> str:
    """Return the A-label of a domain; a domain without one in lower case."""
    try:
        return domain_a_label(domain)
    except ValueError:
        return _lower(domain)


def domain_a_label(domain: str) -> str:
    """Return the domain in ASCII, as in `xn--strae-oqa.example`. Raise ValueError.

    Of the mapping of UTS 46 only lower case and NFC are applied: a full-width letter is an error.
    """
    domain = _lower(domain)
    if domain.isascii() and "xn--" not in domain:
        return domain
    try:
        return idna.encode(domain).decode("ascii")
    except (idna.IDNAError, UnicodeError):
        raise ValueError("is not a domain of IDNA 2008") from None


def smtp_address(address: str) -> str:
    """Return the address as mail servers take it: with its domain's A-label if that makes it ASCII.

    A local part outside ASCII stays, with its domain: only SMTPUTF8 carries it (RFC 6531).
    """
    local, at, domain = address.rpartition("@")
    return (
        f"{local}{at}{domain_key(domain)}" if local.isascii() and not domain.isascii() else address
    )


def _lower(text: str) -> str:
    # Not casefold(), which maps ß to ss. Twice, as the lower case of a letter may compose with a mark.
    return normalized("NFC", normalized("NFC", text).lower())


def like_pattern(word: str) -> str:
    """Return a LIKE pattern (escape character: backslash) that matches `word` literally."""
    escaped = word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"


# A language tag (BCP 47), such as en or pt-BR; longer ones are of no language that people speak.
LOCALE_PATTERN = r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*$"
MAX_LOCALE = 35

_Length = StringConstraints
# The length is checked twice: before, so that no megabyte is normalised; and after, because the
# normal form can be longer (U+FB2C becomes three characters) and must fit its column.
Line50 = Annotated[
    str, _Length(max_length=50), AfterValidator(name), _Length(min_length=1, max_length=50)
]
Line200 = Annotated[
    str, _Length(max_length=200), AfterValidator(name), _Length(min_length=1, max_length=200)
]
Line500 = Annotated[
    str, _Length(max_length=500), AfterValidator(title), _Length(min_length=1, max_length=500)
]
# 50,000 characters is a long article; a frame with it still fits the outbox of one socket.
Prose = Annotated[
    str, _Length(max_length=50_000), AfterValidator(clean), _Length(max_length=50_000)
]
