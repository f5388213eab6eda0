"""The CalDAV routes that read: discovery, PROPFIND, REPORT, GET. docs/caldav.md lists the addresses."""

from collections.abc import AsyncIterator

from fastapi import APIRouter, Response

from api.caldav import addresses, reports, xml_output
from api.caldav.names import dav
from api.caldav.pages import all_objects, paged_multistatus, render_members
from api.caldav.properties import (
    CALENDAR,
    MEMBER,
    PLACE,
    Calendar,
    Member,
    Place,
    Wanted,
    render,
    wanted_by,
)
from api.caldav.requests import Dav, DavRequest
from api.caldav.routing import HOME, LIST, OBJECT, PRINCIPAL, ROOT, SITE, add
from shared.caldav.collections import read_collection, read_collections
from shared.caldav.mapping import encode
from shared.caldav.objects import CalendarObject, read_named
from shared.errors import NotFound

# Not in the OpenAPI document, which knows no other methods than those of HTTP itself.
router = APIRouter(include_in_schema=False)


async def redirect_to_root() -> Response:
    """Say where CalDAV is (RFC 6764, section 5). A client asks this first, without a password."""
    return Response(status_code=301, headers={"Location": f"{addresses.ROOT}/"})


async def help_text() -> Response:
    """Say what to do with this address to a person who opens it in a browser."""
    return Response(_HELP, media_type="text/plain; charset=utf-8")


_HELP = (
    "This is the address for calendar apps (CalDAV).\n\n"
    "Enter it in an app, with any user name, and an API token that may read and write as the password. "
    "Create one in Settings, API tokens.\n"
)


async def options() -> Response:
    """Say that this is CalDAV. Needs no password, and tells nothing that the documentation does not."""
    return Response(status_code=204, headers={"Allow": _METHODS})


async def options_site() -> Response:
    """Say that calendar apps may ask here, where the page of the web client is too."""
    return Response(status_code=204, headers={"Allow": "GET, HEAD, OPTIONS, PROPFIND"})


_METHODS = "OPTIONS, GET, HEAD, PUT, DELETE, MOVE, MKCALENDAR, MKCOL, PROPFIND, PROPPATCH, REPORT"


async def propfind_root(request: Dav) -> Response:
    wanted = _wanted(request)
    place, principal = Place(request.actor, "Livelist"), _principal(request)
    responses = [render(f"{addresses.ROOT}/", PLACE, place, wanted)]
    if request.depth():
        path = addresses.principal_path(request.actor.user_id)
        responses.append(render(path, PLACE, principal, wanted))
    return xml_output.multistatus(responses)


async def propfind_site(request: Dav) -> Response:
    """Name the principal at the address of the site itself, which holds no resources of CalDAV."""
    request.depth()
    return xml_output.multistatus(
        [render("/", PLACE, Place(request.actor, "Livelist"), _wanted(request))]
    )


async def propfind_principal(request: Dav) -> Response:
    wanted, user_id = _wanted(request), request.actor.user_id
    responses = [render(addresses.principal_path(user_id), PLACE, _principal(request), wanted)]
    if request.depth():
        responses.append(render(addresses.home_path(user_id), PLACE, _home(request), wanted))
    return xml_output.multistatus(responses)


async def propfind_home(request: Dav) -> Response:
    """Return the home, and with Depth 1 all lists of the user that are not archived."""
    wanted, depth = _wanted(request), request.depth()
    path = addresses.home_path(request.actor.user_id)
    responses = [render(path, PLACE, _home(request), wanted)]
    if depth:
        async with request.resources.single_read() as read:
            collections = await read_collections(read, request.actor)
        calendars = [Calendar(request.actor, each) for each in collections]
        responses += [render(each.path, CALENDAR, each, wanted) for each in calendars]
    return xml_output.multistatus(responses)


async def propfind_list(request: Dav, segment: str) -> Response:
    """Return a list, and with Depth 1 its objects, page by page."""
    wanted, depth = _wanted(request), request.depth()
    async with request.resources.single_read() as read:
        collection = await read_collection(read, request.actor, segment)
    calendar = Calendar(request.actor, collection)
    first = render(calendar.path, CALENDAR, calendar, wanted)
    if not depth:
        return xml_output.multistatus([first])

    async def pages() -> AsyncIterator[str]:
        yield first
        async for page in all_objects(request, collection):
            yield await render_members(request, collection, page, wanted)

    return await paged_multistatus(request, pages())


async def propfind_object(request: Dav, segment: str, name: str) -> Response:
    wanted = _wanted(request)
    request.depth()
    member = await _read_member(request, segment, name)
    return xml_output.multistatus([render(member.path, MEMBER, member, wanted)])


async def report_on_list(request: Dav, segment: str) -> Response:
    return await reports.report(request, segment)


async def report_elsewhere(request: Dav) -> Response:
    """Refuse reports on principals and homes: apps ask some, and go on without."""
    raise reports.unsupported_report()


async def read_object(request: Dav, segment: str, name: str) -> Response:
    """Return the iCalendar text of a todo."""
    member = await _read_member(request, segment, name)
    headers = {"ETag": member.object.etag}
    text = encode(member.object)
    return Response(text, headers=headers, media_type="text/calendar; charset=utf-8")


async def _read_member(request: DavRequest, segment: str, name: str) -> Member:
    async with request.resources.begin_read() as read:
        collection = await read_collection(read, request.actor, segment)
        found = await read_named(read, request.actor, collection.list_id, [name])
    each: CalendarObject | None = found.get(name)
    if each is None or each.todo.deleted_at is not None:
        raise NotFound
    return Member(request.actor, collection, each)


def _wanted(request: DavRequest) -> Wanted:
    root = request.xml()
    if root is not None and root.tag != dav("propfind"):
        return wanted_by(None)
    return wanted_by(root, is_minimal=request.is_minimal)


def _principal(request: DavRequest) -> Place:
    return Place(request.actor, request.actor.name, is_principal=True)


def _home(request: DavRequest) -> Place:
    return Place(request.actor, "Lists", is_home=True)


for method in ("GET", "PROPFIND", "OPTIONS"):
    router.add_api_route(addresses.WELL_KNOWN, redirect_to_root, methods=[method])
add(router, ROOT, "GET", help_text)
for paths in (ROOT, PRINCIPAL, HOME, LIST, OBJECT):
    add(router, paths, "OPTIONS", options)
add(router, SITE, "OPTIONS", options_site)
add(router, SITE, "PROPFIND", propfind_site)
add(router, ROOT, "PROPFIND", propfind_root)
add(router, PRINCIPAL, "PROPFIND", propfind_principal)
add(router, HOME, "PROPFIND", propfind_home)
add(router, LIST, "PROPFIND", propfind_list)
add(router, OBJECT, "PROPFIND", propfind_object)
add(router, LIST, "REPORT", report_on_list)
for paths in (ROOT, PRINCIPAL, HOME, OBJECT):
    add(router, paths, "REPORT", report_elsewhere)
add(router, OBJECT, "GET", read_object)
