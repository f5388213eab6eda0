"""Subtasks and repeating todos that an assistant adds, by the SDK's own client over HTTP."""

from shared.ids import TodoId
from tests.features.mcp.conftest import Household
from tests.support.mcp_client import Assistant


async def test_an_assistant_splits_a_todo_into_subtasks(
    assistant: Assistant, household: Household
) -> None:
    party = (await assistant.call("add_todo", title="Party", list="Work"))["todo"]

    parts = [
        await assistant.call("add_todo", title=title, parent_id=party["todo_id"])
        for title in ("Guests", "Cake", "Cake")
    ]
    named = await assistant.call("add_todo", title="Music", parent_id=party["todo_id"], list="Work")

    added = [each["todo"] for each in (*parts, named)]
    assert [each["was_retry"] for each in parts] == [False, False, True]
    assert {(each["list"], each["subtask_of"]) for each in added} == {("Work", party["todo_id"])}
    found = (await assistant.call("find_todos", list="Work"))["todos"]
    assert sorted(each["title"] for each in found) == ["Cake", "Guests", "Music", "Party"]


async def test_a_parent_that_cannot_be_one_is_refused_in_words(
    assistant: Assistant, household: Household
) -> None:
    party = (await assistant.call("add_todo", title="Party", list="Work"))["todo"]
    cake = (await assistant.call("add_todo", title="Cake", parent_id=party["todo_id"]))["todo"]
    gone = (await assistant.call("add_todo", title="Gone", list="Work"))["todo"]
    await assistant.call("delete_todo", todo_id=gone["todo_id"])

    refusals = [
        await assistant.refusal("add_todo", title="Flour", parent_id=parent, list=list_name)
        for parent, list_name in (
            (cake["todo_id"], None), (party["todo_id"], "Home"), (gone["todo_id"], None),
            (TodoId("0" * 26), None),
        )
    ]  # fmt: skip

    assert "one level deep" in refusals[0]
    assert "of the same list" in refusals[1]
    assert all("no such todo" in each for each in refusals[2:])


async def test_an_assistant_adds_a_repeating_todo(
    assistant: Assistant, household: Household
) -> None:
    added = await assistant.call(
        "add_todo", title="Bins", list="Home", due="2099-01-01", repeat="FREQ=WEEKLY;BYDAY=MO"
    )
    done = await assistant.call("complete_todo", todo_id=added["todo"]["todo_id"], occurrence=1)
    refusals = [
        await assistant.refusal("add_todo", title="Bins", list="Home", repeat="FREQ=DAILY"),
        await assistant.refusal(
            "add_todo", title="Bins", list="Home", due="2099-01-01", repeat="weekly"
        ),
    ]

    repeats = [(each["todo"]["due"], each["todo"]["repeats"]) for each in (added, done)]
    assert repeats == [
        ("2099-01-05", "FREQ=WEEKLY;BYDAY=MO"), ("2099-01-12", "FREQ=WEEKLY;BYDAY=MO"),
    ]  # fmt: skip
    assert "due" in refusals[0]
    assert "FREQ" in refusals[1]
