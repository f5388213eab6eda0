"""The message catalogues are complete: every text of the code has a translation with its values."""

import re

import pytest

from shared.languages import update
from shared.languages.catalogues import DOMAINS, ENGLISH, catalogue_path, languages, messages
from shared.languages.choice import accepted_language, language_of_account
from shared.languages.javascript import literals_of, texts_of
from shared.settings import ROOT

CATALOGUES = [(each, domain) for each in languages() if each != ENGLISH for domain in DOMAINS]
UPDATE = "run `.venv/bin/python -m shared.languages.update`, then translate"


@pytest.mark.parametrize(("language", "domain"), CATALOGUES)
def test_every_text_has_a_translation_with_its_values(language: str, domain: str) -> None:
    catalogue = update.updated(language, domain)

    assert update.faults(catalogue) == [], UPDATE


@pytest.mark.parametrize(("language", "domain"), CATALOGUES)
def test_a_catalogue_holds_the_texts_of_the_code_and_no_others(language: str, domain: str) -> None:
    written = update.written(update.updated(language, domain))

    assert catalogue_path(language, domain).read_bytes() == written, UPDATE


def test_a_sentence_of_the_server_that_counts_has_a_form_for_one() -> None:
    texts = [each.id for each in update.template("server") if isinstance(each.id, str)]

    # "and {count} more" is right for one, too.
    assert [text for text in texts if re.search(r"{count} (?!more)", text)] == []


@pytest.mark.parametrize("domain", DOMAINS)
def test_german_texts_have_german_quotation_marks(domain: str) -> None:
    known = messages("de", domain)
    translations = [
        *known.texts.values(),
        *(t for forms in known.counted.values() for t in forms.values()),
    ]

    assert [each for each in translations if set("“”") & set(re.sub("„[^“]*“", "", each))] == []


def test_no_text_of_a_user_is_quoted_outside_of_a_translation() -> None:
    quoted = {
        f"{path.name}:{each.line}"
        for path in (ROOT / "web").rglob("*.js")
        for each in literals_of(path.read_text())
        if each.is_template and "“{}" in each.text
    }

    assert quoted == set(), "write t('“{text}”', { text })"


def test_texts_are_found_wherever_they_are_in_a_module() -> None:
    source = """
    // t('a comment')
    const a = t('Outer {name}', { name: t('inner {x}', { x: `${t('in a template')}` }) });
    const b = /t('a pattern')/.test(a) ? tn(list.length, '{count} todo', '{count} todos') : 1 / 2;
    const c = t('of two ' +
      'parts') + other.t('a method') + t(LABELS.x) + message('a mark');
    """

    assert [texts for _, texts in texts_of(source)] == [
        ("Outer {name}",), ("in a template",), ("inner {x}",), ("{count} todo", "{count} todos"),
        ("of two parts",), ("a mark",),
    ]  # fmt: skip


def test_a_literal_knows_the_call_that_it_is_in() -> None:
    literals = literals_of("h('p', { class: 'quiet' }, `Hello ${name('x')}`);")

    assert [(each.text, each.calls[-1]) for each in literals] == [
        ("p", ("h", 0)), ("quiet", ("", 0)), ("Hello {}", ("h", 2)), ("x", ("name", 0)),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("de-AT,de;q=0.9,en;q=0.8", "de"),
        ("en-GB,en;q=0.9,de;q=0.8", "en"),
        ("fr-FR, fr;q=0.9, de;q=0.5", "de"),
        ("de;q=0, en", "en"),
        ("", "en"),
        ("*", "en"),
        ("de;q=x,;;,en;q=0.1", "en"),
        ("x" * 100_000, "en"),
    ],
)
def test_the_first_language_that_we_have_is_chosen(header: str, language: str) -> None:
    assert accepted_language(header) == language


def test_an_account_without_a_choice_has_the_language_of_its_locale() -> None:
    assert language_of_account("", "de-CH") == "de"
    assert language_of_account("en", "de-CH") == "en"
    assert language_of_account("", "fr-FR") == "en"
