"""The ASGI application inside the middleware: check the input, find the route, answer errors."""

from collections.abc import Sequence
from functools import cached_property
from urllib.parse import quote

from fastapi import FastAPI, Request, Response
from fastapi.routing import APIRoute, iter_route_contexts
from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute, Router
from starlette.types import Message, Receive, Scope, Send

from api.http import problems
from api.http.conditional_requests import not_modified
from api.http.endpoint import Endpoint
from api.http.input_checks import ACCEPT_PATCH, InputRejected, read_input
from api.http.route_table import RouteTable


class SharedRoutes:
    """Routes that all applications of a process have. Their endpoints are made once, in 10 ms."""

    def __init__(self, routes: Sequence[BaseRoute] = ()) -> None:
        self.routes = routes

    @cached_property
    def _endpoints(self) -> dict[int, list[Endpoint]]:
        return {id(route): _endpoints_of(route) for route in self.routes}

    def endpoints_of(self, route: BaseRoute) -> list[Endpoint]:
        """Return the endpoints of the route, shared or not; several if it stands for a router."""
        shared = self._endpoints.get(id(route))
        return _endpoints_of(route) if shared is None else shared


_PAGE_METHODS = ("GET", "HEAD")


class Dispatcher:
    """Call the route of a request, and answer an error as a problem.

    The routes of the API are in a table. Sockets, files and the pages of the web client come after
    it, in the order in which they were added to `app`.
    """

    def __init__(self, app: FastAPI, shared: SharedRoutes) -> None:
        self._app = app
        self._shared = shared

    @cached_property
    def _table(self) -> RouteTable[Endpoint]:
        table: RouteTable[Endpoint] = RouteTable()
        for route in self._app.routes:
            for endpoint in self._shared.endpoints_of(route):
                for method in endpoint.methods:
                    table.add(method, endpoint.path, endpoint)
        return table

    @cached_property
    def _other_routes(self) -> Router:
        others = [
            route.original_route
            for route in iter_route_contexts(self._app.routes)
            if not isinstance(route.original_route, APIRoute)
        ]
        lifespan = self._app.router.lifespan_context
        return Router(others, redirect_slashes=False, lifespan=lifespan)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            # At start, so that a route which cannot be called is found then.
            _ = self._table
            await self._other_routes(scope, receive, send)
            return
        is_started = False

        async def send_and_note(message: Message) -> None:
            nonlocal is_started
            is_started = True
            await send(message)

        try:
            await self._serve(scope, receive, send_and_note)
        except InputRejected as error:
            response = problems.problem_response(
                error.status, error.code, error.detail, headers=error.headers
            )
            # The rest of the body is not read.
            response.headers["Connection"] = "close"
            await response(scope, receive, send)
        except Exception as error:
            problem = problems.problem_of(error)
            if problem is None or is_started:
                raise
            await problem(scope, receive, send)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        checked = await read_input(scope, receive)
        if checked is None:
            return
        found = self._table.find(scope["method"], scope["path"])
        if found is None:
            await self._serve_other(scope, checked, send)
            return
        endpoint, scope["path_params"] = found
        scope["route"] = endpoint
        endpoint.check_accept(scope)
        response = await endpoint.respond(Request(scope, checked))
        if scope["method"] == "GET":
            response = not_modified(scope, response)
        await response(scope, checked, send)

    async def _serve_other(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve what is not in the table. Raise HTTPException 405 or 404."""
        path = scope["path"]
        methods = self._table.methods_of(path)
        # Calendar apps ask at the address of the site with PROPFIND; the page of the web client is there too.
        if path == "/" and methods:
            is_page = scope["method"] in _PAGE_METHODS
            methods = [] if is_page else sorted({*_PAGE_METHODS, *methods})
        if methods:
            headers = {"Allow": ", ".join(methods)}
            if "PATCH" in methods:
                headers["Accept-Patch"] = ACCEPT_PATCH
            if scope["method"] != "OPTIONS":
                raise HTTPException(405, headers=headers)
            await Response(status_code=204, headers=headers)(scope, receive, send)
        elif _raw_path(scope).endswith(b"/") and self._table.methods_of(path[:-1]):
            await _redirect_to_path_without_slash(scope)(scope, receive, send)
        else:
            await self._other_routes(scope, receive, send)


def _endpoints_of(route: BaseRoute) -> list[Endpoint]:
    contexts = iter_route_contexts([route])
    return [Endpoint(each) for each in contexts if isinstance(each.original_route, APIRoute)]


def _raw_path(scope: Scope) -> bytes:
    """Return the path as it was sent, in which an escaped slash is none."""
    return scope.get("raw_path") or quote(scope["path"]).encode()


def _redirect_to_path_without_slash(scope: Scope) -> Response:
    """Return 308, which keeps the method and the body. Not built from the Host header."""
    query = b"?" + scope["query_string"] if scope["query_string"] else b""
    location = _raw_path(scope).removesuffix(b"/") + query
    return Response(status_code=308, headers={"Location": location.decode("latin-1")})
