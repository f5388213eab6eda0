"""Which of several forms of an answer a client accepts (RFC 9110, section 12.5)."""

from collections.abc import Iterable
from functools import lru_cache

# What a header that is absent or empty means.
ANYTHING = "*/*"
# Clients send few different texts, of some hundred bytes. A longer one is not kept: the cache of
# everybody would be filled by one client.
_CACHED_TEXTS = 256
_MAX_CACHED_LENGTH = 1000


def list_header(headers: Iterable[tuple[bytes, bytes]], name: bytes) -> str:
    """Return the lines of a header as one list (RFC 9110, section 5.3); empty if there is none."""
    return b", ".join(value for key, value in headers if key == name).decode("latin-1")


def chosen_media_type(accept: str, offered: tuple[str, ...]) -> str | None:
    """Return the media type of `offered` that Accept prefers, None if it accepts none.

    Of types with the same weight the one that is named more exactly is chosen, then the first one.
    """
    weights = {media_type: _weight(accept or ANYTHING, media_type) for media_type in offered}
    best = max(offered, key=lambda media_type: weights[media_type])
    return best if weights[best][0] > 0 else None


def names_media_type(accept: str, media_type: str) -> bool:
    """Return True if Accept names the type or its kind (`text/*`), and not only `*/*`."""
    weight, exactness = _weight(accept, media_type)
    return weight > 0 and exactness > 0


def accepts_coding(accept_encoding: str, coding: str) -> bool:
    """Return True if Accept-Encoding allows a content coding other than `identity`."""
    weights = _weights(accept_encoding)
    return weights.get(coding, weights.get("*", 0.0)) > 0


def _weight(accept: str, media_type: str) -> tuple[float, int]:
    """Return the weight of a type, and how exactly it is named: 2 itself, 1 its kind, 0 not."""
    kind = f"{media_type.partition('/')[0]}/*"
    weights = _weights(accept)
    for exactness, media_range in ((2, media_type), (1, kind), (0, ANYTHING)):
        if media_range in weights:
            return weights[media_range], exactness
    return 0.0, 0


def _weights(header: str) -> dict[str, float]:
    return (_cached_weights if len(header) <= _MAX_CACHED_LENGTH else _parse_weights)(header)


def _parse_weights(header: str) -> dict[str, float]:
    """Return the weight of each element of a header, in lower case and without parameters."""
    weights = {}
    for element in header.lower().split(","):
        name, *parameters = (part.strip() for part in element.split(";"))
        weight = next((text[2:] for text in parameters if text.startswith("q=")), "1")
        if name:
            weights[name] = _number(weight)
    return weights


_cached_weights = lru_cache(_CACHED_TEXTS)(_parse_weights)


def _number(weight: str) -> float:
    # What is no weight is no reason to refuse.
    try:
        return min(1.0, max(0.0, float(weight)))
    except ValueError:
        return 1.0
