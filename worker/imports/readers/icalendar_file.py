"""iCalendar (RFC 5545): the VTODOs of a file, each decoded by itself with the time zones it names."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from shared.calendar_objects.calendar_todo import CalendarTodo
from shared.calendar_objects.content_lines import MAX_OBJECT_BYTES
from shared.calendar_objects.decode import decode_todo
from shared.calendar_objects.encode import split_unknown
from shared.errors import Invalid
from shared.list_exports.calendar_encoder import LIST_PROPERTY
from worker.imports import losses
from worker.imports.fields import slug
from worker.imports.items import FileRefused, ImportedList, ImportedTodo, Item, Options, Problem
from worker.imports.source import Source

# Programs write the zones that a calendar uses, a dozen at most.
MAX_ZONES, MAX_ZONE_CHARACTERS = 200, 64 * 1024
_TZID = re.compile(r"^TZID[^:\r\n]*:(?P<zone>[^\r\n]+)", re.MULTILINE)
_LIST = re.compile(
    rf"^(?:{LIST_PROPERTY})[^:\r\n]*:(?P<name>[^\r\n]*(?:\r?\n[ \t][^\r\n]*)*)", re.MULTILINE
)
_ESCAPED = re.compile(r"\\([\\;,nN])")
LOSSES = (
    losses.EVENTS, losses.OCCURRENCES, losses.REPETITION, losses.START, losses.ATTACHMENTS,
    losses.PEOPLE, losses.COMMENTS, losses.REMINDERS, losses.PROPERTIES,
)  # fmt: skip
# Properties that are kept beside a todo of CalDAV, and left out here.
_LOST = {
    "RRULE": losses.REPETITION, "RDATE": losses.REPETITION, "EXDATE": losses.REPETITION,
    "DTSTART": losses.START, "ATTACH": losses.ATTACHMENTS, "ATTENDEE": losses.PEOPLE,
    "ORGANIZER": losses.PEOPLE, "COMMENT": losses.COMMENTS, "BEGIN:VALARM": losses.REMINDERS,
}  # fmt: skip
# Without a meaning of their own: our name of the list, and what the start of a repeating todo says.
_MEANINGLESS = frozenset((LIST_PROPERTY, "DTSTAMP", "CLASS"))


@dataclass
class _Reading:
    list_name: str
    zones: dict[str, str] = field(default_factory=dict)
    events: int = 0
    occurrences: int = 0


def read(source: Source, options: Options) -> Iterator[Item]:
    state = _Reading(source.stem)
    seen: set[str] = set()
    for line, kind, text in _components(source, state):
        if isinstance(text, Problem):
            yield text
        elif kind == "VTIMEZONE":
            found = _TZID.search(text)
            if found and len(text) <= MAX_ZONE_CHARACTERS and len(state.zones) < MAX_ZONES:
                state.zones[found["zone"].strip()] = text
        elif kind != "VTODO":
            state.events += 1
        elif re.search(r"^RECURRENCE-ID[;:]", text, re.MULTILINE):
            state.occurrences += 1
        else:
            yield from _todo(text, line, state, seen)
    if state.events:
        yield Problem(0, losses.EVENTS.counted(state.events))
    if state.occurrences:
        yield Problem(0, losses.OCCURRENCES.counted(state.occurrences))


def _components(source: Source, state: _Reading) -> Iterator[tuple[int, str, str | Problem]]:
    """Yield the line, name and text of each component of the calendars, or what is wrong."""
    kind, begin, size = "", 0, 0
    waiting: list[str] = []
    is_calendar = False
    for number, line in source.lines():
        if isinstance(line, Problem):
            yield line.line, "", line
            continue
        name = line.strip().upper()
        is_calendar = is_calendar or name == "BEGIN:VCALENDAR"
        if kind:
            size += len(line)
            if size <= MAX_OBJECT_BYTES:
                waiting.append(line)
            if name == f"END:{kind}":
                too_large = Problem(begin, "This todo is too large.")
                yield begin, kind, "".join(waiting) if size <= MAX_OBJECT_BYTES else too_large
                kind = ""
        elif name.startswith("BEGIN:") and name != "BEGIN:VCALENDAR":
            kind, begin, size, waiting = name[6:], number, len(line), [line]
        elif name.startswith("X-WR-CALNAME"):
            state.list_name = _unescaped(line.partition(":")[2].strip()) or state.list_name
    if not is_calendar:
        raise FileRefused("The file is no calendar.")
    if kind:
        yield begin, "", Problem(begin, "This component has no end.")


def _todo(text: str, line: int, state: _Reading, seen: set[str]) -> Iterator[Item]:
    zones = [zone for name, zone in state.zones.items() if name in text]
    whole = f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{''.join(zones)}{text}END:VCALENDAR\r\n"
    try:
        todo = decode_todo(whole.encode())
    except Invalid as error:
        yield Problem(line, error.detail)
        return
    found = _LIST.search(text)
    name = _unescaped(re.sub(r"\r?\n[ \t]", "", found["name"])) if found else state.list_name
    if slug(name) not in seen:
        seen.add(slug(name))
        yield ImportedList(slug(name), name)
    yield _imported(todo, line, slug(name))


def _imported(todo: CalendarTodo, line: int, list_key: str) -> ImportedTodo:
    repeat = todo.repeat
    return ImportedTodo(
        list_key=list_key,
        ref=todo.uid,
        key=todo.uid,
        parent_ref=todo.parent_uid,
        title=todo.summary,
        line=line,
        description=f"{todo.description}\n{todo.url}".strip(),
        status=todo.status.value,
        priority=todo.priority,
        due=todo.due,
        repeat=repeat.rule.text if repeat else "",
        counts_from=repeat.counts_from.value if repeat else "schedule",
        anchor=repeat.anchor if repeat else None,
        labels=todo.labels,
        completed_at=todo.completed_at,
        reminders=tuple(alarm.trigger for alarm in todo.alarms),
        notes=_notes(todo),
    )


def _notes(todo: CalendarTodo) -> tuple[str, ...]:
    properties, components = split_unknown(todo.unknown)
    names = {row.partition(":")[0].partition(";")[0] for row in properties} - _MEANINGLESS
    if todo.repeat is not None:
        # The start of the series, which its anchor says.
        names.discard("DTSTART")
    names |= {row for row in components if row.startswith("BEGIN:")}
    return tuple(
        dict.fromkeys(_LOST.get(name, losses.PROPERTIES).sentence for name in sorted(names))
    )


def _unescaped(text: str) -> str:
    return _ESCAPED.sub(lambda found: " " if found[1] in "nN" else found[1], text)
