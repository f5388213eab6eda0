"""Build a release of the web client: all that a browser loads, under the hash of its content.

web/index.html names the style sheets in their order, the first module, and other files. The release joins
the style sheets into one file and the modules into another, so that a first visit needs few requests.
"""

import gzip
import hashlib
import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import brotli

from api.http.paths import ASSETS, RESERVED_PREFIXES
from api.web_client.branding import Branding
from api.web_client.languages import (
    MANIFEST,
    catalogue_files,
    manifests_in_other_languages,
    page_in,
)
from api.web_client.media_types import MEDIA_TYPES
from api.web_client.module_joiner import LAZY_PREFIX, join_modules
from shared.languages.catalogues import ENGLISH, languages
from shared.settings.logo import Logo

PAGE = "index.html"
SCRIPT = "client.js"
STYLES = "client.css"
SOURCE_MAP = "client.js.map"
ICON = "icon.svg"
WORKER = "service_worker.js"
# Each file has another address when its content changes, so no browser needs to ask again.
IMMUTABLE = "public, max-age=31536000, immutable"
# The browser keeps it and asks at each use whether it changed: so a new release reaches it.
REVALIDATE = "no-cache"
# An image, and nothing else. A drawing may have styles of its own.
LOGO_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
NO_BRANDING = Branding()
# A smaller file is one packet either way.
COMPRESS_FROM_BYTES = 1400
# Ten times as fast as level 11, for 8 % more bytes. gzip has 11 % more than this.
BROTLI_QUALITY = 9
GZIP_LEVEL = 9

_STYLE_SHEET = re.compile(r' *<link rel="stylesheet" href="/web/([^"]+)">\n')
_FIRST_MODULE = re.compile(r'<script type="module" src="/web/([^"]+)"></script>')
_OTHER_FILE = re.compile(r'(?<=href=")/web/([^"]+)')
# They would mean something else in a joined file at another address.
_REFUSED_STYLE = re.compile(r"@import|@charset|@namespace|url\((?!['\"]?data:)")
# Comments on lines of their own, empty lines and the indentation: a sixth of the compressed styles.
_UNUSED_STYLE = re.compile(r"^(?:[ \n]|/\*(?:(?!\*/)[\s\S])*\*/(?=\n))+", re.MULTILINE)

Header = tuple[bytes, bytes]
# Path, time of the last change and size of each file.
Signature = tuple[tuple[str, int, int], ...]


class ReleaseError(ValueError):
    """The files of the web client do not make a release."""


@dataclass(frozen=True)
class ReleaseFile:
    """One answer: the headers of every answer, and its content."""

    etag: str
    headers: tuple[Header, ...]
    content: bytes

    @property
    def encodings(self) -> tuple[str, ...]:
        """Return the encodings that the file has, the smallest first; "" for none."""
        return ("br", "gzip", "") if len(self.content) >= COMPRESS_FROM_BYTES else ("",)

    def body(self, encoding: str) -> bytes:
        return _encoded(self.content, encoding) if encoding else self.content


@dataclass(frozen=True)
class Release:
    """The page by language, the service worker, and the files by their path below /assets/."""

    version: str
    pages: dict[str, ReleaseFile]
    worker: ReleaseFile
    assets: dict[str, ReleaseFile]

    def compress(self) -> None:
        """Compress every file now, 240 ms, instead of at its first request."""
        for file in (*self.pages.values(), self.worker, *self.assets.values()):
            for encoding in file.encodings:
                file.body(encoding)


def signature(folder: Path) -> Signature:
    """Return what differs once a file of the folder was edited, added or removed."""
    return tuple(sorted(_files(folder)))


def _files(folder: Path | str) -> Iterator[tuple[str, int, int]]:
    # Not rglob(), which takes four times as long: each page view of a developer waits for this.
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                yield from _files(entry.path)
            elif entry.is_file():
                stat = entry.stat()
                yield entry.path, stat.st_mtime_ns, stat.st_size


def build_release(
    folder: Path, signature: Signature, policy: str, branding: Branding = NO_BRANDING
) -> Release:
    """Return the release of the files of a folder, with the name and look of the site.

    `policy` is the Content-Security-Policy of the page. A browser stores the page with its headers, so a
    changed policy makes another release. Raise JoinError or ReleaseError if the files make none.
    """
    sources = _read(folder, signature)
    files = dict(sources)
    manifests: dict[str, bytes] = {}
    if MANIFEST in files:
        files[MANIFEST] = branding.manifest(files[MANIFEST])
        manifests = manifests_in_other_languages(files[MANIFEST])
    unseen = {"policy": policy.encode(), "branding": branding.key}
    version = _hash({**sources, **manifests, **unseen})
    worker, page = files.pop(WORKER), files.pop(PAGE).decode()
    files[STYLES] = branding.styles(files[STYLES])
    folder_address = f"{ASSETS}{version}"
    page = branding.page(_page(page, folder_address))
    files[PAGE] = page_in(ENGLISH, page, folder_address, branding.name).encode()
    assets = {
        f"{version}/{name}": _file(name, content, version, IMMUTABLE)
        for name, content in (files | manifests).items()
    }
    return Release(
        version,
        pages={
            language: _page_file(
                page_in(language, page, folder_address, branding.name), version, language
            )
            for language in languages()
        },
        worker=_file(WORKER, _worker(worker, version, list(files), branding), version, REVALIDATE),
        assets=assets | _logo(branding.logo),
    )


# Tests make many applications of the same files in one process.
@lru_cache(maxsize=2)
def _read(folder: Path, signature: Signature) -> dict[str, bytes]:
    """Return the files of the release; the page and the worker as they are in the folder."""
    page = (folder / PAGE).read_text()
    others = _OTHER_FILE.findall(_without_styles(page))
    files = {name: (folder / name).read_bytes() for name in (*others, PAGE, WORKER)}
    if MANIFEST in files:
        icons = [icon["src"] for icon in json.loads(files[MANIFEST])["icons"]]
        files |= {name: (folder / name).read_bytes() for name in icons}
    files[STYLES] = _join_styles(folder, _STYLE_SHEET.findall(page))
    for entry in _FIRST_MODULE.findall(page):
        joined = join_modules(folder, entry, SOURCE_MAP, "/web/", SCRIPT)
        files |= {SCRIPT: joined.script.encode(), SOURCE_MAP: joined.source_map.encode()}
        files |= {name: script.encode() for name, script in joined.lazy_scripts.items()}
        files |= catalogue_files()
    return files


def _without_styles(source: str) -> str:
    return _STYLE_SHEET.sub("", source)


def _join_styles(folder: Path, names: list[str]) -> bytes:
    texts = [(folder / name).read_text() for name in names]
    for name, text in zip(names, texts, strict=True):
        if refused := _REFUSED_STYLE.search(text):
            raise ReleaseError(f"{name}: {refused[0]!r} cannot be joined with other style sheets")
    return _UNUSED_STYLE.sub("", "\n".join(texts)).encode()


def _page(source: str, address: str) -> str:
    """Return the page with the addresses of the release in place of those of its sources."""
    styles = f'    <link rel="stylesheet" href="{address}/{STYLES}">\n'
    page = _STYLE_SHEET.sub(styles, source, count=1)
    page = _without_styles(page)
    page = _FIRST_MODULE.sub(f'<script type="module" src="{address}/{SCRIPT}"></script>', page)
    return _OTHER_FILE.sub(rf"{address}/\1", page)


def _logo(logo: Logo | None) -> dict[str, ReleaseFile]:
    """Return the operator's logo by its path. A new release keeps its address: its content decides."""
    if logo is None:
        return {}
    file = _file(logo.file_name, logo.content, logo.file_name, IMMUTABLE)
    # Opened by itself, an SVG file is a document of our origin: its scripts must not run.
    policy = (b"content-security-policy", LOGO_POLICY.encode())
    return {logo.file_name: replace(file, headers=(*file.headers, policy))}


def _worker(source: bytes, version: str, names: list[str], branding: Branding) -> bytes:
    """Return the service worker of the release: another text for each, so that browsers update it."""
    address = f"{ASSETS}{version}"
    # The system that installs the app loads its icons.
    unused = (SOURCE_MAP, *(name for name in names if name.endswith(".png")))
    used = [name for name in names if name not in unused]
    files = [f"{address}/{name}" for name in used if not name.startswith(LAZY_PREFIX)]
    later = [f"{address}/{name}" for name in used if name.startswith(LAZY_PREFIX)]
    release = {
        "version": version,
        "name": branding.name,
        "files": [*files, *([branding.icon] if branding.icon else [])],
        "later": later,
        "page": f"{address}/{PAGE}",
        "icon": branding.icon or f"{address}/{ICON}",
        "reserved": RESERVED_PREFIXES,
    }
    return f"const RELEASE = {json.dumps(release)};\n".encode() + source


def _hash(files: dict[str, bytes]) -> str:
    digest = hashlib.sha256()
    for name in sorted(files):
        digest.update(f"{name}\0{len(files[name])}\0".encode() + files[name])
    return digest.hexdigest()[:16]


def _page_file(page: str, version: str, language: str) -> ReleaseFile:
    file = _file(PAGE, page.encode(), f"{version}-{language}", REVALIDATE)
    return replace(file, headers=(*file.headers, (b"vary", b"Accept-Language")))


def _file(name: str, content: bytes, version: str, cache_control: str) -> ReleaseFile:
    # Weak: it is the same for every encoding (RFC 9110, 8.8.3.3).
    etag = f'W/"{version}"'
    headers = (
        (b"content-type", MEDIA_TYPES[Path(name).suffix].encode()),
        (b"cache-control", cache_control.encode()),
        (b"vary", b"Accept-Encoding"),
        (b"etag", etag.encode()),
    )
    return ReleaseFile(etag, headers, content)


# Three releases have fewer files in two encodings, and 3 MB. If one had more, the cache would forget each
# file before its next use.
@lru_cache(maxsize=128)
def _encoded(content: bytes, encoding: str) -> bytes:
    if encoding == "br":
        packed: bytes = brotli.compress(content, quality=BROTLI_QUALITY)
        return packed
    # mtime: the same bytes from every process.
    return gzip.compress(content, GZIP_LEVEL, mtime=0)
