"""Serve the source files of the web client under /web/, revalidated at each use.

The client itself loads the joined files of its release. These are for its source map, and for the pages of
documentation and development. Serves nothing outside the folder and no hidden files.
"""

from collections.abc import MutableMapping
from os import PathLike, stat_result
from pathlib import Path
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, Response
from starlette.staticfiles import NotModifiedResponse, StaticFiles
from starlette.types import Scope

from api.http.conditional_requests import known_tag
from api.web_client.media_types import MEDIA_TYPES
from api.web_client.release import REVALIDATE


class SourceFiles(StaticFiles):
    """Serve the files of a folder that have a known type."""

    def __init__(self, folder: Path) -> None:
        super().__init__(directory=folder, check_dir=False)
        # Skip the check of the folder: an API without its web client answers 404 for its files.
        self.config_checked = True

    async def get_response(self, path: str, scope: Scope) -> Response:
        parts = path.split("/")
        if Path(path).suffix not in MEDIA_TYPES or any(part.startswith(".") for part in parts):
            raise HTTPException(404, "There is no such file.")
        # Starlette's own answer has no Allow.
        allow = {"Allow": "GET, HEAD, OPTIONS"}
        if scope["method"] == "OPTIONS":
            return Response(status_code=204, headers=allow)
        if scope["method"] not in ("GET", "HEAD"):
            raise HTTPException(405, headers=allow)
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
        request = Headers(scope=scope)
        given = request.getlist("if-none-match")
        if not given and self.is_not_modified(response.headers, request):
            return NotModifiedResponse(response.headers)
        # Starlette does not know the tag that a compressed answer has.
        if (tag := known_tag(", ".join(given), response.headers["etag"])) is not None:
            return NotModifiedResponse(MutableHeaders({**response.headers, "etag": tag}))
        return response
