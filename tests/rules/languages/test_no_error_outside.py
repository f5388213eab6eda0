"""Sentences of errors can be translated: each is a literal or a message(), never joined from values."""

import ast
from collections.abc import Iterator

from shared.languages.python import ERRORS, python_texts
from shared.settings import ROOT

# What a program sent against its protocol, and no person wrote; docs/languages.md says so.
ENGLISH = (
    "api/mcp/", "api/caldav/filters.py", "api/caldav/properties.py", "api/caldav/reports.py",
    "api/caldav/xml_input.py", "shared/caldav/changes.py", "shared/caldav/names.py",
    "shared/calendar_objects/",
)  # fmt: skip
FILES = {
    name: path
    for folder in ("api", "realtime", "shared", "worker")
    for path in sorted((ROOT / folder).rglob("*.py"))
    if not (name := path.relative_to(ROOT).as_posix()).startswith(ENGLISH)
}


def joined_texts(source: str) -> Iterator[int]:
    """Return the lines of errors whose sentence no catalogue can have."""
    texts = {text for found in python_texts(source) for text in found}
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        for position in ERRORS.get(ast.unparse(node.func).rpartition(".")[2], ()):
            for argument in node.args[position : position + 1]:
                if any(_is_outside(each, texts) for each in _choices(argument)):
                    yield argument.lineno


def wrappers(source: str) -> Iterator[str]:
    """Return the functions that make an error of a sentence that they are given."""
    for function in ast.walk(ast.parse(source)):
        if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        parameters = {each.arg for each in function.args.posonlyargs + function.args.args}
        for node in ast.walk(function):
            if isinstance(node, ast.Call):
                for position in ERRORS.get(ast.unparse(node.func).rpartition(".")[2], ()):
                    given = node.args[position : position + 1]
                    if any(isinstance(each, ast.Name) and each.id in parameters for each in given):
                        yield function.name


def _choices(argument: ast.expr) -> Iterator[ast.expr]:
    if isinstance(argument, ast.IfExp):
        yield from _choices(argument.body)
        yield from _choices(argument.orelse)
    else:
        yield argument


def _is_outside(argument: ast.expr, texts: set[str]) -> bool:
    if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
        return argument.value not in texts
    return isinstance(argument, ast.JoinedStr)


def test_every_sentence_of_an_error_is_in_the_catalogues() -> None:
    found = {
        name: lines
        for name, path in FILES.items()
        if (lines := list(joined_texts(path.read_text())))
    }

    assert found == {}, "write them as docs/languages.md says"


def test_every_function_that_makes_an_error_is_known() -> None:
    found = {
        f"{name}: {function}"
        for name, path in FILES.items()
        for function in wrappers(path.read_text())
        # The base of all errors, and what answers them, pass on what is in the catalogues already.
        if function not in ERRORS and name not in ("shared/errors.py", "api/http/problems.py")
    }

    assert found == set(), "add them to ERRORS of shared/languages/python.py"


def test_a_sentence_outside_is_found() -> None:
    source = """
raise Conflict(f"At most {limit} words.")
raise Conflict("One." if many else "Two.")
raise errors.Invalid(message("At most {limit} words.", limit=5), code="x")
raise Conflict("A literal.")
raise Conflict(message("Three.") if many else f"{count}.")
"""

    assert list(joined_texts(source)) == [2, 3, 6]
