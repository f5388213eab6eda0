"""Sentences of the server: English where they arise, translated where they leave it."""

import pytest

from shared.languages import texts
from shared.languages.catalogues import Messages
from shared.languages.python import python_texts, template_texts
from shared.languages.texts import Amount, Translator, counted, message

GERMAN = Messages(
    {
        "At most {limit} words.": "Höchstens {limit} Wörter.",
        "{detail} Try again in {seconds} s.": "{detail} Noch einmal in {seconds} s.",
        "Too many attempts.": "Zu viele Versuche.",
    },
    {"{count} todo": {"one": "{count} Aufgabe", "other": "{count} Aufgaben"}},
)


@pytest.fixture
def german(monkeypatch: pytest.MonkeyPatch) -> Translator:
    monkeypatch.setattr(texts, "messages", lambda language, domain: GERMAN)
    return Translator("de")


def test_a_message_is_its_english_sentence() -> None:
    assert message("At most {limit} words.", limit=5) == "At most 5 words."
    assert counted(1, "{count} todo", "{count} todos") == "1 todo"
    assert counted(0, "{count} todo", "{count} todos") == "0 todos"
    assert type(Translator("en")("At most {limit} words.", limit=5)) is str


def test_a_message_is_translated_with_its_values(german: Translator) -> None:
    inner = message("Too many attempts.")

    assert german.of(message("At most {limit} words.", limit=5)) == "Höchstens 5 Wörter."
    assert german.of("Too many attempts.") == "Zu viele Versuche."
    assert german.counted(3, "{count} todo", "{count} todos") == "3 Aufgaben"
    again = message("{detail} Try again in {seconds} s.", detail=inner, seconds=3)
    assert german.of(again) == "Zu viele Versuche. Noch einmal in 3 s."


def test_what_a_user_wrote_is_neither_translated_nor_searched_for_values(
    german: Translator,
) -> None:
    said = message("At most {limit} words.", limit="{limit} Too many attempts.")

    assert german.of(said) == "Höchstens {limit} Too many attempts. Wörter."
    assert german.of("{x}") == "{x}"


def test_an_amount_has_the_separators_of_the_language(german: Translator) -> None:
    said = message("At most {limit} words.", limit=Amount(10_000))

    assert (said, german.of(said)) == ("At most 10,000 words.", "Höchstens 10.000 Wörter.")


def test_the_texts_of_errors_and_templates_are_found() -> None:
    source = """
raise Conflict("In the trash." " Restore it.")
raise Invalid.field("name", "too_long", message("At most {limit}.", limit=1))
counted(2, "{count} x", "{count} xs")
field("a", "b", default=1)
raise Conflict(computed)
"""
    template = (
        '{{ t("Hello {name}", name=name) }}{% if x %}{{ counted(n, "one", "many") }}{% endif %}'
    )

    assert set(python_texts(source)) == {
        ("In the trash. Restore it.",), ("At most {limit}.",), ("{count} x", "{count} xs"),
    }  # fmt: skip
    assert list(template_texts(template)) == [("Hello {name}",), ("one", "many")]
