"""The Python source as syntax trees, for the tests that read it."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from shared.settings import ROOT

# The packages of the running service, and all packages of the product.
SERVICE_PACKAGES = ("api", "realtime", "worker", "shared")
ALL_PACKAGES = (*SERVICE_PACKAGES, "console", "migrations")


@dataclass(frozen=True)
class Module:
    path: str
    text: str
    tree: ast.Module

    @property
    def name(self) -> str:
        return self.path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


@cache
def modules(*packages: str) -> tuple[Module, ...]:
    """Return every Python file of these packages, of all packages when none is named."""
    return tuple(read(path) for path in _files(packages or ALL_PACKAGES))


def _files(packages: tuple[str, ...]) -> Iterator[Path]:
    for package in packages:
        yield from sorted((ROOT / package).rglob("*.py"))


def read(path: Path) -> Module:
    text = path.read_text()
    return Module(path.relative_to(ROOT).as_posix(), text, ast.parse(text))


def dotted_name(node: ast.AST) -> str:
    """Return `a.b.c` for such an expression, else an empty text."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        before = dotted_name(node.value)
        return f"{before}.{node.attr}" if before else ""
    return ""


def used_names(module: Module, names: set[str]) -> list[str]:
    """Return the `names` (modules, or module.attribute) that the module imports or refers to."""
    found = []
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Attribute):
            found.append(dotted_name(node))
        elif isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            found += [node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)]
    return sorted(names & set(found))
