"""What all CalDAV routes share: the caller, the body as XML, headers, and errors as XML."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import wraps
from typing import Annotated, ParamSpec, TypeVar

from fastapi import Depends, Request, Response
from starlette.exceptions import HTTPException

from api.caldav import xml_output
from api.caldav.names import caldav, dav
from api.caldav.xml_input import Element, parse_xml
from api.http.api_tokens.basic_token import BasicToken
from api.http.command_runner import MAX_ATTEMPTS_WHEN_MOVED
from api.http.dependencies import OpenResources
from api.http.input_checks import BODY
from api.http.problems import problem_of, reader_translator
from shared.actor import Actor
from shared.caldav.list_changes import NameTaken
from shared.caldav.synchronization import TokenRefused
from shared.caldav.writing import PreconditionFailed, UidConflict
from shared.errors import DomainError, Forbidden, Invalid, Moved, NotFound
from shared.resources import Resources
from shared.unit_of_work import UnitOfWork

P = ParamSpec("P")
T = TypeVar("T")

# Classes of WebDAV (RFC 4918, section 18) and CalDAV (RFC 4791, 5.1). No locks (2): clients use tags.
DAV_HEADER = "1, 3, calendar-access"


@dataclass(frozen=True)
class DavRequest:
    """One authenticated request."""

    request: Request
    resources: Resources
    actor: Actor

    def xml(self) -> Element | None:
        """Return the body, or None if there is none. Raise HTTPException 400."""
        body = self.request.scope.get(BODY, b"")
        return parse_xml(body) if body.strip() else None

    def header(self, name: str) -> str:
        return self.request.headers.get(name, "").strip()

    def depth(self) -> int:
        """Return 0 or 1. Raise DavError for infinity, which RFC 4918, 9.1 lets servers refuse.

        A request without the header means infinity there; it gets 0 here, which clients that leave it
        out expect.
        """
        depth = self.header("depth").lower()
        if depth in ("", "0"):
            return 0
        if depth == "1":
            return 1
        if depth == "infinity":
            raise DavError(403, dav("propfind-finite-depth"), "Ask with Depth 0 or 1.")
        raise HTTPException(400, "Depth is 0 or 1.")

    @property
    def is_minimal(self) -> bool:
        """Return True if the client wants no properties that there are not (RFC 8144)."""
        return "return=minimal" in self.header("prefer").lower() or self.header("brief") == "t"

    async def run(self, command: Callable[[UnitOfWork], Awaitable[T]]) -> T:
        """Run a command in one transaction, as api/http/command_runner.py does. Raise RateLimited."""
        self.request.app.state.write_quota.take(self.actor, len(self.request.scope.get(BODY, b"")))
        for _ in range(MAX_ATTEMPTS_WHEN_MOVED - 1):
            try:
                async with self.resources.begin() as work:
                    return await command(work)
            except Moved:
                continue
        async with self.resources.begin() as work:
            return await command(work)


class DavError(Exception):
    """An answer with the precondition that failed (RFC 4918, section 16)."""

    def __init__(self, status: int, precondition: str, detail: str, content: str = "") -> None:
        super().__init__(detail)
        self.status, self.precondition, self.detail = status, precondition, detail
        self.content = content


async def dav_request(request: Request, resources: OpenResources, actor: BasicToken) -> DavRequest:
    """Return the request. Raise NotFound if its path names another user."""
    if request.scope["path_params"].get("user_id", actor.user_id) != actor.user_id:
        raise NotFound
    return DavRequest(request, resources, actor)


Dav = Annotated[DavRequest, Depends(dav_request)]


def answers_errors(
    route: Callable[P, Awaitable[Response]],
) -> Callable[P, Awaitable[Response]]:
    """Return the route, which answers its errors as XML, and says in each answer that it is DAV."""

    @wraps(route)
    async def answer(*args: P.args, **kwargs: P.kwargs) -> Response:
        try:
            response = await route(*args, **kwargs)
        except (DomainError, DavError) as error:
            response = _error_response(error)
        response.headers["DAV"] = DAV_HEADER
        return response

    return answer


def _error_response(error: DomainError | DavError) -> Response:
    content, headers = "", {}
    if isinstance(error, DavError):
        status, precondition, content = error.status, error.precondition, error.content
    else:
        problem = problem_of(error)
        assert problem is not None
        status, precondition = _STATUSES.get(type(error)) or (problem.status_code, "")
        if "retry-after" in problem.headers:
            headers["Retry-After"] = problem.headers["retry-after"]
        if isinstance(error, Forbidden):
            precondition = dav("need-privileges")
        if isinstance(error, Invalid):
            status, precondition = 403, caldav("valid-calendar-data")
    speak = reader_translator()
    headers["Vary"] = "Accept-Language"
    body = xml_output.error_body(precondition, speak.of(error.detail), content)
    return Response(body, status, headers, media_type=xml_output.MEDIA_TYPE)


_STATUSES: dict[type, tuple[int, str]] = {
    PreconditionFailed: (412, ""),
    UidConflict: (409, caldav("no-uid-conflict")),
    TokenRefused: (403, dav("valid-sync-token")),
    # RFC 4791, 5.3.1.1.
    NameTaken: (403, dav("resource-must-be-null")),
}
