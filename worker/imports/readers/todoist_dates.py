"""Dates of Todoist in words, English or German: those that mean the same on any day. Pure.

Todoist writes what its user typed. What "tomorrow" means depends on a day that no file names: it is not read.

https://www.todoist.com/help/articles/introduction-to-recurring-due-dates-YUYVJJAV
"""

import re
from calendar import monthrange
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from shared.contract.shapes import CountsFrom
from shared.errors import Invalid
from shared.todos.rules.due import parse_due_date, parse_due_time
from shared.todos.rules.repeat_rule import Frequency, parse_rule
from shared.todos.rules.repeat_series import RepeatSpec, begin_series
from shared.zones import is_zone
from worker.imports.items import Due

# Longer than a list of all weekdays.
MAX_LENGTH = 120
# An earlier hour, without minutes, "am" or "Uhr", may be one of the afternoon.
FIRST_CERTAIN_HOUR = 7
NOON = 12
# "every evening at 7": the hours without "am" or "pm" that are certainly after noon. The others may be of
# the morning, as in "every night at 2".
_HOURS_AFTER_NOON = {
    "afternoon": range(1, 12), "evening": range(4, 12), "night": range(6, 12),
    "nachmittag": range(1, 12), "abend": range(4, 12), "nacht": range(6, 12),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class DateInWords:
    """What a phrase means: a date, and how it repeats, as a rule; no rule if it does not."""

    due: Due
    repeat: str = ""
    counts_from: str = CountsFrom.SCHEDULE.value
    # The phrase names no first day, as "every 3 days": it is taken to begin now.
    is_day_open: bool = False
    # The phrase names no year: the nearest one is taken.
    is_year_open: bool = False


# The rule, none for a single date, and its phrase in English and German. What {slots} are: below.
_PHRASES: tuple[tuple[str, str, str], ...] = (
    ("FREQ={unit}", "{every} {unit}", "{every} {unit}"),
    ("FREQ={adverb}", "{adverb}", "{adverb}"),
    ("FREQ={unit};INTERVAL={n}", "{every} {n} {unit}", "{every} {n} {unit}"),
    ("FREQ=MONTHLY;INTERVAL=3", "{every} quarter|quarterly", "{every} quartal|vierteljährlich"),
    ("FREQ=DAILY", "{every} {part}", "{every} {part}"),
    ("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", "{every} (weekday|workday)", "{every} (werktag|arbeitstag)"),
    ("FREQ=WEEKLY;BYDAY=SA", "{every} weekend", "{every} wochenende"),
    ("FREQ=WEEKLY;BYDAY={days}", "{every} {days}", "{every} {days}"),
    ("FREQ=WEEKLY;INTERVAL=2;BYDAY={days}", "{every} other {day}", "{every} andere[nrs]? {day}"),
    ("FREQ=MONTHLY;BYDAY={nth}{days}", "{every} {nth} {day}{of_month}", "{every} {nth} {day}{of_month}"),
    ("FREQ=MONTHLY;BYMONTHDAY={dates}", "{every} (month on )?(the )?{dates}{of_month}",
     "{every} (monat am )?{dates}{of_month}"),
    ("FREQ=MONTHLY;BYMONTHDAY=-1", "{every} (month on )?(the )?last day{of_month}",
     "{every} (monat am )?letzten tag{of_month}"),
    ("FREQ=YEARLY;BYMONTH={month};BYMONTHDAY={dates}", "{every} {date} (of )?{month}",
     "{every} (jahr am )?{date} {month}"),
    ("FREQ=YEARLY;BYMONTH={month};BYMONTHDAY={dates}", "{every} {month} {date}", "{every} {month} {date}"),
    ("", "(on )?(the )?{date} (of )?{month},?( {year})?", "(am )?{date} {month}( {year})?"),
    ("", "(on )?{month} {date},?( {year})?", "(am )?{numbers}( ?{year})?"),
)  # fmt: skip
_ENGLISH_MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september",
    "october", "november", "december",
)  # fmt: skip
_GERMAN_MONTHS = (
    "januar", "februar", "märz", "april", "mai", "juni", "juli", "august", "september", "oktober",
    "november", "dezember",
)  # fmt: skip
_MONTHS = {
    name: number
    for names in (_ENGLISH_MONTHS, _GERMAN_MONTHS)
    for number, whole in enumerate(names, 1)
    for name in (whole, whole[:3])
} | {"sept": 9, "mrz": 3}
_UNITS = {"d": "DAILY", "t": "DAILY", "w": "WEEKLY", "m": "MONTHLY", "y": "YEARLY", "j": "YEARLY"}
_WEEKDAYS = {
    "mo": "MO", "tu": "TU", "we": "WE", "th": "TH", "fr": "FR", "sa": "SA", "su": "SU",
    "di": "TU", "mi": "WE", "do": "TH", "so": "SU",
}  # fmt: skip
_ORDINALS = {"first": "1", "ersten": "1", "last": "-1", "letzten": "-1"}
# As the help of Todoist says them.
_PARTS = {
    "morning": time(9), "afternoon": time(12), "evening": time(19), "night": time(22),
    "morgen": time(9), "nachmittag": time(12), "abend": time(19), "nacht": time(22),
}  # fmt: skip
# What the word of a slot is in a rule.
_VALUES: Mapping[str, Callable[[str], str]] = {
    "unit": lambda word: _UNITS[word[0]],
    "adverb": lambda word: _UNITS[word[0]],
    # "other", "zweiten", "2."
    "n": lambda word: word if word.isdigit() else "2",
    "days": lambda words: ",".join(
        _WEEKDAYS[word[:2]] for word in re.findall("[a-z]+", words) if word not in ("and", "und")
    ),
    "dates": lambda words: ",".join(re.findall(r"\d+", words)),
    "nth": lambda word: _ORDINALS.get(word, word[0]),
    "month": lambda word: word if word.isdigit() else str(_MONTHS[word]),
}


def _slots(weekday: str, date_number: str, months: str, **others: str) -> dict[str, str]:
    divider = "(?:, ?|,? (?:and|und) )"
    return others | {
        "day": f"(?P<days>{weekday})",
        "days": f"(?P<days>(?:{weekday})(?:{divider}(?:{weekday}))*)",
        "date": f"(?P<dates>{date_number})",
        "dates": f"(?P<dates>{date_number}(?:{divider}{date_number})*)",
        "month": rf"(?P<month>{months})\.?",
        "year": r"(?P<year>\d{4})",
    }


_SLOTS: Mapping[str, Mapping[str, str]] = {
    "en": _slots(
        "mon(?:day)?|tue(?:s|sday)?|wed(?:nesday)?|thu(?:r|rs|rsday)?|fri(?:day)?|sat(?:urday)?|sun(?:day)?",
        r"\d{1,2}(?:st|nd|rd|th)?",
        "|".join((*_ENGLISH_MONTHS, *(name[:3] for name in _ENGLISH_MONTHS), "sept")),
        every="ev(?:ery)?(?P<after>!)?",
        unit="(?P<unit>days?|weeks?|months?|years?)",
        adverb="(?P<adverb>daily|weekly|monthly|yearly)",
        n=r"(?P<n>\d{1,3}|other)",
        part="(?P<part>morning|afternoon|evening|night)",
        nth="(?P<nth>[1-5](?:st|nd|rd|th)|first|last)",
        of_month="( of (the|each|every) month)?",
    ),
    "de": _slots(
        "mo(?:ntag)?|di(?:enstag)?|mi(?:ttwoch)?|do(?:nnerstag)?|fr(?:eitag)?|sa(?:mstag)?|so(?:nntag)?",
        r"\d{1,2}\.?",
        "|".join((*_GERMAN_MONTHS, *(name[:3] for name in _GERMAN_MONTHS), "sept", "mrz")),
        every="(?:jede[nrs]?|alle)(?P<after>!)?",
        unit="(?P<unit>tage?|wochen?|monate?|jahre?)",
        adverb="(?P<adverb>täglich|wöchentlich|monatlich|jährlich)",
        n=r"(?P<n>\d{1,3}|zweite[nrs]?|2\.|andere[nrs]?)",
        part="(?P<part>morgen|nachmittag|abend|nacht)",
        # "jeden 2. Montag" alone may be every other week.
        nth=r"(?P<nth>ersten|letzten|[1-5]\.(?=.* monat))",
        of_month="( (im monat|des monats))?",
        numbers=r"(?P<dates>\d{1,2})\. ?(?P<month>\d{1,2})\.",
    ),
}  # fmt: skip
_PATTERNS: Mapping[str, list[tuple[str, re.Pattern[str]]]] = {
    language: [
        (row[0], re.compile(row[column].format_map(_SLOTS[language]), re.ASCII)) for row in _PHRASES
    ]
    for column, language in enumerate(_SLOTS, 1)
}
_HOUR = r"(?P<hour>\d{1,2})(?::(?P<minute>\d\d))?"
_TIMES: Mapping[str, re.Pattern[str]] = {
    "en": re.compile(rf"(?P<rest>.+?),? (?P<at>at |@ ?)?{_HOUR} ?(?P<mark>am|pm)?", re.ASCII),
    "de": re.compile(rf"(?P<rest>.+?),? (?P<at>um )?{_HOUR} ?(?P<mark>uhr)?", re.ASCII),
}


def read_words(words: str, language: str, zone: str, now: datetime) -> DateInWords | None:
    """Return what the words mean, None if that is not certain.

    `language` is a code; English if it is empty. `zone` is of times, which are in none if it is unknown.
    `now` is a local time without a zone.
    """
    language, text = (language or "en")[:2].lower(), " ".join(words.lower().split())
    if language not in _PATTERNS or len(text) > MAX_LENGTH:
        return None
    try:
        text, at = _split_time(text, _TIMES[language])
        for rule, pattern in _PATTERNS[language]:
            if found := pattern.fullmatch(text):
                said = {name: word for name, word in found.groupdict().items() if word}
                at = at or _PARTS.get(said.get("part", ""))
                if rule:
                    return _repeating(rule, said, at, zone, now)
                return _single(said, at, zone, now.date())
    except (Invalid, ValueError):
        # A 40th of a month, an hour that is not certain, "every! monday".
        pass
    return None


def _split_time(text: str, pattern: re.Pattern[str]) -> tuple[str, time | None]:
    """Return the text before a time at its end, and the time. Raise ValueError for one in doubt."""
    found = pattern.fullmatch(text)
    if found is None or not (found["at"] or found["minute"] or found["mark"]):
        return text, None
    hour, minute = int(found["hour"]), int(found["minute"] or 0)
    after_noon = _HOURS_AFTER_NOON.get(found["rest"].rpartition(" ")[2])
    if found["mark"] in ("am", "pm"):
        if not 1 <= hour <= NOON:
            raise ValueError("no hour")
        hour = hour % NOON + (NOON if found["mark"] == "pm" else 0)
    elif after_noon and hour <= NOON:
        if hour not in after_noon:
            raise ValueError("before or after noon")
        hour += NOON
    elif not (found["minute"] or found["mark"]) and hour < FIRST_CERTAIN_HOUR:
        raise ValueError("morning or afternoon")
    return found["rest"], time(hour, minute)


def _repeating(
    form: str, said: Mapping[str, str], at: time | None, zone: str, now: datetime
) -> DateInWords:
    """Return a repeat with its next day. Raise Invalid."""
    rule = parse_rule(
        form.format_map({name: of(said[name]) for name, of in _VALUES.items() if name in said})
    )
    counts_from = CountsFrom.COMPLETION if "after" in said else CountsFrom.SCHEDULE
    is_past = at is not None and at <= now.time()
    first = _due(now.date() + timedelta(days=int(is_past)), at, zone)
    _, due = begin_series(RepeatSpec(rule, counts_from), first)
    is_each_day = rule.is_plain and rule.frequency is Frequency.DAILY
    is_open = rule.interval > 1 or (rule.is_plain and not is_each_day)
    return DateInWords(due, rule.text, counts_from.value, is_day_open=is_open)


def _single(said: Mapping[str, str], at: time | None, zone: str, today: date) -> DateInWords:
    """Return a date. Raise Invalid or ValueError."""
    month, day = (int(_VALUES[name](said[name])) for name in ("month", "dates"))
    if "year" in said:
        return DateInWords(_due(date(int(said["year"]), month, day), at, zone))
    years = (today.year - 1, today.year, today.year + 1)
    dates = [date(year, month, day) for year in years if day <= monthrange(year, month)[1]]
    nearest = min(dates, key=lambda each: abs(each - today))
    return DateInWords(_due(nearest, at, zone), is_year_open=True)


def _due(day: date, at: time | None, zone: str) -> Due:
    if at is None:
        return parse_due_date(day.isoformat())
    return parse_due_time(f"{day}T{at:%H:%M:%S}", zone if is_zone(zone) else None)
