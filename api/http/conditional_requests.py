"""Conditional requests (RFC 9110, section 13): the ETag of an answer and the If-Match of an edit."""

from typing import Annotated

from fastapi import Depends, Header
from pydantic import BaseModel

from shared.errors import Invalid

IfMatch = Annotated[
    str | None,
    Header(
        alias="If-Match",
        description="The ETag you edit; if it is no longer current: 412.",
        max_length=20,
    ),
]


async def expected_version(if_match: IfMatch = None) -> int | None:
    """Return the version in If-Match; None for no header or `*`. Raise Invalid if unreadable."""
    if if_match is None or if_match.strip() == "*":
        return None
    digits = if_match.strip().removeprefix("W/").strip('"')
    if not digits.isascii() or not digits.isdigit():
        raise Invalid.field("If-Match", "version", 'If-Match takes an ETag such as "3".')
    return int(digits)


ExpectedVersion = Annotated[int | None, Depends(expected_version)]


def etag_headers(shape: BaseModel) -> dict[str, str]:
    """Return the ETag header of `shape`; no header if the shape has no version."""
    version = getattr(shape, "version", None)
    return {} if version is None else {"ETag": f'"{version}"'}
