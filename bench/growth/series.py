"""What is measured at each size, and where the time should not grow."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from bench.growth.population import Population
from bench.rest.dataset import EPOCH, NOW, list_id, rare_word, todo_id

PAGE = 50
SNAPSHOT_PAGE = 500
EVENTS = 20
LIST_OWNER = 0
# What is searched for: a word of one todo of each list, one of every todo, and one too short for an
# index of trigrams.
SEARCHES = {"a rare word": None, "a common word": "market", "two characters": "oa"}
READS_TEXTS = "reads the reader's todos"


@dataclass(frozen=True)
class Point:
    """One request at one size: a GET of `path`, or a PATCH of it with a new title.

    The answer has exactly `count` items, at least one if it is None. `pages`: how many pages are
    read by cursor first, to request the next one.
    """

    size: str
    user: int
    path: str
    count: int | None = PAGE
    is_edit: bool = False
    pages: int = 0


@dataclass(frozen=True)
class Series:
    """The same request at several sizes. `grows` says why its time may grow, if it may."""

    what: str
    points: Sequence[Point]
    grows: str = ""


def page_of(number: int) -> str:
    return f"/api/v1/todos?list_id={list_id(number)}"


def edit_of(number: int) -> str:
    return f"/api/v1/todos/{todo_id(number, 20)}"


def snapshot_of(number: int) -> str:
    return f"/api/v1/lists/{list_id(number)}/snapshot"


def due_in_days(first: int, last: int) -> str:
    after, before = ((NOW + timedelta(days=day)).date() for day in (first, last))
    return f"/api/v1/todos?due_after={after}&due_before={before}&sort=due"


def list_series(population: Population) -> list[Series]:
    """Return the requests to lists of several lengths, of one user."""
    lists = [(f"{size:,} todos", size, number) for size, number in population.by_size.items()]

    def series(what: str, path: str, *, count: int = PAGE, grows: str = "") -> Series:
        points = [
            Point(
                label, LIST_OWNER,
                path.format(page=page_of(number), last=-(-size // PAGE), word=rare_word(number, 7)),
                count,
            )
            for label, size, number in lists
        ]  # fmt: skip
        return Series(what, points, grows)

    middle = [
        Point(label, LIST_OWNER, page_of(number), pages=size // 2 // PAGE)
        for label, size, number in lists
    ]
    edits = [Point(label, LIST_OWNER, edit_of(number), is_edit=True) for label, _, number in lists]
    large = lists[1:]
    first = [
        Point(label, LIST_OWNER, snapshot_of(number), SNAPSHOT_PAGE) for label, _, number in large
    ]
    last = [
        Point(
            label, LIST_OWNER, snapshot_of(number), SNAPSHOT_PAGE, pages=size // SNAPSHOT_PAGE - 1
        )
        for label, size, number in large
    ]
    return [
        series("first page, with total", "{page}", grows="counts the list"),
        Series("page in the middle, by cursor", middle),
        series("last page, by number", "{page}&page={last}", grows="counts the list"),
        series("first page by due date", "{page}&sort=due", grows="counts the list"),
        # An index of `updated_at` would be written by every edit (shared/tables/todos.py).
        series("first page by last change", "{page}&sort=-updated_at", grows="sorts the list"),
        *(
            series(
                f"search for {what} in the list",
                f"{{page}}&search={word or '{word}'}",
                count=PAGE if word else 1,
                grows=READS_TEXTS,
            )
            for what, word in SEARCHES.items()
        ),
        Series("edit of a title", edits),
        Series("first snapshot page of 500", first, grows="counts the list"),
        Series("last snapshot page of 500", last),
    ]


def user_series(population: Population) -> list[Series]:
    """Return the requests of users with few and many lists of 50 todos each."""
    users = [
        (f"{count:,} lists", user, number) for count, (user, number) in population.users.items()
    ]

    def points(path: str, *, count: int | None = PAGE, is_edit: bool = False) -> list[Point]:
        return [
            Point(
                label, user,
                path.format(page=page_of(number), edit=edit_of(number), word=rare_word(number, 7)),
                count, is_edit,
            )
            for label, user, number in users
        ]  # fmt: skip

    return [
        Series("page of one list", points("{page}")),
        Series("edit of a title", points("{edit}", is_edit=True)),
        *(
            Series(
                f"search for {what} in all lists",
                points(f"/api/v1/todos?search={word or '{word}'}", count=PAGE if word else 1),
                READS_TEXTS,
            )
            for what, word in SEARCHES.items()
        ),
        Series(
            "due within a week in all lists", points(due_in_days(0, 7), count=None),
            grows="matches more todos",
        ),
        Series("first page of lists", points("/api/v1/lists?limit=10", count=10), grows="counts"),
        Series(
            "account snapshot", points("/api/v1/users/me/snapshot", count=None),
            grows="contains every list",
        ),
    ]  # fmt: skip


def log_series(population: Population) -> list[Series]:
    """Return the requests to lists whose event logs differ in length."""
    lists = [
        (f"{length:,} events", length, *numbers) for length, numbers in population.by_log.items()
    ]
    missed = [
        Point(
            label, LIST_OWNER,
            f"/api/v1/lists/{list_id(read)}/events?epoch={EPOCH}&since={length - EVENTS}",
            EVENTS,
        )
        for label, length, read, _ in lists
    ]  # fmt: skip
    edits = [
        Point(label, LIST_OWNER, edit_of(edited), is_edit=True) for label, _, _, edited in lists
    ]
    return [Series("edit of a title", edits), Series("the newest events", missed)]


def database_series(population: Population, size: str) -> list[Series]:
    """Return the requests that are measured again after the database has grown; `size` names it."""
    number = list(population.by_size.values())[1]
    user, own = next(iter(population.users.values()))
    return [
        Series(what, [point], grows)
        for what, grows, point in (
            ("page of one list", "", Point(size, user, page_of(own))),
            ("edit of a title", "", Point(size, user, edit_of(own), is_edit=True)),
            *(
                (
                    f"search for {what} in all lists of {count:,}", "",
                    Point(
                        size, owner, f"/api/v1/todos?search={word or rare_word(first, 7)}",
                        PAGE if word else 1,
                    ),
                )
                for count, (owner, first) in population.users.items()
                for what, word in SEARCHES.items()
            ),
            (
                "due within a week in all lists", "",
                Point(size, user, due_in_days(0, 7), None),
            ),
            (
                "first snapshot page of 500", "",
                Point(size, LIST_OWNER, snapshot_of(number), SNAPSHOT_PAGE),
            ),
            ("first page of lists", "", Point(size, user, "/api/v1/lists?limit=10", 10)),
        )
    ]  # fmt: skip
