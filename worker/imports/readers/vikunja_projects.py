"""The projects of a Vikunja export: their names, what of them is lost, and their folders."""

from collections.abc import Iterator, Mapping
from typing import Any

from worker.imports import losses
from worker.imports.fields import MAX_NAME, check_list_count, objects, text
from worker.imports.items import Problem
from worker.imports.json_walker import BROKEN, END, walk
from worker.imports.source import Source

LOST_OF_PROJECT = {
    "description": losses.PROJECT_TEXTS, "buckets": losses.BUCKETS,
    "is_favorite": losses.FAVOURITE_PROJECTS,
}  # fmt: skip
PROJECT = ("*",)
DESCEND = ((), PROJECT, (*PROJECT, "tasks"), (*PROJECT, "positions"))
# The parent of a project at the top.
_NO_PARENTS = ("", "0")


def read_projects(source: Source) -> list[dict[str, Any]]:
    """Return what is told of each project, and an empty object. It may come after the tasks."""
    projects: list[dict[str, Any]] = [{}]
    for path, _, value in walk(source, DESCEND):
        if path == PROJECT and value is END:
            projects.append({})
            check_list_count(len(projects))
        elif len(path) == 2 and path[1] in ("id", "title") and value is not BROKEN:
            projects[-1][path[1]] = text(value)[:MAX_NAME]
        elif len(path) == 2 and path[1] == "parent_project_id":
            projects[-1]["parent"] = text(value)
        elif path == (*PROJECT, "tasks", "*") and isinstance(value, dict):
            projects[-1]["has_tasks"] = True
        elif len(path) == 2 and path[1] == "is_archived":
            projects[-1]["archived"] = value is True
        elif path == (*PROJECT, "views"):
            lists = [view for view in objects(value) if view.get("view_kind") == "list"]
            projects[-1]["view"] = text(lists[0].get("id")) if lists else ""
        elif len(path) == 2 and path[1] in LOST_OF_PROJECT and value is not BROKEN:
            projects[-1][path[1]] = len(value) if isinstance(value, list) else int(bool(value))
    return projects


def title_of(project: dict[str, Any]) -> str:
    return text(project.get("title")) or "Vikunja"


def put_into_folders(projects: list[dict[str, Any]]) -> int:
    """Put each project into the folder of the one at the top above it, and that into its own.

    A folder has one level: return how many projects were deeper, or below one that cannot be found. One at
    the top without tasks is only a folder.
    """
    by_id = {
        project["id"]: project for project in projects if project.get("id", "") not in _NO_PARENTS
    }
    lost = 0
    for project in projects:
        above = _above(project, by_id)
        if len(above) > 1:
            top = above[-1]
            project["folder"] = top["folder"] = title_of(top)
            top["is_only_folder"] = not top.get("has_tasks")
        is_at_top = project.get("parent", "") in _NO_PARENTS
        lost += len(above) > 2 or (len(above) < 2 and not is_at_top)
    return lost


def _above(project: dict[str, Any], by_id: Mapping[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the project and those above it, the nearest first; nothing for one that is below itself."""
    above = [project]
    while (parent := by_id.get(above[-1].get("parent", ""))) is not None:
        if len(above) == len(by_id):
            return []
        above.append(parent)
    return above


def lost_of(projects: list[dict[str, Any]]) -> Iterator[Problem]:
    for name, loss in LOST_OF_PROJECT.items():
        count = sum(project.get(name, 0) for project in projects)
        if count:
            yield Problem(0, loss.counted(count))
