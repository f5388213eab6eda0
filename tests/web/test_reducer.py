"""The reducer: every event of the contract, and the sync law in small."""

from typing import Any

import pytest

from shared.contract.events import EVENTS
from tests.support.web.fake_world import World
from tests.web.conftest import Js

NOW = "2026-11-21T12:00:00.000000Z"


def small_world() -> World:
    world = World()
    world.add_list("House", "orange")
    return world


WORLD = small_world()
ANA = WORLD.me
BEN = WORLD.users["Ben Okafor"]
HOUSE = next(iter(WORLD.lists.values()))
LIST = HOUSE["id"]
LABEL = WORLD.add_label(LIST, "call", "purple")
WORLD.add_member(LIST, "Ben Okafor")
TODO = WORLD.add_todo(LIST, "Book the movers", assignees=[BEN["id"]], labels=[LABEL["id"]])
NEW_TODO = {**TODO, "id": WORLD.new_id(), "title": "Find boxes"}
COMMENT = {
    "id": WORLD.new_id(), "todo_id": TODO["id"], "author": BEN, "body": "Done?", "mentions": [],
    "created_at": NOW, "edited_at": None,
}  # fmt: skip
INVITATION = {
    "id": WORLD.new_id(), "list_id": WORLD.new_id(), "list_name": "Cabin", "email": "a@example.org",
    "role": "editor", "invited_by": BEN, "created_at": NOW, "expires_at": NOW,
}  # fmt: skip
REMINDER = {
    "id": WORLD.new_id(), "todo_id": TODO["id"], "list_id": LIST, "at": NOW, "minutes_before": None,
    "snoozed_until": None, "fires_at": NOW, "state": "scheduled", "sent_at": None, "detail": "",
}  # fmt: skip
NOTIFICATION: dict[str, Any] = {
    "id": WORLD.new_id(), "kind": "assigned", "actor": {"id": BEN["id"], "name": BEN["name"]},
    "list_id": LIST, "todo_id": TODO["id"], "comment_id": None, "invitation_id": None,
    "list_name": None, "created_at": NOW, "read_at": None,
}  # fmt: skip
LATER_NOTIFICATION = {**NOTIFICATION, "id": WORLD.new_id(), "kind": "mentioned"}
MEMBER = {"user": BEN, "role": "viewer", "joined_at": NOW}
OTHER_LIST = {**HOUSE, "id": WORLD.new_id(), "name": "Cabin", "role": "editor", "open_count": 7}
OTHER_LIST["stream"] = {"list_id": OTHER_LIST["id"], "epoch": "e1", "seq": 5}
PLAIN = {key: value for key, value in HOUSE.items() if key != "role"}
CONTENT = f"contents.{LIST}"
THREAD = f"{CONTENT}.comments.{TODO['id']}.byId"

# event: (its data, what must be true after it as {path: value}); a path that is gone is None.
CASES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "list.created": ({"list": PLAIN}, {f"lists.{LIST}.name": "House"}),
    "list.edited": (
        {"list": {**PLAIN, "name": "Flat"}, "changed": ["name"]},
        {f"lists.{LIST}.name": "Flat", f"lists.{LIST}.role": "owner"},
    ),
    "list.deleted": ({"list_id": LIST, "deleted_at": NOW}, {f"lists.{LIST}.deleted_at": NOW}),
    "list.restored": ({"list": PLAIN}, {f"lists.{LIST}.deleted_at": None}),
    "member.added": ({"member": MEMBER}, {f"{CONTENT}.members.{BEN['id']}.role": "viewer"}),
    "member.edited": (
        {"member": {**MEMBER, "user": ANA, "role": "editor"}},
        {f"{CONTENT}.members.{ANA['id']}.role": "editor", f"lists.{LIST}.role": "editor"},
    ),
    "member.removed": (
        {"user_id": BEN["id"], "reason": "removed"},
        {f"{CONTENT}.members.{BEN['id']}": None, f"{CONTENT}.todos.{TODO['id']}.assignees": []},
    ),
    "label.created": (
        {"label": {**LABEL, "id": "01" * 13, "name": "buy"}},
        {f"{CONTENT}.labels.{'01' * 13}.name": "buy"},
    ),
    "label.edited": (
        {"label": {**LABEL, "name": "ring"}}, {f"{CONTENT}.labels.{LABEL['id']}.name": "ring"},
    ),
    "label.deleted": (
        {"label_id": LABEL["id"]},
        {f"{CONTENT}.labels.{LABEL['id']}": None, f"{CONTENT}.todos.{TODO['id']}.labels": []},
    ),
    "todo.created": (
        {"todo": NEW_TODO},
        {f"{CONTENT}.todos.{NEW_TODO['id']}.title": "Find boxes", f"lists.{LIST}.open_count": 2},
    ),
    "todo.edited": (
        {
            "todo": {**TODO, "title": "Call", "status": "completed", "completed_at": NOW},
            "changed": ["title", "status"], "overwrote": None,
        },
        {f"{CONTENT}.todos.{TODO['id']}.title": "Call", f"lists.{LIST}.open_count": 0},
    ),
    "todo.deleted": (
        {"todo_id": TODO["id"], "deleted_at": NOW},
        {f"{CONTENT}.todos.{TODO['id']}": None, f"lists.{LIST}.open_count": 0},
    ),
    "todo.restored": ({"todo": NEW_TODO}, {f"lists.{LIST}.open_count": 2}),
    "todo.purged": ({"todo_id": TODO["id"]}, {f"{CONTENT}.todos.{TODO['id']}": None}),
    "todo.moved_out": ({"todo_id": TODO["id"]}, {f"{CONTENT}.todos.{TODO['id']}": None}),
    "todo.moved_in": ({"todo": NEW_TODO}, {f"{CONTENT}.todos.{NEW_TODO['id']}.title": "Find boxes"}),
    "comment.added": (
        {"comment": {**COMMENT, "id": "02" * 13}, "comment_count": 2},
        {f"{THREAD}.{'02' * 13}.body": "Done?", f"{CONTENT}.todos.{TODO['id']}.comment_count": 2},
    ),
    "comment.edited": (
        {"comment": {**COMMENT, "body": "Done!"}}, {f"{THREAD}.{COMMENT['id']}.body": "Done!"},
    ),
    "comment.deleted": (
        {"comment_id": COMMENT["id"], "todo_id": TODO["id"], "comment_count": 0},
        {f"{THREAD}.{COMMENT['id']}": None, f"{CONTENT}.todos.{TODO['id']}.comment_count": 0},
    ),
    "account.edited": ({"account": {**WORLD.account, "name": "Ana R."}}, {"account.name": "Ana R."}),
    "account.disabled": ({}, {}),
    "session.revoked": ({"session_ids": ["03" * 13]}, {}),
    "list.added": (
        {"list": OTHER_LIST},
        {f"lists.{OTHER_LIST['id']}.open_count": 7, f"streams.{OTHER_LIST['id']}.seq": 5},
    ),
    "list.removed": (
        {"list_id": LIST, "reason": "removed"},
        {
            f"lists.{LIST}": None, CONTENT: None, f"streams.{LIST}": None,
            f"leftLists.{LIST}": {"name": "House", "reason": "removed"},
        },
    ),
    "invitation.received": (
        {"invitation": {**INVITATION, "id": "04" * 13}},
        {f"invitations.{'04' * 13}.list_name": "Cabin"},
    ),
    "invitation.closed": (
        {"invitation_id": INVITATION["id"], "reason": "accepted"},
        {f"invitations.{INVITATION['id']}": None},
    ),
    "reminder.set": (
        {"reminder": {**REMINDER, "id": "05" * 13}}, {f"reminders.{'05' * 13}.state": "scheduled"},
    ),
    "reminder.tested": (
        {"test": {"id": "06" * 13, "state": "sent", "detail": "", "at": NOW}},
        {f"reminders.{REMINDER['id']}.state": "scheduled"},
    ),
    "reminder.removed": (
        {"reminder_id": REMINDER["id"]}, {f"reminders.{REMINDER['id']}": None},
    ),
    "reminder.sent": (
        {"reminder": {**REMINDER, "state": "sent"}}, {f"reminders.{REMINDER['id']}.state": "sent"},
    ),
    "reminder.failed": (
        {"reminder": {**REMINDER, "state": "failed"}},
        {f"reminders.{REMINDER['id']}.state": "failed"},
    ),
    "reminder.missed": (
        {"reminder": {**REMINDER, "state": "missed"}},
        {f"reminders.{REMINDER['id']}.state": "missed"},
    ),
    "notification.added": (
        {"notification": {**NOTIFICATION, "id": "06" * 13}},
        {f"notifications.byId.{'06' * 13}.kind": "assigned", "notifications.unread": 4},
    ),
    "notification.read": (
        {
            "notification_ids": [], "through": NOTIFICATION["id"], "read_at": NOW, "unread_count": 1,
        },
        {
            f"notifications.byId.{NOTIFICATION['id']}.read_at": NOW,
            f"notifications.byId.{LATER_NOTIFICATION['id']}.read_at": None, "notifications.unread": 1,
        },
    ),
    "notification.removed": (
        {"notification_ids": [NOTIFICATION["id"]], "unread_count": 2},
        {f"notifications.byId.{NOTIFICATION['id']}": None, "notifications.unread": 2},
    ),
    "preferences.edited": (
        {"preferences": {
            "channels": {"commented": {"in_app": True, "mail": True, "push": True}}, "digest": True,
            "digest_hour": 7,
        }},
        {"preferences.channels.commented.mail": True},
    ),
}  # fmt: skip

PERSONAL = (
    "account.",
    "session.",
    "list.added",
    "list.removed",
    "invitation.",
    "reminder.",
    "notification.",
    "preferences.",
)

ACCOUNT_SNAPSHOT: dict[str, Any] = {
    "stream": WORLD.position(WORLD.own_stream), "account": WORLD.account,
    "lists": [WORLD.my_list(HOUSE)], "invitations": [INVITATION], "reminders": [REMINDER],
    "notifications": {"items": [LATER_NOTIFICATION, NOTIFICATION], "unread_count": 3},
    "preferences": WORLD.preferences,
}  # fmt: skip
LIST_SNAPSHOT: dict[str, Any] = {
    "stream": WORLD.position(LIST), "list": WORLD.my_list(HOUSE), "next_cursor": None,
    "members": list(WORLD.members[LIST].values()), "labels": [LABEL], "todos": [TODO],
}  # fmt: skip
START: dict[str, Any] = {
    "account": ACCOUNT_SNAPSHOT, "list": LIST_SNAPSHOT, "list_id": LIST, "todo_id": TODO["id"],
    "comments": [COMMENT],
}  # fmt: skip

BEGIN = """
  const S = await load('sync/state.js'); const R = await load('sync/reducer.js');
  let state = S.takeAccountSnapshot(S.emptyState(), input.start.account);
  state = S.takeListSnapshot(state, input.start.list);
  state = S.openComments(state, input.start.list_id, input.start.todo_id);
  state = S.takeComments(state, input.start.list_id, input.start.todo_id, input.start.comments);
"""


def frame(event: str, data: dict[str, Any], seq: int = 1) -> dict[str, Any]:
    personal = event.startswith(PERSONAL)
    return {
        "type": "event", "list": WORLD.own_stream if personal else LIST, "seq": seq, "event": event,
        "at": NOW, "actor": None, "mutation": None, "data": data,
    }  # fmt: skip


async def test_the_reducer_has_a_case_for_every_event_of_the_contract_and_no_other(js: Js) -> None:
    cases = await js("return Object.keys((await load('sync/reducer.js')).CASES)")

    assert set(cases) == set(EVENTS)


def test_every_event_of_the_contract_is_tried_here() -> None:
    assert set(CASES) == set(EVENTS)


@pytest.mark.parametrize("event", sorted(EVENTS))
async def test_an_event_makes_true_what_it_says(js: Js, event: str) -> None:
    data, truths = CASES[event]
    wire = EVENTS[event].model_validate(data).model_dump(mode="json")

    found = await js(
        BEGIN
        + """
        const before = JSON.stringify(state);
        const after = R.reduce(state, input.frame);
        const at = (path) => path.split('.').reduce((value, name) => value?.[name] ?? null, after);
        return {
          untouched: JSON.stringify(state) === before,
          cursor: after.streams[input.frame.list]?.seq ?? 'gone',
          values: Object.fromEntries(input.paths.map((path) => [path, at(path)])),
        };
        """,
        {"start": START, "frame": frame(event, wire), "paths": list(truths)},
    )

    assert found["values"] == truths
    assert found["cursor"] == 1
    assert found["untouched"], "the reducer changed the old state in place"


async def test_seen_events_change_nothing_and_events_after_a_gap_are_told_apart(js: Js) -> None:
    data = CASES["todo.created"][0]

    found = await js(
        BEGIN
        + """
        const [first, third] = input.frames;
        const one = R.reduce(state, first);
        return [R.classifyFrame(one, first), R.reduce(one, first) === one, R.classifyFrame(one, third),
                R.reduce(one, third) === one, R.classifyFrame(one, {...first, list: 'unknown'})];
        """,
        {
            "start": START,
            "frames": [frame("todo.created", data, 1), frame("todo.created", data, 3)],
        },
    )

    assert found == ["seen", True, "gap", True, "unknown"]


async def test_an_unknown_event_still_moves_the_cursor(js: Js) -> None:
    found = await js(
        BEGIN + "return R.reduce(state, input.frame).streams[input.start.list_id].seq",
        {"start": START, "frame": frame("todo.from_the_future", {})},
    )

    assert found == 1


async def test_being_removed_myself_takes_the_list_away_and_remembers_its_name(js: Js) -> None:
    removed = frame("member.removed", {"user_id": ANA["id"], "reason": "removed"})

    found = await js(
        BEGIN
        + """
        const after = R.reduce(state, input.frame);
        return [after.lists, after.contents, after.leftLists];
        """,
        {"start": START, "frame": removed},
    )

    assert found == [{}, {}, {LIST: {"name": "House", "reason": "removed"}}]


async def test_an_old_snapshot_and_the_events_since_equal_a_new_snapshot(js: Js) -> None:
    edited = {**TODO, "title": "Call", "status": "completed", "completed_at": NOW}
    frames = [
        frame("todo.created", {"todo": NEW_TODO}, 1),
        frame("todo.edited", {"todo": edited, "changed": ["title"], "overwrote": None}, 2),
        frame("label.deleted", {"label_id": LABEL["id"]}, 3),
        frame("member.removed", {"user_id": BEN["id"], "reason": "left"}, 4),
    ]
    bare: dict[str, list[str]] = {"labels": [], "assignees": []}
    new = {
        **LIST_SNAPSHOT, "stream": {"list_id": LIST, "epoch": "e1", "seq": 4}, "labels": [],
        "members": [WORLD.members[LIST][ANA["id"]]],
        "todos": [{**edited, **bare}, {**NEW_TODO, **bare}],
    }  # fmt: skip

    old, fresh = await js(
        BEGIN
        + """
        const sorted = (value) => JSON.parse(JSON.stringify(value, (key, inner) =>
          inner && typeof inner === 'object' && !Array.isArray(inner)
            ? Object.fromEntries(Object.entries(inner).sort()) : inner));
        const view = (state) => sorted([state.lists[input.start.list_id].open_count,
          { ...state.contents[input.start.list_id], comments: null }, state.streams]);
        return [view(input.frames.reduce(R.reduce, state)), view(S.takeListSnapshot(state, input.fresh))];
        """,
        {"start": START, "frames": frames, "fresh": new},
    )

    assert old == fresh


async def test_a_snapshot_of_another_epoch_drops_what_was_held(js: Js) -> None:
    rewound = {**ACCOUNT_SNAPSHOT["lists"][0], "stream": {"list_id": LIST, "epoch": "e2", "seq": 9}}

    found = await js(
        BEGIN
        + """
        const after = S.takeAccountSnapshot(state, { ...input.start.account, lists: [input.rewound] });
        return [after.contents, after.streams[input.start.list_id]];
        """,
        {"start": START, "rewound": rewound},
    )

    assert found == [{}, {"epoch": "e2", "seq": 9}]


async def test_a_comment_deleted_while_comments_were_fetched_stays_away(js: Js) -> None:
    deleted = frame("comment.deleted", CASES["comment.deleted"][0])

    found = await js(
        """
        const S = await load('sync/state.js'); const R = await load('sync/reducer.js');
        const { list_id, todo_id, comments } = input.start;
        let state = S.takeAccountSnapshot(S.emptyState(), input.start.account);
        state = S.takeListSnapshot(state, input.start.list);
        state = R.reduce(S.openComments(state, list_id, todo_id), input.frame);
        state = S.takeComments(state, list_id, todo_id, comments);
        return Object.keys(state.contents[list_id].comments[todo_id].byId);
        """,
        {"start": START, "frame": deleted},
    )

    assert found == []
