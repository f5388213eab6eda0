"""create_app(): the REST routers, the socket and the web client behind one door."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import APIRouter, FastAPI

from api import comments, problems, reminders, todos
from shared.resources import open_resources
from shared.settings import Settings, load_settings

# One router a resource; all of them under /api/v1.
ROUTERS: tuple[APIRouter, ...] = (todos.router, comments.router, reminders.router)


def create_app(settings: Settings | None = None) -> FastAPI:
    """Returns the application. Opens nothing before its lifespan begins."""
    settings = settings or load_settings()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with open_resources(settings) as resources:
            app.state.resources = resources
            yield

    shown = None if settings.in_production else "/docs"
    app = FastAPI(
        title="Livelist", version="0.1.0", lifespan=lifespan, docs_url=shown, redoc_url=None
    )
    app.state.settings = settings
    problems.install(app)
    for router in ROUTERS:
        app.include_router(router, prefix="/api/v1")
    return app
