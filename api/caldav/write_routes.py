"""The CalDAV routes that write: objects by PUT, DELETE and MOVE, lists by MKCALENDAR and PROPPATCH."""

import re

from fastapi import APIRouter, Response
from starlette.exceptions import HTTPException

from api.caldav import addresses, xml_output
from api.caldav.names import apple, caldav, dav
from api.caldav.requests import Dav, DavError, DavRequest
from api.caldav.routing import LIST, OBJECT, add
from api.caldav.xml_input import Element
from api.http.conditional_requests import GZIP_SUFFIX
from api.http.input_checks import BODY
from shared.caldav import list_changes, writing
from shared.caldav.collections import Collection, read_collection
from shared.caldav.list_changes import CollectionEdit
from shared.caldav.writing import Condition
from shared.calendar_objects.content_lines import MAX_OBJECT_BYTES
from shared.calendar_objects.decode import decode_todo
from shared.errors import Forbidden, Invalid
from shared.languages.texts import message
from shared.lists.commands import delete_list
from shared.tables.interop.calendar_objects import MAX_NAME_LENGTH
from shared.text import clean
from shared.unit_of_work import UnitOfWork

router = APIRouter(include_in_schema=False)

# Of the column (shared/text.py, Line200).
MAX_LIST_NAME = 200
_TAG = re.compile(r'(W/)?("[^"]*")')
_CHARSET = re.compile(r';\s*charset\s*=\s*"?([^\s";]*)', re.IGNORECASE)
_COLOUR = re.compile(r"#[0-9A-Fa-f]{6}([0-9A-Fa-f]{2})?")
_CALENDAR_ORDER = re.compile(r"-?[0-9]{1,9}")


async def put_object(request: Dav, segment: str, name: str) -> Response:
    """Create or change a todo. The answer has no tag: the stored text is ours (RFC 4791, 5.3.4)."""
    body = request.request.scope.get(BODY, b"")
    _require_plain_utf_8(request)
    media_type = request.header("content-type").partition(";")[0].strip().lower()
    if media_type not in ("", "text/calendar"):
        raise DavError(403, caldav("supported-calendar-data"), "Send text/calendar.")
    if len(body) > MAX_OBJECT_BYTES:
        detail = message("A todo has at most {limit} bytes.", limit=MAX_OBJECT_BYTES)
        raise DavError(403, caldav("max-resource-size"), detail)
    if len(name) > MAX_NAME_LENGTH or not addresses.is_acceptable(name):
        raise DavError(403, "", "The name of the object is too long, or made of dots.")
    try:
        new = decode_todo(body, today=request.resources.clock.now().date())
    except Invalid as error:
        if error.errors and error.errors[0].code == "no_todo":
            component = caldav("supported-calendar-component")
            raise DavError(403, component, error.detail) from None
        raise
    condition = _condition(request)
    collection = await _collection(request, segment)

    async def command(work: UnitOfWork) -> bool:
        return await writing.put_object(
            work, request.actor, collection.list_id, name, new, condition
        )

    try:
        is_new = await request.run(command)
    except writing.UidConflict as error:
        path = addresses.object_path(request.actor.user_id, collection.segment, error.name)
        conflict = caldav("no-uid-conflict")
        raise DavError(409, conflict, error.detail, xml_output.href(path)) from None
    return Response(status_code=201 if is_new else 204)


def _require_plain_utf_8(request: DavRequest) -> None:
    """Raise DavError 415 for a body that is compressed, or in another charset (RFC 9110, 15.5.16)."""
    if request.header("content-encoding").lower() not in ("", "identity"):
        raise DavError(415, "", "Send the body uncompressed.")
    charset = _CHARSET.search(request.header("content-type"))
    if charset is not None and charset[1].lower() not in ("utf-8", "us-ascii"):
        raise DavError(415, "", "Send text/calendar in UTF-8.")


async def delete_object(request: Dav, segment: str, name: str) -> Response:
    """Put a todo into the trash."""
    condition = _condition(request)
    collection = await _collection(request, segment)

    async def command(work: UnitOfWork) -> None:
        await writing.delete_object(work, request.actor, collection.list_id, name, condition)

    await request.run(command)
    return Response(status_code=204)


async def move_object(request: Dav, segment: str, name: str) -> Response:
    """Move a todo to another list, where it keeps its name (RFC 4918, section 9.9).

    An object that is there is never overwritten: 412, whatever the header Overwrite says.
    """
    condition = _condition(request)
    destination = request.header("destination")
    own = {request.header("host"), request.resources.settings.web.public_url.partition("://")[2]}
    if not addresses.is_on_host(destination, own):
        # RFC 4918, section 9.9.4.
        raise DavError(502, "", "The destination is on another server.")
    match addresses.segments_of(destination):
        case [request.actor.user_id, "lists", target_segment, new_name] if new_name:
            pass
        case _:
            raise DavError(403, "", "The destination is not in a list of this user.")
    source = await _collection(request, segment)
    target = await _collection(request, target_segment)
    if new_name != name or target.list_id == source.list_id:
        # Other apps that know it by its old name would keep it for ever.
        raise DavError(403, "", "It keeps its name in another list.")

    async def command(work: UnitOfWork) -> None:
        await writing.move_object(
            work, request.actor, source.list_id, name, target.list_id, condition
        )

    await request.run(command)
    return Response(status_code=201)


async def make_list(request: Dav, segment: str) -> Response:
    """Create a list at the address that the app chose: MKCALENDAR, or MKCOL (RFC 5689)."""
    root = request.xml()
    if not addresses.is_acceptable(segment):
        raise DavError(403, "", "The address is made of dots.")
    edit, refused = _edit_of(root)
    edit = CollectionEdit(edit.name, {name: value for name, value in edit.own.items() if value})
    if caldav("supported-calendar-component-set") in refused:
        detail = message("Lists hold todos alone.")
        raise DavError(403, caldav("supported-calendar-component"), detail)

    async def command(work: UnitOfWork) -> None:
        await list_changes.create_collection(work, request.actor, segment, edit)

    await request.run(command)
    return Response(status_code=201)


async def proppatch_list(request: Dav, segment: str) -> Response:
    """Rename a list, or keep its colour and place in the apps of this user: all, or nothing."""
    collection = await _collection(request, segment)
    root = request.xml()
    if root is None or root.tag != dav("propertyupdate"):
        raise HTTPException(400, "Send DAV:propertyupdate.")
    named = [
        child.tag for part in root.children for prop in part.children for child in prop.children
    ]
    edit, refused = _edit_of(root)

    async def command(work: UnitOfWork) -> None:
        await list_changes.edit_collection(work, request.actor, collection.list_id, edit)

    if not refused and named:
        try:
            await request.run(command)
        except Forbidden:
            refused = {dav("displayname")}
    path = addresses.collection_path(request.actor.user_id, collection.segment)
    if not refused:
        return xml_output.multistatus([xml_output.response(path, dict.fromkeys(named, ""), {})])
    others = {403: sorted(refused), 424: [tag for tag in named if tag not in refused]}
    return xml_output.multistatus([xml_output.response(path, {}, others)])


async def delete_list_of_owner(request: Dav, segment: str) -> Response:
    """Put a list into the trash, where its owners can restore it for 30 days."""
    collection = await _collection(request, segment)

    async def command(work: UnitOfWork) -> None:
        await delete_list(work, request.actor, collection.list_id)

    await request.run(command)
    return Response(status_code=204)


async def _collection(request: DavRequest, segment: str) -> Collection:
    async with request.resources.single_read() as read:
        return await read_collection(read, request.actor, segment)


def _condition(request: DavRequest) -> Condition:
    """Return what If-Match and If-None-Match ask for. Raise HTTPException 400."""
    match, none_match = request.header("if-match"), request.header("if-none-match")
    if none_match not in ("", "*"):
        raise HTTPException(400, "For writes If-None-Match is *.")
    must_not_exist = none_match == "*"
    if match in ("", "*"):
        return Condition(must_exist=match == "*", must_not_exist=must_not_exist)
    # The comparison is strong: a weak tag names nothing.
    tags = {tag.replace(f'{GZIP_SUFFIX}"', '"') for weak, tag in _TAG.findall(match) if not weak}
    return Condition(frozenset(tags), must_not_exist=must_not_exist)


def _edit_of(root: Element | None) -> tuple[CollectionEdit, set[str]]:
    """Return the properties that a body sets, and the names of those that cannot be set."""
    name: str | None = None
    own: dict[str, str | int | None] = {}
    refused = set()
    for part in root.children if root else ():
        is_removal = part.tag == dav("remove")
        for prop in (child for each in part.find_all(dav("prop")) for child in each.children):
            value = None if is_removal else prop.text
            if prop.tag == dav("displayname") and _is_name(value):
                name = value
            elif prop.tag == apple("calendar-color") and _matches(_COLOUR, value):
                own["colour"] = value
            elif prop.tag == apple("calendar-order") and _matches(_CALENDAR_ORDER, value):
                own["position"] = None if value is None else int(value)
            elif not _is_allowed(prop, root):
                refused.add(prop.tag)
    return CollectionEdit(name, own), refused


def _is_name(value: str | None) -> bool:
    try:
        return value is not None and 0 < len(clean(value)) <= MAX_LIST_NAME and "\n" not in value
    except ValueError:
        return False


def _matches(pattern: re.Pattern[str], value: str | None) -> bool:
    return value is None or pattern.fullmatch(value) is not None


def _is_allowed(prop: Element, root: Element | None) -> bool:
    """Return True for a property of a new list that it has anyway, or that nobody needs here."""
    if root is None or root.tag == dav("propertyupdate"):
        return False
    if prop.tag == caldav("supported-calendar-component-set"):
        return any(child.attributes.get("name") == "VTODO" for child in prop.children)
    return True


add(router, OBJECT, "PUT", put_object)
add(router, OBJECT, "DELETE", delete_object)
add(router, OBJECT, "MOVE", move_object)
add(router, LIST, "MKCALENDAR", make_list)
add(router, LIST, "MKCOL", make_list)
add(router, LIST, "PROPPATCH", proppatch_list)
add(router, LIST, "DELETE", delete_list_of_owner)
