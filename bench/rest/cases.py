"""The measured cases: what is requested, what the answer must contain, and which rows it is about."""

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson

from bench.rest.dataset import DataSet, SeededList, list_id, session_id, todo_id, user_id
from bench.rest.load_client import MARK, LoadError, Request, Sample, json_request
from shared.accounts.authentication.access_tokens import make_access_token
from shared.settings import Settings

MEMBERS_PER_LIST = 5
TODOS_PER_LIST = 50
TITLE = "Buy oat milk"
# Of the page and its "limit" parameter.
PAGE = 50


@dataclass(frozen=True)
class Size:
    """Numbers of users, and of lists with todos; there are as many lists without, for new todos."""

    users: int
    lists: int

    def members_of(self, number: int) -> tuple[int, ...]:
        """Return the numbers of the users of a list; neighbours in the row share few lists."""
        return tuple((number + 97 * place) % self.users for place in range(MEMBERS_PER_LIST))

    def dataset(self) -> DataSet:
        todos = (TODOS_PER_LIST, 0)
        lists = [
            SeededList(number, self.members_of(number), todos[number >= self.lists])
            for number in range(2 * self.lists)
        ]
        return DataSet(range(self.users), lists)

    def tokens(self, settings: Settings) -> dict[int, str]:
        """Return an access token for each user."""
        now = datetime.now(UTC)
        return {
            user: make_access_token(settings, user_id(user), session_id(user), now)[0]
            for user in range(self.users)
        }


# Five hundred users, each a member of ten lists with todos: five hundred tokens are in use at once,
# so that a cache of a few callers helps no server.
FULL = Size(500, 1_000)


@dataclass(frozen=True)
class Target:
    """A list and a caller who may edit it, with a todo of the list."""

    in_list: int
    user: int
    todo: int


@dataclass(frozen=True)
class Case:
    """One kind of request. `method`, `path` and `body` are functions of the target."""

    key: str
    title: str
    method: str
    path: Callable[[Target], str]
    targets: Callable[[Size], Sequence[Target]]
    expect: Callable[[Target], str]
    check: Callable[[Target, str, Any], bool]
    body: Callable[[Target], Mapping[str, str]] | None = None
    has_key: bool = False

    @property
    def writes(self) -> bool:
        return self.body is not None

    def requests(self, size: Size, tokens: Mapping[int, str]) -> list[Request]:
        """Return the requests in a random order that is the same in every run."""
        return [self._request(target, tokens[target.user]) for target in self.targets(size)]

    def _request(self, target: Target, token: str) -> Request:
        return json_request(
            self.method,
            self.path(target),
            token,
            expected=self.expect(target),
            body=self.body(target) if self.body else None,
            key=f"bench-{MARK}" if self.has_key else None,
        )

    def check_samples(self, size: Size, samples: Sequence[Sample]) -> None:
        """Raise LoadError unless every sampled body is the right answer to its request."""
        targets = self.targets(size)
        for sample in samples:
            answer = orjson.loads(sample.body)
            if not self.check(targets[sample.request], sample.number, answer):
                raise LoadError(f"{self.key}: a wrong body: {sample.body[:300].decode()}")


def _shuffled(targets: Iterator[Target]) -> list[Target]:
    shuffled = list(targets)
    random.Random(7).shuffle(shuffled)  # noqa: S311  the same order in every run; no secret
    return shuffled


def _all_lists(size: Size) -> list[Target]:
    return _shuffled(
        Target(number, user, (number + place * 11) % TODOS_PER_LIST)
        for number in range(size.lists)
        for place, user in enumerate(size.members_of(number))
    )


def _empty_lists(size: Size) -> list[Target]:
    return _shuffled(
        Target(number, user, 0)
        for number in range(size.lists, 2 * size.lists)
        for user in size.members_of(number)
    )


def _one_list(size: Size) -> list[Target]:
    return _shuffled(
        Target(0, user, todo) for user in size.members_of(0) for todo in range(TODOS_PER_LIST)
    )


def _page_path(target: Target) -> str:
    return f"/api/v1/todos?list_id={list_id(target.in_list)}&limit={PAGE}"


def _todo_path(target: Target) -> str:
    return f"/api/v1/todos/{todo_id(target.in_list, target.todo)}"


def _last_todo(target: Target) -> str:
    return todo_id(target.in_list, TODOS_PER_LIST - 1)


def _are_all_todos(target: Target, todos: Sequence[Any]) -> bool:
    expected = [todo_id(target.in_list, number) for number in range(TODOS_PER_LIST)]
    return [todo["id"] for todo in todos] == expected


def _is_page(target: Target, number: str, answer: Any) -> bool:
    return _are_all_todos(target, answer["items"]) and answer["total"] == TODOS_PER_LIST


def _is_snapshot(target: Target, number: str, answer: Any) -> bool:
    return (
        _are_all_todos(target, answer["todos"])
        and answer["stream"]["list_id"] == list_id(target.in_list)
        and len(answer["members"]) == MEMBERS_PER_LIST
    )


def _is_new_todo(target: Target, number: str, answer: Any) -> bool:
    return bool(
        answer["list_id"] == list_id(target.in_list) and answer["title"] == f"{TITLE} {number}"
    )


def _is_edited(target: Target, number: str, answer: Any) -> bool:
    return bool(
        answer["id"] == todo_id(target.in_list, target.todo)
        and answer["title"] == f"{TITLE} {number}"
        and answer["version"] > 1
    )


def _patch(
    key: str, title: str, targets: Callable[[Size], Sequence[Target]], *, has_key: bool = False
) -> Case:
    return Case(
        key, title, "PATCH", _todo_path, targets,
        expect=lambda target: f"{TITLE} {MARK}",
        check=_is_edited,
        body=lambda target: {"title": f"{TITLE} {MARK}"},
        has_key=has_key,
    )  # fmt: skip


CASES = (
    Case("get", f"GET {PAGE} todos of a list", "GET", _page_path, _all_lists, _last_todo, _is_page),
    Case(
        "snapshot", f"GET snapshot of {TODOS_PER_LIST} todos", "GET",
        lambda target: f"/api/v1/lists/{list_id(target.in_list)}/snapshot",
        _all_lists, _last_todo, _is_snapshot,
    ),
    Case(
        "post", "POST a todo", "POST", lambda target: "/api/v1/todos", _empty_lists,
        expect=lambda target: f"{TITLE} {MARK}",
        check=_is_new_todo,
        body=lambda target: {"list_id": list_id(target.in_list), "title": f"{TITLE} {MARK}"},
    ),
    _patch("patch", f"PATCH title, {FULL.lists:,} lists", _all_lists),
    _patch("patch-hot", "PATCH title, one list", _one_list),
    _patch("patch-key", f"PATCH title with Idempotency-Key, {FULL.lists:,} lists", _all_lists, has_key=True),
)  # fmt: skip
