"""Read the texts of Python modules and of the templates of mails."""

import ast
from collections.abc import Iterator

from jinja2 import Environment
from jinja2.ext import extract_from_ast

# For each function the positions of its texts. In worker/ a translator is called `t`.
FUNCTIONS = {"message": (0,), "counted": (1, 2), "t": (0,)}
# The sentences of errors, which are translated when they are answered.
ERRORS = {
    "Conflict": (0,), "Forbidden": (0,), "Invalid": (0,), "RateLimited": (0,), "TooLarge": (0,),
    "TooSlow": (0,), "Unauthenticated": (0,), "Unavailable": (0,), "NotAcceptableError": (0,),
    "field": (2,), "FieldError": (2,), "invalid_field": (1,), "link_ended": (0,), "_invalid_parent": (1,),
    "problem_response": (2,), "_invalid_rule": (1,), "DavError": (2,), "HTTPException": (1,),
    "_ask_for_token": (0,), "_bad_metadata": (1,),
    "FileRefused": (0,), "Unusable": (0,), "Problem": (1,), "add_problem": (1,), "_add_problem": (1,),
    "fail_import": (2,), "InputRejected": (2,), "NotStrictJsonError": (0,),
    "ProviderRefusal": (0,),
}  # fmt: skip
# Tables of texts: all their literals that begin as a sentence does.
TABLES = {"SecurityEmailText", "Loss"}


def python_texts(source: str) -> Iterator[tuple[str, ...]]:
    """Return the texts of each call of a function above, as far as they are literals."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            name = _name(node.func)
            yield from _texts(node, FUNCTIONS.get(name) or ERRORS.get(name) or ())
            if name in TABLES:
                yield from _sentences(node)


def _name(function: ast.expr) -> str:
    match function:
        case ast.Name(id=name):
            return name
        # Of the many methods with that name only Invalid.field makes an error.
        case ast.Attribute(value=ast.Name(id="Invalid"), attr="field"):
            return "field"
        case ast.Attribute(attr=name):
            return name if name in (ERRORS.keys() | FUNCTIONS.keys()) - {"field"} else ""
    return ""


def _texts(call: ast.Call, positions: tuple[int, ...]) -> Iterator[tuple[str, ...]]:
    found = tuple(
        argument.value
        for position in positions
        if position < len(call.args)
        and isinstance(argument := call.args[position], ast.Constant)
        and isinstance(argument.value, str)
    )
    # One text may be chosen of two: `message("a") if x else "b"` in place of a literal.
    if found and len(found) == len(positions):
        yield found


def _sentences(call: ast.Call) -> Iterator[tuple[str, ...]]:
    for node in ast.walk(call):
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and node.value[:1].isupper()
        ):
            yield (node.value,)


def template_texts(source: str) -> Iterator[tuple[str, ...]]:
    """Return the texts of `{{ t("…") }}` and `{{ counted(n, "…", "…") }}` in a template."""
    tree = Environment(autoescape=True).parse(source)
    for _, function, texts in extract_from_ast(tree, gettext_functions=("t", "counted")):
        literals = (
            (texts,) if isinstance(texts, str) else tuple(each for each in texts or () if each)
        )
        wanted = len(FUNCTIONS[function])
        # Without one, the text was given to message() elsewhere.
        if len(literals) >= wanted:
            yield tuple(literals[:wanted])
