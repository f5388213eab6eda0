"""Compare HTTP answers that must not differ."""

import httpx


def same_but_request_id(answer: httpx.Response) -> tuple[bytes, dict[str, str]]:
    """Return the body and headers of an answer without its request id and timing."""
    request_id = answer.headers["x-request-id"]
    per_request = ("x-request-id", "server-timing")
    headers = {name: value for name, value in answer.headers.items() if name not in per_request}
    return answer.content.replace(request_id.encode(), b"-"), headers
