"""Run CalDAV programs of others against a server: the library caldav, vdirsyncer and todoman."""

import asyncio
import inspect
import os
import sys
from collections.abc import Collection
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from tests.support.deadlines import DEADLINE_SECONDS

# Packages that say nothing about their types.
caldav: Any = import_module("caldav")
tester: Any = import_module("caldav_server_tester")
checks: Any = import_module("caldav_server_tester.checks")
Check: Any = import_module("caldav_server_tester.checks_base").Check

# About events, journals, scheduling and free-busy, which lists of todos do not have, or slow: this one
# waits ten seconds for an event.
LEFT_OUT = frozenset({"CheckSynchronousWrite"})


class _Unsaved:
    """Stands for an event or journal of the tester: a server of todos alone refuses to store it."""

    component: dict[str, Any] = {}  # noqa: RUF012
    icalendar_component: dict[str, Any] = {}  # noqa: RUF012
    data, url, id = "", None, ""

    def load(self) -> "_Unsaved":
        return self

    def delete(self) -> None:
        """Do nothing: nothing was saved."""


def find_features(url: str, token: str, names: Collection[str]) -> dict[str, str]:
    """Return what caldav-server-tester finds out about the features `names`.

    It blocks. The tester prepares events before todos and gives up at the first that is refused, so
    events are not sent at all.
    """
    save = caldav.Calendar.save_object

    def save_todos(calendar: Any, kind: type, *args: Any, **values: Any) -> Any:
        if kind is caldav.Todo:
            return save(calendar, kind, *args, **values)
        return _Unsaved()

    caldav.Calendar.save_object = save_todos
    try:
        client = caldav.DAVClient(url=url, username="me", password=token)
        checker = tester.ServerQuirkChecker(client)
        for name in sorted(vars(checks)):
            check: Any = getattr(checks, name)
            is_check = inspect.isclass(check) and issubclass(check, Check)
            if not is_check or check.__module__ != checks.__name__ or name in LEFT_OUT:
                continue
            if set(check.features_to_be_checked) & set(names):
                check(checker).run_check(only_once=True)
        found = checker.features_checked.dotted_feature_set_list()
    finally:
        caldav.Calendar.save_object = save
    return {name: str(found.get(name, {}).get("support")) for name in names}


@dataclass(frozen=True)
class SyncedFolder:
    """A folder that vdirsyncer keeps in step with the lists of a user, for todoman."""

    path: Path
    url: str
    token: str

    @property
    def lists(self) -> Path:
        return self.path / "lists"

    def write_configurations(self) -> None:
        self.lists.mkdir(parents=True)
        (self.path / "vdirsyncer.conf").write_text(
            f"""[general]
status_path = "{self.path / "status"}"
[pair todos]
a = "here"
b = "there"
collections = ["from b"]
implicit = "create"
[storage here]
type = "filesystem"
path = "{self.lists}"
fileext = ".ics"
[storage there]
type = "caldav"
url = "{self.url}/caldav/"
username = "me"
password = "{self.token}"
item_types = ["VTODO"]
"""
        )
        (self.path / "todoman.py").write_text(
            f"path = {str(self.lists / '*')!r}\ncache_path = {str(self.path / 'cache')!r}\n"
            'date_format = "%Y-%m-%d"\ntime_format = "%H:%M"\n'
        )

    async def discover(self) -> None:
        await _run("vdirsyncer", "-c", str(self.path / "vdirsyncer.conf"), "discover", "--no-list")

    async def sync(self) -> None:
        await _run("vdirsyncer", "-c", str(self.path / "vdirsyncer.conf"), "sync")

    async def todo(self, *arguments: str) -> str:
        """Return what todoman prints."""
        return await _run("todo", "--config", str(self.path / "todoman.py"), *arguments)


async def _run(program: str, *arguments: str) -> str:
    path = Path(sys.executable).parent / program
    process = await asyncio.create_subprocess_exec(
        path,
        *arguments,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env=os.environ | {"NO_COLOR": "1"},
    )
    try:
        async with asyncio.timeout(DEADLINE_SECONDS):
            output, _ = await process.communicate()
    except TimeoutError:
        process.kill()
        raise
    assert process.returncode == 0, f"{program} {arguments}: {output.decode()}"
    return output.decode()
