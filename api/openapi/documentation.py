"""The OpenAPI document and the page that shows it, without requests to other servers."""

import html
from importlib import resources
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from starlette.responses import HTMLResponse, Response

from api.http.api_tokens.scopes import reaches
from api.http.input_checks import ACCEPT_PATCH, JSON, MERGE_PATCH
from api.http.middleware.security_headers import content_security_policy
from api.http.paths import API
from api.http.problems import Problem, problem_responses
from api.openapi import examples, redoc_page
from shared.settings import Settings

DESCRIPTION = """\
Shared to-do lists that are live.

**Signing in.** `POST /api/v1/auth/login` answers with an access token; send it as
`Authorization: Bearer …`. On this page, use *Authorize*. Programs use a personal API token instead,
which a user creates in the settings; `docs/api-tokens.md` says how.

**Writing.** A write takes an `Idempotency-Key`: a retry with the same key gets the first answer
again, for 24 hours. Writes of `/auth`, `/ws-ticket` and mail links, and those that require the
password, take none. `If-Match` with the `ETag` that you have read makes an edit fail if there
is a newer version. `Livelist-Seq` in the answer is the position of the change in the stream of its
list: once your cursor has reached it, you have seen your own write.

**Errors.** Every error is `application/problem+json` with a stable `code`, and never repeats what
you sent. An object that you may not see is answered exactly like one that does not exist: 404.

**Live.** One WebSocket, `GET /ws` with the subprotocol `livelist.v1`, delivers every change, in
order, without gaps, and resumes where you stopped. If you need only one list and no socket, the
addresses that end in `/events` answer `Accept: text/event-stream` with the same frames as
Server-Sent Events. `docs/protocol.md` describes both, with every event and close code;
`docs/asyncapi.json` is the same for code generators.
"""
TAGS = [
    {"name": "site", "description": "What visitors may know about the site."},
    {"name": "auth", "description": "Registering, signing in, sessions."},
    {"name": "users", "description": "Your account; for admins, all accounts."},
    {"name": "lists", "description": "Lists, their snapshots and their events."},
    {"name": "imports", "description": "Files of other programs, and of this one, as lists."},
    {"name": "members", "description": "The members of a list, and invitations."},
    {
        "name": "applications",
        "description": "Programs that a user lets in by OAuth: docs/oauth.md.",
    },
    {"name": "calendar feeds", "description": "Todos for calendar programs, at secret addresses."},
    {"name": "e-mail to lists", "description": "Addresses at which a mail becomes a todo."},
    {"name": "share links", "description": "Links by which people without an account use a list."},
    {"name": "labels", "description": "The labels of a list."},
    {"name": "todos", "description": "Todos: filter, edit, order, complete, move."},
    {"name": "comments", "description": "Comments on a todo."},
    {"name": "attachments", "description": "Files that are attached to a todo."},
    {"name": "reminders", "description": "When to be reminded of a todo."},
    {
        "name": "notifications",
        "description": "Your notifications, and how you want to receive them.",
    },
    {"name": "webhooks", "description": "Send the events of lists to addresses of yours."},
    {"name": "live", "description": "Tickets for the socket."},
    {
        "name": "administration",
        "description": "For administrators: invite users, see jobs and the state of the site.",
    },
    {"name": "operations", "description": "Health and metrics."},
]

_API_TOKEN_SCHEME = {
    "type": "http",
    "scheme": "bearer",
    "bearerFormat": "llt_…",
    "description": "A personal API token, within its scope and its lists. docs/api-tokens.md",
}

# The errors of every route (api/http/middleware, a missing database), and those of every route that
# takes a body.
_ERRORS_OF_EVERY_ROUTE = (400, 406, 503)
_ERRORS_OF_BODIES = (408, 413, 415)

_SEQ_HEADER = {
    "description": "The position of the change: `<list>:<epoch>:<seq>`, several separated by commas.",
    "schema": {"type": "string"},
    "example": f"{examples.LIST_ID}:{examples.EPOCH}:13",
}
_ETAG_HEADER = {
    "description": "The version, for `If-Match`.",
    "schema": {"type": "string"},
    "example": '"2"',
}
_ACCEPT_PATCH_HEADER = {
    "description": "The media types of a PATCH.",
    "schema": {"type": "string"},
    "example": ACCEPT_PATCH,
}
_RETRY_AFTER_HEADER = {
    "description": "When to come back, in seconds.",
    "schema": {"type": "integer"},
    "example": 5,
}

PAGE = """\
<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <title>{name}: the API</title>
    <link rel="icon" href="/web/icon.svg" type="image/svg+xml">
    <link rel="stylesheet" href="/docs/swagger-ui.css">
    <script src="/docs/swagger-ui-bundle.js" defer></script>
    <script src="/docs/start.js" defer></script>
  </head>
  <body><div id="docs"></div></body>
</html>
"""
# Operations are shown when their tag is opened: Swagger UI reads the whole document for each one that it
# shows, which takes half a minute for all of them.
START = """\
SwaggerUIBundle({
  url: '/openapi.json', dom_id: '#docs', deepLinking: true, filter: true, validatorUrl: null,
  docExpansion: 'none',
});
"""
# Pydantic names the bounds of a type with a validator of its own, such as QueryInteger, like this.
_BOUNDS = {"ge": "minimum", "le": "maximum"}
# These files change only with a new version of Swagger UI or ReDoc.
_CACHE_HEADERS = {"Cache-Control": "max-age=3600"}


def install(app: FastAPI, settings: Settings) -> None:
    """Complete /openapi.json and add the pages /docs and /redoc; none exists in production."""
    if settings.in_production:
        return
    app.openapi = lambda: _document(app)  # type: ignore[method-assign]
    # Both set the styles of its elements from script, and its icons are data: addresses.
    policy = content_security_policy(settings).replace(
        "style-src 'self'", "style-src 'self' 'unsafe-inline'"
    )
    name = html.escape(settings.site.name)
    bundle = resources.files("fastapi_swagger") / "resources"

    async def read_page() -> Response:
        return HTMLResponse(
            redoc_page.PAGE.format(name=name), headers={"Content-Security-Policy": policy}
        )

    async def read_start() -> Response:
        return _script(redoc_page.START)

    async def read_script() -> Response:
        return _script(redoc_page.bundle())

    async def page() -> Response:
        return HTMLResponse(PAGE.format(name=name), headers={"Content-Security-Policy": policy})

    async def start() -> Response:
        return _script(START)

    async def script() -> Response:
        return _script((bundle / "swagger-ui-bundle.js").read_bytes())

    async def style() -> Response:
        content = (bundle / "swagger-ui.css").read_bytes()
        return Response(content, media_type="text/css", headers=_CACHE_HEADERS)

    for path, endpoint in {
        "/redoc": read_page,
        "/redoc/start.js": read_start,
        "/redoc/redoc.standalone.js": read_script,
        "/docs": page,
        "/docs/start.js": start,
        "/docs/swagger-ui-bundle.js": script,
        "/docs/swagger-ui.css": style,
    }.items():
        app.add_api_route(path, endpoint, include_in_schema=False)


def _script(content: str | bytes) -> Response:
    return Response(content, media_type="text/javascript", headers=_CACHE_HEADERS)


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
        document["components"]["securitySchemes"]["ApiToken"] = _API_TOKEN_SCHEME
        for name, schema in components.items():
            if (example := examples.example_of(name)) is not None:
                schema["examples"] = [example]
        for path, operations in document["paths"].items():
            for method, operation in operations.items():
                _complete_operation(operation, method, is_api=path.startswith(API))
                if "security" in operation and reaches(method.upper(), path):
                    _add_api_token(operation)
            if "patch" in operations:
                _add_merge_patch(operations["patch"])
        for unused in ("HTTPValidationError", "ValidationError"):
            components.pop(unused, None)
        app.openapi_schema = document
    return app.openapi_schema


def _add_problem(components: dict[str, Any]) -> None:
    schema = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    components.update(schema.pop("$defs", {}))
    components["Problem"] = schema


def _complete_operation(operation: dict[str, Any], method: str, *, is_api: bool) -> None:
    """Document every answer of the operation, with its headers and in its real form."""
    answers = operation["responses"]
    for parameter in operation.get("parameters", ()):
        _spell_bounds(parameter["schema"])
        _remove_null(parameter["schema"])
    if "422" in answers:
        # Replace FastAPI's error schema with Problem.
        answers["422"] = problem_responses(422)[422]
    parameters = {parameter["name"] for parameter in operation.get("parameters", ())}
    if is_api:
        statuses = [*_ERRORS_OF_EVERY_ROUTE, *([] if method == "get" else _ERRORS_OF_BODIES)]
        # 403: an API token does not reach every operation, nor do all scopes.
        statuses += [401, 403] * ("security" in operation)
        # A command is within the quota of writes (api/http/command_runner.py).
        statuses += [429] * ("Idempotency-Key" in parameters)
        for status in statuses:
            answers.setdefault(str(status), problem_responses(status)[status])
    for status, answer in answers.items():
        headers = answer.setdefault("headers", {})
        if status.startswith("2") and "Idempotency-Key" in parameters:
            headers["Livelist-Seq"] = _SEQ_HEADER
        if status.startswith("2") and "If-Match" in parameters:
            headers["ETag"] = _ETAG_HEADER
        if status in ("429", "503") and is_api:
            headers["Retry-After"] = _RETRY_AFTER_HEADER
        if not headers:
            del answer["headers"]


def _spell_bounds(schema: dict[str, Any]) -> None:
    for choice in (schema, *schema.get("anyOf", ()), *filter(None, [schema.get("items")])):
        for name, keyword in _BOUNDS.items():
            if name in choice:
                choice[keyword] = choice.pop(name)


def _remove_null(schema: dict[str, Any]) -> None:
    """Remove null from the schema of a parameter: in a URL or a header it would be a text."""
    choices = [choice for choice in schema.get("anyOf", ()) if choice != {"type": "null"}]
    if len(choices) == 1:
        del schema["anyOf"]
        schema.update(choices[0] | schema)
    elif choices:
        schema["anyOf"] = choices


def _add_api_token(operation: dict[str, Any]) -> None:
    """Document that an API token does as well."""
    operation["security"] = [*operation["security"], {"ApiToken": []}]


def _add_merge_patch(operation: dict[str, Any]) -> None:
    content = operation["requestBody"]["content"]
    content[MERGE_PATCH] = content[JSON]
    operation["responses"]["415"].setdefault("headers", {})["Accept-Patch"] = _ACCEPT_PATCH_HEADER
