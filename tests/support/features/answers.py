"""Comparing answers that must not differ."""

import httpx


def same_but_request_id(answer: httpx.Response) -> tuple[bytes, dict[str, str]]:
    """Returns what of an answer must not differ, byte for byte."""
    request_id = answer.headers["x-request-id"]
    own = ("x-request-id", "server-timing")
    headers = {name: value for name, value in answer.headers.items() if name not in own}
    return answer.content.replace(request_id.encode(), b"-"), headers
