"""The source files and pages of the web client are served, and no other file of the machine."""

from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import unquote

import httpx
import pytest
import pytest_asyncio
from fastapi import FastAPI
from starlette.types import Receive, Scope, Send

from api import web_client
from api.http import middleware
from api.web_client.media_types import MEDIA_TYPES
from shared.settings import Settings
from tests.support.api_server import client_of

PAGE = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    web = tmp_path / "web"
    (web / "views").mkdir(parents=True)
    (web / "index.html").write_text("<!doctype html><title>Livelist</title>")
    (web / "service_worker.js").write_text("")
    (web / "app.js").write_text("export {}")
    (web / "views" / "row.js").write_text("export {}")
    (web / "app.css").write_text("a{}")
    (web / "icon.svg").write_text("<svg/>")
    (web / "manifest.webmanifest").write_text("{}")
    (web / ".hidden.js").write_text("hidden")
    (web / "notes.txt").write_text("hidden")
    (tmp_path / "secret.js").write_text("hidden")
    (web / "link.js").symlink_to(tmp_path / "secret.js")
    return web


@pytest_asyncio.fixture
async def web(folder: Path, settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    app = FastAPI(redirect_slashes=False)
    middleware.install(app, settings)
    web_client.install(app, settings, folder)
    transport = RawPathTransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        yield client


class RawPathTransport(httpx.ASGITransport):
    """Send extensions["path"] unchanged; httpx normalizes URLs, which would hide the attack."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        app, path = self.app, request.extensions.get("path")

        async def with_path(scope: Scope, receive: Receive, send: Send) -> None:
            if path is not None:
                scope["path"], scope["raw_path"] = unquote(path), path.encode()
            await app(scope, receive, send)

        return await httpx.ASGITransport(with_path).handle_async_request(request)


@pytest.mark.parametrize(
    "path",
    ["/", "/today", "/upcoming", "/lists/01abc", "/verify", "/reset", "/invitation", "/settings",
     "/trash", "/sign-in", "/lists/01abc/anything/deeper", "/apiary", "/webs"],
)  # fmt: skip
async def test_every_page_address_is_answered_with_the_web_client(
    web: httpx.AsyncClient, path: str
) -> None:
    answer = await web.get(path, headers=PAGE)

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["cache-control"] == "no-cache"
    assert "<title>Livelist" in answer.text


async def test_a_program_gets_the_front_page_and_no_other(web: httpx.AsyncClient) -> None:
    front = await web.get("/")
    other = await web.get("/today")

    assert front.status_code == 200
    assert other.status_code == 404
    assert other.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    "path",
    [
        "/api",
        "/api/v1/nothing",
        "/ws",
        "/health/x",
        "/metrics/x",
        "/docs/x",
        "/dev/x",
        "/assets",
        "/assets/x",
    ],
)
async def test_reserved_paths_are_not_answered_with_a_page(
    web: httpx.AsyncClient, path: str
) -> None:
    answer = await web.get(path, headers=PAGE)

    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/web/app.js", "text/javascript; charset=utf-8"),
        ("/web/views/row.js", "text/javascript; charset=utf-8"),
        ("/web/app.css", "text/css; charset=utf-8"),
        ("/web/icon.svg", "image/svg+xml"),
        ("/web/manifest.webmanifest", "application/manifest+json"),
        ("/web/index.html", "text/html; charset=utf-8"),
    ],
)
async def test_files_have_the_media_types_that_browsers_require(
    web: httpx.AsyncClient, path: str, kind: str
) -> None:
    answer = await web.get(path)

    assert answer.status_code == 200
    assert answer.headers["content-type"] == kind
    assert answer.headers["cache-control"] == "no-cache"


async def test_a_file_that_did_not_change_is_not_sent_again(web: httpx.AsyncClient) -> None:
    first = await web.get("/web/app.js")
    again = await web.get("/web/app.js", headers={"if-none-match": first.headers["etag"]})

    assert again.status_code == 304
    assert again.content == b""
    assert again.headers["cache-control"] == "no-cache"


async def test_a_file_that_changed_is_sent(web: httpx.AsyncClient, folder: Path) -> None:
    first = await web.get("/web/app.js")
    (folder / "app.js").write_text("export { changed }")

    again = await web.get("/web/app.js", headers={"if-none-match": first.headers["etag"]})

    assert again.text == "export { changed }"


@pytest.mark.parametrize(
    "path",
    [
        "/web/../secret.js", "/web/%2e%2e/secret.js", "/web/..%2fsecret.js", "/web/views/../../secret.js",
        "/web//secret.js", "/web/%2fetc%2fpasswd", "/web/..%5csecret.js", "/web/link.js",
        "/web/.hidden.js", "/web/notes.txt", "/web/views", "/web/", "/web", "/web/nothing.js",
        "/web/" + "a" * 5000 + ".js", "/web/%0a.js",
    ],
)  # fmt: skip
async def test_nothing_else_is_served(web: httpx.AsyncClient, path: str) -> None:
    answer = await web.get("http://localhost:8000/", headers=PAGE, extensions={"path": path})

    assert answer.status_code == 404, answer.text
    assert "hidden" not in answer.text


async def test_head_is_get_without_the_body(web: httpx.AsyncClient) -> None:
    page = await web.head("/today", headers=PAGE)
    file = await web.head("/web/app.js")

    assert (page.status_code, page.content) == (200, b"")
    assert (file.status_code, file.content) == (200, b"")
    assert file.headers["content-length"] == "9"


async def test_pages_take_no_other_method(web: httpx.AsyncClient) -> None:
    for method in ("POST", "PUT", "DELETE"):
        answer = await web.request(method, "/today", headers=PAGE)
        assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD, OPTIONS")


def test_every_file_of_the_web_client_has_a_type_that_is_served() -> None:
    # Declarations of types are for tools: no browser requests them, and they are not served.
    files = [
        path
        for path in web_client.FOLDER.rglob("*")
        if path.is_file() and not path.name.endswith(".d.ts")
    ]

    assert files
    assert [path for path in files if path.suffix not in MEDIA_TYPES] == []
    assert ".ts" not in MEDIA_TYPES


async def test_without_the_web_client_the_api_still_answers(
    settings: Settings, tmp_path: Path
) -> None:
    app = FastAPI()
    middleware.install(app, settings)
    web_client.install(app, settings, tmp_path / "nowhere")

    async with client_of(app) as client:
        for path in ("/", "/web/app.js"):
            answer = await client.get(path, headers=PAGE)
            assert answer.status_code == 404
            assert answer.json()["code"] == "not_found"
