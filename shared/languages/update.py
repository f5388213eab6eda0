"""Bring the texts of the code into the catalogues: `python -m shared.languages.update`.

New texts come without a translation, and those that the code no longer has leave. With the code of a
language, `… update fr`, begin its catalogues.
"""

import io
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import write_po

from shared.languages.catalogues import (
    DOMAINS,
    ENGLISH,
    catalogue_path,
    languages,
    placeholders,
    read_catalogue,
)
from shared.languages.javascript import texts_of
from shared.languages.python import python_texts, template_texts

ROOT = Path(__file__).parents[2]
HEADER = "# Translations of Livelist. docs/languages.md says how to write them."
# The dates of a catalogue would be a conflict in every merge.
_DATE = datetime(2026, 1, 1, tzinfo=UTC)

Text = tuple[str, tuple[str, ...]]


def template(domain: str) -> Catalog:
    """Return the catalogue of all texts of the code, without translations."""
    catalogue = Catalog(domain=domain)
    for path, texts in sorted(_TEXTS[domain]()):
        catalogue.add(texts[0] if len(texts) == 1 else texts, locations=[(path, 0)])
    return catalogue


def updated(language: str, domain: str) -> Catalog:
    """Return a catalogue with the texts that the code has now, and their translations."""
    before = read_catalogue(language, domain)
    after = Catalog(
        locale=language,
        domain=domain,
        header_comment=HEADER,
        project="Livelist",
        version="1",
        creation_date=_DATE,
        revision_date=_DATE,
        last_translator="",
        language_team=language,
        msgid_bugs_address="docs/languages.md",
        fuzzy=False,
    )
    for message in template(domain):
        if not message.id:
            continue
        known = before.get(message.id[0] if message.pluralizable else message.id)
        string = known.string if known and known.pluralizable == message.pluralizable else ""
        flags = known.flags if known else ()
        after.add(message.id, string or None, locations=message.locations, flags=flags)
    return after


def written(catalogue: Catalog) -> bytes:
    """Return the text of a .po file. It is sorted and names no lines, so that changes merge."""
    file = io.BytesIO()
    write_po(file, catalogue, width=0, sort_output=True, include_lineno=False)
    return file.getvalue()


def faults(catalogue: Catalog) -> list[str]:
    """Return what a translator has to do: texts without a translation, and with wrong values."""
    found = []
    for message in catalogue:
        if not message.id:
            continue
        text = message.id if isinstance(message.id, str) else message.id[-1]
        strings = (
            [message.string] if isinstance(message.string, str) else list(message.string or [])
        )
        if not strings or not all(strings):
            found.append(f"no translation: {text}")
        elif message.fuzzy:
            found.append(f"marked as fuzzy: {text}")
        elif wrong := [each for each in strings if not _has_values(each, message)]:
            found.append(f"other values than in {text!r}: {wrong[0]}")
    return found


def _has_values(string: str, message: object) -> bool:
    ids = getattr(message, "id", "")
    if isinstance(ids, str):
        return placeholders(string) == placeholders(ids)
    # A form for one number may leave the number out: "one day".
    allowed = placeholders(ids[0]) | placeholders(ids[1])
    return allowed - {"count"} <= placeholders(string) <= allowed


def _client_texts() -> Iterator[Text]:
    for path in sorted((ROOT / "web").rglob("*.js")):
        for _, texts in texts_of(path.read_text()):
            yield path.relative_to(ROOT).as_posix(), texts


def _server_texts() -> Iterator[Text]:
    for folder in ("api", "realtime", "shared", "worker"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            for texts in python_texts(path.read_text()):
                yield path.relative_to(ROOT).as_posix(), texts
    for path in sorted((ROOT / "worker/mail/templates").rglob("*.*")):
        for texts in template_texts(path.read_text()):
            yield path.relative_to(ROOT).as_posix(), texts


_TEXTS = {"client": _client_texts, "server": _server_texts}


def main(arguments: list[str]) -> int:
    missing = 0
    for language in sorted({*languages(), *arguments} - {ENGLISH}):
        for domain in DOMAINS:
            catalogue = updated(language, domain)
            path = catalogue_path(language, domain)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(written(catalogue))
            for fault in faults(catalogue):
                missing += 1
                print(f"{path.relative_to(ROOT)}: {fault}")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
