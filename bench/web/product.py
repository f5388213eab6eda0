"""The product for measurements in a browser: an API process with users and lists in its database."""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx
from sqlalchemy import update

from bench.rest.dataset import DataSet, insert_dataset, user_id
from console.processes.broker import free_port
from shared.accounts.authentication.passwords import hash_password
from shared.ids import ListId, TodoId
from shared.resources import open_resources
from shared.settings import Settings
from shared.tables.accounts import UserRow
from tests.support.services.processes import running

PASSWORD = "violet-harbour-lantern-52"  # noqa: S105  of users who exist for one run


@dataclass(frozen=True)
class Product:
    """A running API process and the client that it serves."""

    origin: str

    async def sign_in(self, user: int) -> httpx.AsyncClient:
        """Return a client of the REST API that is signed in as a user of the data set."""
        http = httpx.AsyncClient(base_url=f"{self.origin}/api/v1", trust_env=False, timeout=60)
        answer = await http.post("/auth/login", json=credentials(user))
        http.headers["Authorization"] = f"Bearer {answer.raise_for_status().json()['access_token']}"
        return http


def credentials(user: int) -> dict[str, str]:
    return {"email": f"user.{user}@example.com", "password": PASSWORD}


async def edit_title(http: httpx.AsyncClient, todo: TodoId, title: str) -> None:
    answer = await http.patch(f"/todos/{todo}", json={"title": title})
    answer.raise_for_status()


@asynccontextmanager
async def running_product(settings: Settings, dataset: DataSet) -> AsyncIterator[Product]:
    """Insert the rows, give every user the password, and yield the product once it answers."""
    await insert_dataset(settings, dataset)
    password_hash = await hash_password(PASSWORD)
    async with open_resources(settings) as resources, resources.begin() as work:
        await work.connection.execute(update(UserRow).values(password_hash=password_hash))
    port = free_port()
    origin = f"http://localhost:{port}"
    environment = {
        "DATABASE_URL": settings.database.url,
        "DATA_DIR": str(settings.data_dir),
        "REDIS_URL": settings.redis.url,
        "PUBLIC_URL": origin,
        "PORT": str(port),
        "RATE_LIMITS": "false",
        "LOG_FORMAT": "text",
    }
    async with running("api", [sys.executable, "-m", "api"], environment) as api:
        await api.wait_for_http(f"{origin}/health/live")
        yield Product(origin)


def list_url(product: Product, list_id: ListId) -> str:
    return f"{product.origin}/lists/{list_id}"


__all__ = [
    "Product",
    "credentials",
    "edit_title",
    "list_url",
    "running_product",
    "user_id",
]
