"""The route table finds the route that a linear search in order of precedence would find."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.http.route_table import RouteTable


def table(*routes: str) -> RouteTable[str]:
    made: RouteTable[str] = RouteTable()
    for route in routes:
        method, path = route.split()
        made.add(method, path, route)
    return made


ROUTES = table(
    "GET /", "GET /todos", "POST /todos", "PATCH /todos/bulk", "GET /todos/{todo_id}",
    "PATCH /todos/{todo_id}", "GET /todos/{todo_id}/comments/{comment_id}",
)  # fmt: skip


@pytest.mark.parametrize(
    ("method", "path", "route", "values"),
    [
        ("GET", "/", "GET /", {}),
        ("POST", "/todos", "POST /todos", {}),
        ("PATCH", "/todos/bulk", "PATCH /todos/bulk", {}),
        ("PATCH", "/todos/ü %", "PATCH /todos/{todo_id}", {"todo_id": "ü %"}),
        (
            "GET", "/todos/1/comments/2", "GET /todos/{todo_id}/comments/{comment_id}",
            {"todo_id": "1", "comment_id": "2"},
        ),
    ],
)  # fmt: skip
def test_a_route_is_found_with_the_values_of_its_parameters(
    method: str, path: str, route: str, values: dict[str, str]
) -> None:
    assert ROUTES.find(method, path) == (route, values)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", ""), ("GET", "todos"), ("GET", "/todos/"), ("GET", "//todos"), ("GET", "/Todos"),
        ("GET", "/todos//comments/2"), ("GET", "/todos/1/comments"), ("DELETE", "/todos"),
        ("GET", "/todos/bulk"),
    ],
)  # fmt: skip
def test_nothing_is_found_for_another_method_or_path(method: str, path: str) -> None:
    assert ROUTES.find(method, path) is None


def test_the_methods_of_a_path_are_those_of_its_most_literal_route() -> None:
    assert ROUTES.methods_of("/todos/bulk") == ["OPTIONS", "PATCH"]
    assert ROUTES.methods_of("/todos") == ["GET", "HEAD", "OPTIONS", "POST"]
    assert ROUTES.methods_of("/nothing") == []


def test_of_two_equal_routes_the_first_one_counts() -> None:
    made: RouteTable[int] = RouteTable()
    made.add("GET", "/lists/{list_id}", 1)
    made.add("GET", "/lists/{other_id}", 2)

    assert made.find("GET", "/lists/a") == (1, {"list_id": "a"})


@pytest.mark.parametrize("path", ["/files/{path:path}", "/{a}-{b}", "/{a", "/{}"])
def test_a_parameter_that_is_not_a_whole_segment_is_refused(path: str) -> None:
    with pytest.raises(ValueError, match="whole segment"):
        RouteTable[int]().add("GET", path, 1)


SEGMENTS = st.sampled_from(["a", "b", "{x}"])
PATHS = st.lists(SEGMENTS, max_size=4).map(lambda segments: "/" + "/".join(segments))


@given(st.lists(PATHS, max_size=8), st.lists(st.sampled_from(["a", "b", "c", ""]), max_size=4))
def test_a_path_is_found_exactly_if_the_pattern_of_a_route_matches_it(
    routes: list[str], segments: list[str]
) -> None:
    path = "/" + "/".join(segments)
    matching = [
        route for route in routes if re.fullmatch(route.replace("{x}", "[^/]+"), path) is not None
    ]

    found = table(*[f"GET {route}" for route in routes]).find("GET", path)

    # The more literal of two routes: its first parameter comes later.
    expected = min(
        matching, key=lambda route: [part == "{x}" for part in route.split("/")], default=None
    )
    assert (found[0] if found else None) == (expected and f"GET {expected}")
