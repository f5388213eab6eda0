"""What the client makes of todos that repeat: words, and what shows until the server has answered."""

from typing import Any

import pytest

from tests.web.conftest import Js

ON_THURSDAY = {"date": "2026-12-31"}


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("FREQ=DAILY", "every day"),
        ("FREQ=DAILY;INTERVAL=2", "every second day"),
        ("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", "every weekday"),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=TU", "every second Tuesday"),
        ("FREQ=WEEKLY;INTERVAL=3;BYDAY=MO,FR", "every 3 weeks on Monday and Friday"),
        ("FREQ=WEEKLY", "every Thursday"),
        ("FREQ=MONTHLY;BYMONTHDAY=-1", "on the last day of every month"),
        ("FREQ=MONTHLY", "on the 31st (or the last day) of every month"),
        ("FREQ=MONTHLY;BYMONTHDAY=1,15", "on the 1st and 15th of every month"),
        ("FREQ=MONTHLY;INTERVAL=2;BYDAY=2TU", "on the second Tuesday of every second month"),
        ("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", "on the last weekday of every month"),
        ("FREQ=YEARLY", "every year on 31 December"),
        ("FREQ=YEARLY;BYMONTH=11;BYDAY=4TH", "every year, on the fourth Thursday of November"),
        ("FREQ=DAILY;COUNT=5", "every day, 5 times"),
        ("FREQ=WEEKLY;UNTIL=20271231", "every Thursday, until 31 December 2027"),
    ],
)
async def test_rules_are_said_in_plain_words(js: Js, rule: str, words: str) -> None:
    source = """
      const { repeatText } = await load('format/repeat.js');
      return repeatText({ rule: input.rule, counts_from: 'schedule' }, input.due);
    """

    assert await js(source, {"rule": rule, "due": ON_THURSDAY}) == words


async def test_after_it_is_done_is_said_so(js: Js) -> None:
    source = """
      const { repeatText } = await load('format/repeat.js');
      return repeatText({ rule: 'FREQ=DAILY;INTERVAL=3', counts_from: 'completion' }, input);
    """

    assert await js(source, ON_THURSDAY) == "every 3 days after it is done"


PENDING = """
  const { replay } = await load('sync/pending.js');
  const { Actions } = await load('store/actions.js');
  const day = '2030-06-04';
  const todo = { id: 't', list_id: 'l', status: 'pending', due: { date: day }, due_at: null, repeat: {
    rule: 'FREQ=DAILY', counts_from: 'schedule', anchor: { date: day }, occurrence: 1, day, left: null,
  } };
  const confirmed = {
    account: { id: 'me' }, contents: { l: { todos: { t: todo } } },
    lists: { l: { id: 'l', open_count: 1 } }, reminders: {}, streams: {},
  };
  const store = {
    confirmed, pending: [], get shown() { return replay(confirmed, this.pending); }, realId: (id) => id,
    addPending(one) { this.pending.push(one); },
  };
  const actions = new Actions({ store, outbox: { add() {} } });
  const kinds = () => store.pending.map(({ kind, occurrence }) => [kind, occurrence]);
  const seen = () => {
    const { status, due, ending } = store.shown.contents.l.todos.t;
    return [status, due.date, ending ?? null];
  };
"""


async def seen_after(js: Js, source: str) -> Any:
    return await js(f"{PENDING} {source}")


async def test_a_second_tick_waits_until_the_first_is_answered(js: Js) -> None:
    source = "actions.tick('t'); actions.tick('t'); actions.skip('t'); return [kinds(), seen()];"

    kinds, seen = await seen_after(js, source)

    assert kinds == [["todo.complete", 1]]
    assert seen == ["pending", "2030-06-04", "completed"]


async def test_undo_names_the_occurrence_that_was_ticked(js: Js) -> None:
    source = "actions.tick('t'); actions.undo(); return [kinds(), seen()];"

    kinds, seen = await seen_after(js, source)

    assert kinds == [["todo.complete", 1], ["todo.reopen", 1]]
    assert seen == ["pending", "2030-06-04", None]


async def test_a_tick_that_somebody_else_was_faster_with_shows_nothing(js: Js) -> None:
    source = """
      actions.tick('t');
      todo.repeat = { ...todo.repeat, occurrence: 2 };
      return seen();
    """

    assert await seen_after(js, source) == ["pending", "2030-06-04", None]


async def test_undoing_a_new_rule_puts_the_old_one_back_with_its_anchor(js: Js) -> None:
    source = """
      const repeat = { rule: 'FREQ=WEEKLY', counts_from: 'schedule' };
      actions.editTodo('t', { due: todo.due, repeat });
      actions.undo();
      return store.pending[1].changes;
    """

    assert await seen_after(js, source) == {
        "due": {"date": "2030-06-04"},
        "repeat": {
            "rule": "FREQ=DAILY", "counts_from": "schedule", "anchor": {"date": "2030-06-04"},
        },
    }  # fmt: skip
