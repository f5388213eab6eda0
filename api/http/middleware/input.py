"""Refuses what no route should ever have to think about: endless, ambiguous or undecodable input.

Pure ASGI. Reads the body once, bounded in size and time, and hands it on in one piece.
"""

import asyncio
from urllib.parse import unquote_to_bytes

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.http.paths import API, is_under
from api.http.problems import problem
from api.http.strict_json import NotStrictJsonError, check

# Fifty pages of notes are a tenth of it.
LARGEST_BODY_BYTES = 1024 * 1024
# For 1 MiB over a slow phone line; whoever needs longer holds a connection for nothing.
BODY_SECONDS = 30.0

# The OAuth2 password flow is a form by its own standard (RFC 6749, 4.3.2).
FORMS = frozenset({f"{API}/auth/token", f"{API}/mail/unsubscribe"})
# Mail programs send theirs in either form (RFC 8058, 3.2); we read neither.
ANY_FORM = frozenset({f"{API}/mail/unsubscribe"})


class Refused(Exception):
    def __init__(self, status: int, code: str, detail: str) -> None:
        super().__init__(detail)
        self.status, self.code, self.detail = status, code, detail


class CheckInput:
    """Everything behind it gets decodable paths and queries, and small, strict JSON bodies."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        try:
            _check_address(scope)
            if scope["method"] not in ("GET", "HEAD", "OPTIONS"):
                body = await _read(scope, receive)
                if body is None:
                    return
                _check_body(scope, body)
                receive = _replay(body, receive)
        except Refused as refused:
            answer = problem(refused.status, refused.code, refused.detail)
            # What is left of the body is not waited for.
            answer.headers["Connection"] = "close"
            await answer(scope, receive, send)
            return
        await self.app(scope, receive, send)


def _check_address(scope: Scope) -> None:
    """Path and query are UTF-8 without NUL, which Postgres cannot keep. Raises Refused."""
    raw = scope.get("raw_path") or scope["path"].encode()
    for part in (raw, scope["query_string"]):
        if b"%" not in part and part.isascii():
            continue
        try:
            text = unquote_to_bytes(part).decode()
        except UnicodeDecodeError:
            raise Refused(400, "bad_request", "The address is not UTF-8.") from None
        if "\0" in text:
            raise Refused(400, "bad_request", "The address holds a NUL character.")


async def _read(scope: Scope, receive: Receive) -> bytes | None:
    """Returns the whole body; None when the client went away. Raises Refused."""
    announced = _header(scope, b"content-length")
    if announced.isdigit() and int(announced[:20]) > LARGEST_BODY_BYTES:
        raise _too_large()
    parts: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(BODY_SECONDS):
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    return None
                parts.append(message.get("body", b""))
                # Counted as well: a chunked body announces nothing.
                size += len(parts[-1])
                if size > LARGEST_BODY_BYTES:
                    raise _too_large()
                if not message.get("more_body", False):
                    return b"".join(parts)
    except TimeoutError:
        sentence = f"The body did not arrive within {BODY_SECONDS:.0f} s."
        raise Refused(408, "too_slow", sentence) from None


def _check_body(scope: Scope, body: bytes) -> None:
    """Raises Refused unless it is what the API reads: strict JSON, or a form where one is due."""
    if not body or not is_under(scope["path"], "/api"):
        return
    kind, _, parameters = _header(scope, b"content-type").lower().partition(b";")
    charset = parameters.strip().removeprefix(b"charset=").strip(b'"')
    is_form = scope["path"] in FORMS
    expected = b"application/x-www-form-urlencoded" if is_form else b"application/json"
    if scope["path"] in ANY_FORM and kind.strip() == b"multipart/form-data":
        return
    if kind.strip() != expected or charset not in (b"", b"utf-8"):
        raise Refused(415, "unsupported_media_type", f"Send {expected.decode()} in UTF-8.")
    if _header(scope, b"content-encoding") not in (b"", b"identity"):
        raise Refused(415, "unsupported_media_type", "Send the body uncompressed.")
    if not is_form:
        try:
            check(body)
        except NotStrictJsonError as error:
            raise Refused(400, "bad_json", f"The body cannot be read. {error}") from None


def _replay(body: bytes, receive: Receive) -> Receive:
    """Returns a `receive` that gives `body` once, then whatever the server has to say."""
    given = False

    async def replay() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay


def _header(scope: Scope, name: bytes) -> bytes:
    return next((value.strip() for key, value in scope["headers"] if key == name), b"")


def _too_large() -> Refused:
    return Refused(413, "too_large", f"A body may have at most {LARGEST_BODY_BYTES} bytes.")
