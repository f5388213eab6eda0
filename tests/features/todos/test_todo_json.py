"""The JSON of todos that the database builds equals the documented shape, field by field."""

from datetime import UTC, date, datetime
from types import NoneType
from typing import Any, get_args

import orjson
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.contract.shapes import (
    CountsFrom,
    DueDate,
    DueTime,
    RepeatShape,
    TodoPage,
    TodoShape,
    TodoStatus,
)
from shared.ids import ListId, TodoId, new_id
from shared.todos.persistence.rows import insert_todo
from shared.todos.queries import shapes
from shared.todos.queries.filters import TodoFilter
from shared.todos.queries.pages import find_page, read_todo_json
from shared.todos.queries.sorting import Sorting
from shared.todos.queries.todo_json import encode_page
from tests.support.features.list_builder import OWNER, ListBuilder
from tests.support.world_builder import World

# What texts may hold: shared/text.py, check_metadata.
TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from('\n\t"\\/'))
JSON_TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
NUMBERS = st.integers(-(2**53) + 1, 2**53 - 1) | st.floats(-1e15, 1e15)
JSON = st.recursive(
    st.none() | st.booleans() | NUMBERS | JSON_TEXTS,
    lambda inner: st.lists(inner) | st.dictionaries(JSON_TEXTS, inner),
    max_leaves=8,
)
DATES = st.dates(date(1980, 1, 1), date(2999, 12, 31))
DUES = st.builds(DueDate, date=DATES) | st.builds(
    DueTime,
    at=st.datetimes(datetime(1980, 1, 1), datetime(2999, 1, 1)).map(  # noqa: DTZ001
        lambda local: local.isoformat(timespec="seconds")
    ),
    zone=st.sampled_from([None, "Europe/Berlin", "Asia/Tokyo"]),
)
# The instants of the contract: shared/contract/base.py.
INSTANTS = st.datetimes(
    datetime(1970, 1, 2),  # noqa: DTZ001
    datetime(9000, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
) | st.just(datetime(2026, 1, 1, tzinfo=UTC))
BY_TYPE: dict[Any, st.SearchStrategy[Any]] = {
    str: TEXTS,
    int: st.integers(0, 2**31 - 1),
    datetime: INSTANTS,
    DueDate: DUES,
    dict: st.dictionaries(JSON_TEXTS, JSON, max_size=4),
    RepeatShape: st.builds(
        RepeatShape,
        rule=st.just("FREQ=DAILY"),
        counts_from=st.sampled_from(CountsFrom),
        anchor=DUES,
        occurrence=st.integers(1, 999),
        day=DATES,
        left=st.none() | st.integers(1, 999),
    ),
}


def value_of(field: str) -> st.SearchStrategy[Any]:
    """Return values of a field, null among them if it may be."""
    annotation: Any = TodoShape.model_fields[field].annotation
    choices = get_args(annotation) if NoneType in get_args(annotation) else (annotation,)
    first = getattr(choices[0], "__origin__", choices[0])
    first = datetime if choices[0] is not str and "datetime" in str(choices[0]) else first
    if first not in BY_TYPE:
        raise LookupError(f"No values of {field} can be made up: add {first} to BY_TYPE.")
    return st.none() | BY_TYPE[first] if NoneType in choices else BY_TYPE[first]


@st.composite
def todo_fields(draw: st.DrawFn) -> dict[str, Any]:
    """Return the values of a todo, except those that name rows of other tables."""
    references = {"id", "list_id", "parent_id", "created_by", "completed_by", "assignees", "labels"}
    special = {"status", "completed_at", "rank", "priority", *references}
    values = {
        field: draw(value_of(field)) for field in TodoShape.model_fields if field not in special
    }
    status = draw(st.sampled_from(TodoStatus))
    completed_at = draw(INSTANTS) if status is TodoStatus.COMPLETED else None
    priority, rank = (
        draw(st.integers(0, 5)),
        draw(st.from_regex(r"[0-9A-Za-z]{1,9}", fullmatch=True)),
    )
    has_links = draw(st.booleans())
    return values | {
        "status": status,
        "completed_at": completed_at,
        "priority": priority,
        "rank": rank,
        "has_links": has_links,
    }


# A fixture serves all examples: each has a list of its own.
@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(examples=st.lists(todo_fields(), min_size=1, max_size=8))
async def test_the_json_of_a_page_equals_the_shape(
    builder: ListBuilder, world: World, examples: list[dict[str, Any]]
) -> None:
    ana, ben = await world.user("Ana"), await world.user("Ben")
    list_id = await builder.make_list({ana: OWNER})
    labels = sorted([await builder.make_label(list_id, name) for name in ("Shop", "Home")])
    todos: list[TodoShape] = []
    for fields in examples:
        has_links = fields.pop("has_links")
        links: dict[str, Any] = {
            "assignees": sorted([ana.user_id, ben.user_id]) if has_links else [],
            "labels": labels if has_links else [],
            "parent_id": todos[0].id if todos and has_links else None,
            "created_by": ana.user_id if has_links else None,
            "completed_by": ben.user_id if has_links else None,
        }
        todos.append(TodoShape(id=new_id(), list_id=list_id, **fields, **links))
    async with builder.resources.begin() as work:
        for todo in todos:
            insert_todo(work, todo)

    both = [await _page(builder, ana, list_id, trash=trash) for trash in (False, True)]

    for page in both:
        # What the documentation says of the answer is true of each byte of it.
        read_back = TodoPage.model_validate_json(page)
        assert orjson.loads(read_back.model_dump_json()) == orjson.loads(page)
    sent = {item["id"]: item for page in both for item in orjson.loads(page)["items"]}
    assert sent == {todo.id: orjson.loads(todo.model_dump_json()) for todo in todos}
    assert list(next(iter(sent.values()))) == list(TodoShape.model_fields)
    async with builder.resources.begin_read() as read:
        one, version = await read_todo_json(read, ana, TodoId(todos[0].id), with_deleted=True)
        read_shapes = await shapes.read_todos(read, [TodoId(todo.id) for todo in todos])
    assert orjson.loads(one) == sent[todos[0].id]
    assert version == todos[0].version
    # Shapes of rows are not validated: their values must have the types of validated ones.
    for todo in todos:
        shape = read_shapes[TodoId(todo.id)]
        assert shape == todo
        assert list(map(type, vars(shape).values())) == list(map(type, vars(todo).values()))
        assert list(vars(shape)) == list(vars(todo))
        assert shape.model_fields_set == todo.model_fields_set


async def _page(builder: ListBuilder, actor: Any, list_id: ListId, *, trash: bool) -> bytes:
    chosen = TodoFilter(list_id=list_id, trash=trash)
    async with builder.resources.begin_read() as read:
        found = await find_page(read, actor, chosen, Sorting(), limit=100, max_bytes=10**9)
    assert found is not None
    return encode_page(found.todos, {"next_cursor": found.next_cursor, "total": found.total})
