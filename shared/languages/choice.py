"""Which language a reader gets."""

from functools import lru_cache

from shared.languages.catalogues import ENGLISH, languages

# What browsers send: few different texts, each short. A longer one is not kept.
_CACHED_HEADERS = 256
_MAX_CACHED_LENGTH = 200
# A browser lists a dozen languages at most.
_MAX_RANGES = 20


def known_language(tag: str) -> str | None:
    """Return the language of the catalogues for a language tag: `de` for `de-AT`; None if none."""
    lowered = tag.strip().lower()
    known = {language.lower(): language for language in languages()}
    while lowered:
        if lowered in known:
            return known[lowered]
        lowered = lowered.rpartition("-")[0]
    return None


def language_of_account(language: str, locale: str) -> str:
    """Return the language of mails and pushes to an account: as chosen, else that of its locale."""
    return known_language(language) or known_language(locale) or ENGLISH


def accepted_language(header: str) -> str:
    """Return the best language for an Accept-Language header (RFC 9110, section 12.5.4)."""
    return (_cached if len(header) <= _MAX_CACHED_LENGTH else _best)(header)


def _best(header: str) -> str:
    ranges = []
    for element in header.split(",")[:_MAX_RANGES]:
        tag, _, parameter = element.partition(";")
        language = known_language(tag)
        if language and (weight := _weight(parameter)) > 0:
            ranges.append((weight, language))
    # max() takes the first of equal weights, as their order means preference to browsers.
    return max(ranges, key=lambda each: each[0])[1] if ranges else ENGLISH


_cached = lru_cache(_CACHED_HEADERS)(_best)


def _weight(parameter: str) -> float:
    name, _, value = parameter.strip().partition("=")
    if name != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0
