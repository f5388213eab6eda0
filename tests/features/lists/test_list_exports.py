"""Exports of a list and of all lists: who gets them, what is in them, and in which order."""

import csv
import io
from dataclasses import asdict
from datetime import date
from typing import Any

import httpx
import orjson
import pytest
from sqlalchemy import String, insert

from api.http.large_answers import LargeAnswers
from api.routes.lists.list_exports import HELD_BYTES, file_name
from shared.accounts.authentication.access_tokens import make_access_token
from shared.actor import Actor
from shared.attachments.archives import member_path
from shared.attachments.rules import MAX_ATTACHMENTS_PER_TODO
from shared.contract.shapes import DueDate, DueTime, Role, TodoStatus
from shared.errors import RateLimited
from shared.ids import FolderId, ListId, TodoId, UserId, new_id
from shared.labels.commands import create_label
from shared.list_exports import reading
from shared.list_exports.csv_encoder import cell
from shared.list_exports.reading import ExportedFile
from shared.lists.commands import create_inbox
from shared.lists.placement import PlacementEdit, create_folder, place_list
from shared.resources import Resources
from shared.tables.details.attachments import AttachmentRow
from shared.tables.todos import TodoRow
from shared.todos.commands.create import create_todo
from shared.todos.commands.trash import delete_todo
from shared.todos.rules.todo_edits import NewTodo, Placement
from tests.support.api_tokens import insert_api_token
from tests.support.attachments import insert_attachment
from tests.support.world_builder import World


def headers(resources: Resources, user: Actor) -> dict[str, str]:
    now = resources.clock.now()
    token, _ = make_access_token(resources.settings, user.user_id, user.session_id, now)
    return {"Authorization": f"Bearer {token}"}


async def add(world: World, user: Actor, list_id: ListId, **fields: Any) -> TodoId:
    todo = await world.run(create_todo, user, list_id, NewTodo(**fields), Placement())
    return TodoId(todo.id)


@pytest.fixture
async def ana(world: World) -> Actor:
    return await world.user("Ana")


async def export(client: httpx.AsyncClient, world: World, user: Actor, path: str) -> httpx.Response:
    answer = await client.get(f"/api/v1{path}", headers=headers(world.resources, user))
    assert answer.status_code == 200, answer.text
    return answer


async def test_an_export_has_every_field_and_subtasks_after_their_todo(
    client: httpx.AsyncClient, world: World, ana: Actor
) -> None:
    ben = await world.user("Ben")
    list_id = await world.list(ana, (ben, Role.VIEWER), name="Trip: Wien & back")
    label = await world.run(create_label, ana, list_id, "Rail")
    first = await add(
        world, ana, list_id, title="Train", description="Two\nlines", priority=3,
        due=DueTime(at="2026-12-24T09:00:00", zone="Europe/Vienna"), labels=[label.id],
        assignees=[ben.user_id], metadata={"seat": 7},
    )  # fmt: skip
    await add(world, ana, list_id, title="Hotel", status=TodoStatus.COMPLETED)
    await insert_attachment(world.resources, ana, first)
    folder = await world.run(create_folder, ben, "Ben's own")
    into = PlacementEdit(changes_folder=True, folder_id=FolderId(folder.id))
    await world.run(place_list, ben, list_id, into)
    await add(
        world, ana, list_id, title="Seats", parent_id=first, due=DueDate(date=date(2026, 12, 1))
    )
    gone = await add(world, ana, list_id, title="In the trash")
    await world.run(delete_todo, ana, gone)

    answer = await export(client, world, ben, f"/lists/{list_id}/export")

    assert answer.headers["Content-Type"] == "application/json"
    disposition = answer.headers["Content-Disposition"]
    assert disposition.startswith('attachment; filename="livelist-trip-wien-back-20')
    assert answer.headers["Cache-Control"] == "no-store"
    document = orjson.loads(answer.content)
    assert document["format"] == "livelist-lists/1"
    (exported,) = document["lists"]
    assert exported["labels"] == [{"name": "Rail", "colour": "grey"}]
    train, seats, hotel = exported["todos"]
    assert [train["title"], seats["title"], hotel["title"]] == ["Train", "Seats", "Hotel"]
    assert (seats["parent_id"], seats["due"]) == (first, {"date": "2026-12-01"})
    assert train["due"] == {"at": "2026-12-24T09:00:00", "zone": "Europe/Vienna"}
    assert (train["labels"], train["metadata"]) == (["Rail"], {"seat": 7})
    assert train["assignees"] == [{"id": ben.user_id, "name": "Ben"}]
    assert hotel["completed_at"] is not None
    (file,) = train["attachments"]
    assert sorted(file) == ["media_type", "name", "size_bytes"]
    assert (seats["attachments"], exported["folder"]) == ([], "Ben's own")


async def test_csv_holds_no_formula_and_no_control_character(
    client: httpx.AsyncClient, world: World, ana: Actor
) -> None:
    list_id = await world.list(ana, name="=1+1")
    titles = ["=HYPERLINK(1)", "+1", "-1", "@SUM(1)", "a,b", 'say "hi"', "plain"]
    for title in titles:
        await add(world, ana, list_id, title=title, description="\t=1")

    answer = await export(client, world, ana, f"/lists/{list_id}/export?format=csv")

    assert answer.headers["Content-Type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(answer.text, newline="")))
    assert [row["title"] for row in rows] == [
        "'=HYPERLINK(1)", "'+1", "'-1", "'@SUM(1)", "a,b", 'say "hi"', "plain",
    ]  # fmt: skip
    assert {row["list"] for row in rows} == {"'=1+1"}
    cells = [cell for row in rows for cell in row.values()]
    assert [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))] == []


def test_a_cell_begins_no_formula_after_a_line_break_or_in_full_width() -> None:
    for text in ("\n=1+1", "＝1+1", "＋1", "－1", "＠SUM(1)"):
        assert cell(text) == "'" + text


async def test_markdown_indents_subtasks_and_escapes_texts(
    client: httpx.AsyncClient, world: World, ana: Actor
) -> None:
    list_id = await world.list(ana, name="Home")
    parent = await add(world, ana, list_id, title="Paint *the* [wall]", description="# twice")
    await add(world, ana, list_id, title="Buy", parent_id=parent, status=TodoStatus.COMPLETED)

    answer = await export(client, world, ana, f"/lists/{list_id}/export?format=markdown")

    assert answer.text == (
        "# Home\n\n- [ ] Paint \\*the\\* \\[wall\\]\n  \\# twice\n  - [x] Buy\n\n"
    )


async def test_all_lists_are_those_that_the_caller_may_read(
    client: httpx.AsyncClient, world: World, ana: Actor
) -> None:
    ben = await world.user("Ben")
    await world.list(ana, name="Own")
    await world.list(ben, (ana, Role.VIEWER), name="Shared")
    foreign = await world.list(ben, name="Foreign")

    answer = await export(client, world, ana, "/users/me/list-export")
    refused = await client.get(
        f"/api/v1/lists/{foreign}/export", headers=headers(world.resources, ana)
    )

    names = [exported["name"] for exported in orjson.loads(answer.content)["lists"]]
    assert sorted(names) == ["Own", "Shared"]
    assert refused.status_code == 404


async def test_an_api_token_of_some_lists_learns_no_folder(
    client: httpx.AsyncClient, world: World, ana: Actor
) -> None:
    list_id = await world.list(ana)
    folder = await world.run(create_folder, ana, "Divorce")
    into = PlacementEdit(changes_folder=True, folder_id=FolderId(folder.id))
    await world.run(place_list, ana, list_id, into)
    limited = await insert_api_token(world.resources, ana, lists=(list_id,))
    unlimited = await insert_api_token(world.resources, ana)

    for path in ("/users/me/list-export", f"/lists/{list_id}/export"):
        folders = []
        for token in (limited, unlimited):
            answer = await client.get(f"/api/v1{path}", headers=token.headers)
            (exported,) = orjson.loads(answer.content)["lists"]
            folders.append(exported["folder"])

        assert folders == [None, "Divorce"]


async def test_todos_with_many_files_are_read_in_small_batches(world: World, ana: Actor) -> None:
    list_id = await world.list(ana)
    now = world.resources.clock.now()
    rows = [
        {"id": new_id(), "list_id": list_id, "title": "Trip", "rank": f"a{number:04}",
         "created_at": now, "updated_at": now, "attachment_count": MAX_ATTACHMENTS_PER_TODO}
        for number in range(40)
    ]  # fmt: skip
    async with world.resources.begin() as work:
        await work.connection.execute(insert(TodoRow), rows)

    page = await world.query(reading.read_tree_page, ana, list_id, reading.BEGIN)

    largest = MAX_ATTACHMENTS_PER_TODO * reading.FILE_BYTES * max(map(len, page.batches))
    assert largest <= reading.BATCH_BYTES
    assert [todo_id for batch in page.batches for todo_id in batch] == [row["id"] for row in rows]


def test_what_an_export_says_of_a_file_has_few_bytes() -> None:
    name, media_type = (
        AttachmentRow.__table__.c.name.type,
        AttachmentRow.__table__.c.media_type.type,
    )
    assert isinstance(name, String)
    assert isinstance(media_type, String)
    longest = ExportedFile(
        new_id(), "\U0001f682" * (name.length or 0), "m" * (media_type.length or 0), 2**40
    )
    said = asdict(longest) | {"path": member_path(longest.id, longest.name)}

    assert len(orjson.dumps(said)) <= reading.FILE_BYTES


async def test_a_long_list_is_exported_whole_and_in_order(
    client: httpx.AsyncClient, world: World, ana: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "TODOS_PER_BATCH", 7)
    list_id = await world.list(ana)
    now = world.resources.clock.now()
    rows = []
    for number in range(250):
        root = new_id()
        common = {
            "list_id": list_id, "created_by": ana.user_id, "created_at": now, "updated_at": now,
        }  # fmt: skip
        rank = f"a{number:04}"
        rows.append({**common, "id": root, "title": f"{number}", "rank": rank, "parent_id": None})
        if number % 50 == 0:
            rows += [
                {**common, "id": new_id(), "title": f"{number}.{index}", "rank": f"b{index:04}",
                 "parent_id": root}
                for index in range(20)
            ]  # fmt: skip
    async with world.resources.begin() as work:
        await work.connection.execute(insert(TodoRow), rows)

    answer = await export(client, world, ana, f"/lists/{list_id}/export")

    (exported,) = orjson.loads(answer.content)["lists"]
    assert [todo["title"] for todo in exported["todos"]] == [row["title"] for row in rows]


async def test_an_account_has_few_exports_under_way() -> None:
    answers, user = LargeAnswers(), UserId(new_id())
    for _ in range(8):
        answers.begin(user, HELD_BYTES)

    with pytest.raises(RateLimited):
        answers.begin(user, HELD_BYTES)


def test_the_name_of_a_file_is_plain_ascii() -> None:
    assert file_name('Größe "x"/../\r\nSet-Cookie') == "groe-x-set-cookie"
    assert file_name("日本") == "list"


@pytest.mark.parametrize(
    ("file_format", "row"),
    [
        ("csv", "Eingang,Milk,"),
        ("markdown", "# Eingang\n"),
        ("icalendar", "X-LIVELIST-LIST:Eingang\r\n"),
        # An import knows the Inbox by `is_inbox`, and its name is the same in every language.
        ("json", '"name":"Inbox"'),
    ],
)
async def test_the_inbox_has_its_name_in_the_language_of_the_reader(
    client: httpx.AsyncClient, world: World, ana: Actor, file_format: str, row: str
) -> None:
    inbox = await world.run(create_inbox, ana.user_id)
    await add(world, ana, ListId(inbox.id), title="Milk")
    german = headers(world.resources, ana) | {"Accept-Language": "de"}

    for path in (f"lists/{inbox.id}/export", "users/me/list-export"):
        answer = await client.get(f"/api/v1/{path}?format={file_format}", headers=german)
        assert row in answer.text

    one = await client.get(f"/api/v1/lists/{inbox.id}/export", headers=german)
    assert 'filename="livelist-eingang-20' in one.headers["Content-Disposition"]
