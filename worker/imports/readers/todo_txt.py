"""todo.txt: a line for each todo. https://github.com/todotxt/todo.txt

x 2026-12-02 2026-12-01 (A) Call +family @phone due:2026-12-24
"""

import re
from collections.abc import Iterator

from worker.imports import losses
from worker.imports.fields import due_or_note, parse_instant, slug
from worker.imports.items import ImportedList, ImportedTodo, Item, Options, Problem
from worker.imports.source import Source

_DONE = re.compile(r"x (?:(?P<done>\d{4}-\d{2}-\d{2}) )?")
_PRIORITY = re.compile(r"\((?P<letter>[A-Z])\) ")
_CREATED = re.compile(r"\d{4}-\d{2}-\d{2} ")
_PROJECT = re.compile(r"(?:^|\s)\+(\S+)")
_CONTEXT = re.compile(r"(?:^|\s)@(\S+)")
_PAIR = re.compile(r"(?:^|\s)(due|pri|rec|t|h):(\S+)")
# (A) is the most urgent; letters beyond (E) say nothing more.
LOSSES = (losses.REPETITION, losses.PAIRS, losses.PRIORITY, losses.DUE)
_PRIORITIES = {"A": 5, "B": 4, "C": 3, "D": 2, "E": 1}


def read(source: Source, options: Options) -> Iterator[Item]:
    seen: set[str] = set()
    for number, line in source.lines():
        if isinstance(line, Problem):
            yield line
            continue
        if not line.strip():
            continue
        todo, list_name = _todo_of(line.strip(), number, source.stem)
        if todo.list_key not in seen:
            seen.add(todo.list_key)
            yield ImportedList(todo.list_key, list_name)
        yield todo


def _todo_of(line: str, number: int, stem: str) -> tuple[ImportedTodo, str]:
    done = _DONE.match(line)
    rest = line[done.end() :] if done else line
    priority = _PRIORITY.match(rest)
    rest = rest[priority.end() :] if priority else rest
    if created := _CREATED.match(rest):
        rest = rest[created.end() :]
    projects = _PROJECT.findall(rest)
    pairs = dict(_PAIR.findall(rest))
    title = _PAIR.sub("", _CONTEXT.sub("", _PROJECT.sub("", rest))).strip()
    due, notes = due_or_note(pairs.get("due"))
    letter = priority["letter"] if priority else pairs.get("pri", "")
    for is_lost, loss in (
        ("rec" in pairs, losses.REPETITION),
        ("t" in pairs or "h" in pairs, losses.PAIRS),
        (letter and letter not in _PRIORITIES, losses.PRIORITY),
    ):
        notes = (*notes, loss.sentence) if is_lost else notes
    list_name = projects[0] if projects else stem
    todo = ImportedTodo(
        list_key=slug(list_name),
        ref=f"line {number}",
        title=title or rest,
        line=number,
        status="completed" if done else "pending",
        completed_at=parse_instant(f"{done['done']}T00:00:00Z") if done and done["done"] else None,
        priority=_PRIORITIES.get(letter, 0),
        due=due,
        labels=(*_CONTEXT.findall(rest), *projects[1:]),
        notes=notes,
    )
    return todo, list_name
