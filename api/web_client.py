"""Serve the web client: its files under /web/, and its index.html for every other page address.

Serves nothing outside web/ and no hidden files.
"""

from collections.abc import MutableMapping
from os import PathLike, stat_result
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, Response
from starlette.routing import BaseRoute, Match
from starlette.staticfiles import NotModifiedResponse, StaticFiles
from starlette.types import Receive, Scope, Send

from api.http.paths import RESERVED_PREFIXES, is_under
from shared.settings import ROOT

FOLDER = ROOT / "web"

# Listed here because the system's table differs between machines, and with nosniff a script of the
# wrong type does not run. Files of other types are not served.
MEDIA_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
}
# The browser caches the file and revalidates it by ETag: an update is there at the next reload.
REVALIDATE = "no-cache"


class WebFiles(StaticFiles):
    """Serve the files of a folder that have a known type."""

    def __init__(self, folder: Path) -> None:
        super().__init__(directory=folder, check_dir=False)
        # Skip the check of the folder: an API without its web client answers 404 for its files.
        self.config_checked = True

    async def get_response(self, path: str, scope: Scope) -> Response:
        parts = path.split("/")
        if Path(path).suffix not in MEDIA_TYPES or any(part.startswith(".") for part in parts):
            raise HTTPException(404, "There is no such file.")
        return await super().get_response(path, scope)

    def file_response(
        self,
        full_path: str | PathLike[str],
        stat_result: stat_result,
        scope: MutableMapping[str, Any],
        status_code: int = 200,
    ) -> Response:
        response = FileResponse(
            full_path,
            status_code,
            media_type=MEDIA_TYPES[Path(full_path).suffix],
            headers={"Cache-Control": REVALIDATE},
            stat_result=stat_result,
        )
        if self.is_not_modified(response.headers, Headers(scope=scope)):
            return NotModifiedResponse(response.headers)
        return response


class Pages(BaseRoute):
    """Serve index.html at the addresses of pages; the client's own router shows the page."""

    path = "/(page)"

    def __init__(self, files: WebFiles) -> None:
        self._files = files

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD"):
            return Match.NONE, {}
        path = scope["path"]
        if any(is_under(path, folder) for folder in RESERVED_PREFIXES):
            return Match.NONE, {}
        accepts = Headers(scope=scope).get("accept", "")
        # A program with a wrong address gets 404, not a page; / is a page for all.
        return (Match.FULL if path == "/" or "text/html" in accepts else Match.NONE), {}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = await self._files.get_response("index.html", scope)
        await response(scope, receive, send)


def install(app: FastAPI, folder: Path = FOLDER) -> None:
    """Add the routes of the web client. Call this after every other route is added."""
    files = WebFiles(folder)
    app.mount("/web", files, name="web")
    app.router.routes.append(Pages(files))
