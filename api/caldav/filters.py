"""The filters of calendar-query (RFC 4791, section 9.7), on the properties of our own texts.

A filter of todos alone, which most queries have, reads no text. Times are compared as section 9.9 says
of a to-do; a repeating one matches with its present occurrence and all later ones.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, time

from api.caldav.names import caldav
from api.caldav.requests import DavError
from api.caldav.xml_input import Element
from shared.caldav.mapping import encode
from shared.caldav.objects import CalendarObject
from shared.calendar_objects.content_lines import Component, Line, read_components, unescape
from shared.calendar_objects.values import read_due
from shared.contract.shapes import DueDate
from shared.errors import Invalid
from shared.todos.rules.repeat_series import Due
from shared.zones import instant_of

# Each is compared with each todo of the list. Clients send ten.
MAX_FILTER_ELEMENTS = 100
_COLLATIONS = ("i;ascii-casemap", "i;octet", "i;unicode-casemap")
Test = Callable[[CalendarObject], bool]


@dataclass(frozen=True)
class TimeRange:
    start: datetime
    end: datetime


def _always(each: CalendarObject) -> bool:
    return True


def _never(each: CalendarObject) -> bool:
    return False


def compile_filter(query: Element, zone: str) -> Test:
    """Return the test of a calendar-query; without a filter everything matches. Raise DavError.

    `zone` is that of the reader, in which due dates without a zone are.
    """
    element = query.find(caldav("filter"))
    if element is None:
        return _always
    if _size(element) > MAX_FILTER_ELEMENTS:
        raise _unsupported(f"A filter has at most {MAX_FILTER_ELEMENTS} elements.")
    calendar = element.find(caldav("comp-filter"))
    if calendar is None or calendar.attributes.get("name", "").upper() != "VCALENDAR":
        raise _unsupported("The outermost filter is that of VCALENDAR.")
    if calendar.find(caldav("is-not-defined")) is not None:
        return _never
    tests = []
    for part in calendar.find_all(caldav("comp-filter")):
        is_todo = part.attributes.get("name", "").upper() == "VTODO"
        is_absent = part.find(caldav("is-not-defined")) is not None
        if is_todo == is_absent:
            return _never
        if is_todo:
            tests.append(_todo_test(part, zone))
    return lambda each: all(test(each) for test in tests)


def _size(element: Element) -> int:
    return 1 + sum(map(_size, element.children))


def _todo_test(part: Element, zone: str) -> Test:
    ranges = [_time_range(found) for found in part.find_all(caldav("time-range"))]
    of_text = [child for child in part.children if child.tag in _OF_TEXT]
    _check(of_text)

    def matches(each: CalendarObject) -> bool:
        if not all(_overlaps(each, found, zone) for found in ranges):
            return False
        if not of_text:
            return True
        text = read_components(encode(each), is_own=True)
        todo = next(inner for inner in text.components if inner.name == "VTODO")
        return _component_matches(todo, of_text)

    return matches


_OF_TEXT = frozenset({caldav("prop-filter"), caldav("comp-filter")})


def _check(filters: list[Element]) -> None:
    """Raise DavError for a collation that is not known, in any of the filters."""
    for element in filters:
        if element.tag == caldav("text-match"):
            collation = element.attributes.get("collation", "i;ascii-casemap")
            if collation not in (*_COLLATIONS, "default"):
                raise DavError(403, caldav("supported-collation"), "This collation is not known.")
        if element.tag == caldav("time-range"):
            _time_range(element)
        _check(list(element.children))


def _component_matches(component: Component, filters: list[Element]) -> bool:
    return all(
        _property_matches(component, each)
        if each.tag == caldav("prop-filter")
        else _inner_matches(component, each)
        for each in filters
    )


def _inner_matches(component: Component, wanted: Element) -> bool:
    name = wanted.attributes.get("name", "").upper()
    found = [inner for inner in component.components if inner.name == name]
    if wanted.find(caldav("is-not-defined")) is not None:
        return not found
    inner_filters = [child for child in wanted.children if child.tag in _OF_TEXT]
    return any(_component_matches(inner, inner_filters) for inner in found)


def _property_matches(component: Component, wanted: Element) -> bool:
    name = wanted.attributes.get("name", "").upper()
    lines = [line for line in component.lines if line.name == name]
    if wanted.find(caldav("is-not-defined")) is not None:
        return not lines
    return any(_line_matches(line, wanted) for line in lines)


def _line_matches(line: Line, wanted: Element) -> bool:
    for test in wanted.children:
        if test.tag == caldav("text-match") and not _text_matches(unescape(line.value), test):
            return False
        if test.tag == caldav("param-filter"):
            value = line.parameter(test.attributes.get("name", "").upper())
            if test.find(caldav("is-not-defined")) is not None:
                if value is not None:
                    return False
                continue
            match = test.find(caldav("text-match"))
            if value is None or (match is not None and not _text_matches(value, match)):
                return False
    return True


def _text_matches(value: str, wanted: Element) -> bool:
    text = wanted.text
    if wanted.attributes.get("collation") != "i;octet":
        value, text = value.casefold(), text.casefold()
    is_found = {
        "equals": value == text,
        "starts-with": value.startswith(text),
        "ends-with": value.endswith(text),
    }.get(wanted.attributes.get("match-type", "contains"), text in value)
    return is_found is not (wanted.attributes.get("negate-condition") == "yes")


def _time_range(element: Element) -> TimeRange:
    start = _instant(element.attributes.get("start"), datetime.min.replace(tzinfo=UTC))
    end = _instant(element.attributes.get("end"), datetime.max.replace(tzinfo=UTC))
    if start >= end:
        raise _unsupported("A time range begins before it ends.")
    return TimeRange(start, end)


def _instant(text: str | None, default: datetime) -> datetime:
    if text is None:
        return default
    try:
        return datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        raise _unsupported("The times of a range look like 20261224T080000Z.") from None


def _overlaps(each: CalendarObject, wanted: TimeRange, zone: str) -> bool:
    """Return True if the todo is in the range (RFC 4791, section 9.9, the table of VTODO)."""
    todo, start, due = each.todo, _start_instant(each, zone), _instant_in(each.todo.due, zone)
    if start is not None and due is not None:
        is_after_start = wanted.start < due or wanted.start <= start or todo.repeat is not None
        return is_after_start and (wanted.end > start or wanted.end >= due)
    if due is not None:
        return wanted.end >= due and (wanted.start < due or todo.repeat is not None)
    if start is not None:
        return wanted.start <= start < wanted.end
    created, completed = todo.created_at, todo.completed_at
    if completed is not None:
        is_after_start = wanted.start <= created or wanted.start <= completed
        return is_after_start and (wanted.end >= created or wanted.end >= completed)
    return wanted.end > created


def _start_instant(each: CalendarObject, zone: str) -> datetime | None:
    """Return DTSTART, which a todo has no field for, if an app wrote one that is no due date."""
    if "DTSTART" not in each.kept:
        return None
    kept = read_components(each.kept.encode(), is_own=True)
    todo = next(inner for inner in kept.components if inner.name == "VTODO")
    line = todo.first("DTSTART")
    try:
        return None if line is None else _instant_in(read_due(line, {}), zone)
    except Invalid:
        return None


def _instant_in(due: Due | None, zone: str) -> datetime | None:
    if due is None:
        return None
    if isinstance(due, DueDate):
        return instant_of(datetime.combine(due.date, time()), zone)
    return instant_of(datetime.fromisoformat(due.at), due.zone or zone)


def _unsupported(detail: str) -> DavError:
    return DavError(403, caldav("valid-filter"), detail)
