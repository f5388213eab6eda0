"""The deadlines of tests are in one place: an own one is too short on some machine that is slow enough."""

import ast
from collections.abc import Iterator

from tests.architecture.source import Module, modules

# Shorter ones are no deadlines: they wait for something that must not come, or for the end of a fault.
SECONDS = 5
# What waits, and may be given a number of seconds.
WAITING = {
    "timeout",
    "wait_for",
    "wait",
    "wait_for_line",
    "wait_until",
    "wait_closed",
    "communicate",
}
HTTP_CLIENTS = {"httpx.AsyncClient", "httpx.Client", "httpx2.AsyncClient"}

Exceptions = dict[str, str]
OWN_DEADLINES: Exceptions = {
    "tests/support/services/processes.py": "tries a request again that a process which ended never answers",
}


def _own_deadlines(module: Module) -> Iterator[str]:
    """Yield each call that has a deadline of its own, or that of httpx, which is 5 s."""
    for node in ast.walk(module.tree):
        if not isinstance(node, ast.Call):
            continue
        keywords = {keyword.arg: keyword.value for keyword in node.keywords}
        name = ast.unparse(node.func)
        given = [keywords[key] for key in ("deadline", "timeout") if key in keywords]
        # The first argument of the others is what is waited for.
        if name.rpartition(".")[2] in WAITING:
            given += node.args if name.endswith((".timeout", ".wait")) else node.args[1:]
        if any(_seconds(value) >= SECONDS for value in given):
            yield f"{module.path}: {ast.unparse(node)}"
        if name in HTTP_CLIENTS and not keywords.keys() & {"timeout", "transport"}:
            yield f"{module.path}: {ast.unparse(node)}"


def _seconds(value: ast.expr) -> float:
    is_number = isinstance(value, ast.Constant) and type(value.value) in (int, float)
    return float(ast.literal_eval(value)) if is_number else 0


def test_tests_wait_as_long_as_the_slowest_machine_needs() -> None:
    found = [
        each
        for module in modules("tests")
        if module.path not in OWN_DEADLINES
        for each in _own_deadlines(module)
    ]

    assert found == []
