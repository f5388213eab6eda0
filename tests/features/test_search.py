"""Search in todos and comments: what is found, in which order, with which typos, and by whom."""

from dataclasses import replace
from typing import Any
from urllib.parse import quote

import pytest

from api.http import rate_limits
from shared.actor import Actor
from shared.contract.api_tokens import TokenScope
from shared.contract.share_links import LinkRole
from shared.ids import ListId
from shared.search.snippets import MAX_LENGTH
from tests.support.api_server import client_of, running_app
from tests.support.api_tokens import insert_api_token
from tests.support.features.list_builder import (
    COMMENTER,
    OWNER,
    VIEWER,
    ListBuilder,
)
from tests.support.settings import changed_settings
from tests.support.share_links import make_guest, make_link
from tests.support.world_builder import World


async def _search(builder: ListBuilder, actor: Actor, words: str, more: str = "") -> Any:
    answer = await builder.request(actor, "GET", f"/search?q={quote(words)}{more}")
    assert answer.status_code == 200, answer.text
    return answer.json()


async def _found(builder: ListBuilder, actor: Actor, words: str) -> list[tuple[str, bool]]:
    """Return the titles that are found, each with whether a comment was found."""
    items = (await _search(builder, actor, words))["items"]
    return [(item["title"], item["comment_id"] is not None) for item in items]


async def _comment(builder: ListBuilder, actor: Actor, todo: Any, body: str) -> Any:
    answer = await builder.request(actor, "POST", f"/todos/{todo['id']}/comments", {"body": body})
    assert answer.status_code == 201, answer.text
    return answer.json()


async def test_a_search_finds_todos_and_comments_open_ones_first(
    builder: ListBuilder, world: World
) -> None:
    ana, ben = await world.user("Ana"), await world.user("Ben")
    home = await builder.make_list({ana: OWNER, ben: COMMENTER})
    done = await builder.add_todo(ana, home, "Paint the FENCE", status="completed")
    door = await builder.add_todo(ana, home, "Oil the door")
    fence = await builder.add_todo(ana, home, "Mend it", description="the old fence")
    comment = await _comment(builder, ben, door, f"@[{ana.user_id}] and the  Fénce,\nplease")

    found = await _search(builder, ana, "fence")

    assert found["is_approximate"] is False
    assert [(item["todo_id"], item["comment_id"], item["status"]) for item in found["items"]] == [
        (fence["id"], None, "pending"),
        (door["id"], comment["id"], "pending"),
        (done["id"], None, "completed"),
    ]
    assert [item["snippet"] for item in found["items"]] == [None, "@… and the Fénce, please", None]
    assert await _found(builder, ben, "please fence") == [("Oil the door", True)]
    # All words must be in one text, and ids of mentions are none.
    assert await _found(builder, ana, "door fence") == []
    assert await _found(builder, ana, ana.user_id[:12]) == []


async def test_an_edited_comment_is_found_by_its_new_words_and_a_deleted_one_not_at_all(
    builder: ListBuilder, world: World
) -> None:
    ana = await world.user("Ana")
    home = await builder.make_list({ana: OWNER})
    todo = await builder.add_todo(ana, home, "Call")
    comment = await _comment(builder, ana, todo, "ask about the gutter")
    path = f"/todos/{todo['id']}/comments/{comment['id']}"

    await builder.request(ana, "PATCH", path, {"body": "ask about the chimney"})
    assert await _found(builder, ana, "gutter") == []
    assert await _found(builder, ana, "chimney") == [("Call", True)]

    await builder.request(ana, "DELETE", path)
    assert await _found(builder, ana, "chimney") == []


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("plumer", ["Call the plumber"]),
        ("plumbber", ["Call the plumber"]),
        ("plmuber", ["Call the plumber"]),
        ("plomber", ["Call the plumber"]),
        ("cal plomber", ["Call the plumber"]),
        ("plombr", []),
        ("100%s", []),
        ("zähleer", ["Zahler ablesen"]),
        ("chiney", ["Sweep"]),
    ],
)
async def test_one_typo_in_a_word_is_forgiven_if_nothing_has_the_words_as_typed(
    builder: ListBuilder, world: World, words: str, found: list[str]
) -> None:
    ana = await world.user("Ana")
    home = await builder.make_list({ana: OWNER})
    for title in ("Call the plumber", "Zahler ablesen", "100 percent"):
        await builder.add_todo(ana, home, title)
    await _comment(builder, ana, await builder.add_todo(ana, home, "Sweep"), "the chimney")

    answer = await _search(builder, ana, words)

    assert [item["title"] for item in answer["items"]] == found
    assert answer["is_approximate"] is bool(found)


async def test_what_is_like_the_words_is_left_out_where_something_has_them(
    builder: ListBuilder, world: World
) -> None:
    ana = await world.user("Ana")
    home = await builder.make_list({ana: OWNER})
    await builder.add_todo(ana, home, "Order stone")
    await builder.add_todo(ana, home, "Order store")

    answer = await _search(builder, ana, "stone")

    assert ([item["title"] for item in answer["items"]], answer["is_approximate"]) == (
        ["Order stone"],
        False,
    )


async def test_nothing_is_found_in_lists_that_the_reader_cannot_read(
    builder: ListBuilder, world: World
) -> None:
    ana, ben, eve = await world.user("Ana"), await world.user("Ben"), await world.user("Eve")
    home = await builder.make_list({ana: OWNER, ben: VIEWER})
    todo = await builder.add_todo(ana, home, "Secret fence")
    await _comment(builder, ana, todo, "the secret chimney")
    for words in ("fence", "chimney", "fenze", "chimny"):
        assert len(await _found(builder, ben, words)) == 1
        assert await _found(builder, eve, words) == []

    await builder.request(ana, "DELETE", f"/todos/{todo['id']}")
    assert await _found(builder, ben, "chimney") == []
    await builder.request(ana, "POST", f"/todos/{todo['id']}/restore")
    assert await _found(builder, ben, "chimney") == [("Secret fence", True)]

    await builder.request(ana, "DELETE", f"/lists/{home}/members/{ben.user_id}")
    assert await _found(builder, ben, "chimney") == []
    await builder.request(ana, "DELETE", f"/lists/{home}")
    assert await _found(builder, ana, "chimney") == []


async def test_what_a_search_takes_and_answers_is_bounded(
    builder: ListBuilder, world: World
) -> None:
    ana = await world.user("Ana")
    home = await builder.make_list({ana: OWNER})
    todo = await builder.add_todo(ana, home, "Books")
    for number in range(5):
        await _comment(builder, ana, todo, f"{'word ' * 200}fence {number} {'end ' * 200}")

    answer = await _search(builder, ana, "fence", "&limit=3")

    assert [item["snippet"].count("fence") for item in answer["items"]] == [1, 1, 1]
    assert all(len(item["snippet"]) <= MAX_LENGTH + 2 for item in answer["items"])
    for words, more in (("a " * 11, ""), ("a" * 201, ""), ("a", "&limit=51")):
        refused = await builder.request(ana, "GET", f"/search?q={quote(words)}{more}")
        assert refused.status_code == 422, words
    assert (await _search(builder, ana, "  "))["items"] == []


@pytest.mark.parametrize(
    ("before", "others", "found"),
    [(1_900, 0, True), (2_000, 0, False), (0, 10, True), (0, 26, False)],
)
async def test_typos_are_looked_for_in_a_bounded_number_of_characters(
    builder: ListBuilder, world: World, before: int, others: int, *, found: bool
) -> None:
    ana = await world.user("Ana")
    home = await builder.make_list({ana: OWNER})
    await builder.add_todo(ana, home, "Call", description=f"{'x' * before} plumber")
    for _ in range(others):
        await builder.add_todo(ana, home, "Note", description="number " * 300)

    assert await _found(builder, ana, "plomber") == ([("Call", False)] if found else [])


async def test_the_snippet_of_a_comment_shows_what_is_like_the_words(
    builder: ListBuilder, world: World
) -> None:
    ana = await world.user("Ana")
    home = await builder.make_list({ana: OWNER})
    todo = await builder.add_todo(ana, home, "Call")
    await _comment(builder, ana, todo, f"{'word ' * 200}the chimney {'end ' * 200}")

    [item] = (await _search(builder, ana, "chinney"))["items"]

    assert "chimney" in item["snippet"]


async def test_searches_of_an_account_are_limited(
    builder: ListBuilder, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana, ben = await world.user("Ana"), await world.user("Ben")
    monkeypatch.setattr(rate_limits, "SEARCH", replace(rate_limits.SEARCH, max_attempts=2))
    limited = changed_settings(builder.settings, rate_limits=True)

    async with running_app(limited) as app, client_of(app) as client:
        answers = [
            await client.get("/api/v1/search?q=milk", headers=builder.headers(actor))
            for actor in (ana, ana, ana, ben)
        ]

    assert [answer.status_code for answer in answers] == [200, 200, 429, 200]
    assert answers[2].json()["code"] == "rate_limited"


async def _found_by(builder: ListBuilder, headers: dict[str, str], words: str) -> set[str]:
    """Return the ids of the todos and comments that the holder of a token finds."""
    answer = await builder.client.get(f"/api/v1/search?q={quote(words)}", headers=headers)
    assert answer.status_code == 200, answer.text
    return {item["comment_id"] or item["todo_id"] for item in answer.json()["items"]}


@pytest.mark.parametrize("words", ["fence", "fenze"])
async def test_a_guest_finds_the_todos_and_comments_of_the_shared_list_alone(
    builder: ListBuilder, world: World, words: str
) -> None:
    ana = await world.user("Ana")
    shared = await builder.make_list({ana: OWNER})
    own = await builder.make_list({ana: OWNER})
    link = await make_link(world.resources, ana, shared, LinkRole.VIEWER)
    guest = await make_guest(world.resources, link)
    seen = await builder.add_todo(ana, shared, "Paint the fence")
    said = await _comment(builder, ana, seen, "the fence is old")
    hidden = await builder.add_todo(ana, own, "Mend the fence")
    await _comment(builder, ana, hidden, "another fence")
    trashed = await builder.add_todo(ana, shared, "Sell the fence")
    await _comment(builder, ana, trashed, "a fence for sale")
    await builder.request(ana, "DELETE", f"/todos/{trashed['id']}")

    assert await _found_by(builder, guest.headers, words) == {seen["id"], said["id"]}

    await builder.request(ana, "DELETE", f"/lists/{shared}/links/{link.id}")
    ended = await builder.client.get("/api/v1/search?q=fence", headers=guest.headers)
    assert (ended.status_code, "fence" in ended.text) == (401, False)


async def test_names_of_members_lists_and_labels_are_not_searched(
    builder: ListBuilder, world: World
) -> None:
    ana = await world.user("Fenella")
    home = await builder.make_list({ana: OWNER})
    guest = await make_guest(world.resources, await make_link(world.resources, ana, home))
    token = await insert_api_token(world.resources, ana, TokenScope.READ)
    label = await builder.make_label(home, "Fencing")
    personal = await builder.request(ana, "POST", "/personal-labels", {"name": "Fenland"})
    todo = await builder.add_todo(ana, home, "Paint", labels=[label], assignees=[ana.user_id])
    labelling = {"todo_id": todo["id"], "personal_labels": [personal.json()["id"]]}
    labelled = await builder.request(ana, "PATCH", "/labelled-todos", {"todos": [labelling]})
    assert labelled.status_code == 200, labelled.text
    await _comment(builder, ana, todo, f"@[{ana.user_id}] please")

    for headers in (builder.headers(ana), guest.headers, token.headers):
        for words in ("Fenella", "Fencing", "Fenland", ana.user_id):
            assert await _found_by(builder, headers, words) == set()


@pytest.mark.parametrize("words", ["fence", "fenze"])
@pytest.mark.parametrize("scope", [TokenScope.READ, TokenScope.WRITE])
async def test_a_token_finds_what_is_in_its_lists_alone(
    builder: ListBuilder, world: World, words: str, scope: TokenScope
) -> None:
    ana = await world.user("Ana")
    first, second = await builder.make_list({ana: OWNER}), await builder.make_list({ana: OWNER})
    ids = {}
    for list_id in (first, second):
        todo = await builder.add_todo(ana, list_id, "Paint the fence")
        ids[list_id] = {todo["id"], (await _comment(builder, ana, todo, "old fence"))["id"]}

    async def found_in(*lists: ListId) -> set[str]:
        token = await insert_api_token(world.resources, ana, scope, lists=lists)
        return await _found_by(builder, token.headers, words)

    assert await found_in(first) == ids[first]
    assert await found_in(first, second) == ids[first] | ids[second]
    of_all = await insert_api_token(world.resources, ana, scope)
    assert await _found_by(builder, of_all.headers, words) == ids[first] | ids[second]
