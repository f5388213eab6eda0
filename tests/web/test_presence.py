"""Who else is here and where their hands are: shown, taken away again, and nothing moves."""

from typing import Any

from playwright.async_api import Page, expect

from tests.support.web.fake_world import World
from tests.support.web.page_actions import list_named, todo_named
from tests.web.conftest import Js

HEAR = "frame => document.querySelector('ll-app').app.live.presence.receive(frame)"
SOURCE = """
const { Presence } = await load('sync/presence.js');
const sent = [], later = [];
let now = 0, changes = 0;
const presence = new Presence({
  send: (frame) => sent.push(frame), onChange: () => { changes += 1; }, now: () => now,
  later: (work, ms) => later.push({ work, ms }),
});
const one = (id, state = {}) => ({ user: { id, name: id.toUpperCase() }, state });
const hear = (type, users, list = 'l1') => presence.receive({ type, list, users });
"""


def person(world: World, name: str) -> dict[str, Any]:
    return {"user": world.users[name], "state": {}}


async def test_frames_become_who_is_here(js: Js) -> None:
    found = await js(
        SOURCE
        + """
        presence.setVisibleList('l1');
        hear('presence', [one('a'), one('b')]);
        hear('joined', [one('b', { mood: 'calm' }), one('c')]);
        hear('left', ['a']);
        hear('joined', [one('d')], 'l2');
        const before = presence.here;
        presence.closed();
        return [before, presence.here];
        """
    )

    known = {
        "b": {"user": {"id": "b", "name": "B"}, "state": {"mood": "calm"}},
        "c": {"user": {"id": "c", "name": "C"}, "state": {}},
    }
    assert found == [{"l1": known}, {}]


async def test_hands_are_forgotten_after_a_while_with_the_person_and_with_the_change(
    js: Js,
) -> None:
    found = await js(
        SOURCE
        + """
        presence.setVisibleList('l1');
        hear('presence', [one('a'), one('b')]);
        const edit = (id, todo = 't1') => presence.receive({
          type: 'editing', list: 'l1', todo, field: 'title', user: { id, name: id } });
        const seen = [];
        const look = () => seen.push((presence.editors.t1 ?? []).map(({ user }) => user.id));
        edit('a'); edit('b'); look();
        presence.removeEditor('t1', 'a'); look();
        hear('left', ['b']); look();
        edit('a'); edit('a'); later.at(-2).work(); look();
        later.at(-1).work(); look();
        return [seen, later[0].ms];
        """
    )

    assert found == [[["a", "b"], ["b"], [], ["a"], []], 5000]


async def test_typing_is_said_every_few_seconds_and_only_to_somebody(js: Js) -> None:
    found = await js(
        SOURCE
        + """
        presence.setVisibleList('l1');
        hear('presence', [one('me')]);
        presence.edit('t1', 'title');
        hear('joined', [one('b')]);
        for (now = 0; now < 6000; now += 100) presence.edit('t1', 'title');
        presence.edit('t1', 'notes');
        presence.setVisibleList('l2'); presence.setVisibleList('l2');
        presence.subscribed('l2'); presence.setVisibleList(null);
        return sent.map(({ type, list, field, state }) => [type, list ?? field, state ?? null]);
        """
    )

    assert found == [
        ["presence", "l1", {}],
        *[["editing", "title", None]] * 3,
        ["editing", "notes", None],
        ["presence", "l1", None],
        ["presence", "l2", {}],
        ["presence", "l2", {}],
        ["presence", "l2", None],
    ]


async def test_who_is_here_is_said_in_the_header_and_hands_on_the_row_and_nothing_moves(
    page: Page, world: World
) -> None:
    house, todo = list_named(world, "House move"), todo_named(world, "Redirect the mail")
    ben, me = person(world, "Ben Okafor"), {"user": world.me, "state": {}}
    before = await page.locator(".main").inner_html()
    boxes = [await page.locator(one).bounding_box() for one in (".faces-button", ".rows")]

    await page.evaluate(HEAR, {"type": "presence", "list": house, "users": [me, ben]})
    signal = {"type": "editing", "list": house, "todo": todo, "field": "title"}
    await page.evaluate(HEAR, signal | {"user": ben["user"]})

    faces = page.locator(".faces-button")
    await expect(faces).to_have_attribute("aria-label", "3 members. Ben Okafor is here")
    await expect(faces).to_have_attribute("title", "Ben Okafor is here")
    await expect(faces.locator(".is-here")).to_have_count(1)
    row = page.locator(f"ll-todo-row[data-todo='{todo}']")
    await expect(row.locator(".editing-indicator")).to_have_text(
        "BOBen Okafor is editing the title…"
    )
    assert before != await page.locator(".main").inner_html()
    assert boxes == [await page.locator(one).bounding_box() for one in (".faces-button", ".rows")]
    await page.evaluate(HEAR, {"type": "left", "list": house, "users": [ben["user"]["id"]]})
    await expect(faces).to_have_attribute("aria-label", "3 members")
    await expect(row.locator(".editing-indicator")).to_have_count(0)
