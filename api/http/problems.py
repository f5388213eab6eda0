"""Answer errors as problem+json (RFC 9457): the table from domain errors to HTTP.

A problem never repeats what the client sent.
"""

import logging
from collections.abc import Sequence
from contextvars import ContextVar
from typing import Any, cast

import orjson
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from shared import errors
from shared.contract.input.validation_messages import rule_of
from shared.contract.sign_in import Method
from shared.database.errors import (
    CannotConnect,
    DatabaseError,
    DatabaseUnavailable,
    InvalidData,
    SchemaOutdated,
)
from shared.errors import DomainError, FieldError
from shared.languages.catalogues import ENGLISH
from shared.languages.choice import accepted_language
from shared.languages.texts import Translator, message, translator
from shared.logs import request_id

log = logging.getLogger(__name__)

# The header of the request that is being answered. Programs without one get English.
accept_language: ContextVar[str] = ContextVar("accept_language", default="")

STATUS: dict[type[DomainError], tuple[int, str]] = {
    errors.Unauthenticated: (401, message("Sign in")),
    errors.Forbidden: (403, message("Not allowed")),
    errors.NotFound: (404, message("Not found")),
    errors.Conflict: (409, message("Conflict")),
    errors.Stale: (412, message("Changed meanwhile")),
    errors.TooSlow: (408, message("Too slow")),
    errors.TooLarge: (413, message("Too large")),
    errors.Invalid: (422, message("Not acceptable")),
    errors.RateLimited: (429, message("Too many attempts")),
    errors.Unavailable: (503, message("Not available now")),
}
_TITLES = dict(STATUS.values()) | {
    400: message("Not understood"),
    405: message("Not for this address"),
    406: message("Not available in that form"),
    408: message("Too slow"),
    415: message("Not in that form"),
    416: message("Not in the file"),
    500: message("Our fault"),
}
# Of errors that Starlette raises, and of those raised as its HTTPException.
CODES_OF_STATUS = {
    400: "bad_request", 401: "unauthenticated", 403: "forbidden", 404: "not_found",
    405: "method_not_allowed", 406: "not_acceptable", 413: "too_large",
}  # fmt: skip
# What Starlette says of its own accord: here so that the catalogues have it.
_OF_STARLETTE = (message("Method Not Allowed"), message("Not Found"))

MEDIA_TYPE = "application/problem+json"
# Longer than every name of a field or parameter.
MAX_NAME_LENGTH = 64


class ProblemField(BaseModel):
    field: str
    code: str
    message: str


class Problem(BaseModel):
    """The body of every error response (RFC 9457)."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    code: str
    errors: list[ProblemField] = []
    request_id: str | None = None
    current: Any = None
    # Of `step_up_required`: by which of these the caller can confirm who they are.
    methods: list[Method] | None = None


def reader_translator() -> Translator:
    """Return the texts in the language of the request that is being answered."""
    return translator(accepted_language(accept_language.get()))


def problem_responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return the `responses` of a route that documents these problems in OpenAPI."""
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {status: {"description": _TITLES[status], "content": content} for status in statuses}


def problem_response(
    status: int,
    code: str,
    detail: str,
    *,
    fields: Sequence[FieldError] = (),
    current: BaseModel | None = None,
    methods: Sequence[str] | None = None,
    headers: dict[str, str] | None = None,
) -> Response:
    speak = reader_translator()
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": speak.of(_TITLES.get(status, message("Refused"))),
        "status": status,
        "detail": speak.of(detail),
        "code": code,
        "request_id": request_id.get() or None,
    }
    if fields:
        body["errors"] = [
            {"field": each.field, "code": each.code, "message": speak.of(each.message)}
            for each in fields
        ]
    if current is not None:
        body["current"] = current.model_dump(mode="json")
    if methods is not None:
        body["methods"] = list(methods)
    spoken = {"Vary": "Accept-Language"}
    if speak.language != ENGLISH:
        spoken["Content-Language"] = speak.language
    return Response(
        orjson.dumps(body), status, headers=spoken | (headers or {}), media_type=MEDIA_TYPE
    )


def problem_of(error: Exception) -> Response | None:
    """Return the problem with which `error` is answered; None for an error that is a bug."""
    match error:
        case DomainError():
            return _of_domain_error(error)
        case RequestValidationError():
            return _of_validation_error(error)
        case HTTPException():
            return _of_http_exception(error)
        # A violated constraint or a value that does not fit is our bug: a retry would fail again.
        case InvalidData():
            return None
        case DatabaseError() | DatabaseUnavailable():
            return _of_database_error(error)
    return None


def internal_error() -> Response:
    """Return the answer to an error that is a bug."""
    return problem_response(
        500, "internal", message("Something went wrong on our side. Nothing was changed.")
    )


def _of_domain_error(error: DomainError) -> Response:
    status = next(STATUS[kind][0] for kind in type(error).__mro__ if kind in STATUS)
    headers = {}
    if isinstance(error, errors.RateLimited | errors.Unavailable):
        headers["Retry-After"] = str(error.retry_after_seconds)
    if isinstance(error, errors.Unauthenticated):
        headers["WWW-Authenticate"] = "Bearer"
    return problem_response(
        status,
        error.reason,
        error.detail,
        fields=error.errors if isinstance(error, errors.Invalid) else (),
        current=error.current if isinstance(error, errors.Stale | errors.Superseded) else None,
        methods=error.methods if isinstance(error, errors.StepUpRequired) else None,
        headers=headers,
    )


def _of_validation_error(error: RequestValidationError) -> Response:
    fields = [
        FieldError(_path(_location(item)), item["type"], rule_of(item)) for item in error.errors()
    ]
    return problem_response(
        422, "invalid", message("Some of what you sent is not acceptable."), fields=fields
    )


def _of_http_exception(error: HTTPException) -> Response:
    code = CODES_OF_STATUS.get(error.status_code, "refused")
    headers = dict(error.headers or {})
    # No str() of it: a sentence with values would forget them, and could not be translated.
    return problem_response(error.status_code, code, error.detail, headers=headers)


def _of_database_error(error: Exception) -> Response:
    # Locks held too long, an exhausted pool, or a server that is away: the caller can try again.
    # If the server went away during the commit, it is unknown whether the change was saved.
    if isinstance(error, DatabaseError):
        log.error("database: %s", type(error).__name__, exc_info=error)
    elif not isinstance(error, CannotConnect | SchemaOutdated):  # both are logged once, not here
        log.warning("database: %s", error)
    return _of_domain_error(errors.Unavailable("The database is busy or away. Try again."))


def _location(item: Any) -> Sequence[int | str]:
    """Return where the fault is: of a body with several forms, the field that names its form."""
    if item["type"] in ("union_tag_invalid", "union_tag_not_found"):
        return (*item["loc"], item["ctx"]["discriminator"].strip("'"))
    return cast(Sequence[int | str], item["loc"])


def _path(location: Sequence[int | str]) -> str:
    """Return the dotted path. The name of an unknown field is the client's own, so it is cut."""
    return ".".join(
        str(part)[:MAX_NAME_LENGTH] for part in location if part not in ("body", "query", "header")
    )
