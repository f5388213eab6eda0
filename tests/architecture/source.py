"""The source as a tree, for the tests that read it."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from shared.settings import ROOT

DOORS = ("api", "realtime", "worker", "shared")
PACKAGES = (*DOORS, "console", "migrations")


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
    """Returns every Python file of these packages, of all of ours when none is named."""
    return tuple(read(path) for path in _files(packages or PACKAGES))


def _files(packages: tuple[str, ...]) -> Iterator[Path]:
    for package in packages:
        yield from sorted((ROOT / package).rglob("*.py"))


def read(path: Path) -> Module:
    text = path.read_text()
    return Module(path.relative_to(ROOT).as_posix(), text, ast.parse(text))


def dotted(node: ast.AST) -> str:
    """Returns `a.b.c` for such an expression, else an empty text."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        before = dotted(node.value)
        return f"{before}.{node.attr}" if before else ""
    return ""


def uses(module: Module, names: set[str]) -> list[str]:
    """Returns those of `names` (modules, or module.attribute) that the module imports or reaches."""
    found = []
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Attribute):
            found.append(dotted(node))
        elif isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            found += [node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)]
    return sorted(names & set(found))
