"""Archives of other programs, from the upload to the lists: as their files alone, without what is beside."""

import httpx
import pytest

from shared.resources import Resources
from tests.support.imports import Importer
from tests.support.worker.worker_harness import WorkerHarness
from tests.support.world_builder import World
from tests.worker.imports.test_hostile_files import pages_of, source_of, stage, zip_of
from tests.worker.imports.test_readers import SAMPLES


def sample(name: str) -> bytes:
    return (SAMPLES / name).read_bytes()


# Of each kind the archive, its lists with the numbers of their todos, and the file alone.
ARCHIVES: dict[str, tuple[bytes, dict[str, int], str]] = {
    "todoist": (
        zip_of(
            ("Holidays [2203306141].csv", sample("todoist.csv")),
            ("Work [2203306142].csv", sample("todoist.csv")),
        ),
        {"Holidays": 4, "Work": 4},
        "todoist.csv",
    ),
    "vikunja": (
        zip_of(
            ("VERSION", b"v0.24.6"),
            ("data.json", sample("vikunja.json")),
            ("files/1", b"\x89PNG"),
            ("filters.json", b"[]"),
        ),
        {"Garden": 2, "Books": 1},
        "vikunja.json",
    ),
    "google": (
        zip_of(
            ("Takeout/archive_browser.html", b"<html></html>"),
            ("Takeout/Tasks/Tasks.json", sample("google.json")),
        ),
        {"My Tasks": 2, "Nothing yet": 0},
        "google.json",
    ),
}


@pytest.mark.parametrize("kind", ARCHIVES)
async def test_an_archive_is_detected_and_imported_once(
    kind: str,
    world: World,
    client: httpx.AsyncClient,
    resources: Resources,
    worker: WorkerHarness,
) -> None:
    content, lists, _ = ARCHIVES[kind]
    importer = Importer(client, resources, await world.user("Ana"))

    first = await importer.complete(worker, content, "backup.zip")
    before = (await importer.export())["lists"]
    second = await importer.complete(worker, content, "backup.zip")

    assert (first["kind"], first["state"], first["error"]) == (kind, "done", "")
    assert {each["name"]: len(each["todos"]) for each in before} == lists
    assert first["todos_created"] == second["todos_skipped"] == sum(lists.values())
    assert (second["todos_created"], (await importer.export())["lists"]) == (0, before)


@pytest.mark.parametrize("kind", ARCHIVES)
def test_an_archive_has_the_todos_of_its_file(kind: str) -> None:
    content, _, name = ARCHIVES[kind]

    def todos(data: bytes, file_name: str) -> list[object]:
        pages = pages_of(stage(source_of(data, file_name)))
        return [todo["fields"] for page in pages for todo in page["todos"]]

    copies = 2 if kind == "todoist" else 1
    assert todos(content, "backup.zip") == todos(sample(name), name) * copies


def test_a_folder_above_the_files_of_an_archive_is_no_hindrance() -> None:
    archive = zip_of(("export/data.json", sample("vikunja.json")))

    assert stage(source_of(archive, "backup.zip")).total == 3
