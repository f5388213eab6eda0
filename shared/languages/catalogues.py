"""Read the message catalogues: one .po file for each language and domain."""

import re
from collections.abc import Mapping
from functools import cache
from gettext import c2py
from pathlib import Path
from typing import NamedTuple

from babel import Locale
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po
from babel.plural import PluralRule

FOLDER = Path(__file__).parent / "catalogues"
ENGLISH = "en"
# `client`: the texts of web/. `server`: those of mails, pushes and problems.
DOMAINS = ("client", "server")
# A language has no more plural forms than the numbers up to this show.
_PLURAL_SAMPLES = range(1001)


class Messages(NamedTuple):
    """The translations of a language by English text; of a text that counts, one by plural category."""

    texts: Mapping[str, str]
    counted: Mapping[str, Mapping[str, str]]


@cache
def languages() -> tuple[str, ...]:
    """Return the codes of all languages: English, and those that have a folder of catalogues."""
    return (ENGLISH, *sorted(folder.name for folder in FOLDER.iterdir() if folder.is_dir()))


@cache
def _category_of(language: str) -> PluralRule:
    return Locale.parse(language, sep="-").plural_form


def plural_category(language: str, count: int) -> str:
    """Return the plural category of CLDR for a number, such as `one` or `other`."""
    return str(_category_of(language)(count))


def direction(language: str) -> str:
    """Return `ltr` or `rtl`."""
    return str(Locale.parse(language, sep="-").text_direction)


def catalogue_path(language: str, domain: str) -> Path:
    return FOLDER / language / f"{domain}.po"


def read_catalogue(language: str, domain: str) -> Catalog:
    """Return the catalogue as it is in its file; an empty one if there is no file."""
    path = catalogue_path(language, domain)
    if not path.is_file():
        return Catalog(locale=language, domain=domain)
    with path.open("rb") as file:
        return read_po(file, locale=language, domain=domain)


@cache
def messages(language: str, domain: str) -> Messages:
    """Return the translations of a language. English has none: its texts are the keys."""
    if language == ENGLISH:
        return Messages({}, {})
    catalogue = read_catalogue(language, domain)
    forms = plural_forms(catalogue)
    texts: dict[str, str] = {}
    counted: dict[str, Mapping[str, str]] = {}
    for message in catalogue:
        if not message.id or message.fuzzy:
            continue
        if isinstance(message.id, str):
            texts[message.id] = str(message.string)
        else:
            strings = list(message.string or ())
            counted[message.id[0]] = {category: strings[index] for category, index in forms.items()}
    return Messages(texts, counted)


def plural_forms(catalogue: Catalog) -> dict[str, int]:
    """Return for each plural category of CLDR the number of the form in the .po file.

    A category that only fractions have takes the form of `other`.
    """
    category_of = Locale.parse(str(catalogue.locale)).plural_form
    form_of = c2py(catalogue.plural_expr)
    forms = {category_of(number): form_of(number) for number in _PLURAL_SAMPLES}
    last = catalogue.num_plurals - 1
    return {
        category: forms.get(category, last) for category in sorted(category_of.tags | {"other"})
    }


def placeholders(text: str) -> set[str]:
    """Return the names of the values in a text: {"name"} of "Hello {name}"."""
    return set(re.findall(r"\{(\w+)\}", text))
