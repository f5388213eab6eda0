"""The earlier texts of edited comments: what is kept, who reads it, and when it is deleted."""

from typing import Any

import pytest
from sqlalchemy import func, select

from shared.accounts.profile import delete_account
from shared.tables.comments import CommentVersionRow
from tests.support.features.list_builder import (
    EDITOR,
    OWNER,
    VIEWER,
    ListBuilder,
    recorded_statements,
)
from tests.support.world_builder import World


async def _edited(builder: ListBuilder, author: Any, list_id: Any, *texts: str) -> str:
    """Add a comment with the first text, edit it to the others and return its path."""
    todo = await builder.add_todo(author, list_id)
    path = f"/todos/{todo['id']}/comments"
    comment = (await builder.request(author, "POST", path, {"body": texts[0]})).json()
    path = f"{path}/{comment['id']}"
    for text in texts[1:]:
        answer = await builder.request(author, "PATCH", path, {"body": text})
        assert answer.status_code == 200, answer.text
    return path


async def _versions(builder: ListBuilder, actor: Any, path: str) -> list[dict[str, Any]]:
    answer = await builder.request(actor, "GET", f"{path}/versions")
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def _count_rows(builder: ListBuilder) -> int:
    async with builder.resources.begin_read() as read:
        count = await read.connection.scalar(select(func.count()).select_from(CommentVersionRow))
    return int(count or 0)


async def test_readers_of_a_list_see_the_earlier_texts_and_when_they_were_written(
    builder: ListBuilder, world: World
) -> None:
    ana, vic, eve = [await world.user(name) for name in ("Ana", "Vic", "Eve")]
    home = await builder.make_list({ana: OWNER, vic: VIEWER})
    path = await _edited(builder, ana, home, "One", "Two", "Two", "Three")
    added, edited, _ = (
        event["data"]["comment"]
        for event in await builder.events(home)
        if event["event"].startswith("comment.")
    )

    async with recorded_statements(builder.served) as statements:
        versions = await _versions(builder, vic, path)

    assert versions == [
        {"body": "One", "written_at": added["created_at"]},
        {"body": "Two", "written_at": edited["edited_at"]},
    ]
    assert len(statements) == 1
    assert (await builder.request(eve, "GET", f"{path}/versions")).status_code == 404


async def test_a_comment_without_an_edit_has_no_earlier_texts(
    builder: ListBuilder, world: World
) -> None:
    ana = await world.user("Ana")
    path = await _edited(builder, ana, await builder.make_list({ana: OWNER}), "One")
    todo_path, comment_id = path.rsplit("/", 1)
    unknown = f"{todo_path}/{comment_id[::-1]}"

    assert await _versions(builder, ana, path) == []
    assert (await builder.request(ana, "GET", f"{unknown}/versions")).status_code == 404


async def test_the_newest_earlier_texts_are_kept_in_number_and_bytes(
    builder: ListBuilder, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.comments.versions.MAX_VERSIONS", 3)
    monkeypatch.setattr("shared.comments.versions.MAX_VERSIONS_BYTES", 10)
    ana = await world.user("Ana")
    home = await builder.make_list({ana: OWNER})

    many = await _edited(builder, ana, home, *"abcdef")
    large = await _edited(builder, ana, home, "\u20ac\u20ac", "five.", "fours", "now")

    assert [each["body"] for each in await _versions(builder, ana, many)] == ["c", "d", "e"]
    assert [each["body"] for each in await _versions(builder, ana, large)] == ["five.", "fours"]


async def test_earlier_texts_go_with_the_comment_and_with_the_account_of_its_author(
    builder: ListBuilder, world: World
) -> None:
    ana, ben = await world.user("Ana"), await world.user("Ben")
    home = await builder.make_list({ana: OWNER, ben: EDITOR})
    deleted = await _edited(builder, ana, home, "One", "Two")
    kept = await _edited(builder, ben, home, "Three", "Four")

    assert (await builder.request(ana, "DELETE", deleted)).status_code == 204
    after_comment = await _count_rows(builder)
    await world.run(delete_account, ben)

    assert (after_comment, await _count_rows(builder)) == (1, 0)
    assert await _versions(builder, ana, kept) == []
