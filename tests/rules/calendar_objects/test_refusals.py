"""Input that is broken, too large or hostile is refused with one sentence, quickly."""

import contextlib
import time

import pytest

from shared.caldav.mapping import kept_text
from shared.calendar_objects.content_lines import MAX_LINES, MAX_OBJECT_BYTES
from shared.calendar_objects.decode import MAX_UNKNOWN_BYTES, decode_own_todo, decode_todo
from shared.errors import Invalid


def _todo(*rows: str, uid: str = "UID:1") -> bytes:
    return _calendar("BEGIN:VTODO", uid, *rows, "END:VTODO")


def _calendar(*rows: str) -> bytes:
    return "\r\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", *rows, "END:VCALENDAR", ""]).encode()


DUE = "DUE:20261224T090000Z"
BAD = {
    "empty": (b"", "VCALENDAR", "form"),
    "blank": (b"\r\n \r\n", "VCALENDAR", "form"),
    "html": (b"<html></html>", "VCALENDAR", "form"),
    "huge": (b"X" * (MAX_OBJECT_BYTES + 1), "VCALENDAR", "too_large"),
    "many lines": (_todo(*["X-A:b"] * 10_000), "VCALENDAR", "too_large"),
    "utf-16": (_todo(DUE).decode().encode("utf-16"), "VCALENDAR", "charset"),
    "latin-1": (_todo("SUMMARY:Müll").decode().encode("latin-1"), "VCALENDAR", "charset"),
    "NUL": (_todo("SUMMARY:a\0b"), "UID", "form"),
    "no colon": (_todo("SUMMARY"), "UID", "form"),
    "open quote": (_todo('SUMMARY;X="a:b'), "UID", "form"),
    "not closed": (b"BEGIN:VCALENDAR\r\nBEGIN:VTODO\r\nUID:1\r\n", "END", "form"),
    "crossed": (_calendar("BEGIN:VTODO", "BEGIN:VALARM", "END:VTODO"), "END", "form"),
    "two calendars": (_todo() + _todo(), "VCALENDAR", "form"),
    "only an event": (_calendar("BEGIN:VEVENT", "UID:1", "END:VEVENT"), "VCALENDAR", "no_todo"),
    "nothing inside": (_calendar(), "VCALENDAR", "no_todo"),
    "vCalendar 1.0": (_todo().replace(b"VERSION:2.0", b"VERSION:1.0"), "VERSION", "version"),
    "no UID": (_todo(uid="X-A:b"), "UID", "missing"),
    "long UID": (_todo(uid="UID:" + "a" * 300), "UID", "too_long"),
    "two UIDs": (
        _calendar("BEGIN:VTODO", "UID:1", "END:VTODO", "BEGIN:VTODO", "UID:2", "END:VTODO"),
        "UID", "several",
    ),
    "the same twice": (
        _calendar("BEGIN:VTODO", "UID:1", "END:VTODO", "BEGIN:VTODO", "UID:1", "END:VTODO"),
        "UID", "several",
    ),
    "an occurrence alone": (_todo("RECURRENCE-ID:20261224T090000Z"), "UID", "several"),
    "a todo in a todo": (_todo("BEGIN:VTODO", "UID:2", "END:VTODO"), "BEGIN", "nested"),
    "nested deeply": (_todo(*["BEGIN:X-A"] * 2_000, *["END:X-A"] * 2_000), "BEGIN", "depth"),
    "two due dates": (_todo(DUE, DUE), "DUE", "twice"),
    "no date": (_todo("DUE:tomorrow"), "DUE", "date"),
    "the 31st of June": (_todo("DUE;VALUE=DATE:20260631"), "DUE", "date"),
    "the year 9999": (_todo("DUE:99991231T235959Z"), "DUE", "year"),
    "a zone of nowhere": (_todo("DUE;TZID=Mars/Base:20261224T090000"), "DUE", "time_zone"),
    "a negative duration": (_todo("DTSTART:20261224T090000Z", "DURATION:-P1D"), "DURATION", "negative"),
    "a duration beyond 9999": (
        _todo("DTSTART:20261224T090000Z", "DURATION:P999999W"), "DURATION", "year",
    ),
    "no duration": (_todo("DTSTART:20261224T090000Z", "DURATION:P"), "DURATION", "duration"),
    "a long duration": (
        _todo("DTSTART:20261224T090000Z", f"DURATION:P{'9' * 5_000}D"), "DURATION", "duration",
    ),
    "every second": (_todo(DUE, "RRULE:FREQ=SECONDLY"), "RRULE", "frequency"),
    "every second of the day": (
        _todo(DUE, "RRULE:FREQ=DAILY;BYSECOND=0,1"), "RRULE", "frequency",
    ),
    "every second, without a date": (_todo("RRULE:FREQ=SECONDLY"), "RRULE", "frequency"),
    "a rule twice in one": (_todo(DUE, "RRULE:FREQ=SECONDLY;FREQ=DAILY"), "RRULE", "twice"),
    "no frequency": (_todo(DUE, "RRULE:COUNT=2"), "RRULE", "frequency"),
    "a long rule": (_todo(DUE, "RRULE:FREQ=DAILY;BYDAY=" + "MO," * 200), "RRULE", "too_long"),
    "no end": (_todo(DUE, "RRULE:FREQ=DAILY;UNTIL=never"), "RRULE", "until"),
    "10,000 dates": (_todo(DUE, "RDATE:" + ",".join(["20261224T090000Z"] * 10_000)), "VTODO", "too_large"),
    "a large X- property": (_todo("X-A:" + "b" * MAX_UNKNOWN_BYTES), "VTODO", "too_large"),
    "a large URL": (_todo("URL:https://example.org/" + "b" * MAX_UNKNOWN_BYTES), "VTODO", "too_large"),
    "priority 10": (_todo("PRIORITY:10"), "PRIORITY", "number"),
    "a negative percentage": (_todo("PERCENT-COMPLETE:-1"), "PERCENT-COMPLETE", "number"),
    "digits of Arabic": (_todo("PRIORITY:٣"), "PRIORITY", "number"),
    "a status of events": (_todo("STATUS:CONFIRMED"), "STATUS", "status"),
    "an alarm without trigger": (_todo("BEGIN:VALARM", "END:VALARM"), "VALARM", "trigger"),
    "a trigger of words": (
        _todo("BEGIN:VALARM", "TRIGGER:soon", "END:VALARM"), "TRIGGER", "duration",
    ),
    "a range of occurrences": (
        _calendar(
            "BEGIN:VTODO", "UID:1", DUE, "RRULE:FREQ=DAILY", "END:VTODO", "BEGIN:VTODO", "UID:1",
            "RECURRENCE-ID;RANGE=THISANDFUTURE:20261224T090000Z", "END:VTODO",
        ),
        "RECURRENCE-ID", "range",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_refused_with_the_property(name: str) -> None:
    data, field, code = BAD[name]

    with pytest.raises(Invalid) as refused:
        decode_todo(data)

    (error,) = refused.value.errors
    assert (error.field, error.code) == (field, code)
    assert error.message.endswith(".")


@pytest.mark.parametrize(
    "rows",
    [
        ["CATEGORIES:a"] * 9_900,
        ["CATEGORIES:" + "a," * 100_000],
        ["DESCRIPTION:" + "\\" * 400_000],
        ["CATEGORIES:" + "\\" * 400_000],
        ["SUMMARY" + ";A=b" * 100_000],
        ["SUMMARY;A=" + "b," * 200_000],
        ["SUMMARY;A=" + "\"b\"," * 100_000],
        [" " * 400_000],
        ["RELATED-TO;RELTYPE=CHILD:a"] * 2_000,
        ["SUMMARY:" + "\u0301" * 100_000],
    ],
    ids=lambda rows: rows[0][:20],
)  # fmt: skip
def test_the_longest_input_takes_less_than_a_second(rows: list[str]) -> None:
    started = time.process_time()

    with contextlib.suppress(Invalid):
        decode_todo(_todo(*rows))

    assert time.process_time() - started < 1


def test_what_only_others_can_say_is_kept() -> None:
    rows = ["RRULE:FREQ=YEARLY;BYYEARDAY=100", "EXDATE:20261224T090000Z", "RRULE-X:a"]

    todo = decode_todo(_todo(DUE, *rows))

    assert todo.repeat is None
    assert todo.unknown.split("\n") == rows


def test_unix_line_ends_and_a_byte_order_mark_are_read() -> None:
    data = b"\xef\xbb\xbf" + _todo("SUMMARY:Eggs", DUE).replace(b"\r\n", b"\n")

    assert decode_todo(data).summary == "Eggs"


def test_a_fold_inside_a_character_is_joined() -> None:
    data = _todo("SUMMARY:Käse").replace(b"\xc3\xa4", b"\xc3\r\n \xa4")

    assert decode_todo(data).summary == "Käse"


def test_a_text_that_is_longer_than_what_was_sent_is_read_again() -> None:
    parts = [
        row
        for day in range(1, 300)
        for row in ("END:VTODO", "BEGIN:VTODO", "UID:1", f"RECURRENCE-ID:{2100 + day}0101T090000Z")
    ]
    sent = _todo(DUE, "RRULE:FREQ=DAILY", *["X-A:b"] * (MAX_LINES - len(parts) - 10), *parts)

    kept = kept_text(decode_todo(sent))

    assert kept.count("\n") > MAX_LINES
    assert len(decode_own_todo(kept).occurrences) == 299
