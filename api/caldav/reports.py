"""REPORT on a list: calendar-query, calendar-multiget (RFC 4791) and sync-collection (RFC 6578)."""

from collections.abc import AsyncIterator, Sequence

from fastapi import Response
from starlette.exceptions import HTTPException

from api.caldav import addresses, xml_output
from api.caldav.filters import compile_filter
from api.caldav.names import caldav, dav
from api.caldav.pages import all_objects, batches, objects_by_ids, paged_multistatus, render_members
from api.caldav.properties import Wanted, wanted_by
from api.caldav.requests import DavError, DavRequest
from api.caldav.sync_tokens import position_of, sync_token
from api.caldav.xml_input import Element
from shared.caldav.collections import Collection, read_collection
from shared.caldav.objects import read_named
from shared.caldav.synchronization import read_changes


async def report(request: DavRequest, segment: str) -> Response:
    """Answer a REPORT on a list. Raise NotFound, DavError, HTTPException."""
    root = request.xml()
    if root is None:
        raise HTTPException(400, "A REPORT has a body.")
    reports = {
        caldav("calendar-query"): _calendar_query,
        caldav("calendar-multiget"): _calendar_multiget,
        dav("sync-collection"): _sync_collection,
    }
    handler = reports.get(root.tag)
    if handler is None:
        raise unsupported_report()
    return await handler(request, segment, root)


def unsupported_report() -> DavError:
    return DavError(403, dav("supported-report"), "There is no such report here.")


async def _collection(request: DavRequest, segment: str) -> Collection:
    async with request.resources.single_read() as read:
        return await read_collection(read, request.actor, segment)


async def _calendar_query(request: DavRequest, segment: str, root: Element) -> Response:
    wanted = wanted_by(root, is_minimal=request.is_minimal)
    matches = compile_filter(root, request.actor.time_zone)
    collection = await _collection(request, segment)

    async def pages() -> AsyncIterator[str]:
        async for page in all_objects(request, collection):
            yield await render_members(request, collection, page, wanted, matches)

    return await paged_multistatus(request, pages())


async def _calendar_multiget(request: DavRequest, segment: str, root: Element) -> Response:
    wanted = wanted_by(root, is_minimal=request.is_minimal)
    collection = await _collection(request, segment)
    hrefs = list(dict.fromkeys(child.text for child in root.find_all(dav("href"))))

    async def pages() -> AsyncIterator[str]:
        for some in batches(hrefs):
            yield await _named(request, collection, some, wanted)

    return await paged_multistatus(request, pages())


async def _named(
    request: DavRequest, collection: Collection, hrefs: Sequence[str], wanted: Wanted
) -> str:
    """Return the responses of the objects at these addresses; 404 for what is not in the list."""
    names = {href: _name_in(request, collection, href) for href in hrefs}
    async with request.resources.begin_read() as read:
        sought = [name for name in names.values() if name is not None]
        found = await read_named(read, request.actor, collection.list_id, sought)
    live = {name: each for name, each in found.items() if each.todo.deleted_at is None}
    text = await render_members(request, collection, list(live.values()), wanted)
    missing = [href for href, name in names.items() if name not in live]
    return text + "".join(xml_output.response_status(href, 404) for href in missing)


def _name_in(request: DavRequest, collection: Collection, href: str) -> str | None:
    match addresses.segments_of(href):
        case [request.actor.user_id, "lists", segment, name] if name:
            return name if segment in (collection.segment, collection.list_id) else None
    return None


async def _sync_collection(request: DavRequest, segment: str, root: Element) -> Response:
    wanted = wanted_by(root, is_minimal=request.is_minimal)
    token, limit = root.find(dav("sync-token")), _limit(root)
    if token is not None and token.text:
        return await _sync_since(request, segment, token.text, wanted, limit)
    # Read before the objects: what changes meanwhile comes again with the next token.
    collection = await _collection(request, segment)

    async def pages() -> AsyncIterator[str]:
        async for page in all_objects(request, collection):
            yield await render_members(request, collection, page, wanted)

    token_now = sync_token(collection.position)
    return await paged_multistatus(request, pages(), sync_token=token_now)


async def _sync_since(
    request: DavRequest, segment: str, token: str, wanted: Wanted, limit: int | None
) -> Response:
    since = position_of(token)
    async with request.resources.begin_read() as read:
        collection = await read_collection(read, request.actor, segment)
        answer = await read_changes(
            read, request.actor, collection.list_id, since, collection.position
        )
    if limit is not None and len(answer.changed) + len(answer.gone) > limit:
        detail = "More changed than the limit: ask without one."
        raise DavError(507, dav("number-of-matches-within-limits"), detail)

    async def pages() -> AsyncIterator[str]:
        user_id = request.actor.user_id
        paths = (addresses.object_path(user_id, collection.segment, name) for name in answer.gone)
        yield "".join(xml_output.response_status(path, 404) for path in paths)
        async for some in objects_by_ids(request, collection, answer.changed):
            yield await render_members(request, collection, some, wanted)

    token = sync_token(collection.position)
    return await paged_multistatus(request, pages(), sync_token=token)


def _limit(root: Element) -> int | None:
    limit = root.find(dav("limit"))
    results = None if limit is None else limit.find(dav("nresults"))
    if results is None:
        return None
    if not results.text.isdigit() or len(results.text) > 9:
        raise HTTPException(400, "DAV:nresults is a number.")
    return int(results.text)
