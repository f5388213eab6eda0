"""Read the texts of JavaScript modules: those of t(), parts(), tn() and message(), and all other literals."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from shared.languages.javascript_tokens import Token, tokens_of

# For each function the positions of its texts. message() marks a text that t() is given later.
FUNCTIONS = {"t": (0,), "parts": (0,), "message": (0,), "tn": (1, 2)}
_CLOSING = {"(": ")", "[": "]", "{": "}"}
_TEXTS = ("string", "template")


@dataclass(frozen=True)
class Literal:
    """A string of a module. Of a template each `${…}` is `{}`.

    `calls` are the functions in whose arguments it is, the innermost last, each with the number of the
    argument. `keys` are those of the objects in which it is, `before` the values of the tokens before it,
    both with the nearest last. `is_early` if it is read when the module is loaded.
    """

    text: str
    line: int
    is_template: bool
    calls: tuple[tuple[str, int], ...]
    keys: tuple[str, ...]
    before: tuple[str, ...]
    after: str
    is_early: bool


@dataclass
class _Frame:
    """An open bracket."""

    function: str = ""
    line: int = 0
    is_body: bool = False
    argument: int = 0
    # Of an object: the key of the value that is being read. After an arrow: `is_late`.
    key: str = ""
    is_late: bool = False
    # The literals of each argument, and the arguments that hold anything else.
    texts: dict[int, str] = field(default_factory=dict)
    computed: set[int] = field(default_factory=set)


def texts_of(source: str) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Return the line and the text of each call; of tn() the texts for one and for other numbers.

    Calls whose text is computed are left out: the text was given to message().
    """
    yield from sorted(_Reader(source).texts)


def literals_of(source: str) -> list[Literal]:
    """Return all string literals of a module."""
    return _Reader(source).literals


_Calls = tuple[tuple[str, int], ...]


class _Reader:
    """Reads a module, or the code of a template, which has the calls and keys around it."""

    def __init__(
        self,
        source: str,
        line: int = 1,
        calls: _Calls = (),
        keys: tuple[str, ...] = (),
        is_late: bool = False,
    ) -> None:
        self.literals: list[Literal] = []
        self.texts: list[tuple[int, tuple[str, ...]]] = []
        self._tokens = list(tokens_of(source, line))
        self._calls, self._keys, self._is_late = calls, keys, is_late
        self._frames = [_Frame(is_late=is_late)]
        for index, token in enumerate(self._tokens):
            if token.kind == "operator":
                self._operator(index, token)
            elif token.kind in _TEXTS:
                self._text(index, token)
            else:
                self._frames[-1].computed.add(self._frames[-1].argument)

    def _operator(self, index: int, token: Token) -> None:
        frame = self._frames[-1]
        before = self._tokens[index - 1].value if index else ""
        if token.value in _CLOSING:
            frame.computed.add(frame.argument)
            name = _function_before(self._tokens, index) if token.value == "(" else ""
            is_body = token.value == "{" and before in (")", "=>")
            self._frames.append(_Frame(name, token.line, is_body))
        elif token.value in _CLOSING.values() and len(self._frames) > 1:
            self._close(self._frames.pop())
        elif token.value == ",":
            frame.argument += 1
            frame.key, frame.is_late = "", False
        elif token.value == ";":
            frame.key, frame.is_late = "", self._is_late and len(self._frames) == 1
        elif token.value != "+":
            frame.computed.add(frame.argument)
            frame.is_late |= token.value == "=>"
            if token.value == ":" and not frame.key:
                frame.key = before

    def _text(self, index: int, token: Token) -> None:
        frame = self._frames[-1]
        calls = self._calls + tuple((each.function, each.argument) for each in self._frames[1:])
        keys = self._keys + tuple(each.key for each in self._frames if each.key)
        is_late = any(each.is_body or each.is_late for each in self._frames)
        self.literals.append(_literal(self._tokens, index, calls, keys, is_late))
        for _, code, line in token.parts:
            inner = _Reader(code, line, calls, keys, is_late)
            self.literals += inner.literals
            self.texts += inner.texts
        if len(token.parts) > 1:
            frame.computed.add(frame.argument)
        frame.texts[frame.argument] = frame.texts.get(frame.argument, "") + token.value

    def _close(self, frame: _Frame) -> None:
        positions = FUNCTIONS.get(frame.function, ())
        if positions and all(p in frame.texts and p not in frame.computed for p in positions):
            self.texts.append((frame.line, tuple(frame.texts[position] for position in positions)))


def _function_before(tokens: list[Token], index: int) -> str:
    """Return the name of the function that is called with the parenthesis; `.t` of a method."""
    if index == 0 or tokens[index - 1].kind != "name":
        return ""
    is_method = index > 1 and tokens[index - 2].value == "."
    return f".{tokens[index - 1].value}" if is_method else tokens[index - 1].value


def _literal(
    tokens: list[Token], index: int, calls: _Calls, keys: tuple[str, ...], is_late: bool
) -> Literal:
    token = tokens[index]
    before = tuple(each.value for each in tokens[max(0, index - 3) : index])
    after = tokens[index + 1].value if index + 1 < len(tokens) else ""
    is_template = len(token.parts) > 1
    return Literal(token.value, token.line, is_template, calls, keys, before, after, not is_late)
