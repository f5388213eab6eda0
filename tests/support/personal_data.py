"""An account with much data, its export over HTTP, and its document."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
import orjson
from sqlalchemy import insert

from shared.accounts.authentication.access_tokens import make_access_token
from shared.actor import Actor
from shared.ids import ListId, new_id
from shared.resources import Resources
from shared.tables.personal_data import DataExportRow
from shared.tables.todos import TodoRow
from tests.support.world_builder import World

EXPORTS = "/api/v1/users/me/exports"
# For the permission matrix: none has a body.
PERSONAL_DATA_ROUTES: dict[str, None] = dict.fromkeys(
    (
        "POST /users/me/exports",
        "GET /users/me/exports",
        "GET /users/me/exports/{export_id}/content",
        "GET /users/me/deletion",
        "POST /users/me/deletion",
        "DELETE /users/me/deletion",
    )
)


@dataclass
class Exporter:
    """Asks for exports as one user."""

    client: httpx.AsyncClient
    resources: Resources
    user: Actor

    @property
    def headers(self) -> dict[str, str]:
        user, now = self.user, self.resources.clock.now()
        token, _ = make_access_token(self.resources.settings, user.user_id, user.session_id, now)
        return {"Authorization": f"Bearer {token}"}

    async def request(self) -> dict[str, Any]:
        answer = await self.client.post(EXPORTS, headers=self.headers)
        assert answer.status_code == 202, answer.text
        return dict(answer.json())

    async def newest(self) -> dict[str, Any]:
        answer = await self.client.get(EXPORTS, headers=self.headers)
        return dict(answer.json()["items"][0])

    async def download(self, export_id: str) -> httpx.Response:
        return await self.client.get(f"{EXPORTS}/{export_id}/content", headers=self.headers)

    async def document(self) -> dict[str, Any]:
        """Return the parsed document of the newest export."""
        answer = await self.download((await self.newest())["id"])
        assert answer.status_code == 200, answer.text
        return dict(orjson.loads(answer.content))


async def add_long_todos(
    resources: Resources, list_id: ListId, user: Actor, count: int
) -> set[str]:
    """Insert todos of 20,000 characters each, so that fifteen fill a page of the document."""
    now = resources.clock.now()
    rows = [
        {
            "id": new_id(), "list_id": list_id, "title": f"Todo {number}", "rank": f"a{number:04}",
            "description": "x" * 20_000, "created_by": user.user_id, "created_at": now,
            "updated_at": now,
        }
        for number in range(count)
    ]  # fmt: skip
    async with resources.begin() as work:
        await work.connection.execute(insert(TodoRow), rows)
    return {str(row["id"]) for row in rows}


async def insert_export(world: World, user: Actor) -> str:
    """Insert a finished export without bytes; return its id."""
    export_id, now = new_id(), world.resources.clock.now()
    values = {
        "id": export_id, "user_id": user.user_id, "state": "done", "created_at": now,
        "finished_at": now, "expires_at": now + timedelta(days=7),
    }  # fmt: skip
    async with world.resources.begin() as work:
        await work.connection.execute(insert(DataExportRow).values(values))
    return export_id
