"""Turn the HTML of a mail into text. Pure.

Elements are read as they come, and no tree is built: nesting costs neither memory nor a recursion.
"""

import re

from lxml import etree

# A description holds 50,000 characters; the rest is never shown.
MAX_TEXT = 200_000
_HIDDEN = {"head", "script", "style", "title", "template", "noscript"}
_BLOCKS = {
    "address", "article", "blockquote", "br", "center", "dd", "div", "dl", "dt", "figure", "footer",
    "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "ol", "p", "pre",
    "section", "table", "tr", "ul",
}  # fmt: skip
_SPACED = {"p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "table", "blockquote"}
_SPACE = re.compile(r"[ \t\r\n\f\xa0]+")


class _Target:
    """Receives the events of the parser."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._size = 0
        self._hidden = 0
        self._quotes = 0
        # At the end of what was written so far.
        self._line_breaks = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag in _HIDDEN:
            self._hidden += 1
        if tag == "blockquote":
            self._break(2)
            self._quotes += 1
        elif tag in _BLOCKS:
            self._break(2 if tag in _SPACED else 1)
        if tag == "li":
            self._add("- ")

    def end(self, tag: str) -> None:
        if tag in _HIDDEN:
            self._hidden = max(0, self._hidden - 1)
        if tag in _BLOCKS and tag != "br":
            self._break(2 if tag in _SPACED else 1)
        if tag == "blockquote":
            self._quotes = max(0, self._quotes - 1)

    def data(self, data: str) -> None:
        text = _SPACE.sub(" ", data)
        if not self._hidden and (text != " " or not self._is_at_start()):
            self._add(text.lstrip(" ") if self._is_at_start() else text)

    def comment(self, text: str) -> None:
        pass

    def close(self) -> str:
        return "".join(self._parts)

    def _is_at_start(self) -> bool:
        return not self._parts or self._parts[-1].endswith(("\n", "> "))

    def _add(self, text: str) -> None:
        if not text or self._size > MAX_TEXT:
            return
        # A quote looks as in plain text, where the cutter finds it. Deeper ones are quoted once.
        if self._quotes and (not self._parts or self._parts[-1].endswith("\n")):
            self._parts.append("> ")
        self._parts.append(text)
        self._size += len(text)
        self._line_breaks = 0

    def _break(self, lines: int) -> None:
        missing = lines - self._line_breaks
        if self._parts and missing > 0 and self._size <= MAX_TEXT:
            self._parts.append("\n" * missing)
            self._line_breaks += missing


def html_to_text(html: str) -> str:
    """Return what a browser would show as text, roughly; empty for what cannot be read."""
    parser = etree.HTMLParser(target=_Target(), recover=True, no_network=True)
    try:
        # Characters that XML does not have end the parser.
        parser.feed(re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]", "", html))
        text = str(parser.close())
    except (etree.LxmlError, ValueError, AssertionError):
        return ""
    lines = [line.rstrip() for line in text.split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
