"""Join the modules of the web client into one script, with a source map.

    import { a, b as c } from './x.js';        const { a, b: c } = module$3;
    export class Row …                         class Row …; what a module exports, its function returns

    import('./x.js')                           import('./lazy_x.js'): a script with what is left

Each module becomes a function that is called once, in the order in which a browser would run the modules.
Exact for the forms that the client uses: named imports, exported declarations that are never assigned to
again, no cycles. Every other form raises JoinError. Comments on lines of their own, empty lines and the
indentation go.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

# deno fmt writes statements at the top level of a module at the beginning of a line.
_IMPORT = re.compile(
    r"^import (?:(?P<names>\{[^{}]*\}) from )?'(?P<path>\.[^'\n]*)';$", re.MULTILINE
)
_EXPORT = re.compile(
    r"^export (?=(?:class|const|function|async function) (?P<name>[\w$]+))", re.MULTILINE
)
# A module that is loaded when it is needed. Its script imports what it shares from the others.
_LAZY_IMPORT = re.compile(r"\bimport\('(?P<path>\.[^'\n]*)'\)")
LAZY_PREFIX = "lazy_"
# What is left of other forms, live variables and names that could be one of ours.
_REFUSED = tuple(
    re.compile(form, re.MULTILINE)
    for form in (
        r"^(?:import|export|await|for await)\b.*",
        r"import\(",
        r"import\.meta",
        r"module\$(?!\d+;$)",
    )
)
_COMMENT = re.compile(r"^ *(?://.*|/\*(?:(?!\*/)[\s\S])*\*/)$", re.MULTILINE)
_INDENTATION = re.compile(r"^ +", re.MULTILINE)
_BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


class JoinError(ValueError):
    """A module uses a form that cannot be joined."""


@dataclass(frozen=True)
class Joined:
    """A script, its source map, and the paths of its modules in the order in which they run.

    `lazy_scripts` are those that it loads later, by name, with the modules `lazy_paths`. They have no
    source map. A module is loaded later for its effects: what it exports is not exported.
    """

    script: str
    source_map: str
    paths: tuple[str, ...]
    lazy_scripts: dict[str, str]
    lazy_paths: tuple[str, ...]


@dataclass(frozen=True)
class _Module:
    number: int
    body: str
    exports: frozenset[str]
    imports: frozenset[int]

    @property
    def lines(self) -> Iterator[tuple[int, str]]:
        """Yield the lines that are not empty, with their numbers in the file, from 0."""
        return ((number, line) for number, line in enumerate(self.body.split("\n")) if line)


def join_modules(
    folder: Path, entry: str, map_name: str, source_root: str, script_name: str = "client.js"
) -> Joined:
    """Join the module `entry` of the folder and all that it imports, directly or not.

    `map_name` is the address of the source map as seen from the script, `source_root` that of the folder,
    `script_name` that of the script as seen from the scripts that are loaded later.
    """
    graph = _Graph(folder)
    modules = dict(graph.add(entry))
    lazy_scripts, shared = _lazy_scripts(graph, modules, script_name)
    lines = ["// The modules of the web client, joined by api/web_client/module_joiner.py."]
    mappings = [""]
    last = _Position(0, 0)
    for module in modules.values():
        lines.append(_beginning(module))
        mappings.append("")
        for number, line in module.lines:
            position = _Position(module.number, number)
            lines.append(line)
            mappings.append(last.segment_to(position))
            last = position
        lines += _end(module)
        mappings += ["", ""]
    if shared:
        lines.append(f"export {{ {', '.join(shared)} }};")
    lines.append(f"//# sourceMappingURL={map_name}\n")
    source_map = {
        "version": 3,
        "sourceRoot": source_root,
        "sources": list(modules),
        "names": [],
        "mappings": ";".join(mappings),
    }
    lazy_paths = tuple(path for path in graph.modules if path not in modules)
    script = "\n".join(lines)
    return Joined(script, json.dumps(source_map), tuple(modules), lazy_scripts, lazy_paths)


def _lazy_scripts(
    graph: "_Graph", first: dict[str, "_Module"], script_name: str
) -> tuple[dict[str, str], list[str]]:
    """Return the scripts that are loaded later, and the modules that the first script exports to them.

    A module is in one script. Another that uses it imports it from there: the browser runs a script once.
    """
    owners = {module.number: script_name for module in first.values()}
    lines: dict[str, list[str]] = {}
    exported: dict[str, set[int]] = {}
    # A script that is loaded later may load others.
    while new := [path for path in graph.lazy_paths if lazy_name(path) not in lines]:
        name = lazy_name(new[0])
        loaded = graph.add(new[0])[new[0]]
        own = [module for module in graph.modules.values() if module.number not in owners]
        owners |= {module.number: name for module in own}
        used: dict[str, set[int]] = {}
        for number in sorted({loaded.number}.union(*(module.imports for module in own))):
            if owners[number] != name:
                used.setdefault(owners[number], set()).add(number)
                exported.setdefault(owners[number], set()).add(number)
        lines[name] = [
            f"import {{ {_names(numbers)} }} from './{owner}';" for owner, numbers in used.items()
        ]
        for module in own:
            lines[name] += [_beginning(module), *(line for _, line in module.lines), *_end(module)]
    for name, numbers in exported.items():
        if name != script_name:
            lines[name].append(f"export {{ {_names(numbers)} }};")
    scripts = {name: "\n".join([*script, ""]) for name, script in lines.items()}
    return scripts, [f"module${number}" for number in sorted(exported.get(script_name, ()))]


def _names(numbers: set[int]) -> str:
    return ", ".join(f"module${number}" for number in sorted(numbers))


def lazy_name(path: str) -> str:
    """Return the name of the script that is loaded for a module."""
    return f"{LAZY_PREFIX}{PurePosixPath(path).name}"


class _Graph:
    """The modules that were read, in the order in which they run: a module after its imports."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.modules: dict[str, _Module] = {}
        self.lazy_paths: dict[str, None] = {}
        self._open: list[str] = []
        self._imported: set[int] = set()

    def add(self, path: str) -> dict[str, _Module]:
        """Add a module after all that it imports. Return all modules by path."""
        if path in self._open:
            raise JoinError(f"{path} imports itself: {' > '.join([*self._open, path])}")
        if path not in self.modules:
            self._open.append(path)
            text = _without_comments(path, self._read(path))
            outer, imported = self._imported, set[int]()
            self._imported = imported
            body = _IMPORT.sub(lambda match: self._import(path, match), text)
            self._imported = outer
            exports = frozenset(match["name"] for match in _EXPORT.finditer(body))
            body = _EXPORT.sub("", body)
            _check_forms(path, _LAZY_IMPORT.sub("", body))
            body = _LAZY_IMPORT.sub(lambda match: self._lazy_import(path, match), body)
            # A twentieth of a first visit. No text of a program has several lines: _without_comments.
            body = _INDENTATION.sub("", body)
            self._open.pop()
            self.modules[path] = _Module(len(self.modules), body, exports, frozenset(imported))
        return self.modules

    def _read(self, path: str) -> str:
        try:
            return (self._folder / path).read_text()
        except OSError as error:
            raise JoinError(f"{' > '.join(self._open)}: {error}") from None

    def _import(self, importer: str, match: re.Match[str]) -> str:
        path = _resolve(importer, match["path"])
        module = self.add(path)[path]
        self._imported.add(module.number)
        if match["names"] is None:
            return ""
        wanted = {
            name.split(" as ")[0].strip() for name in match["names"].strip("{}").split(",")
        } - {""}
        if missing := wanted - module.exports:
            raise JoinError(
                f"{importer} imports {', '.join(sorted(missing))}, which {path} does not export"
            )
        return f"const {match['names'].replace(' as ', ': ')} = module${module.number};"

    def _lazy_import(self, importer: str, match: re.Match[str]) -> str:
        path = _resolve(importer, match["path"])
        for other in self.lazy_paths:
            if other != path and lazy_name(other) == lazy_name(path):
                raise JoinError(f"{importer} loads {path}: {other} is loaded by the same name")
        self.lazy_paths[path] = None
        return f"import('./{lazy_name(path)}')"


def _without_comments(path: str, text: str) -> str:
    """Return the text with its comments as empty lines. They are a quarter of a first visit."""
    text = _COMMENT.sub(lambda match: "\n" * match[0].count("\n"), text)
    for number, line in enumerate(text.split("\n"), start=1):
        # Its lines could look like comments.
        if line.count("`") % 2:
            raise JoinError(f"{path}:{number}: cannot be joined: a template of several lines")
    return text


def _check_forms(path: str, body: str) -> None:
    for form in _REFUSED:
        if refused := form.search(body):
            line = body.count("\n", 0, refused.start()) + 1
            raise JoinError(f"{path}:{line}: cannot be joined: {refused[0]}")


def _resolve(importer: str, relative: str) -> str:
    """Return the path of an imported module, as seen from the folder of all modules."""
    parts = list(PurePosixPath(importer).parent.parts)
    for part in PurePosixPath(relative).parts:
        if part != "..":
            parts.append(part)
        elif parts:
            parts.pop()
        else:
            raise JoinError(f"{importer} imports {relative}, which is outside")
    return "/".join(parts)


def _beginning(module: _Module) -> str:
    return f"const module${module.number} = (() => {{"


def _end(module: _Module) -> tuple[str, str]:
    return f"return {{ {', '.join(sorted(module.exports))} }};", "})();"


@dataclass(frozen=True)
class _Position:
    """The beginning of a line of a module."""

    source: int
    line: int

    def segment_to(self, other: "_Position") -> str:
        """Return the segment of the source map for `other`, counted from the one before it."""
        return f"A{_vlq(other.source - self.source)}{_vlq(other.line - self.line)}A"


def _vlq(number: int) -> str:
    """Return a number as a source map writes it: groups of 5 bits, the sign in the lowest."""
    rest = -number << 1 | 1 if number < 0 else number << 1
    letters = ""
    while True:
        group, rest = rest & 31, rest >> 5
        letters += _BASE64[group | 32 if rest else group]
        if not rest:
            return letters
