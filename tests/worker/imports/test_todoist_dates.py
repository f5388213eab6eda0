"""Dates of Todoist in words: those that are certain become dates and repeats, all others stay text."""

from datetime import UTC, datetime

import httpx
import pytest

from shared.actor import Actor
from shared.contract.interop.imports import ImportKind
from shared.resources import Resources
from tests.support.imports import Importer
from tests.support.worker.worker_harness import WorkerHarness
from tests.support.world_builder import World
from tests.worker.imports.test_hostile_files import pages_of, source_of, stage
from worker.imports.items import ImportedTodo, Options
from worker.imports.readers import todoist
from worker.imports.readers.todoist_dates import read_words
from worker.imports.staging import source_key

# A Monday in Vienna.
NOW = datetime.fromisoformat("2026-11-30T10:00")
HEAD = "TYPE,CONTENT,DESCRIPTION,DATE,DATE_LANG,TIMEZONE\n"

# The language, the words, and the date with the rule; "~" before it: the day or the year is assumed.
CERTAIN = """
en | every day                    | 2026-11-30 FREQ=DAILY
en | Every  Day at 9              | 2026-12-01T09:00:00 FREQ=DAILY
en | every day at 11:30           | 2026-11-30T11:30:00 FREQ=DAILY
en | ev day 5pm                   | 2026-11-30T17:00:00 FREQ=DAILY
en | daily at 12am                | 2026-12-01T00:00:00 FREQ=DAILY
en | every morning                | 2026-12-01T09:00:00 FREQ=DAILY
en | every evening at 7           | 2026-11-30T19:00:00 FREQ=DAILY
en | every afternoon at 3:30      | 2026-11-30T15:30:00 FREQ=DAILY
en | every evening at 19          | 2026-11-30T19:00:00 FREQ=DAILY
en | every night at 11            | 2026-11-30T23:00:00 FREQ=DAILY
en | every evening at 7am         | 2026-12-01T07:00:00 FREQ=DAILY
en | every morning at 7           | 2026-12-01T07:00:00 FREQ=DAILY
de | jeden Abend um 8 Uhr         | 2026-11-30T20:00:00 FREQ=DAILY
de | jeden Nachmittag um 4        | 2026-11-30T16:00:00 FREQ=DAILY
en | every weekday                | 2026-11-30 FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR
en | every workday at 9:30        | 2026-12-01T09:30:00 FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR
en | every weekend                | 2026-12-05 FREQ=WEEKLY;BYDAY=SA
en | every 3 days                 | ~2026-11-30 FREQ=DAILY;INTERVAL=3
en | every other week             | ~2026-11-30 FREQ=WEEKLY;INTERVAL=2
en | every! day                   | 2026-11-30 FREQ=DAILY completion
en | every! 2 weeks               | ~2026-11-30 FREQ=WEEKLY;INTERVAL=2 completion
en | every month                  | ~2026-11-30 FREQ=MONTHLY
en | every 2 years                | ~2026-11-30 FREQ=YEARLY;INTERVAL=2
en | quarterly                    | ~2026-11-30 FREQ=MONTHLY;INTERVAL=3
en | every monday, thursday       | 2026-11-30 FREQ=WEEKLY;BYDAY=MO,TH
en | every tue and fri at 18:00   | 2026-12-01T18:00:00 FREQ=WEEKLY;BYDAY=TU,FR
en | every other tuesday          | ~2026-12-01 FREQ=WEEKLY;INTERVAL=2;BYDAY=TU
en | every 3rd friday             | 2026-12-18 FREQ=MONTHLY;BYDAY=3FR
en | every last friday of the month | 2026-12-25 FREQ=MONTHLY;BYDAY=-1FR
en | every 15th                   | 2026-12-15 FREQ=MONTHLY;BYMONTHDAY=15
en | every 1st, 15th              | 2026-12-01 FREQ=MONTHLY;BYMONTHDAY=1,15
en | every month on the 1st       | 2026-12-01 FREQ=MONTHLY;BYMONTHDAY=1
en | every last day               | 2026-11-30 FREQ=MONTHLY;BYMONTHDAY=-1
en | every jan 27th               | 2027-01-27 FREQ=YEARLY;BYMONTH=1;BYMONTHDAY=27
en | every 27 jan at 9am          | 2027-01-27T09:00:00 FREQ=YEARLY;BYMONTH=1;BYMONTHDAY=27
en | 5 dec                        | ~2026-12-05
en | 5 Nov                        | ~2026-11-05
en | Dec 5th                      | ~2026-12-05
en | 26 Mar 2021 14:30            | 2021-03-26T14:30:00
en | December 5, 2027 at 9        | 2027-12-05T09:00:00
de | jeden Tag                    | 2026-11-30 FREQ=DAILY
de | täglich um 9                 | 2026-12-01T09:00:00 FREQ=DAILY
de | jeden Werktag um 9:30        | 2026-12-01T09:30:00 FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR
de | jeden Montag um 9            | 2026-12-07T09:00:00 FREQ=WEEKLY;BYDAY=MO
de | jeden Mo, Do                 | 2026-11-30 FREQ=WEEKLY;BYDAY=MO,TH
de | jeden Dienstag und Freitag um 5 Uhr | 2026-12-01T05:00:00 FREQ=WEEKLY;BYDAY=TU,FR
de | alle 3 Tage                  | ~2026-11-30 FREQ=DAILY;INTERVAL=3
de | alle! 2 Wochen               | ~2026-11-30 FREQ=WEEKLY;INTERVAL=2 completion
de | jeden zweiten Tag            | ~2026-11-30 FREQ=DAILY;INTERVAL=2
de | jede Woche                   | ~2026-11-30 FREQ=WEEKLY
de | jeden 15.                    | 2026-12-15 FREQ=MONTHLY;BYMONTHDAY=15
de | jeden Monat am 1.            | 2026-12-01 FREQ=MONTHLY;BYMONTHDAY=1
de | jeden letzten Tag des Monats | 2026-11-30 FREQ=MONTHLY;BYMONTHDAY=-1
de | jeden 2. Montag im Monat     | 2026-12-14 FREQ=MONTHLY;BYDAY=2MO
de | jedes Jahr am 5. März        | 2027-03-05 FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=5
de | 5. Dez. 2027 um 14 Uhr       | 2027-12-05T14:00:00
de | 5.12.                        | ~2026-12-05
   | every day                    | 2026-11-30 FREQ=DAILY
"""
# Relative to a day that is not known, not certain, or not ours.
UNCERTAIN = """
en | today
en | tomorrow at 9
en | next monday
en | fri
en | every day at 5
en | every night at 2
en | every night at 12
en | every evening at 0:30
en | every! monday
en | every 3 hours
en | every 0 days
en | every 40th
en | every day starting 5 dec
en | every 15th workday
en | 31 nov
en | 29 feb
en | every day at 25:00
en | every day at 13pm
en | jeden Tag
de | morgen um 9
de | jeden 2. Montag
de | every day
fr | chaque jour
"""


def rows(table: str) -> list[tuple[str, ...]]:
    return [tuple(map(str.strip, line.split("|"))) for line in table.strip("\n").splitlines()]


def said(language: str, words: str) -> str:
    """Return what the words mean, in the form of the table."""
    meant = read_words(words, language, "Europe/Vienna", NOW)
    if meant is None:
        return ""
    due = meant.due.model_dump(mode="json")
    assumed = "~" if meant.is_day_open or meant.is_year_open else ""
    counts = "completion" if meant.counts_from == "completion" else ""
    return " ".join(filter(None, (assumed + (due.get("date") or due["at"]), meant.repeat, counts)))


@pytest.mark.parametrize(("language", "words", "expected"), rows(CERTAIN))
def test_a_certain_date_is_read(language: str, words: str, expected: str) -> None:
    assert said(language, words) == expected


@pytest.mark.parametrize(("language", "words"), rows(UNCERTAIN))
def test_an_uncertain_date_is_not_read(language: str, words: str) -> None:
    assert said(language, words) == ""


def todo_of(words: str, now: datetime, zone: str = "", language: str = "en") -> ImportedTodo:
    source = source_of(f'{HEAD}task,Water,Ours,"{words}",{language},{zone}\n'.encode(), "Home.csv")
    options = Options(zone="America/New_York", now=now)
    (todo,) = (item for item in todoist.read(source, options) if isinstance(item, ImportedTodo))
    return todo


def test_the_first_day_is_one_of_the_zone() -> None:
    # Tuesday in Vienna, Monday in New York.
    now = datetime(2026, 12, 1, 2, tzinfo=UTC)

    assert str(todo_of("every day", now).due) == "date=datetime.date(2026, 11, 30)"
    assert str(todo_of("every day", now, "Europe/Vienna").due) == "date=datetime.date(2026, 12, 1)"


def test_what_is_assumed_or_lost_is_reported_and_other_words_stay_text() -> None:
    now = datetime(2026, 12, 1, 12, tzinfo=UTC)

    assert todo_of("every day", now).notes == ()
    assert todo_of("every 3 days", now).notes == (
        "The file does not say when it is next: it begins with the import.",
    )
    assert todo_of("5 dec", now).notes == ("The date names no year: the nearest one was taken.",)
    assert todo_of("every day at 9", now, "Mars/Base").notes == (
        "The time zone is unknown: the time is in no zone.",
    )
    tomorrow = todo_of("tomorrow", now)
    assert (tomorrow.due, tomorrow.repeat, tomorrow.description) == (None, "", "Ours\n\ntomorrow")
    assert tomorrow.notes == ("The date is in words: it was added to the description.",)
    assert todo_of("every day", now).description == "Ours"


def keys_of(now: datetime) -> list[str]:
    content = f"{HEAD}task,A,Ours,every 3 days,en,\ntask,B,,5 dec 2027,en,\ntask,C,,tomorrow,en,\n"
    filled = stage(source_of(content.encode(), "Home.csv"), ImportKind.TODOIST, Options(now=now))
    return [todo["key"] for page in pages_of(filled) for todo in page["todos"]]


def test_a_todo_is_known_again_on_another_day() -> None:
    assert keys_of(datetime(2026, 11, 30, tzinfo=UTC)) == keys_of(datetime(2027, 5, 3, tzinfo=UTC))


def test_a_todo_is_known_that_a_release_imported_which_kept_the_words() -> None:
    texts = (("A", "Ours\n\nevery 3 days"), ("B", "5 dec 2027"), ("C", "tomorrow"))

    assert keys_of(datetime(2026, 11, 30, tzinfo=UTC)) == [
        source_key(ImportKind.TODOIST, f"text:{title}\0{description}\0None")
        for title, description in texts
    ]


@pytest.fixture
async def ana(world: World) -> Actor:
    return await world.user("Ana")


async def test_repeats_are_imported_once(
    client: httpx.AsyncClient,
    resources: Resources,
    world: World,
    ana: Actor,
    worker: WorkerHarness,
) -> None:
    importer = Importer(client, resources, ana)
    content = (
        f'{HEAD}task,Rent,,every 1st at 9,en,Europe/Vienna\ntask,Plants,,"every! 3 days",en,\n'
    )

    first = await importer.complete(worker, content.encode(), "Home.csv")
    before = await importer.export()
    second = await importer.complete(worker, content.encode(), "Home.csv")

    assert (first["todos_created"], second["todos_created"], second["todos_skipped"]) == (2, 0, 2)
    rent, plants = before["lists"][0]["todos"]
    assert rent["due"]["at"][8:] == "01T09:00:00"
    assert (rent["due"]["zone"], rent["description"]) == ("Europe/Vienna", "")
    assert rent["repeat"]["rule"] == "FREQ=MONTHLY;BYMONTHDAY=1"
    assert plants["repeat"]["rule"] == "FREQ=DAILY;INTERVAL=3"
    assert plants["repeat"]["counts_from"] == "completion"
    assert (await importer.export())["lists"] == before["lists"]
