"""The client's Markdown equals a reference implementation of CommonMark in all that it supports."""

import random
import re
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from tests.support.web.deno import evaluate

HTML = "tests/support/web/markdown_html.js"
# Without what the client leaves as text. Every line break is one, as in the client.
REFERENCE = (
    MarkdownIt("commonmark", {"html": False, "breaks": True})
    .enable("strikethrough")
    .disable(["html_block", "html_inline", "reference", "entity", "image"])
)
INLINES = [
    "a", "b ", "*", "**", "_", "__", "***", "~~ ", " ~~", "`", "``", " ", "[x](https://e.org)", "(", ")",
    "!", ".", "ä", "“", "\\*", "\\", "<mailto:a@e.org>", "\n", "😀",
]  # fmt: skip
BLOCKS = [
    "- ", "* ", "+ ", "1. ", "2) ", "> ", "# ", "## ", "```", "~~~", "---", "***", "===", "text",
    "two words", "  ", "   ", "", "[ ] task", "[x] done", "- - -", "10. ", "-", "1.", ">", "#",
]  # fmt: skip
# What differs on purpose, or in ways that no reader sees.
DIFFERENT = re.compile(
    r"\\<|\\\[|!\["  # a bare address, and an image, is a link for the client alone
    r"|~~~"  # emphasizes nothing on GitHub; two of the three do in markdown-it
    r"|\n *$"  # a blank line at the end of code that is not closed
    r"|`[^`]*\n +"  # spaces after a line break, which markdown-it keeps in code
    r"|\n {4}|^ {4}"  # no indented code
    r"|([-+*]|\d[.)]) *\n *\n"  # an item that begins with two blank lines ends the list in markdown-it
)


def reference_html(source: str) -> str:
    html = re.sub(
        r"\n?(</?(?:p|ul|ol|li|blockquote|h\d|pre|hr)\b[^>]*>)\n?", r"\1", REFERENCE.render(source)
    )
    return re.sub(r'<code class="[^"]*">', "<code>", html).replace("<br />\n", "<br />").strip()


def texts_of(chooser: random.Random, parts: list[str], lines: int) -> str:
    return "\n".join(
        "".join(chooser.choices(parts, k=chooser.randint(0, 12 // lines + 4)))
        for _ in range(chooser.randint(1, lines))
    )


@pytest.mark.parametrize(("parts", "lines"), [(INLINES, 1), (BLOCKS, 8)], ids=["inlines", "blocks"])
async def test_random_texts_are_shown_as_the_reference_shows_them(
    deno_cache: Path, parts: list[str], lines: int
) -> None:
    chooser = random.Random(17)
    sources = [texts_of(chooser, parts, lines) for _ in range(4000)]
    sources = [
        source for source in sources
        if not DIFFERENT.search(source)
        and all(token.type != "code_block" for token in REFERENCE.parse(source))
    ]  # fmt: skip
    assert len(sources) > 1500

    shown = await evaluate(deno_cache, HTML, "input.map(module.toHtml)", sources)

    differences = [
        (source, html, reference_html(source))
        for source, html in zip(sources, shown, strict=True)
        if _as_shown(html) != _as_shown(reference_html(source))
    ]
    assert differences == []


def _as_shown(html: str) -> str:
    return re.sub(r" +(?=<br />)|\n(?=</code></pre>)", "", html)
