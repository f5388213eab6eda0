"""HTML of other programs as Markdown: as the web client draws it, and as plain as the text allows."""

import time
from collections.abc import Callable

import pytest

from worker.html_markdown import MAX_DEPTH, html_to_markdown, markdown_of
from worker.html_text import MAX_OPEN, html_to_text

# As the editor of Vikunja writes tasks.
TASKS = (
    '<ul data-type="taskList"><li data-checked="true" data-type="taskItem"><label><input type="checkbox"'
    ' checked="checked"><span></span></label><div><p>Buy <em>seed</em></p></div></li>'
    '<li data-checked="false" data-type="taskItem"><label><input type="checkbox"><span></span></label>'
    "<div><p>Dig</p><ul><li><p>deep</p><p>and wide</p></li></ul></div></li></ul>"
)


@pytest.mark.parametrize(
    ("html", "markdown"),
    [
        ("<p>An apple</p><p>Two<br>lines</p>", "An apple\n\nTwo\nlines"),
        ("<h2>Next</h2><p>a</p><hr><p>b</p>", "## Next\n\na\n\n***\n\nb"),
        ("<p>See<strong> the plan </strong>and <b>go</b>.</p>", "See **the plan** and **go**."),
        ("<p><s>old</s> <code>a*b</code></p>", "~~old~~ `a*b`"),
        ('<a href="https://a.org/x_(1)">the <b>plan</b></a>', "[the **plan**](https://a.org/x_%281%29)"),
        ('<a href="https://a.org">https://a.org</a>', "https://a.org"),
        ('<a href="javascript:alert(1)">no</a>', "no"),
        ('<img src="https://a.org/x.png" alt="Plan"><img src="cid:1">', "![Plan](https://a.org/x.png)"),
        ("<ol><li><p>one</p></li><li>two<ol><li>a</li></ol></li></ol>", "1. one\n2. two\n   1. a"),
        ("<ul><li></li><li>b</li></ul><p>c</p>", "-\n- b\n\nc"),
        ("<h1></h1><p>a</p>", "#\n\na"),
        (TASKS, "- [x] Buy *seed*\n- [ ] Dig\n  - deep\n    and wide"),
        (
            '<pre><code class="language-js">let a = "*b*";\n\n  x()\n</code></pre><p>a</p>',
            '```\nlet a = "*b*";\n\n  x()\n```\n\na',
        ),
        ("<blockquote><p>a</p><p>b</p></blockquote>", "> a\n\n> b"),
        ("<p>2 * 3 * 4, snake_case _x_ [y]</p>", "2 \\* 3 \\* 4, snake_case \\_x\\_ \\[y\\]"),
        ("<p># a</p><p>- b</p><p>1. c</p>", "\\# a\n\n\\- b\n\n1\\. c"),
        ("<p>https://a.org/_b_</p>", "https://a.org/_b_"),
        ("<ul><li>a</li></ul><div>next</div>", "- a\n\nnext"),
        ("<div>a</div><hr>", "a\n***"),
        ("a<br>---<br>===<br>-- a", "a\n\\---\n\\===\n-- a"),
        ("<p>10. Oktober</p><p>2026. Ja</p><p>10.5</p>", "10\\. Oktober\n\n2026\\. Ja\n\n10.5"),
        ("<b><code>a`b</code></b> <code>``</code> or <code>c</code>", "**`` a`b ``** ``` `` ``` or `c`"),
        ("<pre>a\n```\nb</pre><pre>c</pre>", "````\na\n```\nb\n````\n```\nc\n```"),
        ("<table><tr><th>a<td><b>b</b><td>c<tr><td>d", "a **b** c\nd"),
    ],
)  # fmt: skip
def test_html_becomes_markdown(html: str, markdown: str) -> None:
    assert html_to_markdown(html) == markdown


def test_a_text_without_elements_stays_as_it_is() -> None:
    for text in ("2 < 3 & *4*\n- a", "", "<3", "a <b>"):
        assert markdown_of(text) == text
    assert markdown_of(" <p>a &amp; b</p>") == "a & b"


def test_a_paragraph_in_an_item_of_a_mail_is_on_the_line_of_its_marker() -> None:
    assert html_to_text("<ul><li><p>pegs</p></li><li><p>rope</p></li></ul>") == "- pegs\n\n- rope"


@pytest.mark.parametrize(
    "element", ["ul", "ol", "li", "b", "a href='https://a.org'", "pre", "blockquote", "p"]
)
def test_deep_nesting_takes_no_time(element: str) -> None:
    begun = time.perf_counter()

    text = html_to_markdown(f"<{element}>x" * 30_000)

    assert time.perf_counter() - begun < 5
    assert len(text) < 30_000 * (MAX_DEPTH * 3 + 40)


@pytest.mark.parametrize("convert", [html_to_markdown, html_to_text])
def test_end_tags_of_no_element_take_no_time(convert: Callable[[str], str]) -> None:
    begun = time.perf_counter()

    text = convert("<p>begin</p>" + "<div>" * 20_000 + "</i>" * 20_000)

    assert time.perf_counter() - begun < 1
    assert text == "begin"
    # Less deep, all is read; and an address stays whole wherever the text is cut for the parser.
    nested = "<div>" * (MAX_OPEN - 10)
    assert convert(f"{nested}{'x' * 3000} https://a.org/_b_ end").endswith(" https://a.org/_b_ end")
