"""What an operator says about the site: checked at start, and shown by the API and the web client's files."""

import html
import json
import re
import struct
import zlib
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select

from shared.settings import Settings, SettingsError, load_settings
from shared.tables.accounts import UserRow
from tests.support.api_server import client_of, running_app
from tests.support.settings import changed_settings

V1 = "/api/v1"
PAGE = {"accept": "text/html"}
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64"><script>alert(1)</script></svg>'
Site = Callable[..., AbstractAsyncContextManager[httpx.AsyncClient]]


def _png(width: int, height: int) -> bytes:
    def chunk(kind: bytes, content: bytes) -> bytes:
        checksum = struct.pack(">I", zlib.crc32(kind + content))
        return struct.pack(">I", len(content)) + kind + content + checksum

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = zlib.compress((b"\0" + b"\xb0\x40\x20" * width) * height)
    parts = (chunk(b"IHDR", header), chunk(b"IDAT", rows), chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


@pytest.fixture
def site(settings: Settings) -> Site:
    """Start an API with changed settings."""

    @asynccontextmanager
    async def start(**changes: str) -> AsyncIterator[httpx.AsyncClient]:
        async with (
            running_app(changed_settings(settings, **changes)) as app,
            client_of(app) as client,
        ):
            yield client

    return start


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("SITE_NAME", "x" * 61, "must have 1 to 60 characters"),
        ("SITE_NAME", "  ", "must have 1 to 60 characters"),
        ("SITE_NAME", "\u200b", "must hold a character that can be seen"),
        ("SITE_NAME", "a\nb", "line breaks are not allowed here"),
        ("MAIL_FROM_NAME", "a\nBcc: b", "line breaks are not allowed here"),
        ("SITE_ACCENT_COLOUR", "teal", "must look like #0b7265"),
        ("SITE_ACCENT_COLOUR", "#0b7265\n", "must look like #0b7265"),
        ("SITE_SIGN_UP_TEXT", "x" * 501, "must have at most 500 characters"),
        ("SITE_SIGN_UP_TEXT", "\x07", "control characters are not allowed"),
        ("SITE_HELP_URL", "http://example.org/help", "must be an https:// or mailto: address"),
        ("SITE_IMPRINT_URL", "javascript:alert(1)", "must be an https:// or mailto: address"),
        ("SITE_PRIVACY_URL", "https://", "must be an https:// or mailto: address"),
        ("SITE_TERMS_URL", "https://[::1", "must be an https:// or mailto: address"),
        ("SITE_TERMS_URL", "https://example.org:port/", "must be an https:// or mailto: address"),
        ("DEFAULT_LOCALE", "english!", "must be a language tag such as en or pt-BR"),
        ("DEFAULT_TIME_ZONE", "Mars/Olympus", "must be a time zone such as Europe/Berlin"),
        ("DEFAULT_TIME_ZONE", "../etc/passwd", "must be a time zone such as Europe/Berlin"),
        ("SITE_LOGO", "/nowhere/logo.png", "cannot be read: No such file or directory"),
        ("SITE_LOGO", "/", "cannot be read: Is a directory"),
        ("SITE_LOGO", "https://example.org/logo.png", "cannot be read: No such file"),
    ],
)
def test_a_wrong_value_is_one_sentence_with_the_name_of_its_setting(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, sentence: str
) -> None:
    monkeypatch.setenv(name, value)

    with pytest.raises(SettingsError) as error:
        load_settings()

    assert str(error.value).startswith(f"{name}: {sentence}")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"GIF89a" + b"x" * 50, "must be a PNG or SVG file"),
        (b"<html/>", "must be a PNG or SVG file"),
        (b"", "must be a PNG or SVG file"),
        (b'<?xml version="1.0" encoding="nonsense"?><svg/>', "must be a PNG or SVG file"),
        (b"<!DOCTYPE svg [<!ENTITY a 'b'>]>" + SVG, "must be an SVG file without a DOCTYPE"),
        (SVG.replace(b"0 0 64 64", b"0 0 64 200"), "must be about as wide as high"),
        (SVG.replace(b"0 0 64 64", b"0 0 64 0"), "must be an SVG file with a viewBox"),
        (SVG.replace(b"viewBox", b"other"), "must be an SVG file with a viewBox"),
        (_png(64, 64)[:60], "is a damaged PNG file"),
        (b"\x89PNG\r\n\x1a\n", "is a damaged PNG file"),
        (_png(32, 32), "must have 48 to 2048 pixels a side"),
        (_png(48, 200), "must be about as wide as high"),
        (SVG + b" " * 256 * 1024, "must be a file of at most 256 KiB"),
    ],
)
def test_a_logo_is_judged_by_its_content(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, content: bytes, sentence: str
) -> None:
    (tmp_path / "logo.png").write_bytes(content)
    monkeypatch.setenv("SITE_LOGO", str(tmp_path / "logo.png"))

    with pytest.raises(SettingsError) as error:
        load_settings()

    assert str(error.value).startswith(f"SITE_LOGO: {sentence}")


async def test_the_site_its_page_and_its_manifest_show_what_the_operator_set(
    site: Site, tmp_path: Path
) -> None:
    (tmp_path / "logo").write_bytes(_png(96, 80))
    links = {"site_imprint_url": "https://example.org/imprint", "site_help_url": "mailto:a@b.de"}
    name = 'Chor "Nord" & <b>Süd</b>'
    async with site(
        site_name=name, site_logo=str(tmp_path / "logo"), site_accent_colour="#B02060",
        site_sign_up_text="For members.\nAsk <Ana>.", **links,
    ) as client:  # fmt: skip
        facts = (await client.get(f"{V1}/site")).json()
        page = (await client.get("/sign-up", headers=PAGE)).text
        manifest = (await client.get(_named(page, "manifest"))).json()
        styles = (await client.get(_named(page, "stylesheet"))).text
        worker = (await client.get("/service_worker.js")).text
        docs = (await client.get("/docs")).text
        document = (await client.get("/openapi.json")).json()

    assert (facts["name"], facts["accent_colour"]) == (name, "#b02060")
    assert facts["sign_up_text"] == "For members.\nAsk <Ana>."
    assert (facts["imprint_url"], facts["terms_url"]) == (links["site_imprint_url"], None)
    embedded = re.search(r'<meta name="livelist-site" content="([^"]*)">', page)
    assert embedded
    assert json.loads(html.unescape(embedded[1])) == facts
    assert f"<title>{html.escape(name)}</title>" in page
    assert "Livelist" not in page.replace("livelist-site", "")
    assert _named(page, "icon") == _named(page, "apple-touch-icon") == facts["logo_url"]
    assert (manifest["name"], manifest["theme_color"]) == (name, "#b02060")
    icon = {"src": f"..{facts['logo_url'].removeprefix('/assets')}", "sizes": "96x80"}
    assert manifest["icons"] == [icon | {"type": "image/png"}]
    assert "--accent: #b02060" in styles
    assert facts["logo_url"] in worker
    assert html.escape(name) in docs
    assert document["info"]["title"] == name


async def test_a_logo_is_kept_for_a_year_and_runs_no_script(site: Site, tmp_path: Path) -> None:
    (tmp_path / "logo.png").write_bytes(SVG)
    async with site(site_logo=str(tmp_path / "logo.png")) as client:
        address = (await client.get(f"{V1}/site")).json()["logo_url"]
        answer = await client.get(address)
        again = await client.get(address, headers={"if-none-match": answer.headers["etag"]})
    async with site(site_logo=str(tmp_path / "logo.png"), site_name="Choir") as client:
        renamed = (await client.get(f"{V1}/site")).json()["logo_url"]
    other = tmp_path / "other"
    other.write_bytes(SVG.replace(b"alert(1)", b"alert(2)"))
    async with site(site_logo=str(other)) as client:
        changed = (await client.get(f"{V1}/site")).json()["logo_url"]

    assert (answer.status_code, answer.content) == (200, SVG)
    assert answer.headers["content-type"] == "image/svg+xml"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    policy = answer.headers.get_list("content-security-policy")
    assert policy == ["default-src 'none'; style-src 'unsafe-inline'; sandbox"]
    assert again.status_code == 304
    assert renamed == address != changed


@pytest.mark.parametrize(
    "change",
    [{"site_name": "B"}, {"registration_open": "false"}, {"site_accent_colour": "#123456"}],
)
async def test_a_changed_setting_makes_another_page_and_another_release(
    site: Site, change: dict[str, str]
) -> None:
    async with site(site_name="A") as client:
        before = await client.get("/", headers=PAGE)
    async with site(**{"site_name": "A"} | change) as client:
        tag = {"if-none-match": before.headers["etag"]}
        after = await client.get("/", headers=PAGE | tag)

    assert after.status_code == 200
    assert _named(before.text, "stylesheet") != _named(after.text, "stylesheet")


async def test_new_accounts_begin_with_the_site_s_language_and_time_zone(
    settings: Settings,
) -> None:
    defaults = {"default_locale": "pt-BR", "default_time_zone": "America/Sao_Paulo"}
    body = {"password": "quiet orchard lamp", "name": "Ana"}
    own = {"locale": "fr", "time_zone": "Europe/Paris"}
    async with running_app(changed_settings(settings, **defaults)) as app, client_of(app) as client:
        for fields in ({"email": "a@example.org"}, {"email": "b@example.org"} | own):
            answer = await client.post(f"{V1}/auth/register", json=body | fields)
            assert answer.status_code == 202
        async with app.state.resources.begin_read() as read:
            columns = (UserRow.email, UserRow.locale, UserRow.time_zone)
            rows = (await read.connection.execute(select(*columns))).all()

    assert sorted(tuple(row) for row in rows) == [
        ("a@example.org", "pt-BR", "America/Sao_Paulo"),
        ("b@example.org", "fr", "Europe/Paris"),
    ]


def test_the_sender_is_named_like_the_site_or_as_the_operator_says(settings: Settings) -> None:
    named = changed_settings(settings, site_name="Choir")

    assert named.sender_name == "Choir"
    assert changed_settings(named, mail_from_name="Choir mail").sender_name == "Choir mail"
    assert changed_settings(named, mail_from_name="Choir mail").site.name == "Choir"


def _named(page: str, rel: str) -> str:
    found = re.search(rf'<link rel="{rel}" href="([^"]+)"', page)
    assert found, rel
    return found[1]
