"""Turn the HTML of a mail into plain text. Pure.

Elements are read as they come, and no tree is built: nesting costs neither memory nor a recursion.
"""

import re
from collections.abc import Iterator, Mapping

from lxml import etree

# A description holds 50,000 characters; the rest is never shown.
MAX_TEXT = 200_000
# Longer HTML is cut, and ends where more elements are open: the parser compares each end tag with them.
MAX_HTML, MAX_OPEN = 1_000_000, 500
# The parser stops between parts only. They begin with a tag, so that no word is cut.
_PART = 4096
_TAG = re.compile("<(?=[a-z/])", re.IGNORECASE)
_HIDDEN = {"head", "script", "style", "title", "template", "noscript"}
HEADINGS = {f"h{level}": "#" * level + " " for level in range(1, 7)}
BLOCKS = {
    "address", "article", "blockquote", "br", "center", "dd", "div", "dl", "dt", "figure", "footer",
    "form", *HEADINGS, "header", "hr", "li", "main", "ol", "p", "pre", "section", "table", "tr", "ul",
}  # fmt: skip
_SPACED = {"p", *HEADINGS, "ul", "ol", "table", "blockquote"}
# Characters that XML does not have end the parser.
_NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")
SPACE = re.compile(r"[ \t\r\n\f\xa0]+")


class _TooDeep(Exception):
    """More elements are open than programs nest; the text ends here."""


class TextTarget:
    """Receives the events of the parser, and writes plain text."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._size = 0
        self._open = 0
        self._hidden = 0
        self._quotes = 0
        # At the end of what was written so far.
        self._line_breaks = 0
        # What is written next is of the same line as the marker.
        self._is_after_marker = False

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        self._open += 1
        if self._open > MAX_OPEN:
            raise _TooDeep
        if tag in _HIDDEN:
            self._hidden += 1
        if tag == "blockquote":
            self._break(2)
            self._quotes += 1
        elif tag in BLOCKS:
            self._break(self._breaks_of(tag))
        if tag == "li":
            self._add_marker(self._marker(attributes))

    def end(self, tag: str) -> None:
        self._open -= 1
        if tag in _HIDDEN:
            self._hidden = max(0, self._hidden - 1)
        if tag == "li" or tag in HEADINGS:
            self._is_after_marker = False
        if tag in BLOCKS and tag != "br":
            self._break(self._breaks_of(tag))
        if tag == "blockquote":
            self._quotes = max(0, self._quotes - 1)

    def data(self, data: str) -> None:
        text = SPACE.sub(" ", data)
        if not self._hidden and (text != " " or not self._is_at_start()):
            self._add(text.lstrip(" ") if self._is_at_start() else text)

    def comment(self, text: str) -> None:
        pass

    def close(self) -> str:
        return "".join(self._parts)

    def _breaks_of(self, tag: str) -> int:
        return 2 if tag in _SPACED else 1

    def _marker(self, attributes: Mapping[str, str]) -> str:
        return "- "

    def _prefix(self) -> str:
        """Return what a line begins with. A quote looks as in plain text; deeper ones are quoted once."""
        return "> " if self._quotes else ""

    def _is_at_start(self) -> bool:
        return not self._parts or self._is_after_marker or self._parts[-1].endswith(("\n", "> "))

    def _add_marker(self, marker: str) -> None:
        if self._is_after_marker:
            # Of an item without text.
            self._parts.append("\n")
        self._add(marker)
        self._is_after_marker = True

    def _add(self, text: str) -> None:
        if not text or self._size > MAX_TEXT:
            return
        if not self._parts or self._parts[-1].endswith("\n"):
            self._parts.append(self._prefix())
        self._parts.append(text)
        self._size += len(text)
        self._line_breaks = 0
        self._is_after_marker = False

    def _break(self, lines: int) -> None:
        missing = lines - self._line_breaks
        if self._parts and missing > 0 and self._size <= MAX_TEXT and not self._is_after_marker:
            self._parts.append("\n" * missing)
            self._line_breaks += missing


def html_to_text(html: str) -> str:
    """Return what a browser would show as text, roughly; empty for what cannot be read."""
    return read_html(html, TextTarget())


def read_html(html: str, target: TextTarget) -> str:
    """Return what the target wrote of the HTML; empty for what cannot be read."""
    parser = etree.HTMLParser(target=target, recover=True, no_network=True)
    try:
        for part in _parts_of(_NO_XML.sub("", html[:MAX_HTML])):
            parser.feed(part)
        text = str(parser.close())
    except _TooDeep:
        text = target.close()
    except (etree.LxmlError, ValueError, AssertionError):
        return ""
    lines = [line.rstrip() for line in text.split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def _parts_of(html: str) -> Iterator[str]:
    begin = 0
    while found := _TAG.search(html, begin + _PART):
        yield html[begin : found.start()]
        begin = found.start()
    yield html[begin:]
