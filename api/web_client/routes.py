"""Serve the web client: its page at every page address, its service worker, and its release's files."""

from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import BaseRoute, Match, Mount
from starlette.types import Receive, Scope, Send

from api.http.conditional_requests import known_tag
from api.http.content_negotiation import accepts_coding, list_header, names_media_type
from api.http.paths import ASSETS, RESERVED_PREFIXES, is_under
from api.web_client.branding import Branding
from api.web_client.release import (
    NO_BRANDING,
    PAGE,
    WORKER,
    Release,
    ReleaseFile,
    build_release,
    signature,
)
from api.web_client.source_files import SourceFiles
from shared.languages.choice import accepted_language

_ALLOW = {"Allow": "GET, HEAD, OPTIONS"}


def client_routes(
    folder: Path, policy: str, branding: Branding = NO_BRANDING, *, follows_edits: bool
) -> list[BaseRoute]:
    """Return the routes of the web client; the last one answers at any address of a page.

    `policy` is the Content-Security-Policy that the pages will have. With `follows_edits` a page is always
    that of the files as they are now; otherwise they are read once, here.
    """
    releases = _Releases(folder, policy, branding, follows_edits=follows_edits)
    return [
        Mount("/web", SourceFiles(folder), name="web"),
        _Assets(releases),
        _ServiceWorker(releases),
        _Pages(releases),
    ]


class _Releases:
    """The release that is served now."""

    def __init__(
        self, folder: Path, policy: str, branding: Branding, *, follows_edits: bool
    ) -> None:
        self._folder = folder
        self._policy = policy
        self._branding = branding
        self._follows_edits = follows_edits
        self.current = self._build()
        if self.current is not None and not follows_edits:
            self.current.compress()

    def newest(self) -> Release | None:
        """Return the current release, of the files as they are now if they may be edited."""
        if self._follows_edits:
            # About a hundred calls of stat(), 0.5 ms, on a developer's machine.
            self.current = self._build()
        return self.current

    def _build(self) -> Release | None:
        # Without its web client the API answers 404 in its place.
        if not (self._folder / PAGE).is_file():
            return None
        return build_release(self._folder, signature(self._folder), self._policy, self._branding)


class _FileRoute(BaseRoute):
    """A route that answers GET and HEAD with a file of the release, or leaves the request to others."""

    path = ""  # the name in metrics

    def __init__(self, releases: _Releases) -> None:
        self._releases = releases

    def find(self, scope: Scope) -> ReleaseFile | None:
        """Return the file at the address of the request, if this route has it."""
        raise NotImplementedError

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        if scope["type"] != "http":
            return Match.NONE, {}
        file = self.find(scope)
        return (Match.FULL, {"release_file": file}) if file else (Match.NONE, {})

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] == "OPTIONS":
            await Response(status_code=204, headers=_ALLOW)(scope, receive, send)
            return
        if scope["method"] not in ("GET", "HEAD"):
            raise HTTPException(405, headers=_ALLOW)
        file: ReleaseFile = scope["release_file"]
        headers, body = list(file.headers), b""
        given = list_header(scope["headers"], b"if-none-match")
        is_known = known_tag(given, file.etag) is not None
        if not is_known:
            encoding = chosen_encoding(list_header(scope["headers"], b"accept-encoding"), file)
            body = file.body(encoding)
            headers.append((b"content-length", str(len(body)).encode()))
            if encoding:
                headers.append((b"content-encoding", encoding.encode()))
        status = 304 if is_known else 200
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send(
            {"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body}
        )


class _Assets(_FileRoute):
    path = f"{ASSETS}{{version}}/{{file}}"

    def find(self, scope: Scope) -> ReleaseFile | None:
        path: str = scope["path"]
        if not path.startswith(ASSETS) or self._releases.current is None:
            return None
        return self._releases.current.assets.get(path.removeprefix(ASSETS))


class _ServiceWorker(_FileRoute):
    path = f"/{WORKER}"

    def find(self, scope: Scope) -> ReleaseFile | None:
        release = self._releases.newest() if scope["path"] == self.path else None
        return release.worker if release else None


class _Pages(_FileRoute):
    """The page at the addresses of pages; the client's own router shows what belongs there."""

    path = "/(page)"

    def find(self, scope: Scope) -> ReleaseFile | None:
        path = scope["path"]
        if any(is_under(path, folder) for folder in RESERVED_PREFIXES):
            return None
        # A program with a wrong address gets 404, not a page; / is a page for all.
        accept = list_header(scope["headers"], b"accept")
        if path != "/" and not names_media_type(accept, "text/html"):
            return None
        release = self._releases.newest()
        if release is None:
            return None
        return release.pages[accepted_language(list_header(scope["headers"], b"accept-language"))]


def chosen_encoding(accepted: str, file: ReleaseFile) -> str:
    """Return the best encoding that the file has and Accept-Encoding allows; "" for none."""
    return next((name for name in file.encodings if name and accepts_coding(accepted, name)), "")
