"""Who is told that one edit went over another: both, once, and nobody about themselves."""

from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.support.web.fake_world import World
from tests.support.web.page_actions import row, settled, todo_named
from tests.web.conftest import Js

SOURCE = """
const { OverwriteDetector } = await load('store/overwrites.js');
const { overwriteText } = await load('format/overwrites.js');
const overwrites = new OverwriteDetector();
const reader = { zone: 'Europe/Berlin', locale: 'en-GB', now: 1795262400000 };  // Sat 21 Nov 2026
const edit = (id, fields, { overwrote = null, own = null } = {}) => overwrites.handleEvent(
  { event: 'todo.edited', actor: { id, name: id.toUpperCase() },
    data: { todo: { id: 't1', ...fields }, changed: Object.keys(fields), overwrote } },
  { me: 'me', own });
"""


async def said(js: Js, steps: str) -> Any:
    return await js(f"{SOURCE}\nconst told = [];\n{steps}\nreturn told.flat();")


async def test_whoever_wrote_over_something_unseen_is_told_whose_it_was(js: Js) -> None:
    told = await said(
        js,
        """
        edit('ben', { due: { date: '2026-12-24' } });
        const own = { changes: { due: null }, saw: { date: '2026-12-01' } };
        told.push(edit('me', { due: null }, { overwrote: { due: { date: '2026-12-24' } }, own }));
        told.push(overwriteText(told[0][0], reader));
        """,
    )

    value = {"date": "2026-12-24"}
    assert told == [
        {"author": "other", "todoId": "t1", "field": "due", "value": value, "name": "BEN"},
        {
            "text": "BEN had changed the due date meanwhile (theirs: 24 Dec). Yours was kept.",
            "action": "Use theirs",
        },
    ]


async def test_whoever_was_written_over_is_told_by_whom(js: Js) -> None:
    told = await said(
        js,
        """
        edit('me', { title: 'Mine' });
        told.push(edit('ben', { title: 'His' }, { overwrote: { title: 'Mine' } }));
        told.push(overwriteText(told[0][0], reader));
        """,
    )

    assert told == [
        {"author": "me", "todoId": "t1", "field": "title", "value": "Mine", "name": "BEN"},
        {"text": "BEN changed the title without having seen yours: “Mine”.", "action": "Use mine"},
    ]


async def test_nobody_is_told_about_what_they_saw_or_did_themselves_or_is_not_theirs(
    js: Js,
) -> None:
    told = await said(
        js,
        """
        // What was overwritten is what was seen: the events since are merely not known any more.
        told.push(edit('me', { title: 'New' }, {
          overwrote: { title: 'Old' }, own: { changes: { title: 'New' }, saw: 'Old' } }));
        // Two edits of one's own, made while offline.
        told.push(edit('me', { title: 'Newer' }, {
          overwrote: { title: 'New' }, own: { changes: { title: 'Newer' }, saw: 'Old' } }));
        // From another device of one's own.
        told.push(edit('me', { title: 'Newest' }, { overwrote: { title: 'Newer' } }));
        // Between others; and mine was gone before.
        edit('ben', { title: 'His' });
        told.push(edit('cleo', { title: 'Hers' }, { overwrote: { title: 'His' } }));
        told.push(overwrites.handleEvent({ event: 'todo.created', data: {} }, { me: 'me', own: null }));
        """,
    )

    assert told == []


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("notes", "", "empty"),
        ("title", "a " * 60, f"“{('a ' * 30).strip()}…”"),
        ("due", {"at": "2026-11-22T09:00:00", "zone": "Europe/Berlin"}, "tomorrow 9:00"),
        ("due", None, "none"),
        ("priority", 5, "urgent"),
        ("assignees", ["a", "b"], "A, B"),
        ("status", "in_progress", "in progress"),
        ("repeat", {"rule": "FREQ=WEEKLY;BYDAY=TU", "counts_from": "schedule",
                    "anchor": {"date": "2026-11-24"}}, "every Tuesday"),
    ],
)  # fmt: skip
async def test_what_is_offered_back_is_said(js: Js, field: str, value: Any, words: str) -> None:
    source = f"""{SOURCE}
      return overwriteText({{ author: 'me', name: 'Ben', ...input }}, reader, (id) => id.toUpperCase());
    """

    told = await js(source, {"field": field, "value": value})

    assert told["text"].replace(" 09:", " 9:").endswith(f" seen yours: {words}.")


async def test_the_note_goes_when_the_field_has_changed_again(page: Page, world: World) -> None:
    todo = todo_named(world, "Redirect the mail")
    await row(page, "Redirect the mail").locator(".row-open").click()
    await page.get_by_label("Title").fill("Redirect the post")
    await page.keyboard.press("Enter")
    await settled(page)
    seen = {"overwrote": {"title": "Redirect the post"}, "ended": None, "changed": ["title"]}
    for title, news in (("His", seen), ("Theirs", {**seen, "overwrote": None})):
        world.todos[todo]["title"] = title
        shape = {"todo": dict(world.todos[todo])}
        world.record(world.todos[todo]["list_id"], "todo.edited", shape | news, by="Ben Okafor")
        count = 1 if news["overwrote"] else 0
        await expect(page.get_by_text("Use mine")).to_have_count(count)
