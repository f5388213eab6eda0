"""What an edit makes of a todo, and which metadata is accepted."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from shared.contract.shapes import DueDate, TodoShape, TodoStatus
from shared.contract.todo_fields import check_metadata
from shared.errors import Invalid
from shared.ids import TodoId, UserId
from shared.todos.rules.repeat_rule import parse_rule
from shared.todos.rules.repeat_series import RepeatSpec
from shared.todos.rules.todo_edits import NewTodo, Placement, TodoEdit
from shared.todos.rules.todo_rules import apply_edit, new_todo

THEN = datetime(2026, 11, 21, 12, tzinfo=UTC)
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
ANA, BEN = UserId("ana"), UserId("ben")


def make_todo(**fields: Any) -> TodoShape:
    new = NewTodo(title="Milk", **fields)
    return new_todo(new, todo_id=TodoId("t"), list_id="l", rank="V", author=ANA, now=THEN)


def test_an_edit_that_changes_nothing_returns_the_same_todo() -> None:
    todo = make_todo(description="two", assignees=(ANA, BEN))

    edited, changed = apply_edit(todo, TodoEdit(title="Milk", assignees=(BEN, ANA, BEN)), BEN, NOW)

    assert edited is todo
    assert changed == ()


def test_only_fields_that_differ_count_as_changed() -> None:
    edited, changed = apply_edit(make_todo(), TodoEdit(title="Milk", priority=3), BEN, NOW)

    assert changed == ("priority",)
    assert (edited.priority, edited.version, edited.updated_at) == (3, 2, NOW)


def test_completing_sets_when_and_who_and_reopening_clears_it() -> None:
    done, _ = apply_edit(make_todo(), TodoEdit(status=TodoStatus.COMPLETED), BEN, NOW)
    reopened, _ = apply_edit(done, TodoEdit(status=TodoStatus.IN_PROGRESS), ANA, NOW)

    assert (done.completed_at, done.completed_by) == (NOW, BEN)
    assert (reopened.completed_at, reopened.completed_by) == (None, None)


def test_metadata_is_compared_as_json_in_which_one_is_not_true() -> None:
    todo = make_todo(metadata={"a": 1, "b": 2})

    _, reordered = apply_edit(todo, TodoEdit(metadata={"b": 2, "a": 1}), BEN, NOW)
    _, changed = apply_edit(todo, TodoEdit(metadata={"a": True, "b": 2}), BEN, NOW)

    assert (reordered, changed) == ((), ("metadata",))


def test_changed_fields_are_listed_in_the_order_of_declaration() -> None:
    todo = make_todo(due=DueDate(date=date(2026, 11, 23)))
    monthly = RepeatSpec(parse_rule("FREQ=MONTHLY;BYMONTHDAY=24"))

    _, changed = apply_edit(todo, TodoEdit(repeat=monthly, title="Oat milk"), BEN, NOW)

    assert changed == ("title", "due", "repeat")


def test_cleared_fields_of_two_todos_share_no_value() -> None:
    first, second = make_todo(metadata={"a": 1}), make_todo(metadata={"a": 2})

    cleared = [apply_edit(todo, TodoEdit(metadata=None), BEN, NOW)[0] for todo in (first, second)]

    assert cleared[0].metadata == cleared[1].metadata == {}
    assert cleared[0].metadata is not cleared[1].metadata


def nested(depth: int) -> dict[str, Any]:
    inner: Any = 1
    for _ in range(depth):
        inner = {"a": inner}
    assert isinstance(inner, dict)
    return inner


@pytest.mark.parametrize(
    "metadata",
    [{}, nested(8), {"a": [1, 2.5, None, True, "é\n"]}, {"n": 2**53 - 1, "m": -(2**53) + 1}],
)
def test_plain_metadata_is_accepted(metadata: dict[str, Any]) -> None:
    check_metadata(metadata)


@pytest.mark.parametrize(
    "metadata",
    [nested(9), {"a": "x" * 16_384}, {"a": float("nan")}, {"a": float("inf")}, {"a": 2**53}, {"a": 1e16},
     {"a": 10**400}, {"a": 1e300}, {"a": "\x00"}, {"\x00": 1}, {"a": ["\ud800"]}],
)  # fmt: skip
def test_metadata_that_a_database_would_not_return_unchanged_is_refused(
    metadata: dict[str, Any],
) -> None:
    with pytest.raises(Invalid):
        check_metadata(metadata)


def test_a_placement_is_before_or_after_but_not_both() -> None:
    with pytest.raises(Invalid):
        Placement(TodoId("a"), TodoId("b"))
