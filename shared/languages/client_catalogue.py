"""The file with which the web client speaks a language: what `setCatalogue` of web/languages takes."""

import json

from shared.languages.catalogues import direction, messages, plural_forms, read_catalogue


def client_catalogue(language: str) -> bytes:
    """Return the translations of the client's texts as JSON. A text without one is left out."""
    known = messages(language, "client")
    forms = list(plural_forms(read_catalogue(language, "client")))
    counted = {
        text: [by_category[form] for form in forms] for text, by_category in known.counted.items()
    }
    texts = {text: translation for text, translation in known.texts.items() if translation}
    content = {
        "language": language,
        "direction": direction(language),
        "forms": forms,
        "messages": texts | counted,
    }
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
