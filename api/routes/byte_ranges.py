"""Ranges of bytes of a download (RFC 9110, section 14): one range, or the whole."""

import re

_RANGE = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})", re.IGNORECASE)


class Unsatisfiable(Exception):
    """The range begins after the end of the content (416)."""


def requested_range(header: str, size: int) -> tuple[int, int] | None:
    """Return the first byte and the one after the last; None to send the whole.

    A header that we do not understand, or with several ranges, is ignored, as section 14.2 allows. Raise
    Unsatisfiable.
    """
    match = _RANGE.fullmatch(header.strip())
    if match is None or not (match[1] or match[2]):
        return None
    if not match[1]:
        start, end = max(size - int(match[2]), 0), size
    else:
        start, end = int(match[1]), size
        if match[2]:
            if int(match[2]) < start:
                return None
            end = min(int(match[2]) + 1, size)
    if start >= end:
        raise Unsatisfiable
    return start, end
