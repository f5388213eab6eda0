"""Write the XML of answers: multistatus (RFC 4918, section 13), properties and errors."""

from collections.abc import AsyncIterable, AsyncIterator, Iterable, Mapping, Sequence
from xml.sax.saxutils import escape, quoteattr

from fastapi import Response

from api.caldav.names import PREFIXES

MEDIA_TYPE = "application/xml; charset=utf-8"
_NAMESPACES = " ".join(f'xmlns:{prefix}="{namespace}"' for namespace, prefix in PREFIXES.items())
_DECLARATION = '<?xml version="1.0" encoding="utf-8"?>\n'
_REASONS = {
    200: "OK", 403: "Forbidden", 404: "Not Found", 409: "Conflict", 424: "Failed Dependency",
    507: "Insufficient Storage",
}  # fmt: skip


def text(value: str) -> str:
    """Return text as the content of an element. A line break of iCalendar keeps its CR."""
    return escape(value, {"\r": "&#13;"})


def element(name: str, content: str = "") -> str:
    """Return an element in Clark notation with its content, which is XML."""
    namespace, _, local = name.rpartition("}")
    namespace = namespace[1:]
    prefix = PREFIXES.get(namespace)
    if prefix is not None:
        opening = closing = f"{prefix}:{local}"
    elif namespace:
        # The name of an unknown property, as it was asked for.
        opening, closing = f"x:{local} xmlns:x={quoteattr(namespace)}", f"x:{local}"
    else:
        opening = closing = local
    return f"<{opening}>{content}</{closing}>" if content else f"<{opening}/>"


def href(path: str) -> str:
    return f"<D:href>{text(path)}</D:href>"


def status(code: int) -> str:
    return f"<D:status>HTTP/1.1 {code} {_REASONS[code]}</D:status>"


def response(path: str, found: Mapping[str, str], others: Mapping[int, Sequence[str]]) -> str:
    """Return the `response` of one resource: its properties, and the names of `others` by status."""
    parts = []
    if found or not others:
        content = "".join(element(name, value) for name, value in found.items())
        parts.append(_propstat(content, 200))
    parts += [
        _propstat("".join(map(element, names)), code) for code, names in others.items() if names
    ]
    return f"<D:response>{href(path)}{''.join(parts)}</D:response>"


def response_status(path: str, code: int, error: str = "") -> str:
    """Return the `response` of a resource of which only the status is told."""
    content = f"<D:error>{element(error)}</D:error>" if error else ""
    return f"<D:response>{href(path)}{status(code)}{content}</D:response>"


def _propstat(content: str, code: int) -> str:
    return f"<D:propstat><D:prop>{content}</D:prop>{status(code)}</D:propstat>"


def multistatus(responses: Iterable[str], *, sync_token: str | None = None) -> Response:
    """Return a multistatus answer that is complete already."""
    body = f"{_opening()}{''.join(responses)}{_closing(sync_token)}"
    return Response(body.encode(), 207, media_type=MEDIA_TYPE)


async def multistatus_chunks(
    pages: AsyncIterable[str], *, sync_token: str | None = None
) -> AsyncIterator[bytes]:
    """Yield a multistatus answer whose responses are read while it is sent."""
    yield _opening().encode()
    async for page in pages:
        yield page.encode()
    yield _closing(sync_token).encode()


def error_body(precondition: str, detail: str, content: str = "") -> bytes:
    """Return the body of an error (RFC 4918, section 16), with a sentence for people."""
    sentence = f'<l:message xmlns:l="urn:x-livelist">{text(detail)}</l:message>'
    inner = (element(precondition, content) if precondition else "") + sentence
    return f"{_DECLARATION}<D:error {_NAMESPACES}>{inner}</D:error>".encode()


def _opening() -> str:
    return f"{_DECLARATION}<D:multistatus {_NAMESPACES}>"


def _closing(sync_token: str | None) -> str:
    token = f"<D:sync-token>{text(sync_token)}</D:sync-token>" if sync_token else ""
    return f"{token}</D:multistatus>"
