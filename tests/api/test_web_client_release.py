"""A release of the web client: its files have the hash of their content in their address."""

import gzip
import io
import re
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import brotli
import httpx
import pytest
import pytest_asyncio
from fastapi import FastAPI
from PIL import Image
from starlette.applications import Starlette

from api import web_client
from api.http import middleware
from api.web_client.branding import Branding
from api.web_client.release import Release, ReleaseError, build_release, signature
from shared.settings import Settings
from tests.support.api_server import client_of

PAGE = {"accept": "text/html,*/*;q=0.8"}
IMMUTABLE = "public, max-age=31536000, immutable"


@pytest_asyncio.fixture
async def web(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    """The real web client, behind the real middleware."""
    async with client_of(_application(settings)) as client:
        yield client


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "index.html").write_text(
        '<!doctype html>\n    <link rel="stylesheet" href="/web/one.css">\n'
        '    <link rel="stylesheet" href="/web/two.css">\n    <link rel="icon" href="/web/icon.svg">\n'
        '    <script type="module" src="/web/app.js"></script>\n'
    )
    (tmp_path / "one.css").write_text("a { color: red; }")
    (tmp_path / "two.css").write_text("a { color: blue; }")
    (tmp_path / "icon.svg").write_text("<svg/>")
    (tmp_path / "app.js").write_text("document.title = 'Hello';\n")
    (tmp_path / "service_worker.js").write_text("// The worker.\n")
    return tmp_path


def _application(settings: Settings, folder: Path = web_client.FOLDER) -> FastAPI:
    app = FastAPI(redirect_slashes=False)
    middleware.install(app, settings)
    web_client.install(app, settings, folder)
    return app


def _addresses(page: str) -> list[str]:
    return re.findall(r'(?:href|src)="([^"]+)"', page)


async def test_every_file_that_the_page_names_is_served_for_a_year(web: httpx.AsyncClient) -> None:
    page = await web.get("/", headers=PAGE)

    addresses = _addresses(page.text)
    assert len(addresses) == 4, "the icon, the manifest, one style sheet and one script"
    for address in addresses:
        assert re.match(r"/assets/[0-9a-f]{16}/", address)
        answer = await web.get(address)
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == IMMUTABLE
        assert answer.headers["vary"] == "Accept-Encoding"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["content-security-policy"].startswith("default-src 'none'")


async def test_the_page_and_the_worker_are_asked_for_again_at_each_visit(
    web: httpx.AsyncClient,
) -> None:
    for path in ("/today", "/service_worker.js"):
        answer = await web.get(path, headers=PAGE)
        again = await web.get(path, headers=PAGE | {"if-none-match": answer.headers["etag"]})
        newer = await web.get(path, headers=PAGE | {"if-none-match": 'W/"another"'})

        assert answer.headers["cache-control"] == "no-cache"
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == answer.headers["etag"]
        assert again.headers["cache-control"] == "no-cache"
        assert newer.status_code == 200


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [
        ("gzip, deflate, br, zstd", "br"),
        ("br;q=0.5, gzip", "br"),
        ("gzip", "gzip"),
        ("br;q=0, gzip;q=1.0", "gzip"),
        ("GZIP;q=0.1", "gzip"),
        ("br; q=0.000", None),
        ("identity", None),
        ("", None),
    ],
)
async def test_a_file_comes_in_the_best_encoding_that_the_browser_accepts(
    web: httpx.AsyncClient, accepted: str, encoding: str | None
) -> None:
    page = await web.get("/", headers={"accept-encoding": "identity"})
    [script] = [path for path in _addresses(page.text) if path.endswith(".js")]
    plain = (await web.get(script, headers={"accept-encoding": "identity"})).content

    request = web.build_request("GET", script, headers={"accept-encoding": accepted})
    answer = await web.send(request, stream=True)
    raw = b"".join([part async for part in answer.aiter_raw()])

    assert answer.headers.get("content-encoding") == encoding
    assert answer.headers["content-length"] == str(len(raw))
    decoded = {"br": brotli.decompress, "gzip": gzip.decompress, None: bytes}[encoding](raw)
    assert decoded == plain
    assert b"customElements.define('ll-app'" in plain


async def test_a_head_request_gets_the_headers_of_the_same_encoding(web: httpx.AsyncClient) -> None:
    page = await web.get("/")
    [script] = [path for path in _addresses(page.text) if path.endswith(".js")]

    answer = await web.head(script, headers={"accept-encoding": "br"})

    assert answer.headers["content-encoding"] == "br"
    assert int(answer.headers["content-length"]) > 10_000
    assert answer.content == b""


async def test_a_first_visit_is_small(web: httpx.AsyncClient) -> None:
    page = await web.get("/", headers={"accept-encoding": "br"})
    sizes = [int(page.headers["content-length"])]
    for address in _addresses(page.text):
        answer = await web.head(address, headers={"accept-encoding": "br"})
        sizes.append(int(answer.headers["content-length"]))

    # With headers, the service worker and what it stores it is 10 kB more. The limit is near: whoever
    # adds to what a first visit shows decides what can be loaded later.
    assert sum(sizes) < 106_000


async def test_a_file_of_another_release_is_not_served(web: httpx.AsyncClient) -> None:
    answer = await web.get("/assets/0123456789abcdef/client.js")

    assert answer.status_code == 404
    assert answer.headers["cache-control"] == "no-store"


def test_the_style_sheets_keep_their_order_in_one_file(folder: Path) -> None:
    release = _build(folder)

    style = release.assets[f"{release.version}/client.css"].content
    assert style == b"a { color: red; }\na { color: blue; }"
    page = release.pages["en"].content.decode()
    assert page.count("stylesheet") == 1
    assert "/web/" not in page


@pytest.mark.parametrize(
    "name", ["index.html", "one.css", "icon.svg", "app.js", "service_worker.js"]
)
def test_a_change_of_any_file_makes_another_release(folder: Path, name: str) -> None:
    before = _build(folder)
    (folder / name).write_text((folder / name).read_text() + ";\n")

    after = _build(folder)

    assert after.version != before.version
    assert after.worker.content != before.worker.content
    assert f'"version": "{after.version}"' in after.worker.content.decode()


def test_a_change_of_the_policy_makes_another_release(folder: Path) -> None:
    # Browsers store the page together with its headers.
    assert _build(folder, "default-src 'none'").version != _build(folder).version


def test_the_same_files_make_the_same_release_on_every_node(folder: Path) -> None:
    before = _build(folder)
    (folder / "app.js").touch()

    after = _build(folder)

    assert after is not before
    assert after == before


def test_styles_are_served_without_comments_and_indentation(folder: Path) -> None:
    style = "/* One. */\n\na {\n  color: red; /* why */\n}\n/*\n * Two\n */\n  b { content: '/* c */'; }\n"
    (folder / "one.css").write_text(style)
    (folder / "two.css").write_text("/* Only this. */\n")

    release = _build(folder)

    served = release.assets[f"{release.version}/client.css"].content.decode()
    assert served == "a {\ncolor: red; /* why */\n}\nb { content: '/* c */'; }\n"


@pytest.mark.parametrize("style", ["@import 'x.css';", "a { background: url(x.png); }"])
def test_a_style_sheet_that_depends_on_its_address_is_refused(folder: Path, style: str) -> None:
    (folder / "two.css").write_text(style)

    with pytest.raises(ReleaseError, match=r"two\.css"):
        _build(folder)


@pytest.mark.parametrize(("follows_edits", "expected"), [(True, "newer"), (False, "older")])
async def test_only_in_development_an_edit_is_seen_without_a_restart(
    folder: Path, follows_edits: bool, expected: str
) -> None:
    (folder / "app.js").write_text("document.title = 'older';\n")
    app = Starlette(routes=web_client.client_routes(folder, "", follows_edits=follows_edits))
    (folder / "app.js").write_text("document.title = 'newer';\n")

    async with client_of(app) as client:
        page = await client.get("/", headers=PAGE)
        [script] = [path for path in _addresses(page.text) if path.endswith(".js")]
        answer = await client.get(script)

    assert f"document.title = '{expected}';" in answer.text


@pytest.mark.parametrize("follows_edits", [True, False])
def test_files_are_compressed_at_start_except_in_development(
    monkeypatch: pytest.MonkeyPatch, folder: Path, follows_edits: bool
) -> None:
    (folder / "one.css").write_text(f"/* {uuid4()} */" * 100)
    compressed = _count_compressions(monkeypatch)

    web_client.client_routes(folder, "", follows_edits=follows_edits)

    assert len(compressed) == (0 if follows_edits else 1)


def test_an_unchanged_file_is_compressed_once_for_all_releases(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for policy in ("one", "two"):
        _build(web_client.FOLDER, policy).compress()
    compressed = _count_compressions(monkeypatch)

    for policy in ("one", "two"):
        _build(web_client.FOLDER, policy).compress()

    assert not compressed


def _count_compressions(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    compressed: list[bytes] = []
    compress = brotli.compress

    def count(content: bytes, quality: int) -> bytes:
        compressed.append(content)
        return bytes(compress(content, quality=quality))

    monkeypatch.setattr(brotli, "compress", count)
    return compressed


def _build(folder: Path, policy: str = "") -> Release:
    return build_release(folder, signature(folder), policy)


async def test_a_german_browser_loads_the_german_texts_beside_the_script(
    web: httpx.AsyncClient,
) -> None:
    page = await web.get("/", headers=PAGE | {"accept-language": "de-AT,de;q=0.9,en;q=0.8"})
    english = await web.get("/", headers=PAGE | {"accept-language": "en-GB"})

    assert '<html lang="de" dir="ltr">' in page.text
    preload = re.search(r'<link rel="preload" href="([^"]+)" as="fetch" crossorigin>', page.text)
    assert preload, "the catalogue is loaded beside the script"
    assert "Accept-Language" in page.headers["vary"]
    catalogue = (await web.get(preload[1])).json()
    assert (catalogue["language"], catalogue["direction"]) == ("de", "ltr")
    assert catalogue["messages"]["Language"] == "Sprache"
    assert '<html lang="en">' in english.text
    assert "preload" not in english.text
    assert english.headers["etag"] != page.headers["etag"]


async def test_a_german_browser_gets_a_german_manifest(web: httpx.AsyncClient) -> None:
    page = await web.get("/", headers=PAGE | {"accept-language": "de"})
    english = await web.get("/", headers=PAGE)
    [address] = [path for path in _addresses(page.text) if path.endswith(".webmanifest")]
    [in_english] = [path for path in _addresses(english.text) if path.endswith(".webmanifest")]

    answer = await web.get(address)

    assert answer.headers["content-type"] == "application/manifest+json"
    manifest, other = answer.json(), (await web.get(in_english)).json()
    assert (manifest["lang"], manifest["dir"]) == ("de", "ltr")
    assert manifest["description"] == "Gemeinsame To-do-Listen, die live sind."
    assert [item["name"] for item in manifest["shortcuts"]] == ["Neue Aufgabe", "Heute"]
    assert [item["name"] for item in other["shortcuts"]] == ["New todo", "Today"]
    said = ("lang", "description", "shortcuts")
    assert {name: manifest[name] for name in manifest if name not in said} == {
        name: other[name] for name in other if name not in said
    }, "the same app: its id, its name and its icons"
    assert 'content="Gemeinsame To-do-Listen, die live sind."' in page.text


async def test_the_app_can_be_installed(web: httpx.AsyncClient) -> None:
    """What browsers ask of a manifest before they offer to install the app."""
    page = await web.get("/", headers=PAGE)
    [address] = [path for path in _addresses(page.text) if path.endswith(".webmanifest")]

    answer = await web.get(address)

    assert answer.headers["content-type"] == "application/manifest+json"
    manifest = answer.json()
    assert manifest["name"]
    assert manifest["display"] == "standalone"
    assert manifest["id"] == manifest["start_url"] == "/today"
    for path in (*(item["url"] for item in manifest["shortcuts"]), "/share", "/today"):
        assert (await web.get(path, headers=PAGE)).text == page.text
    assert manifest["share_target"]["action"] == "/share"
    icons = {(icon["sizes"], icon["purpose"]): icon for icon in manifest["icons"]}
    assert {("192x192", "any"), ("512x512", "any"), ("512x512", "maskable")} <= set(icons)
    for icon in manifest["icons"]:
        drawing = await web.get(f"{address.rsplit('/', 1)[0]}/{icon['src']}")
        assert drawing.headers["content-type"] == icon["type"]
        if icon["type"] == "image/png":
            size = Image.open(io.BytesIO(drawing.content)).size
            assert "x".join(map(str, size)) == icon["sizes"]
            assert len(drawing.content) < 6_000


def test_without_scripts_a_page_says_so_in_the_language_of_the_browser() -> None:
    name = r"Müller \1 & Co"

    pages = build_release(
        web_client.FOLDER, signature(web_client.FOLDER), "", Branding(name=name)
    ).pages

    german, english = (pages[language].body("").decode() for language in ("de", "en"))
    assert r"<noscript>Müller \1 &amp; Co braucht JavaScript" in german
    assert r'<p class="not-loaded">Müller \1 &amp; Co wurde nicht geladen.' in german
    assert r"<noscript>Müller \1 &amp; Co needs JavaScript" in english
