"""The OpenAPI document and the page that shows it, without a request to anybody else."""

from importlib import resources
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from starlette.responses import HTMLResponse, Response

from api.http.middleware.headers import content_security_policy
from api.http.paths import API
from api.http.problems import Problem, problem_responses
from api.openapi import examples
from shared.settings import Settings

TITLE = "Livelist"
VERSION = "0.1.0"
DESCRIPTION = """\
Shared to-do lists that are live.

**Signing in.** `POST /api/v1/auth/login` answers with an access token; send it as
`Authorization: Bearer …`. On this page, use *Authorize*.

**Writing.** Every write takes an `Idempotency-Key`: a retry with the same key gets the first
answer again, for 24 hours. `If-Match` with the `ETag` you hold makes an edit strict. The answer's
`Livelist-Seq` names the position the change has in its list's stream: once your cursor has
reached it, you have seen your own write.

**Errors.** Every refusal is `application/problem+json` with a stable `code`, and never repeats
what you sent. What you may not see is answered exactly like what does not exist: 404.

**Live.** One WebSocket, `GET /ws` with the subprotocol `livelist.v1`, carries everything that
changes, in order, without gaps, and resumes where you were. Where a socket is too much, the
addresses that end in `/events` answer `Accept: text/event-stream` with the same frames as
Server-Sent Events. Both are described in `docs/protocol.md`, beside every event and close code, and
for generators in `docs/asyncapi.json`.
"""
TAGS = [
    {"name": "auth", "description": "Registering, signing in, sessions."},
    {"name": "users", "description": "Your account; for admins, everybody's."},
    {"name": "lists", "description": "Lists, their snapshots and their events."},
    {"name": "members", "description": "Who shares a list, and invitations."},
    {"name": "labels", "description": "The labels of a list."},
    {"name": "todos", "description": "Todos: filter, edit, order, complete, move."},
    {"name": "comments", "description": "What people say about a todo."},
    {"name": "reminders", "description": "When to be reminded of a todo."},
    {"name": "notifications", "description": "What you were told, and how you want to be told."},
    {"name": "live", "description": "Tickets for the socket."},
    {"name": "operations", "description": "Health and metrics."},
]

# What every route can answer because of what stands before it (api/middleware), and what every
# route that may be sent a body can answer as well.
_BEFORE_EVERY_ROUTE = (400, 503)
_BEFORE_A_BODY = (408, 413, 415)

_SEQ = {
    "description": "Where the change landed: `<list>:<epoch>:<seq>`, several separated by commas.",
    "schema": {"type": "string"},
    "example": f"{examples.LIST_ID}:{examples.EPOCH}:13",
}
_ETAG = {
    "description": "The version, for `If-Match`.",
    "schema": {"type": "string"},
    "example": '"2"',
}
_RETRY_AFTER = {
    "description": "When to come back, in seconds.",
    "schema": {"type": "integer"},
    "example": 5,
}

PAGE = """\
<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <title>Livelist: the API</title>
    <link rel="icon" href="/web/icon.svg" type="image/svg+xml">
    <link rel="stylesheet" href="/docs/swagger-ui.css">
    <script src="/docs/swagger-ui-bundle.js" defer></script>
    <script src="/docs/start.js" defer></script>
  </head>
  <body><div id="docs"></div></body>
</html>
"""
START = """\
SwaggerUIBundle({
  url: '/openapi.json', dom_id: '#docs', deepLinking: true, filter: true, validatorUrl: null,
});
"""
# They change with a release of the package only.
_KEPT = {"Cache-Control": "max-age=3600"}


def install(app: FastAPI, settings: Settings) -> None:
    """/openapi.json is complete, and /docs shows it; neither exists in production."""
    if settings.in_production:
        return
    app.openapi = lambda: _document(app)  # type: ignore[method-assign]
    # Swagger UI sets styles on its elements from script, and draws its icons from data: addresses.
    policy = content_security_policy(settings).replace(
        "style-src 'self'", "style-src 'self' 'unsafe-inline'"
    )
    bundle = resources.files("fastapi_swagger") / "resources"

    async def page() -> Response:
        return HTMLResponse(PAGE, headers={"Content-Security-Policy": policy})

    async def start() -> Response:
        return Response(START, media_type="text/javascript", headers=_KEPT)

    async def script() -> Response:
        content = (bundle / "swagger-ui-bundle.js").read_bytes()
        return Response(content, media_type="text/javascript", headers=_KEPT)

    async def style() -> Response:
        content = (bundle / "swagger-ui.css").read_bytes()
        return Response(content, media_type="text/css", headers=_KEPT)

    for path, answer in {
        "/docs": page,
        "/docs/start.js": start,
        "/docs/swagger-ui-bundle.js": script,
        "/docs/swagger-ui.css": style,
    }.items():
        app.add_api_route(path, answer, include_in_schema=False)


def _document(app: FastAPI) -> dict[str, Any]:
    if app.openapi_schema is None:
        document = get_openapi(
            title=app.title,
            version=app.version,
            description=app.description,
            routes=app.routes,
            tags=app.openapi_tags,
        )
        components = document.setdefault("components", {}).setdefault("schemas", {})
        _add_problem(components)
        for name, schema in components.items():
            if (example := examples.example_of(name)) is not None:
                schema["examples"] = [example]
        for path, operations in document["paths"].items():
            for method, operation in operations.items():
                _complete(operation, method, is_api=path.startswith(API))
        for unused in ("HTTPValidationError", "ValidationError"):
            components.pop(unused, None)
        app.openapi_schema = document
    return app.openapi_schema


def _add_problem(components: dict[str, Any]) -> None:
    schema = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    components.update(schema.pop("$defs", {}))
    components["Problem"] = schema


def _complete(operation: dict[str, Any], method: str, *, is_api: bool) -> None:
    """What the operation can answer is documented, in the form that it really has."""
    answers = operation["responses"]
    if "422" in answers:
        # FastAPI documents its own form; ours is a problem.
        answers["422"] = problem_responses(422)[422]
    if is_api:
        more = [*_BEFORE_EVERY_ROUTE, *([] if method == "get" else _BEFORE_A_BODY)]
        if "security" in operation:
            more.append(401)
        for status in more:
            answers.setdefault(str(status), problem_responses(status)[status])
    parameters = {parameter["name"] for parameter in operation.get("parameters", ())}
    for status, answer in answers.items():
        headers = answer.setdefault("headers", {})
        if status.startswith("2") and "Idempotency-Key" in parameters:
            headers["Livelist-Seq"] = _SEQ
        if status.startswith("2") and "If-Match" in parameters:
            headers["ETag"] = _ETAG
        if status in ("429", "503") and is_api:
            headers["Retry-After"] = _RETRY_AFTER
        if not headers:
            del answer["headers"]
