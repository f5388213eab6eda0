"""Random todos for the laws of the iCalendar mapping."""

from datetime import UTC, date, datetime

from hypothesis import strategies as st

from shared.calendar_objects.calendar_todo import (
    CalendarAlarm,
    CalendarOccurrence,
    CalendarTodo,
)
from shared.contract.shapes import CountsFrom, DueDate, DueTime, TodoStatus
from shared.reminders.rules import MAX_OFFSET_MINUTES, ReminderTrigger
from shared.text import NotAcceptableError, clean
from shared.todos.rules.repeat_rule import parse_rule
from shared.todos.rules.repeat_series import Due, RepeatSpec

ZONES = ("UTC", "Etc/UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Pacific/Apia")
RULES = (
    "FREQ=DAILY", "FREQ=DAILY;INTERVAL=3;COUNT=9", "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TU;WKST=SU",
    "FREQ=MONTHLY;BYDAY=2TU,-1FR", "FREQ=MONTHLY;BYMONTHDAY=-1,31", "FREQ=DAILY;UNTIL=20311231",
    "FREQ=MONTHLY;UNTIL=20300401;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
    "FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=24", "FREQ=WEEKLY;UNTIL=20300331;BYDAY=SU",
)  # fmt: skip


def _clean(text: str) -> str:
    try:
        return clean(text)
    except NotAcceptableError:
        return ""


# Letters that mean something in iCalendar, more often than chance would have them.
_letters = st.one_of(st.sampled_from('\\;,:"nNrt\t =^é漢😀'), st.characters())
prose = st.text(st.one_of(_letters, st.just("\n")), max_size=200).map(_clean)
lines = prose.map(lambda text: " ".join(text.split()))
names = lines.filter(bool)
_FIRST, _LAST = datetime.fromisoformat("1980-01-01"), datetime.fromisoformat("2999-12-31")
instants = st.datetimes(_FIRST, _LAST, timezones=st.just(UTC)).map(
    lambda instant: instant.replace(microsecond=0)
)
_days = st.dates(date(1980, 1, 1), date(2999, 12, 31))
_times = st.datetimes(_FIRST, _LAST).map(lambda local: local.isoformat(timespec="seconds"))
dues: st.SearchStrategy[Due] = st.one_of(
    _days.map(lambda day: DueDate(date=day)),
    st.builds(DueTime, at=_times, zone=st.sampled_from((None, *ZONES))),
)
unknown = st.lists(
    st.sampled_from([
        "X-APPLE-SORT-ORDER:682346789", "GEO:48.85;2.35", "CLASS:PRIVATE", "LOCATION:Rue\\, 5",
        'ATTENDEE;CN="Ana; B":mailto:ana@example.org', "X-EMPTY:", "RELATED-TO;RELTYPE=CHILD:c",
        "EXDATE;TZID=Europe/Berlin:20260101T090000", 'X-A;X-B="c:d",e;X-F=g:h',
    ]), unique=True,
).map("\n".join)  # fmt: skip
_alarms = st.builds(
    CalendarAlarm,
    st.one_of(
        st.builds(ReminderTrigger, at=instants),
        st.builds(
            ReminderTrigger,
            minutes_before=st.integers(-MAX_OFFSET_MINUTES, MAX_OFFSET_MINUTES),
        ),
    ),
    st.sampled_from(("", "UID:a1\nACKNOWLEDGED:20260101T080000Z", "ACTION:AUDIO\nX-A:b")),
)


def _todo(values: dict[str, object]) -> CalendarTodo:
    due, repeat, status = values["due"], values["repeat"], values["status"]
    if due is None:
        values["repeat"] = None
    elif isinstance(repeat, RepeatSpec) and repeat.anchor == due:
        values["repeat"] = RepeatSpec(repeat.rule, repeat.counts_from)
    if status is not TodoStatus.COMPLETED:
        values["completed_at"] = None
    return CalendarTodo(**values)  # type: ignore[arg-type]


_repeats = st.builds(
    lambda rule, anchor, counts: RepeatSpec(
        parse_rule(rule),
        counts if parse_rule(rule).is_plain else CountsFrom.SCHEDULE,
        anchor,
    ),
    st.sampled_from(RULES),
    st.none() | dues,
    st.sampled_from(CountsFrom),
)
_occurrences = st.builds(
    lambda when, at, other: CalendarOccurrence(
        when, TodoStatus.COMPLETED if at else TodoStatus.CANCELLED, at, other
    ),
    dues,
    st.none() | instants,
    unknown,
)
todos = st.fixed_dictionaries({
    "uid": names.filter(lambda uid: len(uid) < 250), "summary": lines, "description": prose,
    "due": st.none() | dues, "priority": st.integers(0, 5), "status": st.sampled_from(TodoStatus),
    "percent": st.none() | st.integers(0, 100), "completed_at": st.none() | instants,
    "repeat": st.none() | _repeats, "occurrences": st.lists(_occurrences, max_size=2).map(tuple),
    "labels": st.lists(names, unique=True, max_size=3).map(tuple),
    "parent_uid": st.none() | names, "alarms": st.lists(_alarms, max_size=3).map(tuple),
    "created_at": st.none() | instants, "modified_at": st.none() | instants,
    "sequence": st.integers(0, 2**31 - 1),
    "url": st.sampled_from(("", "https://example.org/a;b,c?d=e")), "unknown": unknown,
}).map(_todo)  # fmt: skip
