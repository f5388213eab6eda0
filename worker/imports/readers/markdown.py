"""Markdown: task lists below headings, as GitHub, Obsidian and our own export write them.

# Home
- [ ] Paint the wall #weekend 📅 2026-12-24
  - [x] Buy paint
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from worker.imports import losses
from worker.imports.fields import due_or_note, slug
from worker.imports.items import Due, ImportedList, ImportedTodo, Item, Options, Problem
from worker.imports.source import Source

_HEADING = re.compile(r"#{1,6}\s+(?P<name>\S.*)")
_TASK = re.compile(r"(?P<indent>[ \t]*)(?:[-*+]|\d{1,9}[.)])\s+\[(?P<mark>.)\]\s+(?P<text>.*)$")
_STATUSES = {
    " ": "pending",
    "x": "completed",
    "X": "completed",
    "/": "in_progress",
    "-": "cancelled",
}
LOSSES = (losses.OTHER_LINES, losses.STATUS, losses.DUE)
# From the first space of a run: to try each of them would take the square of their number.
_DUE = re.compile(r"(?<!\s)\s*+📅\s*(\d{4}-\d{2}-\d{2}(?: \d{2}:\d{2})?)")
_LABEL = re.compile(r"(?:^|(?<=\s))#([\w/-]*[^\W\d][\w/-]*)")
_ESCAPED = re.compile(r"\\([\\`*_\[\]<>#|~{}()+\-.!])")


@dataclass
class _Reading:
    """Where the reader is: the heading, the tasks that the next one may be below, and the last one."""

    list_name: str
    above: list[tuple[int, str]] = field(default_factory=list)
    last: ImportedTodo | None = None
    description: list[str] = field(default_factory=list)

    def finish(self) -> Iterator[ImportedTodo]:
        """Yield the last task with the lines below it."""
        if self.last is not None:
            yield replace(self.last, description="\n".join(self.description).strip())
        self.last, self.description = None, []


def read(source: Source, options: Options) -> Iterator[Item]:
    state = _Reading(source.stem)
    seen: set[str] = set()
    others = 0
    for number, read_line in source.lines():
        if isinstance(read_line, Problem):
            yield read_line
            continue
        line = read_line.rstrip()
        if heading := _HEADING.match(line):
            yield from state.finish()
            state.list_name, state.above = _unescaped(_without_marks(heading["name"])), []
        elif task := _TASK.match(line):
            yield from state.finish()
            if slug(state.list_name) not in seen:
                seen.add(slug(state.list_name))
                yield ImportedList(slug(state.list_name), state.list_name)
            _begin_task(state, task, number)
        elif state.last is not None and line.startswith((" ", "\t")):
            state.description.append(_unescaped(line.strip()))
        elif line:
            yield from state.finish()
            others += 1
    yield from state.finish()
    if others:
        yield Problem(0, losses.OTHER_LINES.counted(others))


def _begin_task(state: _Reading, task: re.Match[str], number: int) -> None:
    indent = len(task["indent"].expandtabs(4))
    while state.above and state.above[-1][0] >= indent:
        state.above.pop()
    body = task["text"]
    due: Due | None = None
    notes: tuple[str, ...] = ()
    if found := _DUE.search(body):
        due, notes = due_or_note(found[1])
        body = _DUE.sub("", body)
    if task["mark"] not in _STATUSES:
        notes = (*notes, losses.STATUS.sentence)
    labels = _LABEL.findall(body)
    state.last = ImportedTodo(
        list_key=slug(state.list_name),
        ref=f"line {number}",
        parent_ref=state.above[-1][1] if state.above else None,
        title=_unescaped(_LABEL.sub("", body).strip()),
        line=number,
        status=_STATUSES.get(task["mark"], "pending"),
        due=due,
        labels=tuple(labels),
        notes=notes,
    )
    state.above.append((indent, f"line {number}"))


def _without_marks(name: str) -> str:
    """Return the name of a heading without the marks that may end it, as in `# Home #`."""
    return name.rstrip("#").rstrip() or name


def _unescaped(text: str) -> str:
    return _ESCAPED.sub(r"\1", text)
