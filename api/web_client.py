"""Serves the browser's client: /web/… are its files, every other page address is its index.html.

Never serves anything outside web/, nor hidden files.
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

from api.http.paths import RESERVED, is_under
from shared.settings import ROOT

FOLDER = ROOT / "web"

# Said here, because what the system's table says differs between machines, and with nosniff a
# script of the wrong type does not run. Other kinds of files are not served.
TYPES = {
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
# Kept by the browser, asked for with its ETag each time: an update is there at the next reload.
REVALIDATE = "no-cache"


class WebFiles(StaticFiles):
    """The files of a folder, of known types, revalidated on each use."""

    def __init__(self, folder: Path) -> None:
        super().__init__(directory=folder, check_dir=False)
        # Never checked: an API without its web client is of use too, and answers 404 for it.
        self.config_checked = True

    async def get_response(self, path: str, scope: Scope) -> Response:
        parts = path.split("/")
        if Path(path).suffix not in TYPES or any(part.startswith(".") for part in parts):
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
            media_type=TYPES[Path(full_path).suffix],
            headers={"Cache-Control": REVALIDATE},
            stat_result=stat_result,
        )
        if self.is_not_modified(response.headers, Headers(scope=scope)):
            return NotModifiedResponse(response.headers)
        return response


class Pages(BaseRoute):
    """Matches what a person may type into the address bar; the client's own router does the rest."""

    path = "/(page)"

    def __init__(self, files: WebFiles) -> None:
        self._files = files

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD"):
            return Match.NONE, {}
        path = scope["path"]
        if any(is_under(path, folder) for folder in RESERVED):
            return Match.NONE, {}
        accepts = Headers(scope=scope).get("accept", "")
        # Programs that mistype an address get a 404, not a page; the front door is open to all.
        return (Match.FULL if path == "/" or "text/html" in accepts else Match.NONE), {}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = await self._files.get_response("index.html", scope)
        await response(scope, receive, send)


def install(app: FastAPI, folder: Path = FOLDER) -> None:
    """Pages and files of the web client are served; call it after every other route."""
    files = WebFiles(folder)
    app.mount("/web", files, name="web")
    app.router.routes.append(Pages(files))
