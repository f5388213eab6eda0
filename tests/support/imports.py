"""Imports over HTTP: upload a file, wait for its preview, start it."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
from sqlalchemy import insert

from shared.accounts.authentication.access_tokens import make_access_token
from shared.actor import Actor
from shared.ids import new_id
from shared.resources import Resources
from shared.tables.interop.imports import ImportRow
from tests.support.worker.worker_harness import WorkerHarness
from tests.support.world_builder import World

IMPORTS = "/api/v1/imports"
# For the permission matrix: the body of each route.
IMPORT_ROUTES: dict[str, Any] = {
    "POST /imports": None,
    "GET /imports": None,
    "GET /imports/{import_id}": None,
    "PATCH /imports/{import_id}": {"kind": "todo_txt"},
    "POST /imports/{import_id}/start": None,
    "POST /imports/{import_id}/cancel": None,
}
NEW_WITH_EACH_IMPORT = frozenset({"id", "created_at", "updated_at"})


@dataclass
class Importer:
    """Imports files as one user."""

    client: httpx.AsyncClient
    resources: Resources
    user: Actor

    @property
    def headers(self) -> dict[str, str]:
        user, now = self.user, self.resources.clock.now()
        token, _ = make_access_token(self.resources.settings, user.user_id, user.session_id, now)
        return {"Authorization": f"Bearer {token}"}

    async def send(self, content: Any, file_name: str, **query: str) -> httpx.Response:
        return await self.client.post(
            IMPORTS,
            params={"file_name": file_name, **query},
            content=content,
            headers=self.headers | {"Content-Type": "application/octet-stream"},
        )

    async def upload(self, content: bytes, file_name: str, **query: str) -> str:
        """Return the id of the import."""
        answer = await self.send(content, file_name, **query)
        assert answer.status_code == 202, answer.text
        return str(answer.json()["id"])

    async def read(self, import_id: str) -> dict[str, Any]:
        answer = await self.client.get(f"{IMPORTS}/{import_id}", headers=self.headers)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def post(self, import_id: str, verb: str) -> httpx.Response:
        return await self.client.post(f"{IMPORTS}/{import_id}/{verb}", headers=self.headers)

    async def preview(self, worker: WorkerHarness, content: bytes, name: str) -> dict[str, Any]:
        """Upload a file; return its preview."""
        import_id = await self.upload(content, name)
        await worker.run_once()
        return await self.read(import_id)

    async def complete(
        self, worker: WorkerHarness, content: bytes, name: str, **query: str
    ) -> dict[str, Any]:
        """Upload a file and import it; return the finished import."""
        import_id = await self.upload(content, name, **query)
        await worker.run_once()
        started = await self.post(import_id, "start")
        assert started.status_code == 202, (await self.read(import_id), started.text)
        await worker.run_once()
        return await self.read(import_id)

    async def export(self, path: str = "/users/me/list-export") -> dict[str, Any]:
        answer = await self.client.get(f"/api/v1{path}", headers=self.headers)
        return dict(answer.json())


async def insert_import(world: World, user: Actor) -> str:
    """Insert an import with a preview of nothing; return its id."""
    import_id, now = new_id(), world.resources.clock.now()
    values = {
        "id": import_id, "user_id": user.user_id, "file_name": "todo.txt", "kind": "todo_txt",
        "state": "ready", "created_at": now, "expires_at": now + timedelta(days=7),
    }  # fmt: skip
    async with world.resources.begin() as work:
        await work.connection.execute(insert(ImportRow).values(values))
    return import_id


def comparable(document: dict[str, Any]) -> list[Any]:
    """Return the lists of an export without ids, and without the instants at which todos were created.

    The details of a todo are named by its title, of which each must be another.
    """
    lists = []
    for each in document["lists"]:
        titles = {todo["id"]: todo["title"] for todo in each["todos"]}
        todos = [
            {name: value for name, value in todo.items() if name not in NEW_WITH_EACH_IMPORT}
            | {"parent_id": titles.get(todo["parent_id"])}
            for todo in each["todos"]
        ]
        details = {
            # The sort is stable: the order of one todo's details stays.
            name: sorted(
                (detail | {"todo_id": titles[detail["todo_id"]]} for detail in each[name]),
                key=lambda detail: str(detail["todo_id"]),
            )
            for name in ("comments", "past_occurrences")
        }
        lists.append({**each, "id": "", "todos": todos, **details})
    return lists
