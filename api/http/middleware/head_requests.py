"""Answer HEAD as GET, without the body (RFC 9110, section 9.3.2)."""

from starlette.types import Message, Scope, Send


def as_get(scope: Scope, send: Send) -> tuple[Scope, Send]:
    """Return the scope of the same GET, and a `send` that passes on the headers of its answer.

    Everything below works as for GET, compression included, so Content-Length is that of GET. The
    answer ends with its headers, so a stream of events ends at once, as if its client had gone.
    """

    async def send_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            await send(message)
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    # A copy: the server reads its own scope to know that the answer has no body.
    return {**scope, "method": "GET"}, send_headers
