"""Calendar feeds with a filter: which todos they show, and what an unchanged one costs."""

from typing import Any

import pytest

from shared.actor import Actor
from shared.calendar_feeds import queries
from shared.contract.own_lists.views import MAX_CHOICES, PLAIN, ViewGroup
from shared.ids import PersonalLabelId, TodoId, new_id
from shared.labels.commands import delete_label
from shared.lists.commands import delete_list
from shared.lists.views import set_view
from shared.members.commands import remove_member
from shared.personal_labels.commands import (
    create_personal_label,
    delete_personal_label,
    label_todos,
)
from tests.support.calendar_feeds import FEEDS, add_todo, make_feed, path_of, read_feed, titles_of
from tests.support.features.list_builder import (
    EDITOR,
    OWNER,
    VIEWER,
    ListBuilder,
    recorded_statements,
)
from tests.support.world_builder import World

NONE_SET: dict[str, Any] = {
    "text": "", "due": None, "priorities": [], "statuses": [], "labels": [], "assignees": [],
}  # fmt: skip
DUE = {"date": "2026-12-24"}


@pytest.fixture
def world(builder: ListBuilder) -> World:
    return World(builder.served)


async def _label_own(world: World, user: Actor, name: str, *todo_ids: str) -> PersonalLabelId:
    """Make a label of the user, put it on these todos, and return its id."""
    label_id = PersonalLabelId((await world.run(create_personal_label, user, name)).id)
    await world.run(label_todos, user, {TodoId(each): [label_id] for each in todo_ids})
    return label_id


async def _shown(builder: ListBuilder, user: Actor, body: Any = None, **chosen: Any) -> set[str]:
    """Return the titles that a new feed with this filter shows."""
    return await titles_of(
        builder, await make_feed(builder, user, **(body or {}), filter=NONE_SET | chosen)
    )


async def test_each_field_of_a_filter_chooses_and_within_a_field_one_choice_suffices(
    builder: ListBuilder, world: World
) -> None:
    ana, ben = await world.user("Ana"), await world.user("Ben")
    list_id = await builder.make_list({ana: OWNER, ben: EDITOR})
    home, shop = [await builder.make_label(list_id, name) for name in ("home", "shop")]
    todos: dict[str, dict[str, Any]] = {
        "urgent": {"priority": 5},
        "low": {"priority": 1, "due": DUE},
        "begun": {"status": "in_progress"},
        "done": {"status": "completed"},
        "dropped": {"status": "cancelled"},
        "at home": {"labels": [home]},
        "both": {"labels": [home, shop], "assignees": [ana.user_id, ben.user_id]},
        "Zähler ablesen": {"description": "every METER"},
    }
    for title, fields in todos.items():
        await add_todo(builder, ana, list_id, title=title, **fields)
    waiting = await add_todo(builder, ana, list_id, title="waiting", assignees=[ben.user_id])
    mine = await _label_own(world, ana, "waiting", waiting)
    everything = {"include_completed": True, "list_id": list_id}
    rest = {"urgent", "low", "begun", "Zähler ablesen"}

    async def shown(**chosen: Any) -> set[str]:
        return await _shown(builder, ana, everything, **chosen)

    assert await shown(priorities=[1, 5]) == {"urgent", "low"}
    assert await shown(statuses=["in_progress"]) == {"begun"}
    # A view calls both completed, too.
    assert await shown(statuses=["completed"]) == {"done", "dropped"}
    assert await shown(labels=[shop]) == {"both"}
    assert await shown(labels=[home, mine]) == {"at home", "both", "waiting"}
    assert await shown(labels=["none"]) == {*rest, "done", "dropped"}
    assert await shown(labels=["none", mine]) == {*rest, "done", "dropped", "waiting"}
    assert await shown(assignees=[ana.user_id]) == {"both"}
    assert await shown(assignees=["none", ana.user_id]) == {
        *rest, "done", "dropped", "at home", "both",
    }  # fmt: skip
    assert await shown(due="dated") == {"low"}
    assert await shown(due="undated", priorities=[1, 5]) == {"urgent"}
    assert await shown(text="meter ZAHLER") == {"Zähler ablesen"}
    assert await shown(text="100%") == set()
    assert await shown(labels=[home], assignees=[ben.user_id]) == {"both"}
    assert await _shown(builder, ana, {"list_id": list_id}, statuses=["completed"]) == set()


async def test_a_filter_chooses_among_all_lists_page_by_page(
    builder: ListBuilder, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "PAGE_TODOS", 2)
    ana, ben = await world.user("Ana"), await world.user("Ben")
    for number in range(3):
        list_id = await builder.make_list({ben: OWNER, ana: VIEWER})
        await add_todo(builder, ben, list_id, title="Of Ben", assignees=[ben.user_id])
        await add_todo(builder, ben, list_id, title=f"Mine {number}", assignees=[ana.user_id])
        parent = await add_todo(builder, ben, list_id, title="Nobody's")
        fields = {"parent_id": parent, "assignees": [ana.user_id]}
        await add_todo(builder, ben, list_id, title=f"Step {number}", **fields)

    shown = await _shown(builder, ana, assignees=[ana.user_id])

    assert shown == {f"{kind} {number}" for kind in ("Mine", "Step") for number in range(3)}


async def test_events_of_a_filter_have_due_dates(builder: ListBuilder, world: World) -> None:
    ana = await world.user("Ana")
    list_id = await builder.make_list({ana: OWNER})
    await add_todo(builder, ana, list_id, title="Dentist", priority=4, due=DUE)
    await add_todo(builder, ana, list_id, title="Someday", priority=4)
    await add_todo(builder, ana, list_id, title="Plants", due=DUE)

    texts = {}
    for due in ("dated", "undated", None):
        chosen = NONE_SET | {"priorities": [4], "due": due}
        feed = await make_feed(builder, ana, content="events", filter=chosen)
        texts[due] = (await read_feed(builder, feed)).text

    assert texts["dated"] == texts[None]
    for due, text in texts.items():
        assert ("SUMMARY:Dentist" in text) is (due != "undated")
        assert "Someday" not in text
        assert "Plants" not in text


async def test_a_filter_without_choices_is_none(builder: ListBuilder, world: World) -> None:
    ana = await world.user("Ana")
    chosen = NONE_SET | {"text": "milk", "priorities": [0]}

    for sent, kept in (
        ({}, None),
        ({"filter": None}, None),
        ({"filter": NONE_SET | {"text": "  "}}, None),
        ({"filter": chosen}, chosen),
    ):
        assert (await make_feed(builder, ana, **sent))["filter"] == kept

    listed = await builder.request(ana, "GET", FEEDS)
    assert [feed["filter"] for feed in listed.json()["items"]] == [chosen, None, None, None]


async def test_names_of_own_labels_are_in_no_feed(builder: ListBuilder, world: World) -> None:
    ana = await world.user("Ana")
    list_id = await builder.make_list({ana: OWNER})
    shared = await builder.make_label(list_id, "shop")
    milk = await add_todo(builder, ana, list_id, title="Milk", labels=[shared])
    own = await _label_own(world, ana, "from my therapist", milk)

    feed = await make_feed(builder, ana, filter=NONE_SET | {"labels": [own]})
    answer = await read_feed(builder, feed)

    assert "SUMMARY:Milk" in answer.text
    assert "CATEGORIES:shop" in answer.text
    assert "therapist" not in answer.text


async def test_the_tag_changes_with_what_the_filter_may_show(
    builder: ListBuilder, world: World
) -> None:
    ana = await world.user("Ana")
    list_id = await builder.make_list({ana: OWNER})
    milk = await add_todo(builder, ana, list_id, title="Milk")
    own = await _label_own(world, ana, "waiting")
    feeds = {
        field: await make_feed(builder, ana, list_id=list_id, filter=NONE_SET | {field: chosen})
        for field, chosen in (("labels", [own]), ("assignees", ["none"]))
    }

    async def statuses() -> dict[str, tuple[int, int]]:
        """Return the status of each feed for the tag of the read before, and the statements it took."""
        found = {}
        for field, feed in feeds.items():
            async with recorded_statements(builder.served) as statements:
                answer = await read_feed(builder, feed, **{"If-None-Match": tags[field]})
            found[field] = answer.status_code, len(statements)
            tags[field] = answer.headers["etag"]
        return found

    tags = {
        field: (await read_feed(builder, feed)).headers["etag"] for field, feed in feeds.items()
    }
    unchanged = await statuses()
    await world.run(label_todos, ana, {TodoId(milk): [own]})
    labelled = await statuses()
    shown = await titles_of(builder, feeds["labels"])
    await world.run(label_todos, ana, {TodoId(milk): []})
    taken_off = await statuses()
    await builder.request(ana, "PATCH", f"/todos/{milk}", {"assignees": [ana.user_id]})
    assigned = await statuses()
    again = await statuses()

    assert unchanged == again == {"labels": (304, 1), "assignees": (304, 1)}
    assert labelled == taken_off == {"labels": (200, 2), "assignees": (304, 1)}
    assert shown == {"Milk"}
    assert assigned == {"labels": (200, 2), "assignees": (200, 2)}
    assert len(set(tags.values())) == 2


async def test_a_view_that_is_changed_later_changes_no_feed(
    builder: ListBuilder, world: World
) -> None:
    ana = await world.user("Ana")
    list_id = await builder.make_list({ana: OWNER})
    await add_todo(builder, ana, list_id, title="Milk", priority=5)
    await add_todo(builder, ana, list_id, title="Soap")
    chosen = NONE_SET | {"priorities": [5]}
    feed = await make_feed(builder, ana, list_id=list_id, filter=chosen)
    tag = (await read_feed(builder, feed)).headers["etag"]

    grouped = PLAIN.model_copy(update={"group": ViewGroup.LABEL})
    await world.run(set_view, ana, list_id, grouped)

    assert (await read_feed(builder, feed, **{"If-None-Match": tag})).status_code == 304


async def test_what_is_gone_fits_nothing(builder: ListBuilder, world: World) -> None:
    ana, ben = await world.user("Ana"), await world.user("Ben")
    kept, gone = [await builder.make_list({ana: OWNER, ben: EDITOR}) for _ in range(2)]
    label = await builder.make_label(kept, "shop")
    of_gone = await builder.make_label(gone, "shop")
    milk = await add_todo(builder, ana, kept, title="Milk", labels=[label])
    await add_todo(builder, ana, gone, title="Soap", labels=[of_gone])
    await add_todo(builder, ana, kept, title="Of Ben", assignees=[ben.user_id])
    own = await _label_own(world, ana, "waiting", milk)

    async def feed(**chosen: Any) -> dict[str, Any]:
        return await make_feed(builder, ana, filter=NONE_SET | chosen)

    of_labels = await feed(labels=[label, of_gone])
    of_own, of_ben = await feed(labels=[own]), await feed(assignees=[ben.user_id])
    before = [await titles_of(builder, each) for each in (of_labels, of_own, of_ben)]
    await world.run(delete_list, ana, gone)
    without_list = await titles_of(builder, of_labels)
    await world.run(delete_label, ana, kept, label)
    await world.run(delete_personal_label, ana, own)
    await world.run(remove_member, ana, kept, ben.user_id)
    after = [await titles_of(builder, each) for each in (of_labels, of_own, of_ben)]

    assert before == [{"Milk", "Soap"}, {"Milk"}, {"Of Ben"}]
    assert without_list == {"Milk"}
    # Never all todos: the address may be known to others.
    assert after == [set(), set(), set()]


async def test_ids_of_others_show_nothing_and_tell_nothing(
    builder: ListBuilder, world: World
) -> None:
    ana, ben = await world.user("Ana"), await world.user("Ben")
    shared = await builder.make_list({ana: OWNER, ben: EDITOR})
    private = await builder.make_list({ben: OWNER})
    label = await builder.make_label(private, "secret")
    await add_todo(builder, ben, private, title="Plan", labels=[label], assignees=[ben.user_id])
    on_shared = await add_todo(builder, ben, shared, title="Milk")
    of_ben = await _label_own(world, ben, "mine", on_shared)
    stranger = await world.user("Chidi")

    answers = []
    for field, chosen in (
        ("labels", label),
        ("labels", of_ben),
        ("labels", new_id()),
        ("assignees", stranger.user_id),
        ("assignees", new_id()),
    ):
        made = await make_feed(builder, ana, filter=NONE_SET | {field: [chosen]})
        answer = await read_feed(builder, made)
        answers.append((answer.status_code, answer.content))
        assert made["filter"] == NONE_SET | {field: [chosen]}

    assert {status for status, _ in answers} == {200}
    assert len({content for _, content in answers}) == 1
    assert b"VTODO" not in answers[0][1]
    assert await _shown(builder, ana, labels=[label, "none"]) == {"Milk"}


@pytest.mark.parametrize(
    ("chosen", "field"),
    [
        ({"labels": ["none"] * (MAX_CHOICES + 1)}, "filter.labels"),
        ({"labels": ["mine"]}, "filter.labels.0"),
        ({"assignees": ["' OR 1=1"]}, "filter.assignees.0"),
        ({"assignees": [new_id()] * (MAX_CHOICES + 1)}, "filter.assignees"),
        ({"priorities": [6]}, "filter.priorities.0"),
        ({"priorities": [True]}, "filter.priorities.0"),
        ({"text": "x" * 201}, "filter.text"),
        ({"text": "a b c d e f g h i j k"}, "filter.text"),
        ({"text": 5}, "filter.text"),
        ({"due": "today"}, "filter.due"),
        ({"due": True}, "filter.due"),
        ({"statuses": ["cancelled"]}, "filter.statuses.0"),
        ({"labels": None}, "filter.labels"),
        ({"sort": "due"}, "filter.sort"),
    ],
)
async def test_what_is_no_filter_is_refused(
    builder: ListBuilder, world: World, chosen: dict[str, Any], field: str
) -> None:
    ana = await world.user("Ana")

    answer = await builder.request(
        ana, "POST", FEEDS, {"name": "Phone", "filter": NONE_SET | chosen}
    )
    listed = await builder.request(ana, "GET", FEEDS)

    assert answer.status_code == 422, answer.text
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert listed.json()["items"] == []


async def test_a_list_of_ten_thousand_todos_is_filtered_in_the_database(
    builder: ListBuilder, world: World
) -> None:
    ana = await world.user("Ana")
    list_id = await builder.make_list({ana: OWNER})
    await builder.insert_todos(list_id, 9_999)
    await add_todo(builder, ana, list_id, title="Milk", assignees=[ana.user_id])
    feed = await make_feed(builder, ana, filter=NONE_SET | {"assignees": [ana.user_id]})

    async with recorded_statements(builder.served) as statements:
        answer = await builder.client.get(path_of(feed))

    assert answer.text.count("BEGIN:VTODO") == 1
    assert len(statements) == 2
