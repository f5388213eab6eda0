"""Who is told that one edit went over another: both, once, and nobody about themselves."""

from typing import Any

from tests.web.conftest import Js

SOURCE = """
const { Overwrites } = await load('store/overwrites.js');
const { overwriteWords } = await load('words/overwrites.js');
const overwrites = new Overwrites();
const edit = (id, fields, { overwrote = null, own = null } = {}) => overwrites.hear(
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
        told.push(overwriteWords(told[0][0]));
        """,
    )

    value = {"date": "2026-12-24"}
    assert told == [
        {"whose": "theirs", "todoId": "t1", "field": "due", "value": value, "name": "BEN"},
        {
            "words": "BEN had changed the due date meanwhile. Yours was kept.",
            "action": "Use theirs",
        },
    ]


async def test_whoever_was_written_over_is_told_by_whom(js: Js) -> None:
    told = await said(
        js,
        """
        edit('me', { title: 'Mine' });
        told.push(edit('ben', { title: 'His' }, { overwrote: { title: 'Mine' } }));
        told.push(overwriteWords(told[0][0]));
        """,
    )

    assert told == [
        {"whose": "mine", "todoId": "t1", "field": "title", "value": "Mine", "name": "BEN"},
        {"words": "BEN changed the title without having seen yours.", "action": "Use mine"},
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
        told.push(overwrites.hear({ event: 'todo.created', data: {} }, { me: 'me', own: null }));
        """,
    )

    assert told == []
