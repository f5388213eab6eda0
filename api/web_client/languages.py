"""The languages of the web client: the files of their catalogues, and what a page says about them."""

import html
import json
import re

from api.web_client.module_joiner import LAZY_PREFIX
from shared.languages.catalogues import ENGLISH, direction, languages
from shared.languages.client_catalogue import client_catalogue
from shared.languages.texts import Translator, message, translator

_HTML = '<html lang="en">'
# What a browser shows in which the script does not run.
_NO_SCRIPT = re.compile(r"(?<=<noscript>)[^<]*(?=</noscript>)")
_NOT_LOADED = re.compile(r'(?<=<p class="not-loaded">)[^<]*(?=</p>)')
_END_OF_HEAD = "  </head>\n"


def catalogue_files() -> dict[str, bytes]:
    """Return the catalogue of each language but English, by file name.

    The service worker stores the file of a language when a page first loads it, as it does with scripts.
    """
    return {_name(each): client_catalogue(each) for each in languages() if each != ENGLISH}


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
        added += f'    <link rel="preload" href="{addresses[language]}" as="fetch" crossorigin>\n'
    return page.replace(_END_OF_HEAD, added + _END_OF_HEAD, 1)


def _translated(page: str, translate: Translator, name: str) -> str:
    """Return the page with the sentences of a browser in which the script does not run."""
    sentences = {
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
