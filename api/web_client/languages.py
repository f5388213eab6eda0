"""The languages of the web client: the files of their catalogues, and what a page says about them."""

import html
import json
import re
from typing import Any

from api.web_client.module_joiner import LAZY_PREFIX
from shared.languages.catalogues import ENGLISH, direction, languages
from shared.languages.client_catalogue import client_catalogue
from shared.languages.texts import Translator, message, translator

_HTML = '<html lang="en">'
# What a browser shows in which the script does not run.
_NO_SCRIPT = re.compile(r"(?<=<noscript>)[^<]*(?=</noscript>)")
_DESCRIPTION = re.compile(r'(?<=<meta name="description" content=")[^"]*')
_NOT_LOADED = re.compile(r'(?<=<p class="not-loaded">)[^<]*(?=</p>)')
_END_OF_HEAD = "  </head>\n"


MANIFEST = "manifest.webmanifest"
DESCRIPTION = message("Shared to-do lists that are live.")
# What the shortcuts of the installed app are called, by their address.
_SHORTCUTS = {"/share": message("New todo"), "/today": message("Today")}


def catalogue_files() -> dict[str, bytes]:
    """Return the catalogue of each language but English, by file name.

    The service worker stores the file of a language when a page first loads it, as it does with scripts.
    """
    return {_name(each): client_catalogue(each) for each in languages() if each != ENGLISH}


def manifests_in_other_languages(manifest: bytes) -> dict[str, bytes]:
    """Return the web app manifest for the readers of each language but English, by file name."""
    return {
        _manifest_name(language): _manifest_in(language, json.loads(manifest))
        for language in languages()
        if language != ENGLISH
    }


def _manifest_in(language: str, manifest: dict[str, Any]) -> bytes:
    translate = translator(language)
    manifest |= {"lang": language, "dir": direction(language)}
    manifest["description"] = translate.of(DESCRIPTION)
    for shortcut in manifest.get("shortcuts", ()):
        shortcut["name"] = translate.of(_SHORTCUTS[shortcut["url"]])
    return json.dumps(manifest, ensure_ascii=False, indent=2).encode()


def _manifest_name(language: str) -> str:
    return f"manifest-{language}.webmanifest"


def page_in(language: str, page: str, folder_address: str, name: str) -> str:
    """Return the page of the site `name` for readers of a language, with the addresses of all catalogues.

    The browser loads the catalogue of `language` beside the script, not after it.
    """
    addresses = {each: f"{folder_address}/{_name(each)}" for each in languages() if each != ENGLISH}
    content = html.escape(json.dumps(addresses))
    added = f'    <meta name="livelist-languages" content="{content}">\n'
    if language != ENGLISH:
        opening = f'<html lang="{language}" dir="{direction(language)}">'
        page = _translated(page.replace(_HTML, opening, 1), translator(language), name)
        page = page.replace(f"/{MANIFEST}", f"/{_manifest_name(language)}", 1)
        added += f'    <link rel="preload" href="{addresses[language]}" as="fetch" crossorigin>\n'
    return page.replace(_END_OF_HEAD, added + _END_OF_HEAD, 1)


def _translated(page: str, translate: Translator, name: str) -> str:
    """Return the page with its description, and the sentences for a browser that runs no script."""
    sentences = {
        _DESCRIPTION: DESCRIPTION,
        _NO_SCRIPT: message("{site} needs JavaScript to keep your lists live.", site=name),
        _NOT_LOADED: message("{site} did not load. Reload the page to try again.", site=name),
    }
    for element, sentence in sentences.items():
        text = html.escape(translate.of(sentence))
        # By a function: the name of the site may hold what means something in a replacement.
        page = element.sub(lambda _, text=text: text, page, count=1)  # type: ignore[misc]
    return page


def _name(language: str) -> str:
    return f"{LAZY_PREFIX}{language}.json"
