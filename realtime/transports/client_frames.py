"""Parse what a client sends. docs/protocol.md, "The socket"."""

from typing import Any

from pydantic import ValidationError

from realtime.limits import Limits
from shared.contract.frames import CLIENT_FRAME, Close, Failed, Hello
from shared.contract.input.strict_json import (
    MAX_SAFE_INTEGER,
    NotStrictJsonError,
    parse_strict_json,
)


class CloseSocketError(Exception):
    """The socket must be closed with `code`."""

    def __init__(self, code: Close) -> None:
        super().__init__(code)
        self.code = code


def parse_object(text: str | None, max_bytes: int) -> dict[str, Any]:
    """Return the JSON object in `text`; None is a message that is no text.

    The rules for JSON are those of REST. Raise CloseSocketError for anything that is no object of
    at most `max_bytes` bytes.
    """
    try:
        if text is None or len(text.encode()) > max_bytes:
            raise CloseSocketError(Close.PROTOCOL_ERROR)
        body = parse_strict_json(text)
    except (NotStrictJsonError, UnicodeEncodeError):
        raise CloseSocketError(Close.PROTOCOL_ERROR) from None
    if not isinstance(body, dict):
        raise CloseSocketError(Close.PROTOCOL_ERROR)
    return body


def parse_hello(text: str | None, limits: Limits) -> Hello:
    """Return the first frame of a socket. Raise CloseSocketError if it is no hello."""
    body = parse_object(text, limits.hello_bytes)
    try:
        frame = CLIENT_FRAME.validate_python(body)
    except ValidationError:
        raise CloseSocketError(Close.PROTOCOL_ERROR) from None
    if not isinstance(frame, Hello):
        raise CloseSocketError(Close.NOT_AUTHENTICATED)
    return frame


def error_answer(body: dict[str, Any], error: ValidationError) -> Failed:
    """Return the answer to an object that is no frame of the contract."""
    kind = error.errors(include_input=False, include_url=False)[0]["type"]
    request_id = body.get("id")
    is_id = type(request_id) is int and 0 <= request_id <= MAX_SAFE_INTEGER
    is_unknown = kind in ("union_tag_invalid", "union_tag_not_found")
    return Failed(
        re=request_id if is_id else None,
        code="unknown_type" if is_unknown else "invalid",
        detail="This type of frame is not known here."
        if is_unknown
        else "This frame is not as docs/protocol.md has it.",
    )
