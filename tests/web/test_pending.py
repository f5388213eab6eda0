"""Pending writes: shown at once, settled silently, taken back exactly; and the outbox that sends."""

from typing import Any

import pytest

from tests.web.conftest import Js
from tests.web.test_reducer import BEGIN, LIST, LIST_SNAPSHOT, START, TODO, frame

NOW = "2026-11-21T12:00:00.000000Z"
PENDING = BEGIN + "const P = await load('sync/pending.js');"


def mutation(kind: str, **fields: Any) -> dict[str, Any]:
    return {
        "key": f"k-{kind}",
        "kind": kind,
        "at": NOW,
        "list_id": LIST,
        "todo_id": TODO["id"],
        **fields,
    }


ADD = mutation("todo.add", temp_id="new:1", fields={"title": "Find boxes"})
# kind: (mutation, path, what is shown there)
EFFECTS: dict[str, tuple[dict[str, Any], str, Any]] = {
    "todo.add": (ADD, f"contents.{LIST}.todos.new:1.title", "Find boxes"),
    "todo.edit": (
        mutation("todo.edit", changes={"title": "Call"}),
        f"contents.{LIST}.todos.{TODO['id']}.title", "Call",
    ),
    "todo.complete": (mutation("todo.complete"), f"contents.{LIST}.todos.{TODO['id']}.status", "completed"),
    "todo.skip": (mutation("todo.skip"), f"contents.{LIST}.todos.{TODO['id']}.ending", "skipped"),
    "todo.reopen": (
        mutation("todo.reopen", before={"status": "in_progress"}),
        f"contents.{LIST}.todos.{TODO['id']}.status", "in_progress",
    ),
    "todo.delete": (mutation("todo.delete"), f"contents.{LIST}.todos.{TODO['id']}", None),
    "todo.restore": (
        mutation("todo.restore", todos=[{**TODO, "id": "gone"}]),
        f"contents.{LIST}.todos.gone.title", TODO["title"],
    ),
    "todo.move": (mutation("todo.move"), f"contents.{LIST}.todos.{TODO['id']}.list_id", LIST),
    "comment.add": (
        mutation("comment.add", temp_id="new:2", body="Yes"),
        f"contents.{LIST}.comments.{TODO['id']}.byId.new:2.body", "Yes",
    ),
    "comment.edit": (
        mutation("comment.edit", comment_id=START["comments"][0]["id"], body="No"),
        f"contents.{LIST}.comments.{TODO['id']}.byId.{START['comments'][0]['id']}.body", "No",
    ),
    "comment.delete": (
        mutation("comment.delete", comment_id=START["comments"][0]["id"]),
        f"contents.{LIST}.comments.{TODO['id']}.byId.{START['comments'][0]['id']}", None,
    ),
    "label.add": (
        mutation("label.add", temp_id="new:3", fields={"name": "buy", "colour": "red"}),
        f"contents.{LIST}.labels.new:3.name", "buy",
    ),
    "list.edit": (mutation("list.edit", changes={"name": "Flat"}), f"lists.{LIST}.name", "Flat"),
    "reminder.add": (
        mutation("reminder.add", temp_id="new:4", fields={"minutes_before": 10}),
        "reminders.new:4.minutes_before", 10,
    ),
    "reminder.snooze": (
        mutation("reminder.snooze", reminder_id=START["account"]["reminders"][0]["id"], until=NOW),
        f"reminders.{START['account']['reminders'][0]['id']}.fires_at", NOW,
    ),
    "reminder.delete": (
        mutation("reminder.delete", reminder_id=START["account"]["reminders"][0]["id"]),
        f"reminders.{START['account']['reminders'][0]['id']}", None,
    ),
    "notification.read": (
        mutation("notification.read", through=START["account"]["notifications"]["items"][0]["id"]),
        "notifications.unread", 0,
    ),
}  # fmt: skip


async def test_every_kind_of_write_has_an_effect_a_request_and_a_trial_here(js: Js) -> None:
    effects, requests = await js("""
      const { EFFECTS } = await load('sync/pending.js'); const { REQUESTS } = await load('sync/requests.js');
      return [Object.keys(EFFECTS), Object.keys(REQUESTS)];
    """)

    assert set(effects) == set(requests) == set(EFFECTS)


@pytest.mark.parametrize("kind", sorted(EFFECTS))
async def test_a_pending_write_shows_at_once_and_leaves_the_confirmed_state_alone(
    js: Js, kind: str
) -> None:
    change, path, expected = EFFECTS[kind]

    shown, untouched = await js(
        PENDING + """
        const before = JSON.stringify(state);
        const shown = P.replay(state, [input.change]);
        const at = input.path.split('.').reduce((value, name) => value?.[name] ?? null, shown);
        return [at, JSON.stringify(state) === before];
        """,
        {"start": START, "change": change, "path": path},
    )  # fmt: skip

    assert shown == expected
    assert untouched


async def test_a_write_whose_todo_is_gone_shows_nothing_and_breaks_nothing(js: Js) -> None:
    kinds = ("todo.edit", "todo.complete", "todo.delete", "todo.move")
    changes = [{**EFFECTS[kind][0], "todo_id": "nowhere"} for kind in kinds]

    shown = await js(
        PENDING + "return P.replay(state, input.changes).contents[input.start.list_id].todos",
        {
            "start": START,
            "changes": changes,
        },
    )

    assert list(shown) == [TODO["id"]]


async def test_a_series_wished_for_where_the_date_is_gone_is_none_yet(js: Js) -> None:
    wish = {"rule": "FREQ=DAILY", "anchor": {"date": "2026-12-01"}}
    gone = frame("todo.edited", {"todo": {**TODO, "due": None}, "changed": ["due"]})

    shown = await js(
        PENDING + """
        const after = P.replay(R.reduce(state, input.gone), [input.change]);
        return after.contents[input.change.list_id].todos[input.change.todo_id].repeat;
        """,
        {"start": START, "gone": gone, "change": mutation("todo.edit", changes={"repeat": wish})},
    )  # fmt: skip

    assert shown is None


async def test_a_write_settles_at_its_event_or_at_its_position_whichever_comes_first(
    js: Js,
) -> None:
    found = await js(
        """
        const { isSettled } = await load('sync/pending.js');
        const streams = { a: { epoch: 'e1', seq: 5 } };
        const edit = { key: 'k', kind: 'todo.edit' };
        const at = (list, epoch, seq) => ({ ...edit, positions: [{ list, epoch, seq }] });
        return [
          isSettled(edit, streams, new Set()), isSettled(edit, streams, new Set(['k'])),
          isSettled(at('a', 'e1', 6), streams, new Set()), isSettled(at('a', 'e1', 5), streams, new Set()),
          isSettled(at('b', 'e1', 99), streams, new Set()), isSettled(at('a', 'e0', 99), streams, new Set()),
          isSettled({ key: 'k', kind: 'todo.move' }, streams, new Set(['k'])),
        ];
        """
    )

    waiting, by_event, ahead, reached, unfollowed, other_epoch, half_moved = found
    assert (waiting, by_event) == (False, True)
    assert (ahead, reached) == (False, True)
    assert (unfollowed, other_epoch) == (True, True)
    assert half_moved is False, "a move has events in two streams: one of them is not the whole"


async def test_our_own_echo_takes_the_place_of_the_provisional_todo_without_a_double(
    js: Js,
) -> None:
    created = {
        **frame("todo.created", {"todo": {**TODO, "id": "real", "title": "Find boxes"}}),
        "mutation": ADD["key"],
    }

    found = await js(
        """
        const { Store } = await load('store/store.js');
        const store = new Store();
        store.takeAccount(input.start.account); store.takeList(input.start.list);
        store.addPending(input.add);
        const changes = { title: 'Find 40 boxes' };
        store.addPending({ key: 'k2', kind: 'todo.edit', at: input.add.at, todo_id: 'new:1', changes });
        const todos = () => Object.values(store.shown.contents[input.start.list_id].todos);
        const titles = () => todos().map(({ title }) => title);
        const before = titles();
        store.applyFrames([input.created]);
        const pending = store.pending.map(({ key, todo_id }) => [key, todo_id]);
        return [before, titles(), pending, store.realId('new:1')];
        """,
        {"start": START, "add": ADD, "created": created},
    )

    before, after, pending, real = found
    assert before == after == ["Book the movers", "Find 40 boxes"]
    assert pending == [["k2", "real"]], "the later edit follows its todo to the real id"
    assert real == "real"


async def test_between_its_answer_and_its_event_a_new_todo_is_known_by_its_real_id(js: Js) -> None:
    real = {**TODO, "id": "real", "title": "Find boxes"}
    created = {**frame("todo.created", {"todo": real}), "mutation": ADD["key"]}

    found = await js(
        """
        const { Store } = await load('store/store.js');
        const store = new Store();
        store.takeAccount(input.start.account); store.takeList(input.start.list);
        store.addPending(input.add);
        const ids = () => Object.keys(store.shown.contents[input.start.list_id].todos).slice(1);
        const steps = [ids()];
        store.rename('new:1', 'real');
        steps.push(ids());
        store.answered(input.add.key, [{ list: input.start.list_id, epoch: 'e1', seq: 1 }]);
        steps.push(ids());
        store.applyFrames([input.created]);
        return [...steps, ids(), store.pending.length];
        """,
        {"start": START, "add": ADD, "created": created},
    )

    assert found == [["new:1"], ["real"], ["real"], ["real"], 0]


async def test_a_foreign_event_does_not_undo_what_i_just_did(js: Js) -> None:
    theirs = frame(
        "todo.edited",
        {"todo": {**TODO, "notes": "by Ben"}, "changed": ["notes"], "overwrote": None},
    )

    found = await js(
        """
        const { Store } = await load('store/store.js');
        const store = new Store();
        store.takeAccount(input.start.account); store.takeList(input.start.list);
        store.addPending(input.edit); store.applyFrames([input.theirs]);
        const { title, notes } = store.shown.contents[input.start.list_id].todos[input.start.todo_id];
        store.dropPending(new Set([input.edit.key]));
        return [title, notes, store.shown.contents[input.start.list_id].todos[input.start.todo_id].title];
        """,
        {"start": START, "edit": EFFECTS["todo.edit"][0], "theirs": theirs},
    )

    assert found == ["Call", "by Ben", TODO["title"]], (
        "mine over theirs; a refusal takes back mine alone"
    )


OUTBOX = """
  const { Outbox } = await load('sync/outbox.js');
  const { Refused, Unreachable } = await load('sync/api.js');
  const disk = new Map((input.kept ?? []).map((mutation) => [mutation.key, mutation]));
  const storage = {
    all: async () => [...disk.values()],
    put: async (mutation) => { disk.set(mutation.key, mutation); },
    settle: async (key, changed) => { disk.delete(key); for (const one of changed) disk.set(one.key, one); },
  };
  const sent = []; const refused = []; const waits = []; let answers = []; let down = false;
  let later = null;
  const outbox = new Outbox({
    storage, random: () => 1,
    send: async (mutation) => {
      if (down) throw new Unreachable();
      sent.push(structuredClone(mutation));
      const answer = answers.shift() ?? { body: null };
      if (answer instanceof Error) throw answer;
      return answer;
    },
    onAnswered: () => {}, onRenamed: () => {}, onChange: () => {},
    onRefused: (mutation, error, doomed) => refused.push(doomed.map(({ key }) => key)),
    later: (work, ms) => { waits.push(ms); later = work; },
  });
"""


async def test_the_outbox_sends_in_order_and_keeps_on_disk_only_what_is_unsent(js: Js) -> None:
    sent, left = await js(
        OUTBOX + """
        await Promise.all(['a', 'b', 'c'].map((key) => outbox.add({ key, kind: 'todo.edit' })));
        await outbox.flush();
        return [sent.map(({ key }) => key), [...disk.keys()]];
        """,
        {},
    )  # fmt: skip

    assert sent == ["a", "b", "c"]
    assert left == []


async def test_the_outbox_waits_out_a_dead_network_and_sends_the_same_key_again(js: Js) -> None:
    sent, waits, kept, after = await js(
        OUTBOX
        + """
        answers = [new Unreachable(), new Unreachable(7)];
        await outbox.add({ key: 'a', kind: 'todo.edit' }); await outbox.flush();
        await outbox.add({ key: 'b', kind: 'todo.edit' }); await outbox.flush();
        const kept = [...disk.keys()];
        await later(); await outbox.flush();
        return [sent.map(({ key }) => key), waits, kept, [...disk.keys()]];
        """,
        {},
    )

    assert set(sent[:-1]) == {"a"}, "b never overtakes a"
    assert sent[-1] == "b"
    assert 7000 in waits, "the server said when to come back"
    assert kept == ["a", "b"]
    assert after == []


async def test_writes_of_an_earlier_visit_are_sent_first_and_once(js: Js) -> None:
    sent = await js(
        OUTBOX + """
        await outbox.restore();
        await outbox.add({ key: 'new', kind: 'todo.edit' });
        await outbox.flush();
        return sent.map(({ key }) => key);
        """,
        {"kept": [{"key": "old-1", "kind": "todo.edit"}, {"key": "old-2", "kind": "todo.edit"}]},
    )  # fmt: skip

    assert sent == ["old-1", "old-2", "new"]


async def test_what_was_built_on_a_new_todo_is_sent_with_its_real_id(js: Js) -> None:
    sent, on_disk = await js(
        OUTBOX
        + """
        down = true;
        await outbox.add({ key: 'a', kind: 'todo.add', temp_id: 'new:1', fields: { title: 'x' } });
        await outbox.add({ key: 'b', kind: 'todo.edit', todo_id: 'new:1', changes: { labels: ['new:1'] } });
        await outbox.add({ key: 'c', kind: 'todo.add', temp_id: 'new:2', fields: { parent_id: 'new:1' } });
        await outbox.flush(); down = false;
        answers = [{ body: { id: 'real' } }, { body: null }, new Unreachable()];
        await outbox.flush();
        return [sent[1], disk.get('c').fields.parent_id];
        """,
        {},
    )

    assert sent["todo_id"] == "real"
    assert sent["changes"] == {"labels": ["real"]}
    assert on_disk == "real", "a reload before the send must not bring the provisional id back"


async def test_a_refused_creation_takes_along_what_was_built_on_it_and_nothing_else(js: Js) -> None:
    refused, sent = await js(
        OUTBOX
        + """
        down = true;
        await outbox.add({ key: 'a', kind: 'todo.add', temp_id: 'new:1', fields: {} });
        await outbox.add({ key: 'b', kind: 'todo.complete', todo_id: 'new:1' });
        await outbox.add({ key: 'c', kind: 'todo.complete', todo_id: 'other' });
        await outbox.flush(); down = false;
        answers = [new Refused(403, { detail: 'no' })];
        await outbox.flush();
        return [refused, sent.map(({ key }) => key)];
        """,
        {},
    )

    assert refused == [["a", "b"]]
    assert sent == ["a", "c"]


async def test_a_list_keeps_its_snapshot_position_when_pages_are_joined(js: Js) -> None:
    seq = await js(
        BEGIN + "return state.streams[input.start.list_id]", {"start": START},
    )  # fmt: skip

    assert seq == {"epoch": "e1", "seq": LIST_SNAPSHOT["stream"]["seq"]}
