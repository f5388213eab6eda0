"""Sentences for users: written in English where they arise, translated where they leave the server.

A sentence with values is a `Message`: an English text that knows what it was made of. Everywhere it is a
plain string; `Translator.of` says it in another language.
"""

from functools import cache
from typing import Any

from babel.numbers import format_decimal

from shared.languages.catalogues import ENGLISH, Messages, messages, plural_category


class Amount(int):
    """A number that a sentence shows with the separators of the reader's language: 10,000 or 10.000."""

    def __format__(self, form: str) -> str:
        return format(int(self), form or ",")


class Message(str):
    """An English sentence with its key in the catalogue and its values."""

    # As attributes, not in __slots__: a str has none.
    key: str
    values: dict[str, Any]
    # Of a text that counts: the English text for other numbers than 1.
    other: str


def message(key: str, /, **values: Any) -> Message:
    """Return the English sentence `key` with its values: `message("At most {count} words.", count=5)`."""
    return _made(key, "", values)


def counted(count: int, one: str, other: str, /, **values: Any) -> Message:
    """Return the English sentence for a number: `counted(3, "{count} todo", "{count} todos")`."""
    return _made(one, other, {"count": count, **values})


def sentence_of(error: Exception) -> Message:
    """Return the sentence of an error as it was raised: `str` would forget what it was made of."""
    sentence = error.args[0] if error.args else ""
    return sentence if isinstance(sentence, Message) else _made(str(sentence), "", {})


def _made(key: str, other: str, values: dict[str, Any]) -> Message:
    is_other = bool(other) and values["count"] != 1
    made = Message((other if is_other else key).format_map(values))
    made.key, made.other, made.values = key, other, values
    return made


class Translator:
    """The texts of the server in one language."""

    def __init__(self, language: str) -> None:
        self.language = language
        self._messages: Messages = messages(language, "server")

    def of(self, text: str) -> str:
        """Return a sentence in this language; in English if the catalogue has no translation.

        It is a plain string, as templates of mails take the controls of direction out of those alone.
        """
        if self.language == ENGLISH:
            return str(text)
        if not isinstance(text, Message):
            return self._messages.texts.get(text) or text
        values = {name: self._value(value) for name, value in text.values.items()}
        if not text.other:
            return (self._messages.texts.get(text.key) or text.key).format_map(values)
        forms = self._messages.counted.get(text.key, {})
        found = forms.get(plural_category(self.language, text.values["count"]))
        return found.format_map(values) if found else str(text)

    def __call__(self, key: str, /, **values: Any) -> str:
        return self.of(message(key, **values))

    def counted(self, count: int, one: str, other: str, /, **values: Any) -> str:
        return self.of(counted(count, one, other, **values))

    def _value(self, value: Any) -> Any:
        # A text of ours inside another is translated too; what a user wrote is no Message.
        if isinstance(value, Amount):
            return format_decimal(int(value), locale=self.language)
        return self.of(value) if isinstance(value, Message) else value


@cache
def translator(language: str) -> Translator:
    return Translator(language)
