"""Turn HTML of another program into Markdown, as the web client draws it (docs/markdown.md). Pure."""

import re
from collections.abc import Mapping
from typing import NamedTuple

from worker.html_text import BLOCKS, HEADINGS, SPACE, TextTarget, read_html

# Deeper lists are indented no further, and deeper emphasis is left out: each line and word would repeat it.
MAX_DEPTH = 20
_MARKS = {
    "b": "**", "strong": "**", "i": "*", "em": "*", "s": "~~", "del": "~~", "strike": "~~", "code": "`",
}  # fmt: skip
# What Markdown would read as a mark, inside a line and at its beginning.
_ADDRESS_OR_MARK = re.compile(
    r"(?P<address>(?<!\S)(?:https?://|mailto:)\S+)|[\\`*~\[\]]|(?<!\w)_|_(?!\w)"
)
_FIRST = re.compile(r"^(?=(?:#{1,6}|[-+>])(?:\s|$)|[-=]+\s*$)|^(?P<number>\d{1,9})(?=[.)](?:\s|$))")
_ELEMENT = re.compile(r"\s*<[a-z][^>]*>", re.IGNORECASE)
_BACKTICKS = re.compile("`+")
_ADDRESS = re.compile(r"(?:https?://|mailto:)\S+")


class _Mark(NamedTuple):
    tag: str
    opening: str
    closing: str


class _MarkdownTarget(TextTarget):
    def __init__(self) -> None:
        super().__init__()
        # Of each list that is open: the number of its last item, or None, and the width of its marker.
        self._lists: list[tuple[int | None, int]] = []
        # The marks around what comes next, and those of them that were written.
        self._marks: list[_Mark] = []
        self._written: list[_Mark] = []
        self._code = 0
        # Where the fence of the code that is open was written, among the parts.
        self._fence_at = 0

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        if tag in BLOCKS:
            self._write_marks([])
        super().start(tag, attributes)
        if tag in ("ul", "ol"):
            self._lists.append((0 if tag == "ol" else None, 0))
        elif tag in HEADINGS:
            self._add_marker(HEADINGS[tag])
        elif tag == "hr":
            # With "---" the line above would be a heading.
            self._add("***")
        elif tag in ("td", "th"):
            self._write_marks([], space=True)
        elif tag == "pre":
            if not self._code:
                self._open_fence("```\n")
            self._code += 1
        elif tag == "img" and _ADDRESS.fullmatch(attributes.get("src", "")):
            self._write_marks([])
            self._add(f"![{_escaped(attributes.get('alt', ''))}]({_address(attributes['src'])})")
        elif (mark := _mark_of(tag, attributes)) and self._takes(mark):
            self._marks.append(mark)

    def end(self, tag: str) -> None:
        if tag in BLOCKS:
            self._write_marks([])
        if tag == "pre" and self._code:
            self._code -= 1
            if not self._code:
                self._break(1)
                self._add(self._closing_fence("```", "\n"))
        if tag in ("ul", "ol") and self._lists:
            # Before the break: what comes next is not in the list.
            self._lists.pop()
        super().end(tag)
        open_marks = [index for index, mark in enumerate(self._marks) if mark.tag == tag]
        if open_marks:
            del self._marks[open_marks[-1]]

    def data(self, data: str) -> None:
        if self._hidden:
            return
        if self._code:
            lines = data.split("\n")
            for line in lines[:-1]:
                self._add(f"{line}\n")
                self._line_breaks = 1
            self._add(lines[-1])
            return
        text = SPACE.sub(" ", data)
        words = text.strip(" ")
        if not words:
            super().data(text)
            return
        # An address that is its own text is a link by itself.
        shown = [mark for mark in self._marks if mark.closing != f"]({words})"]
        self._write_marks(shown, space=text.startswith(" "))
        is_code = any(mark.opening == "`" for mark in shown)
        self._add(words if is_code else _escaped(words, is_first=self._is_at_start()))
        if text.endswith(" "):
            self._add(" ")

    def close(self) -> str:
        self._write_marks([])
        return super().close()

    def _takes(self, mark: _Mark) -> bool:
        """Return False inside code, and for a mark inside of the same mark."""
        used = {each.opening for each in self._marks}
        return not self._code and len(used) < MAX_DEPTH and not used & {"`", mark.opening}

    def _breaks_of(self, tag: str) -> int:
        return 1 if self._lists else super()._breaks_of(tag)

    def _marker(self, attributes: Mapping[str, str]) -> str:
        number, _ = self._lists.pop() if self._lists else (None, 0)
        number = None if number is None else number + 1
        marker = "- " if number is None else f"{number}. "
        # The line of the marker is indented as the list is.
        self._lists.append((number, 0))
        is_checked = attributes.get("data-checked")
        box = {"true": "[x] ", "false": "[ ] "}.get(is_checked or "", "")
        return marker + box

    def _add_marker(self, marker: str) -> None:
        super()._add_marker(marker)
        if self._lists and marker not in HEADINGS.values():
            number, _ = self._lists[-1]
            self._lists[-1] = (number, 2 if number is None else len(f"{number}. "))

    def _prefix(self) -> str:
        return super()._prefix() + " " * sum(width for _, width in self._lists[:MAX_DEPTH])

    def _write_marks(self, wanted: list[_Mark], *, space: bool = False) -> None:
        """Close and open marks. Space stays outside of them, as Markdown wants it."""
        same = 0
        while same < len(wanted) and self._written[same : same + 1] == [wanted[same]]:
            same += 1
        if len(self._written) > same:
            if self._parts[-1] == " ":
                self._parts.pop()
                space = True
            while len(self._written) > same:
                closing = self._written.pop().closing
                self._add(self._closing_fence("`", " ") if closing == "`" else closing)
        if space and not self._is_at_start() and self._parts[-1] != " ":
            self._add(" ")
        for mark in wanted[same:]:
            if mark.opening == "`":
                self._open_fence("`")
            else:
                self._add(mark.opening)
            self._written.append(mark)

    def _open_fence(self, fence: str) -> None:
        self._add(fence)
        self._fence_at = len(self._parts)

    def _closing_fence(self, fence: str, divider: str) -> str:
        """Return the fence that ends the code; make both longer than the backticks inside.

        `divider` is what stands between fence and code: a line break, or a space beside backticks.
        """
        at = self._fence_at
        inside = max(map(len, _BACKTICKS.findall("".join(self._parts[at:]))), default=0)
        if inside < len(fence) or self._parts[at - 1 : at] != [fence + divider.strip(" ")]:
            return fence
        longer = "`" * (inside + 1)
        self._parts[at - 1] = longer + divider
        return longer if divider == "\n" else divider + longer


def _mark_of(tag: str, attributes: Mapping[str, str]) -> _Mark | None:
    if tag in _MARKS:
        return _Mark(tag, _MARKS[tag], _MARKS[tag])
    address = attributes.get("href", "").strip()
    if tag == "a" and _ADDRESS.fullmatch(address):
        return _Mark(tag, "[", f"]({_address(address)})")
    return None


def _address(address: str) -> str:
    return address.replace("(", "%28").replace(")", "%29").replace("<", "%3C").replace(">", "%3E")


def _escaped(text: str, *, is_first: bool = False) -> str:
    """Return the text with a backslash before what Markdown would read as a mark. Addresses stay."""
    text = _ADDRESS_OR_MARK.sub(
        lambda found: found[0] if found["address"] else f"\\{found[0]}", text
    )
    return _FIRST.sub(r"\g<number>\\", text) if is_first else text


def html_to_markdown(html: str) -> str:
    """Return lists, tasks, links, headings, code and emphasis as Markdown; empty for what cannot be read."""
    return read_html(html, _MarkdownTarget())


def markdown_of(text: str) -> str:
    """Return the text as Markdown: it is HTML if it begins with an element, and otherwise as it is."""
    return html_to_markdown(text) if _ELEMENT.match(text) else text
