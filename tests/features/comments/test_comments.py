"""Comments: who adds, edits and deletes them, and whom they mention."""

from typing import Any

import pytest
from sqlalchemy import insert

from shared.ids import new_id
from shared.tables.comments import CommentRow
from tests.support.features.list_builder import (
    COMMENTER,
    EDITOR,
    OWNER,
    VIEWER,
    ListBuilder,
    recorded_statements,
)
from tests.support.world_builder import World


async def _comment(builder: ListBuilder, actor: Any, todo: Any, body: str = "Hello") -> Any:
    answer = await builder.request(actor, "POST", f"/todos/{todo['id']}/comments", {"body": body})
    assert answer.status_code == 201, answer.text
    return answer.json()


async def test_a_comment_mentions_members_and_is_counted(
    builder: ListBuilder, world: World
) -> None:
    ana, cleo, eve = [await world.user(name) for name in ("Ana", "Cleo", "Eve")]
    home = await builder.make_list({ana: OWNER, cleo: COMMENTER})
    todo = await builder.add_todo(ana, home)
    body = f"@[{ana.user_id}] and @[{eve.user_id}], @[{ana.user_id}] again, @[nobody]"

    comment = await _comment(builder, cleo, todo, body)

    assert (comment["body"], comment["mentions"]) == (body, [ana.user_id])
    assert comment["author"] == {"id": cleo.user_id, "name": "Cleo", "avatar_url": None}
    event = (await builder.events(home))[-1]
    assert event["data"] == {"comment": comment, "comment_count": 1}
    after = (await builder.request(ana, "GET", f"/todos/{todo['id']}")).json()
    assert after == todo | {"comment_count": 1}


async def test_only_its_author_edits_a_comment(builder: ListBuilder, world: World) -> None:
    ana, ben = await world.user("Ana"), await world.user("Ben")
    home = await builder.make_list({ana: OWNER, ben: EDITOR})
    todo = await builder.add_todo(ana, home)
    comment = await _comment(builder, ben, todo)
    path = f"/todos/{todo['id']}/comments/{comment['id']}"

    by_owner = await builder.request(ana, "PATCH", path, {"body": "Changed"})
    by_author = await builder.request(ben, "PATCH", path, {"body": f"Hi @[{ana.user_id}]"})
    same = await builder.request(ben, "PATCH", path, {"body": f"Hi @[{ana.user_id}]"})

    assert by_owner.status_code == 403
    edited = by_author.json()
    assert (edited["mentions"], edited["edited_at"] is None) == ([ana.user_id], False)
    assert same.json() == edited
    events = await builder.events(home)
    assert [event["event"] for event in events] == [
        "todo.created",
        "comment.added",
        "comment.edited",
    ]
    assert events[-1]["data"] == {"comment": edited}


async def test_an_owner_deletes_any_comment_and_others_their_own(
    builder: ListBuilder, world: World
) -> None:
    ana, ben, cleo = [await world.user(name) for name in ("Ana", "Ben", "Cleo")]
    home = await builder.make_list({ana: OWNER, ben: EDITOR, cleo: COMMENTER})
    todo = await builder.add_todo(ana, home)
    comments = [await _comment(builder, who, todo) for who in (ana, cleo, cleo)]
    paths = [f"/todos/{todo['id']}/comments/{comment['id']}" for comment in comments]

    assert (await builder.request(ben, "DELETE", paths[1])).status_code == 403
    assert (await builder.request(cleo, "DELETE", paths[0])).status_code == 403
    assert (await builder.request(cleo, "DELETE", paths[1])).status_code == 204
    assert (await builder.request(ana, "DELETE", paths[2])).status_code == 204
    assert (await builder.request(ana, "DELETE", paths[2])).status_code == 404

    event = (await builder.events(home))[-1]
    assert event["data"] == {
        "comment_id": comments[2]["id"],
        "todo_id": todo["id"],
        "comment_count": 1,
    }
    left = (await builder.request(ana, "GET", f"/todos/{todo['id']}/comments")).json()
    assert (left["items"], left["total"]) == ([comments[0]], 1)


async def test_a_page_of_comments_is_bounded_in_bytes_and_misses_none(
    builder: ListBuilder, world: World
) -> None:
    ana = await world.user("Ana")
    todo = await builder.add_todo(ana, await builder.make_list({ana: OWNER}))
    text = "\U0001f600" * 10_000
    async with builder.resources.begin() as work:
        now, ids = work.now, sorted(new_id() for _ in range(60))
        values = {"todo_id": todo["id"], "author_id": ana.user_id, "body": text, "mentions": []}
        rows = [values | {"id": comment_id, "created_at": now} for comment_id in ids]
        await work.connection.execute(insert(CommentRow), rows)

    path, pages = f"/todos/{todo['id']}/comments?limit=100", list[Any]()
    while not pages or pages[-1]["next_cursor"]:
        cursor = f"&cursor={pages[-1]['next_cursor']}" if pages else ""
        answer = await builder.request(ana, "GET", path + cursor)
        assert len(answer.content) < 1.1 * 1024 * 1024
        pages.append(answer.json())

    assert len(pages) == 3
    assert [comment["id"] for page in pages for comment in page["items"]] == ids
    assert {page["total"] for page in pages} == {60}


async def test_a_comment_exists_under_its_own_todo_only(builder: ListBuilder, world: World) -> None:
    ana = await world.user("Ana")
    home, work = await builder.make_list({ana: OWNER}), await builder.make_list({ana: OWNER})
    todo, other = await builder.add_todo(ana, home), await builder.add_todo(ana, work)
    comment = await _comment(builder, ana, todo)

    for wrong in (other["id"], new_id()):
        path = f"/todos/{wrong}/comments/{comment['id']}"
        assert (await builder.request(ana, "PATCH", path, {"body": "x"})).status_code == 404
        assert (await builder.request(ana, "DELETE", path)).status_code == 404


async def test_viewers_read_comments_and_strangers_do_not(
    builder: ListBuilder, world: World
) -> None:
    ana, dan, eve = [await world.user(name) for name in ("Ana", "Dan", "Eve")]
    home = await builder.make_list({ana: OWNER, dan: VIEWER})
    todo = await builder.add_todo(ana, home)
    comment = await _comment(builder, ana, todo)
    path = f"/todos/{todo['id']}/comments"

    assert (await builder.request(dan, "GET", path)).json()["items"] == [comment]
    assert (await builder.request(dan, "POST", path, {"body": "x"})).status_code == 403
    assert (await builder.request(eve, "GET", path)).status_code == 404
    assert (await builder.request(eve, "POST", path, {"body": "x"})).status_code == 404


async def test_comments_come_page_by_page_oldest_first(builder: ListBuilder, world: World) -> None:
    ana = await world.user("Ana")
    home = await builder.make_list({ana: OWNER})
    todo = await builder.add_todo(ana, home)
    comments = [await _comment(builder, ana, todo, f"Number {n}") for n in range(5)]
    path = f"/todos/{todo['id']}/comments?limit=2"

    found: list[Any] = []
    cursor, more = "", True
    while more:
        async with recorded_statements(builder.served) as statements:
            page = (await builder.request(ana, "GET", path + cursor)).json()
        found.append((page["items"], page["total"]))
        cursor, more = f"&cursor={page['next_cursor']}", page["next_cursor"] is not None
        assert len(statements) == 1

    in_order = sorted(comments, key=lambda comment: str(comment["id"]))
    assert found == [(in_order[0:2], 5), (in_order[2:4], 5), (in_order[4:], 5)]


@pytest.mark.parametrize("body", ["", "   ", "x" * 10_001, "\x01", "é" + "\u0301" * 40, None, 7])
async def test_an_invalid_comment_is_refused(builder: ListBuilder, world: World, body: Any) -> None:
    ana = await world.user("Ana")
    home = await builder.make_list({ana: OWNER})
    todo = await builder.add_todo(ana, home)

    answer = await builder.request(ana, "POST", f"/todos/{todo['id']}/comments", {"body": body})

    assert answer.status_code == 422


async def test_the_number_of_comments_of_a_todo_is_limited(
    builder: ListBuilder, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana = await world.user("Ana")
    home = await builder.make_list({ana: OWNER})
    todo = await builder.add_todo(ana, home)
    monkeypatch.setattr("shared.comments.commands.MAX_COMMENTS_PER_TODO", 1)
    await _comment(builder, ana, todo)

    answer = await builder.request(ana, "POST", f"/todos/{todo['id']}/comments", {"body": "More"})

    assert (answer.status_code, answer.json()["code"]) == (409, "too_many_comments")
