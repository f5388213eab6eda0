"""Reads dates and signs in the text of `livelist add`. Pure.

    call Ben tomorrow 9  #home +Work !4

A sign may stand anywhere; a date counts only at the end of the text, where it can hardly mean anything else.
This is a small part of what quick add of the web client reads (docs/command-line.md).
"""

import re
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
SHORT_WEEKDAYS = tuple(name[:3] for name in WEEKDAYS)
MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october",
    "november", "december",
)  # fmt: skip
# "on the 5 december 2027 at 9 am" has eight words.
LONGEST_PHRASE = 9
LAST_AFTERNOON_HOUR = 6
NOON = 12


@dataclass
class QuickText:
    title: str
    labels: list[str] = field(default_factory=list)
    list_name: str = ""
    # 0 to 5 as the API numbers them, None if the text has none.
    priority: int | None = None
    due_on: date | None = None
    due_time: time | None = None


def read_quick_text(text: str, now: datetime) -> QuickText:
    """Return what the text means at the local time `now`. A text of nothing else is a title."""
    found = QuickText("")
    words = [word for word in text.split() if not _take_sign(word, found)]
    for length in range(min(LONGEST_PHRASE, len(words) - 1), 0, -1):
        due = read_due(" ".join(words[-length:]), now)
        if due is not None:
            found.due_on, found.due_time = due
            words = words[:-length]
            break
    # A backslash before a word keeps it from being read.
    found.title = " ".join(word.removeprefix("\\") for word in words)
    return found if found.title else QuickText(" ".join(text.split()))


def _take_sign(word: str, found: QuickText) -> bool:
    """Take `#label`, `+list`, `!1` to `!5` or `p1` to `p5`. Return False if the word is none."""
    if match := re.fullmatch(r"!([1-5])", word):
        found.priority = int(match[1])
    elif match := re.fullmatch(r"[pP]([1-5])", word):
        # Counted from the other end, as in Todoist: p1 is urgent.
        found.priority = 6 - int(match[1])
    elif re.fullmatch(r"#\w[\w-]*", word):
        found.labels.append(word[1:])
    elif re.fullmatch(r"\+\w[\w-]*", word) and not found.list_name:
        found.list_name = word[1:]
    else:
        return False
    return True


def read_due(phrase: str, now: datetime) -> tuple[date, time | None] | None:
    """Return the day and the time of a phrase such as `fri 17:30` or `at 9`, None if it is no date."""
    words = phrase.lower().replace(",", " ").split()
    is_marked = bool(words) and words[0] in ("on", "by", "due")
    if is_marked:
        words = words[1:]
    for length in range(len(words), 0, -1):
        day = _read_day(words[:length], now.date())
        if day is None:
            continue
        rest = words[length:]
        if not rest:
            # "Look at the sun": a short name alone is a word.
            is_word = words[-1] in SHORT_WEEKDAYS and len(words) == 1 and not is_marked
            return None if is_word else (day, None)
        at = _read_time(rest, is_marked=True)
        return (day, at) if at is not None else None
    at = _read_time(words, is_marked=False)
    if at is None:
        return None
    # A time that is past today is tomorrow.
    return now.date() + timedelta(days=int(at <= now.time())), at


def _read_day(words: list[str], today: date) -> date | None:
    text = " ".join(words)
    if text == "today":
        return today
    if text in ("tomorrow", "tmr", "tmrw"):
        return today + timedelta(days=1)
    if match := re.fullmatch(r"in (\d{1,3}) (day|week)s?", text):
        return today + timedelta(days=int(match[1]) * (7 if match[2] == "week" else 1))
    if match := re.fullmatch(r"(next )?(\w+)", text):
        weekday = _index(match[2], WEEKDAYS)
        if weekday is not None:
            if match[1]:
                return today + timedelta(days=7 - today.weekday() + weekday)
            return today + timedelta(days=(weekday - today.weekday() - 1) % 7 + 1)
    return _read_date(text, today)


def _read_date(text: str, today: date) -> date | None:
    if match := re.fullmatch(r"(\d{4})-(\d{1,2})-(\d{1,2})", text):
        return _day(int(match[1]), int(match[2]), int(match[3]))
    if match := re.fullmatch(r"(\d{1,2})\.(\d{1,2})\.(\d{4})?", text):
        day, month, year = int(match[1]), int(match[2]), match[3]
    elif match := re.fullmatch(
        r"(?:the )?(\d{1,2})(?:st|nd|rd|th)?(?: of)? ([a-z]+)(?: (\d{4}))?", text
    ):
        day, month, year = int(match[1]), _month(match[2]), match[3]
    elif match := re.fullmatch(r"([a-z]+) (\d{1,2})(?:st|nd|rd|th)?(?: (\d{4}))?", text):
        day, month, year = int(match[2]), _month(match[1]), match[3]
    else:
        return None
    if year:
        return _day(int(year), month, day)
    # Without a year: the next one. Four years ahead there is a 29 February.
    for later in range(today.year, today.year + 9):
        found = _day(later, month, day)
        if found is not None and found >= today:
            return found
    return None


def _index(word: str, names: tuple[str, ...]) -> int | None:
    """Return the place of a name or of its first three letters."""
    for index, name in enumerate(names):
        if word in (name, name[:3]):
            return index
    return None


def _month(word: str) -> int:
    """Return the number of a month, 0 if the word is none."""
    index = _index(word, MONTHS)
    return 0 if index is None else index + 1


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _read_time(words: list[str], *, is_marked: bool) -> time | None:
    """Return a time. A bare hour counts only after `at` or after a day (`is_marked`)."""
    if words and words[0] == "at":
        words, is_marked = words[1:], True
    match = re.fullmatch(r"(\d{1,2})(?::(\d{2}))? ?(am|pm)?", " ".join(words))
    if match is None or not (is_marked or match[2] or match[3]):
        return None
    hour, minute = int(match[1]), int(match[2] or 0)
    if match[3]:
        if not 1 <= hour <= NOON:
            return None
        hour = hour % NOON + (NOON if match[3] == "pm" else 0)
    elif not match[2] and 1 <= hour <= LAST_AFTERNOON_HOUR:
        hour += NOON
    try:
        return time(hour, minute)
    except ValueError:
        return None
