"""The users and lists that are measured, and the background that makes the database large.

user 0   a list each of 100, 1,000 and 10,000 todos; lists with 100 and 100,000 events
user 1   10 lists of 50 todos
user 2   300 lists of 50 todos
user 3   1,000 lists of 50 todos
user 9   a member of each of these lists, who sends nothing
others   lists of 100 todos and 100 events, until the database has as many as wanted
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bench.rest.dataset import DataSet, SeededList

TODOS_PER_LIST = 50
SILENT_USER = 9
BACKGROUND_USERS = 1_000
BACKGROUND_TODOS = BACKGROUND_EVENTS = 100
# The numbers of background lists and users begin here; those below are measured.
FIRST_BACKGROUND = 10_000


@dataclass(frozen=True)
class Sizes:
    """Todos of the lists, lists of the users, and events of the logs that are compared."""

    todos: Sequence[int] = (100, 1_000, 10_000)
    lists: Sequence[int] = (10, 300, 1_000)
    events: Sequence[int] = (100, 100_000)


@dataclass(frozen=True)
class Population:
    """Numbers of the measured lists: by todos, by events, and by the lists of their user.

    There are two lists for each number of events, one to read events of and one to edit. With the
    number of lists come the user and the first of the lists.
    """

    by_size: Mapping[int, int]
    by_log: Mapping[int, tuple[int, int]]
    users: Mapping[int, tuple[int, int]]
    measured: DataSet

    @property
    def todos(self) -> int:
        return sum(seeded.todos for seeded in self.measured.lists)

    def background(self, todos: int) -> DataSet:
        """Return the lists that bring the database to this number of todos."""
        count = max(0, todos - self.todos) // BACKGROUND_TODOS
        users = range(FIRST_BACKGROUND, FIRST_BACKGROUND + BACKGROUND_USERS)
        lists = [
            SeededList(
                FIRST_BACKGROUND + number,
                (users[number % len(users)], users[(number * 7 + 1) % len(users)]),
                BACKGROUND_TODOS,
                BACKGROUND_EVENTS,
            )
            for number in range(count)
        ]
        return DataSet(users, lists)


def population(sizes: Sizes) -> Population:
    """Return the measured users and lists."""
    lists: list[SeededList] = []

    def add(user: int, todos: int, events: int = 0) -> int:
        lists.append(SeededList(len(lists), (user, SILENT_USER), todos, events))
        return len(lists) - 1

    by_size = {size: add(0, size) for size in sizes.todos}
    by_log = {
        length: (add(0, TODOS_PER_LIST, length), add(0, TODOS_PER_LIST, length))
        for length in sizes.events
    }
    users = {}
    for user, count in enumerate(sizes.lists, start=1):
        users[count] = (user, len(lists))
        for _ in range(count):
            add(user, TODOS_PER_LIST)
    return Population(by_size, by_log, users, DataSet(range(SILENT_USER + 1), lists))
