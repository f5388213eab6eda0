"""The properties of each kind of resource, as XML. A property that is None does not exist here."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from email.utils import format_datetime
from typing import TypeVar

from starlette.exceptions import HTTPException

from api.caldav import addresses, xml_output
from api.caldav.names import apple, caldav, calendarserver, dav
from api.caldav.sync_tokens import sync_token
from api.caldav.xml_input import Element
from shared.access.policy import Action
from shared.actor import Actor
from shared.caldav.collections import Collection
from shared.caldav.colours import COLOURS, nearest
from shared.caldav.mapping import encode
from shared.caldav.objects import CalendarObject
from shared.calendar_objects.content_lines import MAX_OBJECT_BYTES
from shared.contract.shapes import Role

Item = TypeVar("Item")
Properties = Mapping[str, Callable[[Item], str | None]]

# Each object is answered with the names of all that it has not. Apps ask for 40.
MAX_PROPERTIES = 100
MAX_PROPERTY_CHARACTERS = 8 * 1024
CALENDAR_DATA = caldav("calendar-data")
_REPORTS = (caldav("calendar-query"), caldav("calendar-multiget"), dav("sync-collection"))


@dataclass(frozen=True)
class Wanted:
    """Which properties a request asks for: these names, or all, or only the names of all."""

    names: tuple[str, ...] = ()
    all: bool = False
    only_names: bool = False
    is_minimal: bool = False


def wanted_by(root: Element | None, *, is_minimal: bool = False) -> Wanted:
    """Return what a PROPFIND or a report asks for; without a body all. Raise HTTPException 400."""
    if root is None or root.find(dav("allprop")) is not None:
        return Wanted(all=True, is_minimal=is_minimal)
    if root.find(dav("propname")) is not None:
        return Wanted(all=True, only_names=True)
    prop = root.find(dav("prop"))
    if prop is None:
        raise HTTPException(400, "Name the properties in DAV:prop.")
    names = tuple(dict.fromkeys(child.tag for child in prop.children))
    if len(names) > MAX_PROPERTIES or sum(map(len, names)) > MAX_PROPERTY_CHARACTERS:
        raise HTTPException(400, f"Name at most {MAX_PROPERTIES} properties.")
    return Wanted(names, is_minimal=is_minimal)


@dataclass(frozen=True)
class Place:
    """A resource that holds others: the root, the principal, or the home of the lists."""

    actor: Actor
    name: str
    is_principal: bool = False
    is_home: bool = False


@dataclass(frozen=True)
class Member:
    """An object in a list."""

    actor: Actor
    collection: Collection
    object: CalendarObject

    @property
    def path(self) -> str:
        user_id, segment = self.actor.user_id, self.collection.segment
        return addresses.object_path(user_id, segment, self.object.name)


@dataclass(frozen=True)
class Calendar:
    """A list."""

    actor: Actor
    collection: Collection

    @property
    def path(self) -> str:
        return addresses.collection_path(self.actor.user_id, self.collection.segment)


def render(path: str, table: Properties[Item], item: Item, wanted: Wanted) -> str:
    """Return the `response` element of a resource."""
    names: Iterable[str] = wanted.names
    if wanted.all:
        # RFC 4791, 5.2 and 9.6: not the text of objects, which is large.
        names = [name for name in table if name != CALENDAR_DATA]
    if wanted.only_names:
        return xml_output.response(path, dict.fromkeys(names, ""), {})
    found, absent = {}, []
    for name in names:
        value = table[name](item) if name in table else None
        if value is None:
            absent.append(name)
        else:
            found[name] = value
    is_silent = wanted.is_minimal or wanted.all
    return xml_output.response(path, found, {} if is_silent else {404: absent})


def _principal(item: Place | Calendar | Member) -> str:
    return xml_output.href(addresses.principal_path(item.actor.user_id))


def _home(item: Place | Calendar | Member) -> str:
    return xml_output.href(addresses.home_path(item.actor.user_id))


def _privileges(names: Iterable[str]) -> str:
    return "".join(f"<D:privilege><D:{name}/></D:privilege>" for name in names)


_READ = ("read", "read-current-user-privilege-set")
_WRITE = ("write", "write-properties", "write-content", "bind", "unbind")


def _privileges_of_place(item: Place) -> str:
    may_create = item.is_home and item.actor.may_write and not item.actor.is_restricted
    return _privileges([*_READ, *(("bind", "unbind") if may_create else ())])


def _privileges_of_list(item: Calendar | Member) -> str:
    may_write = item.actor.may_write and item.collection.may(Action.EDIT_TODO)
    return _privileges([*_READ, *(_WRITE if may_write else ())])


def _type_of_place(item: Place) -> str:
    return "<D:collection/><D:principal/>" if item.is_principal else "<D:collection/>"


def _owner(item: Calendar) -> str | None:
    # Other owners have no address for this user.
    return _principal(item) if item.collection.authorization.role is Role.OWNER else None


def _reports(names: Iterable[str]) -> str:
    return "".join(
        f"<D:supported-report><D:report>{xml_output.element(name)}</D:report></D:supported-report>"
        for name in names
    )


def _colour(item: Calendar) -> str:
    own, colour = item.collection.own_colour, item.collection.colour
    if own is None or (item.collection.may(Action.EDIT_LIST) and nearest(own) is not colour):
        # None was chosen in an app, or another in the browser since.
        return COLOURS[colour]
    return own


def _position(item: Calendar) -> str | None:
    position = item.collection.own_position
    return None if position is None else str(position)


def _ics(item: Member) -> str:
    return xml_output.text(encode(item.object).decode())


PLACE: Properties[Place] = {
    dav("resourcetype"): _type_of_place,
    dav("displayname"): lambda item: xml_output.text(item.name),
    dav("current-user-principal"): _principal,
    dav("principal-URL"): lambda item: _principal(item) if item.is_principal else None,
    dav("principal-collection-set"): lambda item: xml_output.href(f"{addresses.ROOT}/"),
    dav("owner"): _principal,
    dav("current-user-privilege-set"): _privileges_of_place,
    dav("supported-report-set"): lambda item: "",
    caldav("calendar-home-set"): _home,
    caldav("calendar-user-address-set"): _principal,
}
CALENDAR: Properties[Calendar] = {
    dav("resourcetype"): lambda item: "<D:collection/><C:calendar/>",
    dav("displayname"): lambda item: xml_output.text(item.collection.name),
    dav("creationdate"): lambda item: item.collection.created_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
    dav("current-user-principal"): _principal,
    dav("owner"): _owner,
    dav("current-user-privilege-set"): _privileges_of_list,
    dav("supported-report-set"): lambda item: _reports(_REPORTS),
    dav("sync-token"): lambda item: sync_token(item.collection.position),
    calendarserver("getctag"): lambda item: sync_token(item.collection.position),
    caldav("calendar-home-set"): _home,
    caldav("supported-calendar-component-set"): lambda item: '<C:comp name="VTODO"/>',
    caldav("supported-calendar-data"): lambda item: (
        '<C:calendar-data content-type="text/calendar" version="2.0"/>'
    ),
    caldav("max-resource-size"): lambda item: str(MAX_OBJECT_BYTES),
    apple("calendar-color"): _colour,
    apple("calendar-order"): _position,
}
MEMBER: Properties[Member] = {
    dav("resourcetype"): lambda item: "",
    dav("getetag"): lambda item: xml_output.text(item.object.etag),
    dav("getcontenttype"): lambda item: "text/calendar; charset=utf-8; component=VTODO",
    dav("getlastmodified"): lambda item: format_datetime(item.object.todo.updated_at, usegmt=True),
    dav("creationdate"): lambda item: item.object.todo.created_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
    dav("current-user-principal"): _principal,
    dav("current-user-privilege-set"): _privileges_of_list,
    CALENDAR_DATA: _ics,
}
