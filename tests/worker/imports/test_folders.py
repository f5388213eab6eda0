"""Projects in projects, and lists in folders, of other programs become lists in folders of ours."""

import json
from typing import Any

import httpx
import pytest

from shared.actor import Actor
from shared.contract.interop.imports import ImportKind
from shared.resources import Resources
from tests.support.imports import Importer
from tests.support.worker.worker_harness import WorkerHarness
from tests.support.world_builder import World
from tests.worker.imports.test_hostile_files import pages_of, problems_of, source_of, stage

DEEP = "Left out: places of projects deeper than in a folder ({})."


def folders_of(kind: ImportKind, content: str) -> tuple[dict[str, str], list[str]]:
    """Return the folder of each list by its name, and the problems of the file."""
    filled = stage(source_of(content.encode()), kind)
    lists = {page["list_name"]: page["folder"] for page in pages_of(filled)}
    return lists, problems_of(filled)


def vikunja(*projects: tuple[int, str, int, int]) -> str:
    """Return an export of projects: id, title, the id of the one above, and the number of tasks."""
    return json.dumps([
        {"title": title, "parent_project_id": parent, "id": number, "positions": [
            {"task_id": 100 * number, "position": 1},
        ], "tasks": [
            {"id": 100 * number + task, "title": f"{title} {task}"} for task in range(tasks)
        ]}
        for number, title, parent, tasks in projects
    ])  # fmt: skip


@pytest.mark.parametrize(
    ("projects", "folders", "problems"),
    [
        (((1, "Home", 0, 1), (2, "Work", 0, 0)), {"Home": "", "Work": ""}, []),
        # Those below come before it in the file, or after it.
        (
            ((2, "Garden", 1, 1), (1, "Home", 0, 1), (3, "Kitchen", 1, 0)),
            {"Garden": "Home", "Home": "Home", "Kitchen": "Home"},
            [],
        ),
        # Without tasks of its own it is the folder alone.
        (((1, "Home", 0, 0), (2, "Garden", 1, 1)), {"Garden": "Home"}, []),
        (
            ((1, "Home", 0, 1), (2, "Garden", 1, 1), (3, "Beds", 2, 1), (4, "Herbs", 3, 0)),
            {"Home": "Home", "Garden": "Home", "Beds": "Home", "Herbs": "Home"},
            [DEEP.format(2)],
        ),
        # The one above is not in the file, or below it.
        (((1, "Home", 9, 1), (2, "Garden", 1, 1)), {"Home": "Home", "Garden": "Home"}, [DEEP.format(1)]),
        (((1, "Home", 2, 1), (2, "Garden", 1, 1)), {"Home": "", "Garden": ""}, [DEEP.format(2)]),
        (((1, "Home", 1, 1),), {"Home": ""}, [DEEP.format(1)]),
    ],
)  # fmt: skip
def test_projects_of_vikunja_come_into_the_folder_of_the_one_at_the_top(
    projects: Any, folders: dict[str, str], problems: list[str]
) -> None:
    assert folders_of(ImportKind.VIKUNJA, vikunja(*projects)) == (folders, problems)


def test_lists_of_ticktick_come_into_their_folders() -> None:
    content = (
        "Folder Name,List Name,Title,Status\nOurs,Home,Milk,0\nOurs,Home,Eggs,0\n,Work,Call,0\n"
    )

    assert folders_of(ImportKind.TICKTICK, content) == ({"Home": "Ours", "Work": ""}, [])


async def test_lists_of_one_name_in_two_folders_of_ticktick_stay_two(
    importer: Importer, worker: WorkerHarness
) -> None:
    content = (
        b"Folder Name,List Name,Title,Status\n"
        b"Ours,Home,Milk,0\nWork,Home,Call,0\n,home,Eggs,0\nours,home,Tea,0\n"
    )

    await importer.complete(worker, content, "backup.csv")
    exported = (await importer.export())["lists"]
    again = await importer.complete(worker, content, "backup.csv")

    found = sorted(
        (each["folder"] or "", sorted(todo["title"] for todo in each["todos"])) for each in exported
    )
    assert found == [("", ["Eggs"]), ("Ours", ["Milk", "Tea"]), ("Work", ["Call"])]
    assert (again["todos_created"], again["todos_skipped"]) == (0, 4)
    assert (await importer.export())["lists"] == exported


@pytest.mark.parametrize(
    ("kind", "folder", "project"), [("k", "f", "p"), ("kind", "folder", "project")]
)
def test_projects_of_super_productivity_come_into_the_folders_of_the_menu(
    kind: str, folder: str, project: str
) -> None:
    tree = [
        {kind: project, "id": "a"},
        {kind: folder, "id": "f", "name": "Ours", "children": [
            {kind: project, "id": "b"},
            {kind: folder, "id": "g", "name": "Deep", "children": [
                {kind: project, "id": "c"}, 7, {kind: folder, "children": "none"},
            ]},
        ]},
    ]  # fmt: skip
    names = {"a": "Home", "b": "Work", "c": "Garden"}
    projects = {key: {"id": key, "title": title} for key, title in names.items()}
    tasks = {key: {"id": key, "title": f"Of {key}", "projectId": key} for key in names}
    data = {
        "task": {"entities": tasks}, "project": {"entities": projects}, "menuTree": {"projectTree": tree},
    }  # fmt: skip

    for document in (data, {"data": data}):
        assert folders_of(ImportKind.SUPER_PRODUCTIVITY, json.dumps(document)) == (
            {"Home": "", "Work": "Ours", "Garden": "Ours"},
            [DEEP.format(1)],
        )


def test_a_long_name_of_a_folder_is_shortened_and_reported_once() -> None:
    title = "Home " * 20
    content = vikunja((1, title, 0, 0), (2, "Garden", 1, 1), (3, "Kitchen", 1, 1))

    folders, problems = folders_of(ImportKind.VIKUNJA, content)

    assert folders == {"Garden": title[:50].strip(), "Kitchen": title[:50].strip()}
    assert problems == ["The name of a folder was shortened to 50 characters."]


@pytest.fixture
async def ana(world: World) -> Actor:
    return await world.user("Ana")


@pytest.fixture
def importer(client: httpx.AsyncClient, resources: Resources, ana: Actor) -> Importer:
    return Importer(client, resources, ana)


async def test_the_folders_are_shown_before_and_made_once(
    importer: Importer, worker: WorkerHarness
) -> None:
    content = vikunja(
        (1, "Home", 0, 1), (2, "Garden", 1, 2), (3, "Beds", 2, 1), (4, "Work", 0, 1)
    ).encode()

    preview = await importer.preview(worker, content, "data.json")
    await importer.post(preview["id"], "start")
    await worker.run_once()
    exported = (await importer.export())["lists"]
    again = await importer.complete(worker, content, "data.json")

    assert [(each["folder"], each["name"], each["todos"]) for each in preview["lists"]] == [
        ("Home", "Home", 1), ("Home", "Garden", 2), ("Home", "Beds", 1), ("", "Work", 1),
    ]  # fmt: skip
    assert preview["problems"] == [{"line": 0, "text": DEEP.format(1)}]
    assert {each["name"]: each["folder"] for each in exported} == {
        "Home": "Home", "Garden": "Home", "Beds": "Home", "Work": None,
    }  # fmt: skip
    assert (again["todos_created"], again["todos_skipped"]) == (0, 5)
    assert (await importer.export())["lists"] == exported


async def test_lists_that_the_user_moved_stay_there_when_the_file_comes_again(
    importer: Importer, worker: WorkerHarness
) -> None:
    before = vikunja((1, "Home", 0, 0), (2, "Garden", 1, 1)).encode()
    await importer.complete(worker, before, "data.json")
    [garden] = (await importer.export())["lists"]
    path = f"/api/v1/lists/{garden['id']}/placement"
    moved = await importer.client.patch(path, json={"folder_id": None}, headers=importer.headers)
    assert moved.status_code == 200, moved.text
    after = vikunja((1, "Home", 0, 0), (2, "Garden", 1, 2), (3, "Kitchen", 1, 1)).encode()

    await importer.complete(worker, after, "data.json")

    lists = (await importer.export())["lists"]
    assert {each["name"]: (each["folder"], len(each["todos"])) for each in lists} == {
        "Garden": (None, 2), "Kitchen": ("Home", 1),
    }  # fmt: skip
