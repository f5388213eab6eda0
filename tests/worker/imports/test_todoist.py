"""Comments of Todoist: whose they are, which todo they are of, and what becomes of attached files."""

from typing import Any

import httpx
import orjson
import pytest
from sqlalchemy import update

from shared.actor import Actor
from shared.contract.interop.imports import ImportKind
from shared.resources import Resources
from shared.tables.accounts import UserRow
from tests.support.imports import Importer
from tests.support.worker.worker_harness import WorkerHarness
from tests.support.world_builder import World
from tests.worker.imports.test_hostile_files import (
    pages_of,
    problems_of,
    source_of,
    stage,
    zip_of,
)
from worker.imports.items import Options

HEAD = "TYPE,CONTENT,INDENT,AUTHOR,DATE,TIMEZONE\n"
ANA, BEN = "Ana (14781400)", "Ben (7)"
FILE = {
    "resource_type": "file",
    "file_name": "plan, final.pdf",
    "file_url": "https://files.todoist.com/x/plan.pdf",
}


def row(kind: str, content: str, author: str = "", date: str = "") -> str:
    cells = (kind, content, "1" if kind == "task" else "", author, date, "")
    return ",".join('"' + cell.replace('"', '""') + '"' for cell in cells) + "\n"


def read(*rows: str, options: Options | None = None) -> tuple[list[Any], list[str]]:
    """Return title and body of each comment, and the problems of the file."""
    filled = stage(
        source_of((HEAD + "".join(rows)).encode(), "Home.csv"), ImportKind.TODOIST, options
    )
    pages = pages_of(filled)
    titles = {todo["key"]: todo["fields"]["title"] for page in pages for todo in page["todos"]}
    comments = [each for page in pages for each in page.get("comments", ())]
    return [(titles[each["todo"]], each["fields"]["body"]) for each in comments], problems_of(
        filled
    )


@pytest.fixture
async def ana(world: World) -> Actor:
    return await world.user("Ana")


@pytest.fixture
def importer(client: httpx.AsyncClient, resources: Resources, ana: Actor) -> Importer:
    return Importer(client, resources, ana)


def test_comments_are_of_the_task_above_and_name_who_wrote_them() -> None:
    comments, problems = read(
        row("task", "Milk"),
        row("note", "Which?", BEN, "2026-05-03T21:30:00.000000Z"),
        row("note", "The usual", ANA),
        ",,,,,\n",
        row("task", "Eggs"),
        row("note", "Six\nor ten", BEN, "2026-05-04 08:00:00.000000"),
        row("note", "Ten", BEN, "on Monday"),
        options=Options(zone="Europe/Vienna"),
    )

    assert comments == [
        ("Milk", "From Ben, 3 May 2026:\nWhich?"),
        ("Milk", "From Ana:\nThe usual"),
        ("Eggs", "From Ben, 4 May 2026:\nSix\nor ten"),
        # A date that cannot be read is kept as text.
        ("Eggs", "From Ben:\non Monday\nTen"),
    ]
    assert problems == []


def test_a_comment_that_names_nobody_is_the_importers() -> None:
    comments, _ = read(
        row("task", "Milk"), row("note", "Two bottles"), options=Options(user_id="ana")
    )

    assert comments == [("Milk", "Two bottles")]


def test_the_heading_of_a_comment_is_in_the_language_of_the_account() -> None:
    comments, _ = read(
        row("task", "Milk"),
        row("note", "Welche?", BEN, "2026-05-03T10:00:00Z"),
        row("note", "Diese", BEN),
        options=Options(language="de"),
    )

    assert comments == [("Milk", "Von Ben, 3. Mai 2026:\nWelche?"), ("Milk", "Von Ben:\nDiese")]


def test_attached_files_keep_name_and_address_in_the_text() -> None:
    def of(**fields: Any) -> str:
        return f"[[file {orjson.dumps(fields).decode()}]]"

    def body(content: str) -> str:
        comments, _ = read(
            row("task", "Milk"), row("note", content), options=Options(user_id="ana")
        )
        ((_, found),) = comments
        return str(found)

    address = FILE["file_url"]
    assert body(f"See {of(**FILE)} and {of(file_name='b.txt')}.") == (
        f"See plan, final.pdf: {address} and b.txt."
    )
    assert body(of(resource_type="website", title="A page", url="https://example.org")) == (
        "A page: https://example.org"
    )
    assert body(of(file_name="x", file_url="javascript:alert(1)")) == "x"
    for broken in (
        "[[file {]]",
        "[[file nothing",
        of(size=1),
        "[[file [1]}]]",
        '[[file {"a":{"b":1}}]]',
    ):
        assert body(broken) == broken


def test_attached_files_are_counted_as_left_out() -> None:
    _, problems = read(
        row("task", "Milk"), row("note", f"[[file {orjson.dumps(FILE).decode()}]]", BEN)
    )

    assert problems == ["Left out: attachments (1)."]


def test_comments_of_no_task_are_counted_and_never_given_to_another() -> None:
    comments, problems = read(
        row("note", "About the project", BEN),
        row("task", "Milk"),
        row("odd", "What is this"),
        row("note", "Perhaps of the odd one", BEN),
        row("task", "\0Eggs"),
        row("note", "Of the line that cannot be read", BEN),
        row("task", " "),
        row("note", "Of a task without a title", BEN),
        row("section", "Later"),
        row("note", "Of a section", BEN),
    )

    assert comments == []
    assert "Left out: comments of projects (4)." in problems
    assert any("with their todos" in each or "with its todo" in each for each in problems), problems


async def test_the_importer_is_the_author_and_a_second_import_adds_nothing(
    importer: Importer, world: World, ana: Actor, worker: WorkerHarness
) -> None:
    await world.user("Ben")
    content = HEAD + row("task", "Milk") + row("note", "Which?", BEN, "2026-05-03T08:00:00Z")
    backup = zip_of(("Home [1].csv", content.encode()), ("Work [2].csv", content.encode()))

    first = await importer.complete(worker, backup, "backup.zip")
    before = await importer.export()
    second = await importer.complete(worker, backup, "backup.zip")

    assert (first["todos_created"], second["todos_created"], second["todos_skipped"]) == (2, 0, 2)
    assert (first["problem_count"], second["problem_count"]) == (0, 0)
    assert [len(each["comments"]) for each in before["lists"]] == [1, 1]
    for exported in before["lists"]:
        (comment,) = exported["comments"]
        assert comment["author"] == {"id": ana.user_id, "name": "Ana"}
        assert comment["body"] == "From Ben, 3 May 2026:\nWhich?"
        assert comment["created_at"] == "2026-05-03T08:00:00.000000Z"
    assert (await importer.export())["lists"] == before["lists"]


async def test_comments_are_headed_in_the_language_of_the_importer(
    importer: Importer, world: World, ana: Actor, worker: WorkerHarness
) -> None:
    async with world.resources.begin() as work:
        of_ana = update(UserRow).where(UserRow.id == ana.user_id)
        await work.connection.execute(of_ana.values(language="de"))
    content = HEAD + row("task", "Milk") + row("note", "Which?", BEN)

    await importer.complete(worker, content.encode(), "Home.csv")

    (exported,) = (await importer.export())["lists"]
    assert [each["body"] for each in exported["comments"]] == ["Von Ben:\nWhich?"]
