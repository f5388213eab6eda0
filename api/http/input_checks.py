"""Reject input before it reaches a route: undecodable addresses, large, slow or ambiguous bodies.

The body is read once, limited in size and time, and its JSON is parsed once.
"""

import asyncio
from urllib.parse import unquote_to_bytes

from starlette.types import Message, Receive, Scope

from api.http.paths import API, MCP, is_under
from shared.attachments.archives import MAX_BYTES
from shared.contract.input.strict_json import NotStrictJsonError, parse_strict_json
from shared.imports.commands import MAX_FILE_BYTES, file_too_large
from shared.languages.texts import message, sentence_of

# Where the scope holds the body of a request that may have one, and its parsed JSON if it has any.
BODY = "livelist.body"
JSON_BODY = "livelist.json"
JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
# What the body of a PATCH means (RFC 7396). docs/protocol.md says which members are whole values.
MERGE_PATCH = "application/merge-patch+json"
ACCEPT_PATCH = f"{MERGE_PATCH}, {JSON}"
# Fifty pages of text are a tenth of this.
MAX_BODY_BYTES = 1024 * 1024
# Enough for 1 MiB over a slow mobile connection.
BODY_TIMEOUT_SECONDS = 30.0

# The OAuth2 password flow sends a form (RFC 6749, 4.3.2).
FORM_PATHS = frozenset({f"{API}/auth/token", f"{API}/mail/unsubscribe"})
# Below an id, so that no list of paths can name them: a logout token of a provider comes in a form.
_PROVIDERS, _FORM_ENDING = f"{API}/auth/oidc/", "/backchannel-logout"
# Mail programs send either kind of form (RFC 8058, 3.2); we read neither.
ANY_FORM_PATHS = frozenset({f"{API}/mail/unsubscribe"})


def takes_form(path: str) -> bool:
    """Return True if the body of the route is a form; `path` is the address or its template."""
    return path in FORM_PATHS or (path.startswith(_PROVIDERS) and path.endswith(_FORM_ENDING))


FILE = "application/octet-stream"
_TODOS, _ATTACHMENTS_ENDING = f"{API}/todos/", "/attachments"


def takes_file(path: str) -> bool:
    """Return True if the route reads the body while it arrives, and limits it."""
    return path == f"{API}/imports" or (
        path.startswith(_TODOS) and path.endswith(_ATTACHMENTS_ENDING)
    )


class InputRejected(Exception):
    """The problem with which a request is answered."""

    def __init__(
        self, status: int, code: str, detail: str, headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(detail)
        self.status, self.code, self.detail, self.headers = status, code, detail, headers


async def read_input(scope: Scope, receive: Receive) -> Receive | None:
    """Check the address, and read and check the body: then `scope[BODY]` and `scope[JSON_BODY]`.

    Return a `receive` that gives the body once more; None if the client went away. Raise
    InputRejected.
    """
    _check_address(scope)
    if scope["method"] in ("GET", "HEAD", "OPTIONS"):
        return receive
    if takes_file(scope["path"]):
        _check_file(scope)
        # Stands for the file where requests of an Idempotency-Key are compared.
        scope[BODY] = _header(scope, b"content-length")
        return receive
    body = await _read_body(scope, receive)
    if body is None:
        return None
    scope[BODY] = body
    if body and (is_under(scope["path"], "/api") or scope["path"] == MCP) and _is_json(scope):
        try:
            scope[JSON_BODY] = parse_strict_json(body)
        except NotStrictJsonError as error:
            reason = sentence_of(error)
            raise InputRejected(
                400, "bad_json", message("The body cannot be read. {reason}", reason=reason)
            ) from None
    return _replay_body(body, receive)


def _check_address(scope: Scope) -> None:
    """Raise InputRejected unless path and query are UTF-8 without NUL, which Postgres rejects."""
    raw = scope.get("raw_path") or scope["path"].encode()
    for part in (raw, scope["query_string"]):
        if b"%" not in part and part.isascii():
            continue
        try:
            text = unquote_to_bytes(part).decode()
        except UnicodeDecodeError:
            raise InputRejected(400, "bad_request", "The address is not UTF-8.") from None
        if "\0" in text:
            raise InputRejected(400, "bad_request", "The address holds a NUL character.")


async def _read_body(scope: Scope, receive: Receive) -> bytes | None:
    """Return the whole body; None if the client went away. Raise InputRejected."""
    content_length = _header(scope, b"content-length")
    if content_length.isdigit() and int(content_length[:20]) > MAX_BODY_BYTES:
        raise _too_large()
    parts: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(BODY_TIMEOUT_SECONDS):
            while True:
                received = await receive()
                if received["type"] == "http.disconnect":
                    return None
                parts.append(received.get("body", b""))
                # Counted as well: a chunked body has no Content-Length.
                size += len(parts[-1])
                if size > MAX_BODY_BYTES:
                    raise _too_large()
                if not received.get("more_body", False):
                    return b"".join(parts)
    except TimeoutError:
        seconds = round(BODY_TIMEOUT_SECONDS)
        raise InputRejected(
            408, "too_slow", message("The body did not arrive within {seconds} s.", seconds=seconds)
        ) from None


def _is_json(scope: Scope) -> bool:
    """Return True for JSON, False for a form where the API takes one. Raise InputRejected."""
    media_type, _, parameters = _header(scope, b"content-type").lower().partition(b";")
    charset = parameters.strip().removeprefix(b"charset=").strip(b'"')
    is_form = takes_form(scope["path"])
    expected = FORM if is_form else JSON
    if scope["path"] in ANY_FORM_PATHS and media_type.strip() == b"multipart/form-data":
        return False
    sent = media_type.strip().decode("latin-1")
    is_patch = scope["method"] == "PATCH" and sent == MERGE_PATCH
    if (sent != expected and not is_patch) or charset not in (b"", b"utf-8"):
        # RFC 9110, 15.5.16, and RFC 5789, 2.2.
        headers = {"Accept": expected}
        if scope["method"] == "PATCH":
            headers = {"Accept": ACCEPT_PATCH, "Accept-Patch": ACCEPT_PATCH}
        raise InputRejected(
            415,
            "unsupported_media_type",
            message("Send {type} in UTF-8.", type=expected),
            headers=headers,
        )
    if _header(scope, b"content-encoding") not in (b"", b"identity"):
        raise InputRejected(415, "unsupported_media_type", "Send the body uncompressed.")
    return not is_form


def _check_file(scope: Scope) -> None:
    """Raise InputRejected for what is no file of bytes, before any of it is read."""
    if _header(scope, b"content-type").lower() not in (b"", FILE.encode()):
        raise InputRejected(
            415,
            "unsupported_media_type",
            message("Send {type}.", type=FILE),
            headers={"Accept": FILE},
        )
    if _header(scope, b"content-encoding") not in (b"", b"identity"):
        raise InputRejected(415, "unsupported_media_type", "Send the body uncompressed.")
    content_length = _header(scope, b"content-length")
    is_import = scope["path"] == f"{API}/imports"
    # The route refuses what is no archive above its own limit.
    limit = MAX_FILE_BYTES + MAX_BYTES
    if is_import and content_length.isdigit() and int(content_length[:20]) > limit:
        raise InputRejected(413, "too_large", file_too_large(limit).detail)


def _replay_body(body: bytes, receive: Receive) -> Receive:
    """Return a `receive` that gives `body` once, and then what the server sends."""
    is_given = False

    async def replay() -> Message:
        nonlocal is_given
        if is_given:
            return await receive()
        is_given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay


def _header(scope: Scope, name: bytes) -> bytes:
    for key, value in scope["headers"]:
        if key == name:
            return bytes(value.strip())
    return b""


def _too_large() -> InputRejected:
    return InputRejected(
        413, "too_large", message("A body may have at most {limit} bytes.", limit=MAX_BODY_BYTES)
    )
