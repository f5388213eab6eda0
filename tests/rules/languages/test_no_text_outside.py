"""No text of the web client is outside the catalogues: each goes through t(), tn(), parts() or message().

The scan knows what is no text by its place: class names, keys, paths, names of events. Single words in lower
case it cannot tell apart; tests/web/test_pseudo_locale.py finds those on the page.
"""

import re

from shared.languages.javascript import FUNCTIONS, Literal, literals_of
from shared.settings import ROOT

# Files that are not converted yet, by path below web/. Remove a line, never add one.
NOT_YET: frozenset[str] = frozenset()
# The grammar of quick add is no text: it is what users write. The service worker gets its texts by push.
NO_TEXTS = ("quick_add/", "service_worker.js", "types/")
# Names of browsers, systems, programs and file formats, which have no translation, and errors of developers.
NAMES = {
    "Edge", "Firefox", "Chrome", "Safari", "Android", "Windows", "Linux", "SQLite", "Postgres",
    "Livelist (JSON)", "Todoist", "Trello", "Vikunja", "Microsoft To Do", "Google Tasks", "TickTick",
    "Super Productivity", "Markdown", "The server refused this.", "its worker did not start",
}  # fmt: skip
# Selectors, transforms, names of classes and events.
CODE = {
    "a, button, input", "overwrote {} {}", "translate({}px, {}px)", "(prefers-reduced-motion: reduce)",
    "(hover: hover)", "(pointer: coarse)", "danger solid", "gap {}", "folder {}", "Alt+", "Ctrl+",
    "todo.created todo.edited todo.deleted todo.restored todo.purged todo.moved_in todo.moved_out",
}  # fmt: skip
# Keys, headers, names of classes of the browser.
_CODE = re.compile(
    r"[A-Z][a-z]+(?:-[A-Z][a-z]+)+|Bearer \{\}|Authorization|[A-Z]\w*(?:Error|Manager|Credential)"
    r"|Notification|Backspace|Enter|Escape|Tab|Home|End|Delete|Arrow\w+|Page(?:Up|Down)"
    r"|\{\} (?:ms|MiB)|(?:[\w⌘/?]+|(?:Alt|Ctrl|Shift)\+\S+)(?: (?:[a-z⌘]|(?:Alt|Ctrl|Shift)\+\S+|End))*"
)
_WORDS = re.compile(r"[A-Z][a-z]|[a-z,.;:] [a-z]|^[a-z]+ | [a-z]+$")
_KEYS_OF_CODE = {"class", "key", "vars", "role", "type", "autocomplete", "rel", "viewBox"}
_CALLS_OF_CODE = {
    "Error", "TypeError", ".querySelector", ".querySelectorAll", ".closest", ".matches", "icon",
    "CustomEvent", ".define", ".startsWith", ".endsWith", ".getElementById", ".split",
}  # fmt: skip
FILES = {
    name: path
    for path in sorted((ROOT / "web").rglob("*.js"))
    if not (name := path.relative_to(ROOT / "web").as_posix()).startswith(NO_TEXTS)
}


def outside(source: str) -> list[str]:
    """Return the texts of a module that no catalogue has, each with its line."""
    return [f"{each.line}: {each.text}" for each in literals_of(source) if _is_text(each)]


def _is_text(literal: Literal) -> bool:
    text = literal.text
    call, argument = literal.calls[-1] if literal.calls else ("", 0)
    if call in FUNCTIONS and argument in FUNCTIONS[call]:
        return False
    if text in NAMES | CODE or not _WORDS.search(text.replace("{}", "")):
        return False
    is_compared = literal.before[-1:] in (("=",), ("case",)) and literal.before[-2:-1] == ("=",)
    is_code = (
        literal.before[-1:] in (("from",), ("import",), ("case",))
        or is_compared
        or _KEYS_OF_CODE & set(literal.keys)
        or call in _CALLS_OF_CODE
        or _CODE.fullmatch(text)
    )
    return not is_code


def test_every_text_of_the_client_is_in_the_catalogues() -> None:
    found = {
        name: texts
        for name, path in FILES.items()
        if name not in NOT_YET and (texts := outside(path.read_text()))
    }

    assert found == {}, "write the texts as docs/languages.md says"


def test_a_text_outside_is_found() -> None:
    source = """
    h('p', { class: 'quiet small', title: `About ${name}` }, isOpen ? 'Close it' : t('Open {x}', { x }));
    ui.toast('Saved.');
    throw new Error('a developer reads this');
    """

    assert [each.partition(": ")[2] for each in outside(source)] == [
        "About {}", "Close it", "Saved.",
    ]  # fmt: skip
