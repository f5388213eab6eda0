"""The application with additional test routes, on SQLite and without a broker."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Annotated, Any

import httpx
import pytest
import pytest_asyncio
from fastapi import Body, FastAPI, Form, Query

from shared.contract.base import Body as BodyShape
from shared.settings import Settings
from tests.support.api_server import InProcessNode, client_of, running_app, served
from tests.support.settings import plain_settings


class Echo(BodyShape):
    title: str
    more: Any = None


def add_routes(app: FastAPI) -> None:
    """Add the routes of the tests: echoes, an unhandled error, and a large answer."""

    async def echo(body: Echo) -> Echo:
        return body

    async def read(word: str = Query("")) -> dict[str, str]:
        return {"word": word}

    async def form(username: str = Form()) -> dict[str, str]:
        return {"username": username}

    async def anything(body: Annotated[Any, Body()] = None) -> dict[str, Any]:
        return {"body": body}

    async def fail() -> None:
        raise RuntimeError("a bug with a secret in it")

    async def large(size: int) -> dict[str, str]:
        return {"much": "a word " * size}

    async def by_id(thing_id: str) -> dict[str, str]:
        return {"id": thing_id}

    app.add_api_route("/api/v1/echo", echo, methods=["POST"])
    app.add_api_route("/api/v1/echo", read, methods=["GET"])
    app.add_api_route("/api/v1/anything", anything, methods=["POST"])
    app.add_api_route("/api/v1/bug", fail, methods=["GET"])
    app.add_api_route("/api/v1/much", large, methods=["GET"])
    app.add_api_route("/api/v1/things/{thing_id}", by_id, methods=["GET"])
    app.router.routes.insert(0, app.router.routes.pop())
    app.add_api_route("/api/v1/auth/token", form, methods=["POST"])
    app.router.routes.insert(0, app.router.routes.pop())


@pytest.fixture
def settings(tmp_path: Path, sqlite_template: Path) -> Settings:
    shutil.copy(sqlite_template, tmp_path / "livelist.db")
    return plain_settings(tmp_path)


@pytest_asyncio.fixture
async def app(settings: Settings) -> AsyncIterator[FastAPI]:
    async with running_app(settings, prepare=add_routes) as started:
        yield started


@pytest_asyncio.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(app) as opened:
        yield opened


@pytest_asyncio.fixture
async def server(settings: Settings) -> AsyncIterator[InProcessNode]:
    async with served(settings, prepare=add_routes) as opened:
        yield opened
