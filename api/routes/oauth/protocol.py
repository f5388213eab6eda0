"""How the OAuth endpoints read forms and JSON, and answer errors (RFC 6749, section 5.2).

Programs expect OAuth's own form of errors here, not problems.
"""

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any, ParamSpec
from urllib.parse import parse_qsl

import orjson
from fastapi import Request, Response

from api.http.input_checks import BODY, FORM, JSON
from shared.accounts.oauth.errors import OAuthError
from shared.contract.input.strict_json import NotStrictJsonError, parse_strict_json

P = ParamSpec("P")

# Codes, verifiers and addresses are shorter. A registration holds ten addresses and a logo, say.
MAX_BODY_BYTES = 20_000
# More than any grant has; each name of a form is looked at.
MAX_FIELDS = 50
_STATUS = {"invalid_client": 401}


def oauth_response(body: dict[str, Any], status: int = 200) -> Response:
    """Return JSON that is stored nowhere (RFC 6749, 5.1)."""
    headers = {"Cache-Control": "no-store", "Pragma": "no-cache"}
    return Response(orjson.dumps(body), status, headers, media_type=JSON)


def answers_oauth_errors(
    route: Callable[P, Awaitable[Response]],
) -> Callable[P, Awaitable[Response]]:
    """Decorate a route, so that an OAuthError is answered in OAuth's form."""

    @wraps(route)
    async def answer(*args: P.args, **kwargs: P.kwargs) -> Response:
        try:
            return await route(*args, **kwargs)
        except OAuthError as error:
            body = {"error": error.code, "error_description": error.description}
            return oauth_response(body, _STATUS.get(error.code, 400))

    return answer


def read_form(request: Request) -> dict[str, str]:
    """Return the fields of the body, without empty ones. Raise OAuthError.

    A field may come only once (RFC 6749, 3.2). Clients are public, so credentials of one in a header
    are a mistake.
    """
    if request.headers.get("authorization", "").lower().startswith("basic"):
        raise OAuthError(
            "invalid_client", "Clients have no secret here. Send client_id in the form."
        )
    body = _body(request, FORM)
    try:
        pairs = parse_qsl(
            body.decode(), keep_blank_values=True, max_num_fields=MAX_FIELDS, errors="strict"
        )
    except ValueError:
        raise OAuthError("invalid_request", "The form cannot be read.") from None
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise OAuthError("invalid_request", "A field was sent twice.")
    return {name: value for name, value in fields.items() if value and "\0" not in value}


def required(fields: dict[str, str], name: str) -> str:
    """Return a field of a form. Raise OAuthError if it is missing; `name` is ours."""
    try:
        return fields[name]
    except KeyError:
        raise OAuthError("invalid_request", f"Send {name}.") from None


def read_json(request: Request) -> dict[str, Any]:
    """Return the JSON object of the body. Raise OAuthError."""
    try:
        value = parse_strict_json(_body(request, JSON))
    except NotStrictJsonError as error:
        raise OAuthError("invalid_client_metadata", str(error)) from None
    if not isinstance(value, dict):
        raise OAuthError("invalid_client_metadata", "Send a JSON object.")
    return value


def _body(request: Request, media_type: str) -> bytes:
    sent, _, _ = request.headers.get("content-type", "").partition(";")
    if sent.strip().lower() != media_type:
        raise OAuthError("invalid_request", f"Send {media_type}.")
    body: bytes = request.scope.get(BODY, b"")
    if len(body) > MAX_BODY_BYTES:
        raise OAuthError("invalid_request", f"Send at most {MAX_BODY_BYTES} bytes.")
    return body
